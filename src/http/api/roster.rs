//! GET /api/roster/ , POST /api/roster/imports/

use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page::PageResponse;
use crate::app::{App, roster};
use crate::http::extract::{AsRosterKeeper, Filter, ValidJson, page_request};
use crate::http::problem::Problem;

/// 20,000 rows of a spreadsheet fit.
const IMPORT_LIMIT: usize = 6 * 1024 * 1024;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    let import =
        OpenApiRouter::new().routes(routes!(import)).layer(DefaultBodyLimit::max(IMPORT_LIMIT));
    OpenApiRouter::new().routes(routes!(list)).merge(import)
}

/// Somebody whom the college knows as its student.
#[derive(Serialize, ToSchema)]
struct RosterRow {
    id: uuid::Uuid,
    roll_number: String,
    full_name: String,
    full_name_native: Option<String>,
    /// Code of the programme.
    programme: String,
    batch: String,
    email: Option<String>,
    /// An account has this row.
    taken: bool,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RosterFilter {
    /// Part of a name, or the beginning of a roll number.
    q: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
    /// `true` for an exact count.
    count: Option<bool>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RosterImportRequest {
    /// Columns `roll_number,full_name,full_name_native,programme,batch,email,code`; the first line names them.
    csv: String,
    /// Only report what would happen.
    dry_run: bool,
}

/// What an import did, or would do.
#[derive(Serialize, ToSchema)]
struct ImportReport {
    /// Rows without a fault.
    accepted: usize,
    created: usize,
    updated: usize,
    errors: Vec<RowError>,
}

/// A fault of one row.
#[derive(Serialize, ToSchema)]
struct RowError {
    /// Line of the file; the column names are line 1.
    row: u64,
    column: String,
    code: &'static str,
    detail: String,
}

/// The roster, in the order it was imported.
#[utoipa::path(get, path = "/api/roster", tag = "people", security(("bearer" = [])), params(RosterFilter),
    responses(
        (status = 200, body = PageResponse<RosterRow>),
        (status = 400), (status = 401), (status = 403)))]
async fn list(
    AsRosterKeeper(caller): AsRosterKeeper,
    Filter(filter): Filter<RosterFilter>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<RosterRow>>, Problem> {
    let page = page_request(filter.limit, filter.cursor.as_deref())?;
    let (page, count) =
        roster::list(filter.q.as_deref(), page, filter.count.unwrap_or(false), &caller, &app)
            .await?;
    Ok(Json(PageResponse::from_page(page, RosterRow::from).counted(count)))
}

/// Import the roster: rows without a fault are written, those of a known roll number brought up to date.
#[utoipa::path(post, path = "/api/roster/imports", tag = "people", security(("bearer" = [])), request_body = RosterImportRequest,
    responses(
        (status = 200, body = ImportReport),
        (status = 400), (status = 401), (status = 403), (status = 413), (status = 422)))]
async fn import(
    AsRosterKeeper(caller): AsRosterKeeper,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<RosterImportRequest>,
) -> Result<Json<ImportReport>, Problem> {
    Ok(Json(roster::import(request.csv, request.dry_run, &caller, &app).await?.into()))
}

impl From<crate::app::rows::RosterRow> for RosterRow {
    fn from(row: crate::app::rows::RosterRow) -> Self {
        Self {
            id: row.id,
            roll_number: row.roll_number,
            full_name: row.full_name,
            full_name_native: row.full_name_native,
            programme: row.programme_code,
            batch: row.batch,
            email: row.email_key,
            taken: row.member_id.is_some(),
        }
    }
}

impl From<roster::ImportReport> for ImportReport {
    fn from(report: roster::ImportReport) -> Self {
        let error = |error: roster::RowError| RowError {
            row: error.row,
            column: error.column,
            code: error.code,
            detail: error.detail,
        };
        Self {
            accepted: report.accepted,
            created: report.created,
            updated: report.updated,
            errors: report.errors.into_iter().map(error).collect(),
        }
    }
}
