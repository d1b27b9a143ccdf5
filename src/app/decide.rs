//! Decisions: approve, refuse, send back, and take it back within ten minutes.

use serde_json::json;

use super::achievements::{AchievementView, check_version, move_on, see};
use super::authenticate::word;
use super::notifications::notify;
use super::record::{Actor, Happening, enqueue, record};
use super::{App, Refusal, issue, status_lists};
use crate::domain::achievement::{Action, DecisionAction, RevokeReason, Status, UNDO_WINDOW};
use crate::domain::field::FieldErrors;
use crate::domain::ids::{AchievementId, CredentialId, DecisionId, MemberId};
use crate::domain::job::Job;
use crate::domain::letter::{Decision as LetterDecision, Letter};
use crate::domain::member::{Caller, Reviewer};
use crate::domain::text::paragraphs;
use crate::storage::{AchievementRow, NewCredential, NewDecision, StatusListKind, TenantTx};

/// What a reviewer wants, as it came.
#[derive(Clone, Debug)]
pub struct RawDecision {
    /// What to do.
    pub action: DecisionAction,
    /// What to tell the student.
    pub comment: Option<String>,
    /// Reason code, to reject.
    pub reason: Option<String>,
    /// Points of the checklist.
    pub checklist: Vec<String>,
}

/// What a reviewer wants, whole.
#[derive(Clone, Debug)]
pub struct Decision {
    action: DecisionAction,
    comment: Option<String>,
    reason: Option<String>,
    checklist: Vec<String>,
}

impl Decision {
    /// A refusal needs a reason and a text; sending back needs a text or a point of the checklist.
    pub fn parse(raw: RawDecision) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let comment = errors
            .take("comment", paragraphs(raw.comment.as_deref().unwrap_or_default(), 2000))
            .unwrap_or_default();
        let comment = Some(comment).filter(|text| !text.is_empty());
        let reason = raw.reason.filter(|reason| !reason.trim().is_empty());
        match raw.action {
            DecisionAction::Approve => {}
            DecisionAction::Reject => {
                if reason.is_none() {
                    errors.add("reason", "required", "Choose a reason.");
                }
                if comment.is_none() {
                    errors.add("comment", "required", "Tell the student why.");
                }
            }
            DecisionAction::RequestChanges => {
                if comment.is_none() && raw.checklist.is_empty() {
                    errors.add("comment", "required", "Tell the student what to change.");
                }
            }
        }
        if raw.checklist.len() > 20 || raw.checklist.iter().any(|point| point.chars().count() > 200)
        {
            errors.add(
                "checklist",
                "too_long",
                "At most 20 points of at most 200 characters are allowed.",
            );
        }
        errors.or(Self { action: raw.action, comment, reason, checklist: raw.checklist })
    }
}

/// Decide on one submission. An approval and its credential: both or neither.
pub async fn decide(
    id: AchievementId,
    version: i64,
    decision: Decision,
    reviewer: Reviewer,
    caller: &Caller,
    app: &App,
) -> Result<AchievementView, Refusal> {
    let mut tx = app.database.tenant(reviewer.college()).await?;
    let row = tx.lock_achievement(id).await?.ok_or(Refusal::NotFound)?;
    check_reach(&row, &reviewer)?;
    check_version(&row, version, &mut tx).await?;
    if word::<Status>(&row.status)? != Status::Submitted {
        let view = see(id, caller, &mut tx, app).await?;
        return Err(Refusal::InvalidTransition { allowed: view.allowed });
    }
    check_reason(&decision, &row, &mut tx).await?;
    let decided = DecisionId(app.row_id());
    let now = app.now();
    let (to, kind) = outcome(decision.action);
    if !tx.transit(id, row.version, Status::Submitted, to, now).await? {
        return Err(Refusal::internal(anyhow::anyhow!("a held submission did not move")));
    }
    let new = NewDecision {
        id: decided,
        achievement: id,
        revision: row.revision,
        action: decision.action.as_str(),
        by: reviewer.member(),
        at: now,
        comment: decision.comment.as_deref(),
        reason: decision.reason.as_deref(),
        checklist: &decision.checklist,
        on_behalf_of: reviewer.on_behalf_of(
            row.department_id.into(),
            row.category_id.into(),
            row.academic,
        ),
    };
    tx.insert_decision(&new).await?;
    record(
        Happening::to(id, row.revision, kind).saying(decision.comment.as_deref()),
        (&reviewer).into(),
        &mut tx,
        app,
    )
    .await?;
    let issued = match decision.action {
        DecisionAction::Approve => approve(&row, reviewer.member(), &mut tx, app).await?,
        DecisionAction::RequestChanges => {
            tx.open_next_draft(id, row.revision, now).await?;
            false
        }
        DecisionAction::Reject => false,
    };
    tell_student(&row, &decision, issued, &mut tx, app).await?;
    let view = see(id, caller, &mut tx, app).await?;
    tx.commit().await?;
    Ok(view)
}

