//! GET /api/admin/colleges/{id}/confirmations/ , POST …/{confirmation}/confirm/ , …/decline/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::{App, admin};
use crate::domain::ids::{CollegeId, ConfirmationId};
use crate::http::api::confirmations::Confirmation;
use crate::http::api::refusals::{GuardedRefusals, ReadRefusals};
use crate::http::extract::{AsHubAdmin, Id, IfMatch, SteppedUp, ValidJson};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(confirm)).routes(routes!(decline))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StandInAnswer {
    /// Why: it stands in the college's audit.
    reason: String,
}

/// What waits for a second person in a college.
#[utoipa::path(get, path = "/api/admin/colleges/{id}/confirmations", tag = "admin", security(("bearer" = [])),
    params(("id" = CollegeId, Path)), responses((status = 200, body = Vec<Confirmation>), ReadRefusals))]
async fn list(
    AsHubAdmin(caller): AsHubAdmin,
    Id(id): Id<CollegeId>,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Confirmation>>, Problem> {
    let list = admin::confirmations(id, &caller, &app).await?;
    Ok(Json(list.into_iter().map(Confirmation::from).collect()))
}

/// Agree as the second person, where the college has nobody else who could: its first key manager, say.
#[utoipa::path(post, path = "/api/admin/colleges/{id}/confirmations/{confirmation}/confirm", tag = "admin", security(("bearer" = [])),
    params(("id" = CollegeId, Path), ("confirmation" = ConfirmationId, Path), ("If-Match" = String, Header)), request_body = StandInAnswer,
    responses((status = 200, body = Confirmation), GuardedRefusals))]
async fn confirm(
    SteppedUp(AsHubAdmin(caller)): SteppedUp<AsHubAdmin>,
    Id(place): Id<(CollegeId, ConfirmationId)>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(answer): ValidJson<StandInAnswer>,
) -> Result<Json<Confirmation>, Problem> {
    let hub = app.clone();
    let decided = app
        .act(async move { admin::confirm(place, version, &answer.reason, &caller, &hub).await })
        .await?;
    Ok(Json(decided.into()))
}

/// Decline.
#[utoipa::path(post, path = "/api/admin/colleges/{id}/confirmations/{confirmation}/decline", tag = "admin", security(("bearer" = [])),
    params(("id" = CollegeId, Path), ("confirmation" = ConfirmationId, Path), ("If-Match" = String, Header)), request_body = StandInAnswer,
    responses((status = 200, body = Confirmation), GuardedRefusals))]
async fn decline(
    SteppedUp(AsHubAdmin(caller)): SteppedUp<AsHubAdmin>,
    Id(place): Id<(CollegeId, ConfirmationId)>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(answer): ValidJson<StandInAnswer>,
) -> Result<Json<Confirmation>, Problem> {
    let hub = app.clone();
    let decided = app
        .act(async move { admin::decline(place, version, &answer.reason, &caller, &hub).await })
        .await?;
    Ok(Json(decided.into()))
}
