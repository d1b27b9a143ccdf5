//! …/revisions/ , …/diff/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Evidence;
use crate::app::{App, history};
use crate::domain::ids::AchievementId;
use crate::domain::particulars::Particulars;
use crate::http::extract::{Filter, Id, SignedIn};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(revisions)).routes(routes!(diff))
}

/// What an achievement said at one time: frozen once it was handed in.
#[derive(Serialize, ToSchema)]
struct Revision {
    number: i32,
    status: String,
    opened_at: Option<DateTime<Utc>>,
    submitted_at: Option<DateTime<Utc>>,
    /// The rejected revision that it appeals against.
    appeal_of: Option<i32>,
    category: String,
    title: String,
    description: String,
    organiser: String,
    role: Option<String>,
    level: Option<String>,
    outcome: Option<String>,
    started_on: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
    hours: Option<i32>,
    skills: Vec<String>,
    team: Option<String>,
    /// What only some categories ask for.
    particulars: Particulars,
    evidence: Vec<Evidence>,
}

/// Which revisions to compare.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DiffQuery {
    from: i32,
    to: i32,
}

/// What two revisions do not say the same.
#[derive(Serialize, ToSchema)]
struct RevisionDiff {
    from: i32,
    to: i32,
    fields: Vec<FieldDiff>,
    evidence: EvidenceDiff,
}

#[derive(Serialize, ToSchema)]
struct FieldDiff {
    field: &'static str,
    #[schema(value_type = Object)]
    from: serde_json::Value,
    #[schema(value_type = Object)]
    to: serde_json::Value,
}

#[derive(Serialize, ToSchema)]
struct EvidenceDiff {
    added: Vec<Evidence>,
    removed: Vec<Evidence>,
}

/// Every revision, oldest first; a draft is its owner's alone.
#[utoipa::path(get, path = "/api/achievements/{id}/revisions", tag = "achievements", security(("bearer" = [])), params(("id" = AchievementId, Path)),
    responses((status = 200, body = Vec<Revision>),
        (status = 401), (status = 404)))]
async fn revisions(
    SignedIn(caller): SignedIn,
    Id(id): Id<AchievementId>,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Revision>>, Problem> {
    let revisions = history::revisions(id, &caller, &app).await?;
    Ok(Json(revisions.into_iter().map(Revision::from).collect()))
}

/// What changed from one revision to another.
#[utoipa::path(get, path = "/api/achievements/{id}/diff", tag = "achievements", security(("bearer" = [])), params(("id" = AchievementId, Path), DiffQuery),
    responses((status = 200, body = RevisionDiff),
        (status = 400), (status = 401), (status = 404)))]
async fn diff(
    SignedIn(caller): SignedIn,
    Id(id): Id<AchievementId>,
    Filter(query): Filter<DiffQuery>,
    State(app): State<Arc<App>>,
) -> Result<Json<RevisionDiff>, Problem> {
    let found = history::diff(id, (query.from, query.to), &caller, &app).await?;
    let fields = found.fields.into_iter().map(|(field, from, to)| FieldDiff { field, from, to });
    let files = |rows: Vec<_>| rows.iter().map(Evidence::from).collect();
    Ok(Json(RevisionDiff {
        from: query.from,
        to: query.to,
        fields: fields.collect(),
        evidence: EvidenceDiff { added: files(found.added), removed: files(found.removed) },
    }))
}

impl From<history::Revision> for Revision {
    fn from(revision: history::Revision) -> Self {
        let row = revision.row;
        Self {
            number: row.number,
            status: row.status,
            opened_at: row.opened_at,
            submitted_at: row.submitted_at,
            appeal_of: row.appeal_of,
            category: row.category_code,
            title: row.title,
            description: row.description,
            organiser: row.organiser,
            role: row.role,
            level: row.level,
            outcome: row.outcome,
            started_on: row.started_on,
            ended_on: row.ended_on,
            hours: row.hours,
            skills: row.skills,
            team: row.team,
            particulars: Particulars::read(&row.particulars),
            evidence: revision.evidence.iter().map(Evidence::from).collect(),
        }
    }
}
