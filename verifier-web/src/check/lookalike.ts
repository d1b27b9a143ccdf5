// Names made to be taken for others: a domain or a college that reads like a known one and is not (after UTS #39).

import { domainOf, parseIssuer } from "./keys";

export interface Known {
  did: string;
  name: string | null;
}

export interface Lookalike {
  /** What the document says. */
  claimed: string;
  /** What it could be taken for; null: letters of another alphabet in a domain. */
  known: string | null;
}

// Letters of other scripts, and pairs of letters, that many typefaces draw alike.
const ALIKE: [RegExp, string][] = [
  [/[аɑα]/g, "a"],
  [/[Ьƅ]/g, "b"],
  [/[сϲ]/g, "c"],
  [/[ԁ]/g, "d"],
  [/[еєҽ]/g, "e"],
  [/[ɡ]/g, "g"],
  [/[һ]/g, "h"],
  [/[іıɩι1l|!]/g, "i"],
  [/[јϳ]/g, "j"],
  [/[κк]/g, "k"],
  [/[пո]/g, "n"],
  [/[оοօ০०௦0]/g, "o"],
  [/[рρ]/g, "p"],
  [/[ԛ]/g, "q"],
  [/[г]/g, "r"],
  [/[ѕ5]/g, "s"],
  [/[τт]/g, "t"],
  [/[υս]/g, "u"],
  [/[νѵ]/g, "v"],
  [/[ԝ]|vv/g, "w"],
  [/[хχ]/g, "x"],
  [/[уγ]/g, "y"],
  [/rn/g, "m"],
];

/** What a document's issuer could be taken for; null where it reads like nothing known. */
export function findLookalike(did: string, name: string | null, known: Known[], host: string): Lookalike | null {
  const issuer = parseIssuer(did);
  const domain = issuer?.host ?? domainOf(did);
  if (known.some((one) => one.did === did)) return null;
  const hosts = new Set([host, ...known.map((one) => parseIssuer(one.did)?.host ?? domainOf(one.did))]);
  if (!hosts.has(domain)) {
    for (const one of hosts) if (readsLike(domain, one)) return { claimed: domain, known: one };
  }
  for (const one of known) {
    const theirs = parseIssuer(one.did);
    if (issuer && theirs && issuer.slug !== theirs.slug && readsLike(issuer.slug, theirs.slug)) {
      return { claimed: issuer.slug, known: one.name ?? theirs.slug };
    }
    if (name && one.name && skeleton(name) === skeleton(one.name)) return { claimed: name, known: one.name };
  }
  return /(^|\.)xn--/.test(domain) ? { claimed: domain, known: null } : null;
}

/** Two names that read alike have the same skeleton. */
export function skeleton(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase();
  return ALIKE.reduce((text, [letters, one]) => text.replace(letters, one), plain).replace(
    /[^\p{Letter}\p{Number}]/gu,
    "",
  );
}

function readsLike(one: string, other: string): boolean {
  if (one === other) return false;
  return skeleton(one) === skeleton(other) || (Math.min(one.length, other.length) >= 8 && oneSlip(one, other));
}

// One letter more, less, other, or two exchanged.
function oneSlip(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false;
  let at = 0;
  while (one[at] !== undefined && one[at] === other[at]) at++;
  const rests = [
    [one.slice(at + 1), other.slice(at + 1)],
    [one.slice(at + 1), other.slice(at)],
    [one.slice(at), other.slice(at + 1)],
    [`${one[at + 1] ?? ""}${one[at] ?? ""}${one.slice(at + 2)}`, other.slice(at)],
  ];
  return rests.some(([mine, theirs]) => mine === theirs);
}