/// Take one's own decision back: within ten minutes, and only where nobody acted on it since.
pub async fn undo(
    id: AchievementId,
    decision: DecisionId,
    reviewer: &Reviewer,
    caller: &Caller,
    app: &App,
) -> Result<AchievementView, Refusal> {
    let mut tx = app.database.tenant(reviewer.college()).await?;
    let row = tx.lock_achievement(id).await?.ok_or(Refusal::NotFound)?;
    let view = see(id, caller, &mut tx, app).await?;
    let last = view
        .last_decision
        .as_ref()
        .filter(|last| last.id == decision.0)
        .ok_or(Refusal::NotFound)?;
    if !view.allowed.contains(&Action::Undo) || !tx.undo_decision(decision, app.now()).await? {
        return Err(Refusal::InvalidTransition { allowed: view.allowed });
    }
    let action: DecisionAction = word(&last.action)?;
    let decided = last.revision;
    if action == DecisionAction::RequestChanges {
        tx.drop_next_draft(id, decided).await?;
    }
    if action == DecisionAction::Approve {
        annul(id, reviewer.member(), &mut tx, app).await?;
    }
    let (from, _) = outcome(action);
    move_on(&row, from, Status::Submitted, &mut tx, app).await?;
    record(Happening::to(id, decided, "undone"), reviewer.into(), &mut tx, app).await?;
    let text =
        format!("The decision on “{}” was taken back; it waits for review again.", row.title);
    notify(row.student_id.into(), "undone", text, Some(id), &mut tx, app).await?;
    let view = see(id, caller, &mut tx, app).await?;
    tx.commit().await?;
    Ok(view)
}

/// The item lies inside the reviewer's reach; whose reach it does not, may not know of it.
fn check_reach(row: &AchievementRow, reviewer: &Reviewer) -> Result<(), Refusal> {
    if row.student_id == reviewer.member().0 {
        return Err(Refusal::OwnItem);
    }
    let reach = reviewer.may_decide(
        row.student_id.into(),
        row.department_id.into(),
        row.category_id.into(),
        row.academic,
    );
    if reach { Ok(()) } else { Err(Refusal::NotFound) }
}

async fn check_reason(
    decision: &Decision,
    row: &AchievementRow,
    tx: &mut TenantTx,
) -> Result<(), Refusal> {
    let Some(reason) = &decision.reason else { return Ok(()) };
    let categories = tx.categories().await?;
    let reasons = categories
        .iter()
        .find(|category| category.id == row.category_id)
        .map(|category| &category.reject_reasons);
    let known = reasons
        .and_then(|reasons| reasons.as_array())
        .is_some_and(|list| list.iter().any(|entry| entry["code"] == json!(reason)));
    if known {
        Ok(())
    } else {
        Err(Refusal::field("reason", "unknown", "The category has no such reason."))
    }
}

fn outcome(action: DecisionAction) -> (Status, &'static str) {
    match action {
        DecisionAction::Approve => (Status::Approved, "approved"),
        DecisionAction::Reject => (Status::Rejected, "rejected"),
        DecisionAction::RequestChanges => (Status::ChangesRequested, "changes_requested"),
    }
}

