//! Notices to one member.

use super::{App, Refusal};
use crate::domain::ids::{AchievementId, MemberId, NotificationId};
use crate::domain::member::Caller;
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::storage::{NotificationRow, TenantTx};

/// The caller's notices, newest first.
pub async fn list(
    page: PageRequest,
    caller: &Caller,
    app: &App,
) -> Result<Page<NotificationRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.notifications(caller.member, &page).await?;
    tx.commit().await?;
    Ok(Page::from_rows(rows, page.limit, |row| Cursor { micros: 0, id: row.id }))
}

/// Mark the caller's notices read, up to and with this one.
pub async fn mark_read(up_to: NotificationId, caller: &Caller, app: &App) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    tx.mark_read(caller.member, up_to.0, app.now()).await?;
    Ok(tx.commit().await?)
}

/// Tell a member something, in the transaction of the act it is about.
pub(crate) async fn notify(
    member: MemberId,
    kind: &str,
    text: String,
    achievement: Option<AchievementId>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let row = NotificationRow {
        id: app.row_id(),
        kind: kind.to_owned(),
        text,
        achievement_id: achievement.map(|id| id.0),
        created_at: app.now(),
        read_at: None,
    };
    Ok(tx.insert_notification(member, &row).await?)
}
