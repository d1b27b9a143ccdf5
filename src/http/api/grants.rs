//! GET, POST /api/roles/grants/ , DELETE /api/roles/grants/{id}/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::confirmations::Confirmation;
use super::page::PageResponse;
use super::refusals::{ReadRefusals, WriteRefusals};
use crate::app::App;
use crate::app::grants::{self, Given, GrantQuery, GrantRequest};
use crate::app::rows::RoleGrantRow;
use crate::domain::ids::{GrantId, MemberId};
use crate::domain::member::{Role, Scope};
use crate::http::extract::{AsGranter, Filter, Id, SteppedUp, ValidJson, page_request};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, give)).routes(routes!(end))
}

/// A role that somebody holds, held, or will hold.
#[derive(Serialize, ToSchema)]
struct RoleGrant {
    id: GrantId,
    member: MemberId,
    member_name: String,
    #[schema(value_type = Role)]
    role: String,
    scope: RoleGrantScope,
    starts_at: DateTime<Utc>,
    /// It gives nothing from this moment on; null for no end.
    ends_at: Option<DateTime<Utc>>,
    /// A reviewer who may revoke credentials of their own approvals.
    may_revoke: bool,
    /// Null for whoever runs the hub.
    granted_by: Option<String>,
    /// When it was ended before its time.
    ended_at: Option<DateTime<Utc>>,
    ended_by: Option<String>,
}

/// What a role reaches.
#[derive(Serialize, ToSchema)]
struct RoleGrantScope {
    /// `college`, `department` or `category`.
    kind: String,
    id: Option<Uuid>,
    name: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRoleGrant {
    member: MemberId,
    role: Role,
    /// The whole college where left out.
    scope: Option<Scope>,
    /// Now where left out.
    starts_at: Option<DateTime<Utc>>,
    /// An organizer needs one, of four years at most.
    ends_at: Option<DateTime<Utc>>,
    /// Whether a reviewer may revoke credentials of their own approvals.
    #[serde(default)]
    may_revoke: bool,
    /// Why; asked for where it takes two persons.
    reason: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GrantListFilter {
    member: Option<MemberId>,
    role: Option<Role>,
    /// `true` for those in force or to come, `false` for those that have ended.
    current: Option<bool>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Who holds which role, newest first: all of the college for an admin; those for the own department and of its people
/// for a head.
#[utoipa::path(get, path = "/api/roles/grants", tag = "people", security(("bearer" = [])), params(GrantListFilter),
    responses((status = 200, body = PageResponse<RoleGrant>), ReadRefusals))]
async fn list(
    AsGranter(caller): AsGranter,
    Filter(filter): Filter<GrantListFilter>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<RoleGrant>>, Problem> {
    let page = page_request(filter.limit, filter.cursor.as_deref())?;
    let query = GrantQuery { member: filter.member, role: filter.role, current: filter.current };
    let page = grants::list(query, page, &caller, &app).await?;
    Ok(Json(PageResponse::from_page(page, RoleGrant::from)))
}

/// Give somebody a role for a time. An admin gives every role; a head, reviewers and organizers of the own department. A
/// key manager is appointed by two persons: the answer is then what waits for the second.
#[utoipa::path(post, path = "/api/roles/grants", tag = "people", security(("bearer" = [])), request_body = NewRoleGrant,
    responses((status = 201, body = RoleGrant), (status = 202, body = Confirmation, description = "a second person has to agree"),
        WriteRefusals))]
async fn give(
    SteppedUp(AsGranter(caller)): SteppedUp<AsGranter>,
    State(app): State<Arc<App>>,
    ValidJson(new): ValidJson<NewRoleGrant>,
) -> Result<Response, Problem> {
    let request = GrantRequest {
        member: new.member,
        role: new.role,
        scope: new.scope.unwrap_or(Scope::College),
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        may_revoke: new.may_revoke,
        reason: new.reason,
    };
    Ok(match grants::give(request, &caller, &app).await? {
        Given::Grant(row) => (StatusCode::CREATED, Json(RoleGrant::from(row))).into_response(),
        Given::Waits(row) => (StatusCode::ACCEPTED, Json(Confirmation::from(row))).into_response(),
    })
}

/// End a role now. The last admin of the college keeps theirs.
#[utoipa::path(delete, path = "/api/roles/grants/{id}", tag = "people", security(("bearer" = [])), params(("id" = GrantId, Path)),
    responses((status = 200, body = RoleGrant), WriteRefusals))]
async fn end(
    SteppedUp(AsGranter(caller)): SteppedUp<AsGranter>,
    Id(id): Id<GrantId>,
    State(app): State<Arc<App>>,
) -> Result<Json<RoleGrant>, Problem> {
    Ok(Json(grants::end(id, &caller, &app).await?.into()))
}

impl From<RoleGrantRow> for RoleGrant {
    fn from(row: RoleGrantRow) -> Self {
        Self {
            id: GrantId(row.id),
            member: MemberId(row.member_id),
            member_name: row.member_name,
            role: row.role,
            scope: RoleGrantScope { kind: row.scope_kind, id: row.scope_id, name: row.scope_name },
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            may_revoke: row.may_revoke,
            granted_by: row.granted_by_name,
            ended_at: row.ended_at,
            ended_by: row.ended_by_name,
        }
    }
}
