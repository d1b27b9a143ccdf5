//! After-effects of an act: enqueued in its transaction, done later, harmless when done twice.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::achievement::RevokeReason;
use super::ids::{
    BatchId, CredentialId, KeyId, MemberId, NotificationId, PortfolioId, PushSubscriptionId,
};
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
    /// Write the daily letters that are due.
    WriteDigests {},
    /// Tell the member's browsers of a notice, when they may be told.
    Announce {
        /// Which one.
        notice: NotificationId,
    },
    /// Push a notice to one browser.
    Push {
        /// Which one.
        notice: NotificationId,
        /// Where to.
        subscription: PushSubscriptionId,
    },
    /// Sign and publish a status list anew.
    PublishStatusList {
        /// `achievements` or `portfolios`.
        list: String,
        /// Which one.
        number: i32,
    },
    /// Issue the credentials that wait for a key, a chunk.
    IssueWaiting {
        /// Those after this one.
        after: Option<CredentialId>,
    },
    /// Issue the next chunk of a batch.
    RunBatch {
        /// Which one.
        batch: BatchId,
        /// Workers take chunks side by side, each in a lane of its own.
        lane: u8,
    },
    /// Make a portfolio that was asked for.
    ExportPortfolio {
        /// Which one.
        portfolio: PortfolioId,
    },
    /// Revoke the next chunk of what a reviewer approved since a time.
    RevokeApprovals {
        /// Who approved it.
        approver: MemberId,
        /// Since when.
        since: DateTime<Utc>,
        /// The reason code.
        reason: RevokeReason,
        /// What the students read.
        text: String,
        /// Who revokes.
        by: MemberId,
    },
    /// Remove the private part of a key that was given up from the hardware module.
    DestroyKey {
        /// Which one.
        key: KeyId,
    },
    /// Count the activity points of the next students anew.
    CountPoints {
        /// Those after this one.
        after: Option<MemberId>,
    },
    /// Sign and publish the head of the issuance log.
    PublishCheckpoint {},
    /// Have the last checkpoint of the issuance log stamped with the time, outside.
    StampCheckpoint {},
}

impl Job {
    /// The word it is stored under.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SendMail { .. } => "send_mail",
            Self::WriteDigests {} => "write_digests",
            Self::Announce { .. } => "announce",
            Self::Push { .. } => "push",
            Self::PublishStatusList { .. } => "publish_status_list",
            Self::IssueWaiting { .. } => "issue_waiting",
            Self::RunBatch { .. } => "run_batch",
            Self::ExportPortfolio { .. } => "export_portfolio",
            Self::RevokeApprovals { .. } => "revoke_approvals",
            Self::DestroyKey { .. } => "destroy_key",
            Self::CountPoints { .. } => "count_points",
            Self::PublishCheckpoint {} => "publish_checkpoint",
            Self::StampCheckpoint {} => "stamp_checkpoint",
        }
    }

    /// A waiting job of the same key covers this one.
    pub fn dedupe_key(&self, college: super::ids::CollegeId) -> Option<String> {
        match self {
            Self::SendMail { .. } | Self::RevokeApprovals { .. } => None,
            Self::WriteDigests {} => Some(format!("{college}/digests")),
            Self::Announce { notice } => Some(format!("{college}/announce/{notice}")),
            Self::Push { notice, subscription } => {
                Some(format!("{college}/push/{notice}/{subscription}"))
            }
            Self::PublishStatusList { list, number } => Some(format!("{college}/{list}/{number}")),
            Self::IssueWaiting { after: None } => Some(format!("{college}/waiting")),
            Self::IssueWaiting { after: Some(after) } => Some(format!("{college}/waiting/{after}")),
            Self::RunBatch { batch, lane } => Some(format!("{college}/{batch}/{lane}")),
            Self::ExportPortfolio { portfolio } => Some(format!("{college}/{portfolio}")),
            Self::DestroyKey { key } => Some(format!("{college}/{key}")),
            Self::CountPoints { after: None } => Some(format!("{college}/points")),
            Self::CountPoints { after: Some(after) } => Some(format!("{college}/points/{after}")),
            Self::PublishCheckpoint {} => Some(format!("{college}/checkpoint")),
            Self::StampCheckpoint {} => Some(format!("{college}/stamp")),
        }
    }

    /// How long it may wait for others of its kind, seconds (a debounce).
    pub fn delay_seconds(&self) -> i64 {
        match self {
            Self::SendMail { .. }
            | Self::WriteDigests {}
            | Self::Announce { .. }
            | Self::Push { .. }
            | Self::IssueWaiting { .. }
            | Self::RunBatch { .. }
            | Self::ExportPortfolio { .. }
            | Self::RevokeApprovals { .. }
            | Self::DestroyKey { .. }
            | Self::CountPoints { .. }
            | Self::StampCheckpoint {} => 0,
            Self::PublishStatusList { .. } | Self::PublishCheckpoint {} => 1,
        }
    }
}
