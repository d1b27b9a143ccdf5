// The colleges somebody keeps: lists with keys, from a hub, a college or a colleague. For checks without a network, and to
// be independent of the hub.

import { isObject, type JsonObject, list, readJson, string } from "./json";
import type { Shelf } from "./shelf";

export interface PinnedKey {
  /** DID URL. */
  id: string;
  /** Multikey. */
  multibase: string;
  /** Its state when the list was drawn up. */
  state: string;
  /** Since when it is not to be believed. */
  since: string | null;
}

export interface PinnedCollege {
  did: string;
  name: string | null;
  keys: PinnedKey[];
  /** Where the list came from, as it says itself or as the file was called. */
  source: string;
  /** When the list was drawn up, RFC 3339. */
  asOf: string;
}

const SHELF = "colleges";
const MAX_COLLEGES = 5000;

/** Every college that is kept here. */
export async function keptColleges(shelf: Shelf): Promise<PinnedCollege[]> {
  const kept = await shelf.read(SHELF);
  try {
    return kept ? (JSON.parse(kept.body) as PinnedCollege[]) : [];
  } catch {
    return [];
  }
}

/** Keep more colleges; one that is kept already is replaced by a newer word on it. */
export async function keepColleges(more: PinnedCollege[], shelf: Shelf, now: Date): Promise<PinnedCollege[]> {
  const all = new Map((await keptColleges(shelf)).map((college) => [college.did, college]));
  for (const college of more) {
    const known = all.get(college.did);
    if (!known || known.asOf <= college.asOf) all.set(college.did, college);
  }
  const colleges = [...all.values()].slice(0, MAX_COLLEGES);
  await shelf.write(SHELF, JSON.stringify(colleges), now);
  return colleges;
}

export const forgetColleges = (shelf: Shelf): Promise<void> => shelf.remove(SHELF);

/** The colleges in a file: a list of a hub (`colleges.json`) or one DID document. Throws where it is neither. */
export function readColleges(source: string, name: string, now: Date): PinnedCollege[] {
  const document = readJson(source);
  if (!isObject(document)) throw new Error("no list of colleges");
  if (document.type === "CollegeList") {
    const asOf = time(document.as_of);
    const from = string(document.source) ?? name;
    const colleges = list(document.colleges).filter(isObject);
    if (!asOf || colleges.length === 0 || colleges.length > MAX_COLLEGES) throw new Error("no list of colleges");
    return colleges.map((college) => ({
      did: must(string(college.did)),
      name: string(college.name),
      keys: list(college.keys).filter(isObject).map(fromHistory),
      source: from,
      asOf,
    }));
  }
  const did = must(string(document.id));
  const asserts = list(document.assertionMethod);
  const keys = list(document.verificationMethod)
    .filter(isObject)
    .map((method) => ({
      id: must(string(method.id)),
      multibase: must(string(method.publicKeyMultibase)),
      state: asserts.includes(method.id ?? null) ? "active" : "compromised",
      since: string(method.revoked),
    }));
  if (!did.startsWith("did:") || keys.length === 0) throw new Error("no DID document");
  return [{ did, name: null, keys, source: name, asOf: now.toISOString() }];
}

function fromHistory(key: JsonObject): PinnedKey {
  return {
    id: must(string(key.kid)),
    multibase: must(string(key.publicKeyMultibase)),
    state: must(string(key.state)),
    since: string(key.compromisedSince),
  };
}

function must(text: string | null): string {
  if (text === null) throw new Error("something is missing in the list");
  return text;
}

const time = (value: JsonObject[string] | undefined): string | null =>
  typeof value === "string" && !Number.isNaN(Date.parse(value)) ? value : null;
