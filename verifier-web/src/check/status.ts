// Bitstring Status List 1.0, as this hub publishes it: the list is itself a signed credential and is checked as one.

import { type Check, check } from "../report";
import { type Bytes, base64url, inflate } from "./bytes";
import { isObject, type JsonObject, list, readJson, string } from "./json";
import { type Keys, parseIssuer } from "./keys";
import { checkSignature } from "./proof";
import type { Site } from "./site";

const MIN_BITS = 131_072;
const MAX_BYTES = 1 << 20;

type List =
  | { bits: Bytes; asOf: string; kept: boolean; stale: boolean }
  | { failed: "list_unreachable" | "list_invalid" };

/** Looks up revocation bits; each list is fetched and checked once. */
export class StatusLists {
  readonly #site: Site;
  readonly #keys: Keys;
  readonly #now: Date;
  readonly #lists = new Map<string, Promise<List>>();

  constructor(site: Site, keys: Keys, now: Date) {
    this.#site = site;
    this.#keys = keys;
    this.#now = now;
  }

  /** The status check of a credential by its `credentialStatus`. */
  async checkEntry(entry: JsonObject, issuer: string): Promise<Check> {
    const url = string(entry.statusListCredential);
    const index = string(entry.statusListIndex);
    if (entry.type !== "BitstringStatusListEntry" || entry.statusPurpose !== "revocation") return unreadable();
    return url && index && /^\d{1,9}$/.test(index) ? this.checkBit(url, Number(index), issuer) : unreadable();
  }

  /** The status check by the address of a list and an index in it. */
  async checkBit(url: string, index: number, issuer: string): Promise<Check> {
    const held = this.#lists.get(url) ?? this.#fetch(url, issuer);
    this.#lists.set(url, held);
    const found = await held;
    if ("failed" in found) {
      return check("status", found.failed === "list_invalid" ? "fail" : "unknown", found.failed, { source: "list" });
    }
    const byte = found.bits[index >> 3];
    if (byte === undefined) return unreadable();
    const about = { source: "list", as_of: found.asOf } as const;
    if ((byte >> (7 - (index & 7))) & 1) return check("status", "fail", "revoked", about);
    // A revocation is for ever; that there was none counts only as long as the list does.
    if (found.stale) return check("status", "unknown", "list_stale", about);
    return found.kept ? check("status", "unknown", "list_kept", about) : check("status", "pass", "not_listed", about);
  }

  async #fetch(url: string, issuer: string): Promise<List> {
    const path = this.#pathOf(url, issuer);
    if (!path) return { failed: "list_unreachable" };
    const answer = await this.#site.read(path, "application/vc, application/json");
    if (!answer.ok) return { failed: "list_unreachable" };
    try {
      const document = readJson(answer.body);
      const subject = isObject(document) && document.credentialSubject;
      if (!isObject(document) || !isObject(subject)) return { failed: "list_invalid" };
      const signature = await checkSignature(document, issuer, this.#keys, "jcs_alone_will_do");
      // A list that is kept was signed with a key that is: both are as old as they say.
      const kept = answer.keptAt !== null || signature.check.code === "key_not_fresh";
      if (signature.check.state === "unknown" && !signature.key) return { failed: "list_unreachable" };
      const encoded = string(subject.encodedList);
      const ours =
        signature.key !== null &&
        signature.check.state !== "fail" &&
        document.issuer === issuer &&
        this.#pathOf(string(document.id) ?? "", issuer)?.toLowerCase() === path.toLowerCase() &&
        list(document.type).includes("BitstringStatusListCredential") &&
        subject.type === "BitstringStatusList" &&
        subject.statusPurpose === "revocation";
      if (!ours || !encoded?.startsWith("u")) return { failed: "list_invalid" };
      const bits = await inflate(base64url(encoded.slice(1)), "gzip", MAX_BYTES);
      if (bits.length * 8 < MIN_BITS) return { failed: "list_invalid" };
      const from = string(document.validFrom) ?? "";
      const until = Date.parse(string(document.validUntil) ?? "");
      return { bits, asOf: from, kept, stale: !(until > this.#now.getTime()) };
    } catch {
      return { failed: "list_invalid" };
    }
  }

  // Only a list of the same college on this host is asked for.
  #pathOf(url: string, issuer: string): string | null {
    const here = parseIssuer(issuer);
    try {
      const { host, pathname, search } = new URL(url);
      const ours = host === this.#site.host && here?.host === host && search === "";
      return ours && pathname.toLowerCase().startsWith(`/colleges/${here.slug}/status/`) ? pathname : null;
    } catch {
      return null;
    }
  }
}

const unreadable = (): Check => check("status", "unknown", "no_status_entry", { source: "document" });
