//! GET, POST /api/admin/colleges/ , GET, PATCH …/{id}/ , POST …/{id}/suspend/ , …/resume/ , …/admins/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::held::HeldCollege;
use super::new_college::NewCollegeBody;
use crate::app::App;
use crate::app::admin::{self, Opened, Step};
use crate::app::rows::AdminCollegeRow;
use crate::domain::ids::CollegeId;
use crate::http::api::page::PageResponse;
use crate::http::api::refusals::{GuardedRefusals, ReadRefusals, WriteRefusals};
use crate::http::extract::{
    AsHubAdmin, Filter, Id, IfMatch, SteppedUp, ValidJson, etag, page_request,
};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, limit))
        .routes(routes!(suspend))
        .routes(routes!(resume))
        .routes(routes!(invite_admin))
}

/// A college in the register of the hub.
#[derive(Serialize, ToSchema)]
struct RegisteredCollege {
    id: CollegeId,
    etag: String,
    slug: String,
    name: String,
    city: Option<String>,
    /// `active` or `suspended`.
    state: String,
    suspended_at: Option<DateTime<Utc>>,
    suspend_reason: Option<String>,
    /// Slug of the college that it looks like, where somebody decided that both may stand.
    look_alike_of: Option<String>,
    created_at: DateTime<Utc>,
}

/// A college in the register, with the room that its evidence has.
#[derive(Serialize, ToSchema)]
struct RegisteredCollegeDetail {
    #[serde(flatten)]
    college: RegisteredCollege,
    /// Octets of evidence it may keep.
    storage_quota: i64,
    /// Octets it keeps.
    storage_used: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WithReason {
    /// For the audit; the college's admins are told.
    reason: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CollegeLimit {
    /// Octets of evidence it may keep.
    #[schema(minimum = 1)]
    storage_quota: i64,
    /// For the audit; the college's admins are told.
    reason: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AdminInvitation {
    email: String,
    /// For the audit; the college's admins are told.
    reason: String,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum CollegeState {
    Active,
    Suspended,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CollegeListFilter {
    #[param(inline)]
    state: Option<CollegeState>,
    limit: Option<i64>,
    cursor: Option<String>,
}

type Tagged = ([(HeaderName, String); 1], Json<RegisteredCollegeDetail>);

/// The colleges of the hub, by slug.
#[utoipa::path(get, path = "/api/admin/colleges", tag = "admin", security(("bearer" = [])), params(CollegeListFilter),
    responses((status = 200, body = PageResponse<RegisteredCollege>), ReadRefusals))]
async fn list(
    _admin: AsHubAdmin,
    Filter(filter): Filter<CollegeListFilter>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<RegisteredCollege>>, Problem> {
    let page = page_request(filter.limit, filter.cursor.as_deref())?;
    let state = filter.state.map(|state| match state {
        CollegeState::Active => "active",
        CollegeState::Suspended => "suspended",
    });
    let page = admin::list(state, page, &app).await?;
    Ok(Json(PageResponse::from_page(page, RegisteredCollege::from)))
}

/// One college.
#[utoipa::path(get, path = "/api/admin/colleges/{id}", tag = "admin", security(("bearer" = [])), params(("id" = CollegeId, Path)),
    responses((status = 200, body = RegisteredCollegeDetail), ReadRefusals))]
async fn show(
    _admin: AsHubAdmin,
    Id(id): Id<CollegeId>,
    State(app): State<Arc<App>>,
) -> Result<Tagged, Problem> {
    Ok(tagged(admin::show(id, &app).await?))
}

/// Create a college: its register entry, its first keys, and an invitation to its first admin. One whose name or slug
/// looks like another's is held for a decision.
#[utoipa::path(post, path = "/api/admin/colleges", tag = "admin", security(("bearer" = [])), request_body = NewCollegeBody,
    responses((status = 201, body = RegisteredCollegeDetail), (status = 202, body = HeldCollege, description = "it looks like another"), WriteRefusals))]
