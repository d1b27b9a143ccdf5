//! Typed ids: one newtype per kind, one list.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = Uuid)]
        pub struct $name(pub Uuid);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// A college: the tenant.
    CollegeId,
    /// A department of a college.
    DepartmentId,
    /// A programme of study.
    ProgrammeId,
    /// A person inside one college.
    MemberId,
    /// A dated role with its scope.
    GrantId,
    /// A queue in other hands for a time.
    DelegationId,
    /// Somebody who looks at the hub as another sees it.
    ImpersonationId,
    /// A change of the records that a student asks for.
    MemberChangeId,
    /// A college that waits for a decision of the hub's admins.
    HeldCollegeId,
    /// A row of the imported roster.
    RosterRowId,
    /// An invitation of staff.
    InvitationId,
    /// A kind of achievement.
    CategoryId,
    /// An achievement; the client may make it.
    AchievementId,
    /// One file of evidence at one revision.
    EvidenceId,
    /// A file that comes in pieces.
    UploadId,
    /// A link under which a student shows achievements.
    ShareId,
    /// What a reviewer decided.
    DecisionId,
    /// What somebody said about an achievement.
    CommentId,
    /// An event that several achievements speak of.
    EventId,
    /// Students who did something together.
    TeamId,
    /// A credential (random, part of its public address).
    CredentialId,
    /// A portfolio (random, part of its public address).
    PortfolioId,
    /// A signing key of a college.
    KeyId,
    /// Something that waits for a second person.
    ConfirmationId,
    /// Credentials issued many at a time.
    BatchId,
    /// Software that issues for a college.
    ServiceAccountId,
    /// A notice to one member.
    NotificationId,
    /// A browser that asked for pushes.
    PushSubscriptionId,
    /// One log-in and everything that grew from it.
    SessionId,
    /// A passkey of a member.
    PasskeyId,
}
