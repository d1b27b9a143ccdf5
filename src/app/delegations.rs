//! A reviewer's queue in other hands for a time: leave, illness. Whoever has it decides as they may on their own, and the
//! decision says on whose behalf.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use super::authenticate;
use super::notifications::notify;
use super::record::{Actor, Happening, record};
use super::{App, Refusal};
use crate::domain::field::FieldErrors;
use crate::domain::ids::{DelegationId, DepartmentId, MemberId};
use crate::domain::member::{Caller, Role, Scope};
use crate::domain::text::optional_line;
use crate::storage::{DelegationRow, NewDelegation, TenantTx};

/// The longest time a queue may be in other hands.
const LONGEST: Duration = Duration::days(184);

/// A queue to be put into other hands.
#[derive(Clone, Debug)]
pub struct DelegationRequest {
    /// Whose queue; the caller's where left out.
    pub from: Option<MemberId>,
    /// Who is to decide for them.
    pub to: MemberId,
    /// From when; now where left out.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// Why.
    pub reason: Option<String>,
}

/// Those that hold or will hold and concern the caller: from them or to them; of the own department for a head, all for
/// an admin.
pub async fn list(caller: &Caller, app: &App) -> Result<Vec<DelegationRow>, Refusal> {
    let now = app.now();
    let mut tx = app.database.tenant(caller.college).await?;
    let leads = caller.has(Role::Head) || caller.has(Role::CollegeAdmin);
    let rows = tx.delegations((!leads).then_some(caller.member), now).await?;
    let mut seen = Vec::new();
    for row in rows {
        let concerned = [row.from_member, row.to_member].contains(&caller.member.0);
        if concerned || handles(MemberId(row.from_member), caller, &mut tx, app).await? {
            seen.push(row);
        }
    }
    tx.commit().await?;
    Ok(seen)
}

/// Put a queue into other hands: one's own as a reviewer, one of the own department as a head, any as an admin.
///
/// # Errors
/// `NotFound` for a stranger; `Forbidden` for a queue that is not the caller's to give away; `Invalid` for a field, such
/// as somebody who reviews nothing; `Conflict` where these hands have it in that time.
pub async fn begin(
    request: DelegationRequest,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<DelegationRow, Refusal> {
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move { write(request, &caller, &acting).await }).await
}

/// Take a queue back before its time: whoever may give it away, and who has it in hand.
///
/// # Errors
/// `NotFound` for one that does not concern the caller; `Conflict` for one that is over.
pub async fn end(id: DelegationId, caller: &Caller, app: &Arc<App>) -> Result<(), Refusal> {
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = acting.database.tenant(caller.college).await?;
        let row = tx.delegation(id).await?.ok_or(Refusal::NotFound)?;
        let (from, to) = (MemberId(row.from_member), MemberId(row.to_member));
        let concerned = from == caller.member || to == caller.member;
        if !concerned && !handles(from, &caller, &mut tx, &acting).await? {
            return Err(Refusal::NotFound);
        }
        if !tx.end_delegation(id, caller.member, acting.now()).await? {
            return Err(Refusal::Conflict("This is over already."));
        }
        let happening = Happening::in_college("delegation_ended", json!({ "delegation": id }));
        record(happening, Actor::from(&caller), &mut tx, &acting).await?;
        for person in [from, to].into_iter().filter(|person| *person != caller.member) {
            let text = format!("The queue of {} is in their own hands again.", row.from_name);
            notify(person, "delegation_ended", text, None, &mut tx, &acting).await?;
        }
        Ok(tx.commit().await?)
    })
    .await
}

