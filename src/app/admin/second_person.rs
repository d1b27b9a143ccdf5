//! Where a college has no second person, one of those who run the hub is it: never the first, and the audit says so.

use std::sync::Arc;

use super::{enter_college, leave};
use crate::app::confirmations::{self, Confirmation};
use crate::app::keys::{Acting, Operator};
use crate::app::member_life::parse_reason;
use crate::app::{App, Refusal, invitations};
use crate::domain::ids::{CollegeId, ConfirmationId};
use crate::domain::member::Caller;

/// What waits for a second person in a college.
pub async fn confirmations(
    college: CollegeId,
    caller: &Caller,
    app: &App,
) -> Result<Vec<Confirmation>, Refusal> {
    let acting = acting(college, caller, app).await?;
    confirmations::list(&acting, app).await
}

/// Agree, where the college has nobody else who could.
///
/// # Errors
/// As [`confirmations::confirm`]; `Invalid` without a reason.
pub async fn confirm(
    (college, id): (CollegeId, ConfirmationId),
    version: i64,
    reason: &str,
    caller: &Caller,
    app: &App,
) -> Result<Confirmation, Refusal> {
    let reason = parse_reason(reason)?;
    let acting = acting(college, caller, app).await?;
    confirmations::confirm(id, version, Some(&reason), &acting, app).await
}

/// Decline.
///
/// # Errors
/// As [`confirmations::decline`]; `Invalid` without a reason.
pub async fn decline(
    (college, id): (CollegeId, ConfirmationId),
    version: i64,
    reason: &str,
    caller: &Caller,
    app: &App,
) -> Result<Confirmation, Refusal> {
    let reason = parse_reason(reason)?;
    let acting = acting(college, caller, app).await?;
    confirmations::decline(id, version, Some(&reason), &acting, app).await
}

/// Invite somebody to be an admin of a college: the one role that those who run the hub give.
///
/// # Errors
/// `NotFound`; `Invalid` for the address or the reason; `Conflict` where the address has an account there.
pub async fn invite_admin(
    college: CollegeId,
    email: &str,
    reason: &str,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<(), Refusal> {
    let reason = parse_reason(reason)?;
    let (acting, caller, email) = (app.clone(), caller.clone(), email.to_owned());
    app.act(async move {
        let (mut tx, name) = enter_college(college, &caller, &acting).await?;
        invitations::invite_first_admin(&email, &name, &mut tx, &acting).await?;
        let told = "Those who run the hub invited an admin to your college.";
        leave("admin_invited", told, &reason, &name, &mut tx, &acting).await?;
        Ok(tx.commit().await?)
    })
    .await
}

async fn acting(college: CollegeId, caller: &Caller, app: &App) -> Result<Acting, Refusal> {
    let (tx, name) = enter_college(college, caller, app).await?;
    tx.commit().await?;
    Ok(Acting::Operator(Operator::new(&name, college)?))
}
