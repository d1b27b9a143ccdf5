//! POST /api/step-up/ , POST /api/step-up/passkey/ : showing once more who one is, before a weighty act.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::passkeys::{Ceremony, PasskeyAnswer};
use super::second_factor::answer_of;
use crate::app::step_up::{self, Shown};
use crate::app::{App, passkeys};
use crate::http::extract::{SignedIn, ValidJson};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(step_up)).routes(routes!(begin_passkey))
}

/// Everything of one of the `ways` that step_up_required names.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StepUpRequest {
    password: Option<String>,
    /// Six digits of the authenticator app.
    code: Option<String>,
    /// In the place of `code`.
    recovery_code: Option<String>,
    passkey: Option<PasskeyAnswer>,
}

#[derive(Serialize, ToSchema)]
struct SteppedUp {
    /// Until when it does.
    until: DateTime<Utc>,
}

/// Show once more who one is. What answered step_up_required is then done when it is asked for again, with the same token.
#[utoipa::path(post, path = "/api/step-up", tag = "identity", security(("bearer" = [])), request_body = StepUpRequest,
    responses((status = 200, body = SteppedUp),
        (status = 400), (status = 401),
        (status = 403, description = "step_up_required: something is missing"),
        (status = 422, description = "`/password` or `/code` is wrong"),
        (status = 429), (status = 503)))]
async fn step_up(
    SignedIn(caller): SignedIn,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<StepUpRequest>,
) -> Result<Json<SteppedUp>, Problem> {
    let shown = Shown {
        password: request.password,
        second: answer_of(request.code, request.recovery_code, request.passkey),
    };
    let until = step_up::step_up(shown, &caller, &app).await?;
    Ok(Json(SteppedUp { until }))
}

/// Ask the browser for one of the caller's passkeys.
#[utoipa::path(post, path = "/api/step-up/passkey", tag = "identity", security(("bearer" = [])),
    responses((status = 200, body = Ceremony),
        (status = 401),
        (status = 404, description = "the caller has no passkey"),
        (status = 409)))]
async fn begin_passkey(
    SignedIn(caller): SignedIn,
    State(app): State<Arc<App>>,
) -> Result<Json<Ceremony>, Problem> {
    Ok(Json(passkeys::begin_step_up(&caller, &app).await?.into()))
}
