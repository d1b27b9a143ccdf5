//! What there is to say by mail.

use serde::{Deserialize, Serialize};

/// A letter, with all that its text needs. Names are those of the people and their college.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Letter {
    /// Somebody registered: is the address theirs?
    VerifyEmail {
        /// Who registered.
        name: String,
        /// The college's name.
        college: String,
        /// Absolute; carries a one-time token.
        link: String,
        /// How long the link works.
        hours: u32,
    },
    /// Somebody registered with an address that has an account already: its owner is told, the other is not.
    AlreadyRegistered {
        /// Whose account it is.
        name: String,
        /// The college's name.
        college: String,
        /// Absolute: the app.
        link: String,
    },
    /// Somebody asked for a new password.
    ResetPassword {
        /// Whose account it is.
        name: String,
        /// The college's name.
        college: String,
        /// Absolute; carries a one-time token.
        link: String,
        /// How long the link works.
        hours: u32,
    },
    /// A college asks somebody to join its staff.
    Invitation {
        /// Who is invited.
        name: String,
        /// The college's name.
        college: String,
        /// Who invites.
        inviter: String,
        /// Absolute; carries a one-time token.
        link: String,
        /// How long the link works.
        days: u32,
    },
    /// A reviewer decided on an achievement.
    Decision {
        /// The student.
        name: String,
        /// The college's name.
        college: String,
        /// The achievement's title.
        title: String,
        /// What was decided.
        decision: Decision,
        /// What the reviewer wrote.
        comment: Option<String>,
        /// Absolute: the achievement in the app.
        link: String,
        /// Absolute: no more letters like it.
        #[serde(default)]
        unsubscribe: Option<String>,
    },
    /// What a member is told, one thing or those of a day.
    Notices {
        /// Who is told.
        name: String,
        /// The college's name.
        college: String,
        /// What, newest first.
        lines: Vec<NoticeLine>,
        /// How many more there are in the app.
        more: usize,
        /// Absolute: the app, at the place of a single notice.
        link: String,
        /// Absolute: no more letters like it; none where they may not be off.
        unsubscribe: Option<String>,
    },
    /// The college knows this student now: they may submit.
    Confirmed {
        /// The student.
        name: String,
        /// The college's name.
        college: String,
        /// Absolute: the app.
        link: String,
    },
}

/// One notice in a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeLine {
    /// What it is about, in the reader's language.
    pub heading: String,
    /// The achievement's title, or what was said; one line.
    pub detail: String,
}

/// What was decided on an achievement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Approved: there is a credential.
    Approved,
    /// Sent back.
    ChangesRequested,
    /// Refused.
    Rejected,
}

impl Letter {
    /// The name of its template, and how it is filed.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "verify_email",
            Self::AlreadyRegistered { .. } => "already_registered",
            Self::ResetPassword { .. } => "reset_password",
            Self::Invitation { .. } => "invitation",
            Self::Decision { .. } => "decision",
            Self::Notices { .. } => "notices",
            Self::Confirmed { .. } => "confirmed",
        }
    }

    /// Where it leads.
    pub fn link(&self) -> &str {
        match self {
            Self::VerifyEmail { link, .. }
            | Self::AlreadyRegistered { link, .. }
            | Self::ResetPassword { link, .. }
            | Self::Invitation { link, .. }
            | Self::Decision { link, .. }
            | Self::Notices { link, .. }
            | Self::Confirmed { link, .. } => link,
        }
    }

    /// Where its reader says that they want no more like it (RFC 8058).
    pub fn unsubscribe(&self) -> Option<&str> {
        match self {
            Self::Decision { unsubscribe, .. } | Self::Notices { unsubscribe, .. } => {
                unsubscribe.as_deref()
            }
            Self::VerifyEmail { .. }
            | Self::AlreadyRegistered { .. }
            | Self::ResetPassword { .. }
            | Self::Invitation { .. }
            | Self::Confirmed { .. } => None,
        }
    }
}
