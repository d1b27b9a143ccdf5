//! …/timeline/ , …/submit/ , …/withdraw/ , …/credential/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AchievementResponse, TimelineEntry, answer};
use crate::app::{App, achievements};
use crate::domain::ids::AchievementId;
use crate::http::extract::{AsAuthor, Id, IfMatch, SignedIn};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(timeline))
        .routes(routes!(submit))
        .routes(routes!(withdraw))
        .routes(routes!(credential))
}

/// What happened to an achievement, oldest first.
#[utoipa::path(get, path = "/api/achievements/{id}/timeline", tag = "achievements", security(("bearer" = [])), params(("id" = AchievementId, Path)),
    responses((status = 200, body = Vec<TimelineEntry>),
        (status = 401), (status = 404)))]
async fn timeline(
    SignedIn(caller): SignedIn,
    Id(id): Id<AchievementId>,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<TimelineEntry>>, Problem> {
    let rows = achievements::timeline(id, &caller, &app).await?;
    Ok(Json(rows.into_iter().map(TimelineEntry::from).collect()))
}

/// Hand the draft in.
#[utoipa::path(post, path = "/api/achievements/{id}/submit", tag = "achievements", security(("bearer" = [])),
    params(("id" = AchievementId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = AchievementResponse, headers(("ETag" = String))),
        (status = 401), (status = 403), (status = 404), (status = 409), (status = 412),
        (status = 422), (status = 428)))]
async fn submit(
    AsAuthor(author): AsAuthor,
    Id(id): Id<AchievementId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let hub = app.clone();
    let view =
        app.act(async move { achievements::submit(id, version, &author, &hub).await }).await?;
    Ok(answer(StatusCode::OK, &view))
}

/// Take a submission back, into a new draft.
#[utoipa::path(post, path = "/api/achievements/{id}/withdraw", tag = "achievements", security(("bearer" = [])),
    params(("id" = AchievementId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = AchievementResponse, headers(("ETag" = String))),
        (status = 401), (status = 403), (status = 404), (status = 409), (status = 412),
        (status = 428)))]
async fn withdraw(
    AsAuthor(author): AsAuthor,
    Id(id): Id<AchievementId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let hub = app.clone();
    let view =
        app.act(async move { achievements::withdraw(id, version, &author, &hub).await }).await?;
    Ok(answer(StatusCode::OK, &view))
}

/// The signed credential, octet for octet as it was issued.
#[utoipa::path(get, path = "/api/achievements/{id}/credential", tag = "credentials", security(("bearer" = [])), params(("id" = AchievementId, Path)),
    responses((status = 200, body = serde_json::Value, content_type = "application/vc"),
        (status = 401), (status = 404)))]
async fn credential(
    SignedIn(caller): SignedIn,
    Id(id): Id<AchievementId>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let view = achievements::read(id, &caller, &app).await?;
    let document = view
        .credential
        .and_then(|credential| credential.document)
        .ok_or_else(Problem::not_found)?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("application/vc"))], document).into_response())
}
