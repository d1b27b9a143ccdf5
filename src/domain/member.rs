//! People inside a college: their state, their roles, and what they may do.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::authentication::LiveSession;
use super::ids::{CategoryId, CollegeId, DepartmentId, EventId, MemberId};

/// Make an enum that is a word in the database, in JSON and in Rust alike.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:tt),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// Every value, in its natural order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word it is stored and sent as.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::domain::member::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or(crate::domain::member::UnknownWord)
            }
        }
    };
}
pub(crate) use words;

/// A word that stands for none of the values asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one of the known values")]
pub struct UnknownWord;

words! {
    /// How far an account is.
    MemberState {
        /// Registered; the link in the mail was not followed yet.
        EmailUnverified = "email_unverified",
        /// Matched no row of the roster: may draft, not submit.
        Unconfirmed = "unconfirmed",
        /// Known to the college.
        Confirmed = "confirmed",
        /// Graduated: keeps what they have, submits nothing new.
        Alumnus = "alumnus",
        /// Cannot log in.
        Deactivated = "deactivated",
    }
}

words! {
    /// What somebody is in a college.
    Role {
        /// Owns achievements.
        Student = "student",
        /// A student who reviews an event or category, never academic items.
        Organizer = "organizer",
        /// Reviews.
        Faculty = "faculty",
        /// Head of a department.
        Head = "head",
        /// Reads and reports.
        ReportCoordinator = "report_coordinator",
        /// Manages the college's signing keys.
        KeyManager = "key_manager",
        /// Administers the college.
        CollegeAdmin = "college_admin",
        /// Administers the hub, from a tenant of its own.
        SuperAdmin = "super_admin",
    }
}

words! {
    /// The language somebody reads.
    Language {
        /// English.
        English = "en",
        /// Hindi.
        Hindi = "hi",
        /// Tamil.
        Tamil = "ta",
    }
}

/// What a role reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Scope {
    /// The whole college.
    College,
    /// One department.
    Department(DepartmentId),
    /// One category.
    Category(CategoryId),
    /// What teams filed of one event.
    Event(EventId),
}

/// Where an item lies: what decides whose it is to see and to decide.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The department it was filed in.
    pub department: DepartmentId,
    /// Its category.
    pub category: CategoryId,
    /// The event that its team took part in.
    pub event: Option<EventId>,
    /// Academic items are never an organizer's to decide.
    pub academic: bool,
}

impl Scope {
    /// Whether an item lies inside.
    pub fn reaches(&self, place: &Place) -> bool {
        match self {
            Self::College => true,
            Self::Department(own) => *own == place.department,
            Self::Category(own) => *own == place.category,
            Self::Event(own) => Some(*own) == place.event,
        }
    }
}

/// A role somebody holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// What it reaches.
    pub scope: Scope,
    /// Whether its holder may revoke credentials of their own approvals.
    pub may_revoke: bool,
}

/// A grant of somebody else, whose queue is in the caller's hands for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delegated {
    /// Whose queue.
    pub from: MemberId,
    /// What reaches it.
    pub grant: Grant,
}

/// Somebody who looks at the hub as the caller sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Onlooker {
    /// Their name.
    pub name: String,
    /// Why they look.
    pub reason: String,
    /// Until when at most.
    pub until: DateTime<Utc>,
}

