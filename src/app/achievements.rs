//! A student's own work on achievements: write, read, hand in, take back.

use chrono::{DateTime, Utc};

use super::authenticate::{self, word};
use super::notifications::notify;
use super::record::{Happening, record};
use super::standing::{Held, certain, hold_own, move_on, show};
use super::{App, Refusal};
use crate::domain::achievement::{
    self, Action, Content, DecisionAction, Demands, REVIEW_TIME, RawContent, SAME_REVIEWER_FIRST,
    Status,
};
use crate::domain::ids::{AchievementId, CategoryId, MemberId};
use crate::domain::member::{Caller, Permission, Reviewer, Role};
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::domain::text::search_words;
use crate::storage::{
    AchievementFilter, AchievementRow, EventRow, EvidenceRow, NewRevision, ReviewScope,
    StandingRow, Submission, TenantTx,
};

pub use super::standing::AchievementView;
pub(crate) use super::standing::see;

/// Who looks at what is handed in.
const REVIEWERS: [&str; 3] =
    [Role::Organizer.as_str(), Role::Faculty.as_str(), Role::Head.as_str()];

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

/// A student's own achievements, or those in a reviewer's scope; newest first.
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

/// What still stands between a draft and its submission: the field, and a sentence for the student.
pub fn missing<'a>(
    row: &AchievementRow,
    standing: &'a StandingRow,
    evidence: &[EvidenceRow],
) -> Vec<(&'a str, String)> {
    let demands = Demands {
        fields: &standing.required_fields,
        evidence: row.evidence_required,
        kinds: &standing.evidence_kinds,
    };
    let kinds: Vec<Option<&str>> = evidence.iter().map(|file| file.kind.as_deref()).collect();
    achievement::missing(demands, |field| is_filled(row, field), &kinds)
}

/// Hand the draft in.
pub async fn submit(
    id: AchievementId,
    version: i64,
    author: &Caller,
    app: &App,
) -> Result<AchievementView, Refusal> {
    if !author.may(Permission::SubmitAchievement) {
        return Err(Refusal::NotConfirmed(
            "Your college has to confirm your account before you can submit.",
        ));
    }
    let mut tx = app.database.tenant(author.college).await?;
    let held = hold_own(id, version, Action::Submit, author, &mut tx, app).await?;
    let evidence = tx.evidence_of(id, held.row.revision).await?;
    if let Some((field, sentence)) =
        missing(&held.row, &held.standing, &evidence).into_iter().next()
    {
        return Err(Refusal::field(field, "required", sentence));
    }
    let now = app.now();
    let first = who_asked(&held, &mut tx, app).await?;
    let submission = Submission {
        submitted_at: now,
        due_at: now + REVIEW_TIME,
        routed: first.map(|reviewer| (reviewer, now + SAME_REVIEWER_FIRST)),
    };
    let moved = tx.submit_revision(id, held.row.revision, &submission).await?;
    certain(moved, Status::Draft, Status::Submitted)?;
    show(&held, now, &mut tx).await?;
    record(Happening::to(id, held.row.revision, "submitted"), author.into(), &mut tx, app).await?;
    tell_reviewers(&held, first, now, &mut tx, app).await?;
    let view = see(id, author, &mut tx, app).await?;
    tx.commit().await?;
    Ok(view)
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
    move_on(&held, revision, (Status::Submitted, Status::Withdrawn), &mut tx).await?;
    tx.open_revision(&next_draft(&held, now)).await?;
    tx.drop_claim(id, None).await?;
    show(&held, now, &mut tx).await?;
    record(Happening::to(id, revision, "withdrawn"), author.into(), &mut tx, app).await?;
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

/// The proof that a member may decide on what is held; none where they lost the right, or never had it.
pub(crate) async fn reviewer_of(
    member: MemberId,
    held: &Held,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Option<Reviewer>, Refusal> {
    let rows = tx.caller(member, app.now()).await?;
    let caller = match authenticate::caller(member, tx.college(), &rows) {
        Ok(caller) => caller,
        Err(Refusal::Unauthenticated) => return Ok(None),
        Err(other) => return Err(other),
    };
    Ok(caller.as_reviewer().filter(|reviewer| held.check_reviewer(reviewer).is_ok()))
}

fn is_filled(row: &AchievementRow, field: &str) -> bool {
    match field {
        "description" => !row.description.is_empty(),
        "organiser" => !row.organiser.is_empty(),
        "role" => row.role.is_some(),
        "level" => row.level.is_some(),
        "outcome" => row.outcome.is_some(),
        "started_on" => row.started_on.is_some(),
        "ended_on" => row.ended_on.is_some(),
        "hours" => row.hours.is_some(),
        "skills" => !row.skills.is_empty(),
        "team" => row.team.is_some(),
        _ => false,
    }
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

/// Whoever asked for the changes that this draft answers, where they may still decide.
async fn who_asked(held: &Held, tx: &mut TenantTx, app: &App) -> Result<Option<MemberId>, Refusal> {
    let Some(last) = &held.last else { return Ok(None) };
    if word::<DecisionAction>(&last.action)? != DecisionAction::RequestChanges {
        return Ok(None);
    }
    let member = MemberId(last.decided_by);
    Ok(reviewer_of(member, held, tx, app).await?.map(|_| member))
}

/// Whoever sees it first hears of it; else everybody in scope, once until they have read that something waits.
async fn tell_reviewers(
    held: &Held,
    first: Option<MemberId>,
    now: DateTime<Utc>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    const WAITS: &str = "review_waits";
    if let Some(reviewer) = first {
        let text = format!("“{}” was changed as you asked, and waits for you.", held.row.title);
        return notify(reviewer, "resubmitted", text, Some(held.id()), tx, app).await;
    }
    let place = (held.row.department_id.into(), held.row.category_id.into());
    for reviewer in tx.holders_over(&REVIEWERS, place, now).await? {
        if reviewer == held.student() || held.is_conflicted(reviewer) {
            continue;
        }
        if !tx.has_unread(reviewer, WAITS).await? {
            let text = format!("“{}” waits for a reviewer.", held.row.title);
            notify(reviewer, WAITS, text, Some(held.id()), tx, app).await?;
        }
    }
    Ok(())
}
