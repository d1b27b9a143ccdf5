//! POST /api/verify/ , /api/verify/batch/ , /api/verify/receipts/ , GET /api/verify/{slug}/{credential id}/

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::options;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use tower_http::cors::{Any, CorsLayer};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::verify::Report;
use crate::app::verify::{self, MAX_DOCUMENT, Presented};
use crate::app::{App, Refusal, receipts};
use crate::domain::member::Language;
use crate::http::extract::{FileForm, Filter, Id};
use crate::http::limits::Limits;
use crate::http::problem::Problem;

/// Most documents of one batch.
const MOST_DOCUMENTS: usize = 50;
/// Most octets of a batch.
const MAX_BATCH: usize = 256 * 1024 * 1024;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(Any)
        .allow_headers([ACCEPT, CONTENT_TYPE])
        .expose_headers([RETRY_AFTER]);
    OpenApiRouter::new()
        .routes(routes!(verify_batch))
        .layer(DefaultBodyLimit::max(MAX_BATCH))
        .routes(routes!(verify_document))
        .routes(routes!(verify_stored))
        .routes(routes!(receipt))
        .layer(DefaultBodyLimit::max(MAX_DOCUMENT))
        // Named, so that a browser's question beforehand is this router's: any other method is the fallback's, without CORS.
        .route("/api/verify", options(nothing))
        .route("/api/verify/batch", options(nothing))
        .route("/api/verify/receipts", options(nothing))
        .layer(cors)
}

/// Check a document. Nothing of it is kept, and nothing personal is logged.
///
/// The body is a PDF portfolio, a credential as JSON, the text of a QR code, an address of this hub, or a receipt of an earlier check; it is told by its content.
#[utoipa::path(post, path = "/api/verify", tag = "verification",
    request_body(content(
        (Vec<u8> = "application/pdf"),
        (serde_json::Value = "application/json"),
        (serde_json::Value = "application/vc"),
        (String = "text/plain"),
    )),
    responses((status = 200, body = Report, description = "The report, whatever the verdict"),
        (status = 413), (status = 429)))]
async fn verify_document(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Arc<Limits>>,
    State(app): State<Arc<App>>,
    body: Body,
) -> Result<Response, Problem> {
    limits.verify_from(peer)?;
    Ok(answer(verify::verify_presented(presented(body).await?, &app).await?))
}

/// Check the credential that stands at a public address.
#[utoipa::path(get, path = "/api/verify/{slug}/{id}", tag = "verification",
    params(("slug" = String, Path, description = "The college"), ("id" = Uuid, Path, description = "The credential")),
    responses((status = 200, body = Report), (status = 404), (status = 429)))]
async fn verify_stored(
    Id((slug, id)): Id<(String, Uuid)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Arc<Limits>>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    limits.verify_from(peer)?;
    Ok(answer(verify::verify_stored(&slug, id, &app).await?))
}

/// Up to 50 documents, each a part of the form, whatever its name.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the multipart form; its parts are read one by one")]
struct BatchForm {
    /// PDF, credential, text of a QR code or address, told by its content; at most 40 MB each, 256 MB together.
    #[schema(value_type = Vec<String>, content_media_type = "application/octet-stream")]
    file: Vec<Vec<u8>>,
}

/// The reports on a batch, in its order.
#[derive(Serialize, ToSchema)]
struct BatchReport {
    results: Vec<BatchResult>,
}

/// One document of a batch.
#[derive(Serialize, ToSchema)]
struct BatchResult {
    /// The file's name as it was sent; not looked at, not kept.
    name: Option<String>,
    /// `sha256-…` of the octets that were checked.
    digest: String,
    /// The report; `document` is left out.
    report: Report,
}

/// Check up to 50 documents at once. Nothing of them is kept, and nothing personal is logged.
#[utoipa::path(post, path = "/api/verify/batch", tag = "verification",
    request_body(content = BatchForm, content_type = "multipart/form-data"),
    responses((status = 200, body = BatchReport, description = "A report on each, whatever the verdicts"),
        (status = 400), (status = 413), (status = 422), (status = 429)))]
