//! What an owner does after a decision: a new version beside the live one, or an appeal.

use super::achievements::{AchievementView, index, next_draft, see};
use super::record::{Happening, record};
use super::standing::{hold_own, show};
use super::{App, Refusal};
use crate::domain::achievement::Action;
use crate::domain::ids::{AchievementId, MemberId};
use crate::domain::member::Caller;
use crate::storage::NewRevision;

/// Begin a new version: what is live stays live, and its credential valid, until the new one is approved.
pub async fn amend(
    id: AchievementId,
    version: i64,
    author: &Caller,
    app: &App,
) -> Result<AchievementView, Refusal> {
    let mut tx = app.database.tenant(author.college).await?;
    let held = hold_own(id, version, Action::Amend, author, &mut tx, app).await?;
    let now = app.now();
    let draft = NewRevision { keep_bar: false, ..next_draft(&held, now) };
    let number = tx.open_revision(&draft).await?;
    show(&held, now, &mut tx).await?;
    record(Happening::to(id, number, "amendment_begun"), author.into(), &mut tx, app).await?;
    let view = see(id, author, &mut tx, app).await?;
    tx.commit().await?;
    Ok(view)
}

/// Throw the new version away: what is live is shown again.
pub async fn drop_amendment(
    id: AchievementId,
    version: i64,
    author: &Caller,
    app: &App,
) -> Result<AchievementView, Refusal> {
    let mut tx = app.database.tenant(author.college).await?;
    let held = hold_own(id, version, Action::DropAmendment, author, &mut tx, app).await?;
    if !tx.drop_draft(id).await? {
        return Err(Refusal::internal(anyhow::anyhow!("a held draft is gone")));
    }
    show(&held, app.now(), &mut tx).await?;
    index(id, &mut tx).await?;
    let event = Happening::to(id, held.row.revision, "amendment_dropped");
    record(event, author.into(), &mut tx, app).await?;
    let view = see(id, author, &mut tx, app).await?;
    tx.commit().await?;
    Ok(view)
}

/// Appeal against a rejection: once, within thirty days; somebody else decides on it.
pub async fn appeal(
    id: AchievementId,
    version: i64,
    author: &Caller,
    app: &App,
) -> Result<AchievementView, Refusal> {
    let mut tx = app.database.tenant(author.college).await?;
    let held = hold_own(id, version, Action::Appeal, author, &mut tx, app).await?;
    let rejection = held
        .last
        .as_ref()
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("a rejection has no decision")))?;
    let now = app.now();
    let draft = NewRevision {
        appeal_against: Some(MemberId(rejection.decided_by)),
        ..next_draft(&held, now)
    };
    let number = tx.open_revision(&draft).await?;
    show(&held, now, &mut tx).await?;
    record(Happening::to(id, number, "appealed"), author.into(), &mut tx, app).await?;
    let view = see(id, author, &mut tx, app).await?;
    tx.commit().await?;
    Ok(view)
}
