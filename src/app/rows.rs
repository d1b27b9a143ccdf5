//! Rows that use cases hand out as they are read; the edge shapes them.

pub use crate::storage::{
<<<<<<< HEAD
    AchievementFilter, AchievementRow, BatchRow, CategoryRow, CollegeSummaryRow, CommentRow,
    ConfirmationRow, CredentialRow, DecisionRow, DepartmentRow, EventRow, EvidenceRow, GrantRow,
    KeyRow, NotificationRow, ProgrammeRow, ReviewRuleRow, RevisionRow, RosterRow,
    ServiceAccountRow, ServiceCredentialFilter, ServiceCredentialRow, SharedEventRow, StandingRow,
    TeamRow,
=======
    AchievementFilter, AchievementRow, BatchRow, CategoryRow, CollegeSummaryRow, ConfirmationRow,
    CredentialRow, DecisionRow, DepartmentRow, EventRow, EvidenceRow, GrantRow, KeyRow,
    NotificationRow, OidcProviderRow, PasskeyRow, PolicyRow, ProgrammeRow, RosterRow,
    ServiceAccountRow, ServiceCredentialFilter, ServiceCredentialRow, SessionRow,
>>>>>>> h/identity
};
