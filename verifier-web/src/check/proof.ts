// eddsa-jcs-2022 (VC Data Integrity EdDSA Cryptosuites 1.0 §3.3), and the pair of proofs the hub's documents carry.

import canonicalize from "canonicalize";
import { type Check, check } from "../report";
import { type Bytes, base58, concat, hex, sha256, utf8 } from "./bytes";
import { verifyEd25519 } from "./ed25519";
import { isObject, type Json, type JsonObject, list, string } from "./json";
import type { Key, Keys } from "./keys";

export interface Signature {
  check: Check;
  /** The key, where the proof verified. */
  key: Key | null;
}

/** Check the jcs proof of a document, and that its rdfc companion has not been stripped. */
export async function checkSignature(
  document: JsonObject,
  issuer: string,
  keys: Keys,
  pair: "both_proofs" | "jcs_alone_will_do" = "both_proofs",
): Promise<Signature> {
  const proofs = list(document.proof);
  const proof = only(proofs, "eddsa-jcs-2022");
  const companion = only(proofs, "eddsa-rdfc-2022");
  const keyId = proof && string(proof.verificationMethod);
  const about = { proof: "eddsa-jcs-2022", ...(keyId ? { key: keyId } : {}) };
  const answer = (state: Check["state"], code: string): Signature => ({
    check: check("signature", state, code, about),
    key: null,
  });

  if (!proof || (pair === "both_proofs" && (!companion || proofs.length !== 2))) return answer("fail", "missing_proof");
  if (!keyId || (companion && keyId !== companion.verificationMethod) || !keyId.startsWith(`${issuer}#`)) {
    return answer("fail", "unknown_key");
  }
  const found = await keys.byId(issuer, keyId);
  if ("missing" in found) return answer(missingState(found.missing), found.missing);
  try {
    if (!(await verifyJcsProof(document, proof, found.key.bytes))) return answer("fail", "bad_signature");
  } catch {
    return answer("unknown", "no_crypto");
  }
  return { check: { ...worthOf(found.key), ...about }, key: found.key };
}

/** What a good signature is worth, by the state of its key. */
export function worthOf(key: Key): Check {
  const at = key.since ? { at: key.since } : {};
  if (key.state === "compromised") return check("signature", "fail", "key_compromised", at);
  if (key.state === "pending") return check("signature", "fail", "key_not_in_use");
  // Whatever it was then: whether it still counts nobody could be asked.
  if (key.keptAt) return check("signature", "unknown", "key_not_fresh", { as_of: key.keptAt });
  if (key.state === "frozen") return check("signature", "warn", "key_frozen");
  if (key.state === "active" || key.state === "retired") return check("signature", "pass", "ok");
  return check("signature", "unknown", "key_state_unknown");
}

/** Who vouched for the key, as a check of its own. */
export function originOf(key: Key): Check {
  const { pinned, source } = key;
  const list = pinned ? { link: pinned.source, as_of: pinned.asOf } : {};
  if (pinned && !pinned.holds) return check("key", "warn", "not_in_list", list);
  if (pinned) return check("key", "pass", source === "kept_list" ? "from_list" : "pinned", list);
  // The hub's own word on a key proves nothing against the hub: neither a pass nor a fault.
  return source === "own_domain" ? check("key", "pass", "own_domain") : check("key", "not_applicable", "from_hub");
}

/** §3.3.2 Verify Proof, for one proof of the document's proof or proof set. Rejects where the browser cannot check. */
export async function verifyJcsProof(document: JsonObject, proof: JsonObject, key: Bytes): Promise<boolean> {
  const value = string(proof.proofValue);
  if (proof.type !== "DataIntegrityProof" || proof.cryptosuite !== "eddsa-jcs-2022") return false;
  if (proof.proofPurpose !== "assertionMethod" || !value?.startsWith("z")) return false;
  // Ours carry a copy of the whole @context; the standard's "starts with" would let a context be appended.
  if (canonicalize(proof["@context"]) !== canonicalize(document["@context"])) return false;
  const { proofValue: _, ...config } = proof;
  const { proof: __, ...unsecured } = document;
  const signature = decodeSignature(value);
  const message = concat(await hashOf(config), await hashOf(unsecured));
  return signature !== null && verifyEd25519(signature, message, key);
}

/** The record hash: SHA-256 of the JCS form of the whole signed document, hex. */
export const recordHash = async (document: Json): Promise<string> => hex(await hashOf(document));

/** Whether two JSON values are the same document, whatever the order and spacing. */
export const sameJson = (a: unknown, b: unknown): boolean => canonicalize(a) === canonicalize(b);

function decodeSignature(value: string): Bytes | null {
  try {
    return base58(value.slice(1));
  } catch {
    return null;
  }
}

async function hashOf(value: Json): Promise<Bytes> {
  return sha256(utf8(canonicalize(value) ?? ""));
}

function only(proofs: Json[], suite: string): JsonObject | null {
  const found = proofs.filter((proof) => isObject(proof) && proof.cryptosuite === suite);
  return found.length === 1 ? (found[0] as JsonObject) : null;
}

/** Not being able to ask says nothing about a document; a college that is asked and does not know the key does. */
export const missingState = (missing: string): Check["state"] =>
  missing === "issuer_elsewhere" || missing === "issuer_unreachable" ? "unknown" : "fail";
