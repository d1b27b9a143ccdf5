//! Rows that use cases hand out as they are read; the edge shapes them.

pub use crate::storage::{
    AchievementFilter, AchievementRow, BatchRow, CategoryRow, CollegeSummaryRow, CommentRow,
    ConfirmationRow, CredentialRow, DecisionRow, DepartmentRow, EntryFilter, EntryRow, EventRow,
    EvidenceRow, GrantRow, KeyRow, NotificationRow, OidcProviderRow, PasskeyRow, PolicyRow,
    ProgrammeRow, PushSubscriptionRow, ReviewRuleRow, RevisionRow, RosterRow, ServiceAccountRow,
    ServiceCredentialFilter, ServiceCredentialRow, SessionRow, SharedEventRow, StandingRow,
    TeamRow,
};
pub use crate::storage::{CountableRow, PointSchemeRow};
pub use crate::storage::{DuplicateRow, RoomRow, ShareRow, SharedItemRow, UploadRow};
