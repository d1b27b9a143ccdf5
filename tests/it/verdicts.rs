//! What the verifier says of documents as they are issued, and as time goes on.

use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::{Signer, SigningKey};
use hub::credential::build::achievement_credential;
use hub::credential::compact::{self, CompactFacts};
use hub::credential::issuer::public_key_multibase;
use hub::credential::lint::{Kind, LintFacts, lint};
use hub::credential::proof::record_hash;
use hub::credential::verify::{
    CheckId, CheckState, Knowledge, RecordStatus, Report, ReportKind, Source, Verdict,
    card_references, references, verify, verify_compact,
};
use hub::domain::key::{KeyPurpose, KeyState};
use serde_json::{Value, json};

use crate::samples::{anna, banaras, entry, issued_at, kavya, knowledge, now};

fn later() -> DateTime<Utc> {
    now() + TimeDelta::hours(1)
}

/// The words of the checks of one kind.
fn words(report: &Report, id: CheckId) -> Vec<(CheckState, &str)> {
    report
        .checks
        .iter()
        .filter(|check| check.id == id)
        .map(|check| (check.state, check.code.as_str()))
        .collect()
}

#[test]
fn an_achievement_as_issued_is_valid() {
    let document = anna().achievement(1);
    let report = verify(&document, &knowledge(&[&document]), now());
    assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.checks);
    assert_eq!(report.kind, ReportKind::Achievement);
    assert_eq!(words(&report, CheckId::Signature), [(CheckState::Pass, "ok"); 2]);
    assert_eq!(words(&report, CheckId::Record), [(CheckState::Pass, "recorded")]);
    assert_eq!(words(&report, CheckId::Evidence), [(CheckState::NotApplicable, "not_fetched"); 2]);
    let content = report.content.unwrap();
    assert_eq!(content.name, "Smart India Hackathon, round 1");
    assert_eq!(content.level.as_deref(), Some("national"));
    assert_eq!(content.awarded_on.as_deref(), Some("2025-12-20"));
    assert_eq!(content.evidence.len(), 2);
    assert_eq!(
        report.subject.unwrap().name.as_deref(),
        Some("கவ்யா சுப்பிரமணியன் (Kavya Subramanian)")
    );
    assert_eq!(report.issuer.unwrap().domain, "hub.example");
    assert_eq!(report.document, Some(document));
}

#[test]
fn a_definition_whose_address_is_a_fragment_has_parts_with_addresses_of_their_own() {
    let mut facts = anna().achievement_facts(1);
    facts.achievement.id = format!("{}#achievement", facts.id);
    facts.achievement.criteria_url = None;
    let draft = achievement_credential(&facts);
    let expected = LintFacts { issuer_did: anna().did(), kind: Kind::Achievement };
    assert!(lint(draft.clone(), &expected).is_ok());
    let definition = &draft["credentialSubject"]["achievement"];
    assert_eq!(definition["resultDescription"][0]["id"], format!("{}#achievement-level", facts.id));
    let document = anna().sign(&draft);
    let report = verify(&document, &knowledge(&[&document]), now());
    assert_eq!(report.verdict, Verdict::Valid);
    assert_eq!(report.content.unwrap().level.as_deref(), Some("national"));
}

#[test]
fn a_portfolio_as_issued_is_valid_with_all_inside() {
    let college = anna();
    let document = college.portfolio((1..=12).map(|number| college.achievement(number)).collect());
    let report = verify(&document, &knowledge(&[&document]), now());
    assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.checks);
    assert_eq!(words(&report, CheckId::Nested), [(CheckState::Pass, "ok")]);
    assert_eq!(report.nested.len(), 12);
    assert!(
        report
            .nested
            .iter()
            .all(|inner| inner.verdict == Verdict::Valid && inner.document.is_none())
    );
    assert_eq!(report.content.unwrap().count, Some(12));
}

#[test]
fn a_status_list_as_published_is_valid_until_it_is_a_week_old() {
    let document = anna().status_list(&[3]);
    let fresh = verify(&document, &knowledge(&[]), now());
    assert_eq!(fresh.verdict, Verdict::Valid, "{:#?}", fresh.checks);
    let stale = verify(&document, &knowledge(&[]), issued_at() + TimeDelta::days(8));
    assert_eq!(words(&stale, CheckId::Validity), [(CheckState::Fail, "expired")]);
}

#[test]
fn everything_a_portfolio_names_is_asked_for_once() {
    let (college, other) = (anna(), banaras());
    let document = college.portfolio_draft(vec![
        college.achievement(1),
        other.achievement(2),
        college.achievement(1),
    ]);
    let named = references(&document);
    assert_eq!(named.issuers, [college.did(), other.did()]);
    assert_eq!(named.ids.len(), 3);
    assert_eq!(references(&json!("no document")), Default::default());
    let many: Vec<Value> = (0..20_000).map(|number| json!({ "id": number.to_string() })).collect();
    let flood = json!({ "credentialSubject": { "verifiableCredential": many } });
    assert_eq!(references(&flood).ids.len(), 500);
}

