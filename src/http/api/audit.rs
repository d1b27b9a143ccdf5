//! GET /api/audit/ , GET /api/audit/export/

use std::io;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::page::PageResponse;
use crate::app::rows::{EntryFilter, EntryRow};
use crate::app::{App, audit};
use crate::http::extract::{AsAuditReader, Filter, page_request};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(export))
}

/// An entry of the audit: who did what.
#[derive(Serialize, ToSchema)]
struct AuditEntry {
    /// Its place in the college's chain, from 1.
    seq: i64,
    id: Uuid,
    at: DateTime<Utc>,
    /// What happened: `approved`, `key_rotated` …
    kind: String,
    /// Who acted; null for the hub itself.
    actor: Option<Uuid>,
    actor_name: Option<String>,
    /// The role they acted under.
    actor_role: Option<String>,
    achievement: Option<Uuid>,
    revision: Option<i32>,
    /// What they said.
    text: Option<String>,
    /// Further facts.
    #[schema(value_type = Object)]
    data: serde_json::Value,
    /// What was said and told of it was erased with a person's account.
    erased: bool,
    /// Hash of the chain up to and with this entry, hexadecimal.
    hash: String,
}

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditFilter {
    /// Of this member.
    actor: Option<Uuid>,
    /// Of this kind.
    kind: Option<String>,
    /// About this achievement, or naming this id: a key, a member, a batch.
    object: Option<Uuid>,
    /// Not before this time.
    since: Option<DateTime<Utc>>,
    /// Before this time.
    until: Option<DateTime<Utc>>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// The same for a file, which has no pages.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExportFilter {
    /// Of this member.
    actor: Option<Uuid>,
    /// Of this kind.
    kind: Option<String>,
    /// About this achievement, or naming this id: a key, a member, a batch.
    object: Option<Uuid>,
    /// Not before this time.
    since: Option<DateTime<Utc>>,
    /// Before this time.
    until: Option<DateTime<Utc>>,
}

/// Who did what, newest first, as far as the caller's roles reach.
#[utoipa::path(get, path = "/api/audit", tag = "audit", security(("bearer" = [])), params(AuditFilter),
    responses((status = 200, body = PageResponse<AuditEntry>), (status = 400), (status = 401), (status = 403)))]
async fn list(
    AsAuditReader(caller): AsAuditReader,
    Filter(asked): Filter<AuditFilter>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<AuditEntry>>, Problem> {
    let page = page_request(asked.limit, asked.cursor.as_deref())?;
    let AuditFilter { actor, kind, object, since, until, .. } = asked;
    let filter = EntryFilter { actor, kind, object, since, until };
    let page = audit::list(&filter, page, &caller, &app).await?;
    Ok(Json(PageResponse::from_page(page, AuditEntry::from)))
}

/// The audit as a file, oldest first: a line of JSON for its beginning and one for each entry. What the caller may not
/// see, or did not ask for, is there as its digest alone, so that `hub audit verify --file` can follow the hashes from
/// the first entry to the signed head.
#[utoipa::path(get, path = "/api/audit/export", tag = "audit", security(("bearer" = [])), params(ExportFilter),
    responses((status = 200, body = String, content_type = "application/jsonl"), (status = 400), (status = 401), (status = 403)))]
async fn export(
    AsAuditReader(caller): AsAuditReader,
    Filter(asked): Filter<ExportFilter>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    let ExportFilter { actor, kind, object, since, until } = asked;
    let filter = EntryFilter { actor, kind, object, since, until };
    let export = audit::export(filter, &caller, &app).await?;
    let headers = [
        (CONTENT_TYPE, "application/jsonl".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", export.name)),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    // What breaks half-way breaks the connection: the file is then short, and its first line says so.
    let pieces =
        export.pieces().map_err(|refusal| io::Error::other(Problem::from(refusal).trace_id));
    Ok((headers, Body::from_stream(pieces)).into_response())
}

impl From<EntryRow> for AuditEntry {
    fn from(row: EntryRow) -> Self {
        let EntryRow { entry, hash, actor_name, .. } = row;
        let erased = entry.words.is_none();
        let (text, data) = entry.words.map(|words| (words.text, words.data)).unzip();
        let data = data.and_then(|data| serde_json::from_str(&data).ok());
        Self {
            seq: entry.seq,
            id: entry.id,
            at: entry.at,
            kind: entry.kind,
            actor: entry.actor,
            actor_name,
            actor_role: entry.role,
            achievement: entry.achievement,
            revision: entry.revision,
            text: text.flatten(),
            data: data.unwrap_or_default(),
            erased,
            hash: hex::encode(hash),
        }
    }
}
