//! Checks that somebody has to ask for: this file, this person.

use serde_json::Value;

use super::{Check, CheckId, CheckState};
use crate::credential::build::EmailFacts;
use crate::credential::digest::sha256;
use crate::credential::reading;

/// Whether a file is the one that an evidence entry of a document names, by its place in `evidence`.
pub fn evidence_file(document: &Value, place: usize, file: &[u8]) -> Check {
    let entry = document.get("evidence").and_then(|entries| entries.get(place));
    let (state, code, message) = match entry.and_then(reading::read_digest) {
        None => (CheckState::NotApplicable, "no_digest", "The document names no such file."),
        Some(digest) if digest == sha256(file) => {
            (CheckState::Pass, "matches", "The file is the one that was signed for.")
        }
        Some(_) => (CheckState::Fail, "differs", "The file is not the one that was signed for."),
    };
    Check {
        path: Some(format!("/evidence/{place}")),
        ..Check::new(CheckId::Evidence, state, code, message)
    }
}

/// Whether a document is about the person with this e-mail address.
pub fn recipient(document: &Value, address: &str) -> Check {
    let identifiers = document["credentialSubject"]["identifier"].as_array();
    let mut hashed = identifiers
        .into_iter()
        .flatten()
        .filter(|entry| entry["identityType"] == "emailAddress" && entry["hashed"] == true)
        .peekable();
    let (state, code, message) = if hashed.peek().is_none() {
        (CheckState::NotApplicable, "no_address", "The document does not name an e-mail address.")
    } else if hashed.any(|entry| is_of(entry, address)) {
        (CheckState::Pass, "matches", "The document is about the person with this address.")
    } else {
        (CheckState::Fail, "differs", "The document is about somebody with another address.")
    };
    Check::new(CheckId::Recipient, state, code, message)
}

fn is_of(entry: &Value, address: &str) -> bool {
    let salt = entry.get("salt").and_then(Value::as_str).unwrap_or_default();
    entry["identityHash"] == EmailFacts::new(address, salt).identity_hash().as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_right_address_matches_in_any_case_and_another_does_not() {
        let facts = EmailFacts::new("Kavya@College.example ", "salt");
        let document = json!({ "credentialSubject": { "identifier": [
            { "identityType": "name", "hashed": false, "identityHash": "Kavya" },
            { "identityType": "emailAddress", "hashed": true, "identityHash": facts.identity_hash(), "salt": "salt" },
        ] } });
        assert_eq!(recipient(&document, "kavya@college.example").code, "matches");
        assert_eq!(recipient(&document, "other@college.example").state, CheckState::Fail);
        assert_eq!(recipient(&json!({}), "kavya@college.example").state, CheckState::NotApplicable);
    }

    #[test]
    fn a_file_matches_its_own_entry_only() {
        // SHA-256 of nothing.
        let digest = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        let document = json!({ "evidence": [{ "digestSRI": digest }, { "genre": "Approval" }] });
        assert_eq!(evidence_file(&document, 0, b"").state, CheckState::Pass);
        assert_eq!(evidence_file(&document, 0, b"x").code, "differs");
        assert_eq!(evidence_file(&document, 1, b"").code, "no_digest");
        assert_eq!(evidence_file(&document, 2, b"").path.as_deref(), Some("/evidence/2"));
    }
}
