//! …/comments/ , …/claim/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{AchievementResponse, answer};
use crate::app::rows::CommentRow;
use crate::app::{App, claims, comments};
use crate::domain::ids::AchievementId;
use crate::http::extract::{AsReviewer, Id, SignedIn, ValidJson};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, write)).routes(routes!(claim, drop_claim))
}

/// What somebody said about an achievement.
#[derive(Serialize, ToSchema)]
struct Comment {
    id: Uuid,
    /// Number of the revision that was shown.
    revision: i32,
    by: String,
    by_id: Uuid,
    text: String,
    at: DateTime<Utc>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "text": "Which of the two dates is that of the final?" }))]
struct CommentRequest {
    /// At most 2,000 characters.
    #[schema(max_length = 2000)]
    text: String,
}

/// What student and reviewers wrote to each other, oldest first.
#[utoipa::path(get, path = "/api/achievements/{id}/comments", tag = "achievements", security(("bearer" = [])), params(("id" = AchievementId, Path)),
    responses((status = 200, body = Vec<Comment>),
        (status = 401), (status = 404)))]
async fn list(
    SignedIn(caller): SignedIn,
    Id(id): Id<AchievementId>,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Comment>>, Problem> {
    let rows = comments::list(id, &caller, &app).await?;
    Ok(Json(rows.into_iter().map(Comment::from).collect()))
}

/// Write a comment; the other side hears of it.
#[utoipa::path(post, path = "/api/achievements/{id}/comments", tag = "achievements", security(("bearer" = [])), params(("id" = AchievementId, Path)),
    request_body = CommentRequest,
    responses((status = 201, body = Comment),
        (status = 400), (status = 401), (status = 404), (status = 422)))]
async fn write(
    SignedIn(caller): SignedIn,
    Id(id): Id<AchievementId>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<CommentRequest>,
) -> Result<(StatusCode, Json<Comment>), Problem> {
    let hub = app.clone();
    let row =
        app.act(async move { comments::write(id, &request.text, &caller, &hub).await }).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// Say "I am reviewing this", for fifteen minutes: advice to others, nothing depends on it. Again, and it lasts longer.
#[utoipa::path(post, path = "/api/achievements/{id}/claim", tag = "review", security(("bearer" = [])), params(("id" = AchievementId, Path)),
    responses((status = 200, body = AchievementResponse, headers(("ETag" = String))),
        (status = 401), (status = 403), (status = 404),
        (status = 409, description = "Somebody else holds it, or nothing waits for a reviewer")))]
async fn claim(
    AsReviewer(reviewer, caller): AsReviewer,
    Id(id): Id<AchievementId>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let hub = app.clone();
    let view = app.act(async move { claims::claim(id, &reviewer, &caller, &hub).await }).await?;
    Ok(answer(StatusCode::OK, &view))
}

/// Give the own claim up.
#[utoipa::path(delete, path = "/api/achievements/{id}/claim", tag = "review", security(("bearer" = [])), params(("id" = AchievementId, Path)),
    responses((status = 204), (status = 401), (status = 403), (status = 404)))]
async fn drop_claim(
    AsReviewer(_reviewer, caller): AsReviewer,
    Id(id): Id<AchievementId>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    let hub = app.clone();
    app.act(async move { claims::drop_claim(id, &caller, &hub).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<CommentRow> for Comment {
    fn from(row: CommentRow) -> Self {
        Self {
            id: row.id,
            revision: row.revision,
            by: row.author_name,
            by_id: row.author_id,
            text: row.text,
            at: row.at,
        }
    }
}
