//! Taking one's own decision back: within ten minutes, and only where nobody acted on it since.

use chrono::{DateTime, Utc};

use super::approve::{issue_for, living};
use crate::app::achievements::{AchievementView, index, see};
use crate::app::authenticate::word;
use crate::app::notifications::notify;
use crate::app::record::{Happening, record};
use crate::app::revoke::outdate_portfolios;
use crate::app::standing::{Held, hold, move_on, show};
use crate::app::{App, Refusal, points, status_lists};
use crate::domain::achievement::{Action, DecisionAction, RevokeReason, Status};
use crate::domain::ids::{AchievementId, DecisionId};
use crate::domain::member::{Caller, Reviewer};
use crate::storage::{DecisionRow, StatusListKind, TenantTx};

/// Take one's own decision back. A credential is annulled, its index never used again; what it had superseded is live
/// again, under a fresh credential.
pub async fn undo(
    id: AchievementId,
    decision: DecisionId,
    reviewer: &Reviewer,
    caller: &Caller,
    app: &App,
) -> Result<AchievementView, Refusal> {
    let mut tx = app.database.tenant(reviewer.college()).await?;
    let held = hold(id, &mut tx, app).await?;
    see(id, caller, &mut tx, app).await?;
    let last = held.last.clone().filter(|last| last.id == decision.0).ok_or(Refusal::NotFound)?;
    let now = app.now();
    held.require(Action::Undo, caller, now)?;
    if !tx.undo_decision(decision, now).await? {
        return Err(Refusal::internal(anyhow::anyhow!("a held decision was not taken back")));
    }
    take_back(&last, &held, reviewer, &mut tx, app).await?;
    show(&held, now, &mut tx).await?;
    index(id, &mut tx).await?;
    record(Happening::to(id, last.revision, "undone"), reviewer.into(), &mut tx, app).await?;
    let text =
        format!("The decision on “{}” was taken back; it waits for review again.", held.row.title);
    notify(held.student(), "undone", text, Some(id), &mut tx, app).await?;
    let view = see(id, caller, &mut tx, app).await?;
    tx.commit().await?;
    Ok(view)
}

async fn take_back(
    last: &DecisionRow,
    held: &Held,
    reviewer: &Reviewer,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let action: DecisionAction = word(&last.action)?;
    let (from, _) = action.leads_to();
    match action {
        // The first of two approvals: the submission never moved.
        DecisionAction::Approve if held.status()? == Status::Submitted => return Ok(()),
        DecisionAction::Approve => {
            annul(held, reviewer, tx, app).await?;
            move_on(held, last.revision, (from, Status::Submitted), app.now(), tx).await?;
            restore(held, last.decided_at, tx, app).await?;
            return points::recount(held.student(), tx, app).await;
        }
        DecisionAction::RequestChanges => {
            if !tx.drop_draft(held.id()).await? {
                return Err(Refusal::internal(anyhow::anyhow!("an untouched draft is gone")));
            }
        }
        DecisionAction::Reject | DecisionAction::ProposeCorrection => {}
    }
    move_on(held, last.revision, (from, Status::Submitted), app.now(), tx).await
}

/// A credential whose approval fell: its bit is set.
async fn annul(
    held: &Held,
    reviewer: &Reviewer,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let credential = living(held, tx).await?;
    let (id, reason) = (credential.id.into(), RevokeReason::IssuedInError);
    tx.revoke_credential(id, Some(reviewer.member()), reason, None, app.now()).await?;
    let place = (credential.list_number, credential.list_index);
    status_lists::set_bit(StatusListKind::Achievements, place, tx, app).await?;
    outdate_portfolios(id, tx, app).await.map(drop)
}

/// What the approval had superseded is live again. Its credential's bit is set for good, so it gets another.
async fn restore(
    held: &Held,
    superseded_at: DateTime<Utc>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let Some(before) = tx.credential_superseded_at(held.id(), superseded_at).await? else {
        return Ok(());
    };
    let step = (Status::Superseded, Status::Approved);
    move_on(held, before.revision, step, app.now(), tx).await?;
    issue_for(held, before.revision, before.approved_by.into(), tx, app).await.map(drop)
}
