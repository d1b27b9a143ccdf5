// A college's public keys, from its DID document on this host (did:web). No other host is ever asked.

import { type Bytes, base58, equal, hex, sha256 } from "./bytes";
import { isObject, type JsonObject, list, readJson, string } from "./json";
import type { Site } from "./site";

/** Why a key cannot be had; `elsewhere` and `unreachable` say nothing about the document. */
export type NoKey = "issuer_elsewhere" | "issuer_unreachable" | "unknown_issuer" | "unknown_key" | "key_compromised";

export interface Key {
  id: string;
  bytes: Bytes;
  /** SHA-256 of the public key, hex. */
  fingerprint: string;
  /** The DID document came from this browser's store, because the hub did not answer. */
  stale: boolean;
}

export type Found = { key: Key } | { missing: NoKey };

interface Issuer {
  host: string;
  slug: string;
  domain: string;
}

/** The parts of `did:web:<host>:colleges:<slug>`, or null for any other identifier. */
export function parseIssuer(did: string): Issuer | null {
  const parts = /^did:web:([a-z0-9.-]+)(?:%3[Aa](\d{1,5}))?:colleges:([a-z0-9][a-z0-9-]*)$/.exec(did);
  if (!parts?.[1] || !parts[3]) return null;
  return { host: parts[2] ? `${parts[1]}:${parts[2]}` : parts[1], slug: parts[3], domain: parts[1] };
}

/** The host a DID names, for showing. */
export function domainOf(did: string): string {
  const host = did.split(":")[2] ?? did;
  try {
    return decodeURIComponent(host);
  } catch {
    return host;
  }
}

/** Looks keys up on one site; each DID document is fetched once. */
export class Keys {
  readonly #site: Site;
  readonly #documents = new Map<string, Promise<{ document: JsonObject; stale: boolean } | { missing: NoKey }>>();

  constructor(site: Site) {
    this.#site = site;
  }

  /** The key with this id (a DID URL). */
  async byId(did: string, id: string): Promise<Found> {
    return this.#find(did, async (method) => method.id === id);
  }

  /** The key whose SHA-256 starts with these bytes (the `kid` of a QR token). */
  async byDigest(did: string, prefix: Uint8Array): Promise<Found> {
    return this.#find(did, async (_, bytes) => equal((await sha256(bytes)).subarray(0, prefix.length), prefix));
  }

  async #find(did: string, matches: (method: JsonObject, bytes: Bytes) => Promise<boolean>): Promise<Found> {
    const held = await this.#document(did);
    if ("missing" in held) return held;
    for (const method of list(held.document.verificationMethod)) {
      if (!isObject(method) || method.controller !== did || typeof method.id !== "string") continue;
      const bytes = publicKey(method);
      if (!bytes || !(await matches(method, bytes))) continue;
      // A compromised key stays listed with `revoked`, and is taken out of assertionMethod: either counts.
      const asserts = list(held.document.assertionMethod).some(
        (entry) => entry === method.id || (isObject(entry) && entry.id === method.id),
      );
      if ("revoked" in method || !asserts) return { missing: "key_compromised" };
      return { key: { id: method.id, bytes, fingerprint: hex(await sha256(bytes)), stale: held.stale } };
    }
    return { missing: "unknown_key" };
  }

  #document(did: string): Promise<{ document: JsonObject; stale: boolean } | { missing: NoKey }> {
    const known = this.#documents.get(did);
    if (known) return known;
    const fetched = this.#fetch(did);
    this.#documents.set(did, fetched);
    return fetched;
  }

  async #fetch(did: string): Promise<{ document: JsonObject; stale: boolean } | { missing: NoKey }> {
    const issuer = parseIssuer(did);
    if (issuer?.host !== this.#site.host) return { missing: "issuer_elsewhere" };
    const answer = await this.#site.read(`/colleges/${issuer.slug}/did.json`, "application/did+json, application/json");
    if (!answer.ok) return { missing: answer.status === 404 ? "unknown_issuer" : "issuer_unreachable" };
    try {
      const document = readJson(answer.body);
      if (isObject(document) && document.id === did) return { document, stale: answer.stale };
    } catch {
      // A page that is no DID document is as good as no answer.
    }
    return { missing: "issuer_unreachable" };
  }
}

// Multikey (Controlled Identifiers §2.2.2): `z`, base58btc, 0xed 0x01, 32 bytes of Ed25519.
function publicKey(method: JsonObject): Bytes | null {
  const encoded = string(method.publicKeyMultibase);
  if (method.type !== "Multikey" || !encoded?.startsWith("z")) return null;
  try {
    const bytes = base58(encoded.slice(1));
    return bytes.length === 34 && bytes[0] === 0xed && bytes[1] === 0x01 ? bytes.slice(2) : null;
  } catch {
    return null;
  }
}
