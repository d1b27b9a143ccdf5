//! What takes two persons: one asks, another confirms or declines, once.

use serde_json::Value;
use uuid::Uuid;

use super::authenticate::word;
use super::keys::{self, Acting};
use super::record::{Happening, record};
use super::refusal::Current;
use super::{App, Refusal, appointments};
use crate::domain::confirmation::{CONFIRMATION_LIFE, ConfirmationKind, Outcome};
use crate::domain::ids::{ConfirmationId, KeyId};
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

/// What waits for a second person in the college, then what was decided, newest first.
pub async fn list(acting: &Acting, app: &App) -> Result<Vec<Confirmation>, Refusal> {
    let mut tx = app.database.tenant(acting.college()).await?;
    tx.expire_confirmations(app.now()).await?;
    let mut list = Vec::new();
    for row in tx.confirmations().await? {
        list.push(look(row, &mut tx, app).await?);
    }
    tx.commit().await?;
    Ok(list)
}

/// One of them.
pub async fn read(id: ConfirmationId, acting: &Acting, app: &App) -> Result<Confirmation, Refusal> {
    let mut tx = app.database.tenant(acting.college()).await?;
    tx.expire_confirmations(app.now()).await?;
    let row = tx.confirmation(id).await?.ok_or(Refusal::NotFound)?;
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
        facts: request.facts,
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
    let kid = request.details["kid"].as_str().unwrap_or_default();
    let told = match request.kind {
        ConfirmationKind::KeyCompromise => {
            format!("A second person is needed: is the key {kid} in other hands?")
        }
        ConfirmationKind::KeyUnfreeze => {
            format!("A second person is needed: may the freeze of the key {kid} be lifted?")
        }
        ConfirmationKind::KeyManagerGrant => {
            "A second person is needed: may somebody be made a key manager?".to_owned()
        }
    };
    keys::tell::everybody("confirmation_requested", &told, tx, app).await?;
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
    let row = open(id, version, &mut tx, app).await?;
    check_second_person(&row, acting, &mut tx, app).await?;
    // Before the row is touched: whoever asks for something holds these in the same order.
    match word::<ConfirmationKind>(&row.kind)? {
        ConfirmationKind::KeyCompromise | ConfirmationKind::KeyUnfreeze => {
            keys::lock(KeyId(row.subject_id), &mut tx).await?;
        }
        ConfirmationKind::KeyManagerGrant => appointments::check_second_person(&row, acting)?,
    }
    let verdict = decide(&row, Outcome::Confirmed, comment, acting, &mut tx, app).await?;
    match word::<ConfirmationKind>(&row.kind)? {
        ConfirmationKind::KeyCompromise => {
            keys::declare_compromised(&row, acting, &mut tx, app).await?;
        }
        ConfirmationKind::KeyUnfreeze => keys::lift_freeze(&row, acting, &mut tx, app).await?,
        ConfirmationKind::KeyManagerGrant => {
            appointments::appoint(&row, acting, &mut tx, app).await?;
        }
    }
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
    let row = open(id, version, &mut tx, app).await?;
    let verdict = decide(&row, Outcome::Declined, comment, acting, &mut tx, app).await?;
    tx.commit().await?;
    Ok(verdict)
}

async fn open(
    id: ConfirmationId,
    version: i64,
    tx: &mut TenantTx,
    app: &App,
) -> Result<ConfirmationRow, Refusal> {
    let row = tx.confirmation(id).await?.ok_or(Refusal::NotFound)?;
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
            let mut others = tx.holders(&keys::tell::KEY_ROLES, app.now()).await?;
            if word::<ConfirmationKind>(&row.kind)? == ConfirmationKind::KeyManagerGrant {
                others.retain(|other| other.0 != row.subject_id);
            }
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
        facts: facts_now(row, tx, app).await?,
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
        keys::tell::everybody("confirmation_declined", told, tx, app).await?;
    }
    let row = tx.confirmation(id).await?.ok_or(Refusal::NotFound)?;
    Ok(Confirmation { row, now: None })
}

async fn look(row: ConfirmationRow, tx: &mut TenantTx, app: &App) -> Result<Confirmation, Refusal> {
    let now = match row.outcome {
        None => Some(facts_now(&row, tx, app).await?),
        Some(_) => None,
    };
    Ok(Confirmation { row, now })
}

async fn facts_now(row: &ConfirmationRow, tx: &mut TenantTx, app: &App) -> Result<Value, Refusal> {
    match word::<ConfirmationKind>(&row.kind)? {
        ConfirmationKind::KeyCompromise | ConfirmationKind::KeyUnfreeze => {
            keys::still_affected(KeyId(row.subject_id), tx).await
        }
        ConfirmationKind::KeyManagerGrant => appointments::key_managers(tx, app).await,
    }
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
