//! The issuance log of a college, as C2SP tlog-tiles lays it out, and proofs for those who have no tools for that.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{
    ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, LOCATION, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;
use crate::app::issuance_log::published::{self, TilePath};
use crate::http::extract::Id;
use crate::http::problem::Problem;

/// A checkpoint is replaced within seconds (tlog-tiles, "Checkpoints").
const BRIEFLY: &str = "public, max-age=5";
/// What can never change.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Text in the form of a signed note.
const TEXT: &str = "text/plain; charset=utf-8";

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/colleges/{slug}/log/checkpoint", get(checkpoint))
        .route("/colleges/{slug}/log/checkpoint.tsr", get(last_stamp))
        .route("/colleges/{slug}/log/checkpoints/{number}", get(numbered))
        .route("/colleges/{slug}/log/keys", get(verifier_keys))
        .route("/colleges/{slug}/log/tile/{*path}", get(tile))
        .route("/colleges/{slug}/log/proof/{record_hash}", get(proof))
        .route("/colleges/{slug}/log/consistency/{from}/{to}", get(consistency))
}

async fn checkpoint(
    Id(slug): Id<String>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    Ok(open(TEXT, BRIEFLY, published::checkpoint(&slug, &app).await?))
}

/// Leads to the stamp, because the checkpoint it is on may be an older one.
async fn last_stamp(
    Id(slug): Id<String>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let number = published::stamped_number(&slug, &app).await?;
    let address = format!("/colleges/{slug}/log/checkpoints/{number}.tsr");
    let address = HeaderValue::from_str(&address).map_err(|_| Problem::not_found())?;
    let mut response = open(TEXT, BRIEFLY, String::new());
    *response.status_mut() = StatusCode::FOUND;
    response.headers_mut().insert(LOCATION, address);
    Ok(response)
}

/// A checkpoint by its number, and with `.tsr` its stamp.
async fn numbered(
    Id((slug, number)): Id<(String, String)>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let (number, stamp) = match number.strip_suffix(".tsr") {
        Some(number) => (number, true),
        None => (number.as_str(), false),
    };
    let number: i64 = number.parse().map_err(|_| Problem::not_found())?;
    if stamp {
        let octets = published::stamp(&slug, number, &app).await?;
        return Ok(open("application/timestamp-reply", FOR_EVER, octets));
    }
    Ok(open(TEXT, FOR_EVER, published::numbered_checkpoint(&slug, number, &app).await?))
}

async fn verifier_keys(
    Id(slug): Id<String>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    Ok(open(TEXT, "public, max-age=900", published::verifier_keys(&slug, &app).await?))
}

async fn tile(
    Id((slug, path)): Id<(String, String)>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let tile = TilePath::parse(&path).map_err(|_| Problem::not_found())?;
    Ok(open("application/octet-stream", FOR_EVER, published::tile(&slug, tile, &app).await?))
}

/// As text (C2SP tlog-proof), or as JSON for whoever asks for that.
async fn proof(
    Id((slug, record_hash)): Id<(String, String)>,
    headers: HeaderMap,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let mut hash = [0; 32];
    hex::decode_to_slice(&record_hash, &mut hash).map_err(|_| Problem::not_found())?;
    let proof = published::inclusion(&slug, &hash, &app).await?;
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accept.contains("application/json") {
        return Ok(open("application/json", BRIEFLY, serde_json::to_vec(&proof).map_err(broken)?));
    }
    Ok(open(TEXT, BRIEFLY, proof.tlog_proof))
}

async fn consistency(
    Id((slug, from, to)): Id<(String, u64, u64)>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let proof = published::consistency(&slug, from, to, &app).await?;
    Ok(open("application/json", FOR_EVER, serde_json::to_vec(&proof).map_err(broken)?))
}

fn broken(error: serde_json::Error) -> Problem {
    crate::app::Refusal::internal(error).into()
}

/// A document for everybody, from every page.
fn open(media_type: &'static str, cache: &'static str, body: impl Into<Vec<u8>>) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CACHE_CONTROL, HeaderValue::from_static(cache)),
        (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (VARY, HeaderValue::from_static("accept")),
    ];
    (headers, body.into()).into_response()
}
