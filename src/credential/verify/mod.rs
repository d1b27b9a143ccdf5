//! Is this document real? Pure: document, knowledge and time in, report out; nothing is fetched.

mod asked;
mod card;
mod content;
mod knowledge;
mod report;
mod signature;
mod status;

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::contexts::CREDENTIALS_V2;
use super::lint::{self, Kind};
use super::proof;

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
    for one in std::iter::once(document).chain(nested(document)) {
        remember(&mut references.issuers, lint::issuer_id(one));
        remember(&mut references.ids, one.get("id").and_then(Value::as_str));
    }
    references
}

/// Judge a document.
pub fn verify(document: &Value, knowledge: &Knowledge, now: DateTime<Utc>) -> Report {
    let mut report = judge(document, knowledge, now);
    if Kind::of(document) == Some(Kind::Portfolio) {
        judge_nested(document, knowledge, now, &mut report);
    }
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

fn judge(document: &Value, knowledge: &Knowledge, now: DateTime<Utc>) -> Report {
    let id = document.get("id").and_then(Value::as_str);
    let issuer_did = lint::issuer_id(document).unwrap_or_default();
    let kind = Kind::of(document);
    let case = Case {
        document,
        kind,
        issuer_did,
        college: knowledge.issuers.get(issuer_did),
        record: id.and_then(|id| knowledge.records.get(id)),
        knowledge,
        now,
    };
    let mut report = Report::empty(report_kind(kind), now);
    report.id = id.map(str::to_owned);
    report.issuer = content::issuer(issuer_did, case.college);
    report.subject = content::subject(document);
    report.content = content::content(document, kind);
    report.push(format(case));
    signature::checks(case)
        .into_iter()
        .for_each(|check| report.push(check));
    report.push(issuer(case));
    report.push(validity(case));
    report.push(status::check(case));
    report.push(record(case));
    evidence(document)
        .into_iter()
        .for_each(|check| report.push(check));
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

fn format(case: Case<'_>) -> Check {
    let fail = |code, message: String| Check::new(CheckId::Format, CheckState::Fail, code, message);
    if !is_credential(case.document) {
        return fail(
            "not_a_credential",
            "This is not a verifiable credential.".into(),
        );
    }
    if nested(case.document).count() > MAX_NESTED {
        return fail(
            "too_many_nested",
            "There are more than 500 credentials inside.".into(),
        );
    }
    let pass = Check::new(
        CheckId::Format,
        CheckState::Pass,
        "ok",
        "The document is well-formed.",
    );
    match (case.college, case.kind) {
        (None, _) => pass,
        (Some(_), None) => fail(
            "unknown_kind",
            "Colleges of this hub issue no documents of this kind.".into(),
        ),
        (Some(_), Some(kind)) => match lint::profile(case.document, kind) {
            Ok(()) => pass,
            Err(error) => fail(
                error.code(),
                format!("This is not how this hub writes documents: {error}."),
            ),
        },
    }
}

/// VC Data Model 2.0 §4: what every credential has.
fn is_credential(document: &Value) -> bool {
    let base = document.get("@context").and_then(|context| context.get(0));
    let types = document.get("type").and_then(Value::as_array);
    base.is_some_and(|context| context == CREDENTIALS_V2)
        && types.is_some_and(|types| types.iter().any(|name| name == "VerifiableCredential"))
        && lint::issuer_id(document).is_some()
        && document
            .get("credentialSubject")
            .is_some_and(|subject| subject.is_object() || subject.is_array())
}

fn issuer(case: Case<'_>) -> Check {
    let check = |state, code, message: String| Check::new(CheckId::Issuer, state, code, message);
    match case.college {
        _ if case.issuer_did.is_empty() => check(
            CheckState::Fail,
            "no_issuer",
            "The document names no issuer.".into(),
        ),
        Some(college) if college.suspended => check(
            CheckState::Warn,
            "suspended",
            format!(
                "{} is registered here but suspended at present.",
                college.name
            ),
        ),
        Some(college) => check(
            CheckState::Pass,
            "registered",
            format!("{} is registered here.", college.name),
        ),
        None => check(
            CheckState::Unknown,
            "unknown_issuer",
            "The issuer is not registered here; who it is cannot be said.".into(),
        ),
    }
}

fn validity(case: Case<'_>) -> Check {
    let check = |state, code, message| Check::new(CheckId::Validity, state, code, message);
    let Some(from) = lint::read_time(&case.document["validFrom"]) else {
        return check(
            CheckState::Fail,
            "malformed_time",
            "The document does not say from when it holds.",
        );
    };
    let until = match case.document.get("validUntil").map(lint::read_time) {
        None => None,
        Some(Some(until)) => Some(until),
        Some(None) => {
            return check(
                CheckState::Fail,
                "malformed_time",
                "The document's end cannot be read.",
            );
        }
    };
    let mut answer = if from > case.now + SKEW {
        check(
            CheckState::Fail,
            "not_yet_valid",
            "The document does not hold yet.",
        )
    } else if until.is_some_and(|until| until < case.now) {
        check(CheckState::Fail, "expired", "The document holds no longer.")
    } else {
        check(CheckState::Pass, "ok", "The document holds at this time.")
    };
    answer.at = Some(until.filter(|until| *until < case.now).unwrap_or(from));
    answer
}

fn record(case: Case<'_>) -> Check {
    let check = |state, code, message| Check::new(CheckId::Record, state, code, message);
    if case.college.is_none() {
        return check(
            CheckState::NotApplicable,
            "not_from_here",
            "Only documents of colleges of this hub are recorded here.",
        );
    }
    if case.kind == Some(Kind::StatusList) {
        return check(
            CheckState::NotApplicable,
            "not_recorded",
            "Status lists are published, not recorded.",
        );
    }
    let Some(record) = case.record else {
        return check(
            CheckState::Fail,
            "no_record",
            "The college has no record of having issued this document.",
        );
    };
    let hash = proof::record_hash(case.document);
    let mut answer = if Some(record.kind) != case.kind {
        check(
            CheckState::Fail,
            "other_kind",
            "Something else was issued under this address.",
        )
    } else if record.generations.last() == Some(&hash) {
        check(
            CheckState::Pass,
            "recorded",
            "The document is, byte for byte, the one on record.",
        )
    } else if record.generations.contains(&hash) {
        check(
            CheckState::Warn,
            "older_generation",
            "The document was signed anew since; its address serves the current one.",
        )
    } else {
        check(
            CheckState::Fail,
            "not_the_record",
            "The document is not the one that was issued under this address.",
        )
    };
    answer.source = Some(Source::Record);
    answer.at = Some(record.recorded_at);
    if answer.code == "older_generation" {
        answer.link = case.document["id"].as_str().map(str::to_owned);
    }
    answer
}

fn evidence(document: &Value) -> Vec<Check> {
    let entries = document
        .get("evidence")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .enumerate();
    let files = entries.filter(|(_, entry)| entry.get("digestSRI").is_some());
    files
        .map(|(place, _)| Check {
            path: Some(format!("/evidence/{place}")),
            ..Check::new(
                CheckId::Evidence,
                CheckState::NotApplicable,
                "not_fetched",
                "The file was not looked at; its digest is part of what was signed.",
            )
        })
        .collect()
}

fn judge_nested(document: &Value, knowledge: &Knowledge, now: DateTime<Utc>, report: &mut Report) {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for (place, inner) in nested(document).take(MAX_NESTED).enumerate() {
        let inner_report = judge(inner, knowledge, now);
        let wrong = misplaced(inner, document, seen.insert(inner.get("id")));
        let summary = wrong.or_else(|| remark(&inner_report));
        found.extend(summary.map(|check| Check {
            path: Some(format!("/credentialSubject/verifiableCredential/{place}")),
            link: inner_report.id.clone(),
            ..check
        }));
        report.nested.push(inner_report);
    }
    if report.nested.is_empty() {
        found.push(Check::new(
            CheckId::Nested,
            CheckState::Fail,
            "nested_missing",
            "The portfolio holds no credential.",
        ));
    } else if found.is_empty() {
        found.push(Check::new(
            CheckId::Nested,
            CheckState::Pass,
            "ok",
            "Every credential inside is valid.",
        ));
    }
    found.into_iter().for_each(|check| report.push(check));
}

/// What makes a credential wrong in this place, however valid it is alone.
fn misplaced(inner: &Value, outer: &Value, is_first: bool) -> Option<Check> {
    let fail = |code, message| Some(Check::new(CheckId::Nested, CheckState::Fail, code, message));
    let subject = |of: &Value| of["credentialSubject"]["id"].as_str().map(str::to_owned);
    if Kind::of(inner) != Some(Kind::Achievement) {
        return fail("nested_kind", "What lies inside is not an achievement.");
    }
    if subject(inner).is_none() || subject(inner) != subject(outer) {
        return fail(
            "different_subject",
            "A credential inside is about somebody else.",
        );
    }
    if !is_first {
        return fail("nested_twice", "A credential lies inside twice.");
    }
    None
}

/// What a portfolio says of a credential inside that is not simply valid: the whole is the worst of its parts.
fn remark(inner: &Report) -> Option<Check> {
    let (state, code, message) = match inner.verdict {
        Verdict::Valid => return None,
        Verdict::ValidWithRemark => (
            CheckState::Warn,
            "nested_remark",
            "A credential inside is valid with a remark.",
        ),
        Verdict::Incomplete => (
            CheckState::Unknown,
            "nested_incomplete",
            "A credential inside could not be checked.",
        ),
        Verdict::NotValid => (
            CheckState::Fail,
            "nested_not_valid",
            "A credential inside is not valid.",
        ),
    };
    let cause = inner.checks.iter().find(|check| check.state == state);
    Some(Check {
        reason: cause.map(|check| check.code.clone()),
        ..Check::new(CheckId::Nested, state, code, message)
    })
}

fn nested(document: &Value) -> impl Iterator<Item = &Value> {
    let inside = document
        .get("credentialSubject")
        .and_then(|subject| subject.get("verifiableCredential"));
    inside.and_then(Value::as_array).into_iter().flatten()
}

fn remember(list: &mut Vec<String>, name: Option<&str>) {
    if let Some(name) = name.filter(|name| !list.iter().any(|known| known == name)) {
        list.push(name.to_owned());
    }
}
