//! Forged documents, made from good ones: no change may pass, and each report names the check that caught it.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use ed25519_dalek::SigningKey;
use hub::credential::build::achievement_credential;
use hub::credential::contexts;
use hub::credential::lint::{Kind, LintFacts, lint};
use hub::credential::parse;
use hub::credential::proof::{PrepareError, ProofOptions, prepare};
use hub::credential::verify::{CheckId, CheckState, Knowledge, Report, Verdict, verify};
use serde_json::{Value, json};

use crate::corpus::{removed, tampered};
use crate::samples::{College, anna, banaras, issued_at, knowledge, now};

/// Every check that failed.
fn failed(report: &Report) -> BTreeSet<String> {
    let failures = report.checks.iter().filter(|check| check.state == CheckState::Fail);
    failures.map(|check| format!("{:?}:{}", check.id, check.code)).collect()
}

#[test]
fn no_change_to_any_place_of_an_achievement_is_accepted() {
    let document = anna().achievement(1);
    let known = knowledge(&[&document]);
    let all = tampered(&document);
    assert!(all.len() >= 400, "{} forgeries", all.len());
    for (what, forged) in all {
        let report = verify(&forged, &known, now());
        // Where the issuer is no longer the college, nothing can be checked against it.
        let stranger = report.checks.iter().any(|check| check.code == "unknown_issuer");
        let refused = report.verdict == Verdict::NotValid && !failed(&report).is_empty();
        assert!(
            refused || (stranger && report.verdict == Verdict::Incomplete),
            "{what}: {:?}",
            report.checks
        );
    }
}

#[test]
fn fifty_good_documents_are_all_accepted() {
    let college = anna();
    let scripts = [
        "Kavya",
        "கவ்யா",
        "काव्या",
        "Ka\u{301}vya",
        "O'Brien \"K\"",
        "க\u{bcd}ஷ",
        "🏆",
        "a\tb\nc",
        "\\",
        "<b>&",
    ];
    for (number, script) in (1..).zip(scripts.iter().cycle().take(50)) {
        let mut facts = college.achievement_facts(number);
        facts.subject_name = (*script).into();
        facts.achievement.description = script.repeat(usize::try_from(number).unwrap());
        facts.evidence.truncate(usize::try_from(number).unwrap() % 3);
        facts.role = (number % 2 == 0).then(|| (*script).into());
        facts.level = (number % 3 == 0).then(|| "state".into());
        facts.outcome = (number % 5 == 0).then(|| "winner".into());
        facts.awarded_on = facts.awarded_on.filter(|_| number % 4 == 0);
        facts.subject_email = facts.subject_email.filter(|_| number % 7 == 0);
        let document = college.sign(&achievement_credential(&facts));
        let report = verify(&document, &knowledge(&[&document]), now());
        assert_eq!(report.verdict, Verdict::Valid, "{number}: {:?}", failed(&report));
    }
}

/// A thief's document on record, so that only the named check can catch it.
fn caught(document: &Value, expected: &[&str]) {
    let report = verify(document, &knowledge(&[document]), now());
    let failures = failed(&report);
    for word in expected {
        assert!(failures.contains(*word), "{word} is not among {failures:?}");
    }
    assert_eq!(report.verdict, Verdict::NotValid);
}

fn change(document: &Value, place: &str, value: Value) -> Value {
    let mut copy = document.clone();
    *copy.pointer_mut(place).unwrap_or_else(|| panic!("{place}")) = value;
    copy
}

