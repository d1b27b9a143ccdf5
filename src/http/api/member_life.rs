//! GET, PATCH /api/members/{id}/ , POST …/deactivate/ , …/reactivate/ , …/graduate/ , …/password/ , …/factors/ ;
//! POST /api/members/graduations/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::members::Member;
use super::refusals::{GuardedRefusals, ReadRefusals, WriteRefusals};
use crate::app::member_life::{self, ChangedRecords, RawRecordChange};
use crate::app::rows::MemberRow;
use crate::app::{App, account_help, graduations, members};
use crate::domain::ids::{CredentialId, MemberId};
use crate::http::extract::{
    AsMemberKeeper, AsMemberReader, Id, IfMatch, SteppedUp, ValidJson, etag,
};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(graduate_many))
        .routes(routes!(show, change))
        .routes(routes!(deactivate))
        .routes(routes!(reactivate))
        .routes(routes!(graduate))
        .routes(routes!(mail_password_link))
        .routes(routes!(reset_factors))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reason {
    /// For the audit.
    reason: String,
}

/// What the records are to say; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordChangeRequest {
    /// The name that is signed.
    full_name: Option<String>,
    /// The name in its own script.
    full_name_native: Option<String>,
    /// Code of a programme; the department follows.
    programme: Option<String>,
    /// Code of a department, for staff.
    department: Option<String>,
    /// For the audit.
    reason: String,
}

/// Changed records, and what can be issued anew with what they say now: send the ids you choose as `reissue` to
/// `POST /api/credentials/batch/`. What was issued stays as it is until then.
#[derive(Serialize, ToSchema)]
pub(super) struct ChangedRecordsResponse {
    member: Member,
    reissue: Vec<Reissuable>,
}

/// A credential that stands.
#[derive(Serialize, ToSchema)]
struct Reissuable {
    id: CredentialId,
    title: String,
    created_at: DateTime<Utc>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GraduationRequest {
    /// What they log in with from now on; the college vouches for it.
    personal_email: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GraduationImport {
    /// CSV (RFC 4180) with the columns `roll_number` and, if wanted, `personal_email`.
    csv: String,
    /// Only say what would happen.
    dry_run: bool,
}

/// What came of a list.
#[derive(Serialize, ToSchema)]
struct GraduationReport {
    /// Students who graduate.
    accepted: usize,
    /// Alumni already.
    repeated: usize,
    /// Rows that were left out.
    errors: Vec<GraduationFault>,
}

#[derive(Serialize, ToSchema)]
struct GraduationFault {
    /// Line of the file.
    row: u64,
    column: String,
    code: String,
    detail: String,
}

type Tagged<T> = ([(HeaderName, String); 1], Json<T>);

/// One member in the caller's reach.
#[utoipa::path(get, path = "/api/members/{id}", tag = "people", security(("bearer" = [])), params(("id" = MemberId, Path)),
    responses((status = 200, body = Member), ReadRefusals))]
async fn show(
    AsMemberReader(caller): AsMemberReader,
    Id(id): Id<MemberId>,
    State(app): State<Arc<App>>,
) -> Result<Tagged<Member>, Problem> {
    Ok(tagged(member_life::show(id, &caller, &app).await?))
}

/// Change what the records say of somebody: name, programme, department.
#[utoipa::path(patch, path = "/api/members/{id}", tag = "people", security(("bearer" = [])),
    params(("id" = MemberId, Path), ("If-Match" = String, Header)), request_body = RecordChangeRequest,
    responses((status = 200, body = ChangedRecordsResponse), GuardedRefusals))]
async fn change(
    AsMemberKeeper(caller): AsMemberKeeper,
    Id(id): Id<MemberId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<RecordChangeRequest>,
) -> Result<Tagged<ChangedRecordsResponse>, Problem> {
    let raw = RawRecordChange {
        full_name: request.full_name,
        full_name_native: request.full_name_native,
        programme: request.programme,
        department: request.department,
    };
    let changed = member_life::change(id, version, raw, &request.reason, &caller, &app).await?;
    let tag = etag(changed.member.version);
    Ok(([(header::ETAG, tag)], Json(changed.into())))
}

