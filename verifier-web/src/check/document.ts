// Checks a credential or portfolio in this browser: form, signature, issuer, dates, revocation, and every credential inside.

import { type Check, check, type Kind, type LocalContent, type LocalReport, type Subject } from "../report";
import { isObject, type Json, type JsonObject, list, ReadJsonError, readJson, string } from "./json";
import { domainOf, type Keys, parseIssuer } from "./keys";
import { checkSignature, originOf, recordHash, sameJson } from "./proof";
import type { Site } from "./site";
import type { StatusLists } from "./status";

const V2 = "https://www.w3.org/ns/credentials/v2";
const OPEN_BADGES = [
  "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
  "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
];
const CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json";

// The exact arrays: a context more or less can change what the words of a document mean.
const PROFILES: { kind: Kind; context: string[]; type: string[] }[] = [
  { kind: "achievement", context: [V2, ...OPEN_BADGES], type: ["VerifiableCredential", "OpenBadgeCredential"] },
  { kind: "portfolio", context: [V2, CLR, ...OPEN_BADGES], type: ["VerifiableCredential", "ClrCredential"] },
];
const MAX_NESTED = 500;
/** How far an employer's clock may be behind the hub's. */
export const SKEW_MS = 5 * 60 * 1000;

/** What a check needs from around it. */
export interface Bench {
  site: Site;
  keys: Keys;
  lists: StatusLists;
  now: Date;
}

/** Check a document as text. */
export async function checkSource(source: string, bench: Bench): Promise<LocalReport> {
  try {
    return await checkDocument(readJson(source), bench);
  } catch (error) {
    return nothing(error instanceof ReadJsonError ? error.code : "not_json");
  }
}

/** Check a parsed document. */
export async function checkDocument(document: Json, bench: Bench): Promise<LocalReport> {
  const profile = isObject(document) && PROFILES.find((known) => sameJson(document.type, known.type));
  if (!isObject(document) || !profile) return nothing("not_a_credential");
  const subject = isObject(document.credentialSubject) ? document.credentialSubject : {};
  const did = string(isObject(document.issuer) ? document.issuer.id : document.issuer) ?? "";
  const inside = profile.kind === "portfolio" ? list(subject.verifiableCredential) : [];
  const wellFormed = sameJson(document["@context"], profile.context) && inside.length <= MAX_NESTED;

  const signature = await checkSignature(document, did, bench.keys);
  const nested: LocalReport[] = [];
  for (const credential of inside) nested.push(await checkDocument(credential, bench));
  const checks: Check[] = [
    wellFormed ? check("format", "pass", "ok") : check("format", "fail", "contexts"),
    signature.check,
    ...(signature.key ? [originOf(signature.key)] : []),
    checkIssuer(did, string(document.id), bench.site),
    checkDates(document, bench.now),
    isObject(document.credentialStatus)
      ? await bench.lists.checkEntry(document.credentialStatus, did)
      : check("status", "unknown", "no_status_entry"),
  ];
  if (profile.kind === "portfolio") checks.push(checkNested(nested, subject, inside));
  return {
    kind: profile.kind,
    id: string(document.id),
    checks,
    issuer: did ? { did, domain: domainOf(did) } : null,
    subject: subjectOf(subject),
    content: contentOf(document, subject, profile.kind === "portfolio" ? inside.length : null),
    nested,
    recordHash: await recordHash(document),
    keyFingerprint: signature.key?.fingerprint ?? null,
    document,
    compact: null,
    receipt: null,
  };
}

/** The report on something that holds no credential this page can read. */
export function nothing(code: string, state: Check["state"] = "fail"): LocalReport {
  return {
    kind: "unknown",
    id: null,
    checks: [check("format", state, code)],
    issuer: null,
    subject: null,
    content: null,
    nested: [],
    recordHash: null,
    keyFingerprint: null,
    document: null,
    compact: null,
    receipt: null,
  };
}

// The document's own address must lie under the college that signs it.
function checkIssuer(did: string, id: string | null, site: Site): Check {
  const issuer = parseIssuer(did);
  if (issuer?.host !== site.host) return check("issuer", "unknown", "issuer_elsewhere");
  try {
    const { host, pathname } = new URL(id ?? "");
    const under = host === issuer.host && pathname.toLowerCase().startsWith(`/colleges/${issuer.slug}/`);
    return under ? check("issuer", "pass", "belongs") : check("issuer", "fail", "other_address");
  } catch {
    return check("issuer", "fail", "other_address");
  }
}

