//! The W3C VC-API: POST /credentials/issue, /credentials/verify, /presentations/verify.
//!
//! What does not hold is answered with 400 and the reasons, as the VC-API has it, and never with 401 or 500. Only
//! issuing for a college asks for a token.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, options, post};
use axum::{Extension, Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_http::cors::{Any, CorsLayer};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::AsService;
use super::limits::Limits;
use super::problem::Problem;
use crate::app::vc_api::{self, Answer, Conformance, Flaw, ProblemDetail, Suite};
use crate::app::{App, Refusal};

/// The three operations, for colleges and for everybody.
pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    let cors =
        CorsLayer::new().allow_origin(Any).allow_methods(Any).allow_headers([header::CONTENT_TYPE]);
    let public = OpenApiRouter::new()
        .routes(routes!(verify_credential))
        .routes(routes!(verify_presentation))
        .layer(DefaultBodyLimit::max(vc_api::MAX_REQUEST))
        .route("/credentials/verify", options(|| async { StatusCode::NO_CONTENT }))
        .route("/presentations/verify", options(|| async { StatusCode::NO_CONTENT }))
        .layer(cors);
    OpenApiRouter::new().routes(routes!(issue)).merge(public)
}

/// A credential to be issued; `options` mean nothing here and are passed over.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "the shape for the OpenAPI document; the body is read strictly")]
struct IssueRequest {
    #[schema(value_type = Object)]
    credential: Value,
    #[schema(value_type = Option<Object>)]
    options: Option<Value>,
}

/// The signed credential.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct IssueResponse {
    #[schema(value_type = Object)]
    verifiable_credential: Value,
}

/// A credential to be verified.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the shape for the OpenAPI document; the body is read strictly")]
struct VerifyCredentialRequest {
    #[schema(value_type = Object)]
    verifiable_credential: Value,
    options: Option<VerifyOptions>,
}

/// A presentation to be verified.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the shape for the OpenAPI document; the body is read strictly")]
struct VerifyPresentationRequest {
    #[schema(value_type = Object)]
    verifiable_presentation: Value,
    options: Option<VerifyOptions>,
}

/// What a proof must be for. Further members are passed over.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the shape for the OpenAPI document; the body is read strictly")]
struct VerifyOptions {
    /// The proof must answer it.
    challenge: Option<String>,
    /// The proof must be made for it.
    domain: Option<String>,
    /// `assertionMethod` or `authentication`.
    expected_proof_purpose: Option<String>,
    /// Which checks are asked for, such as `proof`, `credentialStatus`.
    checks: Option<Vec<String>>,
}

/// Issue an achievement credential for the college of a service account.
///
/// The draft follows the hub's profile (Open Badges 3.0). The hub gives `id`, `issuer` and `credentialStatus`, and `validFrom` where it is missing.
#[utoipa::path(post, path = "/credentials/issue", tag = "vc-api", security(("bearer" = [])),
    request_body = IssueRequest,
    responses((status = 201, body = IssueResponse),
        (status = 400), (status = 401), (status = 409), (status = 422)))]
async fn issue(
    AsService(account): AsService,
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<Response, Problem> {
    let body = vc_api::read(&body).map_err(|flaw| Problem::malformed(flaw.message))?;
    let verifiable_credential = vc_api::issue(body, account, &app).await?;
    Ok((StatusCode::CREATED, Json(IssueResponse { verifiable_credential })).into_response())
}

/// Verify a credential. Nothing of it is kept, and no outgoing connection is opened.
///
/// One of a college here is judged as POST /api/verify does; one whose issuer is a `did:key` by the general rules of the W3C recommendations. Any other issuer's key is not known here: not verified.
#[utoipa::path(post, path = "/credentials/verify", tag = "vc-api",
    request_body = VerifyCredentialRequest,
    responses((status = 200, body = Answer, description = "It holds"),
        (status = 400, body = Answer, content_type = "application/problem+json", description = "It does not hold; the reasons stand in `problemDetails`"),
        (status = 413), (status = 429), (status = 503)))]
async fn verify_credential(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Arc<Limits>>,
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<Response, Problem> {
    limits.verify_from(peer)?;
    Ok(answered(match vc_api::read(&body) {
        Ok(body) => vc_api::verify_credential(body, &app).await?,
        Err(flaw) => flaw.into(),
    }))
}

/// Verify a presentation, and every credential in it.
#[utoipa::path(post, path = "/presentations/verify", tag = "vc-api",
    request_body = VerifyPresentationRequest,
    responses((status = 200, body = Answer, description = "It holds"),
        (status = 400, body = Answer, content_type = "application/problem+json", description = "It does not hold; the reasons stand in `problemDetails`"),
        (status = 413), (status = 429), (status = 503)))]
