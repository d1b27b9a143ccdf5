//! What a student does with facts that a reviewer proposed: confirm them, or keep their own and say why.

use serde_json::json;

use super::achievements::{AchievementView, index, see};
use super::authenticate::word;
use super::decide::{self, Ruling, approve, await_second, is_complete, tell_student};
use super::notifications::notify;
use super::record::{Happening, record};
use super::standing::{Held, certain, hold_own, move_on, show};
use super::submit::reviewer_of;
use super::{App, Refusal};
use crate::domain::achievement::{Action, DecisionAction, Level, REVIEW_TIME, Status};
use crate::domain::ids::{AchievementId, MemberId};
use crate::domain::member::Caller;
use crate::domain::text::paragraphs;
use crate::storage::{DecisionRow, Submission, TenantTx};

/// Agree to the facts that were proposed: the proposer's approval, confirmed by the student.
pub async fn confirm(
    id: AchievementId,
    version: i64,
    author: &Caller,
    app: &App,
) -> Result<AchievementView, Refusal> {
    let mut tx = app.database.tenant(author.college).await?;
    let held = hold_own(id, version, Action::ConfirmCorrection, author, &mut tx, app).await?;
    let proposal = proposal(&held)?;
    let proposer = MemberId(proposal.decided_by);
    // The facts are read under the rules of now: a right that ended, ended.
    let Some(reviewer) = reviewer_of(proposer, &held, &mut tx, app).await? else {
        return Err(Refusal::Conflict(
            "Whoever proposed this may not decide any more: decline it, and somebody else will look at it.",
        ));
    };
    let (now, revision) = (app.now(), held.row.revision);
    let ruling = Ruling {
        revision,
        action: DecisionAction::Approve,
        by: proposer,
        on_behalf_of: held.on_behalf_of(&reviewer),
        at: now,
        confirmed_by: Some(author.member),
        decision: None,
        changes: None,
    };
    decide::write(&ruling, &held, &mut tx, app).await?;
    let complete = is_complete(&held, approvals_needed(&held, proposal, &mut tx).await?);
    let to = if complete { Status::Approved } else { Status::Submitted };
    let submission = Submission { submitted_at: now, due_at: now + REVIEW_TIME, routed: None };
    let event = Happening::to(id, revision, "correction_confirmed");
    record(event, author.into(), &mut tx, app).await?;
    let approval = if complete {
        // What was live makes way before this goes live.
        decide::supersede_live(&held, now, &mut tx, app).await?;
        let moved = tx.correct_revision(id, revision, to, &submission).await?;
        certain(moved, Status::CorrectionProposed, to)?;
        approve(&held, to, proposer, now, ((&reviewer).into(), None), &mut tx, app).await?
    } else {
        let moved = tx.correct_revision(id, revision, to, &submission).await?;
        certain(moved, Status::CorrectionProposed, to)?;
        await_second(&held, now, ((&reviewer).into(), None), &mut tx, app).await?
    };
    index(id, &mut tx).await?;
    let text = format!("The facts that you proposed for “{}” were confirmed.", held.row.title);
    notify(proposer, "correction_confirmed", text, Some(id), &mut tx, app).await?;
    tell_student(&held, DecisionAction::Approve, Some(approval), None, &mut tx, app).await?;
    let view = see(id, author, &mut tx, app).await?;
    tx.commit().await?;
    Ok(view)
}

/// Keep one's own facts, and say why: a submission waits for review again, what is live stays as it is.
pub async fn decline(
    id: AchievementId,
    version: i64,
    text: &str,
    author: &Caller,
    app: &App,
) -> Result<AchievementView, Refusal> {
    let text = paragraphs(text, 2000)
        .map_err(|error| Refusal::field("text", error.code(), error.to_string()))?;
    if text.is_empty() {
        return Err(Refusal::field("text", "required", "Say why: the reviewer will read it."));
    }
    let mut tx = app.database.tenant(author.college).await?;
    let held = hold_own(id, version, Action::DeclineCorrection, author, &mut tx, app).await?;
    let proposer = MemberId(proposal(&held)?.decided_by);
    // What was never handed in, a reviewer opened beside what is live.
    let beside = held.row.submitted_at.is_none();
    let to = if beside { Status::Withdrawn } else { Status::Submitted };
    let now = app.now();
    move_on(&held, held.row.revision, (Status::CorrectionProposed, to), now, &mut tx).await?;
    show(&held, now, &mut tx).await?;
    let event = Happening {
        data: json!({ "stays": to.as_str() }),
        ..Happening::to(id, held.row.revision, "correction_declined")
    };
    record(event.saying(Some(&text)), author.into(), &mut tx, app).await?;
    let told = format!("Your proposal for “{}” was declined: {text}", held.row.title);
    notify(proposer, "correction_declined", told, Some(id), &mut tx, app).await?;
    let view = see(id, author, &mut tx, app).await?;
    tx.commit().await?;
    Ok(view)
}

/// The proposal that waits for its answer.
fn proposal(held: &Held) -> Result<&DecisionRow, Refusal> {
    held.last
        .as_ref()
        .filter(|last| last.changes.is_some() && last.revision == held.row.revision)
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("a correction has no proposal")))
}

/// How many have to approve what it will be.
async fn approvals_needed(
    held: &Held,
    proposal: &DecisionRow,
    tx: &mut TenantTx,
) -> Result<i32, Refusal> {
    let changes = proposal.changes.clone().unwrap_or_default();
    let level = changes["level"]["to"].as_str().or(held.row.level.as_deref());
    let level = level.map(word::<Level>).transpose()?.map(Level::as_str);
    let code = changes["category"]["to"].as_str().unwrap_or(&held.row.category_code);
    let category = super::achievements::find_category(code, tx).await?;
    Ok(tx.approvals_needed(category, level).await?)
}