#[test]
fn a_draft_that_is_in_order_passes_the_lint_and_forty_others_reach_no_key() {
    let draft = achievement_credential(&anna().achievement_facts(1));
    let expected = LintFacts { issuer_did: anna().did(), kind: Kind::Achievement };
    assert!(lint(draft.clone(), &expected).is_ok());
    let broken = broken_drafts(&draft);
    assert!(broken.len() >= 40, "{}", broken.len());
    for (code, draft) in broken {
        let refusal = lint(draft, &expected).expect_err(code);
        assert_eq!(refusal.code(), code, "{refusal}");
    }
}

fn broken_drafts(draft: &Value) -> Vec<(&'static str, Value)> {
    let set = |pointer: &str, value: Value| {
        let mut draft = draft.clone();
        *draft.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        draft
    };
    let add = |pointer: &str, name: &str, value: Value| {
        let mut draft = draft.clone();
        draft.pointer_mut(pointer).unwrap()[name] = value;
        draft
    };
    let remove = |pointer: &str, name: &str| {
        let mut draft = draft.clone();
        draft.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(name);
        draft
    };
    let contexts = draft["@context"].as_array().unwrap();
    let reversed: Value = contexts.iter().rev().cloned().collect();
    let subject = "/credentialSubject";
    vec![
        ("wrong_context", set("/@context", json!(contexts[0]))),
        ("wrong_context", set("/@context", reversed)),
        ("wrong_context", set("/@context", json!(contexts[..2]))),
        (
            "wrong_context",
            add("", "@context", json!([contexts[0], contexts[1], contexts[2], contexts[0]])),
        ),
        ("wrong_context", set("/@context/1", json!({ "@vocab": "https://evil.example/" }))),
        ("wrong_type", set("/type", json!(["VerifiableCredential"]))),
        ("wrong_type", set("/type", json!(["VerifiableCredential", "ClrCredential"]))),
        ("wrong_type", set("/type", json!(["OpenBadgeCredential", "VerifiableCredential"]))),
        (
            "wrong_type",
            set("/type", json!(["VerifiableCredential", "OpenBadgeCredential", "Extra"])),
        ),
        ("already_signed", add("", "proof", json!([]))),
        ("wrong_issuer", set("/issuer/id", json!(banaras().did()))),
        ("wrong_issuer", remove("", "issuer")),
        ("wrong_issuer", set("/issuer", json!([anna().did()]))),
        ("malformed_id", set("/id", json!("credentials/1"))),
        ("malformed_id", set("/id", json!("http://hub.example/colleges/anna/credentials/1"))),
        ("malformed_id", set("/id", json!("https://hub.example/a b"))),
        ("missing_member", remove("", "id")),
        ("missing_member", remove("", "validFrom")),
        ("missing_member", remove("", "credentialSubject")),
        ("missing_member", remove("", "evidence")),
        ("malformed_id", set("/credentialSubject/id", json!("urn:uuid:kavya"))),
        ("malformed_id", set("/credentialSubject/id", json!("did:example:kavya"))),
        ("malformed_id", set("/evidence/0/id", json!("e/1"))),
        ("malformed_id", remove("/evidence/1", "id")),
        ("malformed_time", set("/validFrom", json!("2026-01-05T10:00:00+05:30"))),
        ("malformed_time", set("/validFrom", json!("2026-01-05"))),
        ("malformed_time", add("", "validUntil", json!("2025-01-05T10:00:00Z"))),
        ("malformed_time", set("/awardedDate", json!("2025-12-20"))),
        ("malformed_time", set("/credentialSubject/activityEndDate", json!("yesterday"))),
        ("unsafe_number", add(subject, "creditsEarned", json!(1.5))),
        ("unsafe_number", add(subject, "creditsEarned", json!(9_007_199_254_740_992_u64))),
        ("empty_value", add(subject, "role", Value::Null)),
        ("empty_value", add(subject, "narrative", json!({}))),
        ("control_character", set("/name", json!("Hacka\u{0}thon"))),
        ("control_character", set("/name", json!("Hacka\u{7f}thon"))),
        ("control_character", set("/name", json!("Hacka\u{fffe}thon"))),
        ("control_character", set("/name", json!("Hacka\u{ffff}thon"))),
        ("malformed_id", set("/evidence/0/id", json!("https://hub.example/e#1#2"))),
        ("too_large", set("/name", json!("x".repeat(2 << 20)))),
        ("malformed_status", remove("", "credentialStatus")),
        ("malformed_status", set("/credentialStatus/statusListIndex", json!("131072"))),
        ("malformed_status", set("/credentialStatus/statusListIndex", json!("-1"))),
        ("malformed_status", set("/credentialStatus/statusListIndex", json!("01"))),
        ("malformed_status", set("/credentialStatus/statusListIndex", json!(1))),
        ("malformed_status", set("/credentialStatus/statusPurpose", json!("suspension"))),
        (
            "malformed_status",
            set("/credentialStatus/statusListCredential", json!("https://hub.example/other")),
        ),
        ("malformed_evidence", set("/evidence/0/digestSRI", json!("sha256-AAAA"))),
        ("malformed_evidence", set("/evidence/0/digestSRI", json!("md5-AAAA"))),
        ("malformed_evidence", remove("/evidence/0", "mediaType")),
        ("duplicate_evidence", set("/evidence/1/id", draft["evidence"][0]["id"].clone())),
        ("malformed_subject", remove(subject, "achievement")),
        ("malformed_subject", remove("/credentialSubject/achievement", "criteria")),
        ("malformed_subject", set("/credentialSubject/type", json!(["Person"]))),
        ("undefined_term", add(subject, "cgpa", json!("9.1"))),
        ("undefined_term", add("/evidence/0", "aadhaar", json!("1234"))),
    ]
}

