//! …/amend/ , …/appeal/ , …/correction/confirm/ , …/correction/decline/

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AchievementResponse, answer};
use crate::app::{App, amend, correction};
use crate::domain::ids::AchievementId;
use crate::http::extract::{AsStudent, Id, IfMatch, ValidJson};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(amend, drop_amendment))
        .routes(routes!(appeal))
        .routes(routes!(confirm_correction))
        .routes(routes!(decline_correction))
}

/// Why the student keeps their own facts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "text": "The certificate says the 14th." }))]
struct DeclineRequest {
    /// The reviewer reads it.
    text: String,
}

/// Begin a new version: what is live stays live, and its credential valid, until the new one is approved. Then the
/// old credential is superseded: its status bit is set, and verifiers other than this hub's call it revoked.
#[utoipa::path(post, path = "/api/achievements/{id}/amend", tag = "achievements", security(("bearer" = [])),
    params(("id" = AchievementId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = AchievementResponse, headers(("ETag" = String))),
        (status = 401), (status = 403), (status = 404),
        (status = 409, description = "`allowed` says what is possible"),
        (status = 412, description = "`current` says what stands there now"),
        (status = 428)))]
async fn amend(
    AsStudent(author): AsStudent,
    Id(id): Id<AchievementId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let hub = app.clone();
    let view = app.act(async move { amend::amend(id, version, &author, &hub).await }).await?;
    Ok(answer(StatusCode::OK, &view))
}

/// Throw the new version away: what is live is shown again.
#[utoipa::path(delete, path = "/api/achievements/{id}/amend", tag = "achievements", security(("bearer" = [])),
    params(("id" = AchievementId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = AchievementResponse, headers(("ETag" = String))),
        (status = 401), (status = 403), (status = 404),
        (status = 409, description = "`allowed` says what is possible"),
        (status = 412, description = "`current` says what stands there now"),
        (status = 428)))]
async fn drop_amendment(
    AsStudent(author): AsStudent,
    Id(id): Id<AchievementId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let hub = app.clone();
    let view =
        app.act(async move { amend::drop_amendment(id, version, &author, &hub).await }).await?;
    Ok(answer(StatusCode::OK, &view))
}

/// Appeal against a rejection: once, within thirty days; somebody else decides on it.
#[utoipa::path(post, path = "/api/achievements/{id}/appeal", tag = "achievements", security(("bearer" = [])),
    params(("id" = AchievementId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = AchievementResponse, headers(("ETag" = String))),
        (status = 401), (status = 403), (status = 404),
        (status = 409, description = "`allowed` says what is possible"),
        (status = 412, description = "`current` says what stands there now"),
        (status = 428)))]
async fn appeal(
    AsStudent(author): AsStudent,
    Id(id): Id<AchievementId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let hub = app.clone();
    let view = app.act(async move { amend::appeal(id, version, &author, &hub).await }).await?;
    Ok(answer(StatusCode::OK, &view))
}

/// Agree to the facts that a reviewer proposed: it is approved with them.
#[utoipa::path(post, path = "/api/achievements/{id}/correction/confirm", tag = "achievements", security(("bearer" = [])),
    params(("id" = AchievementId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = AchievementResponse, headers(("ETag" = String))),
        (status = 401), (status = 403), (status = 404),
        (status = 409, description = "`allowed` says what is possible"),
        (status = 412, description = "`current` says what stands there now"),
        (status = 428)))]
async fn confirm_correction(
    AsStudent(author): AsStudent,
    Id(id): Id<AchievementId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let hub = app.clone();
    let view =
        app.act(async move { correction::confirm(id, version, &author, &hub).await }).await?;
    Ok(answer(StatusCode::OK, &view))
}

/// Keep the own facts, and say why: it waits for review again.
#[utoipa::path(post, path = "/api/achievements/{id}/correction/decline", tag = "achievements", security(("bearer" = [])), request_body = DeclineRequest,
    params(("id" = AchievementId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = AchievementResponse, headers(("ETag" = String))),
        (status = 400), (status = 401), (status = 403), (status = 404),
        (status = 409, description = "`allowed` says what is possible"),
        (status = 412, description = "`current` says what stands there now"),
        (status = 422), (status = 428)))]
async fn decline_correction(
    AsStudent(author): AsStudent,
    Id(id): Id<AchievementId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<DeclineRequest>,
) -> Result<Response, Problem> {
    let hub = app.clone();
    let view = app
        .act(async move { correction::decline(id, version, &request.text, &author, &hub).await })
        .await?;
    Ok(answer(StatusCode::OK, &view))
}
