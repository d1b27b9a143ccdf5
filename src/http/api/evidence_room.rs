//! GET, PATCH /api/settings/evidence/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::rows::RoomRow;
use crate::app::{App, evidence_room};
use crate::http::extract::{AsRoomKeeper, ValidJson};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(read, change))
}

/// How much room students' files have.
#[derive(Serialize, ToSchema)]
struct EvidenceRoom {
    /// Octets for the originals of one student.
    per_student: i64,
    /// Octets for the originals of all of them, as the operator set it.
    in_all: i64,
    /// Octets that are taken, or kept free for uploads under way.
    used: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EvidenceRoomChange {
    /// Octets for one student: from 25 MiB to 100 GiB.
    #[schema(minimum = 26_214_400, maximum = 107_374_182_400_i64)]
    per_student: i64,
}

impl From<RoomRow> for EvidenceRoom {
    fn from(row: RoomRow) -> Self {
        Self { per_student: row.per_student, in_all: row.in_all, used: row.used_in_all }
    }
}

/// How much room the college gives to files of evidence.
#[utoipa::path(get, path = "/api/settings/evidence", tag = "settings", security(("bearer" = [])),
    responses((status = 200, body = EvidenceRoom),
        (status = 401), (status = 403)))]
async fn read(
    AsRoomKeeper(keeper): AsRoomKeeper,
    State(app): State<Arc<App>>,
) -> Result<Json<EvidenceRoom>, Problem> {
    Ok(Json(evidence_room::read(&keeper, &app).await?.into()))
}

/// Say how much room one student has. Files that are there already stay.
#[utoipa::path(patch, path = "/api/settings/evidence", tag = "settings", security(("bearer" = [])), request_body = EvidenceRoomChange,
    responses((status = 200, body = EvidenceRoom),
        (status = 400), (status = 401), (status = 403), (status = 422)))]
async fn change(
    AsRoomKeeper(keeper): AsRoomKeeper,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<EvidenceRoomChange>,
) -> Result<Json<EvidenceRoom>, Problem> {
    let hub = app.clone();
    let act = async move { evidence_room::change(request.per_student, &keeper, &hub).await };
    Ok(Json(app.act(act).await?.into()))
}
