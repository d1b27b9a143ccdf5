//! Roles for a time: who holds which, giving one, ending one.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::authenticate::word;
use super::keys::Acting;
use super::members::departments_in_reach;
use super::notifications::notify;
use super::record::{Happening, record};
use super::{App, Refusal, appointments};
use crate::domain::granting::{Candidate, GrantError, Term, Way, check_grant, may_handle};
use crate::domain::ids::{CategoryId, DepartmentId, EventId, GrantId, MemberId};
use crate::domain::member::{Caller, Role, Scope};
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::domain::text;
use crate::storage::{ConfirmationRow, DatedGrant, GrantFilter, MemberRow, RoleGrantRow, TenantTx};

/// A role to be given.
#[derive(Clone, Debug)]
pub struct GrantRequest {
    /// To whom.
    pub member: MemberId,
    /// Which.
    pub role: Role,
    /// For what.
    pub scope: Scope,
    /// From when; now where left out.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when; an organizer's needs one.
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether a reviewer may revoke credentials of their own approvals.
    pub may_revoke: bool,
    /// Why; asked for where it takes two persons.
    pub reason: Option<String>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Given {
    /// The role is theirs.
    Grant(RoleGrantRow),
    /// A second person has to agree.
    Waits(ConfirmationRow),
}

/// Which grants are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct GrantQuery {
    /// Of this member.
    pub member: Option<MemberId>,
    /// This role.
    pub role: Option<Role>,
    /// Those in force or to come, or those that have ended.
    pub current: Option<bool>,
}

/// The grants in the caller's reach, newest first: of a head, those for the own department and of its people.
pub async fn list(
    query: GrantQuery,
    page: PageRequest,
    caller: &Caller,
    app: &App,
) -> Result<Page<RoleGrantRow>, Refusal> {
    let filter = GrantFilter {
        member: query.member,
        role: query.role.map(|role| role.as_str().to_owned()),
        state: query.current.map(|now| if now { "current" } else { "ended" }.to_owned()),
        departments: departments_in_reach(caller, &[Role::Head, Role::CollegeAdmin]),
    };
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.role_grants(&filter, &page, app.now()).await?;
    tx.commit().await?;
    Ok(Page::from_rows(rows, page.limit, |row| Cursor { micros: 0, id: row.id }))
}

/// Give somebody a role for a time. A key manager is appointed by two persons: the answer is what waits for the second.
///
/// # Errors
/// `Forbidden` for a role, scope or person that is not the caller's to give; `SamePerson` for oneself as key manager;
/// `NotFound` for a stranger; `Invalid` for a field; `Conflict` where they hold it in that time.
pub async fn give(
    request: GrantRequest,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<Given, Refusal> {
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move { write_grant(request, caller, &acting).await }).await
}

/// End a role now. The last admin of the college keeps theirs.
///
/// # Errors
/// `NotFound` for a grant out of reach; `Forbidden` for one that is not the caller's to end; `Conflict` where it has
/// ended, or is the last admin's.
pub async fn end(id: GrantId, caller: &Caller, app: &Arc<App>) -> Result<RoleGrantRow, Refusal> {
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move { end_grant(id, &caller, &acting).await }).await
}

/// Write a grant, tell whose it is, and leave an event: in the transaction of the act that gave it.
pub(super) async fn enter(
    new: &DatedGrant,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    if tx.grant_overlaps(new).await? {
        return Err(Refusal::Conflict("They hold this role for that time already."));
    }
    tx.insert_dated_grant(new).await?;
    let facts = json!({
        "grant": new.id, "member": new.member, "role": new.role, "scope": new.scope_kind, "scope_id": new.scope_id,
        "starts_at": new.starts_at, "ends_at": new.ends_at, "confirmation": new.confirmation,
        "may_revoke": new.may_revoke,
    });
    let happening = Happening::in_college("role_granted", acting.facts(facts));
    record(happening, acting.actor(), tx, app).await?;
    let text = format!("You were given a role: {}.", role_words(word(new.role)?));
    notify(new.member, "role_granted", text, None, tx, app).await
}

/// A scope from the words of the database.
pub(super) fn scope_of(kind: &str, id: Option<uuid::Uuid>) -> Result<Scope, Refusal> {
    match (kind, id) {
        ("department", Some(id)) => Ok(Scope::Department(DepartmentId(id))),
        ("category", Some(id)) => Ok(Scope::Category(CategoryId(id))),
        ("event", Some(id)) => Ok(Scope::Event(EventId(id))),
        ("college", None) => Ok(Scope::College),
        _ => Err(Refusal::internal(anyhow::anyhow!("a role grant has a scope of no known kind"))),
    }
}

/// Words of a scope as the database has them.
pub(super) fn scope_words(scope: Scope) -> (&'static str, Option<uuid::Uuid>) {
    match scope {
        Scope::College => ("college", None),
        Scope::Department(id) => ("department", Some(id.0)),
        Scope::Category(id) => ("category", Some(id.0)),
        Scope::Event(id) => ("event", Some(id.0)),
    }
}

