//! After-effects of an act: enqueued in its transaction, done later, harmless when done twice.

use serde::{Deserialize, Serialize};

use super::ids::{CredentialId, PortfolioId};
use super::letter::Letter;
use super::member::Language;

/// What is left to do after an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Send a letter by mail.
    SendMail {
        /// Address.
        to: String,
        /// What the reader reads.
        language: Language,
        /// What it says.
        letter: Letter,
    },
    /// Sign and publish a status list anew.
    PublishStatusList {
        /// `achievements` or `portfolios`.
        list: String,
        /// Which one.
        number: i32,
    },
    /// Issue a credential that waits for a key.
    IssueCredential {
        /// Which one.
        credential: CredentialId,
    },
    /// Make a portfolio that was asked for.
    ExportPortfolio {
        /// Which one.
        portfolio: PortfolioId,
    },
}

impl Job {
    /// The word it is stored under.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SendMail { .. } => "send_mail",
            Self::PublishStatusList { .. } => "publish_status_list",
            Self::IssueCredential { .. } => "issue_credential",
            Self::ExportPortfolio { .. } => "export_portfolio",
        }
    }

    /// A waiting job of the same key covers this one.
    pub fn dedupe_key(&self, college: super::ids::CollegeId) -> Option<String> {
        match self {
            Self::SendMail { .. } => None,
            Self::PublishStatusList { list, number } => Some(format!("{college}/{list}/{number}")),
            Self::IssueCredential { credential } => Some(format!("{college}/{credential}")),
            Self::ExportPortfolio { portfolio } => Some(format!("{college}/{portfolio}")),
        }
    }

    /// How long it may wait for others of its kind, seconds (a debounce).
    pub fn delay_seconds(&self) -> i64 {
        match self {
            Self::SendMail { .. } | Self::IssueCredential { .. } | Self::ExportPortfolio { .. } => {
                0
            }
            Self::PublishStatusList { .. } => 1,
        }
    }
}
