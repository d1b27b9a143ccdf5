//! POST /api/token/ , /api/token/refresh/ , /api/token/revoke/

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::log_in::{self, Credentials, LoggedIn};
use crate::app::one_time::Secret;
use crate::app::session::{self, REFRESH_LIFETIME, Session};
use crate::app::{App, PublicUrl, Refusal};
use crate::http::cookies::{DEVICE, REFRESH};
use crate::http::extract::ValidJson;
use crate::http::problem::Problem;
use crate::http::visit::Visitor;

/// How long a device keeps what it shows, seconds.
const YEAR: i64 = 365 * 24 * 3600;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(log_in)).routes(routes!(refresh)).routes(routes!(revoke))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    email: String,
    password: String,
    /// Slug, where the address is known in several colleges.
    college: Option<String>,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefreshRequest {
    /// Left out by a web client, which holds it as a cookie.
    refresh: Option<String>,
}

/// What a client holds.
#[derive(Serialize, ToSchema)]
pub(super) struct Tokens {
    /// For `Authorization: Bearer`.
    access: String,
    /// To be exchanged once; null where it is a cookie.
    refresh: Option<String>,
    /// Seconds that the access token holds.
    expires_in: i64,
    /// For `X-Hub-Device` at the next log-in from this device, so that strangers' guesses do not count against it. Null
    /// where it is a cookie, and after a refresh.
    device: Option<String>,
}

/// Log in. With `X-Hub-Client: web` the refresh token comes as a cookie.
#[utoipa::path(post, path = "/api/token", tag = "identity", request_body = TokenRequest,
    params(("X-Hub-Client" = Option<String>, Header, description = "`web` for the refresh token as a cookie"),
        ("X-Hub-Device" = Option<String>, Header, description = "`device` of an earlier log-in, where cookies are not kept")),
    responses(
        (status = 200, body = Tokens),
        (status = 400), (status = 401),
        (status = 403, description = "not_confirmed; or mfa_required: send `challenge.token` with a second factor to /api/token/second-factor"),
        (status = 409, description = "choose_college"),
        (status = 429), (status = 503)))]
async fn log_in(
    State(app): State<Arc<App>>,
    Visitor(visit): Visitor,
    ValidJson(request): ValidJson<TokenRequest>,
) -> Result<Response, Problem> {
    let web = visit.client == "web";
    let credentials =
        Credentials { email: request.email, password: request.password, college: request.college };
    let logged_in = log_in::log_in(credentials, visit, &app).await?;
    Ok(let_in(&logged_in, web, app.public_url()))
}

/// Exchange a refresh token for new tokens; each works once.
#[utoipa::path(post, path = "/api/token/refresh", tag = "identity", request_body = RefreshRequest,
    params(("X-Hub-Client" = Option<String>, Header, description = "`web` for the refresh token as a cookie")),
    responses(
        (status = 200, body = Tokens),
        (status = 400), (status = 401),
        (status = 403, description = "a cookie from a foreign page")))]
async fn refresh(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let (token, web) =
        presented(&headers, &body, app.public_url())?.ok_or(Refusal::Unauthenticated)?;
    let session = session::refresh(token, &app).await?;
    Ok(answer(&session, None, web, app.public_url()))
}

/// Log out: the session ends, and with it every token that grew from its log-in.
#[utoipa::path(post, path = "/api/token/revoke", tag = "identity", request_body = RefreshRequest,
    responses(
        (status = 204), (status = 400),
        (status = 403, description = "a cookie from a foreign page")))]
async fn revoke(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Some((token, web)) = presented(&headers, &body, app.public_url())? else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    session::log_out(token, &app).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if web {
        response.headers_mut().insert(header::SET_COOKIE, REFRESH.set("", 0, app.public_url()));
    }
    Ok(response)
}

/// The refresh token of the body or of the cookie, and whether it was the cookie.
fn presented(
    headers: &HeaderMap,
    body: &[u8],
    here: &PublicUrl,
) -> Result<Option<(String, bool)>, Problem> {
    let request: RefreshRequest = match body {
        [] => RefreshRequest::default(),
        body => serde_json::from_slice(body).map_err(|error| {
            Problem::malformed(format!("The body is not what is expected: {error}."))
        })?,
    };
    if let Some(token) = request.refresh {
        return Ok(Some((token, false)));
    }
    let Some(token) = REFRESH.find(headers, here) else { return Ok(None) };
    // SameSite=Strict knows sites, not origins: another port or subdomain is stopped here.
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    if origin == Some(here.as_str()) {
        Ok(Some((token, true)))
    } else {
        Err(Refusal::Forbidden.into())
    }
}

/// What somebody gets who is in.
pub(super) fn let_in(logged_in: &LoggedIn, web: bool, here: &PublicUrl) -> Response {
    answer(&logged_in.session, Some(&logged_in.device), web, here)
}

fn answer(session: &Session, device: Option<&Secret>, web: bool, here: &PublicUrl) -> Response {
    let refresh = session.refresh.reveal().to_owned();
    let mut cookies = Vec::new();
    if web {
        cookies.push(REFRESH.set(&refresh, REFRESH_LIFETIME.num_seconds(), here));
        let device = device.map(|device| DEVICE.set(device.reveal(), YEAR, here));
        cookies.extend(device);
    }
    let tokens = Tokens {
        access: session.access.clone(),
        refresh: (!web).then_some(refresh),
        expires_in: session.expires_in,
        device: device.filter(|_| !web).map(|device| device.reveal().to_owned()),
    };
    let mut response = Json(tokens).into_response();
    let headers = response.headers_mut();
    // RFC 6749 §5.1: tokens are never cached.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others_and_needs_its_own_origin() {
        let here = PublicUrl::parse("https://hub.example").unwrap();
        let mut headers = HeaderMap::new();
        headers
            .insert(header::COOKIE, HeaderValue::from_static("a=b; __Host-hub_refresh=tok; c=d"));
        assert!(presented(&headers, b"", &here).is_err());
        headers.insert(header::ORIGIN, HeaderValue::from_static("https://evil.example"));
        assert!(presented(&headers, b"", &here).is_err());
        headers.insert(header::ORIGIN, HeaderValue::from_static("https://hub.example"));
        assert_eq!(presented(&headers, b"{}", &here).unwrap(), Some(("tok".to_owned(), true)));
    }
}
