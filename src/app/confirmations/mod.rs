//! What takes two persons: one asks, another confirms or declines, once.

mod kinds;

use serde_json::Value;
use uuid::Uuid;

use super::authenticate::word;
use super::keys::Acting;
use super::record::{Happening, record};
use super::refusal::Current;
use super::{App, Refusal};
use crate::domain::confirmation::{CONFIRMATION_LIFE, ConfirmationKind, Outcome};
use crate::domain::ids::ConfirmationId;
use crate::domain::text;
use crate::storage::{ConfirmationRow, NewConfirmation, TenantTx, Verdict};

/// What somebody asks for.
pub(crate) struct Request<'a> {
    /// What is to be done.
    pub(crate) kind: ConfirmationKind,
    /// To what.
    pub(crate) subject: Uuid,
    /// What else has to be known to do it.
    pub(crate) details: Value,
    /// What who asks was shown.
    pub(crate) facts: Value,
    /// Why.
    pub(crate) reason: &'a str,
}

/// Something that waits for a second person, or did, with what hangs on it now.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// As it was asked for and decided.
    pub row: ConfirmationRow,
    /// What a second person should know before deciding; none once it is decided.
    pub now: Option<Value>,
}

/// What waits for a second person in the college, then what was decided, newest first: what the caller could decide.
pub async fn list(acting: &Acting, app: &App) -> Result<Vec<Confirmation>, Refusal> {
    let mut tx = app.database.tenant(acting.college()).await?;
    tx.expire_confirmations(app.now()).await?;
    let mut list = Vec::new();
    for row in tx.confirmations().await? {
        if kinds::is_for(&row, acting, &mut tx, app).await? {
            list.push(look(row, &mut tx, app).await?);
        }
    }
    tx.commit().await?;
    Ok(list)
}

/// One of them.
pub async fn read(id: ConfirmationId, acting: &Acting, app: &App) -> Result<Confirmation, Refusal> {
    let mut tx = app.database.tenant(acting.college()).await?;
    tx.expire_confirmations(app.now()).await?;
    let row = find(id, acting, &mut tx, app).await?;
    let seen = look(row, &mut tx, app).await?;
    tx.commit().await?;
    Ok(seen)
}

/// Ask for something, in the transaction of the request; everybody who could agree is told.
pub(crate) async fn ask(
    request: Request<'_>,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<ConfirmationRow, Refusal> {
    let id = ConfirmationId(app.row_id());
    let now = app.now();
    tx.expire_confirmations(now).await?;
    let new = NewConfirmation {
        id,
        kind: request.kind.as_str(),
        subject: request.subject,
        details: request.details.clone(),
        facts: request.facts.clone(),
        reason: request.reason,
        member: acting.member(),
        operator: acting.operator(),
        now,
        expires_at: now + CONFIRMATION_LIFE,
    };
    if !tx.insert_confirmation(&new).await? {
        return Err(Refusal::Conflict(
            "This was asked for already: a second person can confirm or decline it.",
        ));
    }
    let facts = acting.facts(serde_json::json!({
        "confirmation": id, "what": request.kind, "details": request.details,
    }));
    let happening = Happening::in_college("confirmation_requested", facts);
    record(happening.saying(Some(request.reason)), acting.actor(), tx, app).await?;
    let told = (request.kind.notice(), kinds::question(&request));
    kinds::tell(request.kind, request.subject, (told.0, &told.1), tx, app).await?;
    tx.confirmation(id).await?.ok_or(Refusal::NotFound)
}

/// Agree, as the second person: it is done at once, and once only.
pub async fn confirm(
    id: ConfirmationId,
    version: i64,
    comment: Option<&str>,
    acting: &Acting,
    app: &App,
) -> Result<Confirmation, Refusal> {
    let mut tx = app.database.tenant(acting.college()).await?;
    let row = open(id, version, acting, &mut tx, app).await?;
    check_second_person(&row, acting, &mut tx, app).await?;
    kinds::hold(&row, &mut tx, app).await?;
    let verdict = decide(&row, Outcome::Confirmed, comment, acting, &mut tx, app).await?;
    kinds::carry_out(&row, acting, &mut tx, app).await?;
    tx.commit().await?;
    Ok(verdict)
}

