//! GET, POST /api/me/record-changes/ , DELETE …/{id}/ ; GET /api/member-changes/ , POST …/{id}/accept/ , …/decline/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::member_life::ChangedRecordsResponse;
use super::page::PageResponse;
use super::refusals::{GuardedRefusals, ReadRefusals, WriteRefusals};
use crate::app::App;
use crate::app::member_changes::{self, ChangeOutcome};
use crate::app::member_life::RawRecordChange;
use crate::app::rows::MemberChangeRow;
use crate::domain::ids::{MemberChangeId, MemberId};
use crate::http::extract::{
    AsMemberKeeper, Filter, Id, IfMatch, SignedIn, ValidJson, etag, page_request,
};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(own, ask))
        .routes(routes!(withdraw))
        .routes(routes!(list))
        .routes(routes!(accept))
        .routes(routes!(decline))
}

/// A change of the records that a student asks for.
#[derive(Serialize, ToSchema)]
struct MemberChange {
    id: MemberChangeId,
    etag: String,
    member: MemberId,
    /// As the records have it now.
    member_name: String,
    full_name: Option<String>,
    full_name_native: Option<String>,
    /// Code.
    programme: Option<String>,
    reason: String,
    asked_at: DateTime<Utc>,
    /// `open`, `accepted`, `declined` or `withdrawn`.
    state: String,
    decided_at: Option<DateTime<Utc>>,
    comment: Option<String>,
}

/// What the records are to say; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberChangeRequest {
    /// The name that is signed.
    full_name: Option<String>,
    /// The name in its own script.
    full_name_native: Option<String>,
    /// Code of a programme.
    programme: Option<String>,
    /// Why, such as a deed.
    reason: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeAnswer {
    /// What the student is told.
    comment: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ChangeListFilter {
    /// `true` for the open ones only.
    open: Option<bool>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// What the caller asked for, newest first.
#[utoipa::path(get, path = "/api/me/record-changes", tag = "identity", security(("bearer" = [])), params(ChangeListFilter),
    responses((status = 200, body = PageResponse<MemberChange>), ReadRefusals))]
async fn own(
    SignedIn(caller): SignedIn,
    Filter(filter): Filter<ChangeListFilter>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<MemberChange>>, Problem> {
    let page = page_request(filter.limit, filter.cursor.as_deref())?;
    let (of, open) = (Some(caller.member), filter.open.unwrap_or(false));
    let page = member_changes::list(of, open, page, &caller, &app).await?;
    Ok(Json(PageResponse::from_page(page, MemberChange::from)))
}

/// Ask that the records say another name or programme; one request at a time.
#[utoipa::path(post, path = "/api/me/record-changes", tag = "identity", security(("bearer" = [])), request_body = MemberChangeRequest,
    responses((status = 201, body = MemberChange), WriteRefusals))]
async fn ask(
    SignedIn(caller): SignedIn,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<MemberChangeRequest>,
) -> Result<(StatusCode, Json<MemberChange>), Problem> {
    let raw = RawRecordChange {
        full_name: request.full_name,
        full_name_native: request.full_name_native,
        programme: request.programme,
        department: None,
    };
    let row = member_changes::ask(raw, &request.reason, &caller, &app).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// Take back what one asked for.
#[utoipa::path(delete, path = "/api/me/record-changes/{id}", tag = "identity", security(("bearer" = [])),
    params(("id" = MemberChangeId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = MemberChange), GuardedRefusals))]
async fn withdraw(
    SignedIn(caller): SignedIn,
    Id(id): Id<MemberChangeId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
) -> Result<Json<MemberChange>, Problem> {
    let outcome = ChangeOutcome::Withdrawn;
    let row = member_changes::close(id, version, outcome, None, &caller, &app).await?;
    Ok(Json(row.into()))
}

/// What students ask for, newest first.
#[utoipa::path(get, path = "/api/member-changes", tag = "people", security(("bearer" = [])), params(ChangeListFilter),
    responses((status = 200, body = PageResponse<MemberChange>), ReadRefusals))]
async fn list(
    AsMemberKeeper(caller): AsMemberKeeper,
    Filter(filter): Filter<ChangeListFilter>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<MemberChange>>, Problem> {
    let page = page_request(filter.limit, filter.cursor.as_deref())?;
    let open = filter.open.unwrap_or(false);
    let page = member_changes::list(None, open, page, &caller, &app).await?;
    Ok(Json(PageResponse::from_page(page, MemberChange::from)))
}

/// Accept: the records say it from now on, and what can be issued anew is offered.
#[utoipa::path(post, path = "/api/member-changes/{id}/accept", tag = "people", security(("bearer" = [])),
    params(("id" = MemberChangeId, Path), ("If-Match" = String, Header)), request_body = ChangeAnswer,
    responses((status = 200, body = ChangedRecordsResponse), GuardedRefusals))]
async fn accept(
    AsMemberKeeper(caller): AsMemberKeeper,
    Id(id): Id<MemberChangeId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(answer): ValidJson<ChangeAnswer>,
) -> Result<Json<ChangedRecordsResponse>, Problem> {
    let comment = answer.comment.as_deref();
    Ok(Json(member_changes::accept(id, version, comment, &caller, &app).await?.into()))
}

/// Decline: the records stay as they are.
#[utoipa::path(post, path = "/api/member-changes/{id}/decline", tag = "people", security(("bearer" = [])),
    params(("id" = MemberChangeId, Path), ("If-Match" = String, Header)), request_body = ChangeAnswer,
    responses((status = 200, body = MemberChange), GuardedRefusals))]
async fn decline(
    AsMemberKeeper(caller): AsMemberKeeper,
    Id(id): Id<MemberChangeId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(answer): ValidJson<ChangeAnswer>,
) -> Result<Json<MemberChange>, Problem> {
    let (outcome, comment) = (ChangeOutcome::Declined, answer.comment.as_deref());
    let row = member_changes::close(id, version, outcome, comment, &caller, &app).await?;
    Ok(Json(row.into()))
}

impl From<MemberChangeRow> for MemberChange {
    fn from(row: MemberChangeRow) -> Self {
        Self {
            id: MemberChangeId(row.id),
            etag: etag(row.version),
            member: MemberId(row.member_id),
            member_name: row.member_name,
            full_name: row.full_name,
            full_name_native: row.full_name_native,
            programme: row.programme_code,
            reason: row.reason,
            asked_at: row.asked_at,
            state: row.outcome.unwrap_or_else(|| "open".to_owned()),
            decided_at: row.decided_at,
            comment: row.comment,
        }
    }
}