#[test]
fn revoked_and_replaced_documents_are_not_valid_and_say_since_when() {
    let document = anna().achievement(1);
    let mut known = knowledge(&[&document]);
    let id = document["id"].as_str().unwrap();
    known.records.get_mut(id).unwrap().status =
        RecordStatus::Revoked { at: now(), reason: "fraud".into() };
    let report = verify(&document, &known, later());
    assert_eq!(report.verdict, Verdict::NotValid);
    let status = report.checks.iter().find(|check| check.id == CheckId::Status).unwrap();
    assert_eq!(
        (status.code.as_str(), status.reason.as_deref(), status.at),
        ("revoked", Some("fraud"), Some(now()))
    );
    assert_eq!(status.source, Some(Source::Record));
    known.records.get_mut(id).unwrap().status = RecordStatus::Superseded {
        at: now(),
        by_url: "https://hub.example/colleges/anna/credentials/2".into(),
    };
    let report = verify(&document, &known, later());
    let status = report.checks.iter().find(|check| check.id == CheckId::Status).unwrap();
    assert_eq!((status.code.as_str(), status.state), ("superseded", CheckState::Warn));
    assert_eq!(report.verdict, Verdict::ValidWithRemark);
    assert_eq!(status.link.as_deref(), Some("https://hub.example/colleges/anna/credentials/2"));
}

#[test]
fn a_portfolio_with_a_revoked_credential_inside_sinks_whole() {
    let college = anna();
    let document = college.portfolio(vec![college.achievement(1), college.achievement(2)]);
    let mut known = knowledge(&[&document]);
    let inner = document["credentialSubject"]["verifiableCredential"][1]["id"].as_str().unwrap();
    known.records.get_mut(inner).unwrap().status =
        RecordStatus::Revoked { at: now(), reason: "duplicate".into() };
    let report = verify(&document, &known, later());
    assert_eq!(report.verdict, Verdict::NotValid);
    let check = report.checks.iter().find(|check| check.id == CheckId::Nested).unwrap();
    assert_eq!(
        (check.state, check.code.as_str(), check.reason.as_deref()),
        (CheckState::Fail, "nested_not_valid", Some("revoked"))
    );
    assert_eq!(check.path.as_deref(), Some("/credentialSubject/verifiableCredential/1"));
    assert_eq!(report.nested[0].verdict, Verdict::Valid);
}

#[test]
fn a_published_list_that_contradicts_the_record_is_an_alarm() {
    let document = anna().achievement(3);
    let mut known = knowledge(&[&document]);
    let url = document["credentialStatus"]["statusListCredential"].as_str().unwrap();
    known.lists.insert(url.into(), anna().status_list(&[4]));
    assert_eq!(verify(&document, &known, now()).verdict, Verdict::Valid);
    known.lists.insert(url.into(), anna().status_list(&[3]));
    assert_eq!(
        words(&verify(&document, &known, now()), CheckId::Status),
        [(CheckState::Fail, "status_mismatch")]
    );
}

fn with_key(change: impl FnOnce(&mut hub::credential::verify::KeyRecord)) -> (Value, Knowledge) {
    let document = anna().achievement(1);
    let mut known = knowledge(&[&document]);
    change(&mut known.issuers.get_mut(&anna().did()).unwrap().keys[0]);
    (document, known)
}

