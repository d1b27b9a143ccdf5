// The wire types of the hub; everything else takes them from here. They are the OpenAPI document's (`npm run api` writes
// generated.d.ts from docs/api/openapi.json); added are only words where the document says no more than "string".

import type { components } from "~/api/generated";

type Schemas = components["schemas"];

/** As the hub sends it: what the document calls optional is always there, if only as null. */
type Sent<T> = T extends (infer Item)[]
  ? Sent<Item>[]
  : T extends object
    ? { [K in keyof T]-?: Sent<T[K]> }
    : T;

/** A type with some of its fields told more exactly. */
type Told<T, Exactly> = Omit<T, keyof Exactly> & Exactly;

// Errors: application/problem+json (RFC 9457). What does not apply is left out.
export type Problem = Schemas["Problem"];

/** A page of a list; `next` is the cursor. */
export type Page<T> = Told<Sent<Schemas["PageResponse_RosterRow"]>, { results: T[] }>;

// Colleges and people
export type CollegeSummary = Sent<Schemas["CollegeSummary"]>;
export type College = Sent<Schemas["College"]>;
export type RegisterRequest = Schemas["RegisterRequest"];
export type Registered = Told<
  Schemas["Registered"],
  { state: "confirmed" | "unconfirmed" | "email_unverified" }
>;
export type Invitation = Sent<Schemas["Invitation"]>;
export type Tokens = Sent<Schemas["Tokens"]>;
export type Role = Schemas["Role"];
export type Permission = Schemas["Permission"];
export type Me = Sent<Schemas["Me"]>;
export type MemberState = Schemas["MemberState"];
export type Member = Sent<Schemas["Member"]>;
export type RosterRow = Sent<Schemas["RosterRow"]>;
export type PendingInvitation = Sent<Schemas["PendingInvitation"]>;
export type Notification = Sent<Schemas["Notification"]>;

// Who somebody is
export type Method = Schemas["Method"];
export type Challenge = Sent<Schemas["Challenge"]>;
export type SecondFactorRequest = Schemas["SecondFactorRequest"];
export type StepUpRequest = Schemas["StepUpRequest"];
export type SecondFactors = Sent<Schemas["SecondFactors"]>;
export type TotpOffer = Schemas["TotpOffer"];
export type RecoveryCodes = Schemas["RecoveryCodes"];
export type Passkey = Sent<Schemas["Passkey"]>;
export type PasskeyAnswer = Told<Schemas["PasskeyAnswer"], { credential: PublicKeyCredentialJSON }>;
/** A question for the browser; what it asks is W3C Web Authentication Level 3, §5.1.8 and §5.1.9. */
export type Ceremony<Options> = Told<Schemas["Ceremony"], { options: { publicKey: Options } }>;
export type Session = Told<Sent<Schemas["Session"]>, { methods: Method[] }>;

// Achievements
export type Category = Sent<Schemas["Category"]>;
export type Status = Schemas["Status"];
export type Level = Schemas["Level"];
export type Outcome = Schemas["Outcome"];
export type Particular = keyof Schemas["Particulars"];
/** Only what is filled. */
export type Particulars = Partial<Record<Particular, string>>;
export type AchievementContent = Told<Sent<Schemas["ContentRequest"]>, { particulars: Particulars }>;
export type Points = Sent<Schemas["PointsResponse"]>;

interface AchievementWords {
  status: Status;
  level: Level | null;
  outcome: Outcome | null;
  warnings: ("duplicate_file" | "overdue")[];
}

export type AchievementSummary = Told<Sent<Schemas["AchievementSummary"]>, AchievementWords>;
export type Achievement = Told<
  Sent<Schemas["Achievement"]>,
  AchievementWords & {
    particulars: Particulars;
    credential: CredentialInfo | null;
    last_decision: Told<
      Sent<Schemas["LastDecision"]>,
      { changes: Partial<Record<string, Changed>> | null }
    > | null;
  }
>;
export type Evidence = Sent<Schemas["Evidence"]>;
/** A fact before and after; the document says no more than "any value". */
export interface Changed {
  from: unknown;
  to: unknown;
}
export type RevisionDiff = Told<Sent<Schemas["RevisionDiff"]>, { fields: (Changed & { field: string })[] }>;
export type EvidencePatch = Schemas["EvidencePatch"];
export type EvidenceKind = Schemas["EvidenceKind"];
export type Team = Sent<Schemas["Team"]>;
export type TeamRequest = Schemas["TeamRequest"];
export type SharedEvent = Sent<Schemas["SharedEvent"]>;
export type EventRequest = Schemas["EventRequest"];
export type Comment = Sent<Schemas["Comment"]>;
export type FactChanges = Schemas["FactChanges"];
export type TimelineEntry = Sent<Schemas["TimelineEntry"]>;
export type DecisionRequest = Schemas["DecisionRequest"];
export type RevokeReason = Schemas["RevokeReason"];
export type ReviewStats = Sent<Schemas["QueueStatsResponse"]>;
export type BulkAnswer = Schemas["BulkResponse"];

// Credentials, portfolios, keys
export type CredentialInfo = Told<
  Sent<Schemas["CredentialInfo"]>,
  { status: "pending_issue" | "active" | "revoked" | "superseded"; visibility: Schemas["Visibility"] }
>;
export type Layout = "classic" | "formal" | "compact" | "modern";
export type ExportReason = "record_changed" | "not_laid_out" | "too_slow" | "busy" | "internal";
export type Export = Told<
  Sent<Schemas["Export"]>,
  { state: "done" | "running" | "failed"; reason: ExportReason | null }
>;
export type Share = Sent<Schemas["Share"]>;
export type NewShare = Sent<Schemas["NewShare"]>;
export type ShareRequest = Schemas["ShareRequest"];
export type ImportReport = Schemas["ImportReport"];
export type KeyAction = Schemas["KeyAction"];
export type Affected = Schemas["Affected"];
export type Confirmation = Told<
  Sent<Schemas["Confirmation"]>,
  {
    kind:
      | "key_compromise"
      | "key_unfreeze"
      | "key_manager_grant"
      | "credential_revocation"
      | "approver_revocation";
    state: "open" | "confirmed" | "declined" | "expired";
    details: Partial<Record<string, string>>;
    facts: Partial<Record<string, number>>;
    facts_now: Partial<Record<string, number>> | null;
  }
>;
export type Key = Told<
  Sent<Schemas["Key"]>,
  {
    purpose: "credentials" | "documents" | "authority" | "log";
    state: "pending" | "active" | "retired" | "frozen" | "compromised";
  }
>;
