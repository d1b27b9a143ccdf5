//! POST /api/password/reset/ , POST /api/password/reset/confirm/

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::{App, reset_password};
use crate::http::extract::ValidJson;
use crate::http::limits::Limits;
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(request)).routes(routes!(confirm))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResetRequest {
    email: String,
    /// Slug; every account of the address where left out.
    college: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResetConfirmRequest {
    /// From the mailed link.
    token: String,
    /// The new password, 10 to 200 characters.
    password: String,
}

/// Ask for a link to choose a new password. The answer is the same whether there is an account or not.
#[utoipa::path(post, path = "/api/password/reset", tag = "identity", request_body = ResetRequest,
    responses(
        (status = 202), (status = 400), (status = 429)))]
async fn request(
    State(app): State<Arc<App>>,
    Extension(limits): Extension<Arc<Limits>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    ValidJson(request): ValidJson<ResetRequest>,
) -> Result<StatusCode, Problem> {
    limits.attempt_from(peer)?;
    limits.attempt_on(&request.email)?;
    reset_password::request_reset(&request.email, request.college, &app);
    Ok(StatusCode::ACCEPTED)
}

/// Choose a new password with the mailed link. Every session of the account ends.
#[utoipa::path(post, path = "/api/password/reset/confirm", tag = "identity", request_body = ResetConfirmRequest,
    responses(
        (status = 204), (status = 400), (status = 422), (status = 429), (status = 503)))]
async fn confirm(
    State(app): State<Arc<App>>,
    Extension(limits): Extension<Arc<Limits>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    ValidJson(request): ValidJson<ResetConfirmRequest>,
) -> Result<StatusCode, Problem> {
    limits.attempt_from(peer)?;
    reset_password::reset_password(request.token, &request.password, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}
