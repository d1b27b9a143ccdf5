//! GET /api/sessions/ , DELETE /api/sessions/ , DELETE /api/sessions/{id}/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::rows::SessionRow;
use crate::app::{App, session};
use crate::domain::ids::SessionId;
use crate::http::extract::{Filter, Id, SignedIn};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, end_all)).routes(routes!(end))
}

/// One log-in of the caller, on one device.
#[derive(Serialize, ToSchema)]
struct Session {
    id: SessionId,
    /// The one that asks.
    current: bool,
    /// Browser and system, such as `Chrome, Android`; empty where neither is known.
    device: String,
    /// Whether it is a browser's.
    web: bool,
    /// How its person last showed who they are: `password`, `totp`, `recovery_code`, `passkey`, `oidc`.
    methods: Vec<String>,
    logged_in_at: DateTime<Utc>,
    /// To ten minutes.
    last_used_at: DateTime<Utc>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EndAll {
    /// Leave the one that asks.
    #[serde(default)]
    others_only: bool,
}

/// Where the caller is logged in, the last used first.
#[utoipa::path(get, path = "/api/sessions", tag = "identity", security(("bearer" = [])),
    responses((status = 200, body = Vec<Session>),
        (status = 401)))]
async fn list(
    SignedIn(caller): SignedIn,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Session>>, Problem> {
    let current = caller.session.as_ref().map(|session| session.id);
    let rows = session::list(&caller, &app).await?;
    Ok(Json(rows.into_iter().map(|row| shape(row, current)).collect()))
}

/// Log out one device. None of its tokens opens anything from then on.
#[utoipa::path(delete, path = "/api/sessions/{id}", tag = "identity", security(("bearer" = [])), params(("id" = SessionId, Path)),
    responses((status = 204), (status = 401), (status = 404)))]
async fn end(
    SignedIn(caller): SignedIn,
    Id(id): Id<SessionId>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    session::end_one(id, &caller, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Log out everywhere, or everywhere else.
#[utoipa::path(delete, path = "/api/sessions", tag = "identity", security(("bearer" = [])), params(EndAll),
    responses((status = 204), (status = 400), (status = 401)))]
async fn end_all(
    SignedIn(caller): SignedIn,
    Filter(which): Filter<EndAll>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    session::end_all(which.others_only, &caller, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shape(row: SessionRow, current: Option<SessionId>) -> Session {
    let id = SessionId(row.id);
    Session {
        id,
        current: current == Some(id),
        device: row.device,
        web: row.client == "web",
        methods: row.methods,
        logged_in_at: row.created_at,
        last_used_at: row.last_used_at,
    }
}
