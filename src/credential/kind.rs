//! The kinds of documents.

use serde_json::Value;

use super::contexts;

/// The three kinds of documents that a college signs.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Kind {
    /// One approved achievement.
    Achievement,
    /// A student's achievements in one document.
    Portfolio,
    /// The revocation bits.
    StatusList,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Achievement, Self::Portfolio, Self::StatusList];

    /// The word of the kind.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Achievement => "achievement",
            Self::Portfolio => "portfolio",
            Self::StatusList => "status_list",
        }
    }

    /// The kind that a document's `type` claims.
    pub fn of(document: &Value) -> Option<Self> {
        let types = document.get("type")?.as_array()?;
        Self::ALL.into_iter().find(|kind| types.iter().any(|name| name == kind.class()))
    }

    /// The class beside `VerifiableCredential`.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Achievement => "OpenBadgeCredential",
            Self::Portfolio => "ClrCredential",
            Self::StatusList => "BitstringStatusListCredential",
        }
    }

    /// Its `@context`, exactly.
    pub(super) fn contexts(self) -> &'static [&'static str] {
        match self {
            Self::Achievement => &contexts::ACHIEVEMENT,
            Self::Portfolio => &contexts::PORTFOLIO,
            Self::StatusList => &contexts::STATUS_LIST,
        }
    }
}
