//! The JSON API: a file per resource.

mod categories;
mod notifications;
mod page;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// Every documented route below /api/.
pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().merge(categories::router()).merge(notifications::router())
}
