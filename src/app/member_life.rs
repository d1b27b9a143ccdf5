//! What becomes of an account: closed and opened again, changed in the college's records, graduated.

use std::sync::Arc;

use serde_json::json;

use super::authenticate::word;
use super::notifications::notify;
use super::record::{Actor, Happening, record};
use super::{App, Refusal};
use crate::app::refusal::Current;
use crate::domain::field::FieldErrors;
use crate::domain::ids::MemberId;
use crate::domain::member::{Caller, MemberState, Role};
use crate::domain::text::{self, Email};
use crate::storage::{MemberRow, RecordChange, StandingTitleRow, TenantTx};

/// What the records are to say, as typed; nothing where they stay as they are.
#[derive(Clone, Debug, Default)]
pub struct RawRecordChange {
    /// The name that is signed.
    pub full_name: Option<String>,
    /// The name in its own script.
    pub full_name_native: Option<String>,
    /// Code of a programme; the department follows.
    pub programme: Option<String>,
    /// Code of a department, for staff.
    pub department: Option<String>,
}

/// A member whose records changed, and what could be issued anew with what they say now. Never a silent change: what
/// was issued stays as it is until somebody chooses it.
#[derive(Clone, Debug)]
pub struct ChangedRecords {
    /// The member.
    pub member: MemberRow,
    /// Credentials that stand, oldest first.
    pub reissue: Vec<StandingTitleRow>,
}

/// One member, for those who look after people.
///
/// # Errors
/// `NotFound` for somebody out of reach.
pub async fn show(id: MemberId, caller: &Caller, app: &App) -> Result<MemberRow, Refusal> {
    let reach =
        caller.departments_through(&[Role::Head, Role::ReportCoordinator, Role::CollegeAdmin]);
    let mut tx = app.database.tenant(caller.college).await?;
    let row = find(id, &mut tx, app).await?;
    tx.commit().await?;
    let inside = row.department_id.map(Into::into);
    let sees =
        reach.is_none_or(|reach| inside.is_some_and(|department| reach.contains(&department)));
    if sees { Ok(row) } else { Err(Refusal::NotFound) }
}

/// Close an account: no log-in and no request from now on, every session ended. What the person has stays theirs.
///
/// # Errors
/// `NotFound`; `Stale`; `SamePerson` for oneself; `Conflict` for an account that is closed, or the last admin's.
pub async fn deactivate(
    id: MemberId,
    version: i64,
    reason: &str,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<MemberRow, Refusal> {
    if id == caller.member {
        return Err(Refusal::SamePerson);
    }
    let reason = parse_reason(reason)?;
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = acting.database.tenant(caller.college).await?;
        let now = acting.now();
        let row = find(id, &mut tx, &acting).await?;
        check_version(&row, version)?;
        if !tx.deactivate_member(id, version, Some(caller.member), &reason, now).await? {
            let row = find(id, &mut tx, &acting).await?;
            check_version(&row, version)?;
            return Err(Refusal::Conflict("This account is not one that can be closed."));
        }
        tx.end_sessions_of(id, None, now).await?;
        tx.drop_claims_of(id).await?;
        leave(id, "member_deactivated", Some(&reason), &caller, &mut tx, &acting).await?;
        let row = find(id, &mut tx, &acting).await?;
        tx.commit().await?;
        Ok(row)
    })
    .await
}

/// Open a closed account again, as it was.
///
/// # Errors
/// `NotFound`; `Stale`; `Conflict` for an account that is not closed.
pub async fn reactivate(
    id: MemberId,
    version: i64,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<MemberRow, Refusal> {
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = acting.database.tenant(caller.college).await?;
        let row = find(id, &mut tx, &acting).await?;
        check_version(&row, version)?;
        if !tx.reactivate_member(id, version).await? {
            let row = find(id, &mut tx, &acting).await?;
            check_version(&row, version)?;
            return Err(Refusal::Conflict("This account is not closed."));
        }
        leave(id, "member_reactivated", None, &caller, &mut tx, &acting).await?;
        let row = find(id, &mut tx, &acting).await?;
        tx.commit().await?;
        Ok(row)
    })
    .await
}

/// Change what the records say of somebody: name, programme, department. What could be issued anew is offered.
///
/// # Errors
/// `NotFound`; `Stale`; `Invalid` for a field.
pub async fn change(
    id: MemberId,
    version: i64,
    raw: RawRecordChange,
    reason: &str,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<ChangedRecords, Refusal> {
    let reason = parse_reason(reason)?;
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = acting.database.tenant(caller.college).await?;
        let row = find(id, &mut tx, &acting).await?;
        check_version(&row, version)?;
        let change = parse(raw, &row, &mut tx).await?;
        let changed = write(&row, version, &change, &reason, &caller, &mut tx, &acting).await?;
        tx.commit().await?;
        Ok(changed)
    })
    .await
}

/// A student has graduated: they keep log-in, portfolio and shares, and submit nothing new. With an address of their
/// own, which the college vouches for, they log in with that from now on.
///
/// # Errors
/// `NotFound`; `Invalid` for the address; `Conflict` for somebody who is no confirmed student.
pub async fn graduate(
    id: MemberId,
    personal_email: Option<&str>,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<MemberRow, Refusal> {
    let email = personal_email.map(Email::parse).transpose();
    let email =
        email.map_err(|error| Refusal::field("personal_email", error.code(), error.to_string()))?;
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = acting.database.tenant(caller.college).await?;
        find(id, &mut tx, &acting).await?;
        graduate_in(id, email.as_ref(), &caller, &mut tx, &acting).await?;
        let row = find(id, &mut tx, &acting).await?;
        tx.commit().await?;
        Ok(row)
    })
    .await
}