words! {
    /// A right that a page or an operation asks for.
    Permission {
        /// Make drafts.
        CreateAchievement = "achievement:create",
        /// Hand drafts in.
        SubmitAchievement = "achievement:submit",
        /// Answer for one's own achievements: amend, appeal, confirm a correction.
        KeepAchievements = "achievement:keep",
        /// Download one's own signed portfolio.
        ExportPortfolio = "portfolio:export",
        /// Decide on what waits, inside the scope.
        DecideReview = "review:decide",
        /// Decide on several items at once.
        BulkReview = "review:bulk",
        /// Read what was approved, whoever's it is.
        ReadApproved = "achievement:read_approved",
        /// Revoke a credential.
        RevokeCredential = "credential:revoke",
        /// Revoke everything that one reviewer approved.
        RevokeApprovals = "approval:revoke",
        /// Say what two persons have to approve.
        SetReviewRules = "review:rules",
        /// Write schemes of activity points, and say for whom they hold.
        ManagePoints = "points:manage",
        /// Draw up reports for accreditation.
        MakeReports = "report:make",
        /// Enter an event that several achievements speak of.
        EnterEvents = "event:enter",
        /// Issue many credentials at once: past approvals, and anew.
        BatchIssue = "credential:batch",
        /// See the college's people.
        SeeMembers = "member:see",
        /// Confirm a registration that matched no roster row.
        ConfirmMember = "member:confirm",
        /// Give and end roles; which, the table of roles says.
        GrantRoles = "role:grant",
        /// Change what the records say of people; close accounts and open them again; graduate.
        ManageMembers = "member:manage",
        /// Look at the hub as somebody else sees it.
        Impersonate = "member:impersonate",
        /// Put a queue into other hands for a time.
        Delegate = "review:delegate",
        /// Say who sees what first in the queue.
        RouteReviews = "review:route",
        /// Create, suspend and limit colleges.
        ManageColleges = "college:manage",
        /// See and import the roster.
        ManageRoster = "roster:manage",
        /// Invite staff.
        InviteStaff = "invitation:create",
        /// Make and revoke the accounts of software that issues for the college.
        ManageServices = "service:manage",
        /// Say how the college's people log in.
        ManageIdentity = "identity:manage",
        /// Say how much room students' files have.
        ManageRoom = "evidence:room",
        /// Read who did what, as far as one's role reaches.
        ReadAudit = "audit:read",
        /// See the college's keys.
        SeeKeys = "key:see",
        /// Make, put to use, rotate and retire the college's keys.
        RotateKeys = "key:rotate",
        /// Freeze a key; ask for what takes two persons, and confirm it.
        FreezeKeys = "key:freeze",
    }
}

/// Who asks: a member of one college, with the grants that hold now. Made by the log-in check only.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The member.
    pub member: MemberId,
    /// Their college.
    pub college: CollegeId,
    /// How far their account is.
    pub state: MemberState,
    /// Registered as a student.
    pub student: bool,
    /// Their department, if they have one.
    pub department: Option<DepartmentId>,
    /// What they read.
    pub language: Language,
    /// Roles in force.
    pub grants: Vec<Grant>,
    /// Grants of those whose queue the caller has in hand.
    pub delegated: Vec<Delegated>,
    /// Who looks through the caller's eyes, where somebody does.
    pub onlooker: Option<Onlooker>,
    /// The session of the request; none where a job or the program itself acts for them.
    pub session: Option<LiveSession>,
    /// Their roles are withheld until they show a second factor, as their college asks of its staff.
    pub second_factor_due: bool,
}

impl Caller {
    /// The same person in a session. Where the college asks its staff for a second factor, roles hold only with one.
    pub fn within(mut self, session: LiveSession, staff_second_factor: bool) -> Self {
        if staff_second_factor && !session.second_factor && !self.grants.is_empty() {
            self.second_factor_due = true;
            self.grants.clear();
            self.delegated.clear();
        }
        Self { session: Some(session), ..self }
    }

    /// Whether a grant of this role is in force.
    pub fn has(&self, role: Role) -> bool {
        (role == Role::Student && self.student)
            || self.grants.iter().any(|grant| grant.role == role)
    }

    /// Every role, once.
    pub fn roles(&self) -> Vec<Role> {
        Role::ALL.iter().copied().filter(|role| self.has(*role)).collect()
    }

    /// Every right (workflow: the table of roles).
    pub fn permissions(&self) -> Vec<Permission> {
        Permission::ALL.iter().copied().filter(|permission| self.may(*permission)).collect()
    }

