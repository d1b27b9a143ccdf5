//! An approval: what was live makes way, the revision goes live, its credential is issued.

use chrono::{DateTime, Utc};

use crate::app::record::{Actor, Happening, record};
use crate::app::standing::{Held, certain, move_on, show};
use crate::app::{App, Refusal, issue, points, status_lists};
use crate::domain::achievement::Status;
use crate::domain::ids::{CredentialId, MemberId};
use crate::storage::{CredentialRow, NewCredential, StatusListKind, TenantTx};

/// What became of an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Approval {
    /// The credential is signed.
    Issued,
    /// The credential waits for a key; who brings one has it signed, and writes the event then.
    WaitsForKey,
    /// Another person has to approve.
    AwaitingSecond,
}

/// Whether one approval more is enough.
pub(crate) fn is_complete(held: &Held, needed: i32) -> bool {
    let given = held.standing.approvers.len() + 1;
    i32::try_from(given).is_ok_and(|given| given >= needed)
}

/// Make the shown revision live, with its credential. The decision is written already.
pub(crate) async fn approve(
    held: &Held,
    from: Status,
    approver: MemberId,
    now: DateTime<Utc>,
    (actor, comment): (Actor, Option<&str>),
    tx: &mut TenantTx,
    app: &App,
) -> Result<Approval, Refusal> {
    let revision = held.row.revision;
    // A confirmed correction moved on with its facts, and had what was live make way.
    if from != Status::Approved {
        supersede_live(held, now, tx, app).await?;
        move_on(held, revision, (from, Status::Approved), now, tx).await?;
    }
    show(held, now, tx).await?;
    let event = Happening::to(held.id(), revision, "approved").saying(comment);
    record(event, actor, tx, app).await?;
    let approval = issue_for(held, revision, approver, tx, app).await?;
    points::recount(held.student(), tx, app).await?;
    Ok(approval)
}

/// Make the credential of an approved revision.
pub(super) async fn issue_for(
    held: &Held,
    revision: i32,
    approver: MemberId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Approval, Refusal> {
    let college = tx.own_college().await?;
    let (list_number, list_index) =
        status_lists::draw_index(StatusListKind::Achievements, tx, app).await?;
    let id = CredentialId(app.public_id());
    let new = NewCredential {
        id,
        achievement: held.id(),
        revision,
        student: held.student(),
        list_number,
        list_index,
        approved_by: approver,
        created_at: app.now(),
    };
    tx.insert_credential(&new).await?;
    issue::issue(id, &college, tx, app).await?;
    status_lists::ensure_published(StatusListKind::Achievements, list_number, tx, app).await?;
    if tx.credential(id).await?.is_some_and(|credential| credential.status == "active") {
        record(Happening::to(held.id(), revision, "issued"), Actor::HUB, tx, app).await?;
        Ok(Approval::Issued)
    } else {
        Ok(Approval::WaitsForKey)
    }
}

/// The living credential, which an approved revision has.
pub(super) async fn living(held: &Held, tx: &mut TenantTx) -> Result<CredentialRow, Refusal> {
    tx.living_credential(held.id()).await?.ok_or_else(|| {
        Refusal::internal(anyhow::anyhow!("a live revision has no living credential"))
    })
}

/// What was live until now, if anything, stays true and makes way: the bit is set, our verifier says that a newer
/// version took its place and links it.
pub(crate) async fn supersede_live(
    held: &Held,
    now: DateTime<Utc>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let Some(live) = held.standing.live else { return Ok(()) };
    let (from, to) = (Status::Approved, Status::Superseded);
    let credential = living(held, tx).await?;
    certain(tx.supersede_credential(credential.id.into(), now).await?, from, to)?;
    let place = (credential.list_number, credential.list_index);
    status_lists::set_bit(StatusListKind::Achievements, place, tx, app).await?;
    move_on(held, live, (from, to), now, tx).await?;
    record(Happening::to(held.id(), live, "superseded"), Actor::HUB, tx, app).await
}
