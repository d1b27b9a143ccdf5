//! /api/keys/ : list, make, activate, rotate, retire, freeze; what takes two persons ends in /api/confirmations/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::confirmations::Confirmation;
use crate::app::keys::{Acting, Affected};
use crate::app::rows::KeyRow;
use crate::app::{App, keys};
use crate::domain::ids::KeyId;
use crate::domain::key::KeyPurpose;
use crate::domain::key_life::KeyAction;
use crate::http::extract::{
    AsKeyGuard, AsKeyManager, AsKeyReader, Id, IfMatch, SteppedUp, ValidJson, etag,
};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read))
        .routes(routes!(affected))
        .routes(routes!(activate))
        .routes(routes!(rotate))
        .routes(routes!(retire))
        .routes(routes!(freeze))
        .routes(routes!(unfreeze))
        .routes(routes!(compromise))
}

/// A signing key of the college; its private part is never shown.
#[derive(Serialize, ToSchema)]
pub(super) struct Key {
    id: Uuid,
    etag: String,
    kid: String,
    /// `credentials`, `documents`, `authority` or `log`.
    purpose: String,
    /// `Ed25519` or `P-256`.
    algorithm: String,
    /// `pending`, `active`, `retired`, `frozen` or `compromised`.
    state: String,
    /// What its state allows.
    allowed: Vec<KeyAction>,
    created_at: DateTime<Utc>,
    activated_at: Option<DateTime<Utc>>,
    retired_at: Option<DateTime<Utc>>,
    frozen_at: Option<DateTime<Utc>>,
    /// What was suspected.
    frozen_reason: Option<String>,
    compromised_since: Option<DateTime<Utc>>,
    compromised_at: Option<DateTime<Utc>>,
    /// Published in keys.json.
    compromised_reason: Option<String>,
    /// How often it signed.
    signatures: i64,
    last_used_at: Option<DateTime<Utc>>,
    /// SHA-256 of the public key, hexadecimal.
    fingerprint: String,
    public_key_multibase: Option<String>,
    /// An authority outside the hub gave its certificate.
    certified_outside: bool,
}

/// What a key is for.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Purpose {
    Credentials,
    Documents,
    Log,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewKeyRequest {
    purpose: Purpose,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SuspicionRequest {
    /// What is suspected, or why it was a false alarm; people of the college read it.
    reason: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CompromiseRequest {
    /// Since when the key may have been in other hands.
    since: DateTime<Utc>,
    /// Why, in words for everybody: published in keys.json once a second person agrees.
    reason: String,
    /// What GET …/affected said.
    affected: Affected,
}

/// The college's keys, newest first.
#[utoipa::path(get, path = "/api/keys", tag = "keys", security(("bearer" = [])),
    responses((status = 200, body = Vec<Key>),
        (status = 401), (status = 403)))]
async fn list(
    AsKeyReader(caller): AsKeyReader,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Key>>, Problem> {
    Ok(Json(keys::list(&caller.into(), &app).await?.into_iter().map(Key::from).collect()))
}

/// Make a key that waits to be put to use.
#[utoipa::path(post, path = "/api/keys", tag = "keys", security(("bearer" = [])),
    request_body = NewKeyRequest,
    responses((status = 201, body = Key),
        (status = 400), (status = 401), (status = 403), (status = 409)))]
async fn create(
    SteppedUp(AsKeyManager(manager)): SteppedUp<AsKeyManager>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<NewKeyRequest>,
) -> Result<impl IntoResponse, Problem> {
    let purpose = match request.purpose {
        Purpose::Credentials => KeyPurpose::Credentials,
        Purpose::Documents => KeyPurpose::Documents,
        Purpose::Log => KeyPurpose::Log,
    };
    let hub = app.clone();
    let row = app.act(async move { keys::create(purpose, &manager.into(), &hub).await }).await?;
    Ok((StatusCode::CREATED, tagged(row)))
}

/// One key.
#[utoipa::path(get, path = "/api/keys/{id}", tag = "keys", security(("bearer" = [])), params(("id" = KeyId, Path)),
    responses((status = 200, body = Key),
        (status = 401), (status = 403), (status = 404)))]
async fn read(
    AsKeyReader(caller): AsKeyReader,
    Id(id): Id<KeyId>,
    State(app): State<Arc<App>>,
) -> Result<impl IntoResponse, Problem> {
    Ok(tagged(keys::read(id, &caller.into(), &app).await?))
}

/// How much hangs on a key: what a compromise would cost. Changes nothing.
#[utoipa::path(get, path = "/api/keys/{id}/affected", tag = "keys", security(("bearer" = [])), params(("id" = KeyId, Path)),
    responses((status = 200, body = Affected),
        (status = 401), (status = 403), (status = 404)))]
async fn affected(
    AsKeyReader(caller): AsKeyReader,
    Id(id): Id<KeyId>,
    State(app): State<Arc<App>>,
) -> Result<Json<Affected>, Problem> {
    Ok(Json(keys::affected(id, &caller.into(), &app).await?))
}

/// Put a pending key to use. The one before it retires, and its private part is destroyed.
#[utoipa::path(post, path = "/api/keys/{id}/activate", tag = "keys", security(("bearer" = [])),
    params(("id" = KeyId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = Key),
        (status = 401), (status = 403), (status = 404), (status = 409), (status = 412),
        (status = 428)))]
async fn activate(
    SteppedUp(AsKeyManager(manager)): SteppedUp<AsKeyManager>,
    Id(id): Id<KeyId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
) -> Result<impl IntoResponse, Problem> {
    let hub = app.clone();
    let acting = Acting::from(manager);
    let row = app.act(async move { keys::activate(id, version, &acting, &hub).await }).await?;
    Ok(tagged(row))
}

