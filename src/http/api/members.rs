//! GET /api/members/ , POST /api/members/{id}/confirm/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page::PageResponse;
use crate::app::App;
use crate::app::members::{self, MemberQuery};
use crate::domain::ids::MemberId;
use crate::domain::member::{MemberState, Role};
use crate::http::extract::{AsConfirmer, AsMemberReader, Filter, Id, etag, page_request};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(confirm))
}

/// Somebody of the college.
#[derive(Serialize, ToSchema)]
pub(super) struct Member {
    id: MemberId,
    etag: String,
    email: String,
    full_name: String,
    full_name_native: Option<String>,
    /// How far the account is.
    #[schema(value_type = MemberState)]
    state: String,
    #[schema(value_type = Vec<Role>)]
    roles: Vec<String>,
    roll_number: Option<String>,
    /// Name of the department.
    department: Option<String>,
    /// Name of the programme.
    programme: Option<String>,
    batch: Option<String>,
    created_at: DateTime<Utc>,
    /// What the roster says of the roll number, where somebody has to decide.
    roster_hint: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MemberListFilter {
    state: Option<MemberState>,
    /// Part of a name, or the beginning of an address or roll number.
    q: Option<String>,
    role: Option<Role>,
    limit: Option<i64>,
    cursor: Option<String>,
    /// `true` for an exact count.
    count: Option<bool>,
}

/// The people of the college in the caller's reach, newest first.
#[utoipa::path(get, path = "/api/members", tag = "people", security(("bearer" = [])), params(MemberListFilter),
    responses(
        (status = 200, body = PageResponse<Member>),
        (status = 400), (status = 401), (status = 403)))]
async fn list(
    AsMemberReader(caller): AsMemberReader,
    Filter(filter): Filter<MemberListFilter>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<Member>>, Problem> {
    let page = page_request(filter.limit, filter.cursor.as_deref())?;
    let query = MemberQuery { state: filter.state, text: filter.q, role: filter.role };
    let (page, count) =
        members::list(query, page, filter.count.unwrap_or(false), &caller, &app).await?;
    Ok(Json(PageResponse::from_page(page, Member::from).counted(count)))
}

/// Confirm somebody whom the roster did not: they may submit from now on.
#[utoipa::path(post, path = "/api/members/{id}/confirm", tag = "people", security(("bearer" = [])), params(("id" = MemberId, Path)),
    responses(
        (status = 200, body = Member),
        (status = 401), (status = 403), (status = 404),
        (status = 409, description = "they wait for nothing")))]
async fn confirm(
    AsConfirmer(caller): AsConfirmer,
    Id(id): Id<MemberId>,
    State(app): State<Arc<App>>,
) -> Result<([(HeaderName, String); 1], Json<Member>), Problem> {
    let member = Member::from(members::confirm(id, &caller, &app).await?);
    Ok(([(header::ETAG, member.etag.clone())], Json(member)))
}

impl Member {
    pub(super) fn etag(&self) -> &str {
        &self.etag
    }
}

impl From<members::Member> for Member {
    fn from(member: members::Member) -> Self {
        let row = member.row;
        let student = row.student.then(|| Role::Student.as_str().to_owned());
        Self {
            id: MemberId(row.id),
            etag: etag(row.version),
            email: row.email,
            full_name: row.full_name,
            full_name_native: row.full_name_native,
            state: row.state,
            roles: student.into_iter().chain(row.granted).collect(),
            roll_number: row.roll_number,
            department: row.department_name,
            programme: row.programme_name,
            batch: row.batch,
            created_at: row.created_at,
            roster_hint: member.roster_hint,
        }
    }
}
