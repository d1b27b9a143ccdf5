// The QR's token: a CWT (RFC 8392) in a COSE_Sign1 (RFC 9052 §4.2), checked with the college's published key.

import { type Check, type Compact, check, type LocalReport } from "../report";
import { type Bytes, base32, concat, hex, utf8, uuid } from "./bytes";
import { type Cbor, decodeCbor, encodeByteString, Tagged } from "./cbor";
import { type Bench, nothing, SKEW_MS } from "./document";
import { verifyEd25519 } from "./ed25519";
import { domainOf, type Key, parseIssuer } from "./keys";
import { missingState, originOf, worthOf } from "./proof";

const COSE_SIGN1 = 18;
const HEADER = { alg: 1, kid: 4 };
const EDDSA = -8;
const CLAIM = {
  iss: 1,
  iat: 6,
  cti: 7,
  person: 169,
  // Labels below -65536 are free for private use.
  recordHash: -65_537,
  /** `[list, index]` */
  status: -65_538,
  /** What is printed beside it: `[programme, count, college]` */
  printed: -65_539,
};
const PERSON = { name: 4, secondName: 19, secondLanguage: 20 };
/** A QR code holds less. */
const MAX_BYTES = 2048;
const LIST_BITS = 131_072;
const YEAR_10000 = 253_402_300_800;

interface Token {
  protectedHeader: Bytes;
  kid: Bytes;
  payload: Bytes;
  signature: Bytes;
  claims: Compact & { list: string; index: number };
}

/** Check a token by its base32 text. */
export async function checkToken(encoded: string, bench: Bench): Promise<LocalReport> {
  let token: Token;
  try {
    token = readToken(encoded);
  } catch {
    return nothing("bad_token");
  }
  const { claims } = token;
  const { list, index, ...compact } = claims;
  const signature = await checkTokenSignature(token, bench);
  const here = parseIssuer(claims.issuer)?.host === bench.site.host;
  const late = Date.parse(claims.issuedAt) > bench.now.getTime() + SKEW_MS;
  return {
    kind: "portfolio",
    id: claims.portfolio,
    checks: [
      check("format", "pass", "ok"),
      signature.check,
      ...(signature.key ? [originOf(signature.key)] : []),
      here ? check("issuer", "pass", "belongs") : check("issuer", "unknown", "issuer_elsewhere"),
      late
        ? check("validity", "fail", "not_yet_valid", { at: claims.issuedAt })
        : check("validity", "pass", "ok", { at: claims.issuedAt }),
      await bench.lists.checkBit(list, index, claims.issuer),
    ],
    issuer: { did: claims.issuer, domain: domainOf(claims.issuer) },
    subject: { id: null, name: claims.name },
    content: null,
    nested: [],
    recordHash: null,
    keyFingerprint: signature.key?.fingerprint ?? null,
    document: null,
    compact,
    receipt: null,
  };
}

/** One claim of a token, signed or not; null where it is no token. */
export function claimOfToken(encoded: string, claim: "issuer" | "recordHash"): string | null {
  try {
    return readToken(encoded).claims[claim];
  } catch {
    return null;
  }
}

/** Take a token apart; throws unless it is exactly of the hub's shape. */
export function readToken(encoded: string): Token {
  if (encoded.length > (MAX_BYTES * 8) / 5) throw shape();
  const tagged = decodeCbor(base32(encoded));
  if (!(tagged instanceof Tagged) || tagged.tag !== COSE_SIGN1) throw shape();
  const [protectedHeader, unprotected, payload, signature] = array(tagged.value, 4).map((part, place) =>
    place === 1 ? part : bytes(part, place === 3 ? 64 : undefined),
  ) as [Bytes, Cbor, Bytes, Bytes];
  map(unprotected, []);
  const header = map(decodeCbor(protectedHeader), Object.values(HEADER));
  if (header.get(HEADER.alg) !== EDDSA) throw shape();
  return {
    protectedHeader,
    kid: bytes(header.get(HEADER.kid), 8),
    payload,
    signature,
    claims: readClaims(map(decodeCbor(payload), Object.values(CLAIM))),
  };
}

