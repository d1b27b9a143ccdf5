//! Looking at the hub as somebody else sees it: reading only, with a reason, for half an hour, and the person is told.
//!
//! No token is made for it: whoever looks shows their own, and names the look beside it, so that it ends with their
//! own session and right.

use std::sync::Arc;

use chrono::Duration;
use serde_json::json;

use super::authenticate;
use super::keys::{Acting, Operator};
use super::member_life::parse_reason;
use super::notifications::notify;
use super::record::{Happening, record};
use super::{App, Refusal};
use crate::app::access_token::Bearer;
use crate::domain::ids::{CollegeId, ImpersonationId, MemberId};
use crate::domain::member::{Caller, Onlooker, Permission, Role};
use crate::storage::{ImpersonationRow, NewImpersonation, TenantTx};

/// The longest look.
pub const LONGEST_LOOK: Duration = Duration::minutes(30);

/// Begin to look. An admin of a college looks at students of it, who are nothing else; whoever runs the hub, at anybody.
///
/// # Errors
/// `NotFound` for a stranger; `Forbidden` for staff, of a college admin; `SamePerson` for oneself; `Invalid` without a
/// reason.
pub async fn begin(
    member: MemberId,
    college: CollegeId,
    reason: &str,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<ImpersonationRow, Refusal> {
    let reason = parse_reason(reason)?;
    if member == caller.member {
        return Err(Refusal::SamePerson);
    }
    if college != caller.college && !caller.has(Role::SuperAdmin) {
        return Err(Refusal::NotFound);
    }
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move { write(member, college, &reason, &caller, &acting).await }).await
}

/// Stop looking.
///
/// # Errors
/// `NotFound` for a look that is not the caller's; `Conflict` for one that is over.
pub async fn end(
    id: ImpersonationId,
    college: CollegeId,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<(), Refusal> {
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = acting.database.tenant(college).await?;
        let row = tx.impersonation(id).await?;
        let row = row.filter(|row| is_of(row, college, &caller)).ok_or(Refusal::NotFound)?;
        if !tx.end_impersonation(id, acting.now()).await? {
            return Err(Refusal::Conflict("That is over already."));
        }
        let facts = json!({ "impersonation": id, "member": row.member_id });
        leave(
            "impersonation_ended",
            facts,
            None,
            college,
            (&caller, &row.by_name),
            &mut tx,
            &acting,
        )
        .await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Who looked at whom in a college, newest first, at most a hundred: for its admins, and for whoever runs the hub.
/// Everybody sees who looked at them.
pub async fn list(
    of: Option<MemberId>,
    college: CollegeId,
    caller: &Caller,
    app: &App,
) -> Result<Vec<ImpersonationRow>, Refusal> {
    if college != caller.college && !caller.has(Role::SuperAdmin) {
        return Err(Refusal::NotFound);
    }
    let mut tx = app.database.tenant(college).await?;
    let rows = tx.impersonations(of).await?;
    tx.commit().await?;
    Ok(rows)
}

/// The caller as whom they look: what is read is what that person sees, and nothing is changed.
///
/// # Errors
/// `ReadOnly` for a request that would change something; `NotFound` for a look that is over, or somebody else's.
pub async fn look_as(
    (college, id): (CollegeId, ImpersonationId),
    reads: bool,
    caller: &Caller,
    app: &App,
) -> Result<Caller, Refusal> {
    if !reads {
        return Err(Refusal::ReadOnly);
    }
    if !caller.may(Permission::Impersonate) {
        return Err(Refusal::NotFound);
    }
    let now = app.now();
    let mut tx = app.database.tenant(college).await?;
    let row = tx.impersonation(id).await?;
    let holds = |row: &ImpersonationRow| {
        is_of(row, college, caller) && row.ended_at.is_none() && row.ends_at > now
    };
    let row = row.filter(holds).ok_or(Refusal::NotFound)?;
    tx.commit().await?;
    let bearer = Bearer { member: MemberId(row.member_id), college };
    let seen = authenticate::load(bearer, app).await.map_err(|_| Refusal::NotFound)?;
    let onlooker = Onlooker { name: row.by_name, reason: row.reason, until: row.ends_at };
    Ok(Caller { onlooker: Some(onlooker), ..seen })
}

async fn write(
    member: MemberId,
    college: CollegeId,
    reason: &str,
    caller: &Caller,
    app: &App,
) -> Result<ImpersonationRow, Refusal> {
    let now = app.now();
    let mut tx = app.database.tenant(caller.college).await?;
    let name = tx.member(caller.member, now).await?.ok_or(Refusal::Unauthenticated)?.full_name;
    let mut tx = tx.enter(college).await?;
    let row = tx.member(member, now).await?.ok_or(Refusal::NotFound)?;
    let own = college == caller.college;
    if own && (!row.student || !row.granted.is_empty()) {
        return Err(Refusal::Forbidden);
    }
    let id = ImpersonationId(app.row_id());
    let new = NewImpersonation {
        id,
        member,
        by_member: own.then_some(caller.member),
        by_operator: (!own).then_some(caller.member),
        by_name: &name,
        reason,
        started_at: now,
        ends_at: now + LONGEST_LOOK,
    };
    tx.insert_impersonation(&new).await?;
    let facts = json!({ "impersonation": id, "member": member });
    leave("impersonation_begun", facts, Some(reason), college, (caller, &name), &mut tx, app)
        .await?;
    let text = format!(
        "{name} looks at the hub as you see it until {} UTC, and can change nothing. The reason: {reason}",
        new.ends_at.format("%H:%M")
    );
    notify(member, "impersonation_begun", text, None, &mut tx, app).await?;
    if !own {
        for admin in tx.holders(&[Role::CollegeAdmin.as_str()], now).await? {
            let text = format!(
                "{name}, who runs the hub, looks at it as a member of your college sees it. The reason: {reason}"
            );
            notify(admin, "impersonation_begun", text, None, &mut tx, app).await?;
        }
    }
    let row = tx.impersonation(id).await?.ok_or(Refusal::NotFound)?;
    tx.commit().await?;
    Ok(row)
}

fn is_of(row: &ImpersonationRow, college: CollegeId, caller: &Caller) -> bool {
    let who = if college == caller.college { row.by_member } else { row.by_operator };
    who == Some(caller.member.0)
}

async fn leave(
    kind: &str,
    facts: serde_json::Value,
    reason: Option<&str>,
    college: CollegeId,
    (caller, name): (&Caller, &str),
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let acting = if college == caller.college {
        Acting::from(caller.clone())
    } else {
        Acting::Operator(Operator::new(name, college)?)
    };
    let happening = Happening::in_college(kind, acting.facts(facts)).saying(reason);
    record(happening, acting.actor(), tx, app).await
}
