//! What a stranger may ask of the verifier: each cap by its word, and a report in any case.

use hub::credential::parse;
use hub::credential::verify::{CheckState, Knowledge, Verdict, verify};
use serde_json::{Value, json};

use crate::samples::{anna, knowledge, now};

const KEY: &str = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
const V2: &str = "https://www.w3.org/ns/credentials/v2";
const OPEN_BADGES: &str = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";

fn proof() -> Value {
    json!({
        "type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "created": "2026-01-05T10:00:00Z",
        "verificationMethod": format!("did:key:{KEY}#{KEY}"), "proofPurpose": "assertionMethod",
        "proofValue": format!("z{}", "1".repeat(64)),
    })
}

/// A stranger's credential whose key is known, so that its signature is worth checking.
fn foreign(subject: Value) -> Value {
    json!({
        "@context": [V2, OPEN_BADGES], "id": "urn:x:1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"], "issuer": format!("did:key:{KEY}"),
        "validFrom": "2026-01-05T10:00:00Z", "credentialSubject": subject, "proof": [proof()],
    })
}

/// The words of what failed.
fn failures(document: &Value) -> Vec<String> {
    let document = parse(document.to_string().as_bytes()).unwrap();
    let report = verify(&document, &Knowledge::default(), now());
    assert_eq!(report.verdict, Verdict::NotValid);
    let failed = report.checks.into_iter().filter(|check| check.state == CheckState::Fail);
    failed.map(|check| check.code).collect()
}

#[test]
fn a_small_stranger_is_canonicalised_and_judged_by_the_signature() {
    assert_eq!(failures(&foreign(json!({ "id": "urn:a" }))), ["bad_signature"]);
}

#[test]
fn what_would_take_long_is_refused_before_it_is_begun() {
    let with = |name: &str, value: Value| {
        let mut document = foreign(json!({ "id": "urn:a" }));
        document[name] = value;
        document
    };
    let badges = |count| vec![json!(OPEN_BADGES); count];
    let own_context = |count| vec![json!({ "@context": V2 }); count];
    let classes = |count| vec![json!({ "type": ["Achievement"], "name": "n" }); count];
    let mut deep = json!({ "id": "urn:z" });
    for _ in 0..26 {
        deep = json!({ "@context": [V2, OPEN_BADGES], "type": "AchievementSubject", "achievement": deep });
    }
    let tags: Vec<String> = (0..100_000).map(|number| number.to_string()).collect();
    let mut jcs = proof();
    jcs["cryptosuite"] = json!("eddsa-jcs-2022");
    let heavy = [
        ("contexts", with("@context", json!([vec![json!(V2)], badges(60)].concat()))),
        ("nodes with a context", foreign(json!(own_context(60)))),
        ("nodes with a class", foreign(json!(classes(400)))),
        ("deep contexts", foreign(deep)),
        (
            "a megabyte of tags",
            foreign(json!({ "achievement": { "type": "Achievement", "tag": &tags[..90_000] } })),
        ),
        ("rdfc proofs", with("proof", json!(vec![proof(); 30]))),
        ("jcs proofs", with("proof", json!(vec![jcs; 1000]))),
        (
            "a long text",
            foreign(
                json!({ "id": "urn:a", "type": "AchievementSubject", "role": "x".repeat(1_900_000) }),
            ),
        ),
        (
            "credentials inside",
            foreign(
                json!({ "id": "urn:a", "verifiableCredential": vec![foreign(json!({ "id": "urn:b" })); 20] }),
            ),
        ),
    ];
    for (what, document) in heavy {
        assert_eq!(failures(&document), ["too_complex"], "{what}");
    }
}

#[test]
fn nodes_that_all_know_each_other_are_refused_from_six_on() {
    let clique = |count: usize| {
        let node = |one: usize| {
            let others = (0..count).filter(|other| *other != one);
            let others: Vec<Value> =
                others.map(|other| json!({ "id": format!("_:b{other}") })).collect();
            json!({ "id": format!("_:b{one}"), "type": "AchievementSubject", "achievement": others })
        };
        foreign((0..count).map(node).collect())
    };
    assert_eq!(failures(&clique(5)), ["bad_signature"]);
    assert_eq!(failures(&clique(6)), ["too_complex"]);
}

#[test]
fn a_large_portfolio_of_ours_is_judged_in_full() {
    let anna = anna();
    let portfolio = anna.portfolio((1..=60).map(|number| anna.achievement(number)).collect());
    let report = verify(&portfolio, &knowledge(&[&portfolio]), now());
    assert_eq!(report.verdict, Verdict::Valid);
    assert_eq!(report.nested.len(), 60);
}
