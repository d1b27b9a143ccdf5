//! Documents kept as files, for readers in other languages: good ones, and one per way to be bad.
//! `HUB_WRITE_VECTORS=1` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use hub::credential::issuer::{PublishedKey, did_document, key_fragment};
use hub::credential::parse;
use hub::credential::proof::record_hash;
use hub::credential::verify::{CheckState, Verdict, verify};
use hub::domain::key::KeyState;
use serde_json::{Value, json};

use crate::corpus::{changes, pointers};
use crate::samples::{anna, issued_at, knowledge, now};

fn room() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

/// The file must hold exactly this.
pub fn same_as_file(name: &str, value: &Value) {
    let path = room().join(format!("{name}.json"));
    let text = serde_json::to_string_pretty(value).unwrap() + "\n";
    if std::env::var_os("HUB_WRITE_VECTORS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text, "{name}");
}

/// The names of the files of a kind, without their endings.
pub fn files(kind: &str) -> Vec<String> {
    let entries = fs::read_dir(room().join(kind)).unwrap();
    let names = entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_owned());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

fn change(document: &Value, place: &str, value: Value) -> Value {
    let mut copy = document.clone();
    *copy.pointer_mut(place).unwrap() = value;
    copy
}

#[test]
fn the_documents_on_file_are_what_this_code_signs() {
    let college = anna();
    let key = PublishedKey {
        fragment: key_fragment(&college.public_key(), issued_at()),
        public_key: college.public_key(),
        state: KeyState::Active,
        revoked_since: None,
    };
    same_as_file("documents/did", &did_document(&college.did(), &[key]));
    let portfolio = college.portfolio(vec![college.achievement(1), college.achievement(2)]);
    for (name, document) in [
        ("good-achievement", college.achievement(1)),
        ("good-portfolio", portfolio),
        ("good-status-list", college.status_list(&[3])),
    ] {
        same_as_file(
            &format!("documents/{name}"),
            &json!({ "record_hash": hex::encode(record_hash(&document)), "document": document }),
        );
        let report = verify(&document, &knowledge(&[&document]), now());
        assert_eq!(report.verdict, Verdict::Valid, "{name}");
    }
}

#[test]
fn the_bad_documents_on_file_fail_the_jcs_proof_alone() {
    let college = anna();
    let document = college.achievement(1);
    let portfolio = college.portfolio(vec![college.achievement(1), college.achievement(2)]);
    let evidence = document["evidence"].as_array().unwrap();
    let proofs = document["proof"].as_array().unwrap();
    let mut contexts = document["@context"].as_array().unwrap().clone();
    contexts.push(portfolio["@context"][1].clone());
    let nested = "/credentialSubject/verifiableCredential/0/credentialSubject/role";
    for (name, forged, code) in [
        (
            "role-changed",
            change(&document, "/credentialSubject/role", json!("Organiser")),
            "bad_signature",
        ),
        (
            "evidence-reversed",
            change(&document, "/evidence", evidence.iter().rev().cloned().collect()),
            "bad_signature",
        ),
        ("context-added", change(&document, "/@context", json!(contexts)), "other_context"),
        ("jcs-proof-stripped", change(&document, "/proof", json!([proofs[0]])), "missing_proof"),
        (
            "proof-of-another",
            change(&document, "/proof", college.achievement(2)["proof"].clone()),
            "bad_signature",
        ),
        (
            "key-of-another",
            change(
                &document,
                "/proof/1/verificationMethod",
                json!("did:web:hub.example:colleges:banaras#key-2026-01-000000"),
            ),
            "unknown_key",
        ),
        ("nested-role-changed", change(&portfolio, nested, json!("Speaker")), "bad_signature"),
    ] {
        let report = verify(&forged, &knowledge(&[&forged]), now());
        let jcs = report
            .checks
            .iter()
            .find(|check| check.proof.as_deref() == Some("eddsa-jcs-2022"))
            .unwrap();
        assert_eq!((jcs.state, jcs.code.as_str()), (CheckState::Fail, code), "{name}");
        same_as_file(
            &format!("documents/bad-{name}"),
            &json!({ "code": code, "document": forged }),
        );
    }
}

/// Every change of every place, with the verdict it gets: the page in the browser is held to the same.
#[test]
fn the_forgeries_on_file_get_the_verdicts_on_file() {
    let college = anna();
    let portfolio = college.portfolio(vec![college.achievement(1), college.achievement(2)]);
    for (name, document, room) in [
        ("achievement", college.achievement(1), ""),
        ("portfolio", portfolio, "/credentialSubject/verifiableCredential/1"),
    ] {
        let known = knowledge(&[&document]);
        let mut places = Vec::new();
        pointers(&document, "", &mut places);
        let mut forgeries = Vec::new();
        for place in places.iter().filter(|place| place.starts_with(room)) {
            for (way, forged) in changes(&document, place) {
                let verdict = verify(&forged, &known, now()).verdict;
                assert!(
                    matches!(verdict, Verdict::NotValid | Verdict::Incomplete),
                    "{place} {way}"
                );
                let mut forgery = json!({ "place": place, "way": way, "verdict": verdict });
                if way != "removed" {
                    forgery["value"] = forged.pointer(place).unwrap().clone();
                }
                forgeries.push(forgery);
            }
        }
        assert!(forgeries.len() >= 300, "{name}: {}", forgeries.len());
        same_as_file(
            &format!("forged/{name}"),
            &json!({ "base": format!("good-{name}"), "forgeries": forgeries }),
        );
    }
}

#[test]
fn no_bytes_make_a_reader_panic() {
    // Every shorter form and every one-byte change of a good document, unevenly sampled.
    let text = anna().achievement(1).to_string().into_bytes();
    for place in (0..text.len()).step_by(37) {
        let _ = parse(&text[..place]);
        let mut changed = text.clone();
        changed[place] = changed[place].wrapping_add(u8::try_from(place % 251).unwrap());
        if let Ok(document) = parse(&changed) {
            let report = verify(&document, &knowledge(&[]), now());
            assert_ne!(report.verdict, Verdict::Valid);
        }
    }
}
