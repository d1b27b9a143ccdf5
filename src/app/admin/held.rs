//! Colleges that look like another: held until one of those who run the hub decides.

use std::sync::Arc;

use serde_json::json;

use super::colleges::{NewCollegeRequest, open};
use crate::app::member_life::parse_reason;
use crate::app::record::{Actor, Happening, record};
use crate::app::refusal::Current;
use crate::app::{App, Refusal};
use crate::domain::ids::{CollegeId, HeldCollegeId};
use crate::domain::member::{Caller, Role};
use crate::storage::{HeldCollegeRow, HeldVerdict, NewHeldCollege};

/// What waits for a decision, then what was decided; the newest hundred.
pub async fn held(app: &App) -> Result<Vec<HeldCollegeRow>, Refusal> {
    Ok(app.database.held_colleges().await?)
}

/// Release it, so that it is created beside the one it looks like, or decline it. Somebody else than who asked, where
/// the hub has a second admin.
///
/// # Errors
/// `NotFound`; `Stale`; `SamePerson`; `Invalid` without a reason; `Conflict` where the slug was taken since.
pub async fn decide_held(
    id: HeldCollegeId,
    version: i64,
    release: bool,
    reason: &str,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<HeldCollegeRow, Refusal> {
    let reason = parse_reason(reason)?;
    let row = app.database.held_college(id).await?.ok_or(Refusal::NotFound)?;
    check_open(&row, version)?;
    check_second_person(&row, caller, app).await?;
    // Created first: what is released and not there would be a lie, and a slug can be created only once.
    let created = if release {
        let request: NewCollegeRequest =
            serde_json::from_value(row.application.clone()).map_err(Refusal::internal)?;
        Some(open(request, Some(CollegeId(row.looks_like_id)), caller, app).await?.row.id)
    } else {
        None
    };
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = acting.database.tenant(caller.college).await?;
        let name = tx.member(caller.member, acting.now()).await?.ok_or(Refusal::Unauthenticated)?;
        let outcome = if release { "released" } else { "declined" };
        let verdict = HeldVerdict {
            outcome,
            by: caller.member,
            by_name: &name.full_name,
            reason: &reason,
            created: created.map(CollegeId),
            now: acting.now(),
        };
        let decided = tx.decide_held_college(id, version, &verdict).await?;
        let facts = json!({ "held": id, "slug": row.slug, "looks_like": row.looks_like, "outcome": outcome });
        let happening = Happening::in_college("held_college_decided", facts).saying(Some(&reason));
        record(happening, Actor::from(&caller), &mut tx, &acting).await?;
        tx.commit().await?;
        let row = acting.database.held_college(id).await?.ok_or(Refusal::NotFound)?;
        if decided { Ok(row) } else { check_open(&row, version).and(Err(Refusal::NotFound)) }
    })
    .await
}

pub(super) async fn hold(
    request: NewCollegeRequest,
    looks_like: CollegeId,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<HeldCollegeRow, Refusal> {
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = acting.database.tenant(caller.college).await?;
        let now = acting.now();
        let person = tx.member(caller.member, now).await?.ok_or(Refusal::Unauthenticated)?;
        let id = HeldCollegeId(acting.row_id());
        let new = NewHeldCollege {
            id,
            application: serde_json::to_value(&request).map_err(Refusal::internal)?,
            slug: &request.college.slug,
            name: &request.college.name,
            looks_like: looks_like.0,
            by: caller.member,
            by_name: &person.full_name,
            now,
        };
        if !tx.hold_college(&new).await? {
            return Err(Refusal::Conflict("A college of this slug waits for a decision already."));
        }
        let facts = json!({ "held": id, "slug": new.slug, "looks_like": looks_like });
        let happening = Happening::in_college("college_held", facts);
        record(happening, Actor::from(&caller), &mut tx, &acting).await?;
        tx.commit().await?;
        acting.database.held_college(id).await?.ok_or(Refusal::NotFound)
    })
    .await
}

fn check_open(row: &HeldCollegeRow, version: i64) -> Result<(), Refusal> {
    if row.outcome.is_none() && row.version == version {
        return Ok(());
    }
    let status = match row.outcome.as_deref() {
        None => "open",
        Some("released") => "released",
        Some(_) => "declined",
    };
    Err(Refusal::Stale(Current {
        status,
        decided_by: row.decided_by_name.clone(),
        decided_at: row.decided_at,
        version: row.version,
    }))
}

async fn check_second_person(
    row: &HeldCollegeRow,
    caller: &Caller,
    app: &App,
) -> Result<(), Refusal> {
    if row.asked_by != caller.member.0 {
        return Ok(());
    }
    let mut tx = app.database.tenant(caller.college).await?;
    let others = tx.holders(&[Role::SuperAdmin.as_str()], app.now()).await?;
    tx.commit().await?;
    if others.iter().any(|other| *other != caller.member) {
        return Err(Refusal::SamePerson);
    }
    Ok(())
}