#[test]
fn the_state_of_the_key_decides_what_a_genuine_signature_is_worth() {
    for (state, expected, verdict) in [
        (KeyState::Pending, (CheckState::Fail, "key_not_in_use"), Verdict::NotValid),
        (KeyState::Active, (CheckState::Pass, "ok"), Verdict::Valid),
        (KeyState::Retired, (CheckState::Pass, "ok"), Verdict::Valid),
        (KeyState::Frozen, (CheckState::Warn, "key_frozen"), Verdict::ValidWithRemark),
        (KeyState::Compromised, (CheckState::Fail, "key_compromised"), Verdict::NotValid),
    ] {
        let (document, known) = with_key(|key| key.state = state);
        let report = verify(&document, &known, now());
        assert_eq!(words(&report, CheckId::Signature), [expected; 2]);
        assert_eq!(report.verdict, verdict);
    }
    for purpose in [KeyPurpose::Documents, KeyPurpose::Log] {
        let (document, known) = with_key(|key| key.purpose = purpose);
        assert_eq!(
            words(&verify(&document, &known, now()), CheckId::Signature),
            [(CheckState::Fail, "wrong_key_kind"); 2]
        );
    }
    let (document, known) = with_key(|key| key.id = format!("{}#key-2026-02-000000", anna().did()));
    assert_eq!(
        words(&verify(&document, &known, now()), CheckId::Signature),
        [(CheckState::Fail, "unknown_key"); 2]
    );
    let (document, known) = with_key(|key| key.public_key = banaras().public_key());
    assert_eq!(
        words(&verify(&document, &known, now()), CheckId::Signature),
        [(CheckState::Fail, "bad_signature"); 2]
    );
}

#[test]
fn only_an_outside_witness_saves_what_a_stolen_key_signed() {
    let (document, mut known) = with_key(|key| {
        key.state = KeyState::Compromised;
        key.compromised_since = Some(now());
    });
    let id = document["id"].as_str().unwrap().to_owned();
    let mut judged = |witnessed| {
        known.records.get_mut(&id).unwrap().witnessed_at = vec![witnessed];
        let report = verify(&document, &known, later());
        (report.verdict, words(&report, CheckId::Signature)[0].1.to_owned())
    };
    assert_eq!(judged(None), (Verdict::NotValid, "key_compromised".into()));
    assert_eq!(
        judged(Some(now() + TimeDelta::seconds(1))),
        (Verdict::NotValid, "key_compromised".into())
    );
    assert_eq!(
        judged(Some(issued_at())),
        (Verdict::ValidWithRemark, "recorded_before_compromise".into())
    );
}

#[test]
fn an_older_generation_is_valid_with_a_link_to_the_current_one() {
    let document = anna().achievement(1);
    let mut known = knowledge(&[&document]);
    let id = document["id"].as_str().unwrap();
    known.records.get_mut(id).unwrap().generations.push([9; 32]);
    let report = verify(&document, &known, now());
    assert_eq!(report.verdict, Verdict::ValidWithRemark);
    assert_eq!(words(&report, CheckId::Record), [(CheckState::Warn, "older_generation")]);
}

#[test]
fn a_suspended_college_is_a_remark_and_its_name_comes_from_the_register() {
    let document = anna().achievement(1);
    let mut known = knowledge(&[&document]);
    let college = known.issuers.get_mut(&anna().did()).unwrap();
    college.suspended = true;
    college.name = "Renamed College".into();
    let report = verify(&document, &known, now());
    assert_eq!(report.verdict, Verdict::ValidWithRemark);
    assert_eq!(words(&report, CheckId::Issuer), [(CheckState::Warn, "suspended")]);
    assert_eq!(report.issuer.unwrap().name.as_deref(), Some("Renamed College"));
}

#[test]
fn what_was_never_recorded_fails_whatever_its_signature() {
    let document = anna().achievement(1);
    let report = verify(&document, &knowledge(&[]), now());
    assert_eq!(words(&report, CheckId::Signature), [(CheckState::Pass, "ok"); 2]);
    assert_eq!(words(&report, CheckId::Record), [(CheckState::Fail, "no_record")]);
    assert_eq!(report.verdict, Verdict::NotValid);
}

#[test]
fn a_document_of_a_stranger_gets_what_can_be_said_offline() {
    let document = anna().achievement(1);
    let report = verify(&document, &Knowledge::default(), now());
    assert_eq!(report.verdict, Verdict::Incomplete);
    assert_eq!(words(&report, CheckId::Issuer), [(CheckState::Unknown, "unknown_issuer")]);
    assert_eq!(words(&report, CheckId::Signature), [(CheckState::Unknown, "key_not_available"); 2]);
    assert_eq!(words(&report, CheckId::Status), [(CheckState::Unknown, "status_unknown")]);
    assert_eq!(report.issuer.unwrap().name, None);
}

