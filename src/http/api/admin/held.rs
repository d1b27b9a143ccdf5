//! GET /api/admin/held-colleges/ , POST …/{id}/release/ , …/decline/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::rows::HeldCollegeRow;
use crate::app::{App, admin};
use crate::domain::ids::{CollegeId, HeldCollegeId};
use crate::http::api::refusals::{GuardedRefusals, ReadRefusals};
use crate::http::extract::{AsHubAdmin, Id, IfMatch, SteppedUp, ValidJson, etag};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(release)).routes(routes!(decline))
}

/// A college whose name or slug looks like another's: somebody has to decide.
#[derive(Serialize, ToSchema)]
pub(super) struct HeldCollege {
    id: HeldCollegeId,
    etag: String,
    slug: String,
    name: String,
    /// Slug of the college it looks like.
    looks_like: String,
    /// As it was asked for.
    application: Value,
    asked_by: String,
    asked_at: DateTime<Utc>,
    /// `open`, `released` or `declined`.
    state: String,
    decided_by: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    reason: Option<String>,
    /// The college that came of it.
    created: Option<CollegeId>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HeldAnswer {
    /// Why.
    reason: String,
}

/// What waits for a decision, then what was decided; the newest hundred.
#[utoipa::path(get, path = "/api/admin/held-colleges", tag = "admin", security(("bearer" = [])),
    responses((status = 200, body = Vec<HeldCollege>), ReadRefusals))]
async fn list(
    _admin: AsHubAdmin,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<HeldCollege>>, Problem> {
    let rows = admin::held(&app).await?;
    Ok(Json(rows.into_iter().map(HeldCollege::from).collect()))
}

/// Both may stand: the college is created. Not by who asked, where the hub has a second admin.
#[utoipa::path(post, path = "/api/admin/held-colleges/{id}/release", tag = "admin", security(("bearer" = [])),
    params(("id" = HeldCollegeId, Path), ("If-Match" = String, Header)), request_body = HeldAnswer,
    responses((status = 200, body = HeldCollege), GuardedRefusals))]
async fn release(
    SteppedUp(AsHubAdmin(caller)): SteppedUp<AsHubAdmin>,
    Id(id): Id<HeldCollegeId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(answer): ValidJson<HeldAnswer>,
) -> Result<Json<HeldCollege>, Problem> {
    let row = admin::decide_held(id, version, true, &answer.reason, &caller, &app).await?;
    Ok(Json(row.into()))
}

/// It is not created.
#[utoipa::path(post, path = "/api/admin/held-colleges/{id}/decline", tag = "admin", security(("bearer" = [])),
    params(("id" = HeldCollegeId, Path), ("If-Match" = String, Header)), request_body = HeldAnswer,
    responses((status = 200, body = HeldCollege), GuardedRefusals))]
async fn decline(
    SteppedUp(AsHubAdmin(caller)): SteppedUp<AsHubAdmin>,
    Id(id): Id<HeldCollegeId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(answer): ValidJson<HeldAnswer>,
) -> Result<Json<HeldCollege>, Problem> {
    let row = admin::decide_held(id, version, false, &answer.reason, &caller, &app).await?;
    Ok(Json(row.into()))
}

impl From<HeldCollegeRow> for HeldCollege {
    fn from(row: HeldCollegeRow) -> Self {
        Self {
            id: HeldCollegeId(row.id),
            etag: etag(row.version),
            slug: row.slug,
            name: row.name,
            looks_like: row.looks_like,
            application: row.application,
            asked_by: row.asked_by_name,
            asked_at: row.asked_at,
            state: row.outcome.unwrap_or_else(|| "open".to_owned()),
            decided_by: row.decided_by_name,
            decided_at: row.decided_at,
            reason: row.reason,
            created: row.created.map(CollegeId),
        }
    }
}
