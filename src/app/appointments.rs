//! A key manager is appointed by two persons: an admin asks, another who answers for keys agrees. Never who is appointed.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::confirmations::{self, Request};
use super::keys::Acting;
use super::{App, Refusal, grants};
use crate::domain::confirmation::ConfirmationKind;
use crate::domain::granting::Term;
use crate::domain::ids::{ConfirmationId, GrantId, MemberId};
use crate::domain::member::{MemberState, Role};
use crate::storage::{ConfirmationRow, DatedGrant, TenantTx};

/// Ask that somebody be made a key manager.
pub(super) async fn ask(
    member: MemberId,
    term: Term,
    reason: &str,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<ConfirmationRow, Refusal> {
    let request = Request {
        kind: ConfirmationKind::KeyManagerGrant,
        subject: member.0,
        details: json!({ "member": member, "starts_at": term.starts_at, "ends_at": term.ends_at }),
        facts: key_managers(tx, app).await?,
        reason,
    };
    confirmations::ask(request, acting, tx, app).await
}

/// How many key managers there are now, for the second person to see.
pub(super) async fn key_managers(tx: &mut TenantTx, app: &App) -> Result<Value, Refusal> {
    let holders = tx.holders(&[Role::KeyManager.as_str()], app.now()).await?;
    Ok(json!({ "key_managers": holders.len() }))
}

/// Appoint, as two persons agreed. The term begins with the agreement where it was to begin before.
pub(super) async fn appoint(
    row: &ConfirmationRow,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let now = app.now();
    let member = MemberId(row.subject_id);
    let person = tx.member(member, now).await?.ok_or(Refusal::NotFound)?;
    if person.state != MemberState::Confirmed.as_str() {
        return Err(Refusal::Conflict("Only a confirmed member can be given a role."));
    }
    let time = |name: &str| -> Result<Option<DateTime<Utc>>, Refusal> {
        serde_json::from_value(row.details[name].clone()).map_err(Refusal::internal)
    };
    let ends_at = time("ends_at")?;
    if ends_at.is_some_and(|end| end <= now) {
        return Err(Refusal::Conflict("The time for which this was asked has passed."));
    }
    let new = DatedGrant {
        id: GrantId(app.row_id()),
        member,
        role: Role::KeyManager.as_str(),
        scope_kind: "college",
        scope_id: None,
        starts_at: time("starts_at")?.map_or(now, |start| start.max(now)),
        ends_at,
        granted_by: row.requested_by.map(MemberId),
        confirmation: Some(ConfirmationId(row.id)),
        may_revoke: false,
    };
    grants::enter(&new, acting, tx, app).await
}