/// The draft of a credential whose issuer is a key and nothing more.
fn self_made(key: &SigningKey) -> (Value, String) {
    let name = public_key_multibase(&key.verifying_key().to_bytes());
    let did = format!("did:key:{name}");
    let mut draft = achievement_credential(&anna().achievement_facts(3));
    draft["issuer"] = json!(did);
    (draft, format!("{did}#{name}"))
}

#[test]
fn a_did_key_issuer_is_checked_offline_but_stays_unknown() {
    let college = anna();
    let (draft, method) = self_made(&college.key);
    let signed = college.sign_as(&draft, method);
    let report = verify(&signed, &knowledge(&[]), now());
    assert_eq!(words(&report, CheckId::Signature), [(CheckState::Pass, "ok"); 2]);
    assert_eq!(report.verdict, Verdict::Incomplete);
    let mut changed = signed;
    changed["name"] = json!("Changed");
    let report = verify(&changed, &knowledge(&[]), now());
    assert_eq!(words(&report, CheckId::Signature), [(CheckState::Fail, "bad_signature"); 2]);
}

#[test]
fn a_strangers_status_comes_from_the_list_at_hand_if_the_list_can_be_believed() {
    let college = anna();
    let (draft, method) = self_made(&college.key);
    let signed = college.sign_as(&draft, method.clone());
    let url = signed["credentialStatus"]["statusListCredential"].as_str().unwrap();
    let list = |revoked: &[u32], issuer: &Value| {
        let mut list = college.status_list(revoked);
        list.as_object_mut().unwrap().remove("proof");
        list["issuer"] = issuer.clone();
        college.sign_as(&list, method.clone())
    };
    let status = |list: Value, at| {
        let mut known = knowledge(&[]);
        known.lists.insert(url.into(), list);
        let report = verify(&signed, &known, at);
        let check = report.checks.into_iter().find(|check| check.id == CheckId::Status).unwrap();
        (check.state, check.code)
    };
    let own = &signed["issuer"];
    assert_eq!(status(list(&[4], own), now()), (CheckState::Pass, "active".into()));
    assert_eq!(status(list(&[3], own), now()), (CheckState::Fail, "revoked".into()));
    assert_eq!(
        status(list(&[], own), issued_at() + TimeDelta::days(8)),
        (CheckState::Unknown, "list_not_valid".into())
    );
    assert_eq!(
        status(anna().status_list(&[]), now()),
        (CheckState::Unknown, "list_of_another_issuer".into())
    );
    let mut forged = list(&[3], own);
    forged["credentialSubject"]["encodedList"] =
        list(&[], own)["credentialSubject"]["encodedList"].clone();
    assert_eq!(status(forged, now()), (CheckState::Unknown, "list_not_valid".into()));
}

fn card_facts(portfolio: &Value) -> CompactFacts {
    CompactFacts {
        issuer_did: anna().did(),
        issued_at: issued_at(),
        portfolio_id: portfolio["id"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .parse()
            .unwrap(),
        name: "Kavya Subramanian".into(),
        name_native: Some(("கவ்யா சுப்பிரமணியன்".into(), "ta".into())),
        record_hash: record_hash(portfolio),
        status_list: portfolio["credentialStatus"]["statusListCredential"].as_str().unwrap().into(),
        status_index: 9,
        programme: "B.E. CSE".into(),
        count: 1,
        college: "Anna College".into(),
    }
}

fn card(facts: &CompactFacts, key: &SigningKey) -> Vec<u8> {
    let prepared = compact::prepare(facts, &key.verifying_key().to_bytes());
    let signature = key.sign(prepared.message()).to_bytes();
    prepared.attach(&signature).unwrap()
}

#[test]
fn a_bare_card_is_judged_by_signature_and_record() {
    let college = anna();
    let portfolio = college.portfolio(vec![college.achievement(1)]);
    let facts = card_facts(&portfolio);
    let good = card(&facts, &college.key);
    let named = card_references(&good).unwrap();
    assert_eq!((named.issuer, named.portfolio_id), (college.did(), facts.portfolio_id));
    let mut known = knowledge(&[&portfolio]);
    let report = verify_compact(&good, &known, now());
    assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.checks);
    assert_eq!(report.id.as_deref(), portfolio["id"].as_str());
    assert_eq!(report.document, None);

    let signature = |card: &[u8], known: &Knowledge| {
        words(&verify_compact(card, known, now()), CheckId::Signature)[0].1.to_owned()
    };
    assert_eq!(signature(&card(&facts, &banaras().key), &known), "unknown_key");
    let mut changed = good.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    assert_eq!(signature(&changed, &known), "bad_signature");
    let other = CompactFacts { record_hash: [0; 32], ..facts.clone() };
    let report = verify_compact(&card(&other, &college.key), &known, now());
    assert_eq!(words(&report, CheckId::Record), [(CheckState::Fail, "not_the_record")]);
    assert_eq!(signature(&good, &Knowledge::default()), "key_not_available");
    assert_eq!(verify_compact(b"paper", &known, now()).verdict, Verdict::NotValid);
    let early = verify_compact(&good, &known, issued_at() - TimeDelta::hours(1));
    assert_eq!(words(&early, CheckId::Validity), [(CheckState::Fail, "not_yet_valid")]);

    let id = portfolio["id"].as_str().unwrap();
    known.records.get_mut(id).unwrap().status =
        RecordStatus::Revoked { at: now(), reason: "error".into() };
    assert_eq!(
        words(&verify_compact(&good, &known, now()), CheckId::Status),
        [(CheckState::Fail, "revoked")]
    );
    known.records.remove(id);
    assert_eq!(
        words(&verify_compact(&good, &known, now()), CheckId::Record),
        [(CheckState::Fail, "no_record")]
    );
}