    /// Whether the caller holds a right somewhere in the college; scopes are asked apart.
    pub fn may(&self, permission: Permission) -> bool {
        let settled = matches!(self.state, MemberState::Confirmed | MemberState::Alumnus);
        let any = |roles: &[Role]| settled && roles.iter().any(|role| self.has(*role));
        // Whoever looks on sees nothing of keys.
        let alone = self.onlooker.is_none();
        match permission {
            Permission::CreateAchievement => {
                self.student
                    && matches!(self.state, MemberState::Confirmed | MemberState::Unconfirmed)
            }
            Permission::SubmitAchievement => self.student && self.state == MemberState::Confirmed,
            Permission::KeepAchievements | Permission::ExportPortfolio => self.student && settled,
            Permission::DecideReview | Permission::BulkReview => {
                any(&[Role::Organizer, Role::Faculty, Role::Head, Role::CollegeAdmin])
            }
            Permission::ReadApproved => any(&[Role::ReportCoordinator]),
            Permission::RevokeCredential => {
                any(&[Role::Head, Role::CollegeAdmin])
                    || settled && self.grants.iter().any(|grant| grant.may_revoke)
            }
            Permission::RevokeApprovals | Permission::SetReviewRules => any(&[Role::CollegeAdmin]),
            Permission::EnterEvents => {
                any(&[Role::Organizer, Role::Faculty, Role::Head, Role::CollegeAdmin])
            }
            Permission::SeeMembers => {
                any(&[Role::Head, Role::ReportCoordinator, Role::CollegeAdmin])
            }
            Permission::MakeReports => {
                any(&[Role::Faculty, Role::Head, Role::ReportCoordinator, Role::CollegeAdmin])
            }
            Permission::ConfirmMember
            | Permission::GrantRoles
            | Permission::RouteReviews
            | Permission::ManagePoints => any(&[Role::Head, Role::CollegeAdmin]),
            Permission::Delegate => any(&[Role::Faculty, Role::Head, Role::CollegeAdmin]),
            Permission::Impersonate => any(&[Role::CollegeAdmin, Role::SuperAdmin]) && alone,
            Permission::ManageColleges => any(&[Role::SuperAdmin]),
            Permission::ManageRoster
            | Permission::ManageMembers
            | Permission::InviteStaff
            | Permission::BatchIssue
            | Permission::ManageIdentity
            | Permission::ManageServices
            | Permission::ManageRoom => any(&[Role::CollegeAdmin]),
            Permission::ReadAudit => any(&[
                Role::Organizer,
                Role::Faculty,
                Role::Head,
                Role::ReportCoordinator,
                Role::KeyManager,
                Role::CollegeAdmin,
            ]),
            Permission::SeeKeys | Permission::FreezeKeys => {
                any(&[Role::KeyManager, Role::CollegeAdmin]) && alone
            }
            Permission::RotateKeys => any(&[Role::KeyManager]) && alone,
        }
    }

    /// The right to decide, as proof for the use cases that ask for it.
    pub fn as_reviewer(&self) -> Option<Reviewer> {
        self.may(Permission::DecideReview).then(|| Reviewer {
            member: self.member,
            college: self.college,
            role: self.reviewing_role(),
            grants: self.grants.iter().copied().filter(|grant| reviews(grant.role)).collect(),
            delegated: self.delegated.clone(),
        })
    }

    /// The departments that grants of these roles reach; none where it is the whole college.
    pub fn departments_through(&self, roles: &[Role]) -> Option<Vec<DepartmentId>> {
        let mut departments = Vec::new();
        for grant in self.grants.iter().filter(|grant| roles.contains(&grant.role)) {
            match grant.scope {
                Scope::College => return None,
                Scope::Department(id) => departments.push(id),
                Scope::Category(_) | Scope::Event(_) => {}
            }
        }
        Some(departments)
    }

    /// Whether the item lies inside the scope of a grant of one of these roles.
    pub fn reaches(&self, roles: &[Role], place: &Place) -> bool {
        self.grants.iter().any(|grant| roles.contains(&grant.role) && grant.scope.reaches(place))
    }

    /// Whether the item lies inside a grant whose holder may revoke their own approvals.
    pub fn may_revoke_own(&self, place: &Place) -> bool {
        self.grants.iter().any(|grant| grant.may_revoke && grant.scope.reaches(place))
    }

    /// The role an act is recorded under: the weightiest one.
    pub fn leading_role(&self) -> Role {
        Role::ALL.iter().copied().rev().find(|role| self.has(*role)).unwrap_or(Role::Student)
    }

    fn reviewing_role(&self) -> Role {
        let order = [Role::Head, Role::Faculty, Role::CollegeAdmin, Role::Organizer];
        order.into_iter().find(|role| self.has(*role)).unwrap_or(Role::Faculty)
    }
}

fn reviews(role: Role) -> bool {
    matches!(role, Role::Organizer | Role::Faculty | Role::Head | Role::CollegeAdmin)
}

