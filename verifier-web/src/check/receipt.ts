// The receipt of an earlier check: JSON with an ecdsa-jcs-2019 proof (VC Data Integrity ECDSA Cryptosuites 1.0 §3.3) by the
// hub's own key for receipts, which stands in the hub's DID document.

import canonicalize from "canonicalize";
import { type Check, check, type LocalReport, type Receipt, type Verdict } from "../report";
import { type Bytes, base58, concat, hex, sha256, utf8 } from "./bytes";
import { nothing, SKEW_MS } from "./document";
import { isObject, type Json, type JsonObject, list, readJson, string } from "./json";
import type { FileKeys } from "./pdf-signature";
import type { Site } from "./site";

const VERDICTS: Verdict[] = ["valid", "valid_with_remark", "incomplete", "not_valid"];
// P-256 (SP 800-186 §3.2.1.3).
const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

type KeyFound =
  | { bytes: Bytes; keptAt: string | null }
  | { missing: "issuer_elsewhere" | "issuer_unreachable" | "unknown_key" };

/** Whether a text is a receipt; never throws. */
export function isReceipt(source: string): boolean {
  try {
    const value: unknown = JSON.parse(source);
    return isObject(value) && value.type === "VerificationReceipt";
  } catch {
    return false;
  }
}

/** Whose signature counts on the page of a receipt: the key of receipts of this site's hub. */
export const receiptKeys =
  (source: string, site: Site): FileKeys =>
  async (fingerprint) => {
    const document = readJson(source);
    const { issuer, proof } = isObject(document) ? document : {};
    const method = isObject(proof) ? (string(proof.verificationMethod) ?? "") : "";
    const found = await receiptsKey(string(issuer) ?? "", method, site);
    if ("missing" in found) return found.missing === "unknown_key" ? null : "unknown";
    const same = hex(await sha256(uncompressed(found.bytes))) === fingerprint;
    return same ? { state: "active", since: null, keptAt: found.keptAt } : null;
  };

/** Check a receipt by its text. */
export async function checkReceipt(source: string, site: Site, now: Date): Promise<LocalReport> {
  let document: Json;
  try {
    document = readJson(source);
  } catch {
    return nothing("not_json");
  }
  const receipt = isObject(document) ? read(document) : null;
  if (!isObject(document) || !receipt) return nothing("bad_receipt");
  const issuer = string(document.issuer) ?? "";
  const proof = isObject(document.proof) ? document.proof : {};
  const about = { proof: "ecdsa-jcs-2019", key: string(proof.verificationMethod) ?? "" };
  const found = await receiptsKey(issuer, about.key, site);
  const [state, code] = await judge(document, proof, found);
  const late = !(Date.parse(receipt.checkedAt) <= now.getTime() + SKEW_MS);
  return {
    ...nothing("receipt", "warn"),
    kind: "receipt",
    id: string(document.id),
    checks: [
      check("format", "warn", "receipt"),
      check("signature", state, code, "keptAt" in found && found.keptAt ? { ...about, as_of: found.keptAt } : about),
      issuer === didOf(site) ? check("issuer", "pass", "this_hub") : check("issuer", "unknown", "issuer_elsewhere"),
      check("validity", late ? "fail" : "pass", late ? "not_yet_valid" : "ok", { at: receipt.checkedAt }),
      { ...check("status", WHAT_IT_SAYS[receipt.verdict], `receipt_${receipt.verdict}`), as_of: receipt.checkedAt },
    ],
    issuer: { did: issuer, domain: decodeURIComponent(issuer.split(":")[2] ?? "") },
    keyFingerprint: "bytes" in found ? hex(await sha256(uncompressed(found.bytes))) : null,
    document,
    receipt,
  };
}

const WHAT_IT_SAYS: Record<Verdict, Check["state"]> = {
  valid: "pass",
  valid_with_remark: "warn",
  incomplete: "unknown",
  not_valid: "fail",
};

