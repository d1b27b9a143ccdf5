//! Secrets that are handed out once: only their digest is kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{App, Refusal};
use crate::domain::ids::CollegeId;
use crate::storage::TenantTx;

/// 32 random octets, base64url. Shown to its owner and to nobody else.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Draw one.
    pub(crate) fn draw(app: &App) -> Self {
        Self(URL_SAFE_NO_PAD.encode(app.random_bytes()))
    }

    /// Whether this has the form of one.
    pub(crate) fn is_one(text: &str) -> bool {
        URL_SAFE_NO_PAD.decode(text).is_ok_and(|octets| octets.len() == 32)
    }

    /// One that its owner showed.
    pub(crate) fn again(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// For the owner's mail, cookie or answer.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        digest(&self.0)
    }
}

/// What is kept of a secret that somebody sent.
pub(crate) fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// What a mailed link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Prove an address.
    VerifyEmail,
    /// Choose a new password.
    ResetPassword,
    /// Accept an invitation.
    Invitation,
}

impl Purpose {
    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::Invitation => "invitation",
        }
    }

    /// How long the link works.
    pub(crate) fn lifetime(self) -> Duration {
        match self {
            Self::VerifyEmail => Duration::hours(48),
            Self::ResetPassword => Duration::hours(2),
            Self::Invitation => Duration::days(14),
        }
    }

    /// The same for a letter, in whole hours.
    pub(crate) fn hours(self) -> u32 {
        u32::try_from(self.lifetime().num_hours()).expect("links live for days, not ages")
    }

    /// The mailed address.
    pub(crate) fn link(self, secret: &Secret, app: &App) -> String {
        let page = match self {
            Self::VerifyEmail => "verify-email",
            Self::ResetPassword => "reset",
            Self::Invitation => "invitation",
        };
        format!("{}/app/{page}?token={}", app.public_url().as_str(), secret.reveal())
    }
}

/// Make a link's secret; older ones of the same subject and purpose die.
pub(crate) async fn hand_out(
    purpose: Purpose,
    subject: Uuid,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Secret, Refusal> {
    let now = app.now();
    let secret = Secret::draw(app);
    tx.void_one_time_tokens(purpose.as_str(), subject, now).await?;
    tx.insert_one_time_token(&secret.hash(), purpose.as_str(), subject, now + purpose.lifetime())
        .await?;
    Ok(secret)
}

/// The college and the subject of a link that was handed out, whether it still works or not.
pub(crate) async fn find(
    purpose: Purpose,
    secret: &str,
    app: &App,
) -> Result<Option<(CollegeId, Uuid)>, Refusal> {
    let row = app.database.one_time_token(&digest(secret), purpose.as_str()).await?;
    Ok(row.map(|row| (CollegeId(row.college_id), row.subject_id)))
}

/// What somebody is told whose link does not work.
pub(crate) fn spent() -> Refusal {
    Refusal::field(
        "token",
        "spent",
        "This link was used already, or it is too old. Please ask for a new one.",
    )
}
