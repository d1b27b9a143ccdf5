//! …/decisions/ , …/decisions/{d}/undo/ , /api/decisions/bulk/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AchievementResponse, answer};
use crate::app::decide::{self, Decision, RawDecision};
use crate::app::{App, Refusal};
use crate::domain::achievement::DecisionAction;
use crate::domain::ids::{AchievementId, DecisionId};
use crate::http::extract::{AsReviewer, Id, IfMatch, SteppedUp, ValidJson, parse_etag};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(decide_one)).routes(routes!(undo))
}

/// Decisions on several items at once.
pub(in crate::http) fn bulk_router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(decide_many))
}

/// What a reviewer decides.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecisionRequest {
    action: DecisionAction,
    /// What the student reads; needed to reject.
    comment: Option<String>,
    /// One of the category's reasons; needed to reject.
    reason: Option<String>,
    #[serde(default)]
    checklist: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BulkRequest {
    action: DecisionAction,
    comment: Option<String>,
    reason: Option<String>,
    /// At most 100; an organizer's at most 25.
    items: Vec<BulkItem>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BulkItem {
    id: AchievementId,
    /// The version that was seen.
    etag: String,
}

#[derive(Serialize, ToSchema)]
struct BulkResponse {
    summary: BulkSummary,
    results: Vec<BulkResult>,
}

#[derive(Serialize, ToSchema)]
struct BulkSummary {
    done: usize,
    failed: usize,
}

#[derive(Serialize, ToSchema)]
struct BulkResult {
    id: AchievementId,
    /// `done` or `failed`.
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// Decide on a submission.
#[utoipa::path(post, path = "/api/achievements/{id}/decisions", tag = "review", security(("bearer" = [])), request_body = DecisionRequest,
    params(("id" = AchievementId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = AchievementResponse, headers(("ETag" = String))),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "Somebody was first; `current` says who and when"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 428, body = Problem, content_type = "application/problem+json")))]
async fn decide_one(
    AsReviewer(reviewer, caller): AsReviewer,
    Id(id): Id<AchievementId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<DecisionRequest>,
) -> Result<Response, Problem> {
    let decision = Decision::parse(request.into()).map_err(Refusal::from)?;
    let hub = app.clone();
    let view = app
        .act(async move { decide::decide(id, version, decision, reviewer, &caller, &hub).await })
        .await?;
    Ok(answer(StatusCode::OK, &view))
}

/// Take one's own decision back: within ten minutes, where nobody acted on it since.
#[utoipa::path(post, path = "/api/achievements/{id}/decisions/{decision}/undo", tag = "review", security(("bearer" = [])),
    params(("id" = AchievementId, Path), ("decision" = DecisionId, Path)),
    responses((status = 200, body = AchievementResponse, headers(("ETag" = String))),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn undo(
    AsReviewer(reviewer, caller): AsReviewer,
    Id((id, decision)): Id<(AchievementId, DecisionId)>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let hub = app.clone();
    let view =
        app.act(async move { decide::undo(id, decision, &reviewer, &caller, &hub).await }).await?;
    Ok(answer(StatusCode::OK, &view))
}

/// Decide on several submissions: a result for each, none undone by another's failure.
#[utoipa::path(post, path = "/api/decisions/bulk", tag = "review", security(("bearer" = [])), request_body = BulkRequest,
    responses((status = 200, body = BulkResponse),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn decide_many(
    SteppedUp(AsReviewer(reviewer, caller)): SteppedUp<AsReviewer>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<BulkRequest>,
) -> Result<Json<BulkResponse>, Problem> {
    let limit = reviewer.bulk_limit();
    if request.items.is_empty() || request.items.len() > limit {
        return Err(Refusal::field(
            "items",
            "out_of_range",
            format!("Choose between 1 and {limit} items."),
        )
        .into());
    }
    let raw = RawDecision {
        action: request.action,
        comment: request.comment,
        reason: request.reason,
        checklist: Vec::new(),
    };
    let decision = Decision::parse(raw).map_err(Refusal::from)?;
    let hub = app.clone();
    let act = async move {
        let mut results = Vec::new();
        for item in request.items {
            let done = match parse_etag(&item.etag) {
                Some(version) => decide::decide(
                    item.id,
                    version,
                    decision.clone(),
                    reviewer.clone(),
                    &caller,
                    &hub,
                )
                .await
                .map(drop),
                None => Err(Refusal::PreconditionRequired),
            };
            results.push(match done {
                Ok(()) => BulkResult { id: item.id, outcome: "done", problem: None },
                Err(refusal) => {
                    BulkResult { id: item.id, outcome: "failed", problem: Some(refusal.into()) }
                }
            });
        }
        Ok(results)
    };
    let results = app.act(act).await?;
    let done = results.iter().filter(|result| result.problem.is_none()).count();
    Ok(Json(BulkResponse { summary: BulkSummary { done, failed: results.len() - done }, results }))
}

impl From<DecisionRequest> for RawDecision {
    fn from(request: DecisionRequest) -> Self {
        Self {
            action: request.action,
            comment: request.comment,
            reason: request.reason,
            checklist: request.checklist,
        }
    }
}
