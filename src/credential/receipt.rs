//! Receipts: what the hub said of a document, when, signed. They name nobody.
//!
//! A receipt is JSON with one `ecdsa-jcs-2019` proof (W3C Data Integrity ECDSA Cryptosuites 1.0 §3.3) by the hub's own
//! P-256 key, which stands in the DID document of the hub (`/.well-known/did.json`) and signs nothing else. The same key
//! signs the PDF form, which carries this JSON as its attachment.

use chrono::{DateTime, Utc};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::{Value, json};
use uuid::Uuid;

use super::digest::{jcs, jcs_unsecured, sha256};
use super::verify::{Check, CheckId, CheckState, Report, ReportKind, Verdict};
use super::{build, multibase, reading};

/// The one word in `type`.
pub const RECEIPT_TYPE: &str = "VerificationReceipt";
const SUITE: &str = "ecdsa-jcs-2019";

/// What was presented, and by which hub it was checked.
#[derive(Clone, Debug)]
pub struct ReceiptFacts {
    /// Random.
    pub id: Uuid,
    /// DID of the hub.
    pub issuer: String,
    /// `pdf`, `json` or `text`.
    pub form: &'static str,
    /// SHA-256 of the octets that were presented.
    pub digest: String,
    /// How many there were.
    pub octets: usize,
}

/// A receipt without its signature, and what the key has to sign.
#[derive(Clone, Debug)]
pub struct ToBeSigned {
    document: Value,
    proof: Value,
    message: [u8; 64],
}

/// Why a signature does not make a receipt.
#[derive(Debug, thiserror::Error)]
pub enum SignReceiptError {
    /// Not r ‖ s of this key over this receipt.
    #[error("the signature was not made by the receipts key over this receipt")]
    WrongSignature,
}

/// What a receipt says of a report: its checks and verdict, and of a person nothing.
pub fn receipt(report: &Report, facts: &ReceiptFacts) -> Value {
    json!({
        "type": RECEIPT_TYPE,
        "id": format!("urn:uuid:{}", facts.id),
        "issuer": facts.issuer,
        "checked_at": build::timestamp(report.as_of),
        "presented": { "form": facts.form, "digest": facts.digest, "octets": facts.octets },
        "about": {
            "kind": report.kind,
            "issuer": report.issuer.as_ref().map(|issuer| &issuer.did),
            "college": report.issuer.as_ref().and_then(|issuer| issuer.name.as_ref()),
            "count": report.content.as_ref().and_then(|content| content.count),
        },
        "verdict": report.verdict,
        "checks": report.checks.iter().map(said).collect::<Vec<Value>>(),
        "nested": report.nested.iter().map(|inner| json!({
            "verdict": inner.verdict,
            "checks": inner.checks.iter().filter(|check| check.state != CheckState::NotApplicable).map(said).collect::<Vec<Value>>(),
        })).collect::<Vec<Value>>(),
    })
}

/// A check without what could lead to a person: no address of a document, no path into it.
fn said(check: &Check) -> Value {
    let mut said = json!({ "id": check.id, "state": check.state, "code": check.code });
    let times = [("as_of", check.as_of), ("at", check.at)];
    for (name, time) in times {
        if let Some(time) = time {
            said[name] = build::timestamp(time).into();
        }
    }
    for (name, word) in [("proof", &check.proof), ("reason", &check.reason)] {
        if let Some(word) = word {
            said[name] = word.as_str().into();
        }
    }
    said
}

/// Prepare a receipt for the key of this address.
pub fn prepare(document: Value, verification_method: &str, created: DateTime<Utc>) -> ToBeSigned {
    let proof = json!({
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": build::timestamp(created),
        "verificationMethod": verification_method,
        "proofPurpose": "assertionMethod",
    });
    let message = message_of(&document, &proof);
    ToBeSigned { document, proof, message }
}

