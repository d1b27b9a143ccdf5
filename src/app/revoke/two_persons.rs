//! Fraud is said by two persons: one asks, another who may revoke agrees.

use serde_json::{Value, json};

use super::{Verdict, carry_out, hold_of};
use crate::app::authenticate::word;
use crate::app::confirmations::{self, Request};
use crate::app::keys::Acting;
use crate::app::record::Actor;
use crate::app::standing::{REVOKERS, look_at};
use crate::app::{App, Refusal, points};
use crate::domain::achievement::RevokeReason;
use crate::domain::confirmation::ConfirmationKind;
use crate::domain::ids::{CredentialId, MemberId};
use crate::domain::member::Caller;
use crate::storage::{ConfirmationRow, CredentialRow, TenantTx};

/// Ask a second person to agree that a credential is a fraud.
pub(super) async fn ask(
    credential: &CredentialRow,
    text: &str,
    revoker: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<ConfirmationRow, Refusal> {
    let request = Request {
        kind: ConfirmationKind::CredentialRevocation,
        subject: credential.id,
        details: json!({ "reason": RevokeReason::Fraud, "achievement": credential.achievement_id }),
        facts: facts(credential.id.into(), tx).await?,
        reason: text,
    };
    confirmations::ask(request, &Acting::from(revoker.clone()), tx, app).await
}

/// What hangs on a credential.
pub(crate) async fn facts(id: CredentialId, tx: &mut TenantTx) -> Result<Value, Refusal> {
    Ok(json!({ "credentials": 1, "portfolios": tx.count_portfolios_with(id).await? }))
}

/// Whether a member may revoke this credential, and so be one of the two.
pub(crate) async fn may_revoke(
    id: CredentialId,
    caller: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<bool, Refusal> {
    let Some(row) = tx.credential(id).await? else { return Ok(false) };
    Ok(look_at(row.achievement_id.into(), tx, app).await?.relation(caller).may_revoke)
}

/// Everybody who may revoke this credential by their office.
pub(crate) async fn who_may_revoke(
    id: CredentialId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Vec<MemberId>, Refusal> {
    let Some(credential) = tx.credential(id).await? else { return Ok(Vec::new()) };
    let Some(row) = tx.achievement(credential.achievement_id.into()).await? else {
        return Ok(Vec::new());
    };
    let roles = REVOKERS.map(|role| role.as_str());
    let mut people = tx.holders_over(&roles, &row.place(), app.now()).await?;
    people.retain(|member| member.0 != row.student_id);
    Ok(people)
}

/// Hold what a confirmation is about, before its row is touched: whoever asks holds both in the same order.
pub(crate) async fn hold_subject(
    id: CredentialId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    hold_of(id, tx, app).await.map(drop)
}

/// Revoke it, as two persons agreed. Whoever asked is who revokes; the confirmation names the second.
pub(crate) async fn confirm_credential(
    confirmation: &ConfirmationRow,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let (credential, held) = hold_of(CredentialId(confirmation.subject_id), tx, app).await?;
    if credential.status == "revoked" {
        return Err(Refusal::Conflict("The credential was revoked in the meantime."));
    }
    let reason: RevokeReason = word(confirmation.details["reason"].as_str().unwrap_or_default())?;
    let (by, actor) = asked_by(confirmation, acting)?;
    let verdict = Verdict { reason, text: &confirmation.reason, by, actor };
    carry_out(&credential, &held, verdict, tx, app).await?;
    points::recount(held.student(), tx, app).await
}

/// Whoever asked; members ask for revocations, never the operator.
pub(super) fn asked_by(
    confirmation: &ConfirmationRow,
    acting: &Acting,
) -> Result<(MemberId, Actor), Refusal> {
    let by = confirmation
        .requested_by
        .map(MemberId)
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("no member asked for a revocation")))?;
    Ok((by, acting.actor()))
}
