//! What a verifier says: one report, many checks, one verdict.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// How a check came out.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// In order.
    Pass,
    /// Not in order: the document is not to be believed.
    Fail,
    /// In order, with a remark.
    Warn,
    /// Could not be checked.
    Unknown,
    /// There was nothing to check, or nobody asked.
    NotApplicable,
}

/// Which check.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckId {
    /// Shape, contexts, sizes.
    Format,
    /// One proof, or the card's signature.
    Signature,
    /// Who issued.
    Issuer,
    /// From when to when.
    Validity,
    /// Revoked, replaced or neither.
    Status,
    /// Whether the hub issued these very bytes.
    Record,
    /// One file.
    Evidence,
    /// One credential inside, or all of them.
    Nested,
    /// The file around it.
    Pdf,
    /// Whether it is about the person asked for.
    Recipient,
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The hub's own record.
    Record,
    /// A published status list.
    List,
    /// The document itself.
    Document,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Check {
    /// Which check.
    pub id: CheckId,
    /// How it came out.
    pub state: CheckState,
    /// A stable word for machines.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// The suite of the proof that was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// The key that the proof names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Where the answer comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// How fresh that source is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<DateTime<Utc>>,
    /// When it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// Why, as a stable word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where to look instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Which part of the document, as a JSON pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Which issue of the document it is, from 1; a document is issued anew at its address when its key falls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<usize>,
    /// How far a file's signature carries: `B-B`, `B-T`, `B-LT` or `B-LTA` (ETSI EN 319 142-1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
}

impl Check {
    /// A check with its word and its sentence.
    pub fn new(
        id: CheckId,
        state: CheckState,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            id,
            state,
            code: code.into(),
            message: message.into(),
            proof: None,
            key: None,
            source: None,
            as_of: None,
            at: None,
            reason: None,
            link: None,
            path: None,
            generation: None,
            level: None,
        }
    }
}

/// What it comes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything in order.
    Valid,
    /// In order, and something to know.
    ValidWithRemark,
    /// Nothing wrong was found, but something that matters could not be checked.
    Incomplete,
    /// Something is wrong.
    NotValid,
}

impl Verdict {
    /// Any failure decides; then what could not be checked; then remarks.
    fn of(checks: &[Check]) -> Self {
        let any = |state| checks.iter().any(|check| check.state == state);
        let unchecked =
            |check: &Check| check.state == CheckState::Unknown && check.id.is_essential();
        if any(CheckState::Fail) {
            Self::NotValid
        } else if checks.iter().any(unchecked) {
            Self::Incomplete
        } else if any(CheckState::Warn) {
            Self::ValidWithRemark
        } else {
            Self::Valid
        }
    }
}

impl CheckId {
    fn is_essential(self) -> bool {
        match self {
            Self::Format
            | Self::Signature
            | Self::Issuer
            | Self::Validity
            | Self::Status
            | Self::Record
            | Self::Nested => true,
            Self::Evidence | Self::Pdf | Self::Recipient => false,
        }
    }
}

/// What kind of document the report is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// One approved achievement.
    Achievement,
    /// A student's achievements in one document.
    Portfolio,
    /// Revocation bits.
    StatusList,
    /// What this hub once said of a document.
    Receipt,
    /// Something else.
    Unknown,
}

/// Who issued, as far as the register knows.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, ToSchema)]
pub struct ReportIssuer {
    /// As the document says.
    pub did: String,
    /// The domain that the DID names.
    pub domain: String,
    /// From the register, never from the document.
    pub name: Option<String>,
    /// From the register.
    pub slug: Option<String>,
    /// From the register.
    pub logo_url: Option<String>,
}

/// Whom it is about.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, ToSchema)]
pub struct ReportSubject {
    /// The pseudonym at the college.
    pub id: Option<String>,
    /// The name in clear.
    pub name: Option<String>,
}

/// What it says.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, ToSchema)]
pub struct ReportContent {
    /// Its title.
    pub name: String,
    /// What was done.
    pub description: Option<String>,
    /// A word of Open Badges' list.
    pub achievement_type: Option<String>,
    /// From when it holds, as written.
    pub valid_from: Option<String>,
    /// What it took.
    pub criteria: Option<String>,
    /// How far it reached.
    pub level: Option<String>,
    /// The part played.
    pub role: Option<String>,
    /// The day, `YYYY-MM-DD`.
    pub awarded_on: Option<String>,
    /// The files named.
    pub evidence: Vec<ReportEvidence>,
    /// How many credentials a portfolio holds.
    pub count: Option<u32>,
}

