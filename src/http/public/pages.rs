//! The two web packages, as they were built; a release binary carries them.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY,
};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::app::App;

/// The hub app.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct HubApp;

/// The verifier page.
#[derive(RustEmbed)]
#[folder = "verifier-web/dist"]
#[allow_missing = true]
struct Verifier;

const HUB_APP_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; \
    font-src 'self'; connect-src 'self'; worker-src 'self' blob:; frame-src 'self' blob:; object-src 'none'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";
/// Where the pages of the verifier want the address of the hub that serves them.
const HUB_PLACE: &str = "https://hub.invalid";
const VERIFIER_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; \
    font-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/app/") }))
        .route("/app", get(|uri: Uri| async move { hub_app(&uri) }))
        .route("/app/{*path}", get(|uri: Uri| async move { hub_app(&uri) }))
        .route("/v", get(|State(app): State<Arc<App>>| async move { verifier_page(&app) }))
        .route("/v/verifier.html", get(saved_verifier))
        .route("/v/{*path}", get(|uri: Uri| async move { verifier_file(&uri) }))
}

/// The verifier's one page.
pub(super) fn verifier_page(app: &App) -> Response {
    match Verifier::get("index.html") {
        Some(page) => file("index.html", with_hub(page, app), VERIFIER_POLICY),
        None => not_built("verifier-web"),
    }
}

/// The verifier as one file to be saved; it knows this hub, asks no other host, and works without a network.
async fn saved_verifier(State(app): State<Arc<App>>) -> Response {
    let Some(page) = Verifier::get("verifier.html") else { return not_built("verifier-web") };
    let mut response = file("verifier.html", with_hub(page, &app), VERIFIER_POLICY);
    let disposition = HeaderValue::from_static("attachment; filename=\"verifier.html\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    response
}

/// The page with the address of this hub where it asks for one.
fn with_hub(page: EmbeddedFile, app: &App) -> EmbeddedFile {
    let text = String::from_utf8_lossy(&page.data).replace(HUB_PLACE, app.public_url().as_str());
    EmbeddedFile { data: text.into_bytes().into(), ..page }
}

fn hub_app(uri: &Uri) -> Response {
    let path = uri.path().trim_start_matches("/app").trim_start_matches('/');
    match HubApp::get(path) {
        Some(found) if !path.is_empty() => file(path, found, HUB_APP_POLICY),
        // A page of the app has an address of its own; a file that is not there is not a page.
        _ if path.starts_with("assets/") => StatusCode::NOT_FOUND.into_response(),
        _ => match HubApp::get("index.html") {
            Some(page) => file("index.html", page, HUB_APP_POLICY),
            None => not_built("web"),
        },
    }
}

fn verifier_file(uri: &Uri) -> Response {
    let path = uri.path().trim_start_matches("/v/");
    match Verifier::get(path) {
        Some(found) if path == "sw.js" => {
            // It serves the page itself too, whose address ends without a slash (Service Workers §Service-Worker-Allowed).
            let mut response = file(path, found, VERIFIER_POLICY);
            let scope = HeaderValue::from_static("/v");
            response.headers_mut().insert(HeaderName::from_static("service-worker-allowed"), scope);
            response
        }
        Some(found) => file(path, found, VERIFIER_POLICY),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn file(path: &str, file: EmbeddedFile, policy: &'static str) -> Response {
    // Built files carry their digest in their name; the pages that name them do not.
    let cache = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let media_type = HeaderValue::from_str(file.metadata.mimetype())
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, HeaderValue::from_static(cache)),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
        (
            HeaderName::from_static("permissions-policy"),
            HeaderValue::from_static("camera=(self), geolocation=(), microphone=()"),
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ),
        // The same address may answer a machine with the document itself.
        (VARY, HeaderValue::from_static("accept")),
    ];
    (headers, file.data.into_owned()).into_response()
}

fn not_built(package: &str) -> Response {
    (
        StatusCode::NOT_FOUND,
        format!("{package}/ is not built: run `npm ci && npm run build` in it, or ./run\n"),
    )
        .into_response()
}
