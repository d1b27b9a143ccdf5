//! Rows that use cases hand out as they are read; the edge shapes them.

pub use crate::storage::{
    AchievementFilter, AchievementRow, AdminCollegeRow, BatchRow, CategoryRow, CollegeSummaryRow,
    ConfirmationRow, CredentialRow, DecisionRow, DelegationRow, DepartmentRow, EventRow,
    EvidenceRow, GrantRow, HeldCollegeRow, ImpersonationRow, JobStateRow, KeyRow, MemberChangeRow,
    MemberRow, NotificationRow, ProgrammeRow, RoleGrantRow, RosterRow, RoutingRuleRow,
    ServiceAccountRow, ServiceCredentialRow, StandingTitleRow,
};
