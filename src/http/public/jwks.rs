//! GET /.well-known/jwks.json

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::{App, access_token};

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(jwks))
}

/// The key that signs this hub's access tokens (RFC 7517). Credentials have other keys, in the colleges' DID documents.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "public",
    responses((status = 200, description = "A JWK set", body = serde_json::Value)))]
async fn jwks(State(app): State<Arc<App>>) -> ([(HeaderName, &'static str); 2], Json<serde_json::Value>) {
    let headers = [(header::CACHE_CONTROL, "public, max-age=3600"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    (headers, Json(access_token::jwks(&app)))
}
