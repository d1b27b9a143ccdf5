//! /api/second-factor/ : authenticator app and recovery codes; /api/token/second-factor/ : the end of a log-in that asks for one

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::passkeys::{Ceremony, PasskeyAnswer};
use super::token::{Tokens, let_in};
use crate::app::second_factor::{self, Answer, totp};
use crate::app::{App, Refusal, passkeys};
use crate::http::extract::{SignedIn, SteppedUp, ValidJson};
use crate::http::problem::Problem;
use crate::http::visit::Visitor;

/// What is shown once is kept by nobody on the way, and not for a repeated request.
const NO_STORE: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(overview))
        .routes(routes!(begin_totp, remove_totp))
        .routes(routes!(confirm_totp))
        .routes(routes!(recovery_codes))
        .routes(routes!(complete))
        .routes(routes!(begin_passkey))
}

/// What the caller has beside a password.
#[derive(Serialize, ToSchema)]
struct SecondFactors {
    /// An authenticator app is confirmed.
    totp: bool,
    passkeys: i64,
    /// Recovery codes that were not used.
    recovery_codes: i64,
    /// The college asks its staff for one: roles hold only in a session with it.
    required: bool,
    /// The caller's roles are withheld in this session until they show one.
    due: bool,
}

/// What an authenticator app is told, once.
#[derive(Serialize, ToSchema)]
struct TotpOffer {
    /// Base32, to be typed.
    secret: String,
    /// `otpauth://totp/…`
    otpauth: String,
    /// The same as a QR code, SVG.
    qr_svg: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeRequest {
    /// Six digits of the authenticator app.
    code: String,
}

/// Each works once, in the place of the authenticator app. Shown here and never again.
#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChallengeRequest {
    /// `challenge.token` of mfa_required.
    token: String,
}

/// One of the three.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SecondFactorRequest {
    /// `challenge.token` of mfa_required.
    token: String,
    /// Six digits of the authenticator app.
    code: Option<String>,
    recovery_code: Option<String>,
    passkey: Option<PasskeyAnswer>,
}

/// What the caller has, and what their college asks for.
#[utoipa::path(get, path = "/api/second-factor", tag = "identity", security(("bearer" = [])),
    responses((status = 200, body = SecondFactors), (status = 401)))]
async fn overview(
    SignedIn(caller): SignedIn,
    State(app): State<Arc<App>>,
) -> Result<Json<SecondFactors>, Problem> {
    let seen = second_factor::overview(&caller, &app).await?;
    Ok(Json(SecondFactors {
        totp: seen.factors.totp,
        passkeys: seen.factors.passkeys,
        recovery_codes: seen.factors.recovery_codes,
        required: seen.required,
        due: caller.second_factor_due,
    }))
}

/// Begin with an authenticator app (RFC 6238). Nothing is asked for before a first code confirms it.
#[utoipa::path(post, path = "/api/second-factor/totp", tag = "identity", security(("bearer" = [])),
    responses((status = 201, body = TotpOffer),
        (status = 401),
        (status = 403, description = "step_up_required"),
        (status = 409, description = "there is an app")))]
async fn begin_totp(
    SteppedUp(SignedIn(caller)): SteppedUp<SignedIn>,
    State(app): State<Arc<App>>,
) -> Result<(StatusCode, [(HeaderName, &'static str); 1], Json<TotpOffer>), Problem> {
    let totp::Offer { secret, otpauth, qr_svg } = totp::begin(&caller, &app).await?;
    Ok((StatusCode::CREATED, NO_STORE, Json(TotpOffer { secret, otpauth, qr_svg })))
}

/// Confirm the app with its first code; from then on it is asked for at each log-in.
#[utoipa::path(post, path = "/api/second-factor/totp/confirm", tag = "identity", security(("bearer" = [])), request_body = CodeRequest,
    responses((status = 200, body = RecoveryCodes),
        (status = 400), (status = 401),
        (status = 403, description = "step_up_required"),
        (status = 404, description = "nothing was begun"),
        (status = 409),
        (status = 422, description = "`/code` is wrong, or was used"),
        (status = 429)))]
