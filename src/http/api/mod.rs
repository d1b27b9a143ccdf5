//! The JSON API: a file per resource.

mod achievements;
mod audit;
mod admin;
mod batches;
mod categories;
mod colleges;
mod confirmations;
mod credentials;
mod delegations;
mod email;
mod evidence_room;
mod grants;
mod identity_policy;
mod impersonations;
mod invitations;
mod key_certificates;
mod keys;
mod me;
mod member_changes;
mod member_life;
mod members;
mod notifications;
mod oidc;
mod page;
mod passkeys;
mod password;
mod point_schemes;
mod points;
mod portfolio;
mod push_subscriptions;
mod refusals;
mod register;
mod review;
mod roster;
mod routing;
mod second_factor;
mod service_accounts;
mod sessions;
mod shares;
mod step_up;
mod teams;
mod token;
mod uploads;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// Every documented route below /api/.
pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .merge(achievements::bulk_router())
        .merge(achievements::router())
        .merge(audit::router())
        .merge(admin::router())
        .merge(batches::router())
        .merge(categories::router())
        .merge(colleges::router())
        .merge(confirmations::router())
        .merge(credentials::router())
        .merge(delegations::router())
        .merge(email::router())
        .merge(grants::router())
        .merge(impersonations::router())
        .merge(identity_policy::router())
        .merge(evidence_room::router())
        .merge(invitations::router())
        .merge(key_certificates::router())
        .merge(keys::router())
        .merge(me::router())
        .merge(member_changes::router())
        .merge(member_life::router())
        .merge(members::router())
        .merge(notifications::router())
        .merge(push_subscriptions::router())
        .merge(oidc::router())
        .merge(passkeys::router())
        .merge(password::router())
        .merge(point_schemes::router())
        .merge(points::router())
        .merge(portfolio::router())
        .merge(register::router())
        .merge(review::router())
        .merge(roster::router())
        .merge(routing::router())
        .merge(second_factor::router())
        .merge(service_accounts::router())
        .merge(shares::router())
        .merge(teams::router())
        .merge(sessions::router())
        .merge(step_up::router())
        .merge(token::router())
        .merge(uploads::router())
}
