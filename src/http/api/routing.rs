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
use crate::app::routing::{self, Routing};
use crate::app::rows::RoutingRuleRow;
use crate::domain::achievement::Level;
use crate::domain::ids::{CategoryId, DepartmentId, MemberId};
use crate::domain::member::Role;
use crate::http::extract::{AsRouter, IfMatch, ValidJson, etag};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, replace))
}

/// Who sees what first in the queue. The first rule that fits an item counts, those of a department before those of the
/// college; without one, everybody in scope sees it at once.
#[derive(Serialize, ToSchema)]
struct RoutingResponse {
    etag: String,
    rules: Vec<RoutingRuleShape>,
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

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoutingRequest {
    /// In their order.
    rules: Vec<RoutingRuleShape>,
}

type Tagged = ([(HeaderName, String); 1], Json<RoutingResponse>);

/// Every rule of the college, in the order in which they are asked.
#[utoipa::path(get, path = "/api/review/routing", tag = "review", security(("bearer" = [])),
    responses((status = 200, body = RoutingResponse), ReadRefusals))]
async fn list(AsRouter(caller): AsRouter, State(app): State<Arc<App>>) -> Result<Tagged, Problem> {
    Ok(tagged(routing::list(&caller, &app).await?))
}

/// Put these rules in the place of those there are: all for an admin, those of the own department for a head.
#[utoipa::path(put, path = "/api/review/routing", tag = "review", security(("bearer" = [])), params(("If-Match" = String, Header)),
    request_body = RoutingRequest, responses((status = 200, body = RoutingResponse), GuardedRefusals))]
async fn replace(
    AsRouter(caller): AsRouter,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<RoutingRequest>,
) -> Result<Tagged, Problem> {
    let rules = request.rules.into_iter().map(RoutingRuleShape::parse).collect();
    Ok(tagged(routing::replace(rules, version, &caller, &app).await?))
}

fn tagged(routing: Routing) -> Tagged {
    let tag = etag(routing.version);
    let rules = routing.rules.into_iter().map(RoutingRuleShape::from).collect();
    ([(header::ETAG, tag.clone())], Json(RoutingResponse { etag: tag, rules }))
}

impl RoutingRuleShape {
    fn parse(self) -> routing::RoutingRule {
        routing::RoutingRule {
            department: self.department,
            category: self.category,
            min_level: self.min_level,
            role: self.role,
            reviewers: self.reviewers,
            pool_after_hours: self.pool_after_hours,
        }
    }
}

impl From<RoutingRuleRow> for RoutingRuleShape {
    fn from(row: RoutingRuleRow) -> Self {
        Self {
            department: row.department_id.map(DepartmentId),
            category: row.category_id.map(CategoryId),
            min_level: row.min_level.and_then(|word| word.parse().ok()),
            role: row.reviewer_role.and_then(|word| word.parse().ok()),
            reviewers: row.reviewers.into_iter().map(MemberId).collect(),
            pool_after_hours: Some(row.pool_after_hours),
        }
    }
}
