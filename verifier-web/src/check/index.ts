// Check one thing that was handed in: here and at the hub, at the same time.

import type { Input } from "../input";
import { ownDomain } from "../place";
import { check, type LocalReport } from "../report";
import { checkToken, claimOfToken } from "./compact";
import { type Bench, checkDocument, checkSource, nothing } from "./document";
import { askHub, type Handed, type HubAnswer } from "./hub";
import { isObject, type Json } from "./json";
import { Keys, parseIssuer } from "./keys";
import type { Known } from "./lookalike";
import { merge, type Outcome, worse } from "./merge";
import { attachedCredential } from "./pdf";
import { checkPdf } from "./pdf-signature";
import { keptColleges, type PinnedCollege, readColleges } from "./pins";
import { checkReceipt, isReceipt, receiptKeys } from "./receipt";
import { browserShelf } from "./shelf";
import { knownSites, type Site } from "./site";
import { StatusLists } from "./status";

/** What a check has around it: the sites it may ask, the colleges somebody keeps, the time. */
export interface Desk {
  /** The first is the one this page came from. */
  sites: Site[];
  pins: PinnedCollege[];
  /** This page stands on a college's own domain. */
  ownDomain: boolean;
  now: Date;
}

/** The desk of this browser, now. */
export async function thisDesk(): Promise<Desk> {
  const shelf = browserShelf();
  return { sites: knownSites(shelf), pins: await keptColleges(shelf), ownDomain, now: new Date() };
}

/** Check an input; never rejects for what is wrong with the input itself. */
export async function checkInput(input: Input, desk?: Desk): Promise<Outcome> {
  const at = desk ?? (await thisDesk());
  const outcome = await checkAt(input, at);
  const issuer = outcome.local.issuer;
  const pin = at.pins.find((college) => college.did === issuer?.did);
  const kept = pin ? { name: pin.name, source: pin.source, asOf: pin.asOf } : null;
  const stranger =
    issuer !== null && !("report" in outcome.hub && outcome.hub.report.issuer?.name) && !outcome.local.receipt;
  return { ...outcome, kept, lookalike: stranger ? await lookalikeOf(outcome.local, at) : null };
}

async function checkAt(input: Input, desk: Desk): Promise<Outcome> {
  switch (input.kind) {
    case "pdf": {
      const source = await attachedCredential(input.bytes);
      const site = siteOf(source, desk);
      const handed: Handed = { origin: site.origin, type: "application/pdf", body: input.bytes };
      const hub = askHub(handed, site);
      const bench = benchAt(site, desk);
      if (source !== null && isReceipt(source)) {
        const receipt = await checkReceipt(source, site, desk.now);
        const file = await checkPdf(input.bytes, receiptKeys(source, site));
        return merge({ ...receipt, checks: [...receipt.checks, file] }, await hub, "pdf", handed);
      }
      // The hub reads a PDF more patiently; its copy is then checked here all the same.
      const local =
        source === null ? await checkHubCopy(await hub, "no_attachment", bench) : await checkSource(source, bench);
      const did = local.issuer?.did ?? null;
      const file = did ? await checkPdf(input.bytes, (fingerprint) => bench.keys.forFiles(did, fingerprint)) : null;
      return merge(file ? { ...local, checks: [...local.checks, file] } : local, await hub, "pdf", handed);
    }
    case "json": {
      const site = siteOf(input.source, desk);
      const handed: Handed = { origin: site.origin, type: "application/json", body: input.source };
      const hub = askHub(handed, site);
      const local = isReceipt(input.source)
        ? await checkReceipt(input.source, site, desk.now)
        : await checkSource(input.source, benchAt(site, desk));
      return merge(local, await hub, "document", handed);
    }
    case "token": {
      const site = siteAt(parseIssuer(claimOfToken(input.encoded, "issuer") ?? "")?.host, desk);
      const handed: Handed = { origin: site.origin, type: "text/plain", body: `${site.origin}/v#${input.encoded}` };
      const hub = askHub(handed, site);
      const bench = benchAt(site, desk);
      const local = await withDocument(await checkToken(input.encoded, bench), bench);
      // What the code leads to is asked of too: a code alone says nothing of what is inside.
      const more = local.document
        ? await askHub({ ...handed, type: "application/json", body: JSON.stringify(local.document) }, site)
        : null;
      return merge(local, withInside(await hub, more), "document", handed);
    }
    case "address": {
      const site = siteAt(input.host, desk);
      const path = `/colleges/${input.slug}/${input.document}/${input.id}`;
      const handed: Handed = { origin: site.origin, type: "text/plain", body: `${site.origin}${path}` };
      const hub = askHub(handed, site);
      const bench = benchAt(site, desk);
      const answer = await site.read(path, "application/vc");
      const local = answer.ok
        ? atItsAddress(await checkSource(answer.body, bench), path)
        : await checkHubCopy(await hub, "not_loaded", bench);
      return merge(local, await hub, "document", handed);
    }
  }
}

