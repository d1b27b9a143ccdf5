//! What is known of a request from outside of it: its id, its route, how long it took.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics::{counter, histogram};
use tracing::Instrument;

use super::public;
use crate::app::App;
use crate::app::measure::Sampler;

/// The id of a request, in logs on the way and in the answer.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longer ones are nobody's id.
const LONGEST_ID: usize = 64;

tokio::task_local! {
    /// The id of the request that this task answers.
    static CURRENT: HeaderValue;
}

/// What a proxy that is believed calls this request.
#[derive(Clone)]
pub(super) struct GivenId(pub(super) HeaderValue);

impl GivenId {
    /// Letters, digits and dashes only: it is written into logs.
    pub(super) fn parse(value: &HeaderValue) -> Option<Self> {
        let octets = value.as_bytes();
        let plain = octets.iter().all(|octet| octet.is_ascii_alphanumeric() || *octet == b'-');
        ((1..=LONGEST_ID).contains(&octets.len()) && plain).then(|| Self(value.clone()))
    }
}

/// The id of the request that is being answered here; a new one outside of any.
pub(super) fn current_id() -> String {
    let id = CURRENT.try_with(|id| id.to_str().map(str::to_owned));
    id.ok().and_then(Result::ok).unwrap_or_else(new_id)
}

/// Name the request, and count it when it is answered.
pub(super) async fn observe(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = known_method(request.method());
    let id = match request.extensions().get::<GivenId>() {
        Some(GivenId(given)) => given.clone(),
        None => HeaderValue::try_from(new_id()).expect("hex digits are a header's value"),
    };
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());
    let answering = CURRENT.scope(id.clone(), next.run(request)).instrument(span);
    let mut response = answering.await;
    response.headers_mut().insert(REQUEST_ID, id);

    let route = route.as_ref().map_or("(none)", MatchedPath::as_str).to_owned();
    let status = response.status().as_str().to_owned();
    histogram!("hub_request_seconds", "route" => route.clone(), "method" => method)
        .record(begun.elapsed());
    counter!("hub_requests_total", "route" => route, "method" => method, "status" => status)
        .increment(1);
    response
}

/// `GET /metrics`, `/healthz` and `/readyz`, at an address of their own. `render` writes what was counted.
pub fn metrics_router(
    app: Arc<App>,
    render: impl Fn() -> String + Send + Sync + 'static,
) -> Router {
    let figures = Arc::new(Figures { sampler: Sampler::default(), render: Box::new(render) });
    let show = move |State(app): State<Arc<App>>| show(app, figures.clone());
    Router::new().route("/metrics", get(show)).merge(public::health::router()).with_state(app)
}

struct Figures {
    sampler: Sampler,
    render: Box<dyn Fn() -> String + Send + Sync>,
}

async fn show(app: Arc<App>, figures: Arc<Figures>) -> Response {
    // What was counted is told also while the database is away: then above all.
    if let Err(error) = figures.sampler.sample(&app).await {
        tracing::warn!(%error, "the jobs could not be counted");
    }
    let text = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (text, (figures.render)()).into_response()
}

/// Words that a client makes up must not become figures of their own.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[expect(clippy::disallowed_methods, reason = "an id of a request names nothing but one answer")]
fn new_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
