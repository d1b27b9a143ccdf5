//! PATCH /api/credentials/{c}/ , POST /api/credentials/{c}/revoke/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::achievements::CredentialInfo;
use crate::app::{App, revoke};
use crate::domain::achievement::RevokeReason;
use crate::domain::ids::CredentialId;
use crate::http::extract::{AsRevoker, Id, SignedIn, ValidJson};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(set_visibility)).routes(routes!(revoke_one))
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Visibility {
    Public,
    Unlisted,
    Closed,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VisibilityRequest {
    visibility: Visibility,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RevokeRequest {
    reason: RevokeReason,
    /// The student reads it.
    text: String,
}

/// Who may see a credential at its public address; its student chooses.
#[utoipa::path(patch, path = "/api/credentials/{id}", tag = "credentials", security(("bearer" = [])), params(("id" = CredentialId, Path)),
    request_body = VisibilityRequest,
    responses((status = 200, body = CredentialInfo),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn set_visibility(
    SignedIn(caller): SignedIn,
    Id(id): Id<CredentialId>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<VisibilityRequest>,
) -> Result<Json<CredentialInfo>, Problem> {
    let word = match request.visibility {
        Visibility::Public => "public",
        Visibility::Unlisted => "unlisted",
        Visibility::Closed => "closed",
    };
    let hub = app.clone();
    let row = app.act(async move { revoke::set_visibility(id, word, &caller, &hub).await }).await?;
    Ok(Json(CredentialInfo::from(&row)))
}

/// Revoke a credential: for good, and with it every portfolio that contains it.
#[utoipa::path(post, path = "/api/credentials/{id}/revoke", tag = "credentials", security(("bearer" = [])), params(("id" = CredentialId, Path)),
    request_body = RevokeRequest,
    responses((status = 200, body = CredentialInfo),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn revoke_one(
    AsRevoker(revoker): AsRevoker,
    Id(id): Id<CredentialId>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<RevokeRequest>,
) -> Result<Json<CredentialInfo>, Problem> {
    let hub = app.clone();
    let row = app
        .act(async move { revoke::revoke(id, request.reason, &request.text, &revoker, &hub).await })
        .await?;
    Ok(Json(CredentialInfo::from(&row)))
}