function readClaims(claims: Map<number, Cbor>): Token["claims"] {
  const person = map(claims.get(CLAIM.person), [PERSON.name], [PERSON.secondName, PERSON.secondLanguage]);
  if (person.has(PERSON.secondName) !== person.has(PERSON.secondLanguage)) throw shape();
  const [list, index] = array(claims.get(CLAIM.status), 2);
  const [programme, count, college] = array(claims.get(CLAIM.printed), 3);
  const issuer = string(claims.get(CLAIM.iss));
  const issuedAt = number(claims.get(CLAIM.iat), YEAR_10000);
  return {
    issuer,
    issuedAt: new Date(issuedAt * 1000).toISOString(),
    portfolio: uuid(bytes(claims.get(CLAIM.cti))),
    name: string(person.get(PERSON.name)),
    secondName: optional(person.get(PERSON.secondName)),
    secondLanguage: optional(person.get(PERSON.secondLanguage)),
    recordHash: hex(bytes(claims.get(CLAIM.recordHash), 32)),
    programme: string(programme),
    count: number(count, 2 ** 32),
    college: string(college),
    list: longList(string(list), issuer),
    index: number(index, LIST_BITS),
  };
}

// A list below the college's own address is named by its last part alone, and never by more than that.
function longList(list: string, issuer: string): string {
  const home = listsOf(issuer);
  if (!list.includes(":")) {
    if (!home || !list) throw shape();
    return home + list;
  }
  const short = home && list.startsWith(home) ? list.slice(home.length) : "";
  if (short && !short.includes(":")) throw shape();
  return list;
}

// Where a did:web with a path has its lists (did:web §3.2; this machine itself is for demos, which have no certificate).
function listsOf(issuer: string): string | null {
  const [, name, path] = /^did:web:([^:]*):(.*)$/s.exec(issuer) ?? [];
  if (name === undefined || path === undefined) return null;
  const host = name.replaceAll(/%3a/gi, ":");
  const machine = host.split(":")[0];
  const scheme = machine === "localhost" || machine === "127.0.0.1" ? "http" : "https";
  return `${scheme}://${host}/${path.replaceAll(":", "/")}/status/`;
}

async function checkTokenSignature(token: Token, bench: Bench): Promise<{ check: Check; key: Key | null }> {
  const about = { proof: "COSE_Sign1 EdDSA", key: hex(token.kid) };
  const answer = (state: Check["state"], code: string) => ({
    check: check("signature", state, code, about),
    key: null,
  });
  try {
    const found = await bench.keys.byDigest(token.claims.issuer, token.kid);
    if ("missing" in found) return answer(missingState(found.missing), found.missing);
    const { key } = found;
    const message = sigStructure(token);
    if (!(await verifyEd25519(token.signature, message, key.bytes))) return answer("fail", "bad_signature");
    return { check: { ...worthOf(key), ...about, key: key.id }, key };
  } catch {
    return answer("unknown", "no_crypto");
  }
}

// Sig_structure (RFC 9052 §4.4): ["Signature1", protected, external_aad = h'', payload].
function sigStructure({ protectedHeader, payload }: Token): Bytes {
  const context = concat(new Uint8Array([0x84, 0x6a]), utf8("Signature1"));
  return concat(context, encodeByteString(protectedHeader), new Uint8Array([0x40]), encodeByteString(payload));
}

const shape = () => new Error("not a token of this hub");

function bytes(value: Cbor | undefined, length?: number): Bytes {
  if (value instanceof Uint8Array && (length === undefined || value.length === length)) return value;
  throw shape();
}

// Exactly the labels that belong there: what this page would overlook, another reader might not.
function map(value: Cbor | undefined, labels: number[], mayHave: number[] = []): Map<number, Cbor> {
  if (!(value instanceof Map)) throw shape();
  const known = labels.every((label) => value.has(label));
  if (!known || [...value.keys()].some((label) => !labels.includes(label) && !mayHave.includes(label))) throw shape();
  return value;
}

function array(value: Cbor | undefined, length: number): Cbor[] {
  if (Array.isArray(value) && value.length === length) return value;
  throw shape();
}

function string(value: Cbor | undefined): string {
  if (typeof value === "string") return value;
  throw shape();
}

// From zero up to, and not with, the bound.
function number(value: Cbor | undefined, bound: number): number {
  if (typeof value === "number" && value >= 0 && value < bound) return value;
  throw shape();
}

const optional = (value: Cbor | undefined): string | null => (value === undefined ? null : string(value));
