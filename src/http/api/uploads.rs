//! /api/uploads/ : a file in pieces, over a connection that breaks (draft-ietf-httpbis-resumable-upload).
//!
//! POST announces the file, PATCH appends at `Upload-Offset`, GET and HEAD tell how far it is, DELETE gives it up. The
//! offset that is told lies on the disk for good.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::achievements::Evidence;
use crate::app::rows::{RoomRow, UploadRow};
use crate::app::uploads::{self, Announcement, Appended};
use crate::app::{App, Refusal};
use crate::domain::achievement::{EvidenceKind, MAX_EVIDENCE_BYTES};
use crate::domain::ids::{AchievementId, UploadId};
use crate::http::extract::{AsAuthor, Id, ValidJson};
use crate::http::problem::Problem;

const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_COMPLETE: HeaderName = HeaderName::from_static("upload-complete");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_LIMIT: HeaderName = HeaderName::from_static("upload-limit");

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, begin)).routes(routes!(read, append, forget))
}

/// A file that will come in pieces.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UploadRequest {
    /// The draft it is for.
    achievement: AchievementId,
    /// Name of the file.
    #[schema(max_length = 255)]
    name: String,
    /// Octets of the whole file, at most 25 MiB.
    #[schema(minimum = 1, maximum = 26_214_400)]
    size: u64,
    /// Of the whole file, hexadecimal: what arrives is held against it.
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    sha256: Option<String>,
    /// At most 300 characters.
    caption: Option<String>,
    /// What it is.
    kind: Option<EvidenceKind>,
}

/// How far an upload is.
#[derive(Serialize, ToSchema)]
struct UploadState {
    id: Uuid,
    achievement: Uuid,
    name: String,
    /// Octets of the whole file.
    size: i64,
    /// Octets that are here for good: where the next piece begins.
    offset: i64,
    /// Whether it stands at the draft.
    complete: bool,
    /// When it is forgotten, unless a piece comes before.
    expires_at: DateTime<Utc>,
    /// What it became, once it is complete.
    evidence: Option<Evidence>,
}

/// The uploads under way, and the room there is.
#[derive(Serialize, ToSchema)]
struct Uploads {
    results: Vec<UploadState>,
    room: StudentRoom,
}

#[derive(Serialize, ToSchema)]
struct StudentRoom {
    /// Octets that the student's files take, and that are kept free for uploads under way.
    used: i64,
    /// Octets that the college gives to one student.
    limit: i64,
}

/// The caller's uploads under way, newest first, and how much room is left.
#[utoipa::path(get, path = "/api/uploads", tag = "achievements", security(("bearer" = [])),
    responses((status = 200, body = Uploads),
        (status = 401), (status = 403)))]
async fn list(
    AsAuthor(author): AsAuthor,
    State(app): State<Arc<App>>,
) -> Result<Json<Uploads>, Problem> {
    let (rows, room): (Vec<UploadRow>, RoomRow) = uploads::list(&author, &app).await?;
    Ok(Json(Uploads {
        results: rows.iter().map(|row| UploadState::from_row(row, None)).collect(),
        room: StudentRoom { used: room.used, limit: room.per_student },
    }))
}

/// Announce a file for a draft. Room is kept for it for a day.
#[utoipa::path(post, path = "/api/uploads", tag = "achievements", security(("bearer" = [])), request_body = UploadRequest,
    responses((status = 201, body = UploadState, headers(
            ("Location" = String, description = "Where the pieces go"),
            ("Upload-Offset" = u64, description = "0"),
            ("Upload-Limit" = String, description = "`max-size`, octets"))),
        (status = 400), (status = 401), (status = 403), (status = 404), (status = 409),
        (status = 413), (status = 422)))]
async fn begin(
    AsAuthor(author): AsAuthor,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<UploadRequest>,
) -> Result<Response, Problem> {
    let announced = request.parse()?;
    let hub = app.clone();
    let row = app.act(async move { uploads::begin(announced, &author, &hub).await }).await?;
    let location = HeaderValue::from_str(&format!("/api/uploads/{}", row.id)).expect("ASCII");
    Ok((
        StatusCode::CREATED,
        [(LOCATION, location)],
        progress(&row),
        Json(UploadState::from_row(&row, None)),
    )
        .into_response())
}

/// How far an upload is; also by HEAD.
#[utoipa::path(get, path = "/api/uploads/{id}", tag = "achievements", security(("bearer" = [])), params(("id" = UploadId, Path)),
    responses((status = 200, body = UploadState, headers(
            ("Upload-Offset" = u64, description = "Where the next piece begins"),
            ("Upload-Length" = u64, description = "Octets of the whole file"),
            ("Upload-Complete" = String, description = "`?1` once it stands at the draft"))),
        (status = 401), (status = 403), (status = 404)))]
