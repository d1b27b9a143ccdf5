// How long the JavaScript reference takes to sign and to check one credential, eddsa-rdfc-2022 alone.
// The signed credential comes on the standard input; CPU nanoseconds of one document go out as JSON.

import {readFileSync} from 'node:fs';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import jsigs from 'jsonld-signatures';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {documentLoader, documents} from './documents.mjs';

const {AssertionProofPurpose} = jsigs.purposes;
const key = await Ed25519Multikey.generate();
const did = `did:key:${key.publicKeyMultibase}`;
key.controller = did;
key.id = `${did}#${key.publicKeyMultibase}`;
documents.set(did, {
  '@context': 'https://www.w3.org/ns/did/v1', id: did, assertionMethod: [key.id],
});
documents.set(key.id, {
  '@context': 'https://w3id.org/security/multikey/v1', id: key.id, type: 'Multikey',
  controller: did, publicKeyMultibase: key.publicKeyMultibase,
});

const document = JSON.parse(readFileSync(0, 'utf8'));
delete document.proof;
document.issuer.id = did;

const sign = () => jsigs.sign(structuredClone(document), {
  suite: new DataIntegrityProof({signer: key.signer(), cryptosuite}),
  purpose: new AssertionProofPurpose(), documentLoader,
});
const signed = await sign();
const verify = async () => {
  const result = await jsigs.verify(signed, {
    suite: new DataIntegrityProof({cryptosuite}), purpose: new AssertionProofPurpose(), documentLoader,
  });
  if(!result.verified) {
    throw result.error;
  }
};

async function median(work) {
  const figures = [];
  const until = process.cpuUsage().user + 4_000_000;
  while(figures.length < 5 || process.cpuUsage().user < until) {
    const start = process.cpuUsage();
    for(let turn = 0; turn < 20; turn++) {
      await work();
    }
    const spent = process.cpuUsage(start);
    figures.push((spent.user + spent.system) * 1000 / 20);
  }
  return figures.sort((a, b) => a - b)[figures.length >> 1];
}

console.log(JSON.stringify({issue: await median(sign), verify: await median(verify)}));
