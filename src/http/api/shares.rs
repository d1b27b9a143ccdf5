//! /api/portfolio/shares/ : links under which a student shows achievements.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, ETAG};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::achievements::present;
use crate::app::App;
use crate::app::rows::ShareRow;
use crate::app::shares::{self, ShareChange};
use crate::domain::ids::{AchievementId, ShareId};
use crate::http::extract::{AsPortfolioOwner, Id, IfMatch, ValidJson, etag};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, change, stop))
}

/// What to share, or to change of it: an absent field is as usual, or stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ShareRequest {
    /// What the student calls it, 1 to 100 characters; nobody else sees it.
    name: Option<String>,
    /// Approved achievements; null, and a new link that names none: all that are approved, also later.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<AchievementId>>)]
    achievements: Option<Option<Vec<AchievementId>>>,
    /// Whether the files are shown; a new link shows none unless told.
    evidence: Option<bool>,
    /// Until when the link opens: at most a year from now, 90 days unless told.
    expires_at: Option<DateTime<Utc>>,
}

/// A link under which achievements are shown.
#[derive(Serialize, ToSchema)]
struct Share {
    id: Uuid,
    etag: String,
    name: String,
    /// The ones chosen; null for all that are approved.
    achievements: Option<Vec<Uuid>>,
    /// Whether the files are shown.
    evidence: bool,
    expires_at: DateTime<Utc>,
    /// Whether it opens now.
    open: bool,
    /// How often it was opened.
    opens: i64,
    last_opened: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

/// A new link, whose address is shown this once.
#[derive(Serialize, ToSchema)]
struct NewShare {
    #[serde(flatten)]
    share: Share,
    /// To be given to whoever should see it. The hub keeps no copy: make a new link where it is lost.
    url: String,
}

/// The caller's links, newest first.
#[utoipa::path(get, path = "/api/portfolio/shares", tag = "portfolio", security(("bearer" = [])),
    responses((status = 200, body = Vec<Share>),
        (status = 401), (status = 403)))]
async fn list(
    AsPortfolioOwner(owner): AsPortfolioOwner,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Share>>, Problem> {
    let now = app.now();
    let rows = shares::list(&owner, &app).await?;
    Ok(Json(rows.into_iter().map(|row| Share::from_row(row, now)).collect()))
}

/// Make a link. Its address is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/portfolio/shares", tag = "portfolio", security(("bearer" = [])), request_body = ShareRequest,
    responses((status = 201, body = NewShare),
        (status = 400), (status = 401), (status = 403), (status = 409), (status = 422)))]
async fn create(
    AsPortfolioOwner(owner): AsPortfolioOwner,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<ShareRequest>,
) -> Result<Response, Problem> {
    let hub = app.clone();
    let (row, token) =
        app.act(async move { shares::create(request.into(), &owner, &hub).await }).await?;
    let url = format!("{}/p/{token}", app.public_url().as_str());
    let tag = tag(&row);
    let made = NewShare { share: Share::from_row(row, app.now()), url };
    // Also keeps the token out of what is remembered for an Idempotency-Key.
    let headers = [(ETAG, tag), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::CREATED, headers, Json(made)).into_response())
}

/// One of the caller's links.
#[utoipa::path(get, path = "/api/portfolio/shares/{id}", tag = "portfolio", security(("bearer" = [])), params(("id" = ShareId, Path)),
    responses((status = 200, body = Share),
        (status = 401), (status = 403), (status = 404)))]
async fn read(
    AsPortfolioOwner(owner): AsPortfolioOwner,
    Id(id): Id<ShareId>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    Ok(answer(shares::read(id, &owner, &app).await?, &app))
}

/// Change what a link shows, or until when it opens.
#[utoipa::path(patch, path = "/api/portfolio/shares/{id}", tag = "portfolio", security(("bearer" = [])),
    params(("id" = ShareId, Path), ("If-Match" = String, Header)), request_body = ShareRequest,
    responses((status = 200, body = Share),
        (status = 400), (status = 401), (status = 403), (status = 404), (status = 412),
        (status = 422), (status = 428)))]
async fn change(
    AsPortfolioOwner(owner): AsPortfolioOwner,
    Id(id): Id<ShareId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<ShareRequest>,
) -> Result<Response, Problem> {
    let hub = app.clone();
    let act = async move { shares::change(id, version, request.into(), &owner, &hub).await };
    let row = app.act(act).await?;
    Ok(answer(row, &app))
}

/// Stop a link: it opens nothing any more, for good.
#[utoipa::path(delete, path = "/api/portfolio/shares/{id}", tag = "portfolio", security(("bearer" = [])), params(("id" = ShareId, Path)),
    responses((status = 204), (status = 401), (status = 403), (status = 404)))]
async fn stop(
    AsPortfolioOwner(owner): AsPortfolioOwner,
    Id(id): Id<ShareId>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    let hub = app.clone();
    app.act(async move { shares::stop(id, &owner, &hub).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn answer(row: ShareRow, app: &App) -> Response {
    ([(ETAG, tag(&row))], Json(Share::from_row(row, app.now()))).into_response()
}

fn tag(row: &ShareRow) -> HeaderValue {
    HeaderValue::from_str(&etag(row.version)).expect("a number in quotes")
}

impl From<ShareRequest> for ShareChange {
    fn from(request: ShareRequest) -> Self {
        Self {
            name: request.name,
            achievements: request.achievements,
            evidence: request.evidence,
            expires_at: request.expires_at,
        }
    }
}

impl Share {
    fn from_row(row: ShareRow, now: DateTime<Utc>) -> Self {
        Self {
            id: row.id,
            etag: etag(row.version),
            name: row.name,
            achievements: (!row.everything).then_some(row.achievements),
            evidence: row.evidence,
            expires_at: row.expires_at,
            open: row.expires_at > now,
            opens: row.opens,
            last_opened: row.last_opened,
            created_at: row.created_at,
        }
    }
}