#[test]
fn a_stripped_doubled_swapped_or_foreign_proof_is_caught_as_such() {
    let (college, document) = (anna(), anna().achievement(1));
    let proofs = document["proof"].as_array().unwrap().clone();
    let [rdfc, jcs] = [&proofs[0], &proofs[1]];
    let with = |proofs: Value| change(&document, "/proof", proofs);
    caught(&with(json!([])), &["Signature:missing_proof"]);
    caught(&with(json!([rdfc])), &["Signature:missing_proof"]);
    caught(&with(json!([jcs])), &["Signature:missing_proof"]);
    caught(&with(rdfc.clone()), &["Signature:missing_proof"]);
    caught(&with(json!([rdfc, rdfc])), &["Signature:missing_proof"]);
    caught(&with(json!([rdfc, jcs, jcs])), &["Signature:extra_proof"]);
    caught(&with(json!("z")), &["Signature:missing_proof"]);
    let mut other_suite = rdfc.clone();
    other_suite["cryptosuite"] = json!("ecdsa-rdfc-2019");
    caught(&with(json!([rdfc, jcs, other_suite])), &["Signature:extra_proof"]);
    // The value of one proof under the name of the other.
    let mut renamed = [rdfc.clone(), jcs.clone()];
    renamed[0]["proofValue"] = jcs["proofValue"].clone();
    caught(&with(json!(renamed)), &["Signature:bad_signature"]);
    // Another document's proofs.
    caught(&with(anna().achievement(2)["proof"].clone()), &["Signature:bad_signature"]);
    // Genuine proofs of somebody else's key, under our issuer's name.
    let thief = College { key: SigningKey::from_bytes(&[66; 32]), ..anna() };
    let draft = achievement_credential(&college.achievement_facts(1));
    caught(&thief.sign(&draft), &["Signature:unknown_key"]);
    caught(&thief.sign_as(&draft, college.method()), &["Signature:bad_signature"]);
    caught(&banaras().sign(&draft), &["Signature:unknown_key"]);
    for (member, value) in [
        ("proofPurpose", json!("authentication")),
        ("type", json!("Ed25519Signature2020")),
        ("created", json!("yesterday")),
        ("proofValue", json!("z1")),
        ("proofValue", json!("uAAAA")),
        ("proofValue", json!("z".repeat(5000))),
    ] {
        let report = verify(
            &change(&document, &format!("/proof/0/{member}"), value),
            &knowledge(&[&document]),
            now(),
        );
        assert!(failed(&report).iter().any(|word| word.starts_with("Signature:")), "{member}");
    }
    let mut extended = document.clone();
    extended["proof"][1]["domain"] = json!("evil.example");
    caught(&extended, &["Signature:malformed_proof"]);
}

#[test]
fn proofs_of_two_keys_of_one_college_are_not_a_set() {
    let college = anna();
    let older = College { key: SigningKey::from_bytes(&[6; 32]), ..anna() };
    let draft = achievement_credential(&college.achievement_facts(1));
    let mut mixed = college.sign(&draft);
    mixed["proof"][0] = older.sign(&draft)["proof"][0].clone();
    let mut known = knowledge(&[&mixed]);
    let keys = &mut known.issuers.get_mut(&college.did()).unwrap().keys;
    keys.extend(older.record().keys);
    assert_eq!(
        failed(&verify(&mixed, &known, now())),
        BTreeSet::from(["Signature:different_keys".to_owned()])
    );
}

#[test]
fn a_record_of_another_kind_is_not_a_record_of_this_document() {
    let document = anna().achievement(1);
    let mut known = knowledge(&[&document]);
    known.records.values_mut().for_each(|record| {
        record.kind = hub::credential::lint::Kind::Portfolio;
    });
    assert_eq!(
        failed(&verify(&document, &known, now())),
        BTreeSet::from(["Record:other_kind".to_owned()])
    );
}

#[test]
fn signatures_of_degenerate_keys_do_not_pass_strict_verification() {
    // The neutral element as a key and as R, with s = 0, verifies anything where verification is not strict.
    let document = anna().achievement(1);
    let mut known = knowledge(&[&document]);
    let mut neutral = [0; 32];
    neutral[0] = 1;
    known.issuers.get_mut(&anna().did()).unwrap().keys[0].public_key = neutral;
    let mut value = [0; 64];
    value[0] = 1;
    let text = format!("z{}", bs58::encode(value).into_string());
    let mut forged = document;
    forged["proof"][0]["proofValue"] = json!(text);
    forged["proof"][1]["proofValue"] = json!(text);
    assert!(failed(&verify(&forged, &known, now())).contains("Signature:bad_signature"));
}

