//! Problem details (RFC 9457): the one shape of an error outside.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::observe;
use crate::app::Refusal;
use crate::app::refusal::CollegeChoice;
use crate::domain::achievement::Action;
use crate::domain::authentication::Method;
use crate::domain::field::FieldError;
use crate::domain::key_life::KeyAction;

/// A key that stands for another request, or for one that has not ended.
const IDEMPOTENCY_CONFLICT: &str = "idempotency_conflict";

/// An error as the API tells it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// An address that names this kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// A machine word, never translated.
    pub code: &'static str,
    /// To find it in the log: the request's id, `X-Request-Id` of the answer.
    pub trace_id: String,
    /// Faults of single fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// What stands there now (stale_version).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<CurrentState>,
    /// What is possible (invalid_transition).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Vec<&'static str>>,
    /// Which colleges to choose from (choose_college).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colleges: Option<Vec<CollegeChoice>>,
    /// A log-in that waits for its second factor (mfa_required).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Box<Challenge>>,
    /// What has to be shown at /api/step-up before this is done: everything of one of these (step_up_required).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ways: Option<Vec<Vec<Method>>>,
    #[serde(skip)]
    retry_after: Option<u64>,
}

/// What stands there now, for whoever came too late.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct CurrentState {
    /// The state word.
    pub status: &'static str,
    /// Name of who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// To send as If-Match.
    pub etag: String,
}

/// A log-in that waits for its second factor.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Challenge {
    /// To be sent with the answer, once.
    pub token: String,
    /// What may be shown.
    pub methods: Vec<Method>,
    /// Seconds that the token holds.
    pub expires_in: i64,
}

impl Problem {
    /// A problem of this status and code.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{code}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: Some(detail.into()),
            code,
            trace_id: observe::current_id(),
            errors: Vec::new(),
            current: None,
            allowed: None,
            colleges: None,
            challenge: None,
            ways: None,
            retry_after: None,
        }
    }

    /// The body or the address is not of the form that is asked for.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    /// Nothing there that the caller may know of.
    pub fn not_found() -> Self {
        Refusal::NotFound.into()
    }

    /// Something broke: noted here and nowhere else, and the caller is told nothing of it.
    fn internal(error: &anyhow::Error, detail: String) -> Self {
        let problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail);
        tracing::error!(
            trace_id = problem.trace_id,
            error = format!("{error:#}"),
            "a request failed"
        );
        problem
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::NotFound => Self::new(StatusCode::NOT_FOUND, "not_found", detail),
            Refusal::Unauthenticated => {
                Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
            }
            Refusal::WrongPassword => Self::new(StatusCode::UNAUTHORIZED, "wrong_password", detail),
            Refusal::SecondFactorRequired(challenge) => Self {
                challenge: Some(Box::new(Challenge {
                    token: challenge.token.reveal().to_owned(),
                    methods: challenge.methods,
                    expires_in: challenge.expires_in,
                })),
                ..Self::new(StatusCode::FORBIDDEN, "mfa_required", detail)
            },
            Refusal::WrongFactor => Self::new(StatusCode::UNAUTHORIZED, "wrong_factor", detail),
            Refusal::StepUpRequired { ways } => Self {
                ways: Some(ways),
                ..Self::new(StatusCode::FORBIDDEN, "step_up_required", detail)
            },
            Refusal::ConsentRequired => {
                Self::new(StatusCode::FORBIDDEN, "consent_required", detail)
            }
            Refusal::Forbidden => Self::new(StatusCode::FORBIDDEN, "forbidden", detail),
            Refusal::OwnItem => Self::new(StatusCode::FORBIDDEN, "own_item", detail),
            Refusal::NotConfirmed(_) => Self::new(StatusCode::FORBIDDEN, "not_confirmed", detail),
            Refusal::Invalid(errors) => Self {
                errors,
                ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "validation_failed", detail)
            },
            Refusal::Stale(current) => {
                let current = CurrentState {
                    status: current.status,
                    decided_by: current.decided_by,
                    decided_at: current.decided_at,
                    etag: super::extract::etag(current.version),
                };
                Self {
                    current: Some(current),
                    ..Self::new(StatusCode::PRECONDITION_FAILED, "stale_version", detail)
                }
            }
            Refusal::PreconditionRequired => {
                Self::new(StatusCode::PRECONDITION_REQUIRED, "precondition_required", detail)
            }
            Refusal::InvalidTransition { allowed } => Self {
                allowed: Some(allowed.into_iter().map(Action::as_str).collect()),
                ..Self::new(StatusCode::CONFLICT, "invalid_transition", detail)
            },
            Refusal::KeyTransition { allowed, .. } => Self {
                allowed: Some(allowed.into_iter().map(KeyAction::as_str).collect()),
                ..Self::new(StatusCode::CONFLICT, "invalid_transition", detail)
            },
            Refusal::ReadOnly => Self::new(StatusCode::FORBIDDEN, "read_only", detail),
            Refusal::SamePerson => Self::new(StatusCode::FORBIDDEN, "same_person", detail),
            Refusal::Conflict(_) => Self::new(StatusCode::CONFLICT, "conflict", detail),
            Refusal::KeyOfAnotherRequest => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, IDEMPOTENCY_CONFLICT, detail)
            }
            Refusal::StillRunning => Self {
                retry_after: Some(1),
                ..Self::new(StatusCode::CONFLICT, IDEMPOTENCY_CONFLICT, detail)
            },
            Refusal::ChooseCollege(colleges) => Self {
                colleges: Some(colleges),
                ..Self::new(StatusCode::CONFLICT, "choose_college", detail)
            },
            Refusal::TooLarge(_) => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail),
            Refusal::UnsupportedType(_) => {
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_type", detail)
            }
            Refusal::RateLimited { retry_after } => Self {
                retry_after: Some(retry_after),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
            },
            Refusal::Busy => Self {
                retry_after: Some(2),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail)
            },
            Refusal::Internal(error) => Self::internal(&error, detail),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).expect("made from a status code");
        let retry_after = self.retry_after;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
