//! Decisions: approve, refuse, send back, propose other facts.

mod approve;
mod parse;
mod propose;
mod tell;
mod undo;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::achievements::{AchievementView, index, next_draft, see};
use super::record::{Actor, Happening, record};
use super::standing::{Held, hold, move_on, show};
use super::submit::tell_pool;
use super::{App, Refusal};
use crate::domain::achievement::{Action, DecisionAction, Status, UNDO_WINDOW};
use crate::domain::field::FieldErrors;
use crate::domain::ids::{AchievementId, DecisionId, MemberId};
use crate::domain::member::{Caller, Reviewer};
use crate::domain::notice::NoticeKind;
use crate::storage::{CategoryRow, NewDecision, TenantTx};

pub(crate) use approve::{Approval, approve, is_complete, supersede_live};
pub use parse::{Decision, RawChanges, RawDecision};
pub(crate) use tell::tell_student;
pub use undo::undo;

/// A decision as it is written.
pub(crate) struct Ruling<'a> {
    /// On which revision.
    pub(crate) revision: i32,
    /// What was decided.
    pub(crate) action: DecisionAction,
    /// By whom.
    pub(crate) by: MemberId,
    /// Whose queue it was, where it is not their own.
    pub(crate) on_behalf_of: Option<MemberId>,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// The student who confirmed it, for what they confirmed.
    pub(crate) confirmed_by: Option<MemberId>,
    /// Text, reason and points, where a reviewer gave some.
    pub(crate) decision: Option<&'a Decision>,
    /// Of a proposal.
    pub(crate) changes: Option<&'a Value>,
}

impl<'a> Ruling<'a> {
    /// What a reviewer sent, as it is written.
    fn of(
        decision: &'a Decision,
        revision: i32,
        held: &Held,
        reviewer: &Reviewer,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            revision,
            action: decision.action,
            by: reviewer.member(),
            on_behalf_of: held.on_behalf_of(reviewer),
            at: now,
            confirmed_by: None,
            decision: Some(decision),
            changes: None,
        }
    }
}

/// Decide on one submission. An approval and its credential: both or neither. Where two have to approve, the first
/// approval is kept and the submission waits for the second.
pub async fn decide(
    id: AchievementId,
    version: i64,
    decision: Decision,
    reviewer: Reviewer,
    caller: &Caller,
    app: &App,
) -> Result<AchievementView, Refusal> {
    let mut tx = app.database.tenant(reviewer.college()).await?;
    let held = hold(id, &mut tx, app).await?;
    held.check_reviewer(&reviewer)?;
    held.check_version(version)?;
    let now = app.now();
    check_open(decision.action, &held, held.on_behalf_of(&reviewer), caller, now)?;
    check_against_category(&decision, &held, &mut tx).await?;
    match decision.action {
        DecisionAction::Approve => grant(&decision, &held, &reviewer, now, &mut tx, app).await?,
        DecisionAction::Reject | DecisionAction::RequestChanges => {
            close(&decision, &held, &reviewer, now, &mut tx, app).await?;
        }
        DecisionAction::ProposeCorrection => {
            propose::propose(&decision, &held, &reviewer, now, &mut tx, app).await?;
        }
    }
    tx.drop_claim(id, None).await?;
    // What is shown may be what is live again.
    if held.standing.live.is_some() {
        index(id, &mut tx).await?;
    }
    let view = see(id, caller, &mut tx, app).await?;
    tx.commit().await?;
    Ok(view)
}

/// Until when the caller may take a decision back.
pub fn undo_until(view: &AchievementView) -> Option<DateTime<Utc>> {
    let decision = view.last_decision.as_ref()?;
    view.allowed.contains(&Action::Undo).then(|| decision.decided_at + UNDO_WINDOW)
}

/// Write a decision down. Whatever follows from it comes after: the database asks for it.
pub(crate) async fn write(
    ruling: &Ruling<'_>,
    held: &Held,
    tx: &mut TenantTx,
    app: &App,
) -> Result<DecisionId, Refusal> {
    let id = DecisionId(app.row_id());
    let new = NewDecision {
        id,
        achievement: held.id(),
        revision: ruling.revision,
        action: ruling.action.as_str(),
        by: ruling.by,
        at: ruling.at,
        comment: ruling.decision.and_then(|decision| decision.comment.as_deref()),
        reason: ruling.decision.and_then(|decision| decision.reason.as_deref()),
        checklist: ruling.decision.map_or(&[], |decision| &decision.checklist),
        changes: ruling.changes,
        confirmed_by: ruling.confirmed_by,
        on_behalf_of: ruling.on_behalf_of,
    };
    tx.insert_decision(&new).await?;
    Ok(id)
}

