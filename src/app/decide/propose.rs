//! Proposing other facts: title, dates, level, category. Never evidence, and nothing changes until the student agrees.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{Decision, RawChanges, Ruling, write};
use crate::app::authenticate::word;
use crate::app::notifications::notify;
use crate::app::record::{Happening, record};
use crate::app::standing::{Held, move_on, show};
use crate::app::{App, Refusal};
use crate::domain::achievement::{Content, RawContent, Status};
use crate::domain::field::{FieldError, FieldErrors};
use crate::domain::member::{Place, Reviewer};
use crate::domain::particulars::Particulars;
use crate::storage::{AchievementRow, NewRevision, TenantTx};

/// Propose other facts for a submission; or, as a clerical correction, for what is live: then the next revision carries
/// the proposal, and what is live stays until the student agreed.
pub(super) async fn propose(
    decision: &Decision,
    held: &Held,
    reviewer: &Reviewer,
    now: DateTime<Utc>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let wanted = decision.changes.clone().unwrap_or_default();
    let changes = Value::Object(differences(&held.row, wanted, now)?);
    check_reach(&changes, held, reviewer, tx).await?;
    let live = held.status()? == Status::Approved;
    let revision =
        if live { tx.open_revision(&beside(held, now)).await? } else { held.row.revision };
    let ruling =
        Ruling { changes: Some(&changes), ..Ruling::of(decision, revision, held, reviewer, now) };
    write(&ruling, held, tx, app).await?;
    if !live {
        let step = (Status::Submitted, Status::CorrectionProposed);
        move_on(held, revision, step, now, tx).await?;
    }
    show(held, now, tx).await?;
    let event = Happening {
        data: json!({ "changes": changes }),
        ..Happening::to(held.id(), revision, "correction_proposed")
    };
    let comment = decision.comment.as_deref();
    record(event.saying(comment), reviewer.into(), tx, app).await?;
    let text = format!(
        "A reviewer proposes other facts for “{}”: confirm them, or say why not.",
        held.row.title
    );
    notify(held.student(), "correction_proposed", text, Some(held.id()), tx, app).await
}

fn beside(held: &Held, now: DateTime<Utc>) -> NewRevision {
    NewRevision {
        achievement: held.id(),
        copy_of: held.row.revision,
        status: Status::CorrectionProposed,
        appeal_against: None,
        keep_bar: false,
        opened_at: now,
    }
}

/// What would be another fact, as `{"title": {"from": …, "to": …}}`.
///
/// # Errors
/// `Invalid` at `/changes/…` where the whole would not be acceptable, or nothing would change.
fn differences(
    row: &AchievementRow,
    wanted: RawChanges,
    now: DateTime<Utc>,
) -> Result<Map<String, Value>, Refusal> {
    let corrected = RawContent {
        category: wanted.category.unwrap_or_else(|| row.category_code.clone()),
        title: wanted.title.unwrap_or_else(|| row.title.clone()),
        description: row.description.clone(),
        organiser: row.organiser.clone(),
        role: row.role.clone(),
        level: wanted.level.or(row.level.as_deref().map(word).transpose()?),
        outcome: row.outcome.as_deref().map(word).transpose()?,
        started_on: wanted.started_on.or(row.started_on),
        ended_on: wanted.ended_on.or(row.ended_on),
        hours: row.hours,
        skills: row.skills.clone(),
        team: row.team.clone(),
        team_id: row.team_id.map(Into::into),
        particulars: Particulars::read(&row.particulars),
    };
    let corrected = Content::parse(corrected, now.date_naive()).map_err(below_changes)?;
    let facts = [
        ("category", json!(row.category_code), json!(corrected.category)),
        ("title", json!(row.title), json!(corrected.title)),
        ("level", json!(row.level), json!(corrected.level)),
        ("started_on", json!(row.started_on), json!(corrected.started_on)),
        ("ended_on", json!(row.ended_on), json!(corrected.ended_on)),
    ];
    let changes: Map<String, Value> = facts
        .into_iter()
        .filter(|(_, from, to)| from != to)
        .map(|(name, from, to)| (name.to_owned(), json!({ "from": from, "to": to })))
        .collect();
    if changes.is_empty() {
        return Err(Refusal::field("changes", "required", "These are the facts as they are."));
    }
    Ok(changes)
}

fn below_changes(errors: FieldErrors) -> FieldErrors {
    let below =
        |error: FieldError| FieldError { pointer: format!("/changes{}", error.pointer), ..error };
    FieldErrors(errors.0.into_iter().map(below).collect())
}

/// Nobody moves an item into a category that is not theirs to decide on.
async fn check_reach(
    changes: &Value,
    held: &Held,
    reviewer: &Reviewer,
    tx: &mut TenantTx,
) -> Result<(), Refusal> {
    let Some(code) = changes["category"]["to"].as_str() else { return Ok(()) };
    let unknown =
        || Refusal::field("changes/category", "unknown", "You review no category of this code.");
    let categories = tx.categories().await?;
    let category = categories.iter().find(|row| row.code == code).ok_or_else(unknown)?;
    let place =
        Place { category: category.id.into(), academic: category.academic, ..held.row.place() };
    if reviewer.may_decide(held.student(), &place) { Ok(()) } else { Err(unknown()) }
}
