//! /api/achievements/ : the student's own work, and what reviewers see of it.

mod comments;
mod content;
mod decisions;
mod evidence;
mod history;
mod owner;
mod shape;
mod steps;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::ETAG;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page::PageResponse;
use crate::app::achievements::{self, AchievementView};
use crate::app::rows::AchievementFilter;
use crate::app::{App, Refusal};
use crate::domain::achievement::{RawContent, Status};
use crate::domain::ids::{AchievementId, MemberId};
use crate::domain::text::search_words;
use crate::http::extract::{
    AsAuthor, Filter, Id, IfMatch, OnlyNew, SignedIn, ValidJson, etag, page_request,
};
use crate::http::problem::Problem;

pub(super) use content::{ContentPatch, ContentRequest, present};
pub(in crate::http) use decisions::bulk_router;
pub(super) use shape::{AchievementResponse, AchievementSummary, CredentialInfo, Evidence};

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, put, update, remove))
        .merge(steps::router())
        .merge(owner::router())
        .merge(history::router())
        .merge(comments::router())
        .merge(evidence::router())
        .merge(decisions::router())
}

/// Which achievements; `q` is the start of a word of title, organiser, name or roll number.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AchievementQuery {
    status: Option<Status>,
    category: Option<String>,
    student: Option<MemberId>,
    department: Option<String>,
    q: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

impl AchievementQuery {
    pub(super) fn filter(&self) -> AchievementFilter {
        // One word is looked up in the index; several words narrow by the longest.
        let word = self
            .q
            .as_deref()
            .map(search_words)
            .and_then(|words| words.into_iter().max_by_key(|word| word.chars().count()));
        AchievementFilter {
            status: self.status,
            category: self.category.clone().filter(|code| !code.is_empty()),
            student: self.student,
            department: self.department.clone().filter(|code| !code.is_empty()),
            word,
        }
    }

    pub(super) fn page(&self) -> Result<crate::domain::page::PageRequest, Problem> {
        page_request(self.limit, self.cursor.as_deref())
    }
}

/// A student's own achievements, or those in a reviewer's scope; newest first.
#[utoipa::path(get, path = "/api/achievements", tag = "achievements", security(("bearer" = [])), params(AchievementQuery),
    responses((status = 200, body = PageResponse<AchievementSummary>),
        (status = 400), (status = 401)))]
async fn list(
    SignedIn(caller): SignedIn,
    Filter(query): Filter<AchievementQuery>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<AchievementSummary>>, Problem> {
    let page = achievements::list(query.filter(), query.page()?, &caller, &app).await?;
    let now = app.now();
    Ok(Json(PageResponse::from_page(page, |row| AchievementSummary::from_row(&row, now))))
}

/// Begin a draft under an id of the hub's.
#[utoipa::path(post, path = "/api/achievements", tag = "achievements", security(("bearer" = [])), request_body = ContentRequest,
    responses((status = 201, body = AchievementResponse),
        (status = 401), (status = 403), (status = 422)))]
async fn create(
    AsAuthor(author): AsAuthor,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<ContentRequest>,
) -> Result<Response, Problem> {
    let id = AchievementId(app.row_id());
    let hub = app.clone();
    let (view, _) = app
        .act(async move { achievements::create(id, request.into(), &author, &hub).await })
        .await?;
    Ok(answer(StatusCode::CREATED, &view))
}

/// Begin a draft under an id that a phone made, so that it may try again: the same again is 200 and changes nothing.
#[utoipa::path(put, path = "/api/achievements/{id}", tag = "achievements", security(("bearer" = [])), request_body = ContentRequest,
    params(("id" = AchievementId, Path), ("If-None-Match" = String, Header, description = "`*`")),
    responses((status = 201, body = AchievementResponse), (status = 200, body = AchievementResponse),
        (status = 401), (status = 403), (status = 404), (status = 422), (status = 428)))]
async fn put(
    AsAuthor(author): AsAuthor,
    Id(id): Id<AchievementId>,
    _: OnlyNew,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<ContentRequest>,
) -> Result<Response, Problem> {
    let hub = app.clone();
    let (view, made) = app
        .act(async move { achievements::create(id, request.into(), &author, &hub).await })
        .await?;
    Ok(answer(if made { StatusCode::CREATED } else { StatusCode::OK }, &view))
}

/// One achievement, with what the caller may do next.
#[utoipa::path(get, path = "/api/achievements/{id}", tag = "achievements", security(("bearer" = [])), params(("id" = AchievementId, Path)),
    responses((status = 200, body = AchievementResponse, headers(("ETag" = String))),
        (status = 401), (status = 404)))]
async fn read(
    SignedIn(caller): SignedIn,
    Id(id): Id<AchievementId>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    Ok(answer(StatusCode::OK, &achievements::read(id, &caller, &app).await?))
}

/// Change fields of the draft; what is not named stays.
#[utoipa::path(patch, path = "/api/achievements/{id}", tag = "achievements", security(("bearer" = [])), request_body = ContentPatch,
    params(("id" = AchievementId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = AchievementResponse, headers(("ETag" = String))),
        (status = 401), (status = 403), (status = 404), (status = 409), (status = 412),
        (status = 422), (status = 428)))]
async fn update(
    AsAuthor(author): AsAuthor,
    Id(id): Id<AchievementId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(patch): ValidJson<ContentPatch>,
) -> Result<Response, Problem> {
    let hub = app.clone();
    let act = async move {
        let present = achievements::read(id, &author, &hub).await?;
        let content: RawContent = patch.over(&present.row)?;
        achievements::update(id, version, content, &author, &hub).await
    };
    Ok(answer(StatusCode::OK, &app.act(act).await?))
}

/// Remove a draft that was never handed in.
#[utoipa::path(delete, path = "/api/achievements/{id}", tag = "achievements", security(("bearer" = [])),
    params(("id" = AchievementId, Path), ("If-Match" = String, Header)),
    responses((status = 204), (status = 401), (status = 403), (status = 404), (status = 409),
        (status = 412), (status = 428)))]
async fn remove(
    AsAuthor(author): AsAuthor,
    Id(id): Id<AchievementId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    let hub = app.clone();
    app.act(async move { achievements::delete(id, version, &author, &hub).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An achievement with its entity tag.
pub(super) fn answer(status: StatusCode, view: &AchievementView) -> Response {
    let tag = HeaderValue::from_str(&etag(view.row.version)).expect("a number in quotes");
    match AchievementResponse::from_view(view) {
        Ok(body) => (status, [(ETAG, tag)], Json(body)).into_response(),
        Err(refusal) => Problem::from(refusal).into_response(),
    }
}

/// Rows hold words that the CHECK constraints allow; another one is a fault of the program.
pub(super) fn known<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    text: &str,
) -> Result<T, Refusal> {
    text.parse().map_err(Refusal::internal)
}

#[derive(Serialize, ToSchema)]
pub(super) struct TimelineEntry {
    id: uuid::Uuid,
    at: chrono::DateTime<chrono::Utc>,
    /// `created`, `submitted`, `approved`, `issued` …
    kind: String,
    /// Name of who acted; none where the hub itself did.
    by: Option<String>,
    by_role: Option<String>,
    text: Option<String>,
    revision: i32,
}

impl From<crate::app::rows::EventRow> for TimelineEntry {
    fn from(row: crate::app::rows::EventRow) -> Self {
        Self {
            id: row.id,
            at: row.at,
            kind: row.kind,
            by: row.actor_name,
            by_role: row.actor_role,
            text: row.text,
            revision: row.revision.unwrap_or(1),
        }
    }
}