#[test]
fn a_report_has_the_shape_of_the_contract() {
    let college = anna();
    let portfolio = college.portfolio(vec![college.achievement(1)]);
    let report =
        serde_json::to_value(verify(&portfolio, &knowledge(&[&portfolio]), now())).unwrap();
    for (pointer, expected) in [
        ("/verdict", json!("valid")),
        ("/kind", json!("portfolio")),
        ("/as_of", json!("2026-01-07T10:00:00Z")),
        ("/checks/0/id", json!("format")),
        ("/checks/1/proof", json!("eddsa-rdfc-2022")),
        ("/checks/2/proof", json!("eddsa-jcs-2022")),
        ("/issuer/slug", json!("anna")),
        ("/subject/id", json!(kavya())),
        ("/content/count", json!(1)),
        ("/nested/0/kind", json!("achievement")),
        ("/nested/0/document", Value::Null),
        ("/document/id", portfolio["id"].clone()),
    ] {
        assert_eq!(report.pointer(pointer), Some(&expected), "{pointer}");
    }
    assert_eq!(entry(&portfolio).kind, Kind::Portfolio);
}

#[test]
fn what_is_rarely_said_is_said_where_it_belongs() {
    let college = anna();
    let document = college.achievement(1);
    let known = knowledge(&[&document]);
    let mut nobody = document.clone();
    nobody["issuer"] = json!("");
    let report = verify(&nobody, &known, now());
    assert_eq!(words(&report, CheckId::Issuer), [(CheckState::Fail, "no_issuer")]);
    let mut undated = document.clone();
    undated["validFrom"] = json!("last winter");
    let report = verify(&undated, &known, now());
    assert_eq!(words(&report, CheckId::Validity), [(CheckState::Fail, "malformed_time")]);

    // Of a stranger: a suite and a status that are not known here, no status at all, and no record to be asked of.
    let (mut draft, method) = self_made(&college.key);
    draft.as_object_mut().unwrap().remove("credentialStatus");
    let mut foreign = college.sign_as(&draft, method);
    foreign["proof"][1]["cryptosuite"] = json!("ecdsa-jcs-2019");
    let report = verify(&foreign, &known, now());
    assert_eq!(
        words(&report, CheckId::Signature),
        [(CheckState::Pass, "ok"), (CheckState::Unknown, "unknown_suite")]
    );
    assert_eq!(words(&report, CheckId::Status), [(CheckState::NotApplicable, "no_status")]);
    assert_eq!(words(&report, CheckId::Record), [(CheckState::NotApplicable, "not_from_here")]);
    assert_eq!(report.verdict, Verdict::Incomplete);

    let list = verify(&college.status_list(&[]), &known, now());
    assert_eq!(words(&list, CheckId::Status), [(CheckState::NotApplicable, "no_status")]);
    assert_eq!(words(&list, CheckId::Record), [(CheckState::NotApplicable, "not_recorded")]);

    // One inside with a remark is a remark on the whole.
    let portfolio = college.portfolio(vec![document.clone()]);
    let mut known = knowledge(&[&portfolio]);
    let inside = known.records.get_mut(document["id"].as_str().unwrap()).unwrap();
    inside.generations.push([9; 32]);
    let report = verify(&portfolio, &known, now());
    assert_eq!(words(&report, CheckId::Nested), [(CheckState::Warn, "nested_remark")]);
    assert_eq!(report.verdict, Verdict::ValidWithRemark);
}

