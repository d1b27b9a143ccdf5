//! Rows that use cases hand out as they are read; the edge shapes them.

pub use crate::storage::{
    AchievementFilter, AchievementRow, BatchRow, CategoryRow, CollegeSummaryRow, ConfirmationRow,
    CredentialRow, DecisionRow, DepartmentRow, DuplicateRow, EventRow, EvidenceRow, GrantRow,
    KeyRow, NotificationRow, ProgrammeRow, RoomRow, RosterRow, ServiceAccountRow,
    ServiceCredentialRow, ShareRow, SharedByRow, SharedItemRow, UploadRow,
};
