// What is known about a document: the same shape from the hub (POST /api/verify/) and from this browser.

export type CheckState = "pass" | "fail" | "warn" | "unknown" | "not_applicable";
export type CheckId =
  | "format"
  | "signature"
  | "issuer"
  | "validity"
  | "status"
  | "record"
  | "evidence"
  | "nested"
  | "pdf"
  | "recipient"
  /** Who vouched for the key; this browser's own. */
  | "key";
export type Verdict = "valid" | "valid_with_remark" | "incomplete" | "not_valid";
export type Kind = "achievement" | "portfolio" | "status_list" | "receipt" | "unknown";

export interface Check {
  id: CheckId;
  state: CheckState;
  code: string;
  message: string;
  proof?: string;
  key?: string;
  source?: "record" | "list" | "document";
  as_of?: string;
  at?: string;
  reason?: string;
  link?: string;
  path?: string;
}

export interface Evidence {
  name: string;
  media_type: string | null;
  digest: string | null;
}

export interface Content {
  name: string;
  description: string | null;
  achievement_type: string | null;
  valid_from: string | null;
  criteria: string | null;
  level: string | null;
  role: string | null;
  awarded_on: string | null;
  evidence: Evidence[];
  /** Portfolio: how many credentials are inside. */
  count: number | null;
}

/** What this browser reads in the document beyond that. */
export interface LocalContent extends Content {
  outcome: string | null;
  started_on: string | null;
  /** Further results, as signed. */
  results: { name: string; value: string }[];
  skills: string[];
  /** Who approved it and when, in the college's words. */
  approval: string | null;
}

export interface Subject {
  id: string | null;
  name: string | null;
}

/** The hub's answer. */
export interface HubReport {
  verdict: Verdict;
  kind: Kind;
  id: string | null;
  checks: Check[];
  /** `name` is the register's, never the document's. */
  issuer: { did: string; domain: string; name: string | null; slug: string | null; logo_url: string | null } | null;
  subject: Subject | null;
  content: Content | null;
  nested: HubReport[];
  as_of: string;
  document: unknown;
}

/** What this browser found out by itself. */
export interface LocalReport {
  kind: Kind;
  id: string | null;
  checks: Check[];
  issuer: { did: string; domain: string } | null;
  subject: Subject | null;
  content: LocalContent | null;
  nested: LocalReport[];
  /** SHA-256 of the JCS form of the whole signed document, hex; null for a bare QR. */
  recordHash: string | null;
  /** SHA-256 of the public key that verified, hex. */
  keyFingerprint: string | null;
  document: unknown;
  compact: Compact | null;
  receipt: Receipt | null;
}

/** What a receipt says of an earlier check. */
export interface Receipt {
  checkedAt: string;
  verdict: Verdict;
  /** Of what was checked: `sha256-…`, octets, `pdf`, `json` or `text`. */
  digest: string;
  octets: number;
  form: string;
  kind: string;
  college: string | null;
  count: number | null;
  checks: Check[];
}

/** The claims of the QR's token. */
export interface Compact {
  issuer: string;
  issuedAt: string;
  portfolio: string;
  name: string;
  secondName: string | null;
  secondLanguage: string | null;
  recordHash: string;
  programme: string;
  count: number;
  college: string;
}

/** A check made in this browser; the sentence is looked up by id and code, `message` is the technical detail. */
export function check(id: CheckId, state: CheckState, code: string, more: Partial<Check> = {}): Check {
  return { id, state, code, message: "", ...more };
}
