//! GET /api/notifications/ , POST /api/notifications/read/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page::PageResponse;
use crate::app::rows::NotificationRow;
use crate::app::{App, notifications};
use crate::domain::ids::NotificationId;
use crate::http::extract::{Filter, SignedIn, ValidJson, page_request};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

/// A notice to the caller.
#[derive(Serialize, ToSchema)]
struct Notification {
    id: uuid::Uuid,
    kind: String,
    text: String,
    achievement_id: Option<uuid::Uuid>,
    created_at: DateTime<Utc>,
    read: bool,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NotificationFilter {
    limit: Option<i64>,
    cursor: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadRequest {
    /// The newest notice that was seen.
    up_to: NotificationId,
}

/// The caller's notices, newest first.
#[utoipa::path(get, path = "/api/notifications", tag = "notifications", security(("bearer" = [])), params(NotificationFilter),
    responses((status = 200, body = PageResponse<Notification>), (status = 401)))]
async fn list(
    SignedIn(caller): SignedIn,
    Filter(filter): Filter<NotificationFilter>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<Notification>>, Problem> {
    let page = page_request(filter.limit, filter.cursor.as_deref())?;
    Ok(Json(PageResponse::from_page(
        notifications::list(page, &caller, &app).await?,
        Notification::from,
    )))
}

/// Mark notices read, up to and with one.
#[utoipa::path(post, path = "/api/notifications/read", tag = "notifications", security(("bearer" = [])), request_body = ReadRequest,
    responses((status = 204), (status = 401)))]
async fn read(
    SignedIn(caller): SignedIn,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<ReadRequest>,
) -> Result<StatusCode, Problem> {
    notifications::mark_read(request.up_to, &caller, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<NotificationRow> for Notification {
    fn from(row: NotificationRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            text: row.text,
            achievement_id: row.achievement_id,
            created_at: row.created_at,
            read: row.read_at.is_some(),
        }
    }
}
