//! …/evidence/ : upload, caption, removal; /api/evidence/{id}/content and /thumb.

use std::sync::Arc;

use axum::Json;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::shape::Evidence;
use crate::app::evidence::{self, FileBytes, Form, Upload};
use crate::app::{App, Refusal};
use crate::domain::achievement::{EvidenceKind, MAX_EVIDENCE, MAX_EVIDENCE_BYTES};
use crate::domain::ids::{AchievementId, EvidenceId};
use crate::domain::member::Caller;
use crate::http::extract::{AsAuthor, Filter, Id, SignedIn, ValidJson};
use crate::http::problem::Problem;

/// A request may hold every file of one achievement, and the frames between them.
const UPLOAD_LIMIT: usize = MAX_EVIDENCE * MAX_EVIDENCE_BYTES as usize + 64 * 1024;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(upload))
        .layer(DefaultBodyLimit::max(UPLOAD_LIMIT))
        .routes(routes!(caption, remove))
        .routes(routes!(content))
        .routes(routes!(thumb))
}

/// Files, each under `file`; the `caption` that follows one belongs to it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the multipart form; its parts are read as a stream")]
struct UploadForm {
    /// JPEG, PNG, WebP or PDF, told by their content; at most 25 MB each.
    #[schema(value_type = Vec<String>, content_media_type = "application/octet-stream")]
    file: Vec<Vec<u8>>,
    caption: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CaptionRequest {
    /// At most 300 characters; null clears it.
    caption: Option<String>,
    /// What the file is; left out, it stays as it is.
    kind: Option<EvidenceKind>,
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
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn upload(
    AsAuthor(author): AsAuthor,
    Id(id): Id<AchievementId>,
    State(app): State<Arc<App>>,
    mut form: Multipart,
) -> Result<(StatusCode, Json<Vec<Evidence>>), Problem> {
    let mut kept = Vec::new();
    let mut waiting: Option<Upload> = None;
    while let Some(field) = form.next_field().await.map_err(broken_form)? {
        match field.name() {
            Some("file") => {
                if let Some(upload) = waiting.take() {
                    kept.push(finish(upload, id, None, &author, &app).await?);
                }
                waiting = Some(receive(field, id, &author, &app).await?);
            }
            Some("caption") => {
                let text = field.text().await.map_err(broken_form)?;
                let upload = waiting.take().ok_or_else(|| {
                    Problem::malformed("A `caption` follows the `file` it belongs to.")
                })?;
                kept.push(finish(upload, id, Some(text), &author, &app).await?);
            }
            _ => return Err(Problem::malformed("The form takes `file` and `caption` only.")),
        }
    }
    if let Some(upload) = waiting {
        kept.push(finish(upload, id, None, &author, &app).await?);
    }
    if kept.is_empty() {
        return Err(Refusal::field("file", "required", "Choose at least one file.").into());
    }
    Ok((StatusCode::CREATED, Json(kept)))
}

/// Write under a file what it shows.
#[utoipa::path(patch, path = "/api/achievements/{id}/evidence/{evidence}", tag = "achievements", security(("bearer" = [])),
    params(("id" = AchievementId, Path), ("evidence" = EvidenceId, Path)), request_body = CaptionRequest,
    responses((status = 200, body = Evidence),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn caption(
    AsAuthor(author): AsAuthor,
    Id((id, file)): Id<(AchievementId, EvidenceId)>,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<CaptionRequest>,
) -> Result<Json<Evidence>, Problem> {
    let hub = app.clone();
    let row = app
        .act(async move {
            let says = (request.caption.as_deref(), request.kind);
            evidence::caption(id, file, says, &author, &hub).await
        })
        .await?;
    Ok(Json(Evidence::from(&row)))
}

/// Take a file away from the draft.
#[utoipa::path(delete, path = "/api/achievements/{id}/evidence/{evidence}", tag = "achievements", security(("bearer" = [])),
    params(("id" = AchievementId, Path), ("evidence" = EvidenceId, Path)),
    responses((status = 204),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
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
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn content(
    SignedIn(caller): SignedIn,
    Id(id): Id<EvidenceId>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    Ok(file(evidence::read(id, Form::Original, &caller, &app).await?))
}

/// A picture of the file that may be shown: EXIF gone, a PDF's first page.
#[utoipa::path(get, path = "/api/evidence/{id}/thumb", tag = "achievements", security(("bearer" = [])), params(("id" = EvidenceId, Path), ThumbQuery),
    responses((status = 200, body = Vec<u8>, content_type = "image/jpeg"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn thumb(
    SignedIn(caller): SignedIn,
    Id(id): Id<EvidenceId>,
    Filter(query): Filter<ThumbQuery>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let form = if query.size.as_deref() == Some("full") { Form::Rendition } else { Form::Thumb };
    Ok(file(evidence::read(id, form, &caller, &app).await?))
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

async fn finish(
    upload: Upload,
    id: AchievementId,
    caption: Option<String>,
    author: &Caller,
    app: &Arc<App>,
) -> Result<Evidence, Problem> {
    let (hub, author) = (app.clone(), author.clone());
    let row =
        app.act(async move { upload.finish(id, caption.as_deref(), &author, &hub).await }).await?;
    Ok(Evidence::from(&row))
}

fn broken_form(error: MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Refusal::TooLarge("The upload is too large.".to_owned()).into()
    } else {
        Problem::malformed("The upload broke off, or is no multipart form.")
    }
}

/// Uploaded bytes are shown, never run: told by our media type, in a sandbox of their own.
fn file(file: FileBytes) -> Response {
    let name = percent_encode(&file.name);
    let disposition = format!("inline; filename*=UTF-8''{name}");
    let headers = [
        (
            CONTENT_TYPE,
            HeaderValue::from_str(&file.media_type)
                .unwrap_or(HeaderValue::from_static("application/octet-stream")),
        ),
        (
            CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).expect("percent-encoded text is ASCII"),
        ),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
        (CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600")),
    ];
    (headers, file.bytes).into_response()
}

/// RFC 8187 §3.2.1.
fn percent_encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