/// Make the credential. False where it waits for a key: who brings one has it signed, and writes the event then.
async fn approve(
    row: &AchievementRow,
    approver: MemberId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<bool, Refusal> {
    let college = tx.own_college().await?;
    let (list_number, list_index) =
        status_lists::draw_index(StatusListKind::Achievements, tx, app).await?;
    let id = CredentialId(app.public_id());
    let new = NewCredential {
        id,
        achievement: row.id.into(),
        revision: row.revision,
        student: row.student_id.into(),
        list_number,
        list_index,
        approved_by: approver,
        created_at: app.now(),
    };
    tx.insert_credential(&new).await?;
    issue::issue(id, &college, tx, app).await?;
    status_lists::ensure_published(StatusListKind::Achievements, list_number, tx, app).await?;
    let issued = tx.credential(id).await?.is_some_and(|credential| credential.status == "active");
    if issued {
        record(Happening::to(row.id.into(), row.revision, "issued"), Actor::HUB, tx, app).await?;
    }
    Ok(issued)
}

/// A credential whose approval fell: its bit is set, its index never used again.
async fn annul(
    id: AchievementId,
    by: MemberId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let Some(credential) = tx.credential_of(id).await? else { return Ok(()) };
    tx.revoke_credential(credential.id.into(), by, RevokeReason::IssuedInError, None, app.now())
        .await?;
    let place = (credential.list_number, credential.list_index);
    status_lists::set_bit(StatusListKind::Achievements, place, tx, app).await?;
    super::revoke::outdate_portfolios(credential.id.into(), tx, app).await
}

async fn tell_student(
    row: &AchievementRow,
    decision: &Decision,
    issued: bool,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let (kind, text, decided) = match decision.action {
        DecisionAction::Approve if issued => (
            "approved",
            format!("“{}” was approved: its credential is signed.", row.title),
            LetterDecision::Approved,
        ),
        DecisionAction::Approve => (
            "approved",
            format!(
                "“{}” was approved. Its credential will be signed as soon as the college has an active key.",
                row.title
            ),
            LetterDecision::Approved,
        ),
        DecisionAction::Reject => {
            ("rejected", format!("“{}” was not approved.", row.title), LetterDecision::Rejected)
        }
        DecisionAction::RequestChanges => (
            "changes_requested",
            format!("“{}” needs a change before it can be approved.", row.title),
            LetterDecision::ChangesRequested,
        ),
    };
    let id: AchievementId = row.id.into();
    notify(row.student_id.into(), kind, text, Some(id), tx, app).await?;
    let (email, language) = tx.mail_address(row.student_id.into()).await?;
    let letter = Letter::Decision {
        name: row.student_name.clone(),
        college: tx.own_college().await?.name,
        title: row.title.clone(),
        decision: decided,
        comment: decision.comment.clone(),
        link: format!("{}/app/achievements/{id}", app.public_url.as_str()),
    };
    enqueue(&Job::SendMail { to: email, language: word(&language)?, letter }, tx, app).await
}

/// Until when the caller may take a decision back.
pub fn undo_until(view: &AchievementView) -> Option<chrono::DateTime<chrono::Utc>> {
    let decision = view.last_decision.as_ref()?;
    view.allowed.contains(&Action::Undo).then(|| decision.decided_at + UNDO_WINDOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(action: DecisionAction) -> RawDecision {
        RawDecision { action, comment: Some("  ".into()), reason: None, checklist: vec![] }
    }

    #[test]
    fn a_refusal_needs_a_reason_and_a_text() {
        let errors = Decision::parse(raw(DecisionAction::Reject)).unwrap_err();
        assert_eq!(
            errors.0.iter().map(|e| e.pointer.as_str()).collect::<Vec<_>>(),
            ["/reason", "/comment"]
        );
    }

    #[test]
    fn sending_back_needs_a_text_or_a_point() {
        assert!(Decision::parse(raw(DecisionAction::RequestChanges)).is_err());
        let pointed = RawDecision {
            checklist: vec!["Name readable".into()],
            ..raw(DecisionAction::RequestChanges)
        };
        assert!(Decision::parse(pointed).is_ok());
    }

    #[test]
    fn an_approval_needs_nothing_more() {
        assert!(Decision::parse(raw(DecisionAction::Approve)).is_ok());
    }
}
