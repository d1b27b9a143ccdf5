//! What the VC-API says of a document.

use serde::Serialize;
use utoipa::ToSchema;

use crate::credential::vc_api::{Findings, Flaw};

/// Whether a document holds, and why not.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Whether it does.
    pub verified: bool,
    /// What was looked at.
    pub checks: Vec<String>,
    /// Why it does not hold.
    pub problem_details: Vec<ProblemDetail>,
    /// What is worth knowing besides.
    pub warnings: Vec<ProblemDetail>,
}

/// One thing that is wrong, or worth a remark (VC Data Model 2.0 §7.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProblemDetail {
    /// The address that names the kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// What and where, in a sentence.
    pub detail: String,
}

impl From<Findings> for Answer {
    fn from(findings: Findings) -> Self {
        Self {
            verified: findings.verified(),
            checks: findings.checks.into_iter().map(str::to_owned).collect(),
            problem_details: findings.flaws.into_iter().map(ProblemDetail::from).collect(),
            warnings: findings.warnings.into_iter().map(ProblemDetail::from).collect(),
        }
    }
}

impl From<Flaw> for Answer {
    fn from(flaw: Flaw) -> Self {
        Findings::refused(flaw).into()
    }
}

impl From<Flaw> for ProblemDetail {
    fn from(flaw: Flaw) -> Self {
        Self {
            kind: flaw.kind.address().to_owned(),
            title: flaw.kind.title().to_owned(),
            detail: flaw.message,
        }
    }
}