impl ToBeSigned {
    /// What the key signs (ECDSA, P-256, SHA-256).
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The receipt. `signature` is r ‖ s, and is checked first.
    pub fn attach(
        mut self,
        signature: &[u8; 64],
        public_key: &[u8],
    ) -> Result<Value, SignReceiptError> {
        if !holds(&self.message, signature, public_key) {
            return Err(SignReceiptError::WrongSignature);
        }
        self.proof["proofValue"] = multibase::encode(signature).into();
        self.document["proof"] = self.proof;
        Ok(self.document)
    }
}

/// Whether a JSON document is a receipt of some hub.
pub fn is_receipt(document: &Value) -> bool {
    document["type"] == RECEIPT_TYPE
}

/// The DID document of the hub, with the key of its receipts (Controlled Identifiers 1.0 §2).
pub fn did_document(did: &str, kid: &str, public_key: &[u8]) -> Value {
    let key = VerifyingKey::from_sec1_bytes(public_key).ok();
    let compressed = key.map(|key| key.to_sec1_point(true).as_bytes().to_vec()).unwrap_or_default();
    let method = format!("{did}#{kid}");
    json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": [{
            "id": method,
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": multibase::encode_p256(&compressed),
        }],
        "assertionMethod": [method],
    })
}

/// The report on a receipt. Its verdict is never better than the one the receipt speaks of, and never plainly valid:
/// a receipt says what was, and is no document of a college.
pub fn judge(
    document: &Value,
    did: &str,
    kid: &str,
    public_key: &[u8],
    now: DateTime<Utc>,
) -> Report {
    let mut report = Report::empty(ReportKind::Receipt, now);
    report.id = document["id"].as_str().map(str::to_owned);
    report.push(Check::new(
        CheckId::Format,
        CheckState::Warn,
        "receipt",
        "This is the receipt of an earlier check, not a document of a college.",
    ));
    let ours = document["issuer"] == did;
    report.push(signature(document, &format!("{did}#{kid}"), ours, public_key));
    report.push(if ours {
        Check::new(CheckId::Issuer, CheckState::Pass, "this_hub", "It names this hub.")
    } else {
        let message = "It names another hub, whose key is not known here.";
        Check::new(CheckId::Issuer, CheckState::Unknown, "unknown_issuer", message)
    });
    let checked_at = reading::read_time(&document["checked_at"]);
    report.push(Check { at: checked_at, ..time(checked_at, now) });
    report.push(Check { as_of: checked_at, ..what_it_says(document) });
    report.push(Check::new(
        CheckId::Record,
        CheckState::NotApplicable,
        "not_kept",
        "The hub keeps no receipts.",
    ));
    report.document = Some(document.clone());
    report
}

fn signature(document: &Value, method: &str, ours: bool, public_key: &[u8]) -> Check {
    let proof = &document["proof"];
    let named = proof["verificationMethod"].as_str();
    let (state, code, message) = if !ours {
        (CheckState::Unknown, "key_not_available", "The key of the hub it names is not known here.")
    } else if !is_plain(proof) {
        (
            CheckState::Fail,
            "malformed_proof",
            "The proof is not of the form of this hub's receipts.",
        )
    } else if named != Some(method) {
        (CheckState::Fail, "unknown_key", "The proof names a key that does not sign receipts here.")
    } else {
        let value = proof["proofValue"].as_str().and_then(|text| multibase::decode(text, 64));
        let mut bare = proof.clone();
        bare.as_object_mut().map(|members| members.remove("proofValue"));
        let message = message_of(document, &bare);
        match value.and_then(|value| <[u8; 64]>::try_from(value).ok()) {
            Some(value) if holds(&message, &value, public_key) => (
                CheckState::Pass,
                "ok",
                "This hub signed the receipt, and it was not changed since.",
            ),
            _ => (
                CheckState::Fail,
                "bad_signature",
                "The signature does not belong to this receipt: it was changed or forged.",
            ),
        }
    };
    Check {
        proof: Some(SUITE.to_owned()),
        key: named.map(str::to_owned),
        ..Check::new(CheckId::Signature, state, code, message)
    }
}