#[test]
fn a_document_on_which_list_and_record_were_found_to_disagree_fails() {
    let college = anna();
    let portfolio = college.portfolio(vec![college.achievement(1)]);
    let mut known = knowledge(&[&portfolio]);
    known.disagreements.insert(portfolio["id"].as_str().unwrap().into());
    let report = verify(&portfolio, &known, now());
    assert_eq!(words(&report, CheckId::Status), [(CheckState::Fail, "status_mismatch")]);
    let facts = card_facts(&portfolio);
    let report = verify_compact(&card(&facts, &college.key), &known, now());
    assert_eq!(words(&report, CheckId::Status), [(CheckState::Fail, "status_mismatch")]);
    // Inside a portfolio as well.
    known.disagreements.clear();
    known.disagreements.insert(college.achievement(1)["id"].as_str().unwrap().into());
    assert_eq!(verify(&portfolio, &known, now()).verdict, Verdict::NotValid);
}

/// Every check in each of its states, and the test that names it.
const TABLE: [(&str, &str, &str, &str); 48] = [
    ("format", "pass", "ok", "cards.rs the_cards_on_file_are_what_this_code_writes"),
    (
        "format",
        "fail",
        "wrong_context",
        "forged.rs what_rdf_alone_lets_pass_is_caught_by_form_jcs_and_record",
    ),
    (
        "format",
        "fail",
        "duplicate_key",
        "forged.rs bytes_that_two_readers_could_read_differently_are_not_even_parsed",
    ),
    (
        "format",
        "unknown",
        "too_complex",
        "caps.rs a_strangers_portfolio_above_the_cap_could_not_be_checked_and_one_in_a_colleges_name_is_refused",
    ),
    (
        "signature",
        "unknown",
        "too_complex",
        "caps.rs nodes_that_all_know_each_other_are_left_unchecked_from_six_on",
    ),
    ("signature", "pass", "ok", "verdicts.rs an_achievement_as_issued_is_valid"),
    (
        "signature",
        "fail",
        "bad_signature",
        "verdicts.rs the_state_of_the_key_decides_what_a_genuine_signature_is_worth",
    ),
    (
        "signature",
        "fail",
        "unknown_key",
        "verdicts.rs the_state_of_the_key_decides_what_a_genuine_signature_is_worth",
    ),
    (
        "signature",
        "fail",
        "wrong_key_kind",
        "verdicts.rs the_state_of_the_key_decides_what_a_genuine_signature_is_worth",
    ),
    (
        "signature",
        "fail",
        "key_not_in_use",
        "verdicts.rs the_state_of_the_key_decides_what_a_genuine_signature_is_worth",
    ),
    (
        "signature",
        "fail",
        "key_compromised",
        "verdicts.rs only_an_outside_witness_saves_what_a_stolen_key_signed",
    ),
    (
        "signature",
        "fail",
        "missing_proof",
        "forged.rs a_stripped_doubled_swapped_or_foreign_proof_is_caught_as_such",
    ),
    (
        "signature",
        "fail",
        "extra_proof",
        "forged.rs a_stripped_doubled_swapped_or_foreign_proof_is_caught_as_such",
    ),
    (
        "signature",
        "fail",
        "different_keys",
        "forged.rs proofs_of_two_keys_of_one_college_are_not_a_set",
    ),
    (
        "signature",
        "warn",
        "key_frozen",
        "verdicts.rs the_state_of_the_key_decides_what_a_genuine_signature_is_worth",
    ),
    (
        "signature",
        "warn",
        "recorded_before_compromise",
        "verdicts.rs only_an_outside_witness_saves_what_a_stolen_key_signed",
    ),
    (
        "signature",
        "unknown",
        "key_not_available",
        "verdicts.rs a_document_of_a_stranger_gets_what_can_be_said_offline",
    ),
    (
        "signature",
        "unknown",
        "unknown_suite",
        "verdicts.rs what_is_rarely_said_is_said_where_it_belongs",
    ),
    (
        "issuer",
        "pass",
        "registered",
        "verdicts.rs every_check_in_each_of_its_states_is_named_by_a_test",
    ),
    ("issuer", "fail", "no_issuer", "verdicts.rs what_is_rarely_said_is_said_where_it_belongs"),
    (
        "issuer",
        "warn",
        "suspended",
        "verdicts.rs a_suspended_college_is_a_remark_and_its_name_comes_from_the_register",
    ),
    (
        "issuer",
        "unknown",
        "unknown_issuer",
        "verdicts.rs a_document_of_a_stranger_gets_what_can_be_said_offline",
    ),
    ("validity", "pass", "ok", "verdicts.rs every_check_in_each_of_its_states_is_named_by_a_test"),
    (
        "validity",
        "fail",
        "expired",
        "verdicts.rs a_status_list_as_published_is_valid_until_it_is_a_week_old",
    ),
    ("validity", "fail", "not_yet_valid", "forged.rs times_that_do_not_hold_are_caught"),
    (
        "validity",
        "fail",
        "malformed_time",
        "verdicts.rs what_is_rarely_said_is_said_where_it_belongs",
    ),
    (
        "status",
        "pass",
        "active",
        "verdicts.rs a_strangers_status_comes_from_the_list_at_hand_if_the_list_can_be_believed",
    ),
    (
        "status",
        "fail",
        "revoked",
        "verdicts.rs revoked_and_replaced_documents_are_not_valid_and_say_since_when",
    ),
    (
        "status",
        "fail",
        "status_mismatch",
        "verdicts.rs a_document_on_which_list_and_record_were_found_to_disagree_fails",
    ),
    ("status", "fail", "malformed_status", "forged.rs status_tricks_are_caught"),
    (
        "status",
        "warn",
        "superseded",
        "verdicts.rs revoked_and_replaced_documents_are_not_valid_and_say_since_when",
    ),
    (
        "status",
        "unknown",
        "status_unknown",
        "verdicts.rs a_document_of_a_stranger_gets_what_can_be_said_offline",
    ),
    (
        "status",
        "unknown",
        "list_not_valid",
        "verdicts.rs a_strangers_status_comes_from_the_list_at_hand_if_the_list_can_be_believed",
    ),
    (
        "status",
        "unknown",
        "list_of_another_issuer",
        "verdicts.rs a_strangers_status_comes_from_the_list_at_hand_if_the_list_can_be_believed",
    ),
    (
        "status",
        "not_applicable",
        "no_status",
        "verdicts.rs what_is_rarely_said_is_said_where_it_belongs",
    ),
    ("record", "pass", "recorded", "verdicts.rs an_achievement_as_issued_is_valid"),
    (
        "record",
        "fail",
        "no_record",
        "verdicts.rs what_was_never_recorded_fails_whatever_its_signature",
    ),
    (
        "record",
        "fail",
        "not_the_record",
        "forged.rs what_rdf_alone_lets_pass_is_caught_by_form_jcs_and_record",
    ),
    (
        "record",
        "fail",
        "other_kind",
        "forged.rs a_record_of_another_kind_is_not_a_record_of_this_document",
    ),
    (
        "record",
        "warn",
        "older_generation",
        "verdicts.rs an_older_generation_is_valid_with_a_link_to_the_current_one",
    ),
    (
        "record",
        "not_applicable",
        "not_from_here",
        "verdicts.rs what_is_rarely_said_is_said_where_it_belongs",
    ),
    ("evidence", "not_applicable", "not_fetched", "verdicts.rs an_achievement_as_issued_is_valid"),
    ("nested", "pass", "ok", "verdicts.rs a_portfolio_as_issued_is_valid_with_all_inside"),
    (
        "nested",
        "fail",
        "nested_not_valid",
        "verdicts.rs a_portfolio_with_a_revoked_credential_inside_sinks_whole",
    ),
    ("nested", "warn", "nested_remark", "verdicts.rs what_is_rarely_said_is_said_where_it_belongs"),
    (
        "nested",
        "unknown",
        "nested_incomplete",
        "forged.rs a_strangers_credential_inside_leaves_the_whole_incomplete",
    ),
    ("pdf", "pass", "exactly_issued", "lifecycle.rs the_main_job_from_draft_to_revocation"),
    ("pdf", "fail", "pdf", "lifecycle.rs what_was_changed_does_not_verify"),
];

/// Those of one file and one person (`matches`, `differs`, `no_digest`, `no_address`) stand beside their code, in
/// src/credential/verify/asked.rs.
#[test]
fn every_check_in_each_of_its_states_is_named_by_a_test() {
    let report = verify(&anna().achievement(1), &knowledge(&[]), now());
    assert_eq!(words(&report, CheckId::Issuer), [(CheckState::Pass, "registered")]);
    assert_eq!(words(&report, CheckId::Validity), [(CheckState::Pass, "ok")]);
    let room = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    for (check, state, code, test) in TABLE {
        let (file, name) = test.split_once(' ').unwrap();
        let source = std::fs::read_to_string(room.join(file)).unwrap();
        let body =
            source.split_once(&format!("fn {name}(")).unwrap_or_else(|| panic!("no test {test}")).1;
        let body = body.split("\n}\n").next().unwrap();
        let names = body.contains(&format!("\"{code}\""))
            || body.contains(&format!(":{code}\""))
            || body.contains("Verdict::Valid")
            || file == "cards.rs";
        assert!(names, "{check} {state}: {test} does not name {code}");
    }
}
