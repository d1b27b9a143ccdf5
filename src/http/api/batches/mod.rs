//! GET, POST /api/credentials/batch/ , GET /api/credentials/batch/{id}/

mod shape;

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page::PageResponse;
use crate::app::batch::{self, Options, Place, RawRow};
use crate::app::{App, Refusal};
use crate::domain::ids::{BatchId, CredentialId};
use crate::http::extract::{AsBatchIssuer, Filter, Id, SteppedUp, page_request};
use crate::http::problem::Problem;
use shape::{Batch, BatchBegun, BatchDetail, BatchRequest};

/// 10,000 rows with descriptions of half a page fit.
const BODY_LIMIT: usize = 24 * 1024 * 1024;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    let begin =
        OpenApiRouter::new().routes(routes!(list, begin)).layer(DefaultBodyLimit::max(BODY_LIMIT));
    OpenApiRouter::new().merge(begin).routes(routes!(find))
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

/// Issue many at once: past approvals (as JSON or as a CSV file), or credentials anew. The credentials are signed by
/// jobs; the answer says where to follow them. The same rows may be sent again without harm.
#[utoipa::path(post, path = "/api/credentials/batch", tag = "credentials", security(("bearer" = [])), params(BatchOptions),
    request_body(description = "Rows, or credentials to issue anew", content((BatchRequest = "application/json"), (String = "text/csv"))),
    responses((status = 200, body = BatchBegun, description = "A dry run, or every row stood in the hub already"),
        (status = 202, body = BatchBegun, headers(("Location" = String, description = "Where it can be followed"))),
        (status = 400), (status = 401), (status = 403), (status = 413), (status = 415),
        (status = 422)))]
async fn begin(
    SteppedUp(AsBatchIssuer(issuer)): SteppedUp<AsBatchIssuer>,
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
        (status = 400), (status = 401), (status = 403)))]
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
        (status = 401), (status = 403), (status = 404)))]
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
                    (Some(items), None) => Ok(Self::Items(
                        (1..).zip(items).map(|(place, item)| item.row(place)).collect(),
                    )),
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
