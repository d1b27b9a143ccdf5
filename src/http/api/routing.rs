//! GET, PUT /api/review/routing/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::refusals::{GuardedRefusals, ReadRefusals};
use crate::app::App;
use crate::app::review_rules::TwoPersonRule;
use crate::app::routing::{self, Routing, RoutingChange, RoutingRule};
use crate::domain::achievement::Level;
use crate::domain::ids::{CategoryId, DepartmentId, MemberId};
use crate::domain::member::Role;
use crate::http::extract::{AsReviewer, AsRouter, IfMatch, ValidJson, etag};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, replace))
}

/// How submissions find their reviewers.
#[derive(Serialize, ToSchema)]
struct RoutingResponse {
    etag: String,
    /// Who sees what first in the queue. The first rule that fits an item counts, those of a department before those of
    /// the college; without one, everybody in scope sees it at once.
    rules: Vec<RoutingRuleShape>,
    /// What two different persons have to approve.
    second_reviewer: Vec<SecondReviewerRule>,
}

/// What a rule fits, and who sees that first: either a role, or these members.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoutingRuleShape {
    /// Only items of this department.
    #[serde(default)]
    department: Option<DepartmentId>,
    /// Only items of this category.
    #[serde(default)]
    category: Option<CategoryId>,
    /// Only from this level on.
    #[serde(default)]
    min_level: Option<Level>,
    /// Whoever holds this role, with a scope that reaches the item.
    #[serde(default)]
    role: Option<Role>,
    /// Or these members, where their own scope reaches it.
    #[serde(default)]
    reviewers: Vec<MemberId>,
    /// After this time everybody in scope sees it: 1 to 720 hours, 72 where left out.
    #[serde(default)]
    pool_after_hours: Option<i32>,
}

/// What two different persons have to approve.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SecondReviewerRule {
    /// Code of a category; null for every category without a rule of its own.
    category: Option<String>,
    /// From this level on.
    min_level: Level,
}

/// What is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "second_reviewer": [{ "category": null, "min_level": "national" }] }))]
struct RoutingRequest {
    /// In their order.
    rules: Option<Vec<RoutingRuleShape>>,
    /// An admin's to say.
    second_reviewer: Option<Vec<SecondReviewerRule>>,
}

type Tagged = ([(HeaderName, String); 1], Json<RoutingResponse>);

/// Every rule of the college, in the order in which they are asked.
#[utoipa::path(get, path = "/api/review/routing", tag = "review", security(("bearer" = [])),
    responses((status = 200, body = RoutingResponse), ReadRefusals))]
async fn list(
    AsReviewer(_reviewer, caller): AsReviewer,
    State(app): State<Arc<App>>,
) -> Result<Tagged, Problem> {
    Ok(tagged(routing::list(&caller, &app).await?))
}

/// Put these rules in the place of those there are: all for an admin; for a head, those of the own department on who
/// sees what first. What waits is decided under the new ones.
#[utoipa::path(put, path = "/api/review/routing", tag = "review", security(("bearer" = [])), params(("If-Match" = String, Header)),
    request_body = RoutingRequest, responses((status = 200, body = RoutingResponse), GuardedRefusals))]
async fn replace(
    AsRouter(caller): AsRouter,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<RoutingRequest>,
) -> Result<Tagged, Problem> {
    let change = RoutingChange {
        rules: request.rules.map(|rules| rules.into_iter().map(RoutingRule::from).collect()),
        second_reviewer: request
            .second_reviewer
            .map(|rules| rules.into_iter().map(TwoPersonRule::from).collect()),
    };
    Ok(tagged(routing::replace(change, version, &caller, &app).await?))
}

fn tagged(routing: Routing) -> Tagged {
    let tag = etag(routing.version);
    let response = RoutingResponse {
        etag: tag.clone(),
        rules: routing.rules.into_iter().map(RoutingRuleShape::from).collect(),
        second_reviewer: routing
            .second_reviewer
            .into_iter()
            .map(SecondReviewerRule::from)
            .collect(),
    };
    ([(header::ETAG, tag)], Json(response))
}

impl From<RoutingRuleShape> for RoutingRule {
    fn from(shape: RoutingRuleShape) -> Self {
        Self {
            department: shape.department,
            category: shape.category,
            min_level: shape.min_level,
            role: shape.role,
            reviewers: shape.reviewers,
            pool_after_hours: shape.pool_after_hours,
        }
    }
}

impl From<RoutingRule> for RoutingRuleShape {
    fn from(rule: RoutingRule) -> Self {
        Self {
            department: rule.department,
            category: rule.category,
            min_level: rule.min_level,
            role: rule.role,
            reviewers: rule.reviewers,
            pool_after_hours: rule.pool_after_hours,
        }
    }
}

impl From<SecondReviewerRule> for TwoPersonRule {
    fn from(shape: SecondReviewerRule) -> Self {
        Self { category: shape.category, min_level: shape.min_level }
    }
}

impl From<TwoPersonRule> for SecondReviewerRule {
    fn from(rule: TwoPersonRule) -> Self {
        Self { category: rule.category, min_level: rule.min_level }
    }
}
