//! Revoking a credential: the bit is set, and every portfolio that contains it is out of date.

mod approver;
mod two_persons;

use serde_json::json;

use super::notifications::notify;
use super::record::{Actor, Happening, record};
use super::standing::{Held, hold, move_on, show};
use super::{App, Refusal, points, status_lists};
use crate::domain::achievement::{RevokeReason, Status};
use crate::domain::ids::{CredentialId, MemberId};
use crate::domain::member::Caller;
use crate::domain::text::paragraphs;
use crate::storage::{ConfirmationRow, CredentialRow, StatusListKind, TenantTx};

pub use approver::{Affected, revoke_approvals};
pub(crate) use approver::{affected_by_approver, carry_on, confirm_approver};
pub(crate) use two_persons::{confirm_credential, facts, hold_subject, may_revoke, who_may_revoke};

/// What became of the wish to revoke.
#[derive(Clone, Debug)]
pub enum Revocation {
    /// It is revoked.
    Done(CredentialRow),
    /// Fraud takes a second person, who was asked.
    Asked(ConfirmationRow),
}

/// Why something is revoked, and who does it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict<'a> {
    /// The reason code.
    pub(crate) reason: RevokeReason,
    /// What the student reads.
    pub(crate) text: &'a str,
    /// Who revokes.
    pub(crate) by: MemberId,
    /// The same, as events have them.
    pub(crate) actor: Actor,
}

/// Revoke a credential, with a reason and a text that the student sees. Fraud takes a second person.
pub async fn revoke(
    id: CredentialId,
    reason: RevokeReason,
    text: &str,
    revoker: &Caller,
    app: &App,
) -> Result<Revocation, Refusal> {
    let text = parse_text(text)?;
    let mut tx = app.database.tenant(revoker.college).await?;
    let (credential, held) = hold_of(id, &mut tx, app).await?;
    if !held.relation(revoker).may_revoke {
        let own = held.student() == revoker.member;
        return Err(if own { Refusal::OwnItem } else { Refusal::NotFound });
    }
    if credential.status == "revoked" {
        return Err(Refusal::InvalidTransition { allowed: held.allowed(revoker, app.now())? });
    }
    if reason == RevokeReason::Fraud {
        let row = two_persons::ask(&credential, &text, revoker, &mut tx, app).await?;
        tx.commit().await?;
        return Ok(Revocation::Asked(row));
    }
    let verdict = Verdict { reason, text: &text, by: revoker.member, actor: revoker.into() };
    carry_out(&credential, &held, verdict, &mut tx, app).await?;
    points::recount(held.student(), &mut tx, app).await?;
    tx.close_confirmations_of(id.0, app.now()).await?;
    let row = tx.credential(id).await?.ok_or(Refusal::NotFound)?;
    tx.commit().await?;
    Ok(Revocation::Done(row))
}

/// Say who may see a credential at its public address: its student's choice.
pub async fn set_visibility(
    id: CredentialId,
    visibility: &str,
    owner: &Caller,
    app: &App,
) -> Result<CredentialRow, Refusal> {
    let mut tx = app.database.tenant(owner.college).await?;
    tx.credential(id)
        .await?
        .filter(|row| row.student_id == owner.member.0)
        .ok_or(Refusal::NotFound)?;
    tx.set_visibility(id, visibility).await?;
    let row = tx.credential(id).await?.ok_or(Refusal::NotFound)?;
    tx.commit().await?;
    Ok(row)
}

/// A portfolio that contains a credential that fell is itself out of date: a fresh one can be exported. How many fell.
pub(crate) async fn outdate_portfolios(
    id: CredentialId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<usize, Refusal> {
    let fallen = tx.revoke_portfolios_with(id, app.now()).await?;
    for place in &fallen {
        status_lists::set_bit(StatusListKind::Portfolios, *place, tx, app).await?;
    }
    Ok(fallen.len())
}

/// Why, in words.
pub(crate) fn parse_text(text: &str) -> Result<String, Refusal> {
    let text = paragraphs(text, 2000)
        .map_err(|error| Refusal::field("text", error.code(), error.to_string()))?;
    if text.is_empty() {
        return Err(Refusal::field("text", "required", "Say why: the student will read it."));
    }
    Ok(text)
}

/// A credential, with its achievement held.
pub(crate) async fn hold_of(
    id: CredentialId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(CredentialRow, Held), Refusal> {
    let seen = tx.credential(id).await?.ok_or(Refusal::NotFound)?;
    let held = hold(seen.achievement_id.into(), tx, app).await?;
    let row = tx.credential(id).await?.ok_or(Refusal::NotFound)?;
    Ok((row, held))
}

/// Revoke what is held and was not yet. Whoever calls counts the student's points when every row is held.
pub(crate) async fn carry_out(
    credential: &CredentialRow,
    held: &Held,
    verdict: Verdict<'_>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let (id, now) = (credential.id.into(), app.now());
    let text = Some(verdict.text);
    if !tx.revoke_credential(id, Some(verdict.by), verdict.reason, text, now).await? {
        return Err(Refusal::internal(anyhow::anyhow!("a held credential was not revoked")));
    }
    let place = (credential.list_number, credential.list_index);
    status_lists::set_bit(StatusListKind::Achievements, place, tx, app).await?;
    let portfolios = outdate_portfolios(id, tx, app).await?;
    let from =
        if credential.status == "superseded" { Status::Superseded } else { Status::Approved };
    move_on(held, credential.revision, (from, Status::Revoked), now, tx).await?;
    show(held, now, tx).await?;
    let event = Happening {
        data: json!({ "reason": verdict.reason.as_str(), "credential": id }),
        ..Happening::to(held.id(), credential.revision, "revoked")
    };
    record(event.saying(text), verdict.actor, tx, app).await?;
    let (student, item) = (held.student(), Some(held.id()));
    let notice = format!("The credential of “{}” was revoked: {}", held.row.title, verdict.text);
    notify(student, "revoked", notice, item, tx, app).await?;
    if portfolios > 0 {
        let notice = "A portfolio that you exported contains a revoked credential: it is out of date. Please export it again.";
        notify(student, "portfolio_outdated", notice.to_owned(), None, tx, app).await?;
    }
    Ok(())
}