async function judge(document: JsonObject, proof: JsonObject, found: KeyFound): Promise<[Check["state"], string]> {
  if ("missing" in found) return [found.missing === "unknown_key" ? "fail" : "unknown", found.missing];
  const value = string(proof.proofValue);
  const plain =
    proof.type === "DataIntegrityProof" &&
    proof.cryptosuite === "ecdsa-jcs-2019" &&
    proof.proofPurpose === "assertionMethod" &&
    value?.startsWith("z");
  if (!plain || !value) return ["fail", "bad_signature"];
  try {
    const { proofValue: _, ...config } = proof;
    const { proof: __, ...unsecured } = document;
    const message = concat(await hashOf(config), await hashOf(unsecured));
    const raw = uncompressed(found.bytes);
    const key = await crypto.subtle.importKey("raw", raw, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
    const signature = decode(value);
    const holds =
      signature !== null && (await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, message));
    if (!holds) return ["fail", "bad_signature"];
  } catch {
    return ["unknown", "no_crypto"];
  }
  return found.keptAt ? ["unknown", "key_not_fresh"] : ["pass", "ok"];
}

async function receiptsKey(issuer: string, method: string, site: Site): Promise<KeyFound> {
  if (issuer !== didOf(site)) return { missing: "issuer_elsewhere" };
  const answer = await site.read("/.well-known/did.json", "application/did+json, application/json");
  if (!answer.ok) return { missing: "issuer_unreachable" };
  try {
    const document = readJson(answer.body);
    if (!isObject(document) || document.id !== issuer) return { missing: "issuer_unreachable" };
    const found = list(document.verificationMethod)
      .filter(isObject)
      .find((one) => one.id === method && one.controller === issuer && list(document.assertionMethod).includes(method));
    const encoded = string(found?.publicKeyMultibase);
    const bytes = encoded ? base58(encoded.slice(1)) : null;
    // Multikey of P-256: 0x80 0x24, then the compressed point.
    if (bytes?.length === 35 && bytes[0] === 0x80 && bytes[1] === 0x24) {
      return { bytes: bytes.slice(2), keptAt: answer.keptAt };
    }
    return { missing: "unknown_key" };
  } catch {
    return { missing: "issuer_unreachable" };
  }
}

function read(document: JsonObject): Receipt | null {
  const presented = isObject(document.presented) ? document.presented : {};
  const about = isObject(document.about) ? document.about : {};
  const verdict = VERDICTS.find((one) => one === document.verdict);
  const digest = string(presented.digest);
  const checkedAt = string(document.checked_at);
  if (!verdict || !digest || !checkedAt || Number.isNaN(Date.parse(checkedAt))) return null;
  return {
    checkedAt,
    verdict,
    digest,
    octets: typeof presented.octets === "number" ? presented.octets : 0,
    form: string(presented.form) ?? "",
    kind: string(about.kind) ?? "",
    college: string(about.college),
    count: typeof about.count === "number" ? about.count : null,
    checks: list(document.checks)
      .filter(isObject)
      .map((one) => ({ ...(one as unknown as Check), message: "" })),
  };
}

// A point's second coordinate from its first (SEC 1 §2.3.4): p leaves 3 when divided by 4, so a root is one power.
function uncompressed(point: Bytes): Bytes {
  const x = BigInt(`0x${hex(point.subarray(1))}`);
  let y = power((((x * x * x - 3n * x + B) % P) + P) % P, (P + 1n) / 4n);
  if (Number(y & 1n) !== (point[0] ?? 0) - 2) y = P - y;
  const digits = y.toString(16).padStart(64, "0").match(/../g) ?? [];
  return concat(
    new Uint8Array([4]),
    point.subarray(1),
    Uint8Array.from(digits, (pair) => Number.parseInt(pair, 16)),
  );
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n, square = (square * square) % P) {
    if (left & 1n) result = (result * square) % P;
  }
  return result;
}

function decode(value: string): Bytes | null {
  try {
    const bytes = base58(value.slice(1));
    return bytes.length === 64 ? bytes : null;
  } catch {
    return null;
  }
}

const didOf = (site: Site): string => `did:web:${site.host.replace(":", "%3A")}`;
const hashOf = async (value: Json): Promise<Bytes> => sha256(utf8(canonicalize(value) ?? ""));
