//! GET, POST /api/push-subscriptions/ , DELETE /api/push-subscriptions/{id}/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::app::push::{self, NewSubscription};
use crate::app::rows::PushSubscriptionRow;
use crate::domain::ids::PushSubscriptionId;
use crate::http::extract::{Id, SignedIn, ValidJson};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, subscribe)).routes(routes!(unsubscribe))
}

/// The browsers that are told.
#[derive(Serialize, ToSchema)]
struct PushSubscriptions {
    /// `applicationServerKey` for `PushManager.subscribe()`: base64url.
    application_server_key: String,
    /// Newest first.
    results: Vec<PushSubscription>,
}

/// A browser that is told until the session it is in ends.
#[derive(Serialize, ToSchema)]
struct PushSubscription {
    id: PushSubscriptionId,
    /// By which a browser knows its own.
    endpoint: String,
    /// Browser and system in words.
    device: String,
    created_at: DateTime<Utc>,
}

/// `PushSubscription.toJSON()` of the browser.
#[derive(Deserialize, ToSchema)]
struct SubscriptionRequest {
    /// The push service's address: https, public.
    endpoint: String,
    keys: SubscriptionKeys,
}

#[derive(Deserialize, ToSchema)]
struct SubscriptionKeys {
    /// Base64url.
    p256dh: String,
    /// Base64url.
    auth: String,
}

/// The caller's browsers, and the key to subscribe another one with.
#[utoipa::path(get, path = "/api/push-subscriptions", tag = "notifications", security(("bearer" = [])),
    responses((status = 200, body = PushSubscriptions), (status = 401)))]
async fn list(
    SignedIn(caller): SignedIn,
    State(app): State<Arc<App>>,
) -> Result<Json<PushSubscriptions>, Problem> {
    let rows = push::list(&caller, &app).await?;
    Ok(Json(PushSubscriptions {
        application_server_key: push::server_key(&app),
        results: rows.into_iter().map(PushSubscription::from).collect(),
    }))
}

/// Tell this browser too. Sent again, it is renewed; the ten newest are kept.
#[utoipa::path(post, path = "/api/push-subscriptions", tag = "notifications", security(("bearer" = [])),
    request_body = SubscriptionRequest,
    responses((status = 201, body = PushSubscription), (status = 400), (status = 401), (status = 422)))]
async fn subscribe(
    SignedIn(caller): SignedIn,
    headers: HeaderMap,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<SubscriptionRequest>,
) -> Result<(StatusCode, Json<PushSubscription>), Problem> {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let new = NewSubscription {
        endpoint: request.endpoint,
        p256dh: request.keys.p256dh,
        auth: request.keys.auth,
    };
    let row = push::subscribe(new, agent, &caller, &app).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// Tell this browser no more.
#[utoipa::path(delete, path = "/api/push-subscriptions/{id}", tag = "notifications", security(("bearer" = [])),
    params(("id" = PushSubscriptionId, Path)),
    responses((status = 204), (status = 401), (status = 404)))]
async fn unsubscribe(
    SignedIn(caller): SignedIn,
    Id(id): Id<PushSubscriptionId>,
    State(app): State<Arc<App>>,
) -> Result<StatusCode, Problem> {
    push::unsubscribe(id, &caller, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<PushSubscriptionRow> for PushSubscription {
    fn from(row: PushSubscriptionRow) -> Self {
        Self {
            id: row.id.into(),
            endpoint: row.endpoint,
            device: row.device,
            created_at: row.created_at,
        }
    }
}