async fn create(
    SteppedUp(AsHubAdmin(caller)): SteppedUp<AsHubAdmin>,
    State(app): State<Arc<App>>,
    ValidJson(body): ValidJson<NewCollegeBody>,
) -> Result<Response, Problem> {
    Ok(match admin::create(body.into(), &caller, &app).await? {
        Opened::Created(row) => (StatusCode::CREATED, tagged(row)).into_response(),
        Opened::Held(row) => (StatusCode::ACCEPTED, Json(HeldCollege::from(row))).into_response(),
    })
}

/// How much evidence a college may keep.
#[utoipa::path(patch, path = "/api/admin/colleges/{id}", tag = "admin", security(("bearer" = [])),
    params(("id" = CollegeId, Path), ("If-Match" = String, Header)), request_body = CollegeLimit,
    responses((status = 200, body = RegisteredCollegeDetail), GuardedRefusals))]
async fn limit(
    SteppedUp(AsHubAdmin(caller)): SteppedUp<AsHubAdmin>,
    Id(id): Id<CollegeId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(body): ValidJson<CollegeLimit>,
) -> Result<Tagged, Problem> {
    let step = Step::Limit(body.storage_quota);
    Ok(tagged(admin::take(step, (id, version), &body.reason, &caller, &app).await?))
}

/// Suspend a college: nobody of it logs in, and nothing is decided. What it issued is verified as before.
#[utoipa::path(post, path = "/api/admin/colleges/{id}/suspend", tag = "admin", security(("bearer" = [])),
    params(("id" = CollegeId, Path), ("If-Match" = String, Header)), request_body = WithReason,
    responses((status = 200, body = RegisteredCollegeDetail), GuardedRefusals))]
async fn suspend(
    SteppedUp(AsHubAdmin(caller)): SteppedUp<AsHubAdmin>,
    Id(id): Id<CollegeId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(body): ValidJson<WithReason>,
) -> Result<Tagged, Problem> {
    Ok(tagged(admin::take(Step::Suspend, (id, version), &body.reason, &caller, &app).await?))
}

/// A suspended college goes on.
#[utoipa::path(post, path = "/api/admin/colleges/{id}/resume", tag = "admin", security(("bearer" = [])),
    params(("id" = CollegeId, Path), ("If-Match" = String, Header)), request_body = WithReason,
    responses((status = 200, body = RegisteredCollegeDetail), GuardedRefusals))]
async fn resume(
    SteppedUp(AsHubAdmin(caller)): SteppedUp<AsHubAdmin>,
    Id(id): Id<CollegeId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(body): ValidJson<WithReason>,
) -> Result<Tagged, Problem> {
    Ok(tagged(admin::take(Step::Resume, (id, version), &body.reason, &caller, &app).await?))
}

/// Invite somebody to be an admin of a college: the one role that those who run the hub give.
#[utoipa::path(post, path = "/api/admin/colleges/{id}/admins", tag = "admin", security(("bearer" = [])),
    params(("id" = CollegeId, Path)), request_body = AdminInvitation, responses((status = 202), WriteRefusals))]
async fn invite_admin(
    SteppedUp(AsHubAdmin(caller)): SteppedUp<AsHubAdmin>,
    Id(id): Id<CollegeId>,
    State(app): State<Arc<App>>,
    ValidJson(body): ValidJson<AdminInvitation>,
) -> Result<StatusCode, Problem> {
    admin::invite_admin(id, &body.email, &body.reason, &caller, &app).await?;
    Ok(StatusCode::ACCEPTED)
}

fn tagged(college: admin::RegisteredCollege) -> Tagged {
    let (storage_quota, storage_used) = (college.quota, college.used);
    let college = RegisteredCollege::from(college.row);
    let tag = college.etag.clone();
    let detail = RegisteredCollegeDetail { college, storage_quota, storage_used };
    ([(header::ETAG, tag)], Json(detail))
}

impl From<AdminCollegeRow> for RegisteredCollege {
    fn from(row: AdminCollegeRow) -> Self {
        Self {
            id: CollegeId(row.id),
            etag: etag(row.version),
            slug: row.slug,
            name: row.name,
            city: row.city,
            state: row.state,
            suspended_at: row.suspended_at,
            suspend_reason: row.suspend_reason,
            look_alike_of: row.look_alike_of,
            created_at: row.created_at,
        }
    }
}
