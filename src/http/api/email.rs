//! POST /api/email/verify/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::register::Registered;
use crate::app::{App, verify_email};
use crate::http::extract::ValidJson;
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(verify))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VerifyEmailRequest {
    /// From the mailed link.
    token: String,
}

/// Prove an e-mail address with the mailed link. The same link again gives the same answer.
#[utoipa::path(post, path = "/api/email/verify", tag = "identity", request_body = VerifyEmailRequest,
    responses(
        (status = 200, body = Registered),
        (status = 400), (status = 422)))]
async fn verify(
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<VerifyEmailRequest>,
) -> Result<Json<Registered>, Problem> {
    let state = verify_email::verify_email(request.token, &app).await?;
    Ok(Json(Registered { state }))
}
