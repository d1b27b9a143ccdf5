//! A college's own log-in: GET /api/oidc/{slug}/start/ , GET /api/oidc/callback/ ; /api/settings/oidc/ for its admins

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::token::let_in;
use crate::app::lockout::Visit;
use crate::app::oidc::{self, provider};
use crate::app::rows::OidcProviderRow;
use crate::app::{App, PublicUrl, Refusal};
use crate::http::cookies::{DEVICE, OIDC};
use crate::http::extract::{AsIdentityKeeper, Filter, Id, IfMatch, SteppedUp, ValidJson, etag};
use crate::http::problem::Problem;
use crate::http::visit::Visitor;

/// How long somebody may take at the provider, seconds.
const PATIENCE: i64 = 600;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(start))
        .routes(routes!(callback))
        .routes(routes!(read, set, remove))
}

/// A college's own log-in (OpenID Connect), without the secret.
#[derive(Serialize, ToSchema)]
struct OidcProvider {
    etag: String,
    issuer: String,
    client_id: String,
    /// To be registered at the provider.
    redirect_uri: String,
    email_domains: Vec<String>,
    hosts: Vec<String>,
    email_claim: String,
    roll_number_claim: Option<String>,
    enabled: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OidcProviderRequest {
    /// `https://login.college.edu`, as its discovery document has it.
    issuer: String,
    client_id: String,
    /// Left out, the one that stands is kept, as long as the issuer is the same.
    client_secret: Option<String>,
    /// Only addresses of these domains count.
    email_domains: Vec<String>,
    /// Hosts beside the issuer's that its discovery document names, for its keys or tokens.
    #[serde(default)]
    hosts: Vec<String>,
    /// Which claim holds the address; `email` has to come with `email_verified`.
    #[serde(default = "email")]
    email_claim: String,
    /// Which claim holds the roll number; the roster is matched by address where left out.
    roll_number_claim: Option<String>,
    #[serde(default = "yes")]
    enabled: bool,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Start {
    /// The `consent_version` that was agreed to, for whoever has no account yet.
    consent: Option<String>,
}

/// What a provider sends along; what else it sends is not read.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Callback {
    state: Option<String>,
    code: Option<String>,
    /// Why there is no code (RFC 6749 §4.1.2.1).
    error: Option<String>,
}

/// Go to the college's own log-in: a page to be opened, not fetched.
#[utoipa::path(get, path = "/api/oidc/{slug}/start", tag = "identity", params(("slug" = String, Path), Start),
    responses((status = 303, description = "To the college's log-in"),
        (status = 400),
        (status = 404, description = "the college has no log-in of its own"),
        (status = 429), (status = 503)))]
async fn start(
    Id(slug): Id<String>,
    Filter(start): Filter<Start>,
    Visitor(_visit): Visitor,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let leaving = oidc::begin(&slug, start.consent, &app).await?;
    let mut response = see_other(&leaving.url);
    let cookie = OIDC.set(leaving.state.reveal(), PATIENCE, app.public_url());
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Come back from the college's log-in. Ends at the app: signed in, at its question for the second factor
/// (`/app/login#mfa=<token>`), or at its log-in page (`/app/login#oidc_error=<code>`).
#[utoipa::path(get, path = "/api/oidc/callback", tag = "identity", params(Callback),
    responses((status = 303, description = "To the app, with the refresh token as a cookie"),
        (status = 400), (status = 429)))]
async fn callback(
    Filter(back): Filter<Callback>,
    Visitor(visit): Visitor,
    headers: HeaderMap,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let here = app.public_url();
    let cookie = OIDC.find(&headers, here);
    // What begins here is a browser's session, whatever header its navigation lacks.
    let visit = Visit { client: "web".to_owned(), device: DEVICE.find(&headers, here), ..visit };
    let done = match (back.state, back.code, back.error) {
        (Some(state), Some(code), None) => {
            oidc::finish(&state, cookie.as_deref(), code, visit, &app).await
        }
        _ => Err(Refusal::Unauthenticated),
    };
    let mut response = match done {
        Ok(logged_in) => {
            let mut response = let_in(&logged_in, true, here);
            *response.body_mut() = axum::body::Body::empty();
            lead_to(&mut response, &format!("{}/app/", here.as_str()));
            response
        }
        Err(Refusal::SecondFactorRequired(challenge)) => {
            // After the `#`: neither proxies nor logs see it (RFC 3986 §3.5).
            let methods: Vec<_> = challenge.methods.iter().map(|method| method.as_str()).collect();
            let token = challenge.token.reveal();
            see_other(&page(here, &format!("mfa={token}&methods={}", methods.join(","))))
        }
        Err(refusal) => {
            let code = Problem::from(refusal).code;
            see_other(&page(here, &format!("oidc_error={code}")))
        }
    };
    response.headers_mut().append(header::SET_COOKIE, OIDC.set("", 0, here));
    Ok(response)
}