/// Put a new key in the place of one that signs or is frozen. What the old one signed stays as valid as it was; its
/// private part is destroyed.
#[utoipa::path(post, path = "/api/keys/{id}/rotate", tag = "keys", security(("bearer" = [])),
    params(("id" = KeyId, Path), ("If-Match" = String, Header)),
    responses((status = 201, body = Key),
        (status = 401), (status = 403), (status = 404), (status = 409), (status = 412),
        (status = 428)))]
async fn rotate(
    SteppedUp(AsKeyManager(manager)): SteppedUp<AsKeyManager>,
    Id(id): Id<KeyId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
) -> Result<impl IntoResponse, Problem> {
    let hub = app.clone();
    let acting = Acting::from(manager);
    let row = app.act(async move { keys::rotate(id, version, &acting, &hub).await }).await?;
    Ok((StatusCode::CREATED, tagged(row)))
}

/// Stop a key for good, with nothing in its place. What it signed stays valid; its private part is destroyed.
#[utoipa::path(post, path = "/api/keys/{id}/retire", tag = "keys", security(("bearer" = [])),
    params(("id" = KeyId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = Key),
        (status = 401), (status = 403), (status = 404), (status = 409), (status = 412),
        (status = 428)))]
async fn retire(
    SteppedUp(AsKeyManager(manager)): SteppedUp<AsKeyManager>,
    Id(id): Id<KeyId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
) -> Result<impl IntoResponse, Problem> {
    let hub = app.clone();
    let acting = Acting::from(manager);
    let row = app.act(async move { keys::retire(id, version, &acting, &hub).await }).await?;
    Ok(tagged(row))
}

/// Stop a key at once, on a suspicion: one person is enough. It signs nothing, and the verifier warns.
#[utoipa::path(post, path = "/api/keys/{id}/freeze", tag = "keys", security(("bearer" = [])),
    params(("id" = KeyId, Path), ("If-Match" = String, Header)), request_body = SuspicionRequest,
    responses((status = 200, body = Key),
        (status = 400), (status = 401), (status = 403), (status = 404), (status = 409),
        (status = 412), (status = 422), (status = 428)))]
async fn freeze(
    SteppedUp(AsKeyGuard(guard)): SteppedUp<AsKeyGuard>,
    Id(id): Id<KeyId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<SuspicionRequest>,
) -> Result<impl IntoResponse, Problem> {
    let hub = app.clone();
    let acting = Acting::from(guard);
    let row = app
        .act(async move { keys::freeze(id, version, &request.reason, &acting, &hub).await })
        .await?;
    Ok(tagged(row))
}

/// Ask that a freeze be lifted: a false alarm. A second person has to confirm it.
#[utoipa::path(post, path = "/api/keys/{id}/unfreeze", tag = "keys", security(("bearer" = [])),
    params(("id" = KeyId, Path), ("If-Match" = String, Header)), request_body = SuspicionRequest,
    responses((status = 202, body = Confirmation),
        (status = 400), (status = 401), (status = 403), (status = 404), (status = 409),
        (status = 412), (status = 422), (status = 428)))]
async fn unfreeze(
    SteppedUp(AsKeyGuard(guard)): SteppedUp<AsKeyGuard>,
    Id(id): Id<KeyId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<SuspicionRequest>,
) -> Result<impl IntoResponse, Problem> {
    let hub = app.clone();
    let acting = Acting::from(guard);
    let asked = app
        .act(
            async move { keys::ask_to_unfreeze(id, version, &request.reason, &acting, &hub).await },
        )
        .await?;
    Ok((StatusCode::ACCEPTED, Json(Confirmation::from(asked))))
}

/// Report that a key is in other hands. It is frozen at once; a second person has to confirm the rest.
#[utoipa::path(post, path = "/api/keys/{id}/compromise", tag = "keys", security(("bearer" = [])),
    params(("id" = KeyId, Path), ("If-Match" = String, Header)), request_body = CompromiseRequest,
    responses((status = 202, body = Confirmation),
        (status = 400), (status = 401), (status = 403), (status = 404), (status = 409),
        (status = 412), (status = 422), (status = 428)))]
async fn compromise(
    SteppedUp(AsKeyGuard(guard)): SteppedUp<AsKeyGuard>,
    Id(id): Id<KeyId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<CompromiseRequest>,
) -> Result<impl IntoResponse, Problem> {
    let hub = app.clone();
    let acting = Acting::from(guard);
    let CompromiseRequest { since, reason, affected } = request;
    let asked = app
        .act(async move {
            keys::report_compromise(id, version, since, &reason, affected, &acting, &hub).await
        })
        .await?;
    Ok((StatusCode::ACCEPTED, Json(Confirmation::from(asked))))
}

pub(super) fn tagged(row: KeyRow) -> impl IntoResponse {
    let key = Key::from(row);
    (AppendHeaders([(axum::http::header::ETAG, key.etag.clone())]), Json(key))
}

impl From<KeyRow> for Key {
    fn from(row: KeyRow) -> Self {
        Self {
            id: row.id,
            etag: etag(row.version),
            fingerprint: hex::encode(Sha256::digest(&row.public_key)),
            public_key_multibase: keys::multibase(&row),
            allowed: keys::allowed(&row),
            certified_outside: !row.chain.is_empty(),
            kid: row.kid,
            purpose: row.purpose,
            algorithm: row.algorithm,
            state: row.state,
            created_at: row.created_at,
            activated_at: row.activated_at,
            retired_at: row.retired_at,
            frozen_at: row.frozen_at,
            frozen_reason: row.frozen_reason,
            compromised_since: row.compromised_since,
            compromised_at: row.compromised_at,
            compromised_reason: row.compromised_reason,
            signatures: row.signatures,
            last_used_at: row.last_used_at,
        }
    }
}
