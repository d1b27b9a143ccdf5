//! Those who run the hub: members of a tenant of its own. They create, suspend and limit colleges; what they do to a
//! college has a reason, stands in that college's audit, and its admins are told.

mod colleges;
mod held;
mod second_person;

pub use colleges::{NewCollegeRequest, Opened, RegisteredCollege, Step, create, list, show, take};
pub use held::{decide_held, held};
pub use second_person::{confirm, confirmations, decline, invite_admin};

use std::sync::Arc;

use serde_json::json;

use super::accept_invitation::open_staff_account;
use super::create_college::open_platform_tenant;
use super::grants::enter;
use super::keys::{Acting, Operator};
use super::notifications::notify;
use super::record::{Happening, record};
use super::{App, Refusal};
use crate::domain::field::FieldErrors;
use crate::domain::ids::{CollegeId, GrantId, MemberId};
use crate::domain::member::{Caller, Role};
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::domain::text::{self, Email, NewPassword};
use crate::storage::{DatedGrant, JobStateRow, TenantTx};

/// Somebody is to run the hub: whoever holds its machine says so. The hub's own tenant is made with the first.
///
/// # Errors
/// `Invalid` for a field; `Conflict` where the address has an account there.
pub async fn appoint_super_admin(
    email: &str,
    full_name: &str,
    password: &str,
    app: &Arc<App>,
) -> Result<MemberId, Refusal> {
    let mut errors = FieldErrors::default();
    let email = errors.take("email", Email::parse(email));
    let full_name = errors.take("full_name", text::line(full_name, 2, 120));
    let password = errors.take("password", NewPassword::parse(password));
    let (Some(email), Some(full_name), Some(password)) = (email, full_name, password) else {
        return Err(errors.into());
    };
    let hash = app.passwords.hash(password.reveal().to_owned()).await?;
    let acting = app.clone();
    app.act(async move {
        let tenant = open_platform_tenant(&acting).await?;
        let mut tx = acting.database.tenant(tenant).await?;
        let member =
            open_staff_account(email.address(), full_name, &hash, &mut tx, &acting).await?;
        let new = DatedGrant {
            id: GrantId(acting.row_id()),
            member,
            role: Role::SuperAdmin.as_str(),
            scope_kind: "college",
            scope_id: None,
            starts_at: acting.now(),
            ends_at: None,
            granted_by: None,
            confirmation: None,
            may_revoke: false,
        };
        let operator = Acting::Operator(Operator::new("whoever runs the hub", tenant)?);
        enter(&new, &operator, &mut tx, &acting).await?;
        tx.commit().await?;
        Ok(member)
    })
    .await
}

/// Jobs that wait or were given up, the next due first.
pub async fn jobs(
    failed: Option<bool>,
    kind: Option<String>,
    page: PageRequest,
    app: &App,
) -> Result<Page<JobStateRow>, Refusal> {
    let rows = app.database.job_states(failed, kind.as_deref(), &page).await?;
    Ok(Page::from_rows(rows, page.limit, |row| Cursor {
        micros: row.run_at.timestamp_micros(),
        id: row.id,
    }))
}

/// The caller's name, from their own tenant; the transaction goes on in the college that they act on.
async fn enter_college(
    college: CollegeId,
    caller: &Caller,
    app: &App,
) -> Result<(TenantTx, String), Refusal> {
    // Neither their own tenant nor one that never was.
    app.database.admin_college(college).await?.ok_or(Refusal::NotFound)?;
    let mut tx = app.database.tenant(caller.college).await?;
    let row = tx.member(caller.member, app.now()).await?.ok_or(Refusal::Unauthenticated)?;
    Ok((tx.enter(college).await?, row.full_name))
}

/// Leave an event in the college that was acted on, and tell its admins.
async fn leave(
    kind: &str,
    told: &str,
    reason: &str,
    name: &str,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let acting = Acting::Operator(Operator::new(name, tx.college())?);
    let happening = Happening::in_college(kind, acting.facts(json!({}))).saying(Some(reason));
    record(happening, acting.actor(), tx, app).await?;
    for admin in tx.holders(&[Role::CollegeAdmin.as_str()], app.now()).await? {
        notify(admin, kind, format!("{told} The reason: {reason}"), None, tx, app).await?;
    }
    Ok(())
}
