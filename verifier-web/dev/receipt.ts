// Receipts as the hub signs them, for the tests.

import canonicalize from "canonicalize";
import { concat, sha256, utf8 } from "../src/check/bytes";
import type { JsonObject } from "../src/check/json";
import { base58 } from "./documents";
import type { FileSigner } from "./pdf";

export const HUB_DID = "did:web:hub.example";
const METHOD = `${HUB_DID}#receipts-2026-01-0a1b2c`;

/** The DID document of the hub itself. */
export function hubDid({ point }: FileSigner): JsonObject {
  const compressed = concat(new Uint8Array([0x80, 0x24, 2 + ((point[64] ?? 0) & 1)]), point.subarray(1, 33));
  const method = { id: METHOD, type: "Multikey", controller: HUB_DID, publicKeyMultibase: `z${base58(compressed)}` };
  return { id: HUB_DID, verificationMethod: [method], assertionMethod: [METHOD] };
}

/** A signed receipt with this verdict. */
export async function receipt(verdict: string, by: FileSigner, more: JsonObject = {}): Promise<JsonObject> {
  const document: JsonObject = {
    type: "VerificationReceipt",
    id: "urn:uuid:6f1c9c5e-8f0f-4c57-9d0e-3f6f2d2b7a11",
    issuer: HUB_DID,
    checked_at: "2026-01-20T10:00:00Z",
    presented: { form: "pdf", digest: "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", octets: 812_345 },
    about: { kind: "portfolio", issuer: `${HUB_DID}:colleges:anna-univ`, college: "Anna University", count: 12 },
    verdict,
    checks: [{ id: "signature", state: "pass", code: "ok" }],
    nested: [],
    ...more,
  };
  const proof: JsonObject = {
    type: "DataIntegrityProof",
    cryptosuite: "ecdsa-jcs-2019",
    created: "2026-01-20T10:00:00Z",
    verificationMethod: METHOD,
    proofPurpose: "assertionMethod",
  };
  const message = concat(
    await sha256(utf8(canonicalize(proof) ?? "")),
    await sha256(utf8(canonicalize(document) ?? "")),
  );
  const value = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, by.pair.privateKey, message);
  return { ...document, proof: { ...proof, proofValue: `z${base58(new Uint8Array(value))}` } };
}
