//! Revoking a credential: the bit is set, and every portfolio that contains it is out of date.

use serde_json::json;

use super::achievements::{move_on, relation};
use super::authenticate::word;
use super::notifications::notify;
use super::record::{Happening, record};
use super::{App, Refusal, status_lists};
use crate::domain::achievement::{RevokeReason, Status};
use crate::domain::ids::CredentialId;
use crate::domain::member::Caller;
use crate::domain::text::paragraphs;
use crate::storage::{CredentialRow, StatusListKind, TenantTx};

/// Revoke a credential, with a reason and a text that the student sees.
pub async fn revoke(
    id: CredentialId,
    reason: RevokeReason,
    text: &str,
    revoker: &Caller,
    app: &App,
) -> Result<CredentialRow, Refusal> {
    let text = paragraphs(text, 2000)
        .map_err(|error| Refusal::field("text", error.code(), error.to_string()))?;
    if text.is_empty() {
        return Err(Refusal::field("text", "required", "Say why: the student will read it."));
    }
    let mut tx = app.database.tenant(revoker.college).await?;
    let seen = tx.credential(id).await?.ok_or(Refusal::NotFound)?;
    let row = tx.lock_achievement(seen.achievement_id.into()).await?.ok_or(Refusal::NotFound)?;
    if !relation(&row, revoker).may_revoke {
        return Err(if row.student_id == revoker.member.0 {
            Refusal::OwnItem
        } else {
            Refusal::NotFound
        });
    }
    if !tx.revoke_credential(id, revoker.member, reason, Some(&text), app.now()).await? {
        return Err(Refusal::InvalidTransition { allowed: Vec::new() });
    }
    status_lists::set_bit(
        StatusListKind::Achievements,
        (seen.list_number, seen.list_index),
        &mut tx,
        app,
    )
    .await?;
    outdate_portfolios(id, &mut tx, app).await?;
    if word::<Status>(&row.status)? == Status::Approved {
        move_on(&row, Status::Approved, Status::Revoked, &mut tx, app).await?;
    }
    let happening = Happening {
        data: json!({ "reason": reason.as_str(), "credential": id }),
        ..Happening::to(row.id.into(), seen.revision, "revoked")
    };
    record(happening.saying(Some(&text)), revoker.into(), &mut tx, app).await?;
    let notice = format!("The credential of “{}” was revoked: {text}", row.title);
    notify(row.student_id.into(), "revoked", notice, Some(row.id.into()), &mut tx, app).await?;
    let revoked = tx.credential(id).await?.ok_or(Refusal::NotFound)?;
    tx.commit().await?;
    Ok(revoked)
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

/// A portfolio that contains a credential that fell is itself out of date: a fresh one can be exported.
pub(crate) async fn outdate_portfolios(
    id: CredentialId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    for place in tx.revoke_portfolios_with(id, app.now()).await? {
        status_lists::set_bit(StatusListKind::Portfolios, place, tx, app).await?;
    }
    Ok(())
}
