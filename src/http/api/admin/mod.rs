//! /api/admin/…: those who run the hub.

mod colleges;
mod confirmations;
mod held;
mod jobs;
mod new_college;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .merge(colleges::router())
        .merge(confirmations::router())
        .merge(held::router())
        .merge(jobs::router())
}