fn is_plain(proof: &Value) -> bool {
    proof["type"] == "DataIntegrityProof"
        && proof["cryptosuite"] == SUITE
        && proof["proofPurpose"] == "assertionMethod"
        && proof.as_object().is_some_and(|members| members.len() == 6)
        && reading::read_time(&proof["created"]).is_some()
}

fn time(checked_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Check {
    match checked_at {
        Some(at) if at <= now => Check::new(
            CheckId::Validity,
            CheckState::Pass,
            "ok",
            "It says when the check was made.",
        ),
        Some(_) => Check::new(
            CheckId::Validity,
            CheckState::Fail,
            "not_yet_valid",
            "It speaks of a time that has not come yet.",
        ),
        None => {
            Check::new(CheckId::Validity, CheckState::Fail, "no_dates", "It does not say when.")
        }
    }
}

fn what_it_says(document: &Value) -> Check {
    let verdict = serde_json::from_value::<Verdict>(document["verdict"].clone()).ok();
    let (state, code, message) = match verdict {
        Some(Verdict::Valid) => {
            (CheckState::Pass, "receipt_valid", "The document was valid at that time.")
        }
        Some(Verdict::ValidWithRemark) => (
            CheckState::Warn,
            "receipt_valid_with_remark",
            "The document was valid at that time, with a remark.",
        ),
        Some(Verdict::Incomplete) => (
            CheckState::Unknown,
            "receipt_incomplete",
            "The document could not be checked completely at that time.",
        ),
        Some(Verdict::NotValid) => {
            (CheckState::Fail, "receipt_not_valid", "The document was not valid at that time.")
        }
        None => (CheckState::Fail, "receipt_unreadable", "The receipt names no verdict."),
    };
    Check::new(CheckId::Status, state, code, message)
}

/// SHA-256 of the proof without its value, then of the receipt without its proof (Data Integrity ECDSA §3.3.4).
fn message_of(document: &Value, proof: &Value) -> [u8; 64] {
    let mut message = [0; 64];
    message[..32].copy_from_slice(&sha256(&jcs(proof)));
    message[32..].copy_from_slice(&sha256(&jcs_unsecured(document)));
    message
}

fn holds(message: &[u8], signature: &[u8; 64], public_key: &[u8]) -> bool {
    let key = VerifyingKey::from_sec1_bytes(public_key).ok();
    let signature = Signature::from_slice(signature).ok();
    key.zip(signature).is_some_and(|(key, signature)| key.verify(message, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::SigningKey;
    use p256::ecdsa::signature::Signer;

    use super::*;

    const DID: &str = "did:web:hub.example";
    const KID: &str = "receipts-2026-11-0a1b2c";

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_767_607_200, 0).unwrap()
    }

    fn key() -> SigningKey {
        SigningKey::from_slice(&[7; 32]).unwrap()
    }

    fn public() -> Vec<u8> {
        key().verifying_key().to_sec1_point(false).as_bytes().to_vec()
    }

    fn facts() -> ReceiptFacts {
        ReceiptFacts {
            id: Uuid::nil(),
            issuer: DID.to_owned(),
            form: "json",
            digest: "sha256-AAAA".to_owned(),
            octets: 12,
        }
    }

    fn signed(report: &Report) -> Value {
        let prepared = prepare(receipt(report, &facts()), &format!("{DID}#{KID}"), now());
        let signature: Signature = key().sign(prepared.message());
        prepared.attach(&signature.to_bytes().into(), &public()).unwrap()
    }

    fn of(state: CheckState) -> Report {
        let mut report = Report::empty(ReportKind::Achievement, now());
        report.push(Check {
            link: Some("https://hub.example/colleges/anna/credentials/1".into()),
            ..Check::new(CheckId::Status, state, "active", "A sentence.")
        });
        report
    }

    fn words(report: &Report) -> Vec<String> {
        let word = |check: &Check| format!("{:?} {:?} {}", check.id, check.state, check.code);
        report.checks.iter().map(word).collect()
    }

    #[test]
    fn a_receipt_of_a_valid_document_holds_and_is_never_plainly_valid() {
        let receipt = signed(&of(CheckState::Pass));
        let report = judge(&receipt, DID, KID, &public(), now());
        assert_eq!(report.verdict, Verdict::ValidWithRemark);
        assert_eq!(
            words(&report),
            [
                "Format Warn receipt",
                "Signature Pass ok",
                "Issuer Pass this_hub",
                "Validity Pass ok",
                "Status Pass receipt_valid",
                "Record NotApplicable not_kept"
            ]
        );
        assert!(!receipt.to_string().contains("/credentials/"), "{receipt}");
    }

    #[test]
    fn a_receipt_is_no_better_than_what_it_speaks_of() {
        for (state, verdict) in [
            (CheckState::Warn, Verdict::ValidWithRemark),
            (CheckState::Unknown, Verdict::Incomplete),
            (CheckState::Fail, Verdict::NotValid),
        ] {
            let report = judge(&signed(&of(state)), DID, KID, &public(), now());
            assert_eq!(report.verdict, verdict);
        }
    }

    #[test]
    fn every_change_to_a_receipt_is_found() {
        let receipt = signed(&of(CheckState::Fail));
        for (place, value) in [
            ("/verdict", json!("valid")),
            ("/checked_at", json!("2025-01-05T10:00:00Z")),
            ("/presented/digest", json!("sha256-BBBB")),
            ("/checks/0/state", json!("pass")),
            ("/proof/created", json!("2025-01-05T10:00:00Z")),
            ("/proof/proofValue", json!("z1111")),
            ("/proof/proofPurpose", json!("authentication")),
            ("/proof/verificationMethod", json!("did:web:hub.example#key-2026-01-8d20e7")),
            ("/issuer", json!("did:web:other.example")),
        ] {
            let mut changed = receipt.clone();
            *changed.pointer_mut(place).unwrap() = value;
            let report = judge(&changed, DID, KID, &public(), now());
            let signature = &report.checks[1];
            assert_ne!(signature.state, CheckState::Pass, "{place}");
            assert_eq!(signature.state == CheckState::Unknown, place == "/issuer", "{place}");
        }
        let mut more = receipt;
        more["note"] = "added".into();
        assert_eq!(judge(&more, DID, KID, &public(), now()).checks[1].code, "bad_signature");
    }

    #[test]
    fn a_receipt_from_the_future_or_without_a_verdict_fails() {
        let receipt = signed(&of(CheckState::Pass));
        let before = now() - chrono::TimeDelta::seconds(1);
        assert_eq!(judge(&receipt, DID, KID, &public(), before).verdict, Verdict::NotValid);
        assert_eq!(what_it_says(&json!({ "verdict": "splendid" })).state, CheckState::Fail);
    }

    #[test]
    fn another_key_makes_no_receipt() {
        let prepared = prepare(receipt(&of(CheckState::Pass), &facts()), "did:web:x#y", now());
        let other = SigningKey::from_slice(&[8; 32]).unwrap();
        let signature: Signature = other.sign(prepared.message());
        assert!(prepared.attach(&signature.to_bytes().into(), &public()).is_err());
    }

    #[test]
    fn the_hub_publishes_the_key_as_a_multikey() {
        let document = did_document(DID, KID, &public());
        let text = document["verificationMethod"][0]["publicKeyMultibase"].as_str().unwrap();
        // `zDn` begins every compressed P-256 Multikey.
        assert!(text.starts_with("zDn"), "{text}");
        assert_eq!(document["assertionMethod"][0], format!("{DID}#{KID}"));
    }
}
