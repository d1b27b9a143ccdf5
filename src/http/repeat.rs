//! `Idempotency-Key` on every POST of somebody who is signed in: the same request again gets the first answer.
//!
//! Only an answer that says something was done is kept; a refused request gives its key back. Files are not
//! covered: a multipart body is read as a stream, once.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Required, ResponseBuilder};

use super::extract::SignedIn;
use super::problem::Problem;
use crate::app::repeat::{self, KeptAnswer, Repeatable};
use crate::app::{App, Refusal};
use crate::domain::member::Caller;

/// The request header.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is the first one, given again.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The largest body of a request with a key, octets: a batch.
const MAX_BODY: usize = 24 * 1024 * 1024;
/// The largest answer that is kept, octets.
const MAX_ANSWER: usize = 1024 * 1024;
/// What of an answer's head is kept.
const KEPT_HEADERS: [HeaderName; 3] = [CONTENT_TYPE, ETAG, LOCATION];

/// Let a request through once for each key.
pub(super) async fn once(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match act_once(app, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

/// Say in the description of a POST that it takes a key, where it does.
pub(super) fn document(operation: &mut Operation) {
    let form = match &operation.request_body {
        Some(RefOr::T(body)) => body.content.contains_key("multipart/form-data"),
        Some(RefOr::Ref(_)) | None => false,
    };
    if operation.security.is_none() || form {
        return;
    }
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("Made by the client, one for each intention, remembered for seven days: the same request again gets the first answer."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255))))
        .build();
    operation.parameters.get_or_insert_default().push(key.into());
    for (status, description) in
        [("409", "The same request is under way"), ("422", "The key belongs to another request")]
    {
        operation
            .responses
            .responses
            .entry(status.to_owned())
            .or_insert_with(|| ResponseBuilder::new().description(description).build().into());
    }
}

async fn act_once(app: Arc<App>, request: Request, next: Next) -> Result<Response, Problem> {
    let Some(key) = key_of(&request)? else { return Ok(next.run(request).await) };
    let (mut parts, body) = request.into_parts();
    let Ok(SignedIn(caller)) = SignedIn::from_request_parts(&mut parts, &app).await else {
        // Whoever is not signed in is told so by the operation, or needs no key.
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    parts.extensions.insert(caller.clone());
    let body = to_bytes(body, MAX_BODY)
        .await
        .map_err(|_| Refusal::TooLarge("The body is too large.".into()))?;
    let operation = format!("{} {}", parts.method, parts.uri);
    let repeatable = Repeatable::new(&key, operation, &body);
    if let Some(answer) = repeat::begin(&repeatable, &caller, &app).await? {
        return Ok(answer_again(answer));
    }
    let request = Request::from_parts(parts, Body::from(body));
    let hub = app.clone();
    // Once begun it goes on when the client leaves: it will come back for the answer.
    let done = app.act(async move {
        let response = next.run(request).await;
        remember(response, &repeatable, &caller, &hub).await
    });
    Ok(done.await?)
}

/// The key of a request that may have one.
fn key_of(request: &Request) -> Result<Option<String>, Problem> {
    let headers = request.headers();
    let multipart = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    if request.method() != Method::POST || multipart {
        return Ok(None);
    }
    let key = key.to_str().ok().map(str::trim).filter(|key| (1..=255).contains(&key.len()));
    match key {
        Some(key) => Ok(Some(key.to_owned())),
        None => {
            Err(Problem::malformed("`Idempotency-Key` holds 1 to 255 visible ASCII characters."))
        }
    }
}

/// Keep what was done; give the key back where nothing was, or where the answer must not lie about.
async fn remember(
    response: Response,
    request: &Repeatable,
    caller: &Caller,
    app: &App,
) -> Result<Response, Refusal> {
    let (head, body) = response.into_parts();
    let secret = head.headers.get(CACHE_CONTROL).is_some_and(|value| value == "no-store");
    let body = to_bytes(body, usize::MAX).await.map_err(Refusal::internal)?;
    if head.status.is_success() && !secret && body.len() <= MAX_ANSWER {
        let answer = KeptAnswer {
            status: head.status.as_u16(),
            headers: worth_keeping(&head.headers),
            body: body.to_vec(),
        };
        repeat::keep(request, &answer, caller, app).await?;
    } else {
        repeat::give_back(request, caller, app).await?;
    }
    Ok(Response::from_parts(head, Body::from(body)))
}

fn worth_keeping(headers: &HeaderMap) -> Vec<(String, String)> {
    let kept = KEPT_HEADERS.into_iter().filter_map(|name| {
        let value = headers.get(&name)?.to_str().ok()?.to_owned();
        Some((name.as_str().to_owned(), value))
    });
    kept.collect()
}

fn answer_again(answer: KeptAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, Bytes::from(answer.body)).into_response();
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
