//! GET, POST /api/admin/impersonations/ , DELETE …/{id}/ ; GET /api/me/impersonations/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::refusals::{ReadRefusals, WriteRefusals};
use crate::app::rows::ImpersonationRow;
use crate::app::{App, impersonations};
use crate::domain::ids::{CollegeId, ImpersonationId, MemberId};
use crate::http::extract::{AsOnlooker, Filter, Id, Look, SignedIn, SteppedUp, ValidJson};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, begin)).routes(routes!(end)).routes(routes!(of_me))
}

/// Somebody looked at the hub as somebody else sees it.
#[derive(Serialize, ToSchema)]
struct Impersonation {
    id: ImpersonationId,
    /// To send as `X-Hub-Look` with the own token: GET requests then answer as that person sees them, and every other is
    /// refused (`read_only`).
    look: String,
    member: MemberId,
    member_name: String,
    /// Who looks.
    by: String,
    /// They run the hub, and are nobody of the college.
    operator: bool,
    reason: String,
    started_at: DateTime<Utc>,
    /// At most half an hour later.
    ends_at: DateTime<Utc>,
    /// When they stopped before.
    ended_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewImpersonation {
    /// As whom.
    member: MemberId,
    /// Their college; the own one where left out.
    college: Option<CollegeId>,
    /// Why: the person is told.
    reason: String,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CollegeFilter {
    /// The own one where left out.
    college: Option<CollegeId>,
}

/// Who looked at whom in a college, newest first, at most a hundred.
#[utoipa::path(get, path = "/api/admin/impersonations", tag = "admin", security(("bearer" = [])), params(CollegeFilter),
    responses((status = 200, body = Vec<Impersonation>), ReadRefusals))]
async fn list(
    AsOnlooker(caller): AsOnlooker,
    Filter(filter): Filter<CollegeFilter>,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Impersonation>>, Problem> {
    let college = filter.college.unwrap_or(caller.college);
    let rows = impersonations::list(None, college, &caller, &app).await?;
    Ok(Json(rows.into_iter().map(|row| Impersonation::new(row, college)).collect()))
}

/// Look at the hub as somebody else sees it, for half an hour, reading only. A college's admin looks at its students;
/// whoever runs the hub, at anybody of a college. The person is told, with the reason.
#[utoipa::path(post, path = "/api/admin/impersonations", tag = "admin", security(("bearer" = [])), request_body = NewImpersonation,
    responses((status = 201, body = Impersonation), WriteRefusals))]
async fn begin(
    SteppedUp(AsOnlooker(caller)): SteppedUp<AsOnlooker>,
    State(app): State<Arc<App>>,
    ValidJson(new): ValidJson<NewImpersonation>,
) -> Result<(StatusCode, Json<Impersonation>), Problem> {
    let college = new.college.unwrap_or(caller.college);
    let row = impersonations::begin(new.member, college, &new.reason, &caller, &app).await?;
    Ok((StatusCode::CREATED, Json(Impersonation::new(row, college))))
}

/// Stop looking.
#[utoipa::path(delete, path = "/api/admin/impersonations/{id}", tag = "admin", security(("bearer" = [])),
    params(("id" = ImpersonationId, Path), CollegeFilter), responses((status = 204), WriteRefusals))]
async fn end(
    AsOnlooker(caller): AsOnlooker,
    Id(id): Id<ImpersonationId>,
    Filter(filter): Filter<CollegeFilter>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    let college = filter.college.unwrap_or(caller.college);
    impersonations::end(id, college, &caller, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who looked at the hub as the caller sees it, newest first.
#[utoipa::path(get, path = "/api/me/impersonations", tag = "identity", security(("bearer" = [])),
    responses((status = 200, body = Vec<Impersonation>), ReadRefusals))]
async fn of_me(
    SignedIn(caller): SignedIn,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Impersonation>>, Problem> {
    let (me, college) = (Some(caller.member), caller.college);
    let rows = impersonations::list(me, college, &caller, &app).await?;
    Ok(Json(rows.into_iter().map(|row| Impersonation::new(row, college)).collect()))
}

impl Impersonation {
    fn new(row: ImpersonationRow, college: CollegeId) -> Self {
        let id = ImpersonationId(row.id);
        Self {
            look: Look { college, id }.to_string(),
            id,
            member: MemberId(row.member_id),
            member_name: row.member_name,
            by: row.by_name,
            operator: row.by_operator.is_some(),
            reason: row.reason,
            started_at: row.started_at,
            ends_at: row.ends_at,
            ended_at: row.ended_at,
        }
    }
}
