//! A student's own work on achievements: write, read, hand in, take back.

use chrono::{DateTime, Utc};

use super::authenticate::word;
use super::record::{Happening, record};
use super::refusal::Current;
use super::{App, Refusal};
use crate::domain::achievement::{
    self, Action, Content, LastDecision, RawContent, Relation, Status,
};
use crate::domain::ids::{AchievementId, CategoryId};
use crate::domain::member::{Caller, Permission, Role};
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::domain::text::search_words;
use crate::storage::{
    AchievementFilter, AchievementRow, CredentialRow, DecisionRow, EventRow, EvidenceRow,
    ReviewScope, TenantTx,
};

/// An achievement with all that a person may see of it.
#[derive(Clone, Debug)]
pub struct AchievementView {
    /// The shown revision.
    pub row: AchievementRow,
    /// Its files.
    pub evidence: Vec<EvidenceRow>,
    /// What the caller may do now.
    pub allowed: Vec<Action>,
    /// The newest decision.
    pub last_decision: Option<DecisionRow>,
    /// Its newest credential.
    pub credential: Option<CredentialRow>,
    /// Approved achievements of the same student.
    pub previous_approvals: i64,
    /// Now, for what is overdue and until when an undo is open.
    pub now: DateTime<Utc>,
}

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
    let made =
        tx.insert_achievement(id, author.member, department, category, &content, app.now()).await?;
    if made {
        index(id, &content, &mut tx).await?;
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
    let row = hold_own(id, version, Action::Edit, author, &mut tx, app).await?;
    let category = find_category(&content.category, &mut tx).await?;
    if !tx.update_draft(id, category, &content).await?
        || !tx.touch_achievement(id, row.version, app.now()).await?
    {
        return Err(Refusal::internal(anyhow::anyhow!("a held draft did not change")));
    }
    index(id, &content, &mut tx).await?;
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
    let row = hold_own(id, version, Action::Submit, author, &mut tx, app).await?;
    let files = usize::try_from(row.evidence_count).map_err(Refusal::internal)?;
    if let Some(first) =
        achievement::missing(&row.organiser, row.ended_on, row.evidence_required, files)
            .into_iter()
            .next()
    {
        let field = if row.organiser.is_empty() {
            "organiser"
        } else if row.ended_on.is_none() {
            "ended_on"
        } else {
            "evidence"
        };
        return Err(Refusal::field(field, "required", first));
    }
    let now = app.now();
    tx.mark_submitted(id, row.revision, now, now + achievement::REVIEW_TIME).await?;
    move_on(&row, Status::Draft, Status::Submitted, &mut tx, app).await?;
    record(Happening::to(id, row.revision, "submitted"), author.into(), &mut tx, app).await?;
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
    let row = hold_own(id, version, Action::Withdraw, author, &mut tx, app).await?;
    move_on(&row, Status::Submitted, Status::Withdrawn, &mut tx, app).await?;
    tx.open_next_draft(id, row.revision, app.now()).await?;
    record(Happening::to(id, row.revision, "withdrawn"), author.into(), &mut tx, app).await?;
    let view = see(id, author, &mut tx, app).await?;
    tx.commit().await?;
    Ok(view)
}

