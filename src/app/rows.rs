//! Rows that use cases hand out as they are read; the edge shapes them.

pub use crate::storage::{
    AchievementFilter, AchievementRow, AdminCollegeRow, BatchRow, CategoryRow, CollegeSummaryRow,
    CommentRow, ConfirmationRow, CredentialRow, DecisionRow, DelegationRow, DepartmentRow,
    EntryFilter, EntryRow, EventRow, EvidenceRow, GrantRow, HeldCollegeRow, ImpersonationRow,
    JobStateRow, KeyRow, MemberChangeRow, MemberRow, NotificationRow, OidcProviderRow, PasskeyRow,
    PolicyRow, ProgrammeRow, PushSubscriptionRow, RevisionRow, RoleGrantRow, RosterRow,
    ServiceAccountRow, ServiceCredentialFilter, ServiceCredentialRow, SessionRow, SharedEventRow,
    StandingRow, StandingTitleRow, TeamRow,
};
pub use crate::storage::{CountableRow, PointSchemeRow};
pub use crate::storage::{DuplicateRow, RoomRow, ShareRow, SharedItemRow, UploadRow};
