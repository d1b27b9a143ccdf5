//! POST /api/register/

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::app::register::{self, Registration};
use crate::domain::member::{Language, MemberState};
use crate::http::extract::ValidJson;
use crate::http::limits::Limits;
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(register))
}

/// A student's registration. Staff come by invitation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RegisterRequest {
    /// Slug.
    college: String,
    email: String,
    /// 10 to 200 characters.
    password: String,
    /// As on the college's records; this is the name that is signed.
    full_name: String,
    full_name_native: Option<String>,
    /// `hi` or `ta`.
    native_language: Option<Language>,
    roll_number: String,
    /// Code of the department.
    department: String,
    /// Code of the programme.
    programme: String,
    /// First and last year, such as `2023-2027`.
    batch: String,
    /// One-time code handed out on paper.
    code: Option<String>,
    /// The `consent_version` that was agreed to.
    consent: String,
}

/// How far an account is.
#[derive(Serialize, ToSchema)]
pub(super) struct Registered {
    pub(super) state: MemberState,
}

/// Register as a student. A mail with a link goes out; the answer says nothing about other accounts.
#[utoipa::path(post, path = "/api/register", tag = "identity", request_body = RegisterRequest,
    responses(
        (status = 201, body = Registered),
        (status = 400), (status = 422), (status = 429), (status = 503)))]
async fn register(
    State(app): State<Arc<App>>,
    Extension(limits): Extension<Arc<Limits>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    ValidJson(request): ValidJson<RegisterRequest>,
) -> Result<(StatusCode, Json<Registered>), Problem> {
    limits.attempt_from(peer)?;
    limits.attempt_on(&request.email)?;
    let registered = register::register(request.into(), &app).await?;
    Ok((StatusCode::CREATED, Json(Registered { state: registered.state })))
}

impl From<RegisterRequest> for Registration {
    fn from(request: RegisterRequest) -> Self {
        Self {
            college: request.college,
            email: request.email,
            password: request.password,
            full_name: request.full_name,
            full_name_native: request.full_name_native,
            native_language: request.native_language,
            roll_number: request.roll_number,
            department: request.department,
            programme: request.programme,
            batch: request.batch,
            code: request.code,
            consent: request.consent,
        }
    }
}
