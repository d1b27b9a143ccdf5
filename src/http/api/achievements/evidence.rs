//! …/evidence/ : upload, list, caption, order, removal; /api/evidence/{id}/content and /thumb.

use std::sync::Arc;

use axum::Json;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::content::present;
use super::shape::Evidence;
use crate::app::evidence::{self, EvidenceChange, ExaminedFile, Form, Upload};
use crate::app::{App, Refusal};
use crate::domain::achievement::{EvidenceKind, MAX_EVIDENCE, MAX_EVIDENCE_BYTES};
use crate::domain::ids::{AchievementId, EvidenceId};
use crate::domain::member::Caller;
use crate::http::extract::{AsAuthor, FileForm, Filter, Id, SignedIn, ValidJson};
use crate::http::file::{Disposition, serve};
use crate::http::problem::Problem;

/// A request may hold every file of one achievement, and the frames between them.
const UPLOAD_LIMIT: usize = MAX_EVIDENCE * MAX_EVIDENCE_BYTES as usize + 64 * 1024;
/// For the one who asked, and nobody in between.
const PRIVATE: &str = "private, max-age=3600";

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(upload, examine))
        .layer(DefaultBodyLimit::max(UPLOAD_LIMIT))
        .routes(routes!(change, remove))
        .routes(routes!(content))
        .routes(routes!(thumb))
}

/// Files, each under `file`; the `caption` and the `kind` that follow one belong to it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the multipart form; its parts are read as a stream")]
struct UploadForm {
    /// JPEG, PNG, WebP or PDF, told by their content; at most 25 MB each.
    #[schema(value_type = Vec<String>, content_media_type = "application/octet-stream")]
    file: Vec<Vec<u8>>,
    caption: Option<String>,
    kind: Option<EvidenceKind>,
}

/// What to change of a file at a draft: an absent field stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EvidencePatch {
    /// At most 300 characters; null clears it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    caption: Option<Option<String>>,
    /// What it is.
    kind: Option<EvidenceKind>,
    /// Its place among the files, from 1.
    #[schema(minimum = 1)]
    position: Option<usize>,
}

/// A file with what a reviewer should know of it.
#[derive(Serialize, ToSchema)]
struct ExaminedEvidence {
    #[serde(flatten)]
    evidence: Evidence,
    /// What the QR codes in it say: text to read. The hub follows no address in it.
    codes: Vec<String>,
    /// Where else in the college the same bytes stand; empty for the student, whom `duplicate` tells that it does.
    duplicates: Vec<Duplicate>,
}

/// Another achievement with the same file.
#[derive(Serialize, ToSchema)]
struct Duplicate {
    achievement: Uuid,
    title: String,
    status: String,
    student: String,
    roll_number: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ThumbQuery {
    /// `full` for at most 2,000 pixels; else 480.
    size: Option<String>,
}

/// Add files to a draft. Those before a refused one are kept, and named by the list of the achievement.
#[utoipa::path(post, path = "/api/achievements/{id}/evidence", tag = "achievements", security(("bearer" = [])), params(("id" = AchievementId, Path)),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = Vec<Evidence>),
        (status = 400), (status = 401), (status = 403), (status = 404), (status = 409),
        (status = 413), (status = 415), (status = 422), (status = 503)))]
async fn upload(
    AsAuthor(author): AsAuthor,
    Id(id): Id<AchievementId>,
    State(app): State<Arc<App>>,
    FileForm(mut form): FileForm,
) -> Result<(StatusCode, Json<Vec<Evidence>>), Problem> {
    let mut kept = Vec::new();
    let mut waiting: Option<Waiting> = None;
    while let Some(field) = form.next_field().await.map_err(broken_form)? {
        match field.name() {
            Some("file") => {
                if let Some(file) = waiting.take() {
                    kept.push(finish(file, id, &author, &app).await?);
                }
                let upload = receive(field, id, &author, &app).await?;
                waiting = Some(Waiting { upload, caption: None, kind: None });
            }
            Some("caption") => {
                let text = field.text().await.map_err(broken_form)?;
                waiting.as_mut().ok_or_else(astray)?.caption = Some(text);
            }
            Some("kind") => {
                let word = field.text().await.map_err(broken_form)?;
                let kind = word.parse().map_err(|_| {
                    Refusal::field(
                        "kind",
                        "unknown",
                        "A file is one of the kinds in the API's description.",
                    )
                })?;
                waiting.as_mut().ok_or_else(astray)?.kind = Some(kind);
            }
            _ => {
                return Err(Problem::malformed(
                    "The form takes `file`, `caption` and `kind` only.",
                ));
            }
        }
    }
    if let Some(file) = waiting {
        kept.push(finish(file, id, &author, &app).await?);
    }
    if kept.is_empty() {
        return Err(Refusal::field("file", "required", "Choose at least one file.").into());
    }
    Ok((StatusCode::CREATED, Json(kept)))
}

