//! PATCH /api/credentials/{c}/ , POST /api/credentials/{c}/revoke/ , /api/credentials/revocations/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::achievements::CredentialInfo;
use super::confirmations::Confirmation;
use crate::app::App;
use crate::app::revoke::{self, Revocation};
use crate::domain::achievement::RevokeReason;
use crate::domain::ids::{CredentialId, MemberId};
use crate::http::extract::{AsApprovalRevoker, AsRevoker, Id, SignedIn, ValidJson};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(set_visibility))
        .routes(routes!(revoke_one))
        .routes(routes!(revoke_approvals))
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
#[schema(example = json!({ "reason": "error", "text": "The date of the event was wrong." }))]
struct RevokeRequest {
    /// Fraud takes a second person.
    reason: RevokeReason,
    /// The student reads it.
    text: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "approver": "01890000-0000-7000-8000-000000000001", "since": "2026-09-01T00:00:00Z", "reason": "fraud", "text": "Approved without looking at any evidence." }))]
struct RevokeApprovalsRequest {
    /// Whose approvals fall.
    approver: MemberId,
    /// Since when.
    since: DateTime<Utc>,
    /// Fraud takes a second person.
    reason: RevokeReason,
    /// The students read it.
    text: String,
}

/// What falls, or would once a second person agrees.
#[derive(Serialize, ToSchema)]
struct RevokedApprovals {
    credentials: i64,
    portfolios: i64,
    /// What the second person has to confirm, for fraud.
    confirmation: Option<Confirmation>,
}

/// Who may see a credential at its public address; its student chooses.
#[utoipa::path(patch, path = "/api/credentials/{id}", tag = "credentials", security(("bearer" = [])), params(("id" = CredentialId, Path)),
    request_body = VisibilityRequest,
    responses((status = 200, body = CredentialInfo),
        (status = 401), (status = 404)))]
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

/// Revoke a credential: for good, and with it every portfolio that contains it. For fraud the answer is 202, and a
/// second person has to confirm.
#[utoipa::path(post, path = "/api/credentials/{id}/revoke", tag = "credentials", security(("bearer" = [])), params(("id" = CredentialId, Path)),
    request_body = RevokeRequest,
    responses((status = 200, body = CredentialInfo), (status = 202, body = Confirmation),
        (status = 400), (status = 401), (status = 403), (status = 404), (status = 409),
        (status = 422)))]
async fn revoke_one(
    AsRevoker(revoker): AsRevoker,
    Id(id): Id<CredentialId>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<RevokeRequest>,
) -> Result<Response, Problem> {
    let hub = app.clone();
    let done = app
        .act(async move { revoke::revoke(id, request.reason, &request.text, &revoker, &hub).await })
        .await?;
    Ok(match done {
        Revocation::Done(row) => Json(CredentialInfo::from(&row)).into_response(),
        Revocation::Asked(row) => {
            (StatusCode::ACCEPTED, Json(Confirmation::from(row))).into_response()
        }
    })
}

/// Revoke everything that a reviewer approved since a time, in the background. For fraud a second person has to confirm.
#[utoipa::path(post, path = "/api/credentials/revocations", tag = "credentials", security(("bearer" = [])), request_body = RevokeApprovalsRequest,
    responses((status = 202, body = RevokedApprovals),
        (status = 400), (status = 401), (status = 403), (status = 404), (status = 409),
        (status = 422)))]
async fn revoke_approvals(
    AsApprovalRevoker(revoker): AsApprovalRevoker,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<RevokeApprovalsRequest>,
) -> Result<(StatusCode, Json<RevokedApprovals>), Problem> {
    let hub = app.clone();
    let act = async move {
        let RevokeApprovalsRequest { approver, since, reason, text } = request;
        revoke::revoke_approvals(approver, since, reason, &text, &revoker, &hub).await
    };
    let affected = app.act(act).await?;
    let answer = RevokedApprovals {
        credentials: affected.credentials,
        portfolios: affected.portfolios,
        confirmation: affected.confirmation.map(Confirmation::from),
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}
