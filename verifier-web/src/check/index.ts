// Check one thing that was handed in: here and at the hub, at the same time.

import type { Input } from "../input";
import { check, type LocalReport } from "../report";
import { checkToken } from "./compact";
import { type Bench, checkDocument, checkSource, nothing } from "./document";
import { askHub, type HubAnswer } from "./hub";
import type { Json } from "./json";
import { Keys } from "./keys";
import { merge, type Outcome } from "./merge";
import { attachedCredential } from "./pdf";
import { type Site, thisSite } from "./site";
import { StatusLists } from "./status";

/** Check an input; never rejects for what is wrong with the input itself. */
export async function checkInput(input: Input, site: Site = thisSite(), now: Date = new Date()): Promise<Outcome> {
  const keys = new Keys(site);
  const bench = { site, keys, lists: new StatusLists(site, keys, now), now };
  switch (input.kind) {
    case "pdf": {
      const hub = askHub("application/pdf", input.bytes, site);
      const source = await attachedCredential(input.bytes);
      // The hub reads a PDF more patiently; its copy is then checked here all the same.
      const local =
        source === null ? await checkHubCopy(await hub, "no_attachment", bench) : await checkSource(source, bench);
      return merge(local, await hub, "pdf");
    }
    case "json": {
      const hub = askHub("application/json", input.source, site);
      return merge(await checkSource(input.source, bench), await hub, "document");
    }
    case "token": {
      const text = `${site.origin}/v#${input.encoded}`;
      const hub = askHub("text/plain", text, site);
      const local = await checkToken(input.encoded, bench);
      return merge(await withDocument(local, bench), await hub, "document");
    }
    case "address": {
      const path = `/colleges/${input.slug}/${input.document}/${input.id}`;
      const hub = askHub("text/plain", `${site.origin}${path}`, site);
      const answer = await site.read(path, "application/vc");
      const local = answer.ok
        ? atItsAddress(await checkSource(answer.body, bench), path)
        : await checkHubCopy(await hub, "not_loaded", bench);
      return merge(local, await hub, "document");
    }
  }
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
    .filter((one) => one.id === "nested" || one.state !== "pass")
    .map((one) => ({ ...one, path: `/colleges/${slug}/portfolios/${local.compact?.portfolio}` }));
  const checks = [...local.checks, check("record", "pass", "same_document"), ...more];
  return { ...document, checks, compact: local.compact };
}
