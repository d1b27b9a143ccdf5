//! /unsubscribe/{token} : the way out of letters (RFC 8058), for mail programs (POST) and for people (GET asks first).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use minijinja::{Environment, context};

use crate::app::notifications::unsubscribe;
use crate::app::{App, Refusal};
use crate::domain::member::Language;
use crate::http::extract::Id;
use crate::http::limits::Limits;
use crate::http::problem::Problem;

const PAGE: &str = include_str!("../../../templates/mail/unsubscribe.html");
/// One form, to this address, and nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/unsubscribe/{token}", get(ask).post(unsubscribe_now))
}

/// Nothing happens yet: programs that look for viruses follow links too.
async fn ask(
    Id(token): Id<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Arc<Limits>>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    limits.verify_from(peer)?;
    page(unsubscribe::look(&token, &app).await?, false)
}

/// The token says whose wish it is and which: neither a session nor what the body says is needed (RFC 8058 §3.2).
async fn unsubscribe_now(
    Id(token): Id<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Arc<Limits>>,
    State(app): State<Arc<App>>,
) -> Result<Response, Problem> {
    limits.verify_from(peer)?;
    page(unsubscribe::unsubscribe(&token, &app).await?, true)
}

fn page(language: Language, done: bool) -> Result<Response, Problem> {
    let (title, button, after) = match language {
        Language::English => (
            "No more letters like this one?",
            "Send me no more of them",
            "You will get no more of them. In the app you can choose anew.",
        ),
        Language::Hindi => (
            "ऐसे पत्र और नहीं चाहिए?",
            "मुझे ये पत्र न भेजें",
            "अब आपको ये पत्र नहीं मिलेंगे। ऐप में आप फिर से चुन सकते हैं।",
        ),
        Language::Tamil => (
            "இது போன்ற கடிதங்கள் இனி வேண்டாமா?",
            "இவற்றை எனக்கு அனுப்ப வேண்டாம்",
            "இனி இவை உங்களுக்கு வராது. செயலியில் மீண்டும் தேர்ந்தெடுக்கலாம்.",
        ),
    };
    let html = Environment::new()
        .render_str(PAGE, context! { language => language.as_str(), title, button, after, done })
        .map_err(Refusal::internal)?;
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    ];
    Ok((headers, Html(html)).into_response())
}