async fn confirm_totp(
    SteppedUp(SignedIn(caller)): SteppedUp<SignedIn>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<CodeRequest>,
) -> Result<([(HeaderName, &'static str); 1], Json<RecoveryCodes>), Problem> {
    let recovery_codes = totp::confirm(&request.code, &caller, &app).await?;
    Ok((NO_STORE, Json(RecoveryCodes { recovery_codes })))
}

/// Remove the authenticator app, and the recovery codes with it.
#[utoipa::path(delete, path = "/api/second-factor/totp", tag = "identity", security(("bearer" = [])),
    responses((status = 204), (status = 401),
        (status = 403, description = "step_up_required"),
        (status = 404)))]
async fn remove_totp(
    SteppedUp(SignedIn(caller)): SteppedUp<SignedIn>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    totp::remove(&caller, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Other recovery codes; the ones before work no more.
#[utoipa::path(post, path = "/api/second-factor/recovery-codes", tag = "identity", security(("bearer" = [])),
    responses((status = 200, body = RecoveryCodes),
        (status = 401),
        (status = 403, description = "step_up_required"),
        (status = 409, description = "there is no second factor")))]
async fn recovery_codes(
    SteppedUp(SignedIn(caller)): SteppedUp<SignedIn>,
    State(app): State<Arc<App>>,
) -> Result<([(HeaderName, &'static str); 1], Json<RecoveryCodes>), Problem> {
    let recovery_codes = second_factor::replace_recovery_codes(&caller, &app).await?;
    Ok((NO_STORE, Json(RecoveryCodes { recovery_codes })))
}

/// End a log-in that answered mfa_required. Five wrong answers end it too: log in again.
#[utoipa::path(post, path = "/api/token/second-factor", tag = "identity", request_body = SecondFactorRequest,
    params(("X-Hub-Client" = Option<String>, Header, description = "`web` for the refresh token as a cookie")),
    responses((status = 200, body = Tokens),
        (status = 400),
        (status = 401, description = "wrong_factor; or unauthenticated: the log-in waits no more"),
        (status = 403), (status = 422), (status = 429)))]
async fn complete(
    State(app): State<Arc<App>>,
    Visitor(visit): Visitor,
    ValidJson(request): ValidJson<SecondFactorRequest>,
) -> Result<Response, Problem> {
    let web = visit.client == "web";
    let answer = answer_of(request.code, request.recovery_code, request.passkey)
        .ok_or_else(|| Refusal::field("code", "required", "Show one of your second factors."))?;
    let logged_in = second_factor::complete_log_in(&request.token, answer, visit, &app).await?;
    Ok(let_in(&logged_in, web, app.public_url()))
}

/// Ask the browser for a passkey of whoever logs in.
#[utoipa::path(post, path = "/api/token/second-factor/passkey", tag = "identity", request_body = ChallengeRequest,
    responses((status = 200, body = Ceremony),
        (status = 400), (status = 401),
        (status = 404, description = "they have no passkey"),
        (status = 409), (status = 429)))]
async fn begin_passkey(
    State(app): State<Arc<App>>,
    Visitor(_visit): Visitor,
    ValidJson(request): ValidJson<ChallengeRequest>,
) -> Result<Json<Ceremony>, Problem> {
    Ok(Json(passkeys::begin_second_factor(&request.token, &app).await?.into()))
}

/// What was shown; the strongest counts where there are several.
pub(super) fn answer_of(
    code: Option<String>,
    recovery_code: Option<String>,
    passkey: Option<PasskeyAnswer>,
) -> Option<Answer> {
    passkey
        .map(|passkey| Answer::Passkey(passkey.ceremony, passkey.credential))
        .or(code.map(Answer::Code))
        .or(recovery_code.map(Answer::RecoveryCode))
}