/// The same, in the transaction of many.
pub(super) async fn graduate_in(
    id: MemberId,
    email: Option<&Email>,
    caller: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    if !tx.graduate_member(id, app.now()).await? {
        return Err(Refusal::Conflict("Only a confirmed student can graduate."));
    }
    if let Some(email) = email
        && !tx.move_login(id, email.address(), &email.key()).await?
    {
        return Err(Refusal::field(
            "personal_email",
            "taken",
            "Another account of the college has this address.",
        ));
    }
    leave(id, "member_graduated", None, caller, tx, app).await?;
    let text =
        "Congratulations: you are an alumnus now. Your portfolio and what you share stay yours.";
    notify(id, "graduated", text.to_owned(), None, tx, app).await
}

/// Read what was typed; programme and department are those of the college.
pub(super) async fn parse(
    raw: RawRecordChange,
    row: &MemberRow,
    tx: &mut TenantTx,
) -> Result<RecordChange, Refusal> {
    let mut errors = FieldErrors::default();
    let name = raw.full_name.map(|name| text::line(&name, 2, 120)).transpose();
    let full_name = errors.take("full_name", name).flatten();
    let native = text::optional_line(raw.full_name_native.as_deref(), 120);
    let full_name_native = errors.take("full_name_native", native).flatten();
    let programmes = tx.programmes().await?;
    let programme = raw.programme.map(|code| programmes.iter().find(|row| row.code == code));
    if matches!(programme, Some(None)) {
        errors.add("programme", "unknown", "The college has no programme of this code.");
    }
    let departments = tx.departments().await?;
    let department = raw.department.map(|code| departments.iter().find(|row| row.code == code));
    if matches!(department, Some(None)) {
        errors.add("department", "unknown", "The college has no department of this code.");
    }
    if department.is_some() && row.student {
        let detail = "The department of a student is that of their programme: change that.";
        errors.add("department", "by_programme", detail);
    }
    if programme.is_some() && !row.student {
        errors.add("programme", "no_student", "Staff have no programme.");
    }
    let change = RecordChange {
        full_name,
        full_name_native,
        programme: programme.flatten().map(|row| row.id.into()),
        department: department.flatten().map(|row| row.id),
    };
    let change = errors.or(change)?;
    if fields(&change).is_empty() {
        return Err(Refusal::field("full_name", "required", "Say what is to change."));
    }
    Ok(change)
}

/// Write a change, tell the person, and offer what could be issued anew.
pub(super) async fn write(
    row: &MemberRow,
    version: i64,
    change: &RecordChange,
    reason: &str,
    caller: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<ChangedRecords, Refusal> {
    let id = MemberId(row.id);
    if !tx.change_records(id, version, change).await? {
        return check_version(&find(id, tx, app).await?, version).and(Err(Refusal::NotFound));
    }
    let facts = json!({ "member": id, "fields": fields(change) });
    let happening = Happening::in_college("member_changed", facts).saying(Some(reason));
    record(happening, Actor::from(caller), tx, app).await?;
    let reissue = tx.standing_of(id).await?;
    let text = "Your college changed what its records say of you. What it issued before stays as it is until the college issues it anew.";
    notify(id, "member_changed", text.to_owned(), None, tx, app).await?;
    Ok(ChangedRecords { member: find(id, tx, app).await?, reissue })
}

/// Why something is done, for the audit.
pub(super) fn parse_reason(reason: &str) -> Result<String, Refusal> {
    text::line(reason, 3, 500)
        .map_err(|error| Refusal::field("reason", error.code(), error.to_string()))
}

fn fields(change: &RecordChange) -> Vec<&'static str> {
    let named = [
        ("full_name", change.full_name.is_some()),
        ("full_name_native", change.full_name_native.is_some()),
        ("programme", change.programme.is_some()),
        ("department", change.department.is_some()),
    ];
    named.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name).collect()
}

pub(super) async fn find(id: MemberId, tx: &mut TenantTx, app: &App) -> Result<MemberRow, Refusal> {
    let row = tx.member(id, app.now()).await?.ok_or(Refusal::NotFound)?;
    // Whoever never proved their address is nobody yet.
    if row.state == MemberState::EmailUnverified.as_str() {
        Err(Refusal::NotFound)
    } else {
        Ok(row)
    }
}

fn check_version(row: &MemberRow, version: i64) -> Result<(), Refusal> {
    if row.version == version {
        return Ok(());
    }
    let state: MemberState = word(&row.state)?;
    Err(Refusal::Stale(Current {
        status: state.as_str(),
        decided_by: None,
        decided_at: None,
        version: row.version,
    }))
}

async fn leave(
    id: MemberId,
    kind: &str,
    reason: Option<&str>,
    caller: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let happening = Happening::in_college(kind, json!({ "member": id })).saying(reason);
    record(happening, Actor::from(caller), tx, app).await
}
