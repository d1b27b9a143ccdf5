// The HTTP contract of the hub. Everything else imports wire types from here and nowhere else.
// Once docs/api/openapi.json exists: `npm run api`, then make each line `export type X = components["schemas"]["X"]`.

// Errors: application/problem+json
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  instance?: string;
  code: string;
  trace_id: string;
  errors?: { pointer: string; code: string; detail: string }[];
  current?: { status: string; decided_by?: string; decided_at?: string; etag: string }; // 412 stale_version
  allowed?: string[]; // 409 invalid_transition
  colleges?: { slug: string; name: string }[];
} // 409 choose_college
// codes: malformed 400, unauthenticated 401, forbidden 403, own_item 403, not_found 404, invalid_transition 409, idempotency_conflict 409,
//   choose_college 409, stale_version 412, too_large 413, unsupported_type 415, validation_failed 422, precondition_required 428, rate_limited 429, busy 503
export interface Page<T> {
  results: T[];
  next: string | null;
  previous: null;
  count: number | null;
} // next = cursor; ?limit=25&cursor=…&count=true
// ---- public
// GET /api/colleges/ → Page<CollegeSummary>; GET /api/colleges/{slug}/ → College
export interface CollegeSummary {
  slug: string;
  name: string;
  city: string | null;
}
export interface College extends CollegeSummary {
  did: string;
  website: string | null;
  colour: string /* #rrggbb */;
  logo_url: string | null;
  departments: { id: string; code: string; name: string }[];
  programmes: { id: string; code: string; name: string; department_id: string }[];
  consent_version: string;
  consent_text: string;
}
// ---- identity
// POST /api/register/ → 201 Registered
export interface RegisterRequest {
  college: string;
  email: string;
  password: string;
  full_name: string;
  full_name_native?: string | null;
  native_language?: "hi" | "ta" | null;
  roll_number: string;
  department: string /* code */;
  programme: string /* code */;
  batch: string /* "2023-2027" */;
  code?: string | null;
  consent: string /* the consent_version agreed to */;
}
export interface Registered {
  state: "confirmed" | "unconfirmed" | "email_unverified";
} // a mail with a link /app/verify-email?token=… goes out
// POST /api/email/verify/ {token} → 200 {state}
// POST /api/password/reset/ {email, college?} → 202 ; POST /api/password/reset/confirm/ {token, password} → 204   (mail links to /app/reset?token=…)
// GET /api/invitations/{token}/ → Invitation ; POST /api/invitations/{token}/accept/ {full_name, password} → 201 {email, college}   (mail links to /app/invitation?token=…)
export interface Invitation {
  college: { slug: string; name: string };
  email: string;
  roles: Role[];
  expires_at: string;
}
// POST /api/token/ {email, password, college?} → Tokens. With header X-Hub-Client: web the refresh token is an HttpOnly cookie and `refresh` is null.
// POST /api/token/refresh/ {refresh?} → Tokens ; POST /api/token/revoke/ {refresh?} → 204
export interface Tokens {
  access: string;
  refresh: string | null;
  expires_in: number /* seconds of the access token */;
}
export type Role =
  | "student"
  | "organizer"
  | "faculty"
  | "head"
  | "report_coordinator"
  | "key_manager"
  | "college_admin"
  | "super_admin";
// GET /api/me/ → Me (ETag); PATCH /api/me/ {full_name_native?, language?} → Me
export interface Me {
  id: string;
  email: string;
  full_name: string;
  full_name_native: string | null;
  language: "en" | "hi" | "ta";
  state: MemberState;
  roles: Role[];
  grants: {
    role: Role;
    scope: { kind: "college" | "department" | "category"; id: string | null; name: string | null };
    until: string | null;
  }[];
  permissions: string[]; // e.g. "achievement:create" "achievement:submit" "review:decide" "review:bulk" "credential:revoke" "member:confirm" "roster:manage" "invitation:create" "key:see" "key:rotate"
  college: { slug: string; name: string; colour: string; logo_url: string | null };
  department: { code: string; name: string } | null;
  programme: { code: string; name: string } | null;
  roll_number: string | null;
  batch: string | null;
  counts: { waiting_for_review: number /* capped 100 */; needs_me: number; unread_notifications: number };
}
export type MemberState = "email_unverified" | "unconfirmed" | "confirmed" | "alumnus" | "deactivated";
// ---- categories:  GET /api/categories/ → Category[]
export interface Category {
  id: string;
  code: string;
  name: string;
  description: string;
  icon: string;
  requires_evidence: "image_or_pdf"[];
  checklist: string[];
  reject_reasons: { code: string; label: string }[];
  academic: boolean;
}
// ---- achievements
export type Status =
  | "draft"
  | "submitted"
  | "correction_proposed"
  | "withdrawn"
  | "changes_requested"
  | "rejected"
  | "approved"
  | "superseded"
  | "revoked";
