//! GET /api/me/points/ , /api/students/{id}/points/ , /api/achievements/{id}/points/ ; PATCH /api/students/{id}/points/

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::points::{Estimate, PointsView, estimate, of_student, own, set_kind};
use crate::app::rows::CountableRow;
use crate::app::{App, Refusal};
use crate::domain::ids::{AchievementId, MemberId};
use crate::domain::points::{GroupTally, ItemTally, StudentKind, Tally};
use crate::http::extract::{AsPointKeeper, AsStudent, Id, SignedIn, ValidJson};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(mine))
        .routes(routes!(theirs, set_student_kind))
        .routes(routes!(of_achievement))
}

/// What a student's approved achievements come to.
#[derive(Serialize, ToSchema)]
pub(super) struct PointsResponse {
    /// The scheme that holds; null where none does, and then all below is empty.
    scheme: Option<SchemeRef>,
    kind: String,
    /// Points that are needed.
    target: u32,
    /// Points that count.
    counted: u32,
    /// Points that lack, in all and in groups.
    missing: u32,
    /// Hours of what counts.
    hours: u32,
    minimum_hours: Option<u32>,
    /// Whether nothing lacks.
    fulfilled: bool,
    groups: Vec<GroupTally>,
    items: Vec<PointItem>,
}

/// A version of a scheme.
#[derive(Serialize, ToSchema)]
struct SchemeRef {
    id: Uuid,
    version: i32,
    name: String,
}

/// What one achievement comes to.
#[derive(Serialize, ToSchema)]
struct PointItem {
    title: String,
    /// Code of its category.
    category: String,
    #[serde(flatten)]
    tally: ItemTally,
}

/// What an achievement brings, or would bring.
#[derive(Serialize, ToSchema)]
struct AchievementPoints {
    /// Whether this is what it would be once approved as it is now.
    estimated: bool,
    /// Null where no scheme holds for the student.
    item: Option<PointItem>,
    /// What counts of all with it.
    total: u32,
    /// How much of that is by it.
    gain: u32,
    target: u32,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct KindRequest {
    kind: StudentKind,
}

/// The caller's own points: what counts, what lacks where, and why something counts less.
#[utoipa::path(get, path = "/api/me/points", tag = "points", security(("bearer" = [])),
    responses((status = 200, body = PointsResponse), (status = 401), (status = 403)))]
async fn mine(
    AsStudent(caller): AsStudent,
    State(app): State<Arc<App>>,
) -> Result<Json<PointsResponse>, Problem> {
    Ok(Json(own(&caller, &app).await?.into()))
}

/// The points of a student in the caller's scope.
#[utoipa::path(get, path = "/api/students/{id}/points", tag = "points", security(("bearer" = [])), params(("id" = MemberId, Path)),
    responses((status = 200, body = PointsResponse), (status = 401), (status = 404)))]
async fn theirs(
    SignedIn(caller): SignedIn,
    Id(id): Id<MemberId>,
    State(app): State<Arc<App>>,
) -> Result<Json<PointsResponse>, Problem> {
    Ok(Json(of_student(id, &caller, &app).await?.into()))
}

/// Say of what kind a student is; their points are counted anew.
#[utoipa::path(patch, path = "/api/students/{id}/points", tag = "points", security(("bearer" = [])), params(("id" = MemberId, Path)),
    request_body = KindRequest,
    responses((status = 200, body = PointsResponse), (status = 400), (status = 401), (status = 403), (status = 404)))]
async fn set_student_kind(
    AsPointKeeper(caller): AsPointKeeper,
    Id(id): Id<MemberId>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<KindRequest>,
) -> Result<Json<PointsResponse>, Problem> {
    let hub = app.clone();
    let view = app.act(async move { set_kind(id, request.kind, &caller, &hub).await }).await?;
    Ok(Json(view.into()))
}

/// What an achievement brings, or would bring once approved as it is now.
#[utoipa::path(get, path = "/api/achievements/{id}/points", tag = "points", security(("bearer" = [])), params(("id" = AchievementId, Path)),
    responses((status = 200, body = AchievementPoints), (status = 401), (status = 404)))]
async fn of_achievement(
    SignedIn(caller): SignedIn,
    Id(id): Id<AchievementId>,
    State(app): State<Arc<App>>,
) -> Result<Json<AchievementPoints>, Problem> {
    Ok(Json(estimate(id, &caller, &app).await?.into()))
}

impl From<PointsView> for PointsResponse {
    fn from(view: PointsView) -> Self {
        let student = view.student;
        let ids = student.scheme_id.zip(student.scheme_version).zip(student.scheme_name);
        let mut rows: HashMap<Uuid, CountableRow> =
            view.rows.into_iter().map(|row| (row.achievement, row)).collect();
        let tally = view.tally.unwrap_or(Tally {
            target: 0,
            counted: 0,
            missing: 0,
            hours: 0,
            minimum_hours: None,
            fulfilled: false,
            groups: Vec::new(),
            items: Vec::new(),
        });
        Self {
            scheme: ids.map(|((id, version), name)| SchemeRef { id, version, name }),
            kind: student.student_kind,
            target: tally.target,
            counted: tally.counted,
            missing: tally.missing,
            hours: tally.hours,
            minimum_hours: tally.minimum_hours,
            fulfilled: tally.fulfilled,
            groups: tally.groups,
            items: tally
                .items
                .into_iter()
                .filter_map(|tally| Some(PointItem::new(rows.remove(&tally.id.0)?, tally)))
                .collect(),
        }
    }
}

impl PointItem {
    fn new(row: CountableRow, tally: ItemTally) -> Self {
        Self { title: row.title, category: row.category_code, tally }
    }
}

impl From<Estimate> for AchievementPoints {
    fn from(estimate: Estimate) -> Self {
        let Estimate { estimated, row, with, without } = estimate;
        let (total, target) = with.as_ref().map_or((0, 0), |tally| (tally.counted, tally.target));
        let own = with
            .and_then(|tally| tally.items.into_iter().find(|item| item.id.0 == row.achievement));
        let counted = own.as_ref().map_or(0, |item| item.counted);
        let gain = without.map_or(counted, |without| total.saturating_sub(without.counted));
        Self { estimated, item: own.map(|own| PointItem::new(row, own)), total, gain, target }
    }
}

/// A refusal as the problem that it is, for those who parse before they act.
pub(super) fn unknown(field: &str, detail: &str) -> Problem {
    Refusal::field(field, "required", detail).into()
}
