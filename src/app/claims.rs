//! "I am reviewing this": advice to others, for fifteen minutes. Nothing depends on it.

use super::achievements::{AchievementView, see};
use super::standing::hold;
use super::{App, Refusal};
use crate::domain::achievement::{CLAIM, Status};
use crate::domain::ids::AchievementId;
use crate::domain::member::{Caller, Reviewer};

/// Claim a submission, or one's own claim for longer.
///
/// # Errors
/// `Conflict` while somebody else holds it; `InvalidTransition` where nothing waits for a reviewer.
pub async fn claim(
    id: AchievementId,
    reviewer: &Reviewer,
    caller: &Caller,
    app: &App,
) -> Result<AchievementView, Refusal> {
    let mut tx = app.database.tenant(reviewer.college()).await?;
    let held = hold(id, &mut tx, app).await?;
    held.check_reviewer(reviewer)?;
    let now = app.now();
    if held.status()? != Status::Submitted {
        return Err(Refusal::InvalidTransition { allowed: held.allowed(caller, now)? });
    }
    if !tx.claim(id, reviewer.member(), now, now + CLAIM).await? {
        return Err(Refusal::Conflict("Somebody else is reviewing this; look at another one."));
    }
    let view = see(id, caller, &mut tx, app).await?;
    tx.commit().await?;
    Ok(view)
}

/// Give one's own claim up; where there is none, nothing happens.
pub async fn drop_claim(id: AchievementId, caller: &Caller, app: &App) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    see(id, caller, &mut tx, app).await?;
    tx.drop_claim(id, Some(caller.member)).await?;
    Ok(tx.commit().await?)
}