#[test]
fn what_rdf_alone_lets_pass_is_caught_by_form_jcs_and_record() {
    let document = anna().achievement(1);
    let mut known = knowledge(&[&document]);
    let evidence = document["evidence"].as_array().unwrap();
    let reversed: Value = evidence.iter().rev().cloned().collect();
    let doubled: Value = evidence.iter().chain(evidence).cloned().collect();
    let more: Value =
        contexts::ACHIEVEMENT.iter().chain([&contexts::CLR]).map(|url| json!(url)).collect();
    for (place, value, catcher) in [
        ("/evidence", reversed, "Signature:bad_signature"),
        ("/evidence", doubled, "Format:duplicate_evidence"),
        ("/@context", more, "Format:wrong_context"),
    ] {
        let forged = change(&document, place, value);
        let failures = failed(&verify(&forged, &known, now()));
        assert!(failures.contains(catcher), "{place}: {failures:?}");
        assert!(failures.contains("Record:not_the_record"), "{place}: {failures:?}");
        let rdfc = verify(&forged, &known, now())
            .checks
            .into_iter()
            .find(|check| check.proof.as_deref() == Some("eddsa-rdfc-2022"));
        assert_eq!(
            rdfc.unwrap().state,
            CheckState::Pass,
            "{place}: the weakness this guards against is gone"
        );
    }
    // Even if the record were forged too, jcs stands.
    let forged = change(&document, "/evidence", evidence.iter().rev().cloned().collect());
    known = knowledge(&[&forged]);
    assert_eq!(
        failed(&verify(&forged, &known, now())),
        BTreeSet::from(["Signature:bad_signature".to_owned()])
    );
}

#[test]
fn contexts_that_are_swapped_redefined_or_inline_are_caught() {
    let document = anna().achievement(1);
    let urls = contexts::ACHIEVEMENT;
    for context in [
        json!(urls[0]),
        json!([urls[0], urls[2], urls[1]]),
        json!([urls[0], urls[1]]),
        json!([urls[0], urls[1], urls[2], "https://evil.example/context"]),
        json!([urls[0], urls[1], urls[2], { "role": "https://evil.example/role" }]),
        json!([urls[0], urls[1], urls[2], null]),
        json!({ "@vocab": "https://evil.example/" }),
        json!([]),
    ] {
        let forged = change(&document, "/@context", context);
        let failures = failed(&verify(&forged, &knowledge(&[&forged]), now()));
        assert!(failures.iter().any(|word| word.starts_with("Format:")), "{failures:?}");
        assert!(failures.iter().any(|word| word.starts_with("Signature:")), "{failures:?}");
    }
    let mut scoped = document;
    scoped["credentialSubject"]["@context"] = json!({ "role": "https://evil.example/role" });
    caught(&scoped, &["Signature:unknown_context", "Signature:bad_signature"]);
}

#[test]
fn hidden_and_strange_members_are_caught() {
    let document = anna().achievement(1);
    for (place, name, value, word) in [
        ("", "cgpa", json!("10.0"), "Signature:undefined_term"),
        ("/credentialSubject", "@graph", json!([{ "id": "urn:x:y" }]), "Signature:bad_signature"),
        (
            "/credentialSubject",
            "@included",
            json!([{ "id": "urn:x:y", "name": "x" }]),
            "Signature:bad_signature",
        ),
        (
            "/credentialSubject",
            "@reverse",
            json!({ "https://x.example/y": { "id": "urn:x:y" } }),
            "Signature:bad_signature",
        ),
        ("/credentialSubject", "narrative", Value::Null, "Format:empty_value"),
        ("/credentialSubject", "narrative", json!("bell \u{7}"), "Format:control_character"),
        ("/credentialSubject", "creditsEarned", json!(1e300), "Format:unsafe_number"),
        (
            "/credentialSubject/achievement",
            "version",
            json!({ "@value": "2", "@language": "en" }),
            "Signature:bad_signature",
        ),
        (
            "/credentialSubject",
            "type",
            json!(["AchievementSubject", "Profile"]),
            "Signature:unsupported_types",
        ),
        (
            "/issuer",
            "type",
            json!(["Profile", "https://evil.example/Root"]),
            "Signature:bad_signature",
        ),
    ] {
        let mut forged = document.clone();
        forged.pointer_mut(place).unwrap()[name] = value;
        caught(&forged, &[word, "Signature:bad_signature"]);
    }
}

#[test]
fn status_tricks_are_caught() {
    let document = anna().achievement(1);
    for value in ["1.0", "+1", "01", "131072", "4294967297", "", "१"] {
        caught(
            &change(&document, "/credentialStatus/statusListIndex", json!(value)),
            &["Status:malformed_status", "Format:malformed_status"],
        );
    }
    caught(
        &change(&document, "/credentialStatus/statusListIndex", json!("2")),
        &["Format:malformed_status", "Signature:bad_signature"],
    );
    caught(
        &change(&document, "/credentialStatus", json!([document["credentialStatus"]])),
        &["Status:malformed_status"],
    );
    caught(
        &removed(&document, "/credentialStatus"),
        &["Status:malformed_status", "Signature:bad_signature"],
    );
}

