//! POST /api/token/ , /api/token/refresh/ , /api/token/revoke/

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::log_in::{self, Credentials};
use crate::app::session::{self, REFRESH_LIFETIME, Session};
use crate::app::{App, PublicUrl, Refusal};
use crate::http::extract::ValidJson;
use crate::http::limits::Limits;
use crate::http::problem::Problem;

/// `web` asks for the refresh token as a cookie that no script can read.
const CLIENT: HeaderName = HeaderName::from_static("x-hub-client");

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
struct Tokens {
    /// For `Authorization: Bearer`.
    access: String,
    /// To be exchanged once; null where it is a cookie.
    refresh: Option<String>,
    /// Seconds that the access token holds.
    expires_in: i64,
}

/// Log in. With `X-Hub-Client: web` the refresh token comes as a cookie.
#[utoipa::path(post, path = "/api/token", tag = "identity", request_body = TokenRequest,
    params(("X-Hub-Client" = Option<String>, Header, description = "`web` for the refresh token as a cookie")),
    responses(
        (status = 200, body = Tokens),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "choose_college"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn log_in(
    State(app): State<Arc<App>>,
    Extension(limits): Extension<Arc<Limits>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    ValidJson(request): ValidJson<TokenRequest>,
) -> Result<Response, Problem> {
    limits.attempt_from(peer)?;
    limits.attempt_on(&request.email)?;
    let web = is_web(&headers);
    let credentials =
        Credentials { email: request.email, password: request.password, college: request.college };
    let session = log_in::log_in(credentials, if web { "web" } else { "" }, &app).await?;
    Ok(answer(session, web, app.public_url()))
}

/// Exchange a refresh token for new tokens; each works once.
#[utoipa::path(post, path = "/api/token/refresh", tag = "identity", request_body = RefreshRequest,
    params(("X-Hub-Client" = Option<String>, Header, description = "`web` for the refresh token as a cookie")),
    responses(
        (status = 200, body = Tokens),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "a cookie from a foreign page")))]
async fn refresh(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let (token, web) =
        presented(&headers, &body, app.public_url())?.ok_or(Refusal::Unauthenticated)?;
    let session = session::refresh(token, &app).await?;
    Ok(answer(session, web, app.public_url()))
}

/// Log out: the session ends, and with it every token that grew from its log-in.
#[utoipa::path(post, path = "/api/token/revoke", tag = "identity", request_body = RefreshRequest,
    responses(
        (status = 204),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "a cookie from a foreign page")))]
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
        response.headers_mut().insert(header::SET_COOKIE, cookie("", 0, app.public_url()));
    }
    Ok(response)
}

fn is_web(headers: &HeaderMap) -> bool {
    headers.get(CLIENT).is_some_and(|client| client == "web")
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
    let Some(token) = find_cookie(headers, here) else { return Ok(None) };
    // SameSite=Strict knows sites, not origins: another port or subdomain is stopped here.
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    if origin == Some(here.as_str()) {
        Ok(Some((token, true)))
    } else {
        Err(Refusal::Forbidden.into())
    }
}

fn find_cookie(headers: &HeaderMap, here: &PublicUrl) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs =
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, value)| *name == cookie_name(here) && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

fn answer(session: Session, web: bool, here: &PublicUrl) -> Response {
    let refresh = session.refresh.reveal().to_owned();
    let cookie = web.then(|| cookie(&refresh, REFRESH_LIFETIME.num_seconds(), here));
    let tokens = Tokens {
        access: session.access,
        refresh: (!web).then_some(refresh),
        expires_in: session.expires_in,
    };
    let mut response = Json(tokens).into_response();
    // RFC 6749 §5.1: tokens are never cached.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// RFC 6265bis §4.1.3.2: a `__Host-` cookie comes from this host, over TLS, for every path.
fn cookie_name(here: &PublicUrl) -> &'static str {
    if here.is_secure() { "__Host-hub_refresh" } else { "hub_refresh" }
}

fn cookie(token: &str, seconds: i64, here: &PublicUrl) -> HeaderValue {
    let secure = if here.is_secure() { "; Secure" } else { "" };
    let text = format!(
        "{}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}",
        cookie_name(here)
    );
    HeaderValue::from_str(&text).expect("base64url and attributes are visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_tls_the_cookie_is_bound_to_this_host() {
        let here = PublicUrl::parse("https://hub.example").unwrap();
        let text = cookie("abc", 60, &here);
        assert_eq!(
            text,
            "__Host-hub_refresh=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure"
        );
    }

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