/// The college's own log-in.
#[utoipa::path(get, path = "/api/settings/oidc", tag = "identity", security(("bearer" = [])),
    responses((status = 200, body = OidcProvider, headers(("ETag" = String))),
        (status = 401), (status = 403),
        (status = 404, description = "the college has none")))]
async fn read(
    AsIdentityKeeper(caller): AsIdentityKeeper,
    State(app): State<Arc<App>>,
) -> Result<([(HeaderName, String); 1], Json<OidcProvider>), Problem> {
    let row = provider::read(&caller, &app).await?;
    Ok(tagged(row, app.public_url()))
}

/// Set it: `If-Match: "0"` for the first time. Accounts are found by verified address; new ones are opened for students of
/// the roster only, never for staff.
#[utoipa::path(put, path = "/api/settings/oidc", tag = "identity", security(("bearer" = [])),
    params(("If-Match" = String, Header)), request_body = OidcProviderRequest,
    responses((status = 200, body = OidcProvider, headers(("ETag" = String))),
        (status = 400), (status = 401), (status = 403), (status = 412), (status = 422),
        (status = 428)))]
async fn set(
    SteppedUp(AsIdentityKeeper(caller)): SteppedUp<AsIdentityKeeper>,
    IfMatch(version): IfMatch,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<OidcProviderRequest>,
) -> Result<([(HeaderName, String); 1], Json<OidcProvider>), Problem> {
    let row = provider::set(request.into(), version, &caller, &app).await?;
    Ok(tagged(row, app.public_url()))
}

/// Take it away. Whoever came by it keeps the account, and chooses a password by mail.
#[utoipa::path(delete, path = "/api/settings/oidc", tag = "identity", security(("bearer" = [])),
    responses((status = 204), (status = 401), (status = 403), (status = 404)))]
async fn remove(
    SteppedUp(AsIdentityKeeper(caller)): SteppedUp<AsIdentityKeeper>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    provider::remove(&caller, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn see_other(address: &str) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    lead_to(&mut response, address);
    response
}

fn lead_to(response: &mut Response, address: &str) {
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let address = HeaderValue::from_str(address).expect("an address is visible ASCII");
    headers.insert(header::LOCATION, address);
}

fn page(here: &PublicUrl, fragment: &str) -> String {
    format!("{}/app/login#{fragment}", here.as_str())
}

fn tagged(
    row: OidcProviderRow,
    here: &PublicUrl,
) -> ([(HeaderName, String); 1], Json<OidcProvider>) {
    let tag = etag(row.version);
    let provider = OidcProvider {
        etag: tag.clone(),
        issuer: row.issuer,
        client_id: row.client_id,
        redirect_uri: here.oidc_callback(),
        email_domains: row.email_domains,
        hosts: row.hosts,
        email_claim: row.email_claim,
        roll_number_claim: row.roll_number_claim,
        enabled: row.enabled,
    };
    ([(header::ETAG, tag)], Json(provider))
}

fn email() -> String {
    "email".to_owned()
}

fn yes() -> bool {
    true
}

impl From<OidcProviderRequest> for provider::Settings {
    fn from(request: OidcProviderRequest) -> Self {
        Self {
            issuer: request.issuer,
            client_id: request.client_id,
            client_secret: request.client_secret,
            email_domains: request.email_domains,
            hosts: request.hosts,
            email_claim: request.email_claim,
            roll_number_claim: request.roll_number_claim,
            enabled: request.enabled,
        }
    }
}