#[test]
fn times_that_do_not_hold_are_caught() {
    let (college, document) = (anna(), anna().achievement(1));
    let known = knowledge(&[&document]);
    let early = verify(&document, &known, issued_at() - TimeDelta::minutes(2));
    assert_eq!(failed(&early), BTreeSet::from(["Validity:not_yet_valid".to_owned()]));
    let mut draft = achievement_credential(&college.achievement_facts(1));
    draft["validUntil"] = json!("2026-01-06T10:00:00Z");
    let expired = college.sign(&draft);
    assert_eq!(
        failed(&verify(&expired, &knowledge(&[&expired]), now())),
        BTreeSet::from(["Validity:expired".to_owned()])
    );
}

#[test]
fn bytes_that_two_readers_could_read_differently_are_not_even_parsed() {
    let text = anna().achievement(1).to_string();
    let doubled = text.replacen("\"role\":", "\"role\":\"Organiser\",\"role\":", 1);
    assert_ne!(doubled, text);
    assert_eq!(parse(doubled.as_bytes()).unwrap_err().code(), "duplicate_key");
    let deep =
        text.replacen("\"Team leader\"", &format!("{}1{}", "[".repeat(40), "]".repeat(40)), 1);
    assert_eq!(parse(deep.as_bytes()).unwrap_err().code(), "too_deep");
    let long = text.replacen("Team leader", &"x".repeat(2 << 20), 1);
    assert_eq!(parse(long.as_bytes()).unwrap_err().code(), "too_large");
}