async fn verify_batch(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Arc<Limits>>,
    State(app): State<Arc<App>>,
    FileForm(mut form): FileForm,
) -> Result<Response, Problem> {
    limits.verify_batch_from(peer)?;
    let mut results = Vec::new();
    // One at a time: of a batch, one document is in memory.
    while let Some(field) = form.next_field().await.map_err(broken_form)? {
        if results.len() == MOST_DOCUMENTS {
            return Err(too_large(format!("A batch has at most {MOST_DOCUMENTS} documents.")));
        }
        let name = field.file_name().map(str::to_owned);
        let presented = Presented::sniff(receive(field).await?);
        let digest = receipts::digest_sri(presented.octets());
        let report = verify::verify_presented(presented, &app).await?;
        results.push(BatchResult { name, digest, report: Report { document: None, ..report } });
    }
    if results.is_empty() {
        return Err(Refusal::field("file", "required", "Send at least one document.").into());
    }
    Ok((no_store(), Json(BatchReport { results })).into_response())
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReceiptQuery {
    /// Language of the page, for `Accept: application/pdf`; English unless told.
    language: Option<Language>,
}

/// Check a document and say so in a receipt: time, digest, verdict, checks, signed with the hub's own key. It names no person, and is not kept.
///
/// The body is that of `POST /api/verify/`. With `Accept: application/pdf` the receipt comes as a signed page with the JSON attached.
#[utoipa::path(post, path = "/api/verify/receipts", tag = "verification", params(ReceiptQuery),
    request_body(content(
        (Vec<u8> = "application/pdf"),
        (serde_json::Value = "application/json"),
        (serde_json::Value = "application/vc"),
        (String = "text/plain"),
    )),
    responses(
        (status = 200, description = "The receipt, whatever the verdict", content(
            (serde_json::Value = "application/json"),
            (Vec<u8> = "application/pdf"),
        )),
        (status = 400), (status = 413), (status = 422), (status = 429), (status = 503)))]
async fn receipt(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Arc<Limits>>,
    State(app): State<Arc<App>>,
    Filter(query): Filter<ReceiptQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    limits.receipt_for(peer)?;
    let receipt = receipts::receipt(presented(body).await?, &app).await?;
    let wants_page = headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/pdf"));
    if !wants_page {
        let disposition = HeaderValue::from_static("attachment; filename=\"receipt.json\"");
        return Ok(
            (no_store(), [(CONTENT_DISPOSITION, disposition)], Json(receipt)).into_response()
        );
    }
    let page =
        receipts::on_paper(&receipt, query.language.unwrap_or(Language::English), &app).await?;
    let kind = [
        (CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"receipt.pdf\"")),
    ];
    Ok((no_store(), kind, page).into_response())
}

/// What the layer for CORS answers in the place of.
async fn nothing() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn presented(body: Body) -> Result<Presented, Problem> {
    let bytes: Bytes =
        axum::body::to_bytes(body, MAX_DOCUMENT).await.map_err(|_| document_too_large())?;
    Ok(Presented::sniff(bytes.into()))
}

async fn receive(mut field: Field<'_>) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(broken_form)? {
        if bytes.len() + chunk.len() > MAX_DOCUMENT {
            return Err(document_too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn broken_form(error: MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        too_large(format!("A batch may have at most {} MB.", MAX_BATCH / 1024 / 1024))
    } else {
        Problem::malformed("The batch broke off, or is no multipart form.")
    }
}

fn document_too_large() -> Problem {
    too_large(format!("A document may have at most {} MB.", MAX_DOCUMENT / 1024 / 1024))
}

fn too_large(message: String) -> Problem {
    Refusal::TooLarge(message).into()
}

fn answer(report: Report) -> Response {
    (no_store(), Json(report)).into_response()
}

fn no_store() -> [(axum::http::HeaderName, HeaderValue); 1] {
    [(CACHE_CONTROL, HeaderValue::from_static("no-store"))]
}
