//! GET and PUT /api/settings/identity/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::rows::PolicyRow;
use crate::app::{App, identity_policy};
use crate::http::extract::{AsIdentityKeeper, IfMatch, SteppedUp, ValidJson, etag};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(read, change))
}

/// What the college asks of those who log in.
#[derive(Serialize, ToSchema)]
struct IdentityPolicy {
    etag: String,
    /// Staff need a second factor: without one in a session, their roles are withheld there.
    staff_second_factor: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IdentityPolicyRequest {
    staff_second_factor: bool,
}

/// What the college asks of those who log in.
#[utoipa::path(get, path = "/api/settings/identity", tag = "identity", security(("bearer" = [])),
    responses((status = 200, body = IdentityPolicy, headers(("ETag" = String))),
        (status = 401), (status = 403)))]
async fn read(
    AsIdentityKeeper(caller): AsIdentityKeeper,
    State(app): State<Arc<App>>,
) -> Result<([(HeaderName, String); 1], Json<IdentityPolicy>), Problem> {
    Ok(tagged(identity_policy::read(&caller, &app).await?))
}

/// Ask for something else. Whoever sets it has a second factor themselves.
#[utoipa::path(put, path = "/api/settings/identity", tag = "identity", security(("bearer" = [])),
    params(("If-Match" = String, Header)), request_body = IdentityPolicyRequest,
    responses((status = 200, body = IdentityPolicy, headers(("ETag" = String))),
        (status = 400), (status = 401), (status = 403),
        (status = 409, description = "the caller has no second factor in this session"),
        (status = 412), (status = 428)))]
async fn change(
    SteppedUp(AsIdentityKeeper(caller)): SteppedUp<AsIdentityKeeper>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<IdentityPolicyRequest>,
) -> Result<([(HeaderName, String); 1], Json<IdentityPolicy>), Problem> {
    let row = identity_policy::change(request.staff_second_factor, version, &caller, &app).await?;
    Ok(tagged(row))
}

fn tagged(row: PolicyRow) -> ([(HeaderName, String); 1], Json<IdentityPolicy>) {
    let tag = etag(row.version);
    let policy = IdentityPolicy { etag: tag.clone(), staff_second_factor: row.staff_second_factor };
    ([(header::ETAG, tag)], Json(policy))
}