/// Close an account: every session ends, and nobody logs in with it. What the person has stays theirs.
#[utoipa::path(post, path = "/api/members/{id}/deactivate", tag = "people", security(("bearer" = [])),
    params(("id" = MemberId, Path), ("If-Match" = String, Header)), request_body = Reason,
    responses((status = 200, body = Member), GuardedRefusals))]
async fn deactivate(
    AsMemberKeeper(caller): AsMemberKeeper,
    Id(id): Id<MemberId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<Reason>,
) -> Result<Tagged<Member>, Problem> {
    let row = member_life::deactivate(id, version, &request.reason, &caller, &app).await?;
    Ok(tagged(row))
}

/// Open a closed account again, as it was.
#[utoipa::path(post, path = "/api/members/{id}/reactivate", tag = "people", security(("bearer" = [])),
    params(("id" = MemberId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = Member), GuardedRefusals))]
async fn reactivate(
    AsMemberKeeper(caller): AsMemberKeeper,
    Id(id): Id<MemberId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
) -> Result<Tagged<Member>, Problem> {
    Ok(tagged(member_life::reactivate(id, version, &caller, &app).await?))
}

/// A student has graduated: they keep log-in, portfolio and shares, and submit nothing new.
#[utoipa::path(post, path = "/api/members/{id}/graduate", tag = "people", security(("bearer" = [])), params(("id" = MemberId, Path)),
    request_body = GraduationRequest, responses((status = 200, body = Member), WriteRefusals))]
async fn graduate(
    AsMemberKeeper(caller): AsMemberKeeper,
    Id(id): Id<MemberId>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<GraduationRequest>,
) -> Result<Tagged<Member>, Problem> {
    let email = request.personal_email.as_deref();
    Ok(tagged(member_life::graduate(id, email, &caller, &app).await?))
}

/// Somebody forgot their password: a link for a new one goes to their own address.
#[utoipa::path(post, path = "/api/members/{id}/password", tag = "people", security(("bearer" = [])), params(("id" = MemberId, Path)),
    responses((status = 202, description = "the link is mailed"), WriteRefusals))]
async fn mail_password_link(
    AsMemberKeeper(caller): AsMemberKeeper,
    Id(id): Id<MemberId>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    account_help::mail_password_link(id, &caller, &app).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Somebody lost their authenticator app or passkeys: they are taken away with the recovery codes, and every session
/// ends. The person is told, and logs in with their password until they set up others.
#[utoipa::path(post, path = "/api/members/{id}/factors", tag = "people", security(("bearer" = [])), params(("id" = MemberId, Path)),
    request_body = Reason, responses((status = 204), WriteRefusals))]
async fn reset_factors(
    SteppedUp(AsMemberKeeper(caller)): SteppedUp<AsMemberKeeper>,
    Id(id): Id<MemberId>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<Reason>,
) -> Result<StatusCode, Problem> {
    account_help::reset_factors(id, &request.reason, &caller, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A year graduates: the list of those who did. Rows with a fault are left out and named.
#[utoipa::path(post, path = "/api/members/graduations", tag = "people", security(("bearer" = [])), request_body = GraduationImport,
    responses((status = 200, body = GraduationReport), WriteRefusals))]
async fn graduate_many(
    AsMemberKeeper(caller): AsMemberKeeper,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<GraduationImport>,
) -> Result<Json<GraduationReport>, Problem> {
    let report = graduations::import(request.csv, request.dry_run, &caller, &app).await?;
    let fault = |error: crate::app::roster::RowError| GraduationFault {
        row: error.row,
        column: error.column,
        code: error.code.to_owned(),
        detail: error.detail,
    };
    Ok(Json(GraduationReport {
        accepted: report.accepted,
        repeated: report.repeated,
        errors: report.errors.into_iter().map(fault).collect(),
    }))
}

fn tagged(row: MemberRow) -> Tagged<Member> {
    let member = Member::from(members::Member { row, roster_hint: None });
    ([(header::ETAG, member.etag().to_owned())], Json(member))
}

impl From<ChangedRecords> for ChangedRecordsResponse {
    fn from(changed: ChangedRecords) -> Self {
        let reissuable = |row: crate::app::rows::StandingTitleRow| Reissuable {
            id: CredentialId(row.id),
            title: row.title,
            created_at: row.created_at,
        };
        Self {
            member: Member::from(members::Member { row: changed.member, roster_hint: None }),
            reissue: changed.reissue.into_iter().map(reissuable).collect(),
        }
    }
}
