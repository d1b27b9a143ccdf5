//! What anybody may reach: documents of the colleges, verification, the two web packages, health.

pub(super) mod demo;
mod documents;
pub(super) mod health;
mod log;
mod pages;
mod shares;
mod unsubscribe;
mod verify;

use std::sync::Arc;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// Routes that the OpenAPI document does not name.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .merge(documents::router())
        .merge(log::router())
        .merge(health::router())
        .merge(pages::router())
        .merge(shares::router())
        .merge(unsubscribe::router())
}

/// Routes that it does.
pub(super) fn documented_router() -> OpenApiRouter<Arc<App>> {
    verify::router()
}