/// Somebody who may decide; only [`Caller::as_reviewer`] makes one.
#[derive(Clone, Debug)]
pub struct Reviewer {
    member: MemberId,
    college: CollegeId,
    role: Role,
    grants: Vec<Grant>,
    delegated: Vec<Delegated>,
}

impl Reviewer {
    /// The member behind.
    pub fn member(&self) -> MemberId {
        self.member
    }

    /// Their college.
    pub fn college(&self) -> CollegeId {
        self.college
    }

    /// The role their decisions are recorded under.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Everything of the college is in reach.
    pub fn whole_college(&self) -> bool {
        self.all_grants()
            .any(|grant| grant.scope == Scope::College && grant.role != Role::Organizer)
    }

    /// Departments in reach.
    pub fn departments(&self) -> Vec<DepartmentId> {
        let department = |grant: Grant| match grant.scope {
            Scope::Department(id) if grant.role != Role::Organizer => Some(id),
            Scope::Department(_) | Scope::Category(_) | Scope::Event(_) | Scope::College => None,
        };
        self.all_grants().filter_map(department).collect()
    }

    /// Categories in reach, whatever the department. An organizer's academic ones are left out by the query.
    pub fn categories(&self) -> Vec<CategoryId> {
        let category = |grant: Grant| match grant.scope {
            Scope::Category(id) => Some(id),
            Scope::Department(_) | Scope::Event(_) | Scope::College => None,
        };
        self.all_grants().filter_map(category).collect()
    }

    /// Events in reach, whatever the department and category.
    pub fn events(&self) -> Vec<EventId> {
        let event = |grant: Grant| match grant.scope {
            Scope::Event(id) => Some(id),
            Scope::Department(_) | Scope::Category(_) | Scope::College => None,
        };
        self.all_grants().filter_map(event).collect()
    }

    /// Most items one bulk decision may hold.
    pub fn bulk_limit(&self) -> usize {
        if self.role == Role::Organizer { 25 } else { 100 }
    }

    /// Whether an item is theirs to decide (never one's own; academic ones never by an organizer).
    pub fn may_decide(&self, student: MemberId, place: &Place) -> bool {
        student != self.member
            && (self.grants.iter().any(|grant| reaches(grant, place))
                || self
                    .delegated
                    .iter()
                    .any(|lent| lent.from != student && reaches(&lent.grant, place)))
    }

    /// Whose queue an item is decided from, where one's own grants do not reach it.
    pub fn on_behalf_of(&self, place: &Place) -> Option<MemberId> {
        if self.grants.iter().any(|grant| reaches(grant, place)) {
            return None;
        }
        self.delegated.iter().find(|lent| reaches(&lent.grant, place)).map(|lent| lent.from)
    }

    fn all_grants(&self) -> impl Iterator<Item = Grant> {
        self.grants.iter().copied().chain(self.delegated.iter().map(|lent| lent.grant))
    }
}

