//! GET /api/review/queue/ , /api/review/stats/ ; GET/PUT /api/review/routing/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::achievements::{AchievementQuery, AchievementSummary};
use super::page::PageResponse;
use crate::app::rows::ReviewRuleRow;
use crate::app::{App, review, review_rules};
use crate::domain::achievement::Level;
use crate::http::extract::{AsReviewer, AsRuleKeeper, Filter, ValidJson};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(queue))
        .routes(routes!(stats))
        .routes(routes!(rules, set_rules))
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

/// How submissions find their reviewers.
#[derive(Serialize, ToSchema)]
struct Routing {
    second_reviewer: Vec<SecondReviewerRule>,
}

/// What two different persons have to approve.
#[derive(Serialize, ToSchema)]
struct SecondReviewerRule {
    /// Code of a category; null for every category without a rule of its own.
    category: Option<String>,
    min_level: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "second_reviewer": [{ "category": null, "min_level": "national" }] }))]
struct RoutingRequest {
    second_reviewer: Vec<RuleRequest>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RuleRequest {
    /// Code of a category; null for every category without a rule of its own.
    category: Option<String>,
    /// From this level on.
    min_level: Level,
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

/// What two different persons have to approve.
#[utoipa::path(get, path = "/api/review/routing", tag = "review", security(("bearer" = [])),
    responses((status = 200, body = Routing),
        (status = 401), (status = 403)))]
async fn rules(
    AsReviewer(_reviewer, caller): AsReviewer,
    State(app): State<Arc<App>>,
) -> Result<Json<Routing>, Problem> {
    Ok(Json(review_rules::read(&caller, &app).await?.into()))
}

/// Put these rules in the place of all there were. What waits is decided under the new ones.
#[utoipa::path(put, path = "/api/review/routing", tag = "review", security(("bearer" = [])), request_body = RoutingRequest,
    responses((status = 200, body = Routing),
        (status = 400), (status = 401), (status = 403), (status = 422)))]
async fn set_rules(
    AsRuleKeeper(caller): AsRuleKeeper,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<RoutingRequest>,
) -> Result<Json<Routing>, Problem> {
    let rules = request.second_reviewer.into_iter();
    let rules = rules
        .map(|rule| review_rules::RawRule { category: rule.category, min_level: rule.min_level })
        .collect();
    let hub = app.clone();
    let rows = app.act(async move { review_rules::set(rules, &caller, &hub).await }).await?;
    Ok(Json(rows.into()))
}

impl From<Vec<ReviewRuleRow>> for Routing {
    fn from(rows: Vec<ReviewRuleRow>) -> Self {
        let rule = |row: ReviewRuleRow| SecondReviewerRule {
            category: row.category_code,
            min_level: row.min_level,
        };
        Self { second_reviewer: rows.into_iter().map(rule).collect() }
    }
}
