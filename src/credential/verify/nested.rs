//! The credentials inside a portfolio: every one is judged, and the whole is the worst of its parts.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Check, CheckId, CheckState, Knowledge, MAX_NESTED, Report, Verdict};
use crate::credential::lint::Kind;

pub(super) fn judge(
    document: &Value,
    knowledge: &Knowledge,
    now: DateTime<Utc>,
    report: &mut Report,
) {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for (place, inner) in super::nested(document).take(MAX_NESTED).enumerate() {
        let inner_report = super::judge(inner, knowledge, now);
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
        return fail("different_subject", "A credential inside is about somebody else.");
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
        Verdict::ValidWithRemark => {
            (CheckState::Warn, "nested_remark", "A credential inside is valid with a remark.")
        }
        Verdict::Incomplete => {
            (CheckState::Unknown, "nested_incomplete", "A credential inside could not be checked.")
        }
        Verdict::NotValid => {
            (CheckState::Fail, "nested_not_valid", "A credential inside is not valid.")
        }
    };
    let cause = inner.checks.iter().find(|check| check.state == state);
    Some(Check {
        reason: cause.map(|check| check.code.clone()),
        ..Check::new(CheckId::Nested, state, code, message)
    })
}
