// One verdict from two witnesses: the worse of what this browser found and what the hub says. Nothing defaults to passed.

import type { Check, CheckId, HubReport, LocalReport, Verdict } from "../report";
import type { HubAnswer } from "./hub";
import { sameJson } from "./proof";

/** The one line an employer reads; each has its own words. */
export type Headline =
  | "valid"
  | "superseded"
  | "outdated"
  | "remark"
  | "offline"
  | "elsewhere"
  | "incomplete"
  | "changed"
  | "pages_changed"
  | "not_theirs"
  | "no_issuer"
  | "key_compromised"
  | "revoked"
  | "expired"
  | "not_yet_valid"
  | "bad_inside"
  | "nothing"
  | "not_found"
  | "not_valid";

export interface Outcome {
  verdict: Verdict;
  headline: Headline;
  /** The moment the headline speaks of (revoked on, last known on), RFC 3339. */
  at: string | null;
  /** Where a newer version is, if there is one. */
  newer: string | null;
  local: LocalReport;
  hub: HubAnswer;
  /** The hub and this browser speak of different documents. */
  disagree: boolean;
}

/** What was handed in: a PDF must also have its own signature checked. */
export type Form = "pdf" | "document";

const NOT_THEIR_KEY = ["unknown_key", "wrong_key_kind", "key_not_in_use", "different_keys"];
const RANK: Verdict[] = ["valid", "valid_with_remark", "incomplete", "not_valid"];

/** Decide. Green needs: the browser's own signature check, the hub's record, and revocation known to both. */
export function merge(local: LocalReport, hub: HubAnswer, form: Form): Outcome {
  const report = "report" in hub ? hub.report : null;
  const disagree = report !== null && !agree(local, report);
  const verdicts = [ofChecks(local.checks), demand(local.checks, ["signature", "issuer", "status"])];
  if (report) {
    const required: CheckId[] = ["signature", "issuer", "status", "record"];
    if (form === "pdf") required.push("pdf");
    verdicts.push(known(report.verdict), ofChecks(report.checks), demand(report.checks, required));
    if (disagree) verdicts.push("not_valid");
  } else {
    verdicts.push("incomplete");
  }
  const verdict = verdicts.reduce(worse);
  const all = [...local.checks, ...(report?.checks ?? [])];
  const headline = headlineOf(verdict, all, local, hub);
  return { verdict, headline, at: momentOf(headline, all), newer: newerOf(all), local, hub, disagree };
}

/** The verdict on one credential inside a portfolio; `report` is the hub's word on the same one, if it gave one. */
export function mergeNested(local: LocalReport, report: HubReport | null): Verdict {
  const parts = [ofChecks(local.checks), demand(local.checks, ["signature", "issuer", "status"])];
  if (report) parts.push(known(report.verdict), ofChecks(report.checks));
  else parts.push("incomplete");
  return parts.reduce(worse);
}

/** The verdict of a list of checks (the rule of the hub's own report). */
export function ofChecks(checks: Check[]): Verdict {
  const states = checks.map((one) => one.state);
  if (states.length === 0) return "incomplete";
  if (states.some((state) => !["pass", "warn", "unknown", "not_applicable"].includes(state))) return "not_valid";
  if (states.includes("unknown")) return "incomplete";
  return states.includes("warn") ? "valid_with_remark" : "valid";
}

/** Whether it is the college's at all: what is shown of it is then a fact, and otherwise only its claim. */
export function isAuthentic({ local, hub, disagree }: Outcome): boolean {
  const all = [...local.checks, ...("report" in hub ? hub.report.checks : [])];
  const contradicted = all.some((one) => one.state === "fail" && ["signature", "issuer", "record"].includes(one.id));
  return !contradicted && !disagree && local.checks.some((one) => one.id === "signature" && one.state === "pass");
}

export const worse = (a: Verdict, b: Verdict): Verdict => (RANK.indexOf(a) >= RANK.indexOf(b) ? a : b);

// A word this page does not know is not a good word.
const known = (verdict: string): Verdict => RANK.find((one) => one === verdict) ?? "not_valid";

function demand(checks: Check[], ids: CheckId[]): Verdict {
  const has = (id: CheckId) => checks.some((one) => one.id === id && one.state !== "not_applicable");
  return ids.every(has) ? "valid" : "incomplete";
}

// Both must speak of the same document and the same issuer.
function agree(local: LocalReport, report: HubReport): boolean {
  if (local.issuer && report.issuer && local.issuer.did !== report.issuer.did) return false;
  return !local.document || !report.document || sameJson(local.document, report.document);
}

function headlineOf(verdict: Verdict, all: Check[], local: LocalReport, hub: HubAnswer): Headline {
  const is = (state: Check["state"], id: CheckId, ...codes: string[]) =>
    all.some((one) => one.state === state && one.id === id && (codes.length === 0 || codes.includes(one.code)));
  if (verdict === "not_valid") {
    if (is("fail", "signature", "key_compromised")) return "key_compromised";
    if (is("fail", "signature", ...NOT_THEIR_KEY)) return "not_theirs";
    if (is("fail", "signature", "unknown_issuer")) return "no_issuer";
    // A changed document is not on record either; that it was changed says more.
    if (is("fail", "signature")) return "changed";
    if (is("fail", "format") && local.kind === "unknown") return "nothing";
    if (is("fail", "record")) return "not_theirs";
    if (is("fail", "status", "revoked")) {
      // With a key that signed its file, or something inside it, the hub takes a portfolio back too.
      if (all.some((one) => one.id === "status" && one.reason === "key_compromised")) return "key_compromised";
      // The hub takes a portfolio back with an item inside it.
      return all.some((one) => one.id === "status" && one.reason === "contains_revoked") ? "outdated" : "revoked";
    }
    if (is("fail", "pdf")) return "pages_changed";
    if (is("fail", "validity", "expired")) return "expired";
    if (is("fail", "validity", "not_yet_valid")) return "not_yet_valid";
    // Genuine and in force, only no longer the newest: nothing else may be wrong with it.
    if (all.every((one) => one.state !== "fail" || one.code === "superseded")) return "superseded";
    const inside = all.filter((one) => one.id === "nested" && one.state === "fail");
    if (inside.length === 0) return "not_valid";
    return inside.every((one) => one.code === "revoked_inside" || one.reason === "revoked") ? "outdated" : "bad_inside";
  }
  if (verdict === "incomplete") {
    if (local.kind === "unknown" && "failed" in hub && hub.failed === "not_found") return "not_found";
    if (is("unknown", "issuer")) return "elsewhere";
    return "failed" in hub && local.checks.some((one) => one.id === "signature" && one.state === "pass")
      ? "offline"
      : "incomplete";
  }
  if (verdict === "valid") return "valid";
  if (all.some((one) => one.code === "superseded")) return "superseded";
  return "remark";
}

function momentOf(headline: Headline, all: Check[]): string | null {
  const status = all.filter((one) => one.id === "status");
  const validity = all.find((one) => one.id === "validity" && one.at);
  switch (headline) {
    case "revoked":
      return status.find((one) => one.code === "revoked" && one.at)?.at ?? null;
    case "offline":
      return status.find((one) => one.state === "pass")?.as_of ?? null;
    case "expired":
    case "not_yet_valid":
      return validity?.at ?? null;
    default:
      return null;
  }
}

function newerOf(all: Check[]): string | null {
  return all.find((one) => one.code === "superseded" && one.link)?.link ?? null;
}
