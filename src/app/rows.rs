//! Rows that use cases hand out as they are read; the edge shapes them.

pub use crate::storage::{
    AchievementFilter, AchievementRow, BatchRow, CategoryRow, CollegeSummaryRow, ConfirmationRow,
    CredentialRow, DecisionRow, DepartmentRow, EventRow, EvidenceRow, GrantRow, KeyRow,
    NotificationRow, ProgrammeRow, RosterRow, ServiceAccountRow, ServiceCredentialFilter,
};
pub use crate::storage::{DuplicateRow, RoomRow, ShareRow, SharedItemRow, UploadRow};
