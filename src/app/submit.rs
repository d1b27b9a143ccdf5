//! Handing a draft in: what is asked for, and who looks at it.

use chrono::{DateTime, Utc};

use super::authenticate::{self, word};
use super::notifications::notify;
use super::record::{Happening, record};
use super::standing::{AchievementView, Held, certain, hold_own, see, show};
use super::{App, Refusal};
use crate::domain::achievement::{
    self, Action, DecisionAction, Demands, REVIEW_TIME, SAME_REVIEWER_FIRST, Status,
};
use crate::domain::ids::{AchievementId, MemberId};
use crate::domain::member::{Caller, Permission, Reviewer, Role};
use crate::domain::notice::NoticeKind;
use crate::domain::particulars::Particulars;
use crate::storage::{AchievementRow, EvidenceRow, StandingRow, Submission, TenantTx};

/// Who looks at what is handed in.
const REVIEWERS: [&str; 3] =
    [Role::Organizer.as_str(), Role::Faculty.as_str(), Role::Head.as_str()];

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
        other => Particulars::read(&row.particulars).named(other).is_some(),
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
    if let Some(reviewer) = first {
        let text = format!("“{}” was changed as you asked, and waits for you.", held.row.title);
        return notify(reviewer, "resubmitted", text, Some(held.id()), tx, app).await;
    }
    let text = format!("“{}” waits for a reviewer.", held.row.title);
    tell_pool(held, NoticeKind::ReviewWaits, &text, &[], now, tx, app).await
}

/// Everybody who has it in their queue and is not left out; who has not read yet that something waits is not told again.
pub(crate) async fn tell_pool(
    held: &Held,
    kind: NoticeKind,
    text: &str,
    left_out: &[MemberId],
    now: DateTime<Utc>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let place = held.row.place();
    let reviewers = tx.holders_over(&REVIEWERS, &place, now).await?;
    let level = held.row.level.as_deref();
    for reviewer in tx.who_sees(&reviewers, &place, level, (now, now)).await? {
        if reviewer == held.student()
            || held.is_conflicted(reviewer)
            || left_out.contains(&reviewer)
            || tx.has_unread(reviewer, kind.as_str()).await?
        {
            continue;
        }
        notify(reviewer, kind.as_str(), text.to_owned(), Some(held.id()), tx, app).await?;
    }
    Ok(())
}
