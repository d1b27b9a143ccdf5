//! …/decisions/ , …/decisions/{d}/undo/ , /api/decisions/bulk/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AchievementResponse, answer};
use crate::app::decide::{self, Decision, RawChanges, RawDecision};
use crate::app::{App, Refusal};
use crate::domain::achievement::{DecisionAction, Level};
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
#[schema(example = json!({ "action": "reject", "reason": "not_verifiable", "comment": "The seal cannot be read." }))]
struct DecisionRequest {
    action: DecisionAction,
    /// What the student reads; needed to reject.
    comment: Option<String>,
    /// One of the category's reasons; needed to reject.
    reason: Option<String>,
    /// Points of the category's checklist.
    #[serde(default)]
    checklist: Vec<String>,
    /// Other facts, to propose a correction; never evidence.
    changes: Option<FactChanges>,
}

/// Facts to be put in the place of the student's; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FactChanges {
    /// Code of a category that the reviewer decides on.
    category: Option<String>,
    title: Option<String>,
    level: Option<Level>,
    started_on: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "action": "approve", "items": [{ "id": "01890000-0000-7000-8000-000000000001", "etag": "\"3\"" }] }))]
struct BulkRequest {
    /// Not `propose_correction`: facts are proposed one item at a time.
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
    /// Decided, those included that a second reviewer has to approve too.
    done: usize,
    failed: usize,
}

#[derive(Serialize, ToSchema)]
struct BulkResult {
    id: AchievementId,
    /// `done`, `awaiting_second` or `failed`.
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// Decide on a submission, or propose other facts for it or for what is live. Where two have to approve, the first
/// answer says `awaiting_second`.
#[utoipa::path(post, path = "/api/achievements/{id}/decisions", tag = "review", security(("bearer" = [])), request_body = DecisionRequest,
    params(("id" = AchievementId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = AchievementResponse, headers(("ETag" = String))),
        (status = 401), (status = 403), (status = 404), (status = 409),
        (status = 412, description = "Somebody was first; `current` says who and when"),
        (status = 422), (status = 428)))]
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
        (status = 401), (status = 403), (status = 404), (status = 409)))]
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
        (status = 401), (status = 403), (status = 422)))]
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
    if request.action == DecisionAction::ProposeCorrection {
        let detail = "Facts are proposed one item at a time.";
        return Err(Refusal::field("action", "not_allowed", detail).into());
    }
    let raw = RawDecision {
        action: request.action,
        comment: request.comment,
        reason: request.reason,
        checklist: Vec::new(),
        changes: None,
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
                .map(|view| view.row.status == "submitted"),
                None => Err(Refusal::PreconditionRequired),
            };
            results.push(match done {
                Ok(waits) => BulkResult {
                    id: item.id,
                    outcome: if waits { "awaiting_second" } else { "done" },
                    problem: None,
                },
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
            changes: request.changes.map(RawChanges::from),
        }
    }
}

impl From<FactChanges> for RawChanges {
    fn from(changes: FactChanges) -> Self {
        Self {
            category: changes.category,
            title: changes.title,
            level: changes.level,
            started_on: changes.started_on,
            ended_on: changes.ended_on,
        }
    }
}
