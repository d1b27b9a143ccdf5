//! GET /api/colleges/ , /api/colleges/{slug}/ , /api/colleges/{slug}/logo

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page::PageResponse;
use crate::app::rows::{CollegeSummaryRow, DepartmentRow, ProgrammeRow};
use crate::app::{App, colleges};
use crate::http::extract::{Filter, Id, page_request};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show)).routes(routes!(logo))
}

/// A college in the list.
#[derive(Serialize, ToSchema)]
struct CollegeSummary {
    slug: String,
    name: String,
    city: Option<String>,
}

/// A college with what a student chooses from.
#[derive(Serialize, ToSchema)]
struct College {
    slug: String,
    name: String,
    city: Option<String>,
    /// Its decentralised identifier (did:web).
    did: String,
    website: Option<String>,
    /// `#rrggbb`.
    colour: String,
    logo_url: Option<String>,
    departments: Vec<Department>,
    programmes: Vec<Programme>,
    /// To be sent back as `consent` at registration.
    consent_version: String,
    consent_text: String,
}

#[derive(Serialize, ToSchema)]
struct Department {
    id: uuid::Uuid,
    code: String,
    name: String,
}

#[derive(Serialize, ToSchema)]
struct Programme {
    id: uuid::Uuid,
    code: String,
    name: String,
    department_id: uuid::Uuid,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CollegeFilter {
    limit: Option<i64>,
    cursor: Option<String>,
    /// `true` for an exact count.
    count: Option<bool>,
}

/// The colleges of this hub, by name.
#[utoipa::path(get, path = "/api/colleges", tag = "public", params(CollegeFilter),
    responses((status = 200, body = PageResponse<CollegeSummary>), (status = 400)))]
async fn list(
    Filter(filter): Filter<CollegeFilter>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<CollegeSummary>>, Problem> {
    let page = page_request(filter.limit, filter.cursor.as_deref())?;
    let (page, count) = colleges::list(page, filter.count.unwrap_or(false), &app).await?;
    Ok(Json(PageResponse::from_page(page, CollegeSummary::from).counted(count)))
}

/// A college with its departments, programmes and consent text.
#[utoipa::path(get, path = "/api/colleges/{slug}", tag = "public", params(("slug" = String, Path)),
    responses((status = 200, body = College), (status = 404)))]
async fn show(Id(slug): Id<String>, State(app): State<Arc<App>>) -> Result<Json<College>, Problem> {
    Ok(Json(colleges::show(&slug, &app).await?.into()))
}

/// A college's logo.
#[utoipa::path(get, path = "/api/colleges/{slug}/logo", tag = "public", params(("slug" = String, Path)),
    responses(
        (status = 200, description = "The picture", body = Vec<u8>, content_type = "image/png"),
        (status = 404)))]
async fn logo(
    Id(slug): Id<String>,
    State(app): State<Arc<App>>,
) -> Result<([(HeaderName, String); 3], Vec<u8>), Problem> {
    let logo = colleges::logo(&slug, &app).await?;
    let headers = [
        (header::CONTENT_TYPE, logo.media_type),
        (header::CACHE_CONTROL, "public, max-age=3600".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    Ok((headers, logo.bytes))
}

impl From<CollegeSummaryRow> for CollegeSummary {
    fn from(row: CollegeSummaryRow) -> Self {
        Self { slug: row.slug, name: row.name, city: row.city }
    }
}

impl From<colleges::College> for College {
    fn from(college: colleges::College) -> Self {
        Self {
            logo_url: colleges::logo_address(&college.row),
            slug: college.row.slug,
            name: college.row.name,
            city: college.row.city,
            did: college.did,
            website: college.row.website,
            colour: college.row.colour,
            departments: college.departments.into_iter().map(Department::from).collect(),
            programmes: college.programmes.into_iter().map(Programme::from).collect(),
            consent_version: college.row.consent_version,
            consent_text: college.row.consent_text,
        }
    }
}

impl From<DepartmentRow> for Department {
    fn from(row: DepartmentRow) -> Self {
        Self { id: row.id, code: row.code, name: row.name }
    }
}

impl From<ProgrammeRow> for Programme {
    fn from(row: ProgrammeRow) -> Self {
        Self { id: row.id, code: row.code, name: row.name, department_id: row.department_id }
    }
}
