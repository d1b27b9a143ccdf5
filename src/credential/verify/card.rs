//! A bare QR code: the card alone, without the document it names.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    Case, Check, CheckId, CheckState, IssuerRecord, Knowledge, RecordEntry, Report, ReportContent,
    ReportKind, ReportSubject, SKEW, Source, checks, content, signature, status,
};
use crate::credential::compact::{self, Compact, CompactFacts};
use crate::credential::lint::Kind;
use crate::domain::key::KeyPurpose;

/// What has to be looked up before a card can be judged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CardReferences {
    /// The issuer's DID.
    pub issuer: String,
    /// The last part of the portfolio's address.
    pub portfolio_id: uuid::Uuid,
    /// Address of its status list.
    pub status_list: String,
}

/// The issuer and the portfolio that a card names, if it can be read.
pub fn card_references(card: &[u8]) -> Option<CardReferences> {
    let facts = compact::parse(card).ok()?.facts;
    Some(CardReferences {
        issuer: facts.issuer_did,
        portfolio_id: facts.portfolio_id,
        status_list: facts.status_list,
    })
}

/// Judge a card. The portfolio's record is found by the end of its address: `/portfolios/<uuid>`.
pub fn verify_compact(card: &[u8], knowledge: &Knowledge, now: DateTime<Utc>) -> Report {
    let card = match compact::parse(card) {
        Ok(card) => card,
        Err(error) => {
            return Report::unreadable(
                error.code(),
                format!("The code cannot be read: {error}."),
                now,
            );
        }
    };
    let facts = &card.facts;
    let college = knowledge.issuers.get(&facts.issuer_did);
    let ending = format!("/portfolios/{}", facts.portfolio_id);
    let record = knowledge.records.iter().find(|(id, _)| id.ends_with(&ending));
    let case = Case {
        document: &Value::Null,
        kind: Some(Kind::Portfolio),
        issuer_did: &facts.issuer_did,
        college,
        record: record.map(|(_, record)| record),
        knowledge,
        now,
    };
    let mut report = Report::empty(ReportKind::Portfolio, now);
    report.id = record.map(|(id, _)| id.clone());
    report.issuer = content::issuer(&facts.issuer_did, college);
    report.subject = Some(ReportSubject { id: None, name: Some(name(facts)) });
    report.content = Some(said(facts));
    report.push(Check::new(CheckId::Format, CheckState::Pass, "ok", "The code is well-formed."));
    report.push(signed(&card, case));
    report.push(checks::issuer(case));
    report.push(validity(facts, now));
    report.push(standing(case, report.id.as_deref()));
    report.push(recorded(facts, case.record, college));
    report
}

fn name(facts: &CompactFacts) -> String {
    match &facts.name_native {
        Some((native, _)) => format!("{native} ({})", facts.name),
        None => facts.name.clone(),
    }
}

fn said(facts: &CompactFacts) -> ReportContent {
    ReportContent {
        name: facts.programme.clone(),
        description: None,
        achievement_type: None,
        valid_from: Some(crate::credential::build::timestamp(facts.issued_at)),
        criteria: None,
        level: None,
        role: None,
        awarded_on: None,
        evidence: Vec::new(),
        count: Some(facts.count),
    }
}

fn signed(card: &Compact, case: Case<'_>) -> Check {
    let check = |state, code, message| Check::new(CheckId::Signature, state, code, message);
    let Some(college) = case.college else {
        return check(
            CheckState::Unknown,
            "key_not_available",
            "The issuer's key is not known here, and nothing is fetched.",
        );
    };
    let named = college.keys.iter().find(|key| compact::key_id(&key.public_key) == card.key_id);
    let mut answer = match named {
        None => check(
            CheckState::Fail,
            "unknown_key",
            "The code names a key that the college never had.",
        ),
        Some(key) if key.purpose != KeyPurpose::Credentials => check(
            CheckState::Fail,
            "wrong_key_kind",
            "The code names a key that may not sign credentials.",
        ),
        Some(key) if card.is_signed_with(&key.public_key) => signature::state_of(key, case),
        Some(_) => {
            check(CheckState::Fail, "bad_signature", "The signature does not belong to this code.")
        }
    };
    answer.key = named.map(|key| key.id.clone());
    answer
}

fn validity(facts: &CompactFacts, now: DateTime<Utc>) -> Check {
    let mut check = if facts.issued_at > now + SKEW {
        Check::new(
            CheckId::Validity,
            CheckState::Fail,
            "not_yet_valid",
            "The code was issued in the future.",
        )
    } else {
        Check::new(CheckId::Validity, CheckState::Pass, "ok", "The code holds at this time.")
    };
    check.at = Some(facts.issued_at);
    check
}

fn standing(case: Case<'_>, id: Option<&str>) -> Check {
    match (case.college, case.record) {
        (Some(_), Some(record)) => {
            status::recorded(case, record, id.is_some_and(|id| status::disagree(case, id)))
        }
        (Some(_) | None, _) => Check::new(
            CheckId::Status,
            CheckState::Unknown,
            "status_unknown",
            "Without a record there is no telling whether the portfolio was revoked.",
        ),
    }
}

fn recorded(
    facts: &CompactFacts,
    record: Option<&RecordEntry>,
    college: Option<&IssuerRecord>,
) -> Check {
    let check = |state, code, message| Check::new(CheckId::Record, state, code, message);
    if college.is_none() {
        return check(
            CheckState::NotApplicable,
            "not_from_here",
            "Only portfolios of colleges of this hub are recorded here.",
        );
    }
    let Some(record) = record else {
        return check(
            CheckState::Fail,
            "no_record",
            "The college has no record of having issued this portfolio.",
        );
    };
    let generation = record.generation_of(&facts.record_hash);
    let mut answer = if record.kind != Kind::Portfolio {
        check(CheckState::Fail, "other_kind", "Something else was issued under this address.")
    } else if record.generations.last() == Some(&facts.record_hash) {
        check(CheckState::Pass, "recorded", "The code belongs to the portfolio on record.")
    } else if generation.is_some() {
        check(CheckState::Warn, "older_generation", "The portfolio was signed anew since.")
    } else {
        check(
            CheckState::Fail,
            "not_the_record",
            "The code does not belong to the portfolio on record.",
        )
    };
    answer.source = Some(Source::Record);
    answer.at = Some(record.recorded_at);
    answer.generation = generation;
    answer
}
