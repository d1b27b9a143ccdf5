//! GET /api/admin/jobs/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::rows::JobStateRow;
use crate::app::{App, admin};
use crate::http::api::page::PageResponse;
use crate::http::api::refusals::ReadRefusals;
use crate::http::extract::{AsHubAdmin, Filter, page_request};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Something left to do after an act.
#[derive(Serialize, ToSchema)]
struct JobState {
    id: Uuid,
    kind: String,
    /// Slug.
    college: Option<String>,
    /// When it is tried next.
    run_at: DateTime<Utc>,
    attempts: i32,
    /// When it was given up.
    failed_at: Option<DateTime<Utc>>,
    /// What went wrong the last time; nothing of mails, whose errors name addresses.
    last_error: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct JobFilter {
    /// `true` for those given up, `false` for those that wait.
    failed: Option<bool>,
    kind: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Jobs that wait or were given up, the next due first. What they are about is not told.
#[utoipa::path(get, path = "/api/admin/jobs", tag = "admin", security(("bearer" = [])), params(JobFilter),
    responses((status = 200, body = PageResponse<JobState>), ReadRefusals))]
async fn list(
    _admin: AsHubAdmin,
    Filter(filter): Filter<JobFilter>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<JobState>>, Problem> {
    let page = page_request(filter.limit, filter.cursor.as_deref())?;
    let page = admin::jobs(filter.failed, filter.kind, page, &app).await?;
    Ok(Json(PageResponse::from_page(page, JobState::from)))
}

impl From<JobStateRow> for JobState {
    fn from(row: JobStateRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            college: row.college,
            run_at: row.run_at,
            attempts: row.attempts,
            failed_at: row.failed_at,
            last_error: row.last_error,
        }
    }
}