async fn verify_presentation(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Arc<Limits>>,
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<Response, Problem> {
    limits.verify_from(peer)?;
    Ok(answered(match vc_api::read(&body) {
        Ok(body) => vc_api::verify_presentation(body, &app).await?,
        Err(flaw) => flaw.into(),
    }))
}

/// Every route of the profile for the public test suites: no log-in, no database.
pub fn conformance_router(profile: Arc<Conformance>) -> Router {
    let endpoints = || {
        Router::new()
            .route("/credentials/verify", post(profile_verifies_credential))
            .route("/presentations/verify", post(profile_verifies_presentation))
            .route("/credentials/status", post(set_status))
    };
    Router::new()
        .merge(endpoints().route("/credentials/issue", post(profile_issues)))
        // A suite may want an address of its own for each cryptosuite.
        .route("/{suite}/credentials/issue", post(profile_issues_with))
        .nest("/eddsa-rdfc-2022", endpoints())
        .nest("/eddsa-jcs-2022", endpoints())
        .route("/status/1", get(status_list))
        .route("/", get(implementation))
        .fallback(|| async { Problem::not_found() })
        .layer(DefaultBodyLimit::max(vc_api::MAX_REQUEST))
        .with_state(profile)
}

async fn profile_issues(
    State(profile): State<Arc<Conformance>>,
    body: Bytes,
) -> Result<Response, Problem> {
    issued(profile, body, None).await
}

async fn profile_issues_with(
    State(profile): State<Arc<Conformance>>,
    Path(suite): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let suite = Suite::find(&suite).ok_or_else(Problem::not_found)?;
    issued(profile, body, Some(suite)).await
}

async fn issued(
    profile: Arc<Conformance>,
    body: Bytes,
    suite: Option<Suite>,
) -> Result<Response, Problem> {
    let issued = aside(move || profile.issue(&vc_api::read(&body)?, suite)).await?;
    Ok(match issued {
        Ok(credential) => {
            (StatusCode::CREATED, Json(json!({ "verifiableCredential": credential })))
                .into_response()
        }
        Err(flaw) => refused(flaw),
    })
}

async fn profile_verifies_credential(
    State(profile): State<Arc<Conformance>>,
    body: Bytes,
) -> Result<Response, Problem> {
    let judged = aside(move || match vc_api::read(&body) {
        Ok(body) => profile.verify_credential(&body),
        Err(flaw) => flaw.into(),
    });
    Ok(answered(judged.await?))
}

async fn profile_verifies_presentation(
    State(profile): State<Arc<Conformance>>,
    body: Bytes,
) -> Result<Response, Problem> {
    let judged = aside(move || match vc_api::read(&body) {
        Ok(body) => profile.verify_presentation(&body),
        Err(flaw) => flaw.into(),
    });
    Ok(answered(judged.await?))
}

async fn set_status(State(profile): State<Arc<Conformance>>, body: Bytes) -> Response {
    match vc_api::read(&body).and_then(|body| profile.set_status(&body)) {
        Ok(()) => Json(json!({})).into_response(),
        Err(flaw) => refused(flaw),
    }
}

/// Under `application/json`: what the suites fetch it with reads no other type as JSON.
async fn status_list(State(profile): State<Arc<Conformance>>) -> Result<Json<Value>, Problem> {
    let list = aside(move || profile.list(&profile.list_url())).await?;
    list.map(Json).ok_or_else(Problem::not_found)
}

async fn implementation(State(profile): State<Arc<Conformance>>) -> Json<Value> {
    Json(profile.implementation())
}

/// Canonicalising and signing are work for a thread that may block.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(Refusal::internal)?)
}

/// 200 where the document holds, 400 where it does not: then the answer is a problem as well (RFC 9457).
fn answered(answer: Answer) -> Response {
    let headers = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    if answer.verified {
        return (headers, Json(answer)).into_response();
    }
    let first = answer.problem_details.first().cloned();
    (headers, rejected(first, &answer)).into_response()
}

/// A document that is not issued, with the reason.
fn refused(flaw: Flaw) -> Response {
    rejected(Some(flaw.into()), &json!({}))
}

fn rejected(reason: Option<ProblemDetail>, further: &impl Serialize) -> Response {
    #[derive(Serialize)]
    struct Rejected<'a, T> {
        #[serde(flatten)]
        reason: Option<ProblemDetail>,
        status: u16,
        #[serde(flatten)]
        further: &'a T,
    }
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))];
    let body = Rejected { reason, status: 400, further };
    (StatusCode::BAD_REQUEST, headers, Json(body)).into_response()
}