function benchAt(site: Site, desk: Desk): Bench {
  const keys = new Keys(site, desk.pins, desk.ownDomain);
  return { site, keys, lists: new StatusLists(site, keys, desk.now), now: desk.now };
}

// The site that a document's issuer is at, if it may be asked; else this page's own, which then says so.
function siteOf(source: string | null, desk: Desk): Site {
  try {
    const document: unknown = source === null ? null : JSON.parse(source);
    const issuer = isObject(document) ? document.issuer : null;
    const did = isObject(issuer) ? issuer.id : issuer;
    const host =
      typeof did === "string" ? (parseIssuer(did)?.host ?? did.split(":")[2]?.replace(/%3a/i, ":")) : undefined;
    return siteAt(host, desk);
  } catch {
    return siteAt(undefined, desk);
  }
}

function siteAt(host: string | undefined, { sites }: Desk): Site {
  const site = sites.find((one) => one.host === host) ?? sites[0];
  if (!site) throw new Error("a page knows at least one hub");
  return site;
}

// A document at another's address is genuine, but not what was asked for.
function atItsAddress(local: LocalReport, path: string): LocalReport {
  if (local.id === null || local.id.toLowerCase().endsWith(path)) return local;
  return { ...local, checks: [...local.checks, check("issuer", "fail", "other_address")] };
}

// Without bytes of its own this browser checks the hub's copy, by the same rules; without that it knows nothing.
async function checkHubCopy(hub: HubAnswer, code: string, bench: Bench): Promise<LocalReport> {
  const document = "report" in hub ? hub.report.document : null;
  return document ? checkDocument(document as Json, bench) : nothing(code, "unknown");
}

// A portfolio that is not closed can be read at its address: its own checks join in, and it must be the code's.
async function withDocument(local: LocalReport, bench: Bench): Promise<LocalReport> {
  const slug = local.issuer?.did.split(":").at(-1) ?? "";
  const signed = local.checks.some((one) => one.id === "signature" && one.state === "pass");
  if (!signed || !local.compact) return local;
  const answer = await bench.site.read(`/colleges/${slug}/portfolios/${local.compact.portfolio}`, "application/vc");
  if (!answer.ok) return local;
  const document = await checkSource(answer.body, bench);
  // A later generation of the same portfolio: genuine perhaps, but not what the code binds.
  if (document.recordHash !== local.compact.recordHash) {
    return { ...local, checks: [...local.checks, check("record", "warn", "differs")] };
  }
  const more = document.checks
    .filter((one) => one.id === "nested" || (one.state !== "pass" && one.id !== "key"))
    .map((one) => ({ ...one, path: `/colleges/${slug}/portfolios/${local.compact?.portfolio}` }));
  const checks = [...local.checks, check("record", "pass", "same_document"), ...more];
  return { ...document, checks, compact: local.compact };
}

// The hub's word on a code, and on every credential inside the document that the code names.
function withInside(hub: HubAnswer, more: HubAnswer | null): HubAnswer {
  if (!("report" in hub) || !more || !("report" in more)) return hub;
  const { report } = more;
  const checks = [...hub.report.checks, ...report.checks.filter((one) => one.id === "nested" || one.state === "fail")];
  return {
    report: { ...hub.report, verdict: worse(hub.report.verdict, report.verdict), checks, nested: report.nested },
  };
}

// Asked only of what no register here knows: the list of names comes along then, and not before.
async function lookalikeOf(local: LocalReport, desk: Desk): Promise<Outcome["lookalike"]> {
  const issuer = isObject(local.document) ? local.document.issuer : null;
  const name = isObject(issuer) && typeof issuer.name === "string" ? issuer.name : (local.compact?.college ?? null);
  const [{ findLookalike }, known] = await Promise.all([import("./lookalike"), knownColleges(desk)]);
  return findLookalike(local.issuer?.did ?? "", name, known, desk.sites[0]?.host ?? "");
}

async function knownColleges(desk: Desk): Promise<Known[]> {
  const answer = await desk.sites[0]?.read("/v/colleges.json", "application/json");
  try {
    return answer?.ok ? [...desk.pins, ...readColleges(answer.body, "", desk.now)] : desk.pins;
  } catch {
    return desk.pins;
  }
}

/** Whether two inputs are the paper and the file of one portfolio: the code's record hash is the document's. */
export function codeFits(encoded: string, local: LocalReport): boolean {
  return local.recordHash !== null && claimOfToken(encoded, "recordHash") === local.recordHash;
}
