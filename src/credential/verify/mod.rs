//! Is this document real? Pure: document, knowledge and time in, report out; nothing is fetched.

mod asked;
mod card;
mod checks;
mod content;
mod effort;
mod knowledge;
mod nested;
mod report;
mod signature;
mod status;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::lint::Kind;
use super::reading;

pub use asked::{evidence_file, recipient};
pub use card::{CardReferences, card_references, verify_compact};
pub use knowledge::{IssuerRecord, KeyRecord, Knowledge, RecordEntry, RecordStatus};
pub use report::{
    Check, CheckId, CheckState, Report, ReportContent, ReportEvidence, ReportIssuer, ReportKind,
    ReportSubject, Source, Verdict,
};

/// How far a document's clock may run ahead of ours.
const SKEW: TimeDelta = TimeDelta::seconds(60);
/// Most credentials in one portfolio.
const MAX_NESTED: usize = 500;

/// What has to be looked up before a document can be judged.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct References {
    /// DIDs of the issuers named, nested ones included, each once.
    pub issuers: Vec<String>,
    /// Ids of the credentials, nested ones included, each once.
    pub ids: Vec<String>,
}

/// The issuers and ids that a document names.
pub fn references(document: &Value) -> References {
    let mut references = References::default();
    for one in std::iter::once(document).chain(nested(document).take(MAX_NESTED)) {
        remember(&mut references.issuers, reading::issuer_id(one));
        remember(&mut references.ids, one.get("id").and_then(Value::as_str));
    }
    references
}

/// Judge a document.
pub fn verify(document: &Value, knowledge: &Knowledge, now: DateTime<Utc>) -> Report {
    if effort::is_too_much(document) {
        return too_complex(document, knowledge, now);
    }
    let mut report = judge(document, knowledge, now);
    if Kind::of(document) == Some(Kind::Portfolio) {
        nested::judge(document, knowledge, now, &mut report);
    }
    report.document = Some(document.clone());
    report
}

/// The report on a document that asks for too much work to be looked at. Nothing that a college of this hub signs does: in
/// its name it is refused. Somebody else's may be genuine, which cannot be told here.
fn too_complex(document: &Value, knowledge: &Knowledge, now: DateTime<Utc>) -> Report {
    let case = Case::of(document, knowledge, now);
    if case.college.is_some() {
        let message = "The document asks for more work than any that this hub writes.";
        return Report::unreadable("too_complex", message, now);
    }
    let mut report = case.described();
    let form = checks::format(case);
    report.push(if form.state == CheckState::Fail {
        form
    } else {
        let message =
            "The document could not be checked: it asks for more work than is done for one document.";
        Check::new(CheckId::Format, CheckState::Unknown, "too_complex", message)
    });
    report.push(checks::issuer(case));
    report.push(checks::validity(case));
    report.document = Some(document.clone());
    report
}

/// What the checks on one document share.
#[derive(Clone, Copy)]
struct Case<'a> {
    document: &'a Value,
    kind: Option<Kind>,
    issuer_did: &'a str,
    /// The college, where it is one of this hub.
    college: Option<&'a IssuerRecord>,
    /// What was issued under the document's id.
    record: Option<&'a RecordEntry>,
    knowledge: &'a Knowledge,
    now: DateTime<Utc>,
}

impl<'a> Case<'a> {
    fn of(document: &'a Value, knowledge: &'a Knowledge, now: DateTime<Utc>) -> Self {
        let id = document.get("id").and_then(Value::as_str);
        let issuer_did = reading::issuer_id(document).unwrap_or_default();
        Self {
            document,
            kind: Kind::of(document),
            issuer_did,
            college: knowledge.issuers.get(issuer_did),
            record: id.and_then(|id| knowledge.records.get(id)),
            knowledge,
            now,
        }
    }

    /// A report that says what the document is, and nothing of whether it is real.
    fn described(self) -> Report {
        let mut report = Report::empty(report_kind(self.kind), self.now);
        report.id = self.document.get("id").and_then(Value::as_str).map(str::to_owned);
        report.issuer = content::issuer(self.issuer_did, self.college);
        report.subject = content::subject(self.document);
        report.content = content::content(self.document, self.kind);
        report
    }
}

fn judge(document: &Value, knowledge: &Knowledge, now: DateTime<Utc>) -> Report {
    let case = Case::of(document, knowledge, now);
    let mut report = case.described();
    report.push(checks::format(case));
    signature::checks(case).into_iter().for_each(|check| report.push(check));
    report.push(checks::issuer(case));
    report.push(checks::validity(case));
    report.push(status::check(case));
    report.push(checks::record(case));
    checks::evidence(document).into_iter().for_each(|check| report.push(check));
    report
}

fn report_kind(kind: Option<Kind>) -> ReportKind {
    match kind {
        Some(Kind::Achievement) => ReportKind::Achievement,
        Some(Kind::Portfolio) => ReportKind::Portfolio,
        Some(Kind::StatusList) => ReportKind::StatusList,
        None => ReportKind::Unknown,
    }
}

fn nested(document: &Value) -> impl Iterator<Item = &Value> {
    let inside =
        document.get("credentialSubject").and_then(|subject| subject.get("verifiableCredential"));
    inside.and_then(Value::as_array).into_iter().flatten()
}

fn remember(list: &mut Vec<String>, name: Option<&str>) {
    if let Some(name) = name.filter(|name| !list.iter().any(|known| known == name)) {
        list.push(name.to_owned());
    }
}