/// The files of the achievement, with what a reviewer should know of each: codes, and where else it stands.
#[utoipa::path(get, path = "/api/achievements/{id}/evidence", tag = "achievements", security(("bearer" = [])), params(("id" = AchievementId, Path)),
    responses((status = 200, body = Vec<ExaminedEvidence>),
        (status = 401), (status = 404)))]
async fn examine(
    SignedIn(caller): SignedIn,
    Id(id): Id<AchievementId>,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<ExaminedEvidence>>, Problem> {
    let files = evidence::examine(id, &caller, &app).await?;
    Ok(Json(files.into_iter().map(ExaminedEvidence::from).collect()))
}

/// Write under a file what it shows, say what it is, or move it among the others.
#[utoipa::path(patch, path = "/api/achievements/{id}/evidence/{evidence}", tag = "achievements", security(("bearer" = [])),
    params(("id" = AchievementId, Path), ("evidence" = EvidenceId, Path)), request_body = EvidencePatch,
    responses((status = 200, body = Evidence),
        (status = 401), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn change(
    AsAuthor(author): AsAuthor,
    Id((id, file)): Id<(AchievementId, EvidenceId)>,
    State(app): State<Arc<App>>,
    ValidJson(patch): ValidJson<EvidencePatch>,
) -> Result<Json<Evidence>, Problem> {
    let change =
        EvidenceChange { caption: patch.caption, kind: patch.kind, position: patch.position };
    let hub = app.clone();
    let row =
        app.act(async move { evidence::change(id, file, change, &author, &hub).await }).await?;
    Ok(Json(Evidence::from(&row)))
}

/// Take a file away from the draft.
#[utoipa::path(delete, path = "/api/achievements/{id}/evidence/{evidence}", tag = "achievements", security(("bearer" = [])),
    params(("id" = AchievementId, Path), ("evidence" = EvidenceId, Path)),
    responses((status = 204), (status = 401), (status = 403), (status = 404), (status = 409)))]
async fn remove(
    AsAuthor(author): AsAuthor,
    Id((id, file)): Id<(AchievementId, EvidenceId)>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    let hub = app.clone();
    app.act(async move { evidence::remove(id, file, &author, &hub).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The file as it came, for its owner and those who may review it.
#[utoipa::path(get, path = "/api/evidence/{id}/content", tag = "achievements", security(("bearer" = [])), params(("id" = EvidenceId, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 401), (status = 404)))]
async fn content(
    SignedIn(caller): SignedIn,
    Id(id): Id<EvidenceId>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let file = evidence::read(id, Form::Original, &caller, &app).await?;
    Ok(serve(file, Disposition::Attachment, PRIVATE))
}

/// A picture of the file that may be shown: EXIF gone, a PDF's first page.
#[utoipa::path(get, path = "/api/evidence/{id}/thumb", tag = "achievements", security(("bearer" = [])), params(("id" = EvidenceId, Path), ThumbQuery),
    responses((status = 200, body = Vec<u8>, content_type = "image/jpeg"),
        (status = 401), (status = 404)))]
async fn thumb(
    SignedIn(caller): SignedIn,
    Id(id): Id<EvidenceId>,
    Filter(query): Filter<ThumbQuery>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let form = if query.size.as_deref() == Some("full") { Form::Rendition } else { Form::Thumb };
    Ok(serve(evidence::read(id, form, &caller, &app).await?, Disposition::Inline, PRIVATE))
}

async fn receive(
    mut field: Field<'_>,
    id: AchievementId,
    author: &Caller,
    app: &Arc<App>,
) -> Result<Upload, Problem> {
    let name = field.file_name().unwrap_or("file").to_owned();
    let mut upload = Upload::begin(id, &name, author, app).await?;
    while let Some(bytes) = field.chunk().await.map_err(broken_form)? {
        upload.write(&bytes).await?;
    }
    Ok(upload)
}

/// A file that came, until it is known what was said of it.
struct Waiting {
    upload: Upload,
    caption: Option<String>,
    kind: Option<EvidenceKind>,
}

async fn finish(
    file: Waiting,
    id: AchievementId,
    author: &Caller,
    app: &Arc<App>,
) -> Result<Evidence, Problem> {
    let (hub, author) = (app.clone(), author.clone());
    let act = async move {
        let says = (file.caption.as_deref(), file.kind);
        file.upload.finish(id, says, &author, &hub).await
    };
    Ok(Evidence::from(&app.act(act).await?))
}

fn astray() -> Problem {
    Problem::malformed("`caption` and `kind` follow the `file` they belong to.")
}

fn broken_form(error: MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Refusal::TooLarge("The upload is too large.".to_owned()).into()
    } else {
        Problem::malformed("The upload broke off, or is no multipart form.")
    }
}

impl From<ExaminedFile> for ExaminedEvidence {
    fn from(file: ExaminedFile) -> Self {
        let duplicates = file.duplicates.into_iter().map(|other| Duplicate {
            achievement: other.achievement,
            title: other.title,
            status: other.status,
            student: other.student,
            roll_number: other.roll_number,
        });
        Self {
            evidence: Evidence::from(&file.row),
            codes: file.codes,
            duplicates: duplicates.collect(),
        }
    }
}
