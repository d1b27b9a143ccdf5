// One verdict from two witnesses: the worse of what this browser found and what the hub says. Nothing defaults to passed.

import type { Check, CheckId, HubReport, LocalReport, Verdict } from "../report";
import type { Handed, HubAnswer } from "./hub";
import type { Lookalike } from "./lookalike";
import { sameJson } from "./proof";

/** The one line an employer reads; each has its own words. */
export type Headline =
  | "valid"
  | "superseded"
  | "outdated"
  | "remark"
  | "offline"
  | "kept"
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
  | "receipt"
  | "receipt_bad"
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
  /** To ask the hub again, for a receipt. */
  handed: Handed | null;
  /** What the colleges somebody keeps say of the issuer. */
  kept: { name: string | null; source: string; asOf: string } | null;
  /** What the issuer could be taken for. */
  lookalike: Lookalike | null;
}

/** What was handed in: a PDF must also have its own signature checked. */
export type Form = "pdf" | "document";

const NOT_THEIR_KEY = ["unknown_key", "wrong_key_kind", "key_not_in_use", "different_keys"];
const RANK: Verdict[] = ["valid", "valid_with_remark", "incomplete", "not_valid"];

/** Decide. Green needs: the browser's own signature check, the hub's record, and revocation known to both. */
export function merge(found: LocalReport, hub: HubAnswer, form: Form, handed: Handed | null = null): Outcome {
  const report = "report" in hub ? hub.report : null;
  const local = report ? soften(found, report) : found;
  const disagree = report !== null && !agree(local, report);
  // What this browser could not tell of the file's own signature, the hub's word decides, which a PDF cannot do without.
  const own = form === "pdf" ? local.checks.filter((one) => one.id !== "pdf" || one.state !== "unknown") : local.checks;
  const verdicts = [ofChecks(own), demand(local.checks, ["signature", "issuer", "status"])];
  if (report) {
    const required: CheckId[] = ["signature", "issuer", "status"];
    if (!local.receipt) required.push("record");
    if (form === "pdf") required.push("pdf");
    verdicts.push(known(report.verdict), ofChecks(report.checks), demand(report.checks, required));
    if (disagree) verdicts.push("not_valid");
  } else {
    verdicts.push("incomplete");
  }
  const verdict = verdicts.reduce(worse);
  const all = [...local.checks, ...(report?.checks ?? [])];
  const headline = headlineOf(verdict, all, local, hub);
  const at = momentOf(headline, all);
  return { verdict, headline, at, newer: newerOf(all), local, hub, disagree, handed, kept: null, lookalike: null };
}

/** The verdict on one credential inside a portfolio; `report` is the hub's word on the same one, if it gave one. */
export function mergeNested(found: LocalReport, report: HubReport | null): Verdict {
  const local = report ? soften(found, report) : found;
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
  return !contradicted && !disagree && local.checks.some(fits);
}

/** A signature that fits the content and the key, whatever the key is worth by now. */
const fits = (one: Check): boolean =>
  one.id === "signature" &&
  (one.state === "pass" || one.state === "warn" || ["key_not_fresh", "key_state_unknown"].includes(one.code));

// A thief of a key writes what dates he likes, so this browser takes a withdrawn key for a failure. The hub knows what was on
// record, under a witnessed checkpoint, before the key fell: where it says so, the failure becomes a remark, in its name.
function soften(local: LocalReport, report: HubReport): LocalReport {
  const said = report.checks.filter((one) => one.id === "signature");
  const recorded =
    said.length > 0 && said.every((one) => one.code === "recorded_before_compromise" && one.state === "warn");
  const nested = local.nested.map((item) => {
    const twin = report.nested.find((one) => one.id === item.id);
    return twin ? soften(item, twin) : item;
  });
  const checks = local.checks.map((one) => {
    if (recorded && one.id === "signature" && one.code === "key_compromised") {
      return { ...one, state: "warn", code: "recorded_before_compromise" } as Check;
    }
    const healed =
      one.id === "nested" && one.code === "bad_inside" && !nested.some(hasFailure) && local.nested.some(hasFailure);
    return healed ? ({ ...one, state: "warn", code: "recorded_before_compromise" } as Check) : one;
  });
  return { ...local, checks, nested };
}

const hasFailure = (report: LocalReport): boolean => report.checks.some((one) => one.state === "fail");

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
  if (local.receipt) {
    const genuine =
      local.checks.some(fits) && !is("fail", "signature") && !is("fail", "pdf") && !is("fail", "validity");
    return genuine ? "receipt" : "receipt_bad";
  }
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
    const signed = local.checks.some(fits);
    if (is("unknown", "issuer")) return signed ? "kept" : "elsewhere";
    return "failed" in hub && signed ? "offline" : "incomplete";
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
    case "kept":
      return status.find((one) => one.source === "list" && one.as_of)?.as_of ?? null;
    case "receipt":
      return status.find((one) => one.as_of)?.as_of ?? null;
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