async fn write_grant(request: GrantRequest, caller: Caller, app: &App) -> Result<Given, Refusal> {
    let now = app.now();
    let mut tx = app.database.tenant(caller.college).await?;
    let row = tx.member(request.member, now).await?.ok_or(Refusal::NotFound)?;
    let term = Term { starts_at: request.starts_at.unwrap_or(now), ends_at: request.ends_at };
    let wanted = (request.role, request.scope);
    let way = check_grant(wanted, term, &candidate(&row)?, &caller, now)?;
    check_scope_exists(request.role, request.scope, &mut tx).await?;
    if request.may_revoke && request.role != Role::Faculty {
        let detail = "Only a reviewer is given this beside the role.";
        return Err(Refusal::field("may_revoke", "not_grantable", detail));
    }
    let acting = Acting::from(caller);
    let given = match way {
        Way::AtOnce => {
            let (scope_kind, scope_id) = scope_words(request.scope);
            let new = DatedGrant {
                id: GrantId(app.row_id()),
                member: request.member,
                role: request.role.as_str(),
                scope_kind,
                scope_id,
                starts_at: term.starts_at,
                ends_at: term.ends_at,
                granted_by: acting.member(),
                confirmation: None,
                may_revoke: request.may_revoke,
            };
            enter(&new, &acting, &mut tx, app).await?;
            Given::Grant(tx.role_grant(new.id).await?.ok_or(Refusal::NotFound)?)
        }
        Way::TwoPersons => {
            let reason = text::line(request.reason.as_deref().unwrap_or_default(), 3, 500)
                .map_err(|error| Refusal::field("reason", error.code(), error.to_string()))?;
            let asked =
                appointments::ask(request.member, term, &reason, &acting, &mut tx, app).await?;
            Given::Waits(asked)
        }
    };
    tx.commit().await?;
    Ok(given)
}

async fn end_grant(id: GrantId, caller: &Caller, app: &App) -> Result<RoleGrantRow, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let row = tx.role_grant(id).await?.ok_or(Refusal::NotFound)?;
    let (role, scope) = (word::<Role>(&row.role)?, scope_of(&row.scope_kind, row.scope_id)?);
    let department = row.member_department.map(DepartmentId);
    if !sees(&row, caller) {
        return Err(Refusal::NotFound);
    }
    if !may_handle(role, scope, department, caller) {
        return Err(Refusal::Forbidden);
    }
    if !tx.end_grant(id, caller.member, app.now()).await? {
        return Err(Refusal::Conflict("This role has ended already."));
    }
    let facts = json!({ "grant": id, "member": row.member_id, "role": role });
    record(Happening::in_college("role_ended", facts), caller.into(), &mut tx, app).await?;
    let text = format!("A role of yours has ended: {}.", role_words(role));
    notify(row.member_id.into(), "role_ended", text, None, &mut tx, app).await?;
    let row = tx.role_grant(id).await?.ok_or(Refusal::NotFound)?;
    tx.commit().await?;
    Ok(row)
}

fn sees(row: &RoleGrantRow, caller: &Caller) -> bool {
    let Some(reach) = caller.departments_through(&[Role::Head, Role::CollegeAdmin]) else {
        return true;
    };
    let inside = |id: Option<uuid::Uuid>| id.is_some_and(|id| reach.contains(&DepartmentId(id)));
    inside(row.member_department) || row.scope_kind == "department" && inside(row.scope_id)
}

/// What the rules of granting ask of somebody.
pub(super) fn candidate(row: &MemberRow) -> Result<Candidate, Refusal> {
    Ok(Candidate {
        member: MemberId(row.id),
        state: word(&row.state)?,
        student: row.student,
        department: row.department_id.map(DepartmentId),
    })
}

async fn check_scope_exists(role: Role, scope: Scope, tx: &mut TenantTx) -> Result<(), Refusal> {
    let known = match scope {
        Scope::College => true,
        Scope::Department(id) => tx.department(id).await?.is_some(),
        Scope::Category(id) => {
            let categories = tx.categories().await?;
            let category = categories.iter().find(|row| row.id == id.0);
            if role == Role::Organizer && category.is_some_and(|row| row.academic) {
                let detail = "Academic items are never an organizer's to decide.";
                return Err(Refusal::field("scope/id", "academic", detail));
            }
            category.is_some()
        }
        Scope::Event(id) => tx.shared_event_exists(id).await?,
    };
    if known {
        return Ok(());
    }
    let detail = "The college has no such department, category or event.";
    Err(Refusal::field("scope/id", "unknown", detail))
}

fn role_words(role: Role) -> &'static str {
    match role {
        Role::Student => "student",
        Role::Organizer => "student organizer",
        Role::Faculty => "reviewer",
        Role::Head => "head of department",
        Role::ReportCoordinator => "report coordinator",
        Role::KeyManager => "key manager",
        Role::CollegeAdmin => "college admin",
        Role::SuperAdmin => "admin of the hub",
    }
}

impl From<GrantError> for Refusal {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::NotYours => Self::Forbidden,
            GrantError::ToOneself => Self::SamePerson,
            GrantError::Field { field, code, detail } => Self::field(field, code, detail),
        }
    }
}
