//! GET /api/keys/ , POST /api/keys/{k}/rotate/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::rows::KeyRow;
use crate::app::{App, keys};
use crate::domain::ids::KeyId;
use crate::http::extract::{AsKeyManager, AsKeyReader, Id, IfMatch, etag};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(rotate))
}

/// A signing key of the college; its private part is never shown.
#[derive(Serialize, ToSchema)]
struct Key {
    id: Uuid,
    etag: String,
    kid: String,
    /// `credentials`, `documents` or `authority`.
    purpose: String,
    /// `Ed25519` or `P-256`.
    algorithm: String,
    /// `pending`, `active`, `retired`, `frozen` or `compromised`.
    state: String,
    created_at: DateTime<Utc>,
    activated_at: Option<DateTime<Utc>>,
    retired_at: Option<DateTime<Utc>>,
    /// How often it signed.
    signatures: i64,
    last_used_at: Option<DateTime<Utc>>,
    /// SHA-256 of the public key, hexadecimal.
    fingerprint: String,
    public_key_multibase: Option<String>,
}

/// The college's keys, newest first.
#[utoipa::path(get, path = "/api/keys", tag = "keys", security(("bearer" = [])),
    responses((status = 200, body = Vec<Key>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json")))]
async fn list(
    AsKeyReader(caller): AsKeyReader,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Key>>, Problem> {
    Ok(Json(keys::list(&caller, &app).await?.into_iter().map(Key::from).collect()))
}

/// Put a new key in the place of an active one. What the old one signed stays valid; its private part is destroyed.
#[utoipa::path(post, path = "/api/keys/{id}/rotate", tag = "keys", security(("bearer" = [])),
    params(("id" = KeyId, Path), ("If-Match" = String, Header)),
    responses((status = 201, body = Key),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 428, body = Problem, content_type = "application/problem+json")))]
async fn rotate(
    AsKeyManager(manager): AsKeyManager,
    Id(id): Id<KeyId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
) -> Result<(StatusCode, Json<Key>), Problem> {
    let hub = app.clone();
    let row = app.act(async move { keys::rotate(id, version, &manager, &hub).await }).await?;
    Ok((StatusCode::CREATED, Json(Key::from(row))))
}

impl From<KeyRow> for Key {
    fn from(row: KeyRow) -> Self {
        Self {
            id: row.id,
            etag: etag(row.version),
            fingerprint: hex::encode(Sha256::digest(&row.public_key)),
            public_key_multibase: keys::multibase(&row),
            kid: row.kid,
            purpose: row.purpose,
            algorithm: row.algorithm,
            state: row.state,
            created_at: row.created_at,
            activated_at: row.activated_at,
            retired_at: row.retired_at,
            signatures: row.signatures,
            last_used_at: row.last_used_at,
        }
    }
}
