//! GET /api/confirmations/ , POST /api/confirmations/{id}/confirm/ , …/decline/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::keys::Acting;
use crate::app::rows::ConfirmationRow;
use crate::app::{App, confirmations};
use crate::domain::ids::ConfirmationId;
use crate::http::extract::{AsSecondPerson, Id, IfMatch, SteppedUp, ValidJson, etag};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(confirm))
        .routes(routes!(decline))
}

/// What one person asked for and another has to agree to.
#[derive(Serialize, ToSchema)]
pub(super) struct Confirmation {
    id: Uuid,
    etag: String,
    /// `key_compromise`, `key_unfreeze`, `credential_revocation` or `approver_revocation`.
    kind: String,
    /// The key, the credential, or the member whose approvals fall.
    subject: Uuid,
    /// What else belongs to it: `kid`, `purpose`, `since`; `reason`, `achievement`.
    details: Value,
    /// What the first person was shown: `credentials`, `portfolios`.
    facts: Value,
    /// The same as it is now, while open.
    facts_now: Option<Value>,
    reason: String,
    requested_by: Option<Uuid>,
    requested_by_name: Option<String>,
    requested_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    /// `open`, `confirmed`, `declined` or `expired`.
    state: String,
    decided_by: Option<Uuid>,
    /// A member, or whoever runs the hub in the place of one.
    decided_by_name: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    comment: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConfirmationAnswer {
    /// What the second person has to say.
    comment: Option<String>,
}

/// What waits for a second person, then what was decided, newest first.
#[utoipa::path(get, path = "/api/confirmations", tag = "keys", security(("bearer" = [])),
    responses((status = 200, body = Vec<Confirmation>),
        (status = 401), (status = 403)))]
async fn list(
    AsSecondPerson(person): AsSecondPerson,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Confirmation>>, Problem> {
    let list = confirmations::list(&person.into(), &app).await?;
    Ok(Json(list.into_iter().map(Confirmation::from).collect()))
}

/// One of them.
#[utoipa::path(get, path = "/api/confirmations/{id}", tag = "keys", security(("bearer" = [])), params(("id" = ConfirmationId, Path)),
    responses((status = 200, body = Confirmation),
        (status = 401), (status = 403), (status = 404)))]
async fn read(
    AsSecondPerson(person): AsSecondPerson,
    Id(id): Id<ConfirmationId>,
    State(app): State<Arc<App>>,
) -> Result<Json<Confirmation>, Problem> {
    Ok(Json(confirmations::read(id, &person.into(), &app).await?.into()))
}

/// Agree, as the second person: it is done at once, and once only. Who asked cannot.
#[utoipa::path(post, path = "/api/confirmations/{id}/confirm", tag = "keys", security(("bearer" = [])),
    params(("id" = ConfirmationId, Path), ("If-Match" = String, Header)), request_body = ConfirmationAnswer,
    responses((status = 200, body = Confirmation),
        (status = 400), (status = 401), (status = 403), (status = 404), (status = 409),
        (status = 412), (status = 422), (status = 428)))]
async fn confirm(
    SteppedUp(AsSecondPerson(person)): SteppedUp<AsSecondPerson>,
    Id(id): Id<ConfirmationId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(answer): ValidJson<ConfirmationAnswer>,
) -> Result<Json<Confirmation>, Problem> {
    let hub = app.clone();
    let acting = Acting::from(person);
    let decided = app
        .act(async move {
            confirmations::confirm(id, version, answer.comment.as_deref(), &acting, &hub).await
        })
        .await?;
    Ok(Json(decided.into()))
}

/// Decline; who asked takes it back this way.
#[utoipa::path(post, path = "/api/confirmations/{id}/decline", tag = "keys", security(("bearer" = [])),
    params(("id" = ConfirmationId, Path), ("If-Match" = String, Header)), request_body = ConfirmationAnswer,
    responses((status = 200, body = Confirmation),
        (status = 400), (status = 401), (status = 403), (status = 404), (status = 409),
        (status = 412), (status = 422), (status = 428)))]
async fn decline(
    SteppedUp(AsSecondPerson(person)): SteppedUp<AsSecondPerson>,
    Id(id): Id<ConfirmationId>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(answer): ValidJson<ConfirmationAnswer>,
) -> Result<Json<Confirmation>, Problem> {
    let hub = app.clone();
    let acting = Acting::from(person);
    let decided = app
        .act(async move {
            confirmations::decline(id, version, answer.comment.as_deref(), &acting, &hub).await
        })
        .await?;
    Ok(Json(decided.into()))
}

impl From<confirmations::Confirmation> for Confirmation {
    fn from(seen: confirmations::Confirmation) -> Self {
        Self { facts_now: seen.now, ..Self::from(seen.row) }
    }
}

impl From<ConfirmationRow> for Confirmation {
    fn from(row: ConfirmationRow) -> Self {
        Self {
            id: row.id,
            etag: etag(row.version),
            kind: row.kind,
            subject: row.subject_id,
            details: row.details,
            facts: row.facts,
            facts_now: None,
            reason: row.reason,
            requested_by: row.requested_by,
            requested_by_name: row.requested_by_name,
            requested_at: row.requested_at,
            expires_at: row.expires_at,
            state: row.outcome.unwrap_or_else(|| "open".to_owned()),
            decided_by: row.decided_by,
            decided_by_name: row.decided_by_name,
            decided_at: row.decided_at,
            comment: row.comment,
        }
    }
}
