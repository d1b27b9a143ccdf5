//! /api/keys/import , …/request , …/certificate : certificates of authorities outside the hub

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::keys::{Key, tagged};
use crate::app::keys::Acting;
use crate::app::refusal::Refusal;
use crate::app::{App, keys};
use crate::domain::ids::KeyId;
use crate::http::extract::{AsKeyManager, Id, IfMatch, SteppedUp, ValidJson};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(import)).routes(routes!(request)).routes(routes!(certify))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct KeyImportRequest {
    /// A PKCS#12 file (.p12, .pfx) of at most 64 KB, base64: one P-256 key, its certificate and those above it.
    file: String,
    /// Its password; not kept.
    password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CertificateRequest {
    /// PEM: the certificate and those above it, in any order.
    certificates: String,
}

/// Take a key for documents, with its certificates, from a file of a certifying authority. It waits to be put to use.
#[utoipa::path(post, path = "/api/keys/import", tag = "keys", security(("bearer" = [])), request_body = KeyImportRequest,
    responses((status = 201, body = Key),
        (status = 400), (status = 401), (status = 403), (status = 409), (status = 422),
        (status = 503)))]
async fn import(
    SteppedUp(AsKeyManager(manager)): SteppedUp<AsKeyManager>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<KeyImportRequest>,
) -> Result<impl IntoResponse, Problem> {
    let file = STANDARD
        .decode(request.file.trim())
        .map_err(|_| Refusal::field("file", "base64", "The file is to be sent as base64."))?;
    let hub = app.clone();
    let acting = Acting::from(manager);
    let row =
        app.act(async move { keys::import(file, request.password, &acting, &hub).await }).await?;
    Ok((StatusCode::CREATED, tagged(row)))
}

/// What an authority needs to certify a key for documents that waits to be put to use: PKCS#10 in PEM, signed by the key.
#[utoipa::path(post, path = "/api/keys/{id}/request", tag = "keys", security(("bearer" = [])), params(("id" = KeyId, Path)),
    responses((status = 200, body = String, content_type = "application/x-pem-file"),
        (status = 401), (status = 403), (status = 404), (status = 409)))]
async fn request(
    AsKeyManager(manager): AsKeyManager,
    Id(id): Id<KeyId>,
    State(app): State<Arc<App>>,
) -> Result<impl IntoResponse, Problem> {
    let hub = app.clone();
    let acting = Acting::from(manager);
    let text = app.act(async move { keys::request(id, &acting, &hub).await }).await?;
    Ok(([(CONTENT_TYPE, "application/x-pem-file")], text))
}

/// Give a key that waits the certificate that an authority made for it.
#[utoipa::path(post, path = "/api/keys/{id}/certificate", tag = "keys", security(("bearer" = [])),
    params(("id" = KeyId, Path), ("If-Match" = String, Header)), request_body = CertificateRequest,
    responses((status = 200, body = Key),
        (status = 400), (status = 401), (status = 403), (status = 404), (status = 409),
        (status = 412), (status = 422), (status = 428)))]
async fn certify(
    SteppedUp(AsKeyManager(manager)): SteppedUp<AsKeyManager>,
    Id(id): Id<KeyId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<CertificateRequest>,
) -> Result<impl IntoResponse, Problem> {
    let hub = app.clone();
    let acting = Acting::from(manager);
    let row = app
        .act(async move { keys::certify(id, version, &request.certificates, &acting, &hub).await })
        .await?;
    Ok(tagged(row))
}
