//! /api/portfolio/exports/ , /api/portfolio.pdf

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::app::portfolio::{self, ExportRequest, Exported};
use crate::domain::ids::{AchievementId, PortfolioId};
use crate::domain::member::Language;
use crate::http::extract::{AsPortfolioOwner, Id, ValidJson};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(export, list))
        .routes(routes!(read))
        .routes(routes!(file))
        .routes(routes!(latest))
}

/// What to put into the portfolio.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExportRequest)]
struct ExportBody {
    /// Approved achievements; all of them, where none are named.
    achievements: Option<Vec<AchievementId>>,
    /// `classic`.
    template: Option<String>,
    /// Language of the layout's own words.
    locale: Option<Language>,
}

/// A portfolio that was exported.
#[derive(Serialize, ToSchema)]
struct Export {
    id: Uuid,
    /// `done`.
    state: &'static str,
    /// Its public address.
    url: String,
    file_url: String,
    created_at: DateTime<Utc>,
    /// Octets.
    size: i64,
    /// Of the file, hexadecimal.
    sha256: String,
    /// Credentials inside.
    achievements: i64,
    locale: String,
    /// A credential inside does not hold any more.
    out_of_date: bool,
}

/// Make the signed PDF. The same inputs give the same export, address and bytes.
#[utoipa::path(post, path = "/api/portfolio/exports", tag = "portfolio", security(("bearer" = [])), request_body = ExportBody,
    responses((status = 201, body = Export), (status = 200, body = Export, description = "It was made before"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn export(
    AsPortfolioOwner(owner): AsPortfolioOwner,
    State(app): State<Arc<App>>,
    ValidJson(body): ValidJson<ExportBody>,
) -> Result<(StatusCode, Json<Export>), Problem> {
    let request = ExportRequest {
        achievements: body.achievements.filter(|ids| !ids.is_empty()),
        template: body.template.unwrap_or_else(|| "classic".to_owned()),
        locale: body.locale.unwrap_or(owner.language),
    };
    let hub = app.clone();
    let (exported, made) =
        app.act(async move { portfolio::export(request, &owner, &hub).await }).await?;
    Ok((if made { StatusCode::CREATED } else { StatusCode::OK }, Json(exported.into())))
}

/// The caller's exports, newest first, at most 50.
#[utoipa::path(get, path = "/api/portfolio/exports", tag = "portfolio", security(("bearer" = [])),
    responses((status = 200, body = Vec<Export>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json")))]
async fn list(
    AsPortfolioOwner(owner): AsPortfolioOwner,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Export>>, Problem> {
    Ok(Json(portfolio::list(&owner, &app).await?.into_iter().map(Export::from).collect()))
}

/// One of the caller's exports.
#[utoipa::path(get, path = "/api/portfolio/exports/{id}", tag = "portfolio", security(("bearer" = [])), params(("id" = PortfolioId, Path)),
    responses((status = 200, body = Export),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn read(
    AsPortfolioOwner(owner): AsPortfolioOwner,
    Id(id): Id<PortfolioId>,
    State(app): State<Arc<App>>,
) -> Result<Json<Export>, Problem> {
    Ok(Json(portfolio::read(id, &owner, &app).await?.into()))
}

/// The signed file.
#[utoipa::path(get, path = "/api/portfolio/exports/{id}/file", tag = "portfolio", security(("bearer" = [])), params(("id" = PortfolioId, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/pdf"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn file(
    AsPortfolioOwner(owner): AsPortfolioOwner,
    Id(id): Id<PortfolioId>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    Ok(pdf(portfolio::read_file(id, &owner, &app).await?))
}

/// The file of the latest export.
#[utoipa::path(get, path = "/api/portfolio.pdf", tag = "portfolio", security(("bearer" = [])),
    responses((status = 200, body = Vec<u8>, content_type = "application/pdf"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "`no_export`")))]
async fn latest(
    AsPortfolioOwner(owner): AsPortfolioOwner,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let newest = portfolio::list(&owner, &app).await?.into_iter().next();
    let newest = newest.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "no_export", "No portfolio was exported yet.")
    })?;
    Ok(pdf(portfolio::read_file(newest.row.id.into(), &owner, &app).await?))
}

fn pdf(bytes: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"portfolio.pdf\"")),
    ];
    (headers, bytes).into_response()
}

impl From<Exported> for Export {
    fn from(exported: Exported) -> Self {
        let row = exported.row;
        Self {
            id: row.id,
            state: "done",
            url: exported.url,
            file_url: format!("/api/portfolio/exports/{}/file", row.id),
            created_at: row.created_at,
            size: row.file_size,
            sha256: hex::encode(&row.file_sha256),
            achievements: row.credentials,
            locale: row.locale,
            out_of_date: row.fallen > 0 || row.status != "active",
        }
    }
}
