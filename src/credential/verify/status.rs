//! Revoked, replaced or neither: from the record for colleges of this hub, else from a list at hand.

use serde_json::Value;

use super::{Case, Check, CheckId, CheckState, RecordEntry, RecordStatus, Source};
use crate::credential::lint::Kind;
use crate::credential::reading;
use crate::credential::status_list::BitString;

/// The status of a document.
pub(super) fn check(case: Case<'_>) -> Check {
    if case.kind == Some(Kind::StatusList) {
        return new(
            CheckState::NotApplicable,
            "no_status",
            "A status list has no status of its own.",
        );
    }
    if case.college.is_none() && case.document.get("credentialStatus").is_none() {
        return new(CheckState::NotApplicable, "no_status", "The document names no status list.");
    }
    let Some((list_url, index)) = reading::status_entry(case.document) else {
        return match case.college {
            Some(_) => new(
                CheckState::Fail,
                "malformed_status",
                "The document's status entry cannot be read.",
            ),
            None => new(
                CheckState::Unknown,
                "status_unknown",
                "The document's status entry is of a kind not known here.",
            ),
        };
    };
    let listed = case.knowledge.lists.get(list_url).map(|list| listed(case, list, list_url, index));
    match (case.college, case.record, listed) {
        (Some(_), Some(record), listed) => {
            let disagree = case.document["id"].as_str().is_some_and(|id| disagree(case, id));
            // The bit of what was superseded is set, as it should be.
            let standing = record.status == RecordStatus::Active;
            recorded(case, record, disagree || standing && listed == Some(Ok(true)))
        }
        (Some(_), None, _) => new(
            CheckState::Unknown,
            "status_unknown",
            "Without a record there is no telling whether the document was revoked.",
        ),
        (None, _, Some(Ok(bit))) => from_list(case, list_url, bit),
        (None, _, Some(Err(code))) => Check {
            link: Some(list_url.to_owned()),
            source: Some(Source::List),
            ..new(CheckState::Unknown, code, "The status list at hand cannot be believed.")
        },
        (None, _, None) => Check {
            link: Some(list_url.to_owned()),
            ..new(
                CheckState::Unknown,
                "status_unknown",
                "The status list is elsewhere, and nothing is fetched.",
            )
        },
    }
}

/// Whether the published list and the record were found to disagree on the document of this id.
pub(super) fn disagree(case: Case<'_>, id: &str) -> bool {
    case.knowledge.disagreements.contains(id)
}

/// The answer of the hub's own record. A list that says otherwise is an alarm: somebody has been at one of the two.
pub(super) fn recorded(case: Case<'_>, record: &RecordEntry, contradicted: bool) -> Check {
    let check = match &record.status {
        RecordStatus::Active | RecordStatus::Superseded { .. } if contradicted => new(
            CheckState::Fail,
            "status_mismatch",
            "The published status list and the college's record do not say the same of the document.",
        ),
        RecordStatus::Active => {
            new(CheckState::Pass, "active", "The document has not been revoked.")
        }
        RecordStatus::Revoked { at, reason } => Check {
            at: Some(*at),
            reason: Some(reason.clone()),
            ..new(CheckState::Fail, "revoked", "The college has revoked the document.")
        },
        RecordStatus::Superseded { at, by_url } => Check {
            at: Some(*at),
            link: Some(by_url.clone()).filter(|link| !link.is_empty()),
            ..new(
                CheckState::Warn,
                "superseded",
                "It was true when it was issued; the college has put a newer version in its place.",
            )
        },
    };
    Check { source: Some(Source::Record), as_of: Some(case.now), ..check }
}

fn from_list(case: Case<'_>, list_url: &str, bit: bool) -> Check {
    let check = if bit {
        new(
            CheckState::Fail,
            "revoked",
            "The issuer's status list says that the document was revoked.",
        )
    } else {
        new(CheckState::Pass, "active", "The issuer's status list does not name the document.")
    };
    let made =
        case.knowledge.lists.get(list_url).and_then(|list| reading::read_time(&list["validFrom"]));
    Check { source: Some(Source::List), as_of: made, link: Some(list_url.to_owned()), ..check }
}

/// The bit in a list, once the list itself is believed: its proof, issuer, purpose, freshness and range.
fn listed(case: Case<'_>, list: &Value, list_url: &str, index: u32) -> Result<bool, &'static str> {
    if Kind::of(list) != Some(Kind::StatusList) || list["id"] != list_url {
        return Err("list_malformed");
    }
    if reading::issuer_id(list) != Some(case.issuer_did) {
        return Err("list_of_another_issuer");
    }
    let mut report = super::judge(list, case.knowledge, case.now);
    // Whether the issuer is known is asked of the document itself, once.
    report.checks.retain(|check| check.id != CheckId::Issuer);
    let untrusted = |state| state == CheckState::Fail || state == CheckState::Unknown;
    if report.checks.iter().any(|check| untrusted(check.state)) {
        return Err("list_not_valid");
    }
    if list.get("validUntil").is_none() {
        return Err("list_malformed");
    }
    let subject = &list["credentialSubject"];
    if subject["type"] != "BitstringStatusList" || subject["statusPurpose"] != "revocation" {
        return Err("list_malformed");
    }
    let bits = subject["encodedList"].as_str().and_then(|encoded| BitString::decode(encoded).ok());
    bits.and_then(|bits| bits.is_set(index).ok()).ok_or("list_malformed")
}

fn new(state: CheckState, code: &str, message: &str) -> Check {
    Check::new(CheckId::Status, state, code, message)
}
