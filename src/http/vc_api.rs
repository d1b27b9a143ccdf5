//! The W3C VC-API: POST /credentials/issue, /credentials/verify, /presentations/verify.
//!
//! What does not hold is answered with 400 and the reasons, as the VC-API has it, and never with 401 or 500.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};

use super::problem::Problem;
use crate::app::vc_api::{self, Answer, Conformance, ProblemDetail, Suite};
use crate::app::{Refusal, vc_api::Flaw};

/// Every route of the profile for the public test suites: no log-in, no database.
pub fn conformance_router(profile: Arc<Conformance>) -> Router {
    let endpoints = || {
        Router::new()
            .route("/credentials/verify", post(verify_credential))
            .route("/presentations/verify", post(verify_presentation))
            .route("/credentials/status", post(set_status))
    };
    Router::new()
        .merge(endpoints().route("/credentials/issue", post(issue)))
        // A suite may want an address of its own for each cryptosuite.
        .route("/{suite}/credentials/issue", post(issue_with))
        .nest("/eddsa-rdfc-2022", endpoints())
        .nest("/eddsa-jcs-2022", endpoints())
        .route("/status/1", get(status_list))
        .route("/", get(implementation))
        .fallback(|| async { Problem::not_found() })
        .layer(DefaultBodyLimit::max(vc_api::MAX_REQUEST))
        .with_state(profile)
}

async fn issue(State(profile): State<Arc<Conformance>>, body: Bytes) -> Result<Response, Problem> {
    issued(profile, body, None).await
}

async fn issue_with(
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
            (StatusCode::CREATED, Json(json!({ "verifiableCredential": credential }))).into_response()
        }
        Err(flaw) => refused(flaw),
    })
}

async fn verify_credential(
    State(profile): State<Arc<Conformance>>,
    body: Bytes,
) -> Result<Response, Problem> {
    let judged = aside(move || match vc_api::read(&body) {
        Ok(body) => profile.verify_credential(&body),
        Err(flaw) => flaw.into(),
    });
    Ok(answered(judged.await?))
}

async fn verify_presentation(
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
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(Refusal::internal)?)
}

/// 200 where the document holds, 400 where it does not.
pub(super) fn answered(answer: Answer) -> Response {
    let status = if answer.verified { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let headers = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (status, headers, Json(answer)).into_response()
}

/// A document that is not issued, with the reason.
pub(super) fn refused(flaw: Flaw) -> Response {
    #[derive(Serialize)]
    struct Refused {
        #[serde(flatten)]
        detail: ProblemDetail,
        status: u16,
    }
    let refused = Refused { detail: flaw.into(), status: 400 };
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))];
    (StatusCode::BAD_REQUEST, headers, Json(refused)).into_response()
}