async fn read(
    AsAuthor(author): AsAuthor,
    Id(id): Id<UploadId>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let found = uploads::read(id, &author, &app).await?;
    let evidence = found.evidence.as_ref().map(Evidence::from);
    let state = UploadState::from_row(&found.row, evidence);
    Ok((progress(&found.row), Json(state)).into_response())
}

/// Append octets at `Upload-Offset`. What came before the connection broke is kept: ask for the offset and go on there.
#[utoipa::path(patch, path = "/api/uploads/{id}", tag = "achievements", security(("bearer" = [])),
    params(("id" = UploadId, Path), ("Upload-Offset" = u64, Header, description = "Octets sent before")),
    request_body(content = Vec<u8>, content_type = "application/partial-upload"),
    responses((status = 204, description = "Kept; there is more to come", headers(("Upload-Offset" = u64))),
        (status = 201, body = Evidence, description = "It was the last piece: the file stands at the draft"),
        (status = 400), (status = 401), (status = 403), (status = 404),
        (status = 409, description = "The piece begins elsewhere than at the `Upload-Offset` of this answer, or the draft takes no file now"),
        (status = 413), (status = 415), (status = 422), (status = 503)))]
async fn append(
    AsAuthor(author): AsAuthor,
    Id(id): Id<UploadId>,
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let at = headers
        .get(UPLOAD_OFFSET)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .ok_or_else(|| {
            Problem::malformed("`Upload-Offset` says how many octets were sent before.")
        })?;
    let hub = app.clone();
    // To its end even when the phone leaves in the middle: what came is kept.
    let appended = app
        .act(async move { uploads::append(id, at, body.into_data_stream(), &author, &hub).await })
        .await?;
    Ok(match appended {
        Appended::Kept(row) => (StatusCode::NO_CONTENT, progress(&row)).into_response(),
        Appended::Attached(row, evidence) => {
            (StatusCode::CREATED, progress(&row), Json(Evidence::from(&*evidence))).into_response()
        }
        Appended::ElsewhereThan(row) => {
            let detail = format!("The next piece begins at {}, not at {at}.", row.received);
            let problem = Problem::new(StatusCode::CONFLICT, "wrong_offset", detail);
            (progress(&row), problem).into_response()
        }
    })
}

/// Give an upload up; its room is free again. A file that it became already stays.
#[utoipa::path(delete, path = "/api/uploads/{id}", tag = "achievements", security(("bearer" = [])), params(("id" = UploadId, Path)),
    responses((status = 204), (status = 401), (status = 403), (status = 404)))]
async fn forget(
    AsAuthor(author): AsAuthor,
    Id(id): Id<UploadId>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    let hub = app.clone();
    app.act(async move { uploads::forget(id, &author, &hub).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The headers that tell how far an upload is (draft-ietf-httpbis-resumable-upload §4); booleans and numbers as in
/// RFC 9651. Never cached.
fn progress(row: &UploadRow) -> HeaderMap {
    let complete = if row.evidence_id.is_some() { "?1" } else { "?0" };
    let limit = format!("max-size={MAX_EVIDENCE_BYTES}");
    HeaderMap::from_iter([
        (UPLOAD_OFFSET, HeaderValue::from(row.received)),
        (UPLOAD_LENGTH, HeaderValue::from(row.size)),
        (UPLOAD_COMPLETE, HeaderValue::from_static(complete)),
        (UPLOAD_LIMIT, HeaderValue::from_str(&limit).expect("ASCII")),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ])
}

impl UploadRequest {
    fn parse(self) -> Result<Announcement, Refusal> {
        let sha256 = self.sha256.map(|text| {
            let mut digest = [0; 32];
            hex::decode_to_slice(&text, &mut digest).map(|()| digest).map_err(|_| {
                Refusal::field("sha256", "malformed", "64 hexadecimal digits, or nothing.")
            })
        });
        Ok(Announcement {
            achievement: self.achievement,
            name: self.name,
            size: self.size,
            sha256: sha256.transpose()?,
            caption: self.caption,
            kind: self.kind,
        })
    }
}

impl UploadState {
    fn from_row(row: &UploadRow, evidence: Option<Evidence>) -> Self {
        Self {
            id: row.id,
            achievement: row.achievement_id,
            name: row.name.clone(),
            size: row.size,
            offset: row.received,
            complete: row.evidence_id.is_some(),
            expires_at: row.touched_at + uploads::KEPT,
            evidence,
        }
    }
}
