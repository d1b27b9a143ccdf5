//! /api/passkeys/ : the caller's; /api/token/passkey/ : logging in with one

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::token::{Tokens, let_in};
use crate::app::rows::PasskeyRow;
use crate::app::{App, passkeys};
use crate::domain::ids::PasskeyId;
use crate::http::extract::{Id, SignedIn, SteppedUp, ValidJson};
use crate::http::problem::Problem;
use crate::http::visit::Visitor;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, register))
        .routes(routes!(begin_registration))
        .routes(routes!(rename, remove))
        .routes(routes!(begin_log_in))
        .routes(routes!(log_in))
}

/// A passkey of the caller.
#[derive(Serialize, ToSchema)]
struct Passkey {
    id: PasskeyId,
    name: String,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
}

/// What a browser is asked.
#[derive(Serialize, ToSchema)]
pub(super) struct Ceremony {
    /// Goes back with the answer, once, within five minutes.
    ceremony: String,
    /// `options.publicKey` is for `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`.
    #[schema(value_type = Object)]
    options: Value,
}

/// What a browser answered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasskeyAnswer {
    /// As it came with the question.
    pub(super) ceremony: String,
    /// `PublicKeyCredential.toJSON()`.
    #[schema(value_type = Object)]
    pub(super) credential: Value,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPasskeyRequest {
    /// What its owner calls it, 1 to 60 characters.
    name: String,
    /// As it came with the question.
    ceremony: String,
    /// `PublicKeyCredential.toJSON()`.
    #[schema(value_type = Object)]
    credential: Value,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RenameRequest {
    /// 1 to 60 characters.
    name: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasskeyLogInRequest {
    /// Left out: any passkey of this hub that the device finds by itself.
    email: Option<String>,
    /// Slug, where the address is known in several colleges.
    college: Option<String>,
}

/// The caller's passkeys, oldest first.
#[utoipa::path(get, path = "/api/passkeys", tag = "identity", security(("bearer" = [])),
    responses((status = 200, body = Vec<Passkey>), (status = 401)))]
async fn list(
    SignedIn(caller): SignedIn,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Passkey>>, Problem> {
    let rows = passkeys::list(&caller, &app).await?;
    Ok(Json(rows.into_iter().map(Passkey::from).collect()))
}

/// Ask the browser for a new passkey.
#[utoipa::path(post, path = "/api/passkeys/options", tag = "identity", security(("bearer" = [])),
    responses((status = 200, body = Ceremony),
        (status = 401),
        (status = 403, description = "step_up_required"),
        (status = 409, description = "too many; or the hub has no host name")))]
async fn begin_registration(
    SteppedUp(SignedIn(caller)): SteppedUp<SignedIn>,
    State(app): State<Arc<App>>,
) -> Result<Json<Ceremony>, Problem> {
    Ok(Json(passkeys::begin_registration(&caller, &app).await?.into()))
}

/// Register the passkey that the browser made.
#[utoipa::path(post, path = "/api/passkeys", tag = "identity", security(("bearer" = [])), request_body = NewPasskeyRequest,
    responses((status = 201, body = Passkey),
        (status = 400), (status = 401),
        (status = 403, description = "step_up_required"),
        (status = 409), (status = 422)))]
async fn register(
    SteppedUp(SignedIn(caller)): SteppedUp<SignedIn>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<NewPasskeyRequest>,
) -> Result<(StatusCode, Json<Passkey>), Problem> {
    let NewPasskeyRequest { name, ceremony, credential } = request;
    let row = passkeys::register(&ceremony, &name, credential, &caller, &app).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// Call a passkey something else.
#[utoipa::path(patch, path = "/api/passkeys/{id}", tag = "identity", security(("bearer" = [])), params(("id" = PasskeyId, Path)),
    request_body = RenameRequest,
    responses((status = 204), (status = 400), (status = 401), (status = 404), (status = 422)))]
async fn rename(
    SignedIn(caller): SignedIn,
    Id(id): Id<PasskeyId>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<RenameRequest>,
) -> Result<StatusCode, Problem> {
    passkeys::rename(id, &request.name, &caller, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a passkey: it opens nothing from then on.
#[utoipa::path(delete, path = "/api/passkeys/{id}", tag = "identity", security(("bearer" = [])), params(("id" = PasskeyId, Path)),
    responses((status = 204), (status = 401),
        (status = 403, description = "step_up_required"),
        (status = 404)))]
async fn remove(
    SteppedUp(SignedIn(caller)): SteppedUp<SignedIn>,
    Id(id): Id<PasskeyId>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    passkeys::remove(id, &caller, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask the browser for a passkey to log in with. The answer does not tell who has an account.
#[utoipa::path(post, path = "/api/token/passkey/options", tag = "identity", request_body = PasskeyLogInRequest,
    responses((status = 200, body = Ceremony),
        (status = 400),
        (status = 409, description = "the hub has no host name"),
        (status = 429)))]
async fn begin_log_in(
    State(app): State<Arc<App>>,
    Visitor(_visit): Visitor,
    ValidJson(request): ValidJson<PasskeyLogInRequest>,
) -> Result<Json<Ceremony>, Problem> {
    let (email, college) = (request.email.as_deref(), request.college.as_deref());
    Ok(Json(passkeys::begin_log_in(email, college, &app).await?.into()))
}

/// Log in with a passkey: it is two factors by itself.
#[utoipa::path(post, path = "/api/token/passkey", tag = "identity", request_body = PasskeyAnswer,
    params(("X-Hub-Client" = Option<String>, Header, description = "`web` for the refresh token as a cookie")),
    responses((status = 200, body = Tokens),
        (status = 400), (status = 401), (status = 403), (status = 409), (status = 422),
        (status = 429)))]
async fn log_in(
    State(app): State<Arc<App>>,
    Visitor(visit): Visitor,
    ValidJson(answer): ValidJson<PasskeyAnswer>,
) -> Result<Response, Problem> {
    let web = visit.client == "web";
    let logged_in = passkeys::log_in(&answer.ceremony, answer.credential, visit, &app).await?;
    Ok(let_in(&logged_in, web, app.public_url()))
}

impl From<passkeys::Ceremony> for Ceremony {
    fn from(begun: passkeys::Ceremony) -> Self {
        Self { ceremony: begun.token.reveal().to_owned(), options: begun.options }
    }
}

impl From<PasskeyRow> for Passkey {
    fn from(row: PasskeyRow) -> Self {
        Self {
            id: row.id.into(),
            name: row.name,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        }
    }
}
