//! Independent implementations judge what the hub signs, and the hub judges what they sign.
//! `./test` installs them (`npm ci` in tests/interop) beforehand.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::process::Command;

use hub::credential::issuer::{PublishedKey, did_document, key_fragment};
use hub::credential::proof::{ProofOptions, prepare};
use hub::credential::verify::{CheckId, CheckState, verify};
use hub::domain::key::KeyState;
use serde_json::{Value, json};

use crate::generate::{Random, variant};
use crate::samples::{College, anna, banaras, issued_at, knowledge, now};

fn node(command: &str, directory: &Path) -> String {
    let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop");
    assert!(
        room.join("node_modules").is_dir(),
        "run `npm ci` in tests/interop first, as ./test does"
    );
    let run = Command::new("node")
        .arg(room.join("check.mjs"))
        .arg(command)
        .arg(directory)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

fn write(directory: &Path, name: &str, document: &Value) {
    fs::write(directory.join(name), document.to_string()).unwrap();
}

fn did(college: &College) -> Value {
    let key = PublishedKey {
        fragment: key_fragment(&college.public_key(), issued_at()),
        public_key: college.public_key(),
        state: KeyState::Active,
        revoked_since: None,
    };
    did_document(&college.did(), &[key])
}

/// Text that canonicalisers are known to differ on.
const TRICKY: [&str; 6] = [
    "tab\there, line\nbreak, carriage\r\nreturn, \"quoted\", back\\slash",
    "க்ஷேத்ரம் · काशी · e\u{301} vs é · ﬁ",
    "🏆👩‍🎓 \u{1f1ee}\u{1f1f3} \u{10ffff}",
    "\u{200b}\u{feff}\u{2028}\u{2029}\u{85} zero width",
    "https://not.an/iri <b>&amp;</b> _:b0 \"@id\" ^^<x>",
    "  spaces kept  ",
];

#[test]
fn the_javascript_reference_verifies_what_the_hub_signs_and_refuses_it_changed() {
    let room = tempfile::tempdir().unwrap();
    let (anna, banaras) = (anna(), banaras());
    write(room.path(), "dids.json", &json!([did(&anna), did(&banaras)]));
    write(room.path(), "a1.vc.json", &anna.achievement(1));
    write(room.path(), "a2.vc.json", &banaras.achievement(2));
    write(room.path(), "revoked-a3.vc.json", &anna.achievement(3));
    write(room.path(), "list-anna.vc.json", &anna.status_list(&[3]));
    write(room.path(), "list-banaras.vc.json", &banaras.status_list(&[]));
    let portfolio = anna.portfolio(vec![anna.achievement(1), banaras.achievement(2)]);
    write(room.path(), "portfolio.vc.json", &portfolio);
    write(room.path(), "list-portfolios.vc.json", &portfolio_list(&anna));
    for (place, text) in TRICKY.iter().enumerate() {
        let number = 100 + u32::try_from(place).unwrap();
        let mut facts = anna.achievement_facts(number);
        facts.achievement.description = (*text).into();
        facts.subject_name = format!("{text} name");
        let draft = hub::credential::build::achievement_credential(&facts);
        write(room.path(), &format!("tricky-{place}.vc.json"), &anna.sign(&draft));
    }
    let said = node("verify", room.path());
    assert!(said.starts_with("13 documents verified"), "{said}");
}

#[test]
fn the_javascript_reference_verifies_a_portfolio_of_forty() {
    let room = tempfile::tempdir().unwrap();
    let anna = anna();
    write(room.path(), "dids.json", &json!([did(&anna)]));
    let portfolio = anna.portfolio((1..=40).map(|number| anna.achievement(number)).collect());
    write(room.path(), "portfolio.vc.json", &portfolio);
    write(room.path(), "list-portfolios.vc.json", &portfolio_list(&anna));
    let said = node("verify", room.path());
    assert!(said.starts_with("2 documents verified"), "{said}");
}

fn portfolio_list(college: &College) -> Value {
    let mut list = college.status_list(&[]);
    list.as_object_mut().unwrap().remove("proof");
    let id = format!("{}/status/portfolios-1", college.base());
    list["credentialSubject"]["id"] = json!(format!("{id}#list"));
    list["id"] = json!(id);
    college.sign(&list)
}

#[test]
fn the_hub_verifies_what_the_javascript_reference_signs() {
    let room = tempfile::tempdir().unwrap();
    let anna = anna();
    let unsigned = |mut document: Value| {
        document.as_object_mut().unwrap().remove("proof");
        document
    };
    write(room.path(), "achievement.draft.json", &unsigned(anna.achievement(1)));
    write(room.path(), "list.draft.json", &unsigned(anna.status_list(&[5])));
    write(
        room.path(),
        "portfolio.draft.json",
        &anna.portfolio_draft(vec![anna.achievement(1), anna.achievement(2)]),
    );
    node("sign", room.path());
    for name in ["achievement", "list", "portfolio"] {
        let text = fs::read(room.path().join(format!("{name}.signed.json"))).unwrap();
        let document = hub::credential::parse(&text).unwrap();
        let words = |document: &Value| -> Vec<(CheckState, String)> {
            let report = verify(document, &knowledge(&[]), now());
            let signatures =
                report.checks.into_iter().filter(|check| check.id == CheckId::Signature);
            signatures.map(|check| (check.state, check.code)).collect()
        };
        assert_eq!(words(&document), vec![(CheckState::Pass, "ok".to_owned()); 2], "{name}");
        let mut changed = document;
        changed["validFrom"] = json!("2026-01-05T10:00:01Z");
        assert_eq!(
            words(&changed),
            vec![(CheckState::Fail, "bad_signature".to_owned()); 2],
            "{name}"
        );
    }
}

#[test]
fn the_javascript_reference_canonicalises_generated_documents_as_the_hub_does() {
    let seed = std::env::var("FUZZ_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| RandomState::new().hash_one("seed"));
    println!("FUZZ_SEED={seed}");
    let mut random = Random::new(seed);
    let anna = anna();
    let unsigned = |mut document: Value| {
        document.as_object_mut().unwrap().remove("proof");
        document
    };
    let bases = [
        unsigned(anna.achievement(1)),
        unsigned(anna.achievement(2)),
        unsigned(anna.status_list(&[5])),
        anna.portfolio_draft(vec![anna.achievement(1), anna.achievement(2)]),
    ];
    let documents: Vec<Value> =
        (0..480).map(|turn| variant(&bases[turn % bases.len()], &mut random)).collect();
    let room = tempfile::tempdir().unwrap();
    write(room.path(), "documents.json", &json!(documents));
    let theirs: Vec<Option<String>> = serde_json::from_str(&node("hash", room.path())).unwrap();
    let options = ProofOptions { verification_method: anna.method(), created: issued_at() };
    let mut same = 0;
    for (document, theirs) in documents.iter().zip(theirs) {
        // Where either side refuses a document there is nothing to compare: what the hub signs is in both.
        let (Ok(ours), Some(theirs)) = (prepare(document, &options), theirs) else { continue };
        // A proof signs the hash of its options, then that of the document.
        let ours = hex::encode(&ours.messages()[0][32..]);
        assert_eq!(ours, theirs, "FUZZ_SEED={seed}\n{document}");
        same += 1;
    }
    println!("{same} documents with one hash");
    assert!(same >= 300, "FUZZ_SEED={seed}: only {same} could be compared");
}