/// Keep a first approval where two have to approve: the submission goes on waiting.
pub(crate) async fn await_second(
    held: &Held,
    now: DateTime<Utc>,
    (actor, comment): (Actor, Option<&str>),
    tx: &mut TenantTx,
    app: &App,
) -> Result<Approval, Refusal> {
    let event = Happening::to(held.id(), held.row.revision, "first_approval").saying(comment);
    record(event, actor, tx, app).await?;
    show(held, now, tx).await?;
    let approvers = held.standing.approvers.iter().map(|id| MemberId(*id));
    let left_out: Vec<MemberId> = approvers.chain(actor.member).collect();
    let text =
        format!("“{}” was approved by one reviewer; a second one is needed.", held.row.title);
    tell_pool(held, NoticeKind::SecondReviewWaits, &text, &left_out, now, tx, app).await?;
    Ok(Approval::AwaitingSecond)
}

/// Whoever approved already is told that it takes another; everybody else, what is possible.
fn check_open(
    action: DecisionAction,
    held: &Held,
    on_behalf_of: Option<MemberId>,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    // Two persons are two: nobody completes the approval of somebody on whose behalf they act.
    let for_first = on_behalf_of.is_some_and(|lender| held.standing.approvers.contains(&lender.0));
    if action == DecisionAction::Approve && for_first {
        return Err(Refusal::SamePerson);
    }
    let again = action == DecisionAction::Approve
        && held.status()? == Status::Submitted
        && held.relation(caller).approved_already;
    if again {
        return Err(Refusal::SamePerson);
    }
    held.require(action.action(), caller, now)
}

/// Reason and points are those of the category.
async fn check_against_category(
    decision: &Decision,
    held: &Held,
    tx: &mut TenantTx,
) -> Result<(), Refusal> {
    if decision.reason.is_none() && decision.checklist.is_empty() {
        return Ok(());
    }
    let categories = tx.categories().await?;
    let category = categories.iter().find(|category| category.id == held.row.category_id);
    let mut errors = FieldErrors::default();
    if let (Some(reason), Some(category)) = (&decision.reason, category)
        && !has_reason(category, reason)
    {
        errors.add("reason", "unknown", "The category has no such reason.");
    }
    for (place, point) in decision.checklist.iter().enumerate() {
        if category.is_some_and(|category| !category.checklist.contains(point)) {
            let field = format!("checklist/{place}");
            errors.add(&field, "unknown", "The category's checklist has no such point.");
        }
    }
    Ok(errors.or(())?)
}

fn has_reason(category: &CategoryRow, reason: &str) -> bool {
    let reasons = category.reject_reasons.as_array();
    reasons.is_some_and(|list| list.iter().any(|entry| entry["code"] == json!(reason)))
}

async fn grant(
    decision: &Decision,
    held: &Held,
    reviewer: &Reviewer,
    now: DateTime<Utc>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    write(&Ruling::of(decision, held.row.revision, held, reviewer, now), held, tx, app).await?;
    let actor: Actor = reviewer.into();
    let comment = decision.comment.as_deref();
    let approval = if is_complete(held, held.standing.approvals_needed) {
        approve(held, Status::Submitted, reviewer.member(), now, (actor, comment), tx, app).await?
    } else {
        await_second(held, now, (actor, comment), tx, app).await?
    };
    tell_student(held, DecisionAction::Approve, Some(approval), comment, tx, app).await
}

/// Refuse it, or send it back into a new draft.
async fn close(
    decision: &Decision,
    held: &Held,
    reviewer: &Reviewer,
    now: DateTime<Utc>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let (revision, comment) = (held.row.revision, decision.comment.as_deref());
    write(&Ruling::of(decision, revision, held, reviewer, now), held, tx, app).await?;
    let (to, kind) = decision.action.leads_to();
    move_on(held, revision, (Status::Submitted, to), now, tx).await?;
    if decision.action == DecisionAction::RequestChanges {
        tx.open_revision(&next_draft(held, now)).await?;
    }
    show(held, now, tx).await?;
    let event = Happening::to(held.id(), revision, kind).saying(comment);
    record(event, reviewer.into(), tx, app).await?;
    tell_student(held, decision.action, None, comment, tx, app).await
}
