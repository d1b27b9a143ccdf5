//! GET, POST /api/review/delegations/ , DELETE …/{id}/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::refusals::{ReadRefusals, WriteRefusals};
use crate::app::App;
use crate::app::delegations::{self, DelegationRequest};
use crate::app::rows::DelegationRow;
use crate::domain::ids::{DelegationId, MemberId};
use crate::http::extract::{AsDelegator, Id, ValidJson};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, begin)).routes(routes!(end))
}

/// A reviewer's queue in other hands for a time.
#[derive(Serialize, ToSchema)]
struct Delegation {
    id: DelegationId,
    from: MemberId,
    from_name: String,
    to: MemberId,
    to_name: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    reason: Option<String>,
    created_by: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDelegation {
    /// Whose queue; the caller's where left out.
    from: Option<MemberId>,
    /// Who is to decide for them: a reviewer of the staff.
    to: MemberId,
    /// Now where left out.
    starts_at: Option<DateTime<Utc>>,
    /// At most half a year later.
    ends_at: DateTime<Utc>,
    /// Such as leave.
    reason: Option<String>,
}

/// Queues in other hands, now or to come, that concern the caller; of the own department for a head, all for an admin.
#[utoipa::path(get, path = "/api/review/delegations", tag = "review", security(("bearer" = [])),
    responses((status = 200, body = Vec<Delegation>), ReadRefusals))]
async fn list(
    AsDelegator(caller): AsDelegator,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Delegation>>, Problem> {
    let rows = delegations::list(&caller, &app).await?;
    Ok(Json(rows.into_iter().map(Delegation::from).collect()))
}

/// Put a queue into other hands for a time: one's own, one of the own department as a head, any as an admin. Decisions
/// on it say on whose behalf.
#[utoipa::path(post, path = "/api/review/delegations", tag = "review", security(("bearer" = [])), request_body = NewDelegation,
    responses((status = 201, body = Delegation), WriteRefusals))]
async fn begin(
    AsDelegator(caller): AsDelegator,
    State(app): State<Arc<App>>,
    ValidJson(new): ValidJson<NewDelegation>,
) -> Result<(StatusCode, Json<Delegation>), Problem> {
    let request = DelegationRequest {
        from: new.from,
        to: new.to,
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        reason: new.reason,
    };
    let row = delegations::begin(request, &caller, &app).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// Take a queue back before its time.
#[utoipa::path(delete, path = "/api/review/delegations/{id}", tag = "review", security(("bearer" = [])),
    params(("id" = DelegationId, Path)), responses((status = 204), WriteRefusals))]
async fn end(
    AsDelegator(caller): AsDelegator,
    Id(id): Id<DelegationId>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    delegations::end(id, &caller, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<DelegationRow> for Delegation {
    fn from(row: DelegationRow) -> Self {
        Self {
            id: DelegationId(row.id),
            from: MemberId(row.from_member),
            from_name: row.from_name,
            to: MemberId(row.to_member),
            to_name: row.to_name,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            reason: row.reason,
            created_by: row.created_by_name,
        }
    }
}
