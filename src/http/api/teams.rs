//! /api/events/ , /api/teams/ : what several achievements speak of, entered once.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::page::PageResponse;
use crate::app::rows::{SharedEventRow, TeamRow};
use crate::app::{App, teams};
use crate::domain::achievement::Level;
use crate::domain::ids::EventId;
use crate::http::extract::{AsEventKeeper, AsStudent, Filter, SignedIn, ValidJson, page_request};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(events, enter_event)).routes(routes!(teams_of, enter_team))
}

/// An event of the college or elsewhere.
#[derive(Serialize, ToSchema)]
struct SharedEvent {
    id: Uuid,
    name: String,
    organiser: String,
    level: Option<String>,
    started_on: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Smart India Hackathon 2026", "organiser": "AICTE", "level": "national", "ended_on": "2026-09-12" }))]
struct EventRequest {
    #[schema(min_length = 3, max_length = 200)]
    name: String,
    #[serde(default)]
    organiser: String,
    level: Option<Level>,
    started_on: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

/// A team that the caller is on.
#[derive(Serialize, ToSchema)]
struct Team {
    id: Uuid,
    event: Option<Uuid>,
    name: String,
    /// Names, the caller's among them.
    members: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Byte Force", "roll_numbers": ["23CS0102", "23CS0144"] }))]
struct TeamRequest {
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    event: Option<EventId>,
    /// Of the others; each a confirmed student of the college.
    #[serde(default)]
    roll_numbers: Vec<String>,
}

/// The college's events, newest first.
#[utoipa::path(get, path = "/api/events", tag = "achievements", security(("bearer" = [])), params(EventQuery),
    responses((status = 200, body = PageResponse<SharedEvent>),
        (status = 400), (status = 401)))]
async fn events(
    SignedIn(caller): SignedIn,
    Filter(query): Filter<EventQuery>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<SharedEvent>>, Problem> {
    let page = page_request(query.limit, query.cursor.as_deref())?;
    let page = teams::events(page, &caller, &app).await?;
    Ok(Json(PageResponse::from_page(page, SharedEvent::from)))
}

/// Enter an event, so that every achievement of it says the same.
#[utoipa::path(post, path = "/api/events", tag = "achievements", security(("bearer" = [])), request_body = EventRequest,
    responses((status = 201, body = SharedEvent),
        (status = 400), (status = 401), (status = 403), (status = 422)))]
async fn enter_event(
    AsEventKeeper(caller): AsEventKeeper,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<EventRequest>,
) -> Result<(StatusCode, Json<SharedEvent>), Problem> {
    let raw = teams::RawEvent {
        name: request.name,
        organiser: request.organiser,
        level: request.level,
        started_on: request.started_on,
        ended_on: request.ended_on,
    };
    let hub = app.clone();
    let row = app.act(async move { teams::enter_event(raw, &caller, &hub).await }).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// The teams that the caller is on, newest first.
#[utoipa::path(get, path = "/api/teams", tag = "achievements", security(("bearer" = [])),
    responses((status = 200, body = Vec<Team>), (status = 401)))]
async fn teams_of(
    SignedIn(caller): SignedIn,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Team>>, Problem> {
    let rows = teams::teams(&caller, &app).await?;
    Ok(Json(rows.into_iter().map(Team::from).collect()))
}

/// Enter a team that the caller is on. Nobody on it decides on what another of it files for it.
#[utoipa::path(post, path = "/api/teams", tag = "achievements", security(("bearer" = [])), request_body = TeamRequest,
    responses((status = 201, body = Team),
        (status = 400), (status = 401), (status = 403), (status = 422)))]
async fn enter_team(
    AsStudent(caller): AsStudent,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<TeamRequest>,
) -> Result<(StatusCode, Json<Team>), Problem> {
    let hub = app.clone();
    let act = async move {
        let TeamRequest { name, event, roll_numbers } = request;
        teams::enter_team(&name, event, &roll_numbers, &caller, &hub).await
    };
    Ok((StatusCode::CREATED, Json(app.act(act).await?.into())))
}

impl From<SharedEventRow> for SharedEvent {
    fn from(row: SharedEventRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            organiser: row.organiser,
            level: row.level,
            started_on: row.started_on,
            ended_on: row.ended_on,
        }
    }
}

impl From<TeamRow> for Team {
    fn from(row: TeamRow) -> Self {
        Self { id: row.id, event: row.event_id, name: row.name, members: row.members }
    }
}
