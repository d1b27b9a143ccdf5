//! /api/point-schemes/ , …/{id}/ , …/presets/ , …/simulate/ ; /api/point-bindings/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::points::{PointsResponse, unknown};
use crate::app::App;
use crate::app::points::{self, Binding, RawBinding, SchemeSource, Simulation};
use crate::app::rows::{CountableRow, PointSchemeRow};
use crate::domain::achievement::{Level, Outcome};
use crate::domain::ids::MemberId;
use crate::domain::particulars::Particulars;
use crate::domain::points::{PRESETS, Preset, Scheme, StudentKind};
use crate::http::extract::{AsPointKeeper, Id, ValidJson};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(presets))
        .routes(routes!(simulate))
        .routes(routes!(versions, revise, remove))
        .routes(routes!(bindings, bind))
        .routes(routes!(unbind))
}

/// A version of a scheme; a version never changes.
#[derive(Serialize, ToSchema)]
struct PointScheme {
    id: Uuid,
    version: i32,
    name: String,
    #[schema(value_type = Scheme)]
    content: Value,
    made_by: String,
    made_at: DateTime<Utc>,
}

/// A scheme to begin from.
#[derive(Serialize, ToSchema)]
struct PointPreset {
    code: &'static str,
    name: &'static str,
    content: Scheme,
}

/// A new scheme, or the next version of one: by a preset's code, or written out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "KTU 2024", "preset": "ktu_2024" }))]
struct SchemeRequest {
    /// 1 to 120 characters; a next version may leave it out.
    name: Option<String>,
    preset: Option<String>,
    #[schema(value_type = Option<Scheme>)]
    content: Option<Value>,
}

/// For whom a version of a scheme holds; null means all.
#[derive(Serialize, ToSchema)]
struct PointBinding {
    id: Uuid,
    scheme: Uuid,
    version: i32,
    name: String,
    /// Code of a programme.
    programme: Option<String>,
    batch: Option<String>,
    kind: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BindingRequest {
    scheme: Uuid,
    version: i32,
    /// Code of a programme; left out for all.
    programme: Option<String>,
    batch: Option<String>,
    kind: Option<StudentKind>,
}

/// One scheme (a preset, one that is kept, or written out) on one student's approved achievements, or on samples.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SimulationRequest {
    preset: Option<String>,
    scheme: Option<Uuid>,
    /// Of the scheme.
    version: Option<i32>,
    #[schema(value_type = Option<Scheme>)]
    content: Option<Value>,
    /// In the place of the student's own; regular for samples.
    kind: Option<StudentKind>,
    student: Option<MemberId>,
    /// At most 200.
    samples: Option<Vec<Sample>>,
}

/// An achievement that might be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Sample {
    /// Code of a category.
    category: String,
    #[serde(default)]
    title: String,
    level: Option<Level>,
    outcome: Option<Outcome>,
    hours: Option<i32>,
    ended_on: Option<NaiveDate>,
    #[serde(default)]
    particulars: Particulars,
}

/// Every version of every scheme of the college, the newest of each first.
#[utoipa::path(get, path = "/api/point-schemes", tag = "points", security(("bearer" = [])),
    responses((status = 200, body = Vec<PointScheme>), (status = 401), (status = 403)))]
async fn list(
    AsPointKeeper(caller): AsPointKeeper,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<PointScheme>>, Problem> {
    let rows = points::schemes(&caller, &app).await?;
    Ok(Json(rows.into_iter().map(PointScheme::from).collect()))
}

/// What universities ask for, to begin from.
#[utoipa::path(get, path = "/api/point-schemes/presets", tag = "points", security(("bearer" = [])),
    responses((status = 200, body = Vec<PointPreset>), (status = 401), (status = 403)))]
async fn presets(AsPointKeeper(_caller): AsPointKeeper) -> Json<Vec<PointPreset>> {
    let shown = |preset: Preset| PointPreset {
        code: preset.code,
        name: preset.name,
        content: preset.scheme(),
    };
    Json(PRESETS.into_iter().map(shown).collect())
}

/// Write a scheme. It holds for nobody until it is bound.
#[utoipa::path(post, path = "/api/point-schemes", tag = "points", security(("bearer" = [])), request_body = SchemeRequest,
    responses((status = 201, body = PointScheme), (status = 400), (status = 401), (status = 403), (status = 422)))]
async fn create(
    AsPointKeeper(caller): AsPointKeeper,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<SchemeRequest>,
) -> Result<(StatusCode, Json<PointScheme>), Problem> {
    let name = request.name.unwrap_or_default();
    let source = source(request.preset, request.content, None)?;
    let hub = app.clone();
    let row = app.act(async move { points::create(&name, source, &caller, &hub).await }).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// Every version of a scheme, the newest first.
#[utoipa::path(get, path = "/api/point-schemes/{id}", tag = "points", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 200, body = Vec<PointScheme>), (status = 401), (status = 403), (status = 404)))]
async fn versions(
    AsPointKeeper(caller): AsPointKeeper,
    Id(id): Id<Uuid>,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<PointScheme>>, Problem> {
    let rows = points::scheme(id, &caller, &app).await?;
    Ok(Json(rows.into_iter().map(PointScheme::from).collect()))
}

/// Write the next version of a scheme. What is bound stays bound to the version it was.
#[utoipa::path(post, path = "/api/point-schemes/{id}", tag = "points", security(("bearer" = [])), params(("id" = Uuid, Path)),
    request_body = SchemeRequest,
    responses((status = 201, body = PointScheme), (status = 400), (status = 401), (status = 403), (status = 404), (status = 422)))]
