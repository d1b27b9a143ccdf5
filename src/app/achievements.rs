//! A student's own work on achievements: write, read, take back.

use chrono::{DateTime, Utc};

use super::notifications::notify;
use super::record::{Happening, record};
use super::standing::{Held, hold_own, move_on, show};
use super::{App, Refusal};
use crate::domain::achievement::{Action, Content, RawContent, Status};
use crate::domain::ids::{AchievementId, CategoryId};
use crate::domain::member::{Caller, Permission};
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::domain::text::search_words;
use crate::storage::{
    AchievementFilter, AchievementRow, EventRow, NewRevision, ReviewScope, TenantTx,
};

pub use super::standing::AchievementView;
pub(crate) use super::standing::see;
pub use super::submit::submit;

/// Begin a draft. The id may come from a phone that retries: the same id and owner is no error, and changes nothing.
pub async fn create(
    id: AchievementId,
    raw: RawContent,
    author: &Caller,
    app: &App,
) -> Result<(AchievementView, bool), Refusal> {
    let content = Content::parse(raw, app.now().date_naive())?;
    let department = author.department.ok_or(Refusal::NotConfirmed(
        "Your account names no department yet; please ask your college.",
    ))?;
    let mut tx = app.database.tenant(author.college).await?;
    let category = find_category(&content.category, &mut tx).await?;
    check_team(&content, author, &mut tx).await?;
    let made =
        tx.insert_achievement(id, author.member, department, category, &content, app.now()).await?;
    if made {
        index(id, &mut tx).await?;
        record(Happening::to(id, 1, "created"), author.into(), &mut tx, app).await?;
    }
    // An id that somebody else took is an id that the caller may not know of.
    let view = see(id, author, &mut tx, app).await?;
    if view.row.student_id != author.member.0 {
        return Err(Refusal::NotFound);
    }
    tx.commit().await?;
    Ok((view, made))
}

/// Write the draft anew.
pub async fn update(
    id: AchievementId,
    version: i64,
    raw: RawContent,
    author: &Caller,
    app: &App,
) -> Result<AchievementView, Refusal> {
    let content = Content::parse(raw, app.now().date_naive())?;
    let mut tx = app.database.tenant(author.college).await?;
    let held = hold_own(id, version, Action::Edit, author, &mut tx, app).await?;
    let category = find_category(&content.category, &mut tx).await?;
    check_team(&content, author, &mut tx).await?;
    if !tx.update_draft(id, category, &content).await?
        || !tx.touch_achievement(id, held.row.version, app.now()).await?
    {
        return Err(Refusal::internal(anyhow::anyhow!("a held draft did not change")));
    }
    index(id, &mut tx).await?;
    let view = see(id, author, &mut tx, app).await?;
    tx.commit().await?;
    Ok(view)
}

/// Remove a draft that was never handed in.
pub async fn delete(
    id: AchievementId,
    version: i64,
    author: &Caller,
    app: &App,
) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(author.college).await?;
    hold_own(id, version, Action::Delete, author, &mut tx, app).await?;
    tx.delete_achievement(id, version).await?;
    Ok(tx.commit().await?)
}

/// One achievement, if the caller may see it.
pub async fn read(
    id: AchievementId,
    caller: &Caller,
    app: &App,
) -> Result<AchievementView, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let view = see(id, caller, &mut tx, app).await?;
    tx.commit().await?;
    Ok(view)
}

/// A student's own achievements, those in a reviewer's scope, or all that were approved for who reports; newest first.
pub async fn list(
    filter: AchievementFilter,
    page: PageRequest,
    caller: &Caller,
    app: &App,
) -> Result<Page<AchievementRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = match scope_of(caller) {
        Some(scope)
            if !caller.student
                || filter.student.is_some_and(|student| student != caller.member) =>
        {
            tx.achievements_in(&scope, &filter, &page).await?
        }
        None if caller.may(Permission::ReadApproved) => {
            let scope = ReviewScope { all: true, approved_only: true, ..ReviewScope::default() };
            tx.achievements_in(&scope, &filter, &page).await?
        }
        Some(_) | None => tx.achievements_of(caller.member, &filter, &page).await?,
    };
    tx.commit().await?;
    Ok(Page::from_rows(rows, page.limit, |row| Cursor { micros: 0, id: row.id }))
}

/// What happened to an achievement, oldest first.
pub async fn timeline(
    id: AchievementId,
    caller: &Caller,
    app: &App,
) -> Result<Vec<EventRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    see(id, caller, &mut tx, app).await?;
    let rows = tx.timeline(id).await?;
    tx.commit().await?;
    Ok(rows)
}

/// Take a submission back, into a new draft.
pub async fn withdraw(
    id: AchievementId,
    version: i64,
    author: &Caller,
    app: &App,
) -> Result<AchievementView, Refusal> {
    let mut tx = app.database.tenant(author.college).await?;
    let held = hold_own(id, version, Action::Withdraw, author, &mut tx, app).await?;
    let now = app.now();
    let revision = held.row.revision;
    move_on(&held, revision, (Status::Submitted, Status::Withdrawn), now, &mut tx).await?;
    tx.open_revision(&next_draft(&held, now)).await?;
    tx.drop_claim(id, None).await?;
    show(&held, now, &mut tx).await?;
    record(Happening::to(id, revision, "withdrawn"), author.into(), &mut tx, app).await?;
    if let Some(reviewer) = held.standing.claimed_by {
        let text = format!("“{}”, which you were reviewing, was withdrawn.", held.row.title);
        notify(reviewer.into(), "withdrawn", text, Some(id), &mut tx, app).await?;
    }
    let view = see(id, author, &mut tx, app).await?;
    tx.commit().await?;
    Ok(view)
}

/// The draft that follows on the shown revision.
pub(crate) fn next_draft(held: &Held, now: DateTime<Utc>) -> NewRevision {
    NewRevision {
        achievement: held.id(),
        copy_of: held.row.revision,
        status: Status::Draft,
        appeal_against: None,
        keep_bar: true,
        opened_at: now,
    }
}

/// What a caller may see beside their own.
pub(crate) fn scope_of(caller: &Caller) -> Option<ReviewScope> {
    caller.as_reviewer().map(|reviewer| super::review::scope(&reviewer))
}

/// The category of this code.
pub(crate) async fn find_category(code: &str, tx: &mut TenantTx) -> Result<CategoryId, Refusal> {
    let found = tx.categories().await?.into_iter().find(|category| category.code == code);
    found
        .map(|category| category.id.into())
        .ok_or_else(|| Refusal::field("category", "unknown", "Your college has no such category."))
}

/// Say which words an achievement is found by, as it is shown now.
pub(crate) async fn index(id: AchievementId, tx: &mut TenantTx) -> Result<(), Refusal> {
    let Some(row) = tx.achievement(id).await? else { return Ok(()) };
    let said = format!(
        "{} {} {} {} {} {}",
        row.title,
        row.organiser,
        row.team.unwrap_or_default(),
        row.student_name,
        row.student_name_native.unwrap_or_default(),
        row.roll_number.unwrap_or_default()
    );
    Ok(tx.index_achievement(id, &search_words(&said)).await?)
}

/// Nobody files for a team they are not on.
async fn check_team(content: &Content, author: &Caller, tx: &mut TenantTx) -> Result<(), Refusal> {
    match content.team_id {
        Some(team) if !tx.is_on_team(team, author.member).await? => {
            Err(Refusal::field("team_id", "unknown", "You are on no such team."))
        }
        Some(_) | None => Ok(()),
    }
}
