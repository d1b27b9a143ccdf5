//! GET, POST /api/invitations/ , DELETE /api/invitations/{id}/ , GET /api/invitations/{token}/ , POST /api/invitations/{token}/accept/

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page::PageResponse;
use crate::app::invitations::{self, OfferedRole};
use crate::app::{App, Refusal};
use crate::domain::ids::InvitationId;
use crate::domain::member::{Role, Scope};
use crate::http::extract::{AsInviter, Filter, Id, SteppedUp, ValidJson, page_request};
use crate::http::limits::Limits;
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, invite))
        .routes(routes!(show, withdraw))
        .routes(routes!(accept))
}

/// An invitation as the admins see it.
#[derive(Serialize, ToSchema)]
struct PendingInvitation {
    id: InvitationId,
    email: String,
    roles: Vec<Role>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    accepted_at: Option<DateTime<Utc>>,
}

/// An invitation as the invited person sees it.
#[derive(Serialize, ToSchema)]
struct Invitation {
    college: InvitingCollege,
    email: String,
    roles: Vec<Role>,
    expires_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct InvitingCollege {
    slug: String,
    name: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InviteRequest {
    email: String,
    roles: Vec<InvitedRole>,
}

/// A role, for the whole college where no scope is named.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InvitedRole {
    role: Role,
    scope: Option<InvitedScope>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InvitedScope {
    kind: ScopeKind,
    /// Of the department or category.
    id: Option<uuid::Uuid>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ScopeKind {
    College,
    Department,
    Category,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AcceptRequest {
    full_name: String,
    /// 10 to 200 characters.
    password: String,
}

/// The account that came of an invitation, to log in with.
#[derive(Serialize, ToSchema)]
struct AcceptResponse {
    email: String,
    college: String,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct InvitationFilter {
    limit: Option<i64>,
    cursor: Option<String>,
    /// `true` for an exact count.
    count: Option<bool>,
}

/// The college's invitations, newest first.
#[utoipa::path(get, path = "/api/invitations", tag = "people", security(("bearer" = [])), params(InvitationFilter),
    responses(
        (status = 200, body = PageResponse<PendingInvitation>),
        (status = 400), (status = 401), (status = 403)))]
async fn list(
    AsInviter(caller): AsInviter,
    Filter(filter): Filter<InvitationFilter>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<PendingInvitation>>, Problem> {
    let page = page_request(filter.limit, filter.cursor.as_deref())?;
    let (page, count) =
        invitations::list(page, filter.count.unwrap_or(false), &caller, &app).await?;
    Ok(Json(PageResponse::from_page(page, PendingInvitation::from).counted(count)))
}

/// Invite somebody to the staff; a mail with a link goes out.
#[utoipa::path(post, path = "/api/invitations", tag = "people", security(("bearer" = [])), request_body = InviteRequest,
    responses(
        (status = 201, body = PendingInvitation),
        (status = 400), (status = 401), (status = 403),
        (status = 409, description = "the address has an account"),
        (status = 422)))]
async fn invite(
    SteppedUp(AsInviter(caller)): SteppedUp<AsInviter>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<InviteRequest>,
) -> Result<(StatusCode, Json<PendingInvitation>), Problem> {
    let roles = request
        .roles
        .iter()
        .enumerate()
        .map(|(index, role)| role.parse(index))
        .collect::<Result<Vec<_>, _>>()?;
    let (invitation, _) = invitations::invite(&request.email, roles, &caller, &app).await?;
    Ok((StatusCode::CREATED, Json(invitation.into())))
}

/// Withdraw an invitation that nobody has accepted.
#[utoipa::path(delete, path = "/api/invitations/{id}", tag = "people", security(("bearer" = [])), params(("id" = InvitationId, Path)),
    responses(
        (status = 204), (status = 401), (status = 403), (status = 404),
        (status = 409, description = "it was accepted")))]
async fn withdraw(
    AsInviter(caller): AsInviter,
    Id(id): Id<InvitationId>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    invitations::withdraw(id, &caller, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the mailed link promises; `id` is its token.
#[utoipa::path(get, path = "/api/invitations/{id}", tag = "identity", params(("id" = String, Path, description = "The token of the mailed link")),
    responses(
        (status = 200, body = Invitation),
        (status = 404)))]
async fn show(
    Id(token): Id<String>,
    State(app): State<Arc<App>>,
) -> Result<Json<Invitation>, Problem> {
    Ok(Json(invitations::show(&token, &app).await?.into()))
}

/// Accept an invitation; `id` is its token. The link works once.
#[utoipa::path(post, path = "/api/invitations/{id}/accept", tag = "identity", request_body = AcceptRequest,
    params(("id" = String, Path, description = "The token of the mailed link")),
    responses(
        (status = 201, body = AcceptResponse),
        (status = 400), (status = 404),
        (status = 409, description = "the address has an account by now"),
        (status = 422), (status = 429), (status = 503)))]
async fn accept(
    Id(token): Id<String>,
    State(app): State<Arc<App>>,
    Extension(limits): Extension<Arc<Limits>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    ValidJson(request): ValidJson<AcceptRequest>,
) -> Result<(StatusCode, Json<AcceptResponse>), Problem> {
    limits.attempt_from(peer)?;
    let accepted = invitations::accept(token, &request.full_name, &request.password, &app).await?;
    Ok((
        StatusCode::CREATED,
        Json(AcceptResponse { email: accepted.email, college: accepted.college }),
    ))
}

impl InvitedRole {
    fn parse(&self, index: usize) -> Result<OfferedRole, Refusal> {
        let scope = match self.scope.as_ref().map(|scope| (scope.kind, scope.id)) {
            None | Some((ScopeKind::College, None)) => Scope::College,
            Some((ScopeKind::Department, Some(id))) => Scope::Department(id.into()),
            Some((ScopeKind::Category, Some(id))) => Scope::Category(id.into()),
            Some(
                (ScopeKind::College, Some(_)) | (ScopeKind::Department | ScopeKind::Category, None),
            ) => {
                let field = format!("roles/{index}/scope/id");
                return Err(Refusal::field(
                    &field,
                    "scope",
                    "A department or category is named by its id, the college by none.",
                ));
            }
        };
        Ok(OfferedRole { role: self.role, scope })
    }
}

impl From<invitations::PendingInvitation> for PendingInvitation {
    fn from(invitation: invitations::PendingInvitation) -> Self {
        Self {
            id: invitation.id,
            email: invitation.email,
            roles: roles(&invitation.roles),
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
            accepted_at: invitation.accepted_at,
        }
    }
}

impl From<invitations::Invitation> for Invitation {
    fn from(invitation: invitations::Invitation) -> Self {
        Self {
            college: InvitingCollege {
                slug: invitation.college.slug,
                name: invitation.college.name,
            },
            email: invitation.email,
            roles: roles(&invitation.roles),
            expires_at: invitation.expires_at,
        }
    }
}

fn roles(offered: &[OfferedRole]) -> Vec<Role> {
    offered.iter().map(|offered| offered.role).collect()
}
