// Independent judges: the JavaScript reference implementations of Data Integrity, without a network.
//
//   node check.mjs verify <directory>   every *.vc.json must verify, and must not after any change
//   node check.mjs sign <directory>     signs every *.draft.json as a did:key of its own
//   node check.mjs judge <directory>    says of every *.judge.json, for each suite, whether it is taken for genuine
//   node check.mjs hash <directory>     the hash of the canonical form of every document in documents.json
//
// The directory holds the issuers' DID documents in dids.json and, by address, what else may be loaded.

import {createHash} from 'node:crypto';
import {readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as vc from '@digitalbazaar/vc';
import jsigs from 'jsonld-signatures';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as rdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as jcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import jsonld from 'jsonld';
import {documentLoader, documents} from './documents.mjs';

const [command, directory] = process.argv.slice(2);
const read = path => JSON.parse(readFileSync(path, 'utf8'));

const suites = {
  'eddsa-rdfc-2022': {verify: rdfc, sign: rdfc},
  'eddsa-jcs-2022': {verify: jcs.createVerifyCryptosuite(), sign: jcs.createSignCryptosuite()},
};

function learnIssuer(did) {
  documents.set(did.id, did);
  for(const method of did.verificationMethod) {
    documents.set(method.id, {'@context': 'https://w3id.org/security/multikey/v1', ...method});
  }
}

// Each proof of a set is judged alone, as by a verifier that knows only its suite.
function only(credential, name) {
  const proofs = [credential.proof].flat().filter(proof => proof.cryptosuite === name);
  return {...credential, proof: proofs};
}

async function verify(credential, name) {
  const suite = new DataIntegrityProof({cryptosuite: suites[name].verify});
  const result = await vc.verifyCredential({
    credential: only(credential, name), suite, documentLoader, checkStatus,
    now: new Date('2026-01-07T10:00:00Z'),
  });
  return result;
}

async function checkStatus({credential}) {
  const {statusListCredential, statusListIndex} = credential.credentialStatus;
  const list = documents.get(statusListCredential);
  if(!list) {
    return {verified: false, error: new Error(`no list ${statusListCredential}`)};
  }
  const bits = gunzipSync(Buffer.from(list.credentialSubject.encodedList.slice(1), 'base64url'));
  const index = Number(statusListIndex);
  const revoked = (bits[index >> 3] >> (7 - (index & 7))) & 1;
  return {verified: revoked === 0};
}

function reasons(result) {
  const errors = result.error?.errors ?? [result.error];
  return errors.map(error => error?.stack ?? JSON.stringify(result)).join('\n');
}

// Every string, number and truth value of a document, as paths; the document's own proofs apart.
function* leaves(value, path = []) {
  if(value !== null && typeof value === 'object') {
    for(const [key, member] of Object.entries(value)) {
      if(path.length > 0 || key !== 'proof') {
        yield* leaves(member, [...path, key]);
      }
    }
  } else {
    yield path;
  }
}

function changed(document, path) {
  const copy = structuredClone(document);
  const parent = path.slice(0, -1).reduce((value, key) => value[key], copy);
  const last = path.at(-1);
  const value = parent[last];
  parent[last] = typeof value === 'string' ? `${value}x` : typeof value === 'number' ? value + 1 : !value;
  return copy;
}

async function verifyAll() {
  read(join(directory, 'dids.json')).forEach(learnIssuer);
  const files = readdirSync(directory).filter(name => name.endsWith('.vc.json')).sort();
  const credentials = files.map(name => ({name, credential: read(join(directory, name))}));
  credentials.forEach(({credential}) => documents.set(credential.id, credential));
  let refused = 0;
  for(const {name, credential} of credentials) {
    const revoked = name.startsWith('revoked');
    for(const suite of Object.keys(suites)) {
      const result = await verify(credential, suite);
      const signed = result.results?.every(({verified}) => verified) && result.results.length === 1;
      if(!signed || result.verified === revoked) {
        throw new Error(`${name}, ${suite}: ${reasons(result)}`);
      }
    }
    const paths = [...leaves(credential)];
    // A large document repeats itself and takes long: a sample of its leaves, spread evenly.
    const step = Math.ceil(paths.length / (paths.length > 400 ? 7 : 100));
    for(const path of paths.filter((_, place) => place % step === 0)) {
      const forged = changed(credential, path);
      for(const suite of Object.keys(suites)) {
        const result = await signatureOnly(forged, suite);
        if(result.verified) {
          throw new Error(`${name}, ${suite}: accepted with ${path.join('/')} changed`);
        }
        refused++;
      }
    }
  }
  console.log(`${credentials.length} documents verified, ${refused} forgeries refused`);
}

// What a caller of the library is told, one object for all: the answers that the hub's tests hold against their table.
async function judgeAll() {
  read(join(directory, 'dids.json')).forEach(learnIssuer);
  for(const name of readdirSync(directory).filter(name => name.endsWith('.list.json'))) {
    const list = read(join(directory, name));
    documents.set(list.id, list);
  }
  const said = {};
  for(const name of readdirSync(directory).filter(name => name.endsWith('.judge.json'))) {
    const credential = read(join(directory, name));
    const answers = {};
    for(const suite of Object.keys(suites)) {
      answers[suite] = (await verify(credential, suite)).verified === true;
    }
    said[name.replace('.judge.json', '')] = answers;
  }
  console.log(JSON.stringify(said));
}

// The proof alone, so that nothing but the signature can be what refuses a change.
async function signatureOnly(credential, name) {
  const suite = new DataIntegrityProof({cryptosuite: suites[name].verify});
  const {AssertionProofPurpose} = jsigs.purposes;
  return jsigs.verify(only(credential, name), {suite, purpose: new AssertionProofPurpose(), documentLoader});
}

async function signAll() {
  const key = await Ed25519Multikey.generate();
  const did = `did:key:${key.publicKeyMultibase}`;
  key.controller = did;
  key.id = `${did}#${key.publicKeyMultibase}`;
  const {AssertionProofPurpose} = jsigs.purposes;
  for(const file of readdirSync(directory).filter(name => name.endsWith('.draft.json'))) {
    let document = {...read(join(directory, file)), issuer: did};
    for(const {sign} of Object.values(suites)) {
      const suite = new DataIntegrityProof({signer: key.signer(), cryptosuite: sign, date: '2026-01-05T10:00:00Z'});
      document = await jsigs.sign(document, {suite, purpose: new AssertionProofPurpose(), documentLoader});
    }
    writeFileSync(join(directory, file.replace('.draft.json', '.signed.json')), JSON.stringify(document));
  }
}

// RDFC-1.0 as the reference does it, in safe mode; null where it refuses a document.
async function hashAll() {
  const hashes = [];
  for(const document of read(join(directory, 'documents.json'))) {
    try {
      const quads = await jsonld.canonize(document, {
        algorithm: 'RDFC-1.0', format: 'application/n-quads', documentLoader, safe: true,
      });
      hashes.push(createHash('sha256').update(quads).digest('hex'));
    } catch(error) {
      hashes.push(null);
    }
  }
  console.log(JSON.stringify(hashes));
}

await {verify: verifyAll, sign: signAll, hash: hashAll, judge: judgeAll}[command]();