async fn revise(
    AsPointKeeper(caller): AsPointKeeper,
    Id(id): Id<Uuid>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<SchemeRequest>,
) -> Result<(StatusCode, Json<PointScheme>), Problem> {
    let source = source(request.preset, request.content, None)?;
    let (name, hub) = (request.name, app.clone());
    let write = async move { points::revise(id, name.as_deref(), source, &caller, &hub).await };
    Ok((StatusCode::CREATED, Json(app.act(write).await?.into())))
}

/// Remove a scheme that holds for nobody and never did.
#[utoipa::path(delete, path = "/api/point-schemes/{id}", tag = "points", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 204), (status = 401), (status = 403), (status = 404), (status = 409)))]
async fn remove(
    AsPointKeeper(caller): AsPointKeeper,
    Id(id): Id<Uuid>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    let hub = app.clone();
    app.act(async move { points::delete(id, &caller, &hub).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Try a scheme out. Nothing is kept.
#[utoipa::path(post, path = "/api/point-schemes/simulate", tag = "points", security(("bearer" = [])), request_body = SimulationRequest,
    responses((status = 200, body = PointsResponse), (status = 400), (status = 401), (status = 403), (status = 404), (status = 422)))]
async fn simulate(
    AsPointKeeper(caller): AsPointKeeper,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<SimulationRequest>,
) -> Result<Json<PointsResponse>, Problem> {
    let kept = request.scheme.zip(request.version);
    let source = source(request.preset, request.content, kept)?;
    let on = match (request.student, request.samples) {
        (Some(student), None) => Simulation::Student(student),
        (None, Some(samples)) if samples.len() <= 200 => {
            let rows = (1u128..).zip(samples);
            Simulation::Samples(rows.map(|(id, sample)| sample.row(Uuid::from_u128(id))).collect())
        }
        _ => return Err(unknown("samples", "Name one student, or give at most 200 samples.")),
    };
    Ok(Json(points::simulate(source, request.kind, on, &caller, &app).await?.into()))
}

/// For whom which scheme holds. The closest binding holds: by programme, then batch, then kind of student.
#[utoipa::path(get, path = "/api/point-bindings", tag = "points", security(("bearer" = [])),
    responses((status = 200, body = Vec<PointBinding>), (status = 401), (status = 403)))]
async fn bindings(
    AsPointKeeper(caller): AsPointKeeper,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<PointBinding>>, Problem> {
    let rows = points::bindings(&caller, &app).await?;
    Ok(Json(rows.into_iter().map(PointBinding::from).collect()))
}

/// Say that a version holds for some, in the place of what held for the same. Their points are counted anew.
#[utoipa::path(post, path = "/api/point-bindings", tag = "points", security(("bearer" = [])), request_body = BindingRequest,
    responses((status = 201, body = PointBinding), (status = 400), (status = 401), (status = 403), (status = 422)))]
async fn bind(
    AsPointKeeper(caller): AsPointKeeper,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<BindingRequest>,
) -> Result<(StatusCode, Json<PointBinding>), Problem> {
    let raw = RawBinding {
        scheme: request.scheme,
        version: request.version,
        programme: request.programme,
        batch: request.batch,
        kind: request.kind,
    };
    let hub = app.clone();
    let row = app.act(async move { points::bind(raw, &caller, &hub).await }).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// It holds for them no more. Their points are counted anew.
#[utoipa::path(delete, path = "/api/point-bindings/{id}", tag = "points", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 204), (status = 401), (status = 403), (status = 404)))]
async fn unbind(
    AsPointKeeper(caller): AsPointKeeper,
    Id(id): Id<Uuid>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    let hub = app.clone();
    app.act(async move { points::unbind(id, &caller, &hub).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn source(
    preset: Option<String>,
    content: Option<Value>,
    kept: Option<(Uuid, i32)>,
) -> Result<SchemeSource, Problem> {
    match (preset, content, kept) {
        (Some(code), None, None) => Ok(SchemeSource::Preset(code)),
        (None, Some(content), None) => Ok(SchemeSource::Content(content)),
        (None, None, Some((id, version))) => Ok(SchemeSource::Kept(id, version)),
        _ => Err(unknown("content", "Name one preset, or write the scheme out.")),
    }
}

impl Sample {
    fn row(self, id: Uuid) -> CountableRow {
        CountableRow {
            achievement: id,
            title: self.title,
            category_code: self.category,
            level: self.level.map(|level| level.as_str().to_owned()),
            outcome: self.outcome.map(|outcome| outcome.as_str().to_owned()),
            hours: self.hours,
            ended_on: self.ended_on,
            particulars: self.particulars.to_kept(),
            event_id: None,
        }
    }
}

impl From<PointSchemeRow> for PointScheme {
    fn from(row: PointSchemeRow) -> Self {
        let PointSchemeRow { id, version, name, content, made_by_name: made_by, made_at } = row;
        Self { id, version, name, content, made_by, made_at }
    }
}

impl From<Binding> for PointBinding {
    fn from(row: Binding) -> Self {
        Self {
            id: row.id,
            scheme: row.scheme_id,
            version: row.scheme_version,
            name: row.scheme_name,
            programme: row.programme_code,
            batch: row.batch,
            kind: row.student_kind,
        }
    }
}
