// A college's public keys: from its DID document and key history on a site that may be asked, else from the colleges kept.

import { type Bytes, base58, equal, hex, sha256 } from "./bytes";
import { isObject, type JsonObject, list, readJson, string } from "./json";
import type { FileKey } from "./pdf-signature";
import type { PinnedCollege } from "./pins";
import type { Site } from "./site";

/** Why a key cannot be had; `elsewhere` and `unreachable` say nothing about the document. */
export type NoKey = "issuer_elsewhere" | "issuer_unreachable" | "unknown_issuer" | "unknown_key";

/** Who vouched for a key: the college's own domain, the hub, or a list that somebody keeps. */
export type KeySource = "own_domain" | "hub" | "kept_list";

export interface Key {
  id: string;
  bytes: Bytes;
  /** SHA-256 of the public key, hex. */
  fingerprint: string;
  /** As `keys.json` has it; `unknown` where that did not come. */
  state: string;
  /** Since when a compromised key is not to be believed. */
  since: string | null;
  /** When this was known, where it could not be asked just now. */
  keptAt: string | null;
  source: KeySource;
  /** Whether the colleges somebody keeps hold this key; null: they do not name this college. */
  pinned: { holds: boolean; source: string; asOf: string } | null;
}

export type Found = { key: Key } | { missing: NoKey };

interface Issuer {
  host: string;
  slug: string;
  domain: string;
}

interface Published {
  document: JsonObject;
  /** By key id; null where the history did not come. */
  history: Map<string, JsonObject> | null;
  keptAt: string | null;
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

/** Looks keys up on one site and among the kept colleges; each DID document is fetched once. */
export class Keys {
  readonly #site: Site;
  readonly #pins: PinnedCollege[];
  readonly #ownDomain: boolean;
  readonly #published = new Map<string, Promise<Published | { missing: NoKey }>>();

  constructor(site: Site, pins: PinnedCollege[] = [], ownDomain = false) {
    this.#site = site;
    this.#pins = pins;
    this.#ownDomain = ownDomain;
  }

  /** The key with this id (a DID URL). */
  async byId(did: string, id: string): Promise<Found> {
    return this.#find(did, async (method) => method.id === id);
  }

  /** The key whose SHA-256 starts with these bytes (the `kid` of a QR token). */
  async byDigest(did: string, prefix: Uint8Array): Promise<Found> {
    return this.#find(did, async (_, bytes) => equal((await sha256(bytes)).subarray(0, prefix.length), prefix));
  }

  /** The key for files with this fingerprint, from the college's history; `unknown` where that could not be asked. */
  async forFiles(did: string, fingerprint: string): Promise<FileKey | null | "unknown"> {
    const held = await this.#look(did);
    if ("missing" in held || !held.history) return "unknown";
    const entries = [...held.history.values()];
    const entry = entries.find((one) => one.purpose === "documents" && one.fingerprint === fingerprint);
    if (!entry) return null;
    return { state: string(entry.state) ?? "unknown", since: string(entry.compromisedSince), keptAt: held.keptAt };
  }

  async #find(did: string, matches: (method: JsonObject, bytes: Bytes) => Promise<boolean>): Promise<Found> {
    const held = await this.#look(did);
    if ("missing" in held) {
      const silent = held.missing === "issuer_elsewhere" || held.missing === "issuer_unreachable";
      return (silent && (await this.#fromList(did, matches))) || held;
    }
    for (const method of list(held.document.verificationMethod)) {
      if (!isObject(method) || method.controller !== did || typeof method.id !== "string") continue;
      const bytes = publicKey(method);
      if (!bytes || !(await matches(method, bytes))) continue;
      // A compromised key stays listed with `revoked`, and is taken out of assertionMethod: either counts.
      const asserts = list(held.document.assertionMethod).some(
        (entry) => entry === method.id || (isObject(entry) && entry.id === method.id),
      );
      const entry = held.history?.get(method.id);
      const fallen = "revoked" in method || !asserts || entry?.state === "compromised";
      const fingerprint = hex(await sha256(bytes));
      return {
        key: {
          id: method.id,
          bytes,
          fingerprint,
          state: fallen ? "compromised" : (string(entry?.state) ?? "unknown"),
          since: string(method.revoked) ?? string(entry?.compromisedSince),
          keptAt: held.keptAt,
          source: this.#ownDomain ? "own_domain" : "hub",
          pinned: this.#pinned(did, method),
        },
      };
    }
    return { missing: "unknown_key" };
  }

  async #fromList(did: string, matches: (method: JsonObject, bytes: Bytes) => Promise<boolean>): Promise<Found | null> {
    const college = this.#pins.find((one) => one.did === did);
    for (const pin of college?.keys ?? []) {
      const method = { id: pin.id, type: "Multikey", publicKeyMultibase: pin.multibase };
      const bytes = publicKey(method);
      if (!college || !bytes || !pin.id.startsWith(`${did}#`) || !(await matches(method, bytes))) continue;
      return {
        key: {
          id: pin.id,
          bytes,
          fingerprint: hex(await sha256(bytes)),
          state: pin.state,
          since: pin.since,
          keptAt: college.asOf,
          source: "kept_list",
          pinned: { holds: true, source: college.source, asOf: college.asOf },
        },
      };
    }
    return null;
  }

  #pinned(did: string, method: JsonObject): Key["pinned"] {
    const college = this.#pins.find((one) => one.did === did);
    if (!college) return null;
    const holds = college.keys.some(
      (pin) => pin.multibase === method.publicKeyMultibase && pin.state !== "compromised",
    );
    return { holds, source: college.source, asOf: college.asOf };
  }

  #look(did: string): Promise<Published | { missing: NoKey }> {
    const known = this.#published.get(did);
    if (known) return known;
    const fetched = this.#fetch(did);
    this.#published.set(did, fetched);
    return fetched;
  }

  async #fetch(did: string): Promise<Published | { missing: NoKey }> {
    const issuer = parseIssuer(did);
    if (issuer?.host !== this.#site.host) return { missing: "issuer_elsewhere" };
    const at = `/colleges/${issuer.slug}`;
    const [answer, told] = await Promise.all([
      this.#site.read(`${at}/did.json`, "application/did+json, application/json"),
      this.#site.read(`${at}/keys.json`, "application/json"),
    ]);
    if (!answer.ok) return { missing: answer.status === 404 ? "unknown_issuer" : "issuer_unreachable" };
    try {
      const document = readJson(answer.body);
      if (isObject(document) && document.id === did) {
        const history = told.ok ? historyOf(told.body, did) : null;
        // Of two things kept, the older one counts.
        const kept = [answer.keptAt, told.ok ? told.keptAt : null].filter((at) => at !== null).sort();
        return { document, history, keptAt: kept[0] ?? null };
      }
    } catch {
      // A page that is no DID document is as good as no answer.
    }
    return { missing: "issuer_unreachable" };
  }
}

function historyOf(source: string, did: string): Map<string, JsonObject> | null {
  try {
    const document = readJson(source);
    if (!isObject(document) || document.id !== did) return null;
    const keys = list(document.keys).filter(isObject);
    return new Map(keys.map((key) => [string(key.kid) ?? "", key]));
  } catch {
    return null;
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
