//! The JSON API: a file per resource.

mod achievements;
mod categories;
mod credentials;
mod keys;
mod notifications;
mod page;
mod portfolio;
mod review;
mod colleges;
mod email;
mod invitations;
mod me;
mod members;
mod notifications;
mod page;
mod password;
mod register;
mod roster;
mod token;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// Every documented route below /api/.
pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .merge(achievements::router())
        .merge(achievements::bulk_router())
        .merge(categories::router())
        .merge(credentials::router())
        .merge(keys::router())
        .merge(notifications::router())
        .merge(portfolio::router())
        .merge(review::router())
        .merge(categories::router())
        .merge(colleges::router())
        .merge(email::router())
        .merge(invitations::router())
        .merge(me::router())
        .merge(members::router())
        .merge(notifications::router())
        .merge(password::router())
        .merge(register::router())
        .merge(roster::router())
        .merge(token::router())
}