export type Level = "college" | "zonal" | "university" | "state" | "national" | "international";
export type Outcome = "winner" | "runner_up" | "third" | "participant" | "completed" | "organizer";
export interface AchievementContent {
  category: string /* code */;
  title: string /* 3..200 */;
  description: string /* ≤ 4000 */;
  organiser: string;
  role: string | null;
  level: Level | null;
  outcome: Outcome | null;
  started_on: string | null /* YYYY-MM-DD */;
  ended_on: string | null;
  hours: number | null /* integer */;
  skills: string[] /* ≤ 12 */;
  team: string | null;
}
// POST /api/achievements/ AchievementContent → 201 Achievement ; PUT /api/achievements/{id}/ with If-None-Match: * → 201 (id made by the client; the same again → 200)
// PATCH /api/achievements/{id}/ Partial<AchievementContent> with If-Match → Achievement ; DELETE /api/achievements/{id}/ with If-Match → 204
// GET /api/achievements/?status=&category=&student=&q=&limit=&cursor= → Page<AchievementSummary> ; GET /api/achievements/{id}/ → Achievement + ETag header
export interface AchievementSummary {
  id: string;
  etag: string;
  status: Status;
  title: string;
  category: { code: string; name: string; icon: string };
  level: Level | null;
  outcome: Outcome | null;
  ended_on: string | null;
  updated_at: string;
  submitted_at: string | null;
  due_at: string | null;
  evidence_count: number;
  thumbnail_url: string | null;
  student: {
    id: string;
    full_name: string;
    full_name_native: string | null;
    roll_number: string;
    department: string;
  };
  claimed_by: string | null;
  warnings: ("duplicate_file" | "overdue")[];
}
export interface Achievement extends AchievementSummary, Omit<AchievementContent, "category"> {
  revision: number;
  evidence: Evidence[];
  allowed: (
    | "edit"
    | "delete"
    | "submit"
    | "withdraw"
    | "approve"
    | "reject"
    | "request_changes"
    | "undo"
    | "revoke"
  )[]; // what the caller may do now
  last_decision: {
    id: string;
    action: string;
    by: string;
    at: string;
    comment: string | null;
    reason: string | null;
    checklist: string[];
    undo_until: string | null;
  } | null;
  credential: CredentialInfo | null;
  previous_approvals: number /* of this student */;
  missing: string[] /* what is missing before submit, human sentences */;
}
export interface Evidence {
  id: string;
  name: string;
  media_type: string;
  size: number;
  sha256: string;
  caption: string | null;
  content_url: string;
  thumb_url: string;
  pages: number | null;
  duplicate: boolean;
}
export interface CredentialInfo {
  id: string;
  url: string /* public address */;
  status: "pending_issue" | "active" | "revoked" | "superseded";
  issued_at: string;
  visibility: "public" | "unlisted" | "closed";
  revoked_at: string | null;
  reason: string | null;
}
// GET …/{id}/timeline/ → TimelineEntry[] (oldest first)
export interface TimelineEntry {
  id: string;
  at: string;
  kind: string /* created, submitted, withdrawn, approved, rejected, changes_requested, undone, issued, revoked … */;
  by: string | null;
  by_role: string | null;
  text: string | null;
  revision: number;
}
// POST …/{id}/submit/ (If-Match) → Achievement ; POST …/{id}/withdraw/ (If-Match) → Achievement
// POST …/{id}/decisions/ (If-Match) DecisionRequest → 200 Achievement   ; POST …/{id}/decisions/{d}/undo/ → Achievement
export interface DecisionRequest {
  action: "approve" | "reject" | "request_changes";
  comment?: string | null;
  reason?: string | null;
  checklist?: string[];
}
// POST /api/decisions/bulk/ {action, comment?, items:[{id, etag}]} → { summary:{done:number, failed:number}, results:[{id, outcome:"done"|"failed", problem?:Problem}] }
// POST …/{id}/evidence/ multipart, field "file" (several), optional field "caption" after each → 201 Evidence[]  (JPEG, PNG, WebP, PDF; ≤ 25 MB each, ≤ 10 per achievement)
// PATCH …/{id}/evidence/{e}/ {caption} → Evidence ; DELETE …/{id}/evidence/{e}/ → 204
// GET /api/evidence/{e}/content → original bytes ; GET /api/evidence/{e}/thumb → JPEG (rendition ≤ 2000 px with ?size=full, else 480 px). Authorization: Bearer (fetch → blob URL)
// GET /api/review/queue/?department=&category=&q=&limit=&cursor= → Page<AchievementSummary> (oldest first) ; GET /api/review/stats/ → { waiting:number /* ≤100 */, oldest_submitted_at: string|null, by_category:{code,name,count}[], decided_today:number }
// ---- credentials and portfolio
// GET …/{id}/credential/ → the signed credential (application/vc)
// POST /api/credentials/{c}/revoke/ {reason: "issued_in_error"|"fraud"|"error"|"duplicate"|"consent_withdrawn"|"legal", text} → CredentialInfo
// PATCH /api/credentials/{c}/ {visibility} → CredentialInfo
// POST /api/portfolio/exports/ {achievements?: string[], template?: string, locale?: "en"|"hi"|"ta"} → 201 Export ; GET /api/portfolio/exports/ → Export[] ; GET …/exports/{x}/ → Export ; GET …/exports/{x}/file → PDF
export interface Export {
  id: string;
  state: "done" | "running" | "failed";
  url: string /* public address */;
  file_url: string;
  created_at: string;
  size: number | null;
  sha256: string | null;
  achievements: number;
  locale: string;
  out_of_date: boolean;
}
// ---- college admin, key manager
// GET /api/members/?state=unconfirmed&q=&role= → Page<Member>; POST /api/members/{id}/confirm/ → Member
export interface Member {
  id: string;
  etag: string;
  email: string;
  full_name: string;
  full_name_native: string | null;
  state: MemberState;
  roles: Role[];
  roll_number: string | null;
  department: string | null;
  programme: string | null;
  batch: string | null;
  created_at: string;
  roster_hint: string | null;
}
// GET /api/roster/?q= → Page<RosterRow> ; POST /api/roster/imports/ {csv: string, dry_run: boolean} → { accepted:number, created:number, updated:number, errors:[{row:number,column:string,code:string,detail:string}] }
//   CSV columns: roll_number,full_name,full_name_native,programme,batch,email,code
export interface RosterRow {
  id: string;
  roll_number: string;
  full_name: string;
  full_name_native: string | null;
  programme: string;
  batch: string;
  email: string | null;
  taken: boolean;
}
// GET /api/invitations/ → Page<PendingInvitation> ; POST /api/invitations/ {email, roles: {role, scope?: {kind, id}}[]} → 201 PendingInvitation ; DELETE /api/invitations/{id}/ → 204
export interface PendingInvitation {
  id: string;
  email: string;
  roles: Role[];
  created_at: string;
  expires_at: string;
  accepted_at: string | null;
}
// GET /api/keys/ → Key[] ; POST /api/keys/{id}/rotate/ (If-Match) → Key (the new one)
export interface Key {
  id: string;
  etag: string;
  kid: string;
  purpose: "credentials" | "documents" | "authority";
  algorithm: "Ed25519" | "P-256";
  state: "pending" | "active" | "retired" | "frozen" | "compromised";
  created_at: string;
  activated_at: string | null;
  retired_at: string | null;
  signatures: number;
  last_used_at: string | null;
  fingerprint: string /* SHA-256 of the public key, hex */;
  public_key_multibase: string | null;
}
// GET /api/notifications/ → Page<Notification> ; POST /api/notifications/read/ {up_to: string /*id*/} → 204
export interface Notification {
  id: string;
  kind: string;
  text: string;
  achievement_id: string | null;
  created_at: string;
  read: boolean;
}
// GET /api/demo/ → 404 unless a demo deployment; { logins: { college: string; college_name: string; email: string; password: string; role: string; name: string }[], mails_url: "/demo/mails/" }
// ---- public verification
// POST /api/verify/  body: application/pdf bytes | application/json or application/vc credential | text/plain (QR text, or an address of this host) → 200 Report
// GET /api/verify/{slug}/{credential id}/ → Report
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
  | "recipient";