/// The achievement with all that the caller may see of it, or nothing at all.
pub(crate) async fn see(
    id: AchievementId,
    caller: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<AchievementView, Refusal> {
    let row = tx.achievement(id).await?.ok_or(Refusal::NotFound)?;
    let owner = row.student_id == caller.member.0;
    let draft = word::<Status>(&row.status)? == Status::Draft && row.revision == 1;
    let reviewer = caller.as_reviewer().filter(|reviewer| {
        reviewer.may_decide(
            row.student_id.into(),
            row.department_id.into(),
            row.category_id.into(),
            row.academic,
        )
    });
    if !owner && (draft || reviewer.is_none()) {
        return Err(Refusal::NotFound);
    }
    let now = app.now();
    let last_decision = tx.last_decision(id).await?;
    let relation = relation(&row, caller);
    let last = last_decision.as_ref().map(|decision| LastDecision {
        decided_at: decision.decided_at,
        by_caller: decision.decided_by == caller.member.0,
        untouched: row.updated_at == decision.decided_at,
    });
    Ok(AchievementView {
        evidence: tx.evidence_of(id, row.revision).await?,
        allowed: achievement::allowed(word(&row.status)?, row.revision, relation, last, now),
        credential: tx.credential_of(id).await?,
        previous_approvals: tx.count_approved(row.student_id.into()).await?,
        last_decision,
        row,
        now,
    })
}

/// Whether the version that the caller saw is still the one that stands.
pub(crate) async fn check_version(
    row: &AchievementRow,
    version: i64,
    tx: &mut TenantTx,
) -> Result<(), Refusal> {
    if row.version == version {
        return Ok(());
    }
    let decision = tx.last_decision(row.id.into()).await?;
    Err(Refusal::Stale(Current {
        status: word::<Status>(&row.status)?.as_str(),
        decided_by: decision.as_ref().map(|decision| decision.decided_by_name.clone()),
        decided_at: decision.as_ref().map(|decision| decision.decided_at),
        version: row.version,
    }))
}

/// The guarded transition; the row is held, so a failure here is a fault of the program.
pub(crate) async fn move_on(
    row: &AchievementRow,
    from: Status,
    to: Status,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    if tx.transit(row.id.into(), row.version, from, to, app.now()).await? {
        Ok(())
    } else {
        Err(Refusal::internal(anyhow::anyhow!(
            "a held achievement did not move from {} to {}",
            from.as_str(),
            to.as_str()
        )))
    }
}

/// The caller's own achievement, held, at the version they saw, and open to this act.
pub(crate) async fn hold_own(
    id: AchievementId,
    version: i64,
    action: Action,
    author: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<AchievementRow, Refusal> {
    let row = tx
        .lock_achievement(id)
        .await?
        .filter(|row| row.student_id == author.member.0)
        .ok_or(Refusal::NotFound)?;
    check_version(&row, version, tx).await?;
    let allowed = achievement::allowed(
        word(&row.status)?,
        row.revision,
        relation(&row, author),
        None,
        app.now(),
    );
    if allowed.contains(&action) { Ok(row) } else { Err(Refusal::InvalidTransition { allowed }) }
}

/// What the caller is to an achievement.
pub(crate) fn relation(row: &AchievementRow, caller: &Caller) -> Relation {
    let (student, department, category) =
        (row.student_id.into(), row.department_id.into(), row.category_id.into());
    let reviewer = caller
        .as_reviewer()
        .is_some_and(|reviewer| reviewer.may_decide(student, department, category, row.academic));
    Relation {
        owner: student == caller.member,
        may_submit: caller.may(Permission::SubmitAchievement),
        reviewer,
        may_revoke: student != caller.member
            && caller.may(Permission::RevokeCredential)
            && caller.reaches(&[Role::Head, Role::CollegeAdmin], department, category),
    }
}

/// What a caller may see beside their own.
pub(crate) fn scope_of(caller: &Caller) -> Option<ReviewScope> {
    caller.as_reviewer().map(|reviewer| super::review::scope(&reviewer))
}

async fn find_category(code: &str, tx: &mut TenantTx) -> Result<CategoryId, Refusal> {
    let found = tx.categories().await?.into_iter().find(|category| category.code == code);
    found
        .map(|category| category.id.into())
        .ok_or_else(|| Refusal::field("category", "unknown", "Your college has no such category."))
}

async fn index(id: AchievementId, content: &Content, tx: &mut TenantTx) -> Result<(), Refusal> {
    let mut words = content.search_words();
    if let Some(row) = tx.achievement(id).await? {
        let owner = format!(
            "{} {} {}",
            row.student_name,
            row.student_name_native.unwrap_or_default(),
            row.roll_number.unwrap_or_default()
        );
        words.extend(search_words(&owner));
    }
    words.sort();
    words.dedup();
    Ok(tx.index_achievement(id, &words).await?)
}
