//! A demo's own pages: who can log in, and the mails that would have been sent.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use axum::{Json, Router};
use minijinja::value::{Serde, Value};
use minijinja::{Environment, context};
use serde_json::json;

use crate::app::demo::RememberedMail;
use crate::app::{App, Refusal, demo};
use crate::http::problem::Problem;

const MAILS: &str = include_str!("../../../templates/demo/mails.html");

pub(in crate::http) fn router() -> Router<Arc<App>> {
    Router::new().route("/api/demo", get(logins)).route("/demo/mails", get(mails))
}

async fn logins() -> Json<serde_json::Value> {
    Json(json!({ "logins": demo::logins(), "mails_url": "/demo/mails/" }))
}

async fn mails(State(app): State<Arc<App>>) -> Result<impl IntoResponse, Problem> {
    let mails: Vec<serde_json::Value> =
        demo::remembered_mails(&app).await?.into_iter().map(mail).collect();
    let mut templates = Environment::new();
    templates.add_template("mails.html", MAILS).map_err(Refusal::internal)?;
    let page = templates
        .get_template("mails.html")
        .and_then(|page| page.render(context! { mails => Value::from(Serde(&mails)) }))
        .map_err(Refusal::internal)?;
    Ok(([(CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'")], Html(page)))
}

/// A mail with the address it leads to.
fn mail(mail: RememberedMail) -> serde_json::Value {
    let link = mail.text.split_whitespace().find(|word| word.contains("://"));
    json!({
        "subject": mail.subject,
        "to": mail.to,
        "sent_at": mail.sent_at,
        "language": mail.language,
        "text": mail.text,
        "link": link,
    })
}
