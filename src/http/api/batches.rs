//! GET, POST /api/credentials/batch/ , GET /api/credentials/batch/{id}/

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::page::PageResponse;
use crate::app::batch::{self, BatchView, Begun, Options, Place, RawRow};
use crate::app::rows::BatchRow;
use crate::app::{App, Refusal};
use crate::domain::ids::{BatchId, CredentialId};
use crate::http::extract::{AsBatchIssuer, Filter, Id, page_request};
use crate::http::problem::Problem;

/// 10,000 rows with descriptions of half a page fit.
const BODY_LIMIT: usize = 24 * 1024 * 1024;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    let begin =
        OpenApiRouter::new().routes(routes!(list, begin)).layer(DefaultBodyLimit::max(BODY_LIMIT));
    OpenApiRouter::new().merge(begin).routes(routes!(find))
}

/// What to issue: either past approvals or credentials anew, at most 10,000.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BatchRequest {
    /// Past approvals to bring along.
    #[serde(default)]
    items: Option<Vec<PastApproval>>,
    /// Credentials to issue anew with what the college's records say now: same address, same place in the status list.
    #[serde(default)]
    reissue: Option<Vec<CredentialId>>,
}

/// An achievement that was approved before; a CSV file has these columns.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PastApproval {
    /// Your own name for it, once in a college: a row of a known reference is not issued again.
    reference: String,
    /// Roll number or address.
    student: String,
    /// Category code.
    category: String,
    title: String,
    #[serde(default)]
    description: String,
    organiser: String,
    #[serde(default)]
    role: Option<String>,
    /// `college`, `zonal`, `university`, `state`, `national` or `international`.
    #[serde(default)]
    level: Option<String>,
    /// `winner`, `runner_up`, `third`, `participant`, `completed` or `organizer`.
    #[serde(default)]
    outcome: Option<String>,
    #[serde(default)]
    started_on: Option<String>,
    /// The last day, or the day of the award.
    ended_on: String,
    #[serde(default)]
    hours: Option<i32>,
    /// In a CSV file one cell, with semicolons between them.
    #[serde(default)]
    skills: Vec<String>,
    #[serde(default)]
    team: Option<String>,
    /// Address of the reviewer who approved; never the student.
    approver: String,
    /// The day of the approval.
    approved_on: String,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BatchOptions {
    /// Only say what would happen.
    dry_run: Option<bool>,
    /// Issue the rows without a fault, and name the others in the batch; else one fault stops all.
    skip_invalid: Option<bool>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PageFilter {
    limit: Option<i64>,
    cursor: Option<String>,
}

/// What came of sending a batch.
#[derive(Serialize, ToSchema)]
struct BatchBegun {
    /// Where it can be followed; none after a dry run.
    batch: Option<BatchId>,
    /// Rows to be issued.
    accepted: usize,
    /// Rows that stood in the hub already, with the same content.
    repeated: usize,
    /// Faults of the others.
    errors: Vec<BatchRowError>,
}

/// A fault of one row.
#[derive(Serialize, ToSchema)]
struct BatchRowError {
    /// Line of the file (the column names are line 1), or place in the list, from 1.
    row: u64,
    column: String,
    code: &'static str,
    detail: String,
}

/// A batch and how far it is.
#[derive(Serialize, ToSchema)]
struct Batch {
    id: Uuid,
    /// `past_approvals`, `reissue` or `key_replaced`.
    kind: String,
    /// `waiting`, `running` or `finished`.
    state: &'static str,
    total: i64,
    issued: i64,
    failed: i64,
    /// Revoked before their turn.
    skipped: i64,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

/// A batch with its speed and what of it failed.
#[derive(Serialize, ToSchema)]
struct BatchDetail {
    #[serde(flatten)]
    batch: Batch,
    /// Credentials issued in a second, since it was begun.
    rate: Option<f64>,
    /// What failed, at most a thousand.
    failures: Vec<BatchFailure>,
}

/// A row that was not issued.
#[derive(Serialize, ToSchema)]
struct BatchFailure {
    row: i32,
    reference: Option<String>,
    credential: Option<Uuid>,
    code: String,
    detail: String,
}

/// Issue many at once: past approvals (as JSON or as a CSV file), or credentials anew. The credentials are signed by
/// jobs; the answer says where to follow them. The same rows may be sent again without harm.
#[utoipa::path(post, path = "/api/credentials/batch", tag = "credentials", security(("bearer" = [])), params(BatchOptions),
    request_body(description = "Rows, or credentials to issue anew", content((BatchRequest = "application/json"), (String = "text/csv"))),
    responses((status = 200, body = BatchBegun, description = "A dry run, or every row stood in the hub already"),
        (status = 202, body = BatchBegun, headers(("Location" = String, description = "Where it can be followed"))),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn begin(
    AsBatchIssuer(issuer): AsBatchIssuer,
    Filter(options): Filter<BatchOptions>,
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1], Json<BatchBegun>), Problem> {
    let body = body.map_err(|_| {
        Refusal::TooLarge("A batch may be 24 MB long; please split the file.".to_owned())
    })?;
    let asked = Asked::read(&headers, &body)?;
    let options = Options {
        dry_run: options.dry_run.unwrap_or(false),
        skip_invalid: options.skip_invalid.unwrap_or(false),
        place: asked.place(),
    };
    let hub = app.clone();
    let begun = app
        .act(async move {
            match asked {
                Asked::Lines(rows) | Asked::Items(rows) => {
                    batch::import(rows, options, &issuer, &hub).await
                }
                Asked::Reissue(ids) => batch::reissue(ids, options, &issuer, &hub).await,
            }
        })
        .await?;
    let status = if begun.is_new { StatusCode::ACCEPTED } else { StatusCode::OK };
    let place = begun
        .batch
        .map_or("/api/credentials/batch/".to_owned(), |id| format!("/api/credentials/batch/{id}/"));
    let place = HeaderValue::from_str(&place).expect("a path of ids");
    Ok((status, [(header::LOCATION, place)], Json(BatchBegun::from(begun))))
}

/// The college's batches, newest first.
#[utoipa::path(get, path = "/api/credentials/batch", tag = "credentials", security(("bearer" = [])), params(PageFilter),
    responses((status = 200, body = PageResponse<Batch>),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json")))]
async fn list(
    AsBatchIssuer(issuer): AsBatchIssuer,
    Filter(filter): Filter<PageFilter>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<Batch>>, Problem> {
    let page = page_request(filter.limit, filter.cursor.as_deref())?;
    let page = batch::list(page, &issuer, &app).await?;
    Ok(Json(PageResponse::from_page(page, |row| Batch::from(&row))))
}

/// A batch: how far it is, how fast, and what failed.
#[utoipa::path(get, path = "/api/credentials/batch/{id}", tag = "credentials", security(("bearer" = [])), params(("id" = BatchId, Path)),
    responses((status = 200, body = BatchDetail),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn find(
    AsBatchIssuer(issuer): AsBatchIssuer,
    Id(id): Id<BatchId>,
    State(app): State<Arc<App>>,
) -> Result<Json<BatchDetail>, Problem> {
    Ok(Json(BatchDetail::from(batch::find(id, &issuer, &app).await?)))
}

/// What a body asks for.
enum Asked {
    Lines(Vec<RawRow>),
    Items(Vec<RawRow>),
    Reissue(Vec<CredentialId>),
}

impl Asked {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Problem> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim).unwrap_or_default();
        match kind.to_ascii_lowercase().as_str() {
            "application/json" => {
                let request: BatchRequest = serde_json::from_slice(body)
                    .map_err(|error| Problem::malformed(error.to_string()))?;
                match (request.items, request.reissue) {
                    (Some(items), None) => Ok(Self::Items((1..).zip(items).map(raw_row).collect())),
                    (None, Some(ids)) => Ok(Self::Reissue(ids)),
                    _ => Err(Problem::malformed("Send either `items` or `reissue`.")),
                }
            }
            "text/csv" => {
                let text = std::str::from_utf8(body)
                    .map_err(|_| Problem::malformed("The file is not UTF-8."))?;
                Ok(Self::Lines(batch::read_csv(text)?))
            }
            _ => Err(Refusal::UnsupportedType(
                "Send application/json or text/csv, and say which in Content-Type.".to_owned(),
            )
            .into()),
        }
    }

    fn place(&self) -> Place {
        match self {
            Self::Lines(_) => Place::Line,
            Self::Items(_) => Place::Item,
            Self::Reissue(_) => Place::Credential,
        }
    }
}

fn raw_row((position, item): (i32, PastApproval)) -> RawRow {
    RawRow {
        position,
        reference: item.reference,
        student: item.student,
        category: item.category,
        title: item.title,
        description: item.description,
        organiser: item.organiser,
        role: item.role.unwrap_or_default(),
        level: item.level.unwrap_or_default(),
        outcome: item.outcome.unwrap_or_default(),
        started_on: item.started_on.unwrap_or_default(),
        ended_on: item.ended_on,
        hours: item.hours.map(|hours| hours.to_string()).unwrap_or_default(),
        skills: item.skills,
        team: item.team.unwrap_or_default(),
        approver: item.approver,
        approved_on: item.approved_on,
    }
}

impl From<Begun> for BatchBegun {
    fn from(begun: Begun) -> Self {
        let error = |error: crate::app::roster::RowError| BatchRowError {
            row: error.row,
            column: error.column,
            code: error.code,
            detail: error.detail,
        };
        Self {
            batch: begun.batch,
            accepted: begun.accepted,
            repeated: begun.repeated,
            errors: begun.errors.into_iter().map(error).collect(),
        }
    }
}

impl From<&BatchRow> for Batch {
    fn from(row: &BatchRow) -> Self {
        let state = match (row.started_at, row.finished_at) {
            (_, Some(_)) => "finished",
            (Some(_), None) => "running",
            (None, None) => "waiting",
        };
        Self {
            id: row.id,
            kind: row.kind.clone(),
            state,
            total: row.total,
            issued: row.issued,
            failed: row.failed,
            skipped: row.skipped,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        }
    }
}

impl From<BatchView> for BatchDetail {
    fn from(view: BatchView) -> Self {
        let row = &view.row;
        let seconds = row
            .started_at
            .map(|start| (row.finished_at.unwrap_or(view.now) - start).as_seconds_f64())
            .filter(|seconds| *seconds > 0.0);
        let failures = view.failures.into_iter().map(|item| BatchFailure {
            row: item.position,
            reference: item.reference,
            credential: item.credential,
            code: item.code,
            detail: item.detail,
        });
        Self {
            batch: Batch::from(row),
            rate: seconds.map(|seconds| row.issued as f64 / seconds),
            failures: failures.collect(),
        }
    }
}
