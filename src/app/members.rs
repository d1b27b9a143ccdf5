//! The people of the college, for those who look after them.

use std::sync::Arc;

use super::authenticate::word;
use super::notifications::tell;
use super::record::{Actor, Happening, enqueue, record};
use super::verify_email::facts;
use super::{App, Refusal};
use crate::domain::ids::{MemberId, RosterRowId};
use crate::domain::job::Job;
use crate::domain::letter::Letter;
use crate::domain::member::{Caller, MemberState, Role};
use crate::domain::notice::MailChoice;
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::domain::text::roll_key;
use crate::storage::{MemberFilter, MemberRow, RosterRow, TenantTx};

/// Which members are asked for.
#[derive(Clone, Debug, Default)]
pub struct MemberQuery {
    /// In this state.
    pub state: Option<MemberState>,
    /// Part of a name, or the beginning of an address or roll number.
    pub text: Option<String>,
    /// With this role.
    pub role: Option<Role>,
}

/// A member, with what the roster says where somebody has to decide on them.
#[derive(Clone, Debug)]
pub struct Member {
    /// The member.
    pub row: MemberRow,
    /// A sentence on the roster row of their roll number.
    pub roster_hint: Option<String>,
}

/// Members in the caller's reach, newest first, and their number where it is asked for.
pub async fn list(
    query: MemberQuery,
    page: PageRequest,
    count: bool,
    caller: &Caller,
    app: &App,
) -> Result<(Page<Member>, Option<i64>), Refusal> {
    let now = app.now();
    let seers = [Role::Head, Role::ReportCoordinator, Role::CollegeAdmin];
    let filter = MemberFilter {
        state: query.state.map(|state| state.as_str().to_owned()),
        text: query.text.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty()),
        role: query.role.map(|role| role.as_str().to_owned()),
        departments: departments_in_reach(caller, &seers),
    };
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.members(&filter, &page, now).await?;
    let count = if count { Some(tx.count_members(&filter, now).await?) } else { None };
    let members = with_hints(rows, &mut tx).await?;
    tx.commit().await?;
    Ok((
        Page::from_rows(members, page.limit, |member| Cursor { micros: 0, id: member.row.id }),
        count,
    ))
}

/// Confirm somebody whom the roster did not: they may submit from now on.
///
/// # Errors
/// `NotFound` for somebody out of reach; `Conflict` where they wait for nothing, or their roll number belongs to another account.
pub async fn confirm(id: MemberId, caller: &Caller, app: &Arc<App>) -> Result<Member, Refusal> {
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move { vouch_for(id, &caller, &acting).await }).await
}

async fn vouch_for(id: MemberId, caller: &Caller, app: &App) -> Result<Member, Refusal> {
    let now = app.now();
    let college = app.database.college(caller.college).await?;
    let mut tx = app.database.tenant(caller.college).await?;
    let reach = departments_in_reach(caller, &[Role::Head, Role::CollegeAdmin]);
    let inside = |row: &MemberRow| {
        reach.as_ref().is_none_or(|reach| row.department_id.is_some_and(|id| reach.contains(&id)))
    };
    let row = tx.member(id, now).await?.filter(inside).ok_or(Refusal::NotFound)?;
    if !tx
        .move_member(id, MemberState::Unconfirmed.as_str(), MemberState::Confirmed.as_str())
        .await?
    {
        return Err(Refusal::Conflict("This account does not wait to be confirmed."));
    }
    take_row_of(&row, &mut tx).await?;
    let row = tx.member(id, now).await?.ok_or(Refusal::NotFound)?;
    let told =
        "Your college has confirmed that you are its student: you can submit your achievements.";
    if tell(id, "confirmed", told, None, &mut tx, app).await? == MailChoice::AtOnce {
        let link = format!("{}/app/", app.public_url().as_str());
        let letter = Letter::Confirmed { name: row.full_name.clone(), college: college.name, link };
        let (to, language) = (row.email.clone(), word(&row.language)?);
        enqueue(&Job::SendMail { to, language, letter }, &mut tx, app).await?;
    }
    let happening = Happening::in_college("member_confirmed", serde_json::json!({ "member": id }));
    record(happening, Actor::from(caller), &mut tx, app).await?;
    tx.commit().await?;
    Ok(Member { row, roster_hint: None })
}

/// One roster row, one account: the row of the member's roll number becomes theirs, and its names are taken over.
async fn take_row_of(member: &MemberRow, tx: &mut TenantTx) -> Result<(), Refusal> {
    let Some(roll_number) = &member.roll_number else { return Ok(()) };
    let Some(row) = tx.roster_row(&roll_key(roll_number)).await? else { return Ok(()) };
    let id = MemberId(member.id);
    if !tx.take_roster_row(RosterRowId(row.id), id).await? {
        return Err(Refusal::Conflict(
            "The roster row of this roll number belongs to another account.",
        ));
    }
    Ok(tx.write_roster_facts(id, &facts(&row)).await?)
}

/// The departments a caller sees through these roles, as rows name them; none where it is the whole college.
pub(crate) fn departments_in_reach(caller: &Caller, roles: &[Role]) -> Option<Vec<uuid::Uuid>> {
    Some(caller.departments_through(roles)?.into_iter().map(|id| id.0).collect())
}

async fn with_hints(rows: Vec<MemberRow>, tx: &mut TenantTx) -> Result<Vec<Member>, Refusal> {
    let waits = |row: &&MemberRow| row.state == MemberState::Unconfirmed.as_str();
    let keys: Vec<String> = rows.iter().filter(waits).filter_map(key).collect();
    let roster = if keys.is_empty() { Vec::new() } else { tx.roster_rows(&keys).await? };
    let hint = |row: &MemberRow| {
        waits(&row).then(|| {
            describe(roster.iter().find(|found| Some(&found.roll_key) == key(row).as_ref()))
        })
    };
    Ok(rows.into_iter().map(|row| Member { roster_hint: hint(&row), row }).collect())
}

fn key(row: &MemberRow) -> Option<String> {
    row.roll_number.as_deref().map(roll_key)
}

fn describe(row: Option<&RosterRow>) -> String {
    match row {
        None => "The roster has no such roll number.".to_owned(),
        Some(row) if row.member_id.is_some() => {
            format!(
                "The roster has this roll number for {} ({}, {}), who has an account already.",
                row.full_name, row.programme_code, row.batch
            )
        }
        Some(row) => format!(
            "The roster has this roll number for {} ({}, {}); the address is not the one on the roster.",
            row.full_name, row.programme_code, row.batch
        ),
    }
}
