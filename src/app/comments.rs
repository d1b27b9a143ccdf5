//! What student and reviewers write to each other about an achievement.

use super::achievements::see;
use super::notifications::notify;
use super::record::{Happening, record};
use super::{App, Refusal};
use crate::domain::ids::{AchievementId, CommentId};
use crate::domain::member::Caller;
use crate::domain::text::paragraphs;
use crate::storage::CommentRow;

/// The comments on an achievement, oldest first.
pub async fn list(
    id: AchievementId,
    caller: &Caller,
    app: &App,
) -> Result<Vec<CommentRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    see(id, caller, &mut tx, app).await?;
    let rows = tx.comments(id).await?;
    tx.commit().await?;
    Ok(rows)
}

/// Write one: the student hears of a reviewer's, and who took part in reviewing of the student's.
pub async fn write(
    id: AchievementId,
    text: &str,
    caller: &Caller,
    app: &App,
) -> Result<CommentRow, Refusal> {
    let text = paragraphs(text, 2000)
        .map_err(|error| Refusal::field("text", error.code(), error.to_string()))?;
    if text.is_empty() {
        return Err(Refusal::field("text", "required", "Write something."));
    }
    let mut tx = app.database.tenant(caller.college).await?;
    let view = see(id, caller, &mut tx, app).await?;
    if view.row.student_id != caller.member.0 && caller.as_reviewer().is_none() {
        return Err(Refusal::Forbidden);
    }
    let (comment, now) = (CommentId(app.row_id()), app.now());
    let place = (id, view.row.revision);
    tx.insert_comment(comment, place, caller.member, &text, now).await?;
    let event = Happening::to(id, view.row.revision, "commented");
    record(event, caller.into(), &mut tx, app).await?;
    let student = view.row.student_id.into();
    let listeners =
        if caller.member == student { tx.reviewers_of(id, now).await? } else { vec![student] };
    for listener in listeners {
        let notice = format!("A comment on “{}”: {text}", view.row.title);
        notify(listener, "commented", notice, Some(id), &mut tx, app).await?;
    }
    let rows = tx.comments(id).await?;
    tx.commit().await?;
    rows.into_iter()
        .find(|row| row.id == comment.0)
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("the comment was written a moment ago")))
}