fn reaches(grant: &Grant, place: &Place) -> bool {
    grant.scope.reaches(place) && !(place.academic && grant.role == Role::Organizer)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn caller(student: bool, state: MemberState, grants: Vec<Grant>) -> Caller {
        Caller {
            member: MemberId(Uuid::from_u128(1)),
            college: CollegeId(Uuid::from_u128(2)),
            state,
            student,
            department: None,
            language: Language::English,
            grants,
            delegated: vec![],
            onlooker: None,
            session: None,
            second_factor_due: false,
        }
    }

    #[test]
    fn an_unconfirmed_student_may_draft_and_not_submit() {
        let student = caller(true, MemberState::Unconfirmed, vec![]);
        assert!(student.may(Permission::CreateAchievement));
        assert!(!student.may(Permission::SubmitAchievement));
        assert!(!student.may(Permission::ExportPortfolio));
    }

    #[test]
    fn a_plain_student_reviews_nothing() {
        assert!(caller(true, MemberState::Confirmed, vec![]).as_reviewer().is_none());
    }

    #[test]
    fn a_college_admin_sees_keys_and_never_rotates_them() {
        let admin = caller(
            false,
            MemberState::Confirmed,
            vec![Grant { role: Role::CollegeAdmin, scope: Scope::College, may_revoke: false }],
        );
        assert!(admin.may(Permission::SeeKeys));
        assert!(!admin.may(Permission::RotateKeys));
    }

    fn place(department: u128, category: u128, academic: bool) -> Place {
        Place {
            department: DepartmentId(Uuid::from_u128(department)),
            category: CategoryId(Uuid::from_u128(category)),
            event: None,
            academic,
        }
    }

    #[test]
    fn nobody_decides_on_their_own_item_and_an_organizer_on_no_academic_one() {
        let scope = Scope::Category(CategoryId(Uuid::from_u128(7)));
        let grants = vec![Grant { role: Role::Organizer, scope, may_revoke: false }];
        let organizer = caller(true, MemberState::Confirmed, grants).as_reviewer().unwrap();
        let other = MemberId(Uuid::from_u128(9));
        assert!(organizer.may_decide(other, &place(8, 7, false)));
        assert!(!organizer.may_decide(other, &place(8, 7, true)));
        assert!(!organizer.may_decide(organizer.member(), &place(8, 7, false)));
        assert!(!organizer.may_decide(other, &place(8, 70, false)));
    }

    #[test]
    fn an_organizer_of_an_event_reaches_what_its_teams_filed_and_nothing_academic() {
        let (event, another) = (EventId(Uuid::from_u128(3)), EventId(Uuid::from_u128(30)));
        let scope = Scope::Event(event);
        let grants = vec![Grant { role: Role::Organizer, scope, may_revoke: false }];
        let organizer = caller(true, MemberState::Confirmed, grants).as_reviewer().unwrap();
        let other = MemberId(Uuid::from_u128(9));
        let of = |event, academic| Place { event, ..place(8, 7, academic) };
        assert!(organizer.may_decide(other, &of(Some(event), false)));
        assert!(!organizer.may_decide(other, &of(Some(event), true)));
        assert!(!organizer.may_decide(other, &of(Some(another), false)));
        assert!(!organizer.may_decide(other, &of(None, false)));
        assert_eq!((organizer.events(), organizer.categories()), (vec![event], vec![]));
        assert_eq!(organizer.bulk_limit(), 25);
    }

    #[test]
    fn a_queue_in_other_hands_reaches_what_its_reviewer_reaches_and_gives_no_other_right() {
        let department = |number| Scope::Department(DepartmentId(Uuid::from_u128(number)));
        let head = MemberId(Uuid::from_u128(5));
        let own = Grant { role: Role::Faculty, scope: department(8), may_revoke: false };
        let lent = Grant { role: Role::Head, scope: department(80), may_revoke: false };
        let mut faculty = caller(false, MemberState::Confirmed, vec![own]);
        faculty.delegated = vec![Delegated { from: head, grant: lent }];
        let reviewer = faculty.as_reviewer().unwrap();
        let (ours, theirs) = (place(8, 7, true), place(80, 7, true));
        assert!(reviewer.may_decide(MemberId(Uuid::from_u128(9)), &theirs));
        assert!(!reviewer.may_decide(head, &theirs), "what is the reviewer's own");
        assert!(!reviewer.may_decide(reviewer.member(), &theirs));
        assert_eq!(reviewer.on_behalf_of(&theirs), Some(head));
        assert_eq!(reviewer.on_behalf_of(&ours), None);
        assert!(!faculty.may(Permission::ConfirmMember) && !faculty.has(Role::Head));
    }

    #[test]
    fn whoever_looks_on_sees_nothing_of_keys() {
        let grants =
            vec![Grant { role: Role::KeyManager, scope: Scope::College, may_revoke: false }];
        let mut manager = caller(false, MemberState::Confirmed, grants);
        assert!(manager.may(Permission::SeeKeys));
        manager.onlooker =
            Some(Onlooker { name: "A".into(), reason: "B".into(), until: DateTime::UNIX_EPOCH });
        for permission in [Permission::SeeKeys, Permission::FreezeKeys, Permission::RotateKeys] {
            assert!(!manager.may(permission));
        }
    }

    #[test]
    fn a_deactivated_head_may_do_nothing() {
        let head = caller(
            false,
            MemberState::Deactivated,
            vec![Grant { role: Role::Head, scope: Scope::College, may_revoke: false }],
        );
        assert_eq!(head.permissions(), []);
    }
}
