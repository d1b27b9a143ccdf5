//! POST /api/verify/ , GET /api/verify/{slug}/{credential id}/

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use tower_http::cors::{Any, CorsLayer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::verify::Report;
use crate::app::verify::{self, MAX_DOCUMENT, Presented};
use crate::app::{App, Refusal};
use crate::http::extract::Id;
use crate::http::limits::Limits;
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(Any)
        .allow_headers([axum::http::header::CONTENT_TYPE]);
    OpenApiRouter::new()
        .routes(routes!(verify_document))
        .routes(routes!(verify_stored))
        .layer(DefaultBodyLimit::max(MAX_DOCUMENT))
        .layer(cors)
}

/// Check a document. Nothing of it is kept, and nothing personal is logged.
///
/// The body is a PDF portfolio, a credential as JSON, the text of a QR code, or an address of this hub; it is told by its content.
#[utoipa::path(post, path = "/api/verify", tag = "verification",
    request_body(content(
        (Vec<u8> = "application/pdf"),
        (serde_json::Value = "application/json"),
        (serde_json::Value = "application/vc"),
        (String = "text/plain"),
    )),
    responses((status = 200, body = Report, description = "The report, whatever the verdict"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json")))]
async fn verify_document(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Arc<Limits>>,
    State(app): State<Arc<App>>,
    body: Body,
) -> Result<Response, Problem> {
    limits.verify_from(peer)?;
    let bytes: Bytes = axum::body::to_bytes(body, MAX_DOCUMENT).await.map_err(|_| {
        Refusal::TooLarge(format!("A document may have at most {} MB.", MAX_DOCUMENT / 1024 / 1024))
    })?;
    Ok(answer(verify::verify_presented(Presented::sniff(bytes.into()), &app).await?))
}

/// Check the credential that stands at a public address.
#[utoipa::path(get, path = "/api/verify/{slug}/{id}", tag = "verification",
    params(("slug" = String, Path, description = "The college"), ("id" = Uuid, Path, description = "The credential")),
    responses((status = 200, body = Report), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json")))]
async fn verify_stored(
    Id((slug, id)): Id<(String, Uuid)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Arc<Limits>>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    limits.verify_from(peer)?;
    Ok(answer(verify::verify_stored(&slug, id, &app).await?))
}

fn answer(report: Report) -> Response {
    let headers = [(CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (headers, Json(report)).into_response()
}
