//! Who may give which role to whom (workflow §2, the row "Grant roles"), and for how long.

use chrono::{DateTime, Duration, Utc};

use super::ids::{DepartmentId, MemberId};
use super::member::{Caller, MemberState, Role, Scope};

/// An organizer is one for a time, never longer than they study.
pub const LONGEST_ORGANIZER: Duration = Duration::days(4 * 366);

/// Who is to get a role.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// The member.
    pub member: MemberId,
    /// How far their account is.
    pub state: MemberState,
    /// Registered as a student.
    pub student: bool,
    /// Their department, if they have one.
    pub department: Option<DepartmentId>,
}

/// A role for a time.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when; none for no end.
    pub ends_at: Option<DateTime<Utc>>,
}

/// How a role is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// At once.
    AtOnce,
    /// A second person has to agree.
    TwoPersons,
}

/// Why a role is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// The caller may not give this role, or not for this scope or person.
    #[error("Your role does not allow this.")]
    NotYours,
    /// A key manager is appointed by others.
    #[error("Nobody makes themselves a key manager.")]
    ToOneself,
    /// One field is wrong.
    #[error("{detail}")]
    Field {
        /// Which.
        field: &'static str,
        /// Machine word.
        code: &'static str,
        /// One sentence.
        detail: &'static str,
    },
}