/// Decline, as anybody who may confirm; who asked takes it back this way.
pub async fn decline(
    id: ConfirmationId,
    version: i64,
    comment: Option<&str>,
    acting: &Acting,
    app: &App,
) -> Result<Confirmation, Refusal> {
    let mut tx = app.database.tenant(acting.college()).await?;
    let row = open(id, version, acting, &mut tx, app).await?;
    let verdict = decide(&row, Outcome::Declined, comment, acting, &mut tx, app).await?;
    tx.commit().await?;
    Ok(verdict)
}

/// One that the caller could decide; of others they may not know.
async fn find(
    id: ConfirmationId,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<ConfirmationRow, Refusal> {
    let row = tx.confirmation(id).await?.ok_or(Refusal::NotFound)?;
    if kinds::is_for(&row, acting, tx, app).await? { Ok(row) } else { Err(Refusal::NotFound) }
}

async fn open(
    id: ConfirmationId,
    version: i64,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<ConfirmationRow, Refusal> {
    let row = find(id, acting, tx, app).await?;
    let expired = row.outcome.as_deref() == Some(Outcome::Expired.as_str());
    if expired || (row.outcome.is_none() && row.expires_at <= app.now()) {
        return Err(Refusal::Conflict(
            "Nobody decided on this in time; it has to be asked for again.",
        ));
    }
    if row.outcome.is_none() && row.version == version { Ok(row) } else { stale(&row) }
}

/// Never who asked. The operator stands in only where the college has nobody else, and never for themselves.
async fn check_second_person(
    row: &ConfirmationRow,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    match acting.member() {
        Some(member) if row.requested_by == Some(member.0) => Err(Refusal::SamePerson),
        Some(_) => Ok(()),
        None if row.requested_by.is_none() => Err(Refusal::SamePerson),
        None => {
            let others = kinds::people(word(&row.kind)?, row.subject_id, tx, app).await?;
            if others.iter().any(|other| Some(other.0) != row.requested_by) {
                return Err(Refusal::Conflict(
                    "The college has a second person who can confirm this; the operator stands in only where there is none.",
                ));
            }
            Ok(())
        }
    }
}

async fn decide(
    row: &ConfirmationRow,
    outcome: Outcome,
    comment: Option<&str>,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Confirmation, Refusal> {
    let id = ConfirmationId(row.id);
    let comment = comment.map(|comment| text::paragraphs(comment, 500)).transpose();
    let comment = comment
        .map_err(|error| Refusal::field("comment", error.code(), error.to_string()))?
        .filter(|comment| !comment.is_empty());
    let verdict = Verdict {
        outcome: outcome.as_str(),
        member: acting.member(),
        operator: acting.operator(),
        facts: kinds::facts_now(row, tx, app).await?,
        comment: comment.as_deref(),
        now: app.now(),
    };
    if !tx.decide_confirmation(id, row.version, &verdict).await? {
        let row = tx.confirmation(id).await?.ok_or(Refusal::NotFound)?;
        return stale(&row);
    }
    let facts = acting.facts(serde_json::json!({
        "confirmation": id, "what": row.kind, "outcome": outcome, "facts": verdict.facts,
        "stands_in": acting.operator().is_some(),
    }));
    let happening = Happening::in_college("confirmation_decided", facts);
    record(happening.saying(comment.as_deref()), acting.actor(), tx, app).await?;
    if outcome == Outcome::Declined {
        let told = "What waited for a second person was declined.";
        let told = ("confirmation_declined", told);
        kinds::tell(word(&row.kind)?, row.subject_id, told, tx, app).await?;
    }
    let row = tx.confirmation(id).await?.ok_or(Refusal::NotFound)?;
    Ok(Confirmation { row, now: None })
}

async fn look(row: ConfirmationRow, tx: &mut TenantTx, app: &App) -> Result<Confirmation, Refusal> {
    let now = match row.outcome {
        None => Some(kinds::facts_now(&row, tx, app).await?),
        Some(_) => None,
    };
    Ok(Confirmation { row, now })
}

fn stale<T>(row: &ConfirmationRow) -> Result<T, Refusal> {
    let outcome = row.outcome.as_deref().map(word::<Outcome>).transpose()?;
    Err(Refusal::Stale(Current {
        status: outcome.map_or("open", Outcome::as_str),
        decided_by: row.decided_by_name.clone(),
        decided_at: row.decided_at,
        version: row.version,
    }))
}
