//! Every route, with the layers around them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::normalize_path::NormalizePath;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_scalar::{Scalar, Servable};

use super::limits::Limits;
use super::problem::Problem;
use super::{api, observe, public, repeat, vc_api};
use crate::app::App;
use crate::domain::achievement::Status;
use crate::domain::ids::{
    BatchId, ConfirmationId, CredentialId, DecisionId, EvidenceId, KeyId, PasskeyId, PortfolioId,
    PushSubscriptionId, ServiceAccountId, SessionId, ShareId, UploadId,
};

/// JSON bodies are small; uploads have limits of their own.
const BODY_LIMIT: usize = 256 * 1024;
/// The longest a request may take.
const REQUEST_TIME: Duration = Duration::from_secs(60);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Smart Student Hub",
        description = "Achievements that colleges approve, sign and anybody can check. Errors are problem details (RFC 9457).",
        license(name = "Apache-2.0")
    ),
    components(schemas(
        Problem,
        Status,
        EvidenceId,
        DecisionId,
        CredentialId,
        PortfolioId,
        KeyId,
        ServiceAccountId,
        ShareId,
        UploadId,
        BatchId,
        ConfirmationId,
        SessionId,
        PasskeyId,
        PushSubscriptionId
    ))
)]
struct ApiDocument;

/// The whole hub. `demo` adds the page of demo log-ins and remembered mails.
pub fn router(app: Arc<App>, demo: bool) -> Router {
    let (api, document) = api_router().split_for_parts();
    let document = finish(document);
    let served = document.clone();
    let mut routes = api
        .merge(public::router())
        .route("/api/openapi.json", axum::routing::get(move || async move { axum::Json(served) }))
        .merge(Scalar::with_url("/api/docs", document));
    if demo {
        routes = routes.merge(public::demo::router());
    }
    let routes = routes
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "This address does not take that method.",
            )
        })
        .layer(axum::middleware::from_fn_with_state(app.clone(), repeat::once))
        .layer(axum::Extension(Arc::new(Limits::new())))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CompressionLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIME))
        .layer(CatchPanicLayer::custom(|_| {
            let error = crate::app::Refusal::internal(anyhow::anyhow!("a handler panicked"));
            axum::response::IntoResponse::into_response(Problem::from(error))
        }))
        .layer(default_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(default_header(header::REFERRER_POLICY, "no-referrer"))
        .layer(default_header(header::X_FRAME_OPTIONS, "DENY"))
        .layer(axum::middleware::from_fn(observe::observe))
        .with_state(app);
    // A trailing slash is optional everywhere: taken off before routing, no redirect.
    let normalised = NormalizePath::trim_trailing_slash(routes);
    Router::new().fallback_service(normalised.map_request(lower_public_path))
}

/// The OpenAPI document alone, for the committed file.
pub fn openapi() -> utoipa::openapi::OpenApi {
    finish(api_router().into_openapi())
}

fn api_router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(ApiDocument::openapi())
        .merge(api::router())
        .merge(public::documented_router())
        .merge(vc_api::router())
}

fn finish(mut document: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    let bearer = SecurityScheme::Http(
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build(),
    );
    document.components.get_or_insert_default().add_security_scheme("bearer", bearer);
    document
        .paths
        .paths
        .values_mut()
        .filter_map(|item| item.post.as_mut())
        .for_each(repeat::document);
    for item in document.paths.paths.values_mut() {
        let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
        [get, put, post, delete, options, head, patch, trace].into_iter().flatten().for_each(
            |operation| {
                document_common(operation);
                document_problems(operation);
            },
        );
    }
    document
}

/// What the reading of a request may refuse before its operation begins.
fn document_common(operation: &mut Operation) {
    let body = operation.request_body.is_some();
    let mut asked = operation.parameters.iter().flatten();
    let beside_path = |parameter: &RefOr<Parameter>| match parameter {
        RefOr::T(parameter) => parameter.parameter_in != ParameterIn::Path,
        RefOr::Ref(_) => true,
    };
    let mut refusals = Vec::new();
    if body || asked.any(beside_path) {
        refusals.push(("400", "The request is not of the form that is asked for"));
    }
    if body {
        refusals.push(("413", "The body is too large"));
    }
    for (status, description) in refusals {
        let response = || ResponseBuilder::new().description(description).build().into();
        operation.responses.responses.entry(status.to_owned()).or_insert_with(response);
    }
}

/// Every error is a problem (RFC 9457), unless its operation says otherwise.
fn document_problems(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if matches!(status.as_bytes(), [b'4' | b'5', ..]) && response.content.is_empty() {
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            response.content.insert("application/problem+json".to_owned(), problem.into());
        }
    }
}

fn default_header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// Addresses under /colleges/ and /C/ match whatever their case, so that an all-capitals QR code works.
fn lower_public_path(mut request: Request) -> Request {
    let path = request.uri().path();
    let prefix = |prefix: &str| {
        path.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    if !(prefix("/colleges/") || prefix("/c/"))
        || !path.bytes().any(|byte| byte.is_ascii_uppercase())
    {
        return request;
    }
    let lower = match request.uri().query() {
        Some(query) => format!("{}?{query}", path.to_ascii_lowercase()),
        None => path.to_ascii_lowercase(),
    };
    if let Ok(uri) = lower.parse() {
        *request.uri_mut() = uri;
    }
    request
}
