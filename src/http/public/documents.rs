//! Public documents of a college: DID document, keys, certificates, status lists, credentials and portfolios.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use tower_http::cors::{Any, CorsLayer};
use uuid::Uuid;

use super::pages;
use crate::app::{App, college_list, publish, receipts, revocation_lists};
use crate::http::extract::Id;
use crate::http::problem::Problem;

/// How long anybody may keep a published list (its `ttl`).
const SHORT_CACHE: &str = "public, max-age=900";
/// How long anybody may keep a published key: one that fell is seen to have fallen well within a quarter of an hour.
const KEY_CACHE: &str = "public, max-age=300";

pub(super) fn router() -> Router<Arc<App>> {
    // Also what is refused: a page from elsewhere, such as a verifier that was saved to disk, must be able to tell
    // "there is none" from "no answer".
    let cors = CorsLayer::new().allow_origin(Any).allow_methods(Any).allow_headers([ACCEPT]);
    Router::new()
        .route("/colleges/{slug}", get(|| async { Redirect::to("/v") }))
        .route("/colleges/{slug}/did.json", get(did_document))
        .route("/colleges/{slug}/keys.json", get(key_history))
        .route("/colleges/{slug}/certificates.pem", get(certificates))
        .route("/colleges/{slug}/revoked/{list}", get(revocation_list))
        .route("/colleges/{slug}/status/{list}", get(status_list))
        .route("/colleges/{slug}/credentials/{id}", get(credential))
        .route("/colleges/{slug}/portfolios/{id}", get(portfolio))
        .route("/c/{slug}/{short}", get(short_address))
        .route("/.well-known/jwks.json", get(token_keys))
        .route("/.well-known/did.json", get(hub_did_document))
        .route("/v/colleges.json", get(colleges))
        .layer(cors)
}

async fn did_document(
    Id(slug): Id<String>,
    headers: HeaderMap,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let document = publish::did_document(&slug, &app).await?.to_string();
    Ok(tagged("application/did+json", KEY_CACHE, document, &headers))
}

async fn key_history(
    Id(slug): Id<String>,
    headers: HeaderMap,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let history = publish::key_history(&slug, &app).await?.to_string();
    Ok(tagged("application/json", KEY_CACHE, history, &headers))
}

async fn token_keys(State(app): State<Arc<App>>) -> Response {
    let keys = publish::token_keys(&app).to_string();
    document("application/jwk-set+json", SHORT_CACHE, keys.into_bytes())
}

/// The hub itself, with the key of its receipts.
async fn hub_did_document(headers: HeaderMap, State(app): State<Arc<App>>) -> Response {
    let text = receipts::did_document(&app).to_string();
    tagged("application/did+json", KEY_CACHE, text, &headers)
}

/// Every college with its keys, to be kept for checks without a network.
async fn colleges(headers: HeaderMap, State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let text = college_list::college_list(&app).await?;
    Ok(tagged("application/json", KEY_CACHE, text, &headers))
}

async fn certificates(
    Id(slug): Id<String>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let pem: String =
        publish::certificates(&slug, &app).await?.iter().map(|der| pem(der)).collect();
    Ok(document("application/pem-certificate-chain", SHORT_CACHE, pem.into_bytes()))
}

async fn revocation_list(
    Id((slug, list)): Id<(String, String)>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let kid = list.strip_suffix(".crl").ok_or_else(Problem::not_found)?;
    let list = revocation_lists::published(&slug, kid, &app).await?;
    // RFC 2585 §4.2
    Ok(document("application/pkix-crl", SHORT_CACHE, list))
}

async fn status_list(
    Id((slug, list)): Id<(String, String)>,
    headers: HeaderMap,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let list = publish::status_list(&slug, &list, &app).await?;
    Ok(tagged("application/vc", SHORT_CACHE, list.document, &headers))
}

async fn credential(
    Id((slug, id)): Id<(String, Uuid)>,
    headers: HeaderMap,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    if wants_page(&headers) {
        return Ok(pages::verifier_page(&app));
    }
    let text = publish::credential_document(&slug, id, &app).await?;
    Ok(document("application/vc", "public, no-cache", text.into_bytes()))
}

async fn portfolio(
    Id((slug, id)): Id<(String, String)>,
    headers: HeaderMap,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let (id, file) = match id.strip_suffix(".pdf") {
        Some(id) => (id, true),
        None => (id.as_str(), false),
    };
    let id: Uuid = id.parse().map_err(|_| Problem::not_found())?;
    if file {
        let mut response = document(
            "application/pdf",
            "public, no-cache",
            publish::portfolio_file(&slug, id, &app).await?,
        );
        let name = format!("inline; filename=\"portfolio-{id}.pdf\"");
        response
            .headers_mut()
            .insert(CONTENT_DISPOSITION, HeaderValue::from_str(&name).expect("a UUID is ASCII"));
        return Ok(response);
    }
    if wants_page(&headers) {
        return Ok(pages::verifier_page(&app));
    }
    let text = publish::portfolio_document(&slug, id, &app).await?;
    Ok(document("application/vc", "public, no-cache", text.into_bytes()))
}

/// The address inside a small QR code leads to the credential's own.
async fn short_address(Id((slug, short)): Id<(String, String)>) -> Result<Redirect, Problem> {
    let id = publish::long_id(&short).ok_or_else(Problem::not_found)?;
    Ok(Redirect::to(&format!("/colleges/{slug}/credentials/{id}")))
}

/// A browser asks for HTML by name; everybody else gets the document.
fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// With the tag of its bytes; where the asker has them, without them (RFC 9110 §15.4.5).
fn tagged(
    media_type: &'static str,
    cache: &'static str,
    text: String,
    asked: &HeaderMap,
) -> Response {
    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(text.as_bytes())[..16]));
    let is_same = asked.get_all(IF_NONE_MATCH).iter().any(|seen| names(seen, &tag));
    let mut response = document(media_type, cache, text.into_bytes());
    if is_same {
        *response.body_mut() = axum::body::Body::empty();
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().remove(CONTENT_TYPE);
    }
    response.headers_mut().insert(ETAG, HeaderValue::from_str(&tag).expect("hexadecimal digits"));
    response
}

/// Whether an If-None-Match names this tag; weak comparison (RFC 9110 §13.1.2).
fn names(seen: &HeaderValue, tag: &str) -> bool {
    let seen = seen.to_str().unwrap_or_default();
    seen.trim() == "*" || seen.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)
}

fn document(media_type: &'static str, cache: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CACHE_CONTROL, HeaderValue::from_static(cache)),
        (VARY, HeaderValue::from_static("accept")),
    ];
    (headers, bytes).into_response()
}

/// RFC 7468 §2.
fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
        .collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
