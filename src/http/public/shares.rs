//! /p/{token} : what a student shares. /e/{id} : a file at the address that a credential names it by.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use minijinja::value::{Serde, Value};
use minijinja::{Environment, context};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::evidence::Form;
use crate::app::rows::{EvidenceRow, SharedItemRow};
use crate::app::shares::{self, SharedView};
use crate::app::{App, Refusal};
use crate::http::extract::{Filter, Id};
use crate::http::file::{Disposition, serve};
use crate::http::limits::Limits;
use crate::http::problem::Problem;

const PAGE: &str = include_str!("../../../templates/share/page.html");
const NOTHING: &str = include_str!("../../../templates/share/nothing.html");
const LOOK: &str = include_str!("../../../templates/share/look.css");

/// No script at all, and nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";
/// What a student may stop must not be kept by anybody in between.
const NOT_KEPT: &str = "private, no-store";
/// Search engines keep out, whatever they were given.
const ROBOTS: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-robots-tag"),
    HeaderValue::from_static("noindex, nofollow, noarchive"),
);

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/p/{token}", get(share)).route("/e/{id}", get(file))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileQuery {
    /// The token of a share.
    share: Option<String>,
    /// `thumb` for a small picture, `picture` for a large one.
    size: Option<String>,
}

#[derive(Serialize)]
struct Item {
    title: String,
    description: String,
    facts: Vec<String>,
    files: Vec<File>,
    verifier: String,
}

#[derive(Serialize)]
struct File {
    address: String,
    picture: String,
    shows: String,
}

async fn share(
    Id(token): Id<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Arc<Limits>>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    limits.verify_from(peer)?;
    let (hub, secret) = (app.clone(), token.clone());
    match app.act(async move { shares::open(&secret, &hub).await }).await {
        Ok(view) => page(view, &token, &app),
        Err(Refusal::NotFound) => nothing(
            "This link shows nothing",
            &[
                "It has expired, or the student stopped it, or it was not copied whole. Please ask whoever gave it to you for a new one.",
            ],
            &app,
        ),
        Err(refusal) => Err(refusal.into()),
    }
}

async fn file(
    Id(id): Id<Uuid>,
    Filter(query): Filter<FileQuery>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Arc<Limits>>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    limits.verify_from(peer)?;
    let form = match query.size.as_deref() {
        Some("thumb") => Form::Thumb,
        Some("picture") => Form::Rendition,
        Some(_) | None => Form::Original,
    };
    match shares::addressed_file(id, query.share.as_deref(), form, &app).await {
        Ok(file) => {
            let disposition = if file.media_type == "image/jpeg" {
                Disposition::Inline
            } else {
                Disposition::Attachment
            };
            Ok(([ROBOTS], serve(file, disposition, NOT_KEPT)).into_response())
        }
        // The same for one that is kept private as for one that never was.
        Err(Refusal::NotFound) => nothing(
            "A file of evidence",
            &[
                "This address stands in a credential. It names a file that a student handed in, a certificate or a photograph, and that a reviewer of the college has seen.",
                "The file itself is shown only where the student made it public or shares it. The credential holds without it: its digest is inside what the college signed, so that whoever is given the file can check that it is the one.",
            ],
            &app,
        ),
        Err(refusal) => Err(refusal.into()),
    }
}

fn page(view: SharedView, token: &str, app: &App) -> Result<Response, Problem> {
    let hub = app.public_url();
    let items: Vec<Item> = view
        .items
        .into_iter()
        .map(|(item, files)| Item {
            facts: facts(&item),
            files: files.iter().map(|row| File::from_row(row, token)).collect(),
            verifier: hub.credential(&view.college.slug, item.credential),
            title: item.title,
            description: item.description,
        })
        .collect();
    let values = context! {
        look => Value::from_safe_string(LOOK.to_owned()),
        colour => view.college.colour,
        college => view.college.name,
        name => view.by.full_name,
        name_native => view.by.full_name_native,
        programme => view.by.programme,
        batch => view.by.batch,
        items => Value::from(Serde(&items)),
        verifier => format!("{}/v", hub.as_str()),
    };
    answer(StatusCode::OK, PAGE, values)
}

fn nothing(title: &str, sentences: &[&'static str], app: &App) -> Result<Response, Problem> {
    let values = context! {
        look => Value::from_safe_string(LOOK.to_owned()),
        title,
        sentences => sentences.to_vec(),
        verifier => format!("{}/v", app.public_url().as_str()),
    };
    answer(StatusCode::NOT_FOUND, NOTHING, values)
}

fn answer(status: StatusCode, template: &str, values: Value) -> Result<Response, Problem> {
    let mut templates = Environment::new();
    templates.add_template("share.html", template).map_err(Refusal::internal)?;
    let page = templates
        .get_template("share.html")
        .and_then(|page| page.render(values))
        .map_err(Refusal::internal)?;
    let headers = [
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (CACHE_CONTROL, HeaderValue::from_static(NOT_KEPT)),
        ROBOTS,
    ];
    Ok((status, headers, Html(page)).into_response())
}

/// What one reads at a glance.
fn facts(item: &SharedItemRow) -> Vec<String> {
    let words = |word: &Option<String>| {
        word.as_deref().map(|word| {
            let mut words = word.replace('_', " ");
            if let Some(first) = words.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            words
        })
    };
    let organiser = Some(item.organiser.clone()).filter(|organiser| !organiser.is_empty());
    let day = |day: chrono::NaiveDate| day.format("%-d %B %Y").to_string();
    let days = match (item.started_on, item.ended_on) {
        (Some(start), Some(end)) if start != end => Some(format!("{} – {}", day(start), day(end))),
        (_, Some(end)) => Some(day(end)),
        (start, None) => start.map(day),
    };
    let level = words(&item.level).map(|level| format!("{level} level"));
    [Some(item.category.clone()), item.role.clone(), words(&item.outcome), level, organiser, days]
        .into_iter()
        .flatten()
        .collect()
}

impl File {
    fn from_row(row: &EvidenceRow, token: &str) -> Self {
        let address = format!("/e/{}?share={token}", row.public_id.simple());
        Self {
            picture: format!("{address}&size=thumb"),
            shows: row.caption.clone().unwrap_or_else(|| row.name.clone()),
            address,
        }
    }
}