/// Whether this caller may give this role to this person, and how.
pub fn check_grant(
    (role, scope): (Role, Scope),
    term: Term,
    to: &Candidate,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<Way, GrantError> {
    check_scope(role, scope)?;
    if !may_handle(role, scope, to.department, caller) {
        return Err(GrantError::NotYours);
    }
    check_person(role, to)?;
    check_term(role, term, now)?;
    if role != Role::KeyManager {
        return Ok(Way::AtOnce);
    }
    if to.member == caller.member { Err(GrantError::ToOneself) } else { Ok(Way::TwoPersons) }
}

/// Whether a grant of this role lies in the caller's hands, to give or to end: a head's are the organizers and the
/// reviewers of the own department, an admin's all but those of the hub itself.
pub fn may_handle(
    role: Role,
    scope: Scope,
    department: Option<DepartmentId>,
    caller: &Caller,
) -> bool {
    if matches!(role, Role::Student | Role::SuperAdmin) {
        return false;
    }
    if caller.has(Role::CollegeAdmin) {
        return true;
    }
    let heads = caller.departments_through(&[Role::Head]).unwrap_or_default();
    match (role, scope) {
        (Role::Faculty, Scope::Department(id)) => heads.contains(&id),
        (Role::Organizer, Scope::Category(_) | Scope::Event(_)) => {
            department.is_some_and(|id| heads.contains(&id))
        }
        _ => false,
    }
}

/// Which scope a role can have.
pub fn check_scope(role: Role, scope: Scope) -> Result<(), GrantError> {
    let field = |field, code, detail| Err(GrantError::Field { field, code, detail });
    match (role, scope) {
        (Role::Student | Role::SuperAdmin, _) => {
            field("role", "not_grantable", "This role is not given this way.")
        }
        (Role::Organizer, Scope::College | Scope::Department(_)) => {
            field("scope", "scope", "An organizer is one for a category or an event.")
        }
        (Role::Head, Scope::College | Scope::Category(_) | Scope::Event(_)) => {
            field("scope", "scope", "A head is the head of a department.")
        }
        (
            Role::ReportCoordinator | Role::KeyManager | Role::CollegeAdmin,
            Scope::Department(_) | Scope::Category(_) | Scope::Event(_),
        ) => field("scope", "scope", "This role reaches the whole college."),
        (Role::Faculty, Scope::Event(_)) => {
            field("scope", "scope", "Staff review the college, a department or a category.")
        }
        (Role::Organizer, Scope::Category(_) | Scope::Event(_))
        | (Role::Head, Scope::Department(_))
        | (Role::Faculty, Scope::College | Scope::Department(_) | Scope::Category(_))
        | (Role::ReportCoordinator | Role::KeyManager | Role::CollegeAdmin, Scope::College) => {
            Ok(())
        }
    }
}

fn check_person(role: Role, to: &Candidate) -> Result<(), GrantError> {
    let detail = match (role == Role::Organizer, to.student, to.state) {
        (true, false, _) => "An organizer is a student.",
        (false, true, _) => {
            "Students are no staff: this role is given to somebody who was invited."
        }
        (_, _, MemberState::Confirmed) => return Ok(()),
        (_, _, _) => "Only a confirmed member can be given a role.",
    };
    Err(GrantError::Field { field: "member", code: "not_eligible", detail })
}

fn check_term(role: Role, term: Term, now: DateTime<Utc>) -> Result<(), GrantError> {
    let field = |field, code, detail| Err(GrantError::Field { field, code, detail });
    if term.starts_at < now {
        return field("starts_at", "in_past", "A role is not given for a time that has passed.");
    }
    match term.ends_at {
        Some(end) if end <= term.starts_at => {
            field("ends_at", "before_start", "A role ends after it begins.")
        }
        Some(end) if role == Role::Organizer && end - term.starts_at > LONGEST_ORGANIZER => {
            field("ends_at", "too_long", "An organizer is one for four years at most.")
        }
        None if role == Role::Organizer => {
            field("ends_at", "required", "An organizer is one for a time: say until when.")
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::{CategoryId, CollegeId, EventId};
    use crate::domain::member::{Grant, Language};

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn department(number: u128) -> DepartmentId {
        DepartmentId(Uuid::from_u128(number))
    }

    fn caller(role: Role, scope: Scope) -> Caller {
        Caller {
            member: MemberId(Uuid::from_u128(1)),
            college: CollegeId(Uuid::from_u128(2)),
            state: MemberState::Confirmed,
            student: false,
            department: None,
            language: Language::English,
            grants: vec![Grant { role, scope, may_revoke: false }],
            delegated: vec![],
            onlooker: None,
            session: None,
            second_factor_due: false,
        }
    }

    fn staff() -> Candidate {
        Candidate {
            member: MemberId(Uuid::from_u128(9)),
            state: MemberState::Confirmed,
            student: false,
            department: None,
        }
    }

    fn student(of: u128) -> Candidate {
        Candidate { student: true, department: Some(department(of)), ..staff() }
    }

    fn year() -> Term {
        Term { starts_at: NOW, ends_at: Some(NOW + Duration::days(365)) }
    }

    /// The row "Grant roles" of the table, each cell of it.
    #[test]
    fn each_role_gives_what_the_table_says_and_nothing_else() {
        let category = Scope::Category(CategoryId(Uuid::from_u128(7)));
        let event = Scope::Event(EventId(Uuid::from_u128(3)));
        let own = Scope::Department(department(1));
        let foreign = Scope::Department(department(2));
        let wanted = [
            (Role::Organizer, category, student(1)),
            (Role::Organizer, category, student(2)),
            (Role::Organizer, event, student(1)),
            (Role::Organizer, event, student(2)),
            (Role::Faculty, own, staff()),
            (Role::Faculty, foreign, staff()),
            (Role::Faculty, Scope::College, staff()),
            (Role::Faculty, category, staff()),
            (Role::Head, own, staff()),
            (Role::ReportCoordinator, Scope::College, staff()),
            (Role::KeyManager, Scope::College, staff()),
            (Role::CollegeAdmin, Scope::College, staff()),
        ];
        let given = |granter: &Caller| {
            let ways = wanted.iter().map(|(role, scope, to)| {
                check_grant((*role, *scope), year(), to, granter, NOW).ok()
            });
            ways.collect::<Vec<_>>()
        };
        let (yes, two) = (Some(Way::AtOnce), Some(Way::TwoPersons));
        let all = [yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, two, yes];
        assert_eq!(given(&caller(Role::CollegeAdmin, Scope::College)), all);
        let head = [yes, None, yes, None, yes, None, None, None, None, None, None, None];
        assert_eq!(given(&caller(Role::Head, own)), head);
        for role in Role::ALL {
            if !matches!(role, Role::CollegeAdmin | Role::Head) {
                assert_eq!(given(&caller(*role, Scope::College)), [None; 12], "{role:?}");
            }
        }
    }

    #[test]
    fn a_key_manager_is_never_oneself() {
        let admin = caller(Role::CollegeAdmin, Scope::College);
        let oneself = Candidate { member: admin.member, ..staff() };
        let wanted = (Role::KeyManager, Scope::College);
        assert_eq!(check_grant(wanted, year(), &oneself, &admin, NOW), Err(GrantError::ToOneself));
    }

    #[test]
    fn a_role_is_for_the_right_person_and_time() {
        let admin = caller(Role::CollegeAdmin, Scope::College);
        let category = Scope::Category(CategoryId(Uuid::from_u128(7)));
        let code = |role, scope, term, to: Candidate| match check_grant(
            (role, scope),
            term,
            &to,
            &admin,
            NOW,
        ) {
            Err(GrantError::Field { field, code, .. }) => (field, code),
            other => panic!("{other:?}"),
        };
        let endless = Term { starts_at: NOW, ends_at: None };
        let long = Term { ends_at: Some(NOW + Duration::days(1500)), ..endless };
        let backwards = Term { ends_at: Some(NOW), ..endless };
        let past = Term { starts_at: NOW - Duration::days(1), ends_at: None };
        let closed = Candidate { state: MemberState::Deactivated, ..staff() };
        let organizer = |term, to| code(Role::Organizer, category, term, to);
        assert_eq!(organizer(endless, student(1)), ("ends_at", "required"));
        assert_eq!(organizer(long, student(1)), ("ends_at", "too_long"));
        assert_eq!(organizer(year(), staff()), ("member", "not_eligible"));
        let faculty = |term, to| code(Role::Faculty, Scope::College, term, to);
        assert_eq!(faculty(year(), student(1)), ("member", "not_eligible"));
        assert_eq!(faculty(year(), closed), ("member", "not_eligible"));
        assert_eq!(faculty(backwards, staff()), ("ends_at", "before_start"));
        assert_eq!(faculty(past, staff()), ("starts_at", "in_past"));
        let event = Scope::Event(EventId(Uuid::from_u128(3)));
        assert_eq!(code(Role::Faculty, event, year(), staff()), ("scope", "scope"));
        let scope = |role| code(role, category, year(), staff());
        assert_eq!(scope(Role::Head), ("scope", "scope"));
        assert_eq!(scope(Role::KeyManager), ("scope", "scope"));
        assert_eq!(scope(Role::SuperAdmin), ("role", "not_grantable"));
    }
}