export interface Check {
  id: CheckId;
  state: CheckState;
  code: string /* e.g. ok, bad_signature, unknown_key, key_compromised, revoked, superseded, unknown_issuer, no_record, changed_after_signing … */;
  message: string;
  proof?: "eddsa-rdfc-2022" | "eddsa-jcs-2022";
  key?: string;
  source?: "record" | "list" | "document";
  as_of?: string;
  at?: string;
  reason?: string;
  link?: string;
  path?: string;
}
export type Verdict = "valid" | "valid_with_remark" | "incomplete" | "not_valid";
export interface Report {
  verdict: Verdict;
  kind: "achievement" | "portfolio" | "status_list" | "unknown";
  id: string | null;
  checks: Check[];
  issuer: {
    did: string;
    domain: string;
    name: string | null /* from the register */;
    slug: string | null;
    logo_url: string | null;
  } | null;
  subject: { id: string | null; name: string | null } | null;
  content: {
    name: string;
    description: string | null;
    achievement_type: string | null;
    valid_from: string | null;
    criteria: string | null;
    level: string | null;
    role: string | null;
    awarded_on: string | null;
    evidence: { name: string; media_type: string | null; digest: string | null }[];
    count: number | null /* portfolio: credentials inside */;
  } | null;
  nested: Report[];
  as_of: string;
  document:
    | unknown
    | null /* the signed credential itself, for the browser's own checks; null for a bare QR */;
}
// Public documents: GET /colleges/{slug}/credentials/{uuid} and /colleges/{slug}/portfolios/{uuid}[.pdf] (HTML = verifier page, Accept: application/vc → JSON),
//   /colleges/{slug}/did.json, /colleges/{slug}/keys.json, /colleges/{slug}/status/{achievements|portfolios}-{n}, short form /C/{SLUG}/{base32 of the uuid, 26 characters}
// Pages: hub app at /app/, verifier at /v (QR: https://host/v#<BASE32 of the COSE_Sign1 CWT>), / redirects to /app/
// /healthz /readyz /api/openapi.json /api/docs/ /.well-known/jwks.json