#[test]
fn a_tangle_of_blank_nodes_is_refused_quickly() {
    let mut document = anna().achievement(1);
    // A ring of nodes without ids that all look alike: exponential without the guard.
    let ring: Vec<Value> = (0..40)
        .map(|place| json!({ "id": format!("_:n{place}"), "type": ["Achievement"], "related": [{ "id": format!("_:n{}", (place + 1) % 40), "type": ["Related"] }] }))
        .collect();
    document["credentialSubject"]["achievement"]["related"] = json!(ring);
    let start = std::time::Instant::now();
    caught(&document, &["Signature:too_complex"]);
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

fn portfolio() -> (College, Value, Knowledge) {
    let college = anna();
    let document = college.portfolio(vec![college.achievement(1), college.achievement(2)]);
    let known = knowledge(&[&document]);
    (college, document, known)
}

const INSIDE: &str = "/credentialSubject/verifiableCredential";

#[test]
fn a_forged_credential_inside_sinks_the_portfolio_even_under_a_genuine_outer_proof() {
    let (college, document, known) = portfolio();
    let mut forged = document["credentialSubject"]["verifiableCredential"][0].clone();
    forged["credentialSubject"]["role"] = json!("Organiser");
    // The college itself signs a portfolio around the forgery, and it goes on record.
    let outer = college.portfolio(vec![forged, college.achievement(2)]);
    let mut all = known;
    all.records.extend(
        knowledge(&[&outer]).records.into_iter().filter(|(id, _)| id.contains("/portfolios/")),
    );
    let report = verify(&outer, &all, now());
    assert_eq!(report.verdict, Verdict::NotValid);
    assert_eq!(failed(&report), BTreeSet::from(["Nested:nested_not_valid".to_owned()]));
    assert_eq!(report.nested[1].verdict, Verdict::Valid);
    let inner = failed(&report.nested[0]);
    assert!(
        inner.contains("Signature:bad_signature") && inner.contains("Record:not_the_record"),
        "{inner:?}"
    );
    let check = report.checks.iter().find(|check| check.id == CheckId::Nested).unwrap();
    assert_eq!(check.path.as_deref(), Some("/credentialSubject/verifiableCredential/0"));
}

#[test]
fn what_lies_inside_cannot_be_swapped_doubled_dropped_or_be_somebody_elses() {
    let (college, document, known) = portfolio();
    let inside = document.pointer(INSIDE).unwrap().as_array().unwrap().clone();
    let report = |forged: &Value| verify(forged, &known, now());
    // The swap of §2: RDF cannot tell whose `role` is whose.
    let mut swapped = document.clone();
    swapped.pointer_mut(INSIDE).unwrap()[0]["credentialSubject"]["role"] = json!("Speaker");
    let mut other = document.clone();
    other.pointer_mut(INSIDE).unwrap().as_array_mut().unwrap().reverse();
    for forged in [&swapped, &other] {
        assert!(failed(&report(forged)).contains("Signature:bad_signature"));
    }
    let dropped = change(&document, INSIDE, json!([inside[0]]));
    assert!(failed(&report(&dropped)).contains("Signature:bad_signature"));
    let emptied = change(&document, INSIDE, json!([]));
    assert!(failed(&report(&emptied)).contains("Nested:nested_missing"));
    // Nor can anybody here sign such a one: see the next test.
    let doubled = change(&document, INSIDE, json!([inside[0], inside[0]]));
    assert!(
        failed(&verify(&doubled, &knowledge(&[&doubled]), now())).contains("Nested:nested_twice")
    );
    let mut facts = college.achievement_facts(3);
    facts.subject_id = "urn:uuid:11111111-2222-4333-8444-555555555555".into();
    let somebody = college.sign(&achievement_credential(&facts));
    let mixed = college.portfolio(vec![inside[0].clone(), somebody]);
    let mixed_report = verify(&mixed, &knowledge(&[&mixed]), now());
    assert_eq!(failed(&mixed_report), BTreeSet::from(["Nested:different_subject".to_owned()]));
    let nested = college.portfolio(vec![document.clone()]);
    assert!(failed(&verify(&nested, &knowledge(&[&nested]), now())).contains("Nested:nested_kind"));
    let text = change(&document, INSIDE, json!(["data:application/vc+jwt,eyJ"]));
    assert!(failed(&report(&text)).contains("Nested:nested_kind"));
}

/// Two proofs that are alike in every member hang on nodes that nothing tells apart, and canonicalisers name those
/// differently (docs/interoperability.md).
#[test]
fn what_canonicalisers_may_name_differently_is_never_signed() {
    let college = anna();
    let one = college.achievement(1);
    let mut other = college.achievement(2);
    other["proof"] = one["proof"].clone();
    let options = ProofOptions { verification_method: college.method(), created: issued_at() };
    let expected = LintFacts { issuer_did: college.did(), kind: Kind::Portfolio };
    for inside in [vec![one.clone(), one.clone()], vec![one.clone(), other]] {
        let draft = college.portfolio_draft(inside);
        let refused = prepare(&draft, &options);
        assert!(matches!(refused, Err(PrepareError::Canonicalize(_))));
        assert_eq!(lint(draft, &expected).unwrap_err().code(), "ambiguous");
    }
    // The same name and the same college in each are no tie that matters.
    let draft = college.portfolio_draft(vec![one, college.achievement(2)]);
    assert!(lint(draft, &expected).is_ok());
}

#[test]
fn a_strangers_credential_inside_leaves_the_whole_incomplete() {
    let college = anna();
    let document = college.portfolio(vec![college.achievement(1), banaras().achievement(2)]);
    let mut known = knowledge(&[&document]);
    assert_eq!(verify(&document, &known, now()).verdict, Verdict::Valid);
    known.issuers.remove(&banaras().did());
    let report = verify(&document, &known, now());
    assert_eq!(report.verdict, Verdict::Incomplete);
    let check = report.checks.iter().find(|check| check.id == CheckId::Nested).unwrap();
    assert_eq!((check.state, check.code.as_str()), (CheckState::Unknown, "nested_incomplete"));
}

#[test]
fn what_is_no_credential_at_all_is_refused_without_panic() {
    for document in [
        json!(null),
        json!(7),
        json!("credential"),
        json!([]),
        json!({}),
        json!({ "proof": [null, 1, "x", {}] }),
        json!({ "@context": contexts::CREDENTIALS_V2, "type": "VerifiableCredential", "issuer": 5 }),
        json!({ "issuer": anna().did(), "type": ["OpenBadgeCredential"], "credentialSubject": [1], "evidence": {}, "proof": { "cryptosuite": "eddsa-rdfc-2022" } }),
        json!({ "issuer": { "id": anna().did() }, "type": ["ClrCredential"], "credentialSubject": { "verifiableCredential": [null, {}, []] } }),
    ] {
        let report = verify(&document, &knowledge(&[]), now());
        assert_eq!(report.verdict, Verdict::NotValid, "{document}");
        assert!(failed(&report).iter().any(|word| word.starts_with("Format:")), "{document}");
    }
}
