//! A demo's own pages: who can log in, and the mails that would have been sent.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use axum::{Json, Router};
use minijinja::value::{Serde, Value};
use minijinja::{Environment, context};

use crate::app::{App, Refusal, demo};
use crate::http::problem::Problem;

const MAILS: &str = include_str!("../../../templates/demo/mails.html");

pub(in crate::http) fn router() -> Router<Arc<App>> {
    Router::new().route("/api/demo", get(logins)).route("/demo/mails", get(mails))
}

async fn logins() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "logins": demo::logins(), "mails_url": "/demo/mails/" }))
}

async fn mails(State(app): State<Arc<App>>) -> Result<impl IntoResponse, Problem> {
    let mails = demo::remembered_mails(&app).await?;
    let mut templates = Environment::new();
    templates.add_template("mails.html", MAILS).map_err(Refusal::internal)?;
    let page = templates
        .get_template("mails.html")
        .and_then(|page| page.render(context! { mails => Value::from(Serde(&mails)) }))
        .map_err(Refusal::internal)?;
    Ok(([(CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'")], Html(page)))
}
