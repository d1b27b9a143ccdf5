//! /api/portfolio/exports/ , /api/portfolio/preview , /api/portfolio.pdf

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::app::portfolio::{self, ExportRequest, ExportState, Outcome, Size};
use crate::domain::ids::{AchievementId, PortfolioId};
use crate::domain::member::{Caller, Language};
use crate::http::extract::{AsPortfolioOwner, Id, ValidJson};
use crate::http::limits::Limits;
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(export, list))
        .routes(routes!(read))
        .routes(routes!(file))
        .routes(routes!(latest))
        .routes(routes!(preview))
}

/// What to put into the portfolio.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExportRequest)]
struct ExportBody {
    /// Approved achievements; all of them, where none are named.
    achievements: Option<Vec<AchievementId>>,
    /// `classic`, `formal`, `compact` or `modern`; the first, where none is named.
    template: Option<String>,
    /// Language of the layout's own words.
    locale: Option<Language>,
    /// `full` unless told.
    #[serde(default)]
    size: SizeWord,
}

/// How much room the file may take.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExportSize)]
enum SizeWord {
    /// Every picture.
    #[default]
    Full,
    /// At most 1 MB: fewer and smaller pictures, which the document says of itself.
    Small,
}

/// A portfolio that was exported, or is under way.
#[derive(Serialize, ToSchema)]
struct Export {
    id: Uuid,
    /// `done`, `running` or `failed`.
    state: &'static str,
    /// Per cent.
    progress: i32,
    /// Why it failed: `record_changed`, `not_laid_out`, `too_slow`, `busy` or `internal`.
    reason: Option<String>,
    /// Its public address.
    url: String,
    /// Where the file is, once the state is `done`.
    file_url: String,
    created_at: DateTime<Utc>,
    /// Octets.
    size: Option<i64>,
    /// Of the file, hexadecimal.
    sha256: Option<String>,
    /// Credentials inside.
    achievements: i64,
    locale: String,
    template: String,
    /// With fewer and smaller pictures.
    small: bool,
    /// How far its signature carries: `B-B`, `B-T`, `B-LT` or `B-LTA`; `B-B` too where the time-stamping authority did
    /// not answer. None before it is done.
    signature_level: Option<String>,
    /// When a time-stamping authority saw the signature.
    stamped_at: Option<DateTime<Utc>>,
    /// A credential inside does not hold any more.
    out_of_date: bool,
}

/// Make the signed PDF: at once, or in the background where it has more than 25 achievements or 20 pictures. The same
/// inputs give the same export, address and bytes.
#[utoipa::path(post, path = "/api/portfolio/exports", tag = "portfolio", security(("bearer" = [])), request_body = ExportBody,
    responses((status = 201, body = Export), (status = 200, body = Export, description = "It was made before"),
        (status = 202, body = Export, description = "It is being made: ask for it by its id"),
        (status = 401), (status = 403), (status = 409), (status = 422), (status = 503)))]
async fn export(
    AsPortfolioOwner(owner): AsPortfolioOwner,
    State(app): State<Arc<App>>,
    ValidJson(body): ValidJson<ExportBody>,
) -> Result<(StatusCode, Json<Export>), Problem> {
    let request = body.into_request(&owner);
    let hub = app.clone();
    let outcome = app.act(async move { portfolio::export(request, &owner, &hub).await }).await?;
    let (status, export) = match outcome {
        Outcome::Made(export) => (StatusCode::CREATED, export),
        Outcome::Found(export) => (StatusCode::OK, export),
        Outcome::Begun(export) => (StatusCode::ACCEPTED, export),
    };
    Ok((status, Json(export.into())))
}

/// The first page as a picture, before anything is signed: marked as a preview, without a code. Nothing is stored.
#[utoipa::path(post, path = "/api/portfolio/preview", tag = "portfolio", security(("bearer" = [])), request_body = ExportBody,
    responses((status = 200, body = Vec<u8>, content_type = "image/png"),
        (status = 401), (status = 403), (status = 409), (status = 422), (status = 429),
        (status = 503)))]
async fn preview(
    AsPortfolioOwner(owner): AsPortfolioOwner,
    Extension(limits): Extension<Arc<Limits>>,
    State(app): State<Arc<App>>,
    ValidJson(body): ValidJson<ExportBody>,
) -> Result<Response, Problem> {
    limits.preview_by(owner.member)?;
    let picture = portfolio::preview(body.into_request(&owner), &owner, &app).await?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("image/png")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, picture).into_response())
}

/// The caller's exports, newest first, at most 50.
#[utoipa::path(get, path = "/api/portfolio/exports", tag = "portfolio", security(("bearer" = [])),
    responses((status = 200, body = Vec<Export>),
        (status = 401), (status = 403)))]
async fn list(
    AsPortfolioOwner(owner): AsPortfolioOwner,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Export>>, Problem> {
    Ok(Json(portfolio::list(&owner, &app).await?.into_iter().map(Export::from).collect()))
}

/// One of the caller's exports.
#[utoipa::path(get, path = "/api/portfolio/exports/{id}", tag = "portfolio", security(("bearer" = [])), params(("id" = PortfolioId, Path)),
    responses((status = 200, body = Export),
        (status = 401), (status = 403), (status = 404)))]
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
        (status = 401), (status = 403), (status = 404)))]
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
        (status = 401), (status = 403),
        (status = 404, description = "`no_export`")))]
async fn latest(
    AsPortfolioOwner(owner): AsPortfolioOwner,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let exports = portfolio::list(&owner, &app).await?;
    let newest = exports.into_iter().find(|export| matches!(export.state, ExportState::Done(_)));
    let newest = newest.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "no_export", "No portfolio was exported yet.")
    })?;
    Ok(pdf(portfolio::read_file(newest.id.into(), &owner, &app).await?))
}

fn pdf(bytes: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"portfolio.pdf\"")),
    ];
    (headers, bytes).into_response()
}

impl ExportBody {
    fn into_request(self, owner: &Caller) -> ExportRequest {
        ExportRequest {
            achievements: self.achievements.filter(|ids| !ids.is_empty()),
            template: self.template.unwrap_or_else(|| "classic".to_owned()),
            locale: self.locale.unwrap_or(owner.language),
            size: match self.size {
                SizeWord::Full => Size::Full,
                SizeWord::Small => Size::Small,
            },
        }
    }
}

impl From<portfolio::Export> for Export {
    fn from(export: portfolio::Export) -> Self {
        let mut sent = Self {
            id: export.id,
            state: "done",
            progress: 100,
            reason: None,
            url: export.url,
            file_url: format!("/api/portfolio/exports/{}/file", export.id),
            created_at: export.created_at,
            size: None,
            sha256: None,
            achievements: export.achievements,
            locale: export.locale,
            template: export.template,
            small: export.small,
            signature_level: None,
            stamped_at: None,
            out_of_date: false,
        };
        match export.state {
            ExportState::Done(row) => {
                sent.size = Some(row.file_size);
                sent.stamped_at = row.stamped_at;
                sent.signature_level = Some(row.signature_level);
                sent.sha256 = Some(hex::encode(&row.file_sha256));
                sent.out_of_date = row.fallen > 0 || row.status != "active";
            }
            ExportState::Running(progress) => {
                sent.state = "running";
                sent.progress = progress;
            }
            ExportState::Failed(reason) => {
                sent.state = "failed";
                sent.progress = 0;
                sent.reason = Some(reason);
            }
        }
        sent
    }
}
