//! GET /api/review/queue/ , /api/review/stats/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::achievements::{AchievementQuery, AchievementSummary};
use super::page::PageResponse;
use crate::app::{App, review};
use crate::http::extract::{AsReviewer, Filter};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(queue)).routes(routes!(stats))
}

/// Numbers on top of the queue.
#[derive(Serialize, ToSchema)]
struct QueueStatsResponse {
    /// Capped at 100.
    waiting: i64,
    oldest_submitted_at: Option<DateTime<Utc>>,
    by_category: Vec<CategoryCount>,
    /// Decisions of the caller in the last 24 hours.
    decided_today: i64,
}

#[derive(Serialize, ToSchema)]
struct CategoryCount {
    code: String,
    name: String,
    count: i64,
}

/// What waits in the caller's scope for them, oldest first; never their own or their team's.
#[utoipa::path(get, path = "/api/review/queue", tag = "review", security(("bearer" = [])), params(AchievementQuery),
    responses((status = 200, body = PageResponse<AchievementSummary>),
        (status = 400), (status = 401), (status = 403)))]
async fn queue(
    AsReviewer(reviewer, _): AsReviewer,
    Filter(query): Filter<AchievementQuery>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<AchievementSummary>>, Problem> {
    let page = review::queue(query.filter(), query.page()?, &reviewer, &app).await?;
    let now = app.now();
    Ok(Json(PageResponse::from_page(page, |row| AchievementSummary::from_row(&row, now))))
}

/// How much waits, since when, and what was done today.
#[utoipa::path(get, path = "/api/review/stats", tag = "review", security(("bearer" = [])),
    responses((status = 200, body = QueueStatsResponse),
        (status = 401), (status = 403)))]
async fn stats(
    AsReviewer(reviewer, _): AsReviewer,
    State(app): State<Arc<App>>,
) -> Result<Json<QueueStatsResponse>, Problem> {
    let stats = review::stats(&reviewer, &app).await?;
    Ok(Json(QueueStatsResponse {
        waiting: stats.queue.by_category.iter().map(|(_, _, count)| count).sum(),
        oldest_submitted_at: stats.queue.oldest,
        by_category: stats
            .queue
            .by_category
            .into_iter()
            .map(|(code, name, count)| CategoryCount { code, name, count })
            .collect(),
        decided_today: stats.decided_today,
    }))
}
