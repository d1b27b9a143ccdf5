//! The only SQL. Tables inside a college are reached through [`TenantTx`] and nothing else.

mod achievement;
mod alone;
mod audit;
mod batch;
mod batch_item;
mod category;
mod college;
mod college_page;
mod comment;
mod confirmation;
mod connect;
mod credential;
mod decision;
mod delegation;
mod event;
mod evidence;
mod factor;
mod file;
mod grant;
mod impersonation;
mod invitation;
mod issuance_log;
mod issue;
mod job;
mod key;
mod key_damage;
mod log_checkpoint;
mod log_in_session;
mod login;
mod login_attempt;
mod login_challenge;
mod member;
mod member_change;
mod member_life;
mod notification;
mod notification_choice;
mod oidc;
mod one_time_token;
mod papers;
mod passkey;
mod past_approval;
mod people;
mod platform;
mod platform_college;
mod point_scheme;
mod points;
mod portfolio;
mod portfolio_export;
mod public;
mod push_subscription;
mod repeatable_request;
mod review_rule;
mod revision;
mod revocation;
mod revocation_list;
mod role_grant;
mod roster;
mod routing;
mod sealed_secret;
mod service_account;
mod service_credential;
mod session;
mod share;
mod standing;
mod status_list;
mod team;
mod tenant_tx;
mod upload;

pub use achievement::{AchievementFilter, AchievementRow, QueueStats, ReviewScope};
pub use audit::{AuditReach, EntryFilter, EntryRow, HeldDocumentRow};
pub use batch::{BatchRow, NewBatch};
pub use batch_item::{BatchItem, FailedItem, NewBatchItem, SettledItem, StandingCredential};
pub use category::CategoryRow;
pub use college::{CollegeRow, DepartmentRow, NewCollege, ProgrammeRow};
pub use college_page::CollegeSummaryRow;
pub use comment::CommentRow;
pub use confirmation::{ConfirmationRow, NewConfirmation, Verdict};
pub use connect::{ConnectError, Database, DatabaseSettings};
pub use credential::{CredentialFacts, CredentialRow, NewCredential, NewRecord};
pub use decision::{DecisionRow, NewDecision};
pub use delegation::{DelegationRow, NewDelegation};
pub use event::{EventRow, NewEvent};
pub use evidence::{EvidenceRow, NewEvidence};
pub use factor::{FactorsRow, TotpRow};
pub use file::{DuplicateRow, RoomRow};
pub use grant::{GrantRow, NewGrant};
pub use impersonation::{ImpersonationRow, NewImpersonation};
pub use invitation::InvitationRow;
pub use issuance_log::LoggedRow;
pub use issue::{HeldCredential, IssueFacts, SharedFileRow, SignedDocument};
pub use job::{JobCount, JobRow};
pub use key::{KeyRow, NewKey};
pub use key_damage::AffectedRow;
pub use log_checkpoint::{CheckpointRow, NewCheckpoint, StampedRow};
pub use log_in_session::{LiveSessionRow, NewSession, SessionRow};
pub use login::LoginRow;
pub use login_challenge::{ChallengeRow, NewChallenge};
pub use member::CallerRow;
pub use member_change::{MemberChangeRow, NewMemberChange};
pub use member_life::{RecordChange, StandingTitleRow};
pub use notification::{DeliveryRow, NotificationRow, ReaderRow};
pub use notification_choice::{ChoiceRow, DueDigestRow, MailedNoticeRow, TimesRow};
pub use oidc::{OidcProviderRow, PolicyRow};
pub use one_time_token::OneTimeTokenRow;
pub use papers::PapersRow;
pub use passkey::PasskeyRow;
pub use past_approval::{ApproverRow, NewPastApproval, StudentRow};
pub use people::{MemberFilter, MemberOnRoster, MemberRow, NewMember};
pub use platform::PlatformKeyRow;
pub use platform_college::{
    AdminCollegeRow, HeldCollegeRow, HeldVerdict, JobStateRow, NewHeldCollege,
};
pub use point_scheme::{PointBindingRow, PointSchemeRow};
pub use points::{CountableRow, CountedStudentRow};
pub use portfolio::{NewPortfolio, PortfolioRow, StudentFacts};
pub use portfolio_export::{NewPortfolioExport, PortfolioExportRow};
pub use public::{PublicKeyRow, RecordRow};
pub use push_subscription::{AnnouncedRow, PushSubscriptionRow};
pub use repeatable_request::{NewRepeatableRequest, RepeatableRequestRow};
pub use review_rule::ReviewRuleRow;
pub use revision::{NewRevision, RevisionRow, Submission};
pub use revocation_list::{FallenCertificateRow, RevocationListRow};
pub use role_grant::{DatedGrant, GrantFilter, RoleGrantRow};
pub use roster::{NewRosterRow, RosterRow};
pub use routing::RoutingRuleRow;
pub use sealed_secret::SealedSecretRow;
pub use service_account::ServiceAccountRow;
pub use service_credential::{
    HeldServiceCredential, NewServiceCredential, ServiceCredentialFilter, ServiceCredentialRow,
};
pub use session::{NewRefreshToken, RefreshTokenRow};
pub use share::{AddressedFileRow, ShareRow, SharedByRow, SharedItemRow};
pub use standing::StandingRow;
pub use status_list::{ComparedList, LIST_LENGTH, RevokedIndex, StatusListKind};
pub use team::{SharedEventRow, TeamRow};
pub use tenant_tx::TenantTx;
pub use upload::{NewPart, NewUpload, UploadRow};

/// The database did not do what was asked. Never shown to a caller.
#[derive(Debug, thiserror::Error)]
#[error("database: {0}")]
pub struct StorageError(#[from] sqlx::Error);

impl StorageError {
    /// Which guard of the schema refused, where one did that people run into.
    pub(crate) fn refused_by(&self) -> Option<Guard> {
        let sqlx::Error::Database(error) = &self.0 else { return None };
        match error.code().as_deref() {
            Some("HB010") => Some(Guard::LastAdmin),
            Some("HB017") => Some(Guard::Suspended),
            _ => None,
        }
    }

    /// A row with the same key stands there already.
    pub fn is_duplicate(&self) -> bool {
        matches!(&self.0, sqlx::Error::Database(error) if error.is_unique_violation())
    }

    /// A constraint of this name, or a guard that calls itself so, forbids it.
    pub fn breaks(&self, constraint: &str) -> bool {
        matches!(&self.0, sqlx::Error::Database(error) if error.constraint() == Some(constraint))
    }
}

/// A guard of the schema that people run into (the codes of its exceptions: migrations/20261123000007_reach.sql).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// A college keeps an admin, and the hub its own.
    LastAdmin,
    /// A suspended college decides nothing.
    Suspended,
}

type Result<T> = std::result::Result<T, StorageError>;