/// One file named.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, ToSchema)]
pub struct ReportEvidence {
    /// What it is called.
    pub name: String,
    /// Its media type.
    pub media_type: Option<String>,
    /// `sha256-…` of what can be shared.
    pub digest: Option<String>,
}

/// The answer to "is this real?".
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Report {
    /// What it comes to; follows from the checks.
    pub verdict: Verdict,
    /// What was checked.
    pub kind: ReportKind,
    /// The document's id.
    pub id: Option<String>,
    /// Every check.
    pub checks: Vec<Check>,
    /// Who issued.
    pub issuer: Option<ReportIssuer>,
    /// Whom it is about.
    pub subject: Option<ReportSubject>,
    /// What it says.
    pub content: Option<ReportContent>,
    /// The credentials inside, each with its own report.
    #[schema(no_recursion)]
    pub nested: Vec<Report>,
    /// When it was checked.
    pub as_of: DateTime<Utc>,
    /// The signed document, for checks of one's own; none for a bare QR and for nested reports.
    #[schema(value_type = Option<Object>)]
    pub document: Option<Value>,
}

impl Report {
    /// The report on something that could not even be read.
    pub fn unreadable(
        code: impl Into<String>,
        message: impl Into<String>,
        now: DateTime<Utc>,
    ) -> Self {
        let mut report = Self::empty(ReportKind::Unknown, now);
        report.push(Check::new(CheckId::Format, CheckState::Fail, code, message));
        report
    }

    /// A report on something that could not be judged in time.
    pub fn unfinished(now: DateTime<Utc>) -> Self {
        let mut report = Self::empty(ReportKind::Unknown, now);
        report.push(Check::new(
            CheckId::Signature,
            CheckState::Unknown,
            "took_too_long",
            "Checking the document took too long and was given up; please try again.",
        ));
        report
    }

    /// Add a check; the verdict follows.
    pub fn push(&mut self, check: Check) {
        self.checks.push(check);
        self.verdict = Verdict::of(&self.checks);
    }

    pub(in crate::credential) fn empty(kind: ReportKind, now: DateTime<Utc>) -> Self {
        Self {
            verdict: Verdict::Valid,
            kind,
            id: None,
            checks: Vec::new(),
            issuer: None,
            subject: None,
            content: None,
            nested: Vec::new(),
            as_of: now,
            document: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(checks: &[(CheckId, CheckState)]) -> Verdict {
        let mut report = Report::empty(ReportKind::Unknown, DateTime::UNIX_EPOCH);
        for (id, state) in checks {
            report.push(Check::new(*id, *state, "code", "A sentence."));
        }
        report.verdict
    }

    #[test]
    fn the_worst_check_decides() {
        use CheckId::{Evidence, Format, Pdf, Signature, Status};
        use CheckState::{Fail, NotApplicable, Pass, Unknown, Warn};
        assert_eq!(verdict(&[(Format, Pass), (Evidence, NotApplicable)]), Verdict::Valid);
        assert_eq!(verdict(&[(Signature, Warn), (Format, Pass)]), Verdict::ValidWithRemark);
        assert_eq!(verdict(&[(Status, Unknown), (Signature, Warn)]), Verdict::Incomplete);
        assert_eq!(verdict(&[(Format, Unknown)]), Verdict::Incomplete);
        assert_eq!(verdict(&[(Evidence, Unknown)]), Verdict::Valid);
        assert_eq!(verdict(&[(Status, Unknown), (Pdf, Fail)]), Verdict::NotValid);
    }

    #[test]
    fn the_contract_of_a_report_can_be_written_out_though_it_nests() {
        let mut schemas = Vec::new();
        Report::schemas(&mut schemas);
        let names: Vec<&str> = schemas.iter().map(|(name, _)| name.as_str()).collect();
        for name in ["Check", "CheckId", "Verdict", "ReportContent"] {
            assert!(names.contains(&name), "{names:?}");
        }
    }

    #[test]
    fn what_is_not_said_is_left_out_of_a_check() {
        let check = Check::new(CheckId::Signature, CheckState::NotApplicable, "ok", "Fine.");
        assert_eq!(
            serde_json::to_value(check).unwrap(),
            serde_json::json!({ "id": "signature", "state": "not_applicable", "code": "ok", "message": "Fine." })
        );
    }
}