async fn write(
    request: DelegationRequest,
    caller: &Caller,
    app: &App,
) -> Result<DelegationRow, Refusal> {
    let now = app.now();
    let from = request.from.unwrap_or(caller.member);
    let starts_at = request.starts_at.unwrap_or(now);
    let mut errors = FieldErrors::default();
    check_time(starts_at, request.ends_at, now, &mut errors);
    if request.to == from {
        errors.add("to", "same_person", "A queue is put into somebody else's hands.");
    }
    let reason = errors.take("reason", optional_line(request.reason.as_deref(), 500)).flatten();
    let mut tx = app.database.tenant(caller.college).await?;
    let owner = person(from, caller, &mut tx, app).await?.ok_or(Refusal::NotFound)?;
    let delegate = person(request.to, caller, &mut tx, app).await?.ok_or(Refusal::NotFound)?;
    if from != caller.member && !handles(from, caller, &mut tx, app).await? {
        return Err(Refusal::Forbidden);
    }
    if !lends(&owner) {
        errors.add("from", "no_queue", "Whoever reviews nothing has no queue to give away.");
    }
    if !lends(&delegate) {
        let detail = "A queue is put into the hands of a reviewer of the staff.";
        errors.add("to", "no_reviewer", detail);
    }
    errors.or(())?;
    let new = NewDelegation {
        id: DelegationId(app.row_id()),
        from,
        to: request.to,
        starts_at,
        ends_at: request.ends_at,
        reason,
        by: caller.member,
        now,
    };
    if !tx.insert_delegation(&new).await? {
        return Err(Refusal::Conflict("They have this queue in hand for that time already."));
    }
    let facts = json!({ "delegation": new.id, "from": from, "to": new.to, "starts_at": starts_at, "ends_at": new.ends_at });
    let happening = Happening::in_college("delegation_begun", facts).saying(new.reason.as_deref());
    record(happening, Actor::from(caller), &mut tx, app).await?;
    let row = tx.delegation(new.id).await?.ok_or(Refusal::NotFound)?;
    for person in [from, new.to].into_iter().filter(|person| *person != caller.member) {
        let until = row.ends_at.format("%-d %B %Y");
        let text =
            format!("{} decides on the queue of {} until {until}.", row.to_name, row.from_name);
        notify(person, "delegation_begun", text, None, &mut tx, app).await?;
    }
    tx.commit().await?;
    Ok(row)
}

fn check_time(
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    now: DateTime<Utc>,
    errors: &mut FieldErrors,
) {
    if starts_at < now {
        errors.add("starts_at", "in_past", "This is not done for a time that has passed.");
    }
    if ends_at <= starts_at {
        errors.add("ends_at", "before_start", "It ends after it begins.");
    }
    if ends_at - starts_at > LONGEST {
        errors.add("ends_at", "too_long", "Half a year is the longest.");
    }
}

/// Whether a queue of somebody else is in the caller's care: any for an admin; for a head, of those whose every queue
/// lies in the own department.
async fn handles(
    from: MemberId,
    caller: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<bool, Refusal> {
    let Some(heads) = caller.departments_through(&[Role::Head, Role::CollegeAdmin]) else {
        return Ok(true);
    };
    let inside = |scope: &Scope| match scope {
        Scope::Department(id) => heads.contains(&DepartmentId(id.0)),
        Scope::College | Scope::Category(_) | Scope::Event(_) => false,
    };
    let Some(owner) = person(from, caller, tx, app).await? else { return Ok(false) };
    let mut queues = owner.grants.iter().filter(|grant| is_lent(grant.role)).peekable();
    Ok(queues.peek().is_some() && queues.all(|grant| inside(&grant.scope)))
}

/// Somebody of the caller's college whose account is alive.
async fn person(
    id: MemberId,
    caller: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Option<Caller>, Refusal> {
    let rows = tx.caller(id, app.now()).await?;
    match authenticate::caller(id, caller.college, &rows) {
        Ok(person) => Ok(Some(person)),
        Err(Refusal::Unauthenticated) => Ok(None),
        Err(other) => Err(other),
    }
}

fn lends(person: &Caller) -> bool {
    !person.student && person.grants.iter().any(|grant| is_lent(grant.role))
}

fn is_lent(role: Role) -> bool {
    matches!(role, Role::Faculty | Role::Head | Role::CollegeAdmin)
}
