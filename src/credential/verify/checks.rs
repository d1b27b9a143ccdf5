//! The plain checks on one document: form, issuer, time, record, files.

use serde_json::Value;

use super::{Case, Check, CheckId, CheckState, MAX_NESTED, SKEW, Source};
use crate::credential::contexts::CREDENTIALS_V2;
use crate::credential::lint::{self, Kind};
use crate::credential::{proof, reading};

pub(super) fn format(case: Case<'_>) -> Check {
    let fail = |code, message: String| Check::new(CheckId::Format, CheckState::Fail, code, message);
    if !is_credential(case.document) {
        return fail("not_a_credential", "This is not a verifiable credential.".into());
    }
    if super::nested(case.document).count() > MAX_NESTED {
        return fail("too_many_nested", "There are more than 500 credentials inside.".into());
    }
    let pass = Check::new(CheckId::Format, CheckState::Pass, "ok", "The document is well-formed.");
    match (case.college, case.kind) {
        (None, _) => pass,
        (Some(_), None) => {
            fail("unknown_kind", "Colleges of this hub issue no documents of this kind.".into())
        }
        (Some(_), Some(kind)) => match lint::profile(case.document, kind) {
            Ok(()) => pass,
            Err(error) => {
                fail(error.code(), format!("This is not how this hub writes documents: {error}."))
            }
        },
    }
}

/// VC Data Model 2.0 §4: what every credential has.
fn is_credential(document: &Value) -> bool {
    let base = document.get("@context").and_then(|context| context.get(0));
    let types = document.get("type").and_then(Value::as_array);
    base.is_some_and(|context| context == CREDENTIALS_V2)
        && types.is_some_and(|types| types.iter().any(|name| name == "VerifiableCredential"))
        && reading::issuer_id(document).is_some()
        && document
            .get("credentialSubject")
            .is_some_and(|subject| subject.is_object() || subject.is_array())
}

pub(super) fn issuer(case: Case<'_>) -> Check {
    let check = |state, code, message: String| Check::new(CheckId::Issuer, state, code, message);
    match case.college {
        _ if case.issuer_did.is_empty() => {
            check(CheckState::Fail, "no_issuer", "The document names no issuer.".into())
        }
        Some(college) if college.suspended => check(
            CheckState::Warn,
            "suspended",
            format!("{} is registered here but suspended at present.", college.name),
        ),
        Some(college) => {
            check(CheckState::Pass, "registered", format!("{} is registered here.", college.name))
        }
        None => check(
            CheckState::Unknown,
            "unknown_issuer",
            "The issuer is not registered here; who it is cannot be said.".into(),
        ),
    }
}

pub(super) fn validity(case: Case<'_>) -> Check {
    let check = |state, code, message| Check::new(CheckId::Validity, state, code, message);
    let Some(from) = reading::read_time(&case.document["validFrom"]) else {
        return check(
            CheckState::Fail,
            "malformed_time",
            "The document does not say from when it holds.",
        );
    };
    let until = match case.document.get("validUntil").map(reading::read_time) {
        None => None,
        Some(Some(until)) => Some(until),
        Some(None) => {
            return check(CheckState::Fail, "malformed_time", "The document's end cannot be read.");
        }
    };
    let mut answer = if from > case.now + SKEW {
        check(CheckState::Fail, "not_yet_valid", "The document does not hold yet.")
    } else if until.is_some_and(|until| until < case.now) {
        check(CheckState::Fail, "expired", "The document holds no longer.")
    } else {
        check(CheckState::Pass, "ok", "The document holds at this time.")
    };
    answer.at = Some(until.filter(|until| *until < case.now).unwrap_or(from));
    answer
}

pub(super) fn record(case: Case<'_>) -> Check {
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
    let generation = record.generation_of(&hash);
    let mut answer = if Some(record.kind) != case.kind {
        check(CheckState::Fail, "other_kind", "Something else was issued under this address.")
    } else if record.generations.last() == Some(&hash) {
        check(CheckState::Pass, "recorded", "The document is, byte for byte, the one on record.")
    } else if generation.is_some() {
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
    answer.generation = generation;
    if answer.code == "older_generation" {
        answer.link = case.document["id"].as_str().map(str::to_owned);
    }
    answer
}

pub(super) fn evidence(document: &Value) -> Vec<Check> {
    let entries =
        document.get("evidence").and_then(Value::as_array).into_iter().flatten().enumerate();
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
