//! What a stranger may ask of the verifier: each cap by its word, and a report in any case.

use hub::credential::parse;
use hub::credential::verify::{Check, CheckId, CheckState, Knowledge, Verdict, verify};
use serde_json::{Value, json};

use crate::corpus::{clique, foreign, heavy};
use crate::outsider::{JCS, Outsider, RDFC};
use crate::samples::{anna, knowledge, now};

/// The verdict, and the words of what failed or could not be checked, but for the issuer and its status.
fn judged(document: &Value) -> (Verdict, Vec<String>) {
    let document = parse(document.to_string().as_bytes()).unwrap();
    let report = verify(&document, &Knowledge::default(), now());
    let bad = |check: &Check| matches!(check.state, CheckState::Fail | CheckState::Unknown);
    let found = report.checks.into_iter().filter(|check| bad(check) && check.id != CheckId::Issuer);
    (report.verdict, found.map(|check| format!("{:?}:{}", check.id, check.code)).collect())
}

#[test]
fn a_small_stranger_is_canonicalised_and_judged_by_the_signature() {
    let expected = (Verdict::NotValid, vec!["Signature:bad_signature".to_owned()]);
    assert_eq!(judged(&foreign(json!({ "id": "urn:a" }))), expected);
}

#[test]
fn what_would_take_long_is_left_unchecked_before_it_is_begun() {
    for (what, document) in heavy() {
        let left = (Verdict::Incomplete, vec!["Format:too_complex".to_owned()]);
        assert_eq!(judged(&document), left, "{what}");
    }
}

#[test]
fn nodes_that_all_know_each_other_are_left_unchecked_from_six_on() {
    let five = (Verdict::NotValid, vec!["Signature:bad_signature".to_owned()]);
    assert_eq!(judged(&clique(5)), five);
    let six = (Verdict::Incomplete, vec!["Signature:too_complex".to_owned()]);
    assert_eq!(judged(&clique(6)), six);
}

/// A stranger's portfolio of so many credentials, all of it truly signed.
fn portfolio_of_a_stranger(count: usize) -> Value {
    let (outer, inner) = (Outsider::new(7), Outsider::new(9));
    let mut draft = anna().portfolio_draft(vec![anna().achievement(1)]);
    draft["issuer"] = json!(outer.did());
    let mut one = draft["credentialSubject"]["verifiableCredential"][0].take();
    one.as_object_mut().unwrap().remove("proof");
    one["issuer"] = json!(inner.did());
    // Not how this hub writes, so that no plan makes it cheap.
    one["credentialSubject"]["achievement"]["inLanguage"] = json!("ta");
    let inside = (0..count).map(|number| {
        one["id"] = json!(format!("https://stranger.example/credentials/{number}"));
        inner.signed(&one, RDFC)
    });
    draft["credentialSubject"]["verifiableCredential"] = inside.collect();
    outer.signed(&draft, JCS)
}

#[test]
fn a_strangers_portfolio_above_the_cap_could_not_be_checked_and_one_in_a_colleges_name_is_refused()
{
    let small = verify(&portfolio_of_a_stranger(2), &knowledge(&[]), now());
    let of_outer = small.checks.iter().find(|check| check.id == CheckId::Signature).unwrap();
    assert_eq!(of_outer.state, CheckState::Pass);
    for nested in &small.nested {
        let signature = nested.checks.iter().find(|check| check.id == CheckId::Signature).unwrap();
        assert_eq!(signature.state, CheckState::Pass, "{}", signature.message);
    }
    let document = portfolio_of_a_stranger(30);
    let report = verify(&document, &knowledge(&[]), now());
    assert_eq!(report.verdict, Verdict::Incomplete, "{:?}", report.checks);
    let format = report.checks.iter().find(|check| check.id == CheckId::Format).unwrap();
    assert_eq!((format.state, format.code.as_str()), (CheckState::Unknown, "too_complex"));
    assert_eq!(document["issuer"], report.issuer.unwrap().did);
    // What can be said without work is said: here, that it holds no longer.
    let mut old = document.clone();
    old["validUntil"] = json!("2026-01-06T00:00:00Z");
    let report = verify(&old, &knowledge(&[]), now());
    assert_eq!(report.verdict, Verdict::NotValid);
    // Under the name of a college, or as no credential at all, it is refused.
    let mut posing = document.clone();
    posing["issuer"] = json!(anna().did());
    let mut shapeless = document;
    shapeless["type"] = json!("ClrCredential");
    for (document, code) in [(posing, "too_complex"), (shapeless, "not_a_credential")] {
        let report = verify(&document, &knowledge(&[]), now());
        assert_eq!(report.verdict, Verdict::NotValid, "{code}");
        let failed = report.checks.iter().find(|check| check.state == CheckState::Fail).unwrap();
        assert_eq!(failed.code, code);
    }
}

#[test]
fn a_large_portfolio_of_ours_is_judged_in_full() {
    let anna = anna();
    let portfolio = anna.portfolio((1..=60).map(|number| anna.achievement(number)).collect());
    let report = verify(&portfolio, &knowledge(&[&portfolio]), now());
    assert_eq!(report.verdict, Verdict::Valid);
    assert_eq!(report.nested.len(), 60);
}
