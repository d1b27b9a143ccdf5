//! GET, POST /api/service-accounts/ , DELETE /api/service-accounts/{id}/ , GET /api/service-credentials/ ,
//! POST /api/service-credentials/{id}/revoke/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::page::PageResponse;
use crate::app::rows::{ServiceAccountRow, ServiceCredentialFilter};
use crate::app::vc_api::IssuedCredential;
use crate::app::{App, service_accounts, vc_api};
use crate::domain::achievement::RevokeReason;
use crate::domain::ids::{CredentialId, ServiceAccountId};
use crate::http::extract::{
    AsKeyReader, AsServiceKeeper, Filter, Id, SteppedUp, ValidJson, page_request,
};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(revoke))
        .routes(routes!(list_credentials))
        .routes(routes!(revoke_credential))
}

/// Software that may issue credentials for the college.
#[derive(Serialize, ToSchema)]
struct ServiceAccount {
    id: Uuid,
    name: String,
    created_at: DateTime<Utc>,
    /// To the minute.
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

/// A new account with its token, which is shown this once.
#[derive(Serialize, ToSchema)]
struct NewServiceAccount {
    #[serde(flatten)]
    account: ServiceAccount,
    /// To send as `Authorization: Bearer …` with POST /credentials/issue.
    token: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ServiceAccountRequest {
    /// What the college calls it, 1 to 100 characters.
    name: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ServiceRevocation {
    reason: RevokeReason,
    /// Kept with the event.
    text: String,
}

/// A credential that software of the college had issued.
#[derive(Serialize, ToSchema)]
struct ServiceCredential {
    id: Uuid,
    /// Its public address.
    url: String,
    /// The account that had it issued.
    account_id: Uuid,
    /// What the college calls that account.
    account_name: String,
    /// What it is for, as it says itself.
    name: Option<String>,
    #[schema(value_type = ServiceCredentialStatus)]
    status: String,
    /// Which issue of it stands, from 1; it is signed anew when its key falls.
    generation: i32,
    created_at: DateTime<Utc>,
    /// When the document that stands was signed.
    issued_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    revoke_reason: Option<String>,
}

/// Whether it stands.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ServiceCredentialStatus {
    Active,
    Revoked,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ServiceCredentialListFilter {
    /// Of this service account only.
    account: Option<ServiceAccountId>,
    status: Option<ServiceCredentialStatus>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// The college's service accounts, newest first.
#[utoipa::path(get, path = "/api/service-accounts", tag = "service accounts", security(("bearer" = [])),
    responses((status = 200, body = Vec<ServiceAccount>),
        (status = 401), (status = 403)))]
async fn list(
    AsServiceKeeper(caller): AsServiceKeeper,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<ServiceAccount>>, Problem> {
    let rows = service_accounts::list(&caller, &app).await?;
    Ok(Json(rows.into_iter().map(ServiceAccount::from).collect()))
}

/// Make a service account. Its token is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/service-accounts", tag = "service accounts", security(("bearer" = [])),
    request_body = ServiceAccountRequest,
    responses((status = 201, body = NewServiceAccount),
        (status = 401), (status = 403), (status = 422)))]
async fn create(
    SteppedUp(AsServiceKeeper(caller)): SteppedUp<AsServiceKeeper>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<ServiceAccountRequest>,
) -> Result<Response, Problem> {
    let (row, token) = service_accounts::create(&request.name, &caller, &app).await?;
    let made = NewServiceAccount { account: row.into(), token };
    // Also keeps the token out of what is remembered for an Idempotency-Key.
    let headers = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::CREATED, headers, Json(made)).into_response())
}

/// Take the token of a service account back, for good. What it had issued stays valid.
#[utoipa::path(delete, path = "/api/service-accounts/{id}", tag = "service accounts", security(("bearer" = [])),
    params(("id" = ServiceAccountId, Path)),
    responses((status = 204, description = "Taken back"),
        (status = 401), (status = 403), (status = 404)))]
async fn revoke(
    AsServiceKeeper(caller): AsServiceKeeper,
    Id(id): Id<ServiceAccountId>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    service_accounts::revoke(id, &caller, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What software of the college had issued, newest first.
#[utoipa::path(get, path = "/api/service-credentials", tag = "service accounts", security(("bearer" = [])),
    params(ServiceCredentialListFilter),
    responses((status = 200, body = PageResponse<ServiceCredential>),
        (status = 400), (status = 401), (status = 403)))]
async fn list_credentials(
    AsKeyReader(caller): AsKeyReader,
    Filter(filter): Filter<ServiceCredentialListFilter>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<ServiceCredential>>, Problem> {
    let page = page_request(filter.limit, filter.cursor.as_deref())?;
    let filter = ServiceCredentialFilter {
        account: filter.account,
        status: filter.status.map(ServiceCredentialStatus::word),
    };
    let page = vc_api::list(filter, page, &caller, &app).await?;
    Ok(Json(PageResponse::from_page(page, ServiceCredential::from)))
}

/// Revoke a credential that software of the college had issued.
#[utoipa::path(post, path = "/api/service-credentials/{id}/revoke", tag = "service accounts", security(("bearer" = [])),
    params(("id" = CredentialId, Path)), request_body = ServiceRevocation,
    responses((status = 200, body = ServiceCredential),
        (status = 401), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn revoke_credential(
    AsServiceKeeper(caller): AsServiceKeeper,
    Id(id): Id<CredentialId>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<ServiceRevocation>,
) -> Result<Json<ServiceCredential>, Problem> {
    let hub = app.clone();
    let revoked = app
        .act(async move { vc_api::revoke(id, request.reason, &request.text, &caller, &hub).await })
        .await?;
    Ok(Json(revoked.into()))
}

impl From<ServiceAccountRow> for ServiceAccount {
    fn from(row: ServiceAccountRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        }
    }
}

impl From<IssuedCredential> for ServiceCredential {
    fn from(IssuedCredential { row, url }: IssuedCredential) -> Self {
        Self {
            id: row.id,
            url,
            account_id: row.account_id,
            account_name: row.account_name,
            name: row.name,
            status: row.status,
            generation: row.generation,
            created_at: row.created_at,
            issued_at: row.issued_at,
            revoked_at: row.revoked_at,
            revoke_reason: row.revoke_reason,
        }
    }
}

impl ServiceCredentialStatus {
    fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Revoked => "revoked",
        }
    }
}