function checkDates(document: JsonObject, now: Date): Check {
  const from = Date.parse(string(document.validFrom) ?? "");
  const until = document.validUntil === undefined ? null : Date.parse(string(document.validUntil) ?? "");
  if (Number.isNaN(from) || Number.isNaN(until)) return check("validity", "fail", "no_dates");
  if (from > now.getTime() + SKEW_MS)
    return check("validity", "fail", "not_yet_valid", { at: new Date(from).toISOString() });
  if (until !== null && until <= now.getTime()) {
    return check("validity", "fail", "expired", { at: new Date(until).toISOString() });
  }
  return check("validity", "pass", "ok");
}

function checkNested(nested: LocalReport[], subject: JsonObject, inside: Json[]): Check {
  if (nested.length === 0) return check("nested", "fail", "nested_missing");
  const owner = string(subject.id);
  const others = inside.some(
    (credential) =>
      !isObject(credential) ||
      !isObject(credential.credentialSubject) ||
      owner === null ||
      credential.credentialSubject.id !== owner,
  );
  if (others) return check("nested", "fail", "other_subject");
  if (nested.some((report) => report.kind !== "achievement")) return check("nested", "fail", "bad_inside");
  if (new Set(nested.map((report) => report.id)).size < nested.length) return check("nested", "fail", "nested_twice");
  const states = nested.flatMap((report) => report.checks.map((one) => one.state));
  if (states.includes("fail")) {
    // Either fails; but a portfolio with an item revoked since was genuine, and one with a forged item never was.
    const onlyRevoked = nested.every((report) =>
      report.checks.every((one) => one.state !== "fail" || (one.id === "status" && one.code === "revoked")),
    );
    return onlyRevoked ? check("nested", "fail", "revoked_inside") : check("nested", "fail", "bad_inside");
  }
  if (states.includes("unknown")) return check("nested", "unknown", "unchecked_inside");
  return check("nested", "pass", "ok");
}

function subjectOf(subject: JsonObject): Subject {
  const names = list(subject.identifier).filter(isObject);
  const named = names.find((entry) => entry.identityType === "name" && entry.hashed !== true);
  return { id: string(subject.id), name: string(named?.identityHash) ?? string(subject.name) };
}

function contentOf(document: JsonObject, subject: JsonObject, count: number | null): LocalContent {
  const achievement = isObject(subject.achievement) ? subject.achievement : {};
  const criteria = isObject(achievement.criteria) ? achievement.criteria : {};
  const results = resultsOf(subject, achievement);
  const named = (key: string) => results.find((result) => result.key === key)?.value ?? null;
  const evidence = list(document.evidence).filter(isObject);
  return {
    name: string(achievement.name) ?? string(document.name) ?? "",
    description: string(achievement.description) ?? string(document.description),
    achievement_type: string(achievement.achievementType),
    valid_from: string(document.validFrom),
    criteria: string(criteria.narrative),
    level: named("level"),
    outcome: named("outcome"),
    role: string(subject.role),
    started_on: string(subject.activityStartDate),
    awarded_on: string(document.awardedDate) ?? string(subject.activityEndDate),
    results: results.filter((result) => result.key !== "level" && result.key !== "outcome"),
    skills: list(achievement.tag).filter((tag) => typeof tag === "string"),
    approval: string(evidence.find((entry) => entry.genre === "Approval")?.narrative),
    evidence: evidence
      .filter((entry) => string(entry.digestSRI) !== null)
      .map((entry) => ({
        name: string(entry.name) ?? "",
        media_type: string(entry.mediaType),
        digest: string(entry.digestSRI),
      })),
    count,
  };
}

// A result points at its description: `<achievement id>#level`, or `…#achievement-level` where that id is a fragment.
function resultsOf(subject: JsonObject, achievement: JsonObject): { key: string; name: string; value: string }[] {
  const descriptions = list(achievement.resultDescription).filter(isObject);
  return list(subject.result)
    .filter(isObject)
    .flatMap((result) => {
      const description = descriptions.find((entry) => entry.id === result.resultDescription);
      const value = string(result.value);
      if (value === null || !description) return [];
      return [{ key: string(description.id)?.split(/[#-]/).at(-1) ?? "", name: string(description.name) ?? "", value }];
    });
}
