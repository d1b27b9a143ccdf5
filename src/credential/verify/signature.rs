//! The proofs of a document: both, with one key, of the right kind and state.

use serde_json::Value;

use super::{Case, Check, CheckId, CheckState, IssuerRecord, KeyRecord};
use crate::credential::multibase;
use crate::credential::proof::{self, CheckProofError, Suite};
use crate::credential::rdf::CanonicalizeError;
use crate::credential::reading;
use crate::domain::key::{KeyPurpose, KeyState};

/// Members of a proof as we write it; the jcs proof has `@context` besides.
const MEMBERS: [&str; 6] =
    ["type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"];

/// One check per proof, and one more where a proof is missing or too many.
pub(super) fn checks(case: Case<'_>) -> Vec<Check> {
    let proofs = match case.document.get("proof") {
        Some(Value::Array(proofs)) => proofs.as_slice(),
        Some(proof) => std::slice::from_ref(proof),
        None => &[],
    };
    match case.college {
        Some(college) => own(case, college, proofs),
        None => foreign(case, proofs),
    }
}

/// A document of this hub has exactly the two proofs: a proof set is unordered and can be stripped.
fn own(case: Case<'_>, college: &IssuerRecord, proofs: &[Value]) -> Vec<Check> {
    let of =
        |suite: Suite| proofs.iter().filter(move |proof| proof["cryptosuite"] == suite.as_str());
    let mut checks = Vec::new();
    for suite in Suite::ALL {
        match of(suite).next() {
            Some(proof) => checks.push(own_proof(case, college, proof, suite)),
            None => checks.push(Check {
                proof: Some(suite.as_str().into()),
                ..fail(
                    "missing_proof",
                    "A proof that every document of this hub carries is missing.",
                )
            }),
        }
    }
    if proofs.len() > Suite::ALL.len() || proofs.iter().any(|proof| suite_of(proof).is_none()) {
        checks
            .push(fail("extra_proof", "There is a proof that documents of this hub do not carry."));
    }
    let mut keys = proofs.iter().map(|proof| &proof["verificationMethod"]);
    if let Some(first) = keys.next()
        && keys.any(|key| key != first)
    {
        checks.push(fail("different_keys", "The proofs name different keys."));
    }
    checks
}

fn own_proof(case: Case<'_>, college: &IssuerRecord, proof: &Value, suite: Suite) -> Check {
    let method = proof["verificationMethod"].as_str().unwrap_or_default();
    let mut check = match college.keys.iter().find(|key| key.id == method) {
        _ if !is_plain(proof, suite) => {
            fail("malformed_proof", "The proof is not of the form that this hub writes.")
        }
        None => fail("unknown_key", "The proof names a key that the college never had."),
        Some(key) if key.purpose != KeyPurpose::Credentials => {
            fail("wrong_key_kind", "The proof names a key that may not sign credentials.")
        }
        Some(key) => match proof::check(case.document, proof, &key.public_key) {
            Ok(()) => state_of(key, case),
            Err(error) => broken(&error),
        },
    };
    check.proof = Some(suite.as_str().into());
    check.key = Some(method.to_owned());
    check
}

/// Whether a proof has exactly the members we write, and a time.
fn is_plain(proof: &Value, suite: Suite) -> bool {
    let Some(members) = proof.as_object() else {
        return false;
    };
    let extra = usize::from(suite == Suite::Jcs);
    MEMBERS.iter().all(|name| members.get(*name).is_some_and(Value::is_string))
        && members.contains_key("@context") == (suite == Suite::Jcs)
        && members.len() == MEMBERS.len() + extra
        && reading::read_time(&members["created"]).is_some()
}

/// What a good signature is worth, by the state of its key.
pub(super) fn state_of(key: &KeyRecord, case: Case<'_>) -> Check {
    match key.state {
        KeyState::Active => pass("ok", "The signature is genuine."),
        KeyState::Retired => {
            pass("ok", "The signature is genuine; the key has been replaced since, as planned.")
        }
        KeyState::Pending => fail("key_not_in_use", "The key was never in use."),
        KeyState::Frozen => Check::new(
            CheckId::Signature,
            CheckState::Warn,
            "key_frozen",
            "The signature is genuine, but the college has stopped using the key while it looks into it.",
        ),
        KeyState::Compromised => compromised(key, case),
    }
}

/// Dates in a document prove nothing here, for a thief writes them: only an outside witness of the record does.
fn compromised(key: &KeyRecord, case: Case<'_>) -> Check {
    let witnessed = case.record.and_then(|record| {
        // Each generation for itself: a later one, perhaps signed by another key, came after what was witnessed.
        let hash = proof::record_hash(case.document);
        let generation = record.generations.iter().position(|known| *known == hash)?;
        record.witnessed_at.get(generation).copied().flatten()
    });
    let before =
        matches!((witnessed, key.compromised_since), (Some(seen), Some(since)) if seen < since);
    let mut check = if before {
        Check::new(
            CheckId::Signature,
            CheckState::Warn,
            "recorded_before_compromise",
            "The key has fallen into other hands since, but this document was on record before.",
        )
    } else {
        fail(
            "key_compromised",
            "The key has fallen into other hands; its signatures prove nothing. If the document is genuine, its address serves one that was signed anew.",
        )
    };
    check.at = key.compromised_since;
    check
}

/// What can be said offline about somebody else's document.
fn foreign(case: Case<'_>, proofs: &[Value]) -> Vec<Check> {
    if proofs.is_empty() {
        return vec![fail("missing_proof", "The document is not signed.")];
    }
    proofs.iter().map(|proof| foreign_proof(case, proof)).collect()
}

fn foreign_proof(case: Case<'_>, proof: &Value) -> Check {
    let method = proof["verificationMethod"].as_str().unwrap_or_default();
    let mut check = match (suite_of(proof), key_in_did(method, case.issuer_did)) {
        (None, _) => unknown("unknown_suite", "The proof is of a kind that is not known here."),
        (Some(_), None) => unknown(
            "key_not_available",
            "The issuer's key is not known here, and nothing is fetched.",
        ),
        (Some(_), Some(key)) => match proof::check(case.document, proof, &key) {
            Ok(()) => pass(
                "ok",
                "The signature is genuine for the key that the issuer's own identifier names.",
            ),
            Err(CheckProofError::Canonicalize(CanonicalizeError::TooComplex)) => unknown(
                "too_complex",
                "The signature could not be checked: the document is too tangled.",
            ),
            Err(error) => broken(&error),
        },
    };
    check.proof = proof["cryptosuite"].as_str().map(str::to_owned);
    check.key = Some(method.to_owned());
    check
}

/// The key that a `did:key` issuer is (did:key §3.1).
fn key_in_did(method: &str, issuer_did: &str) -> Option<[u8; 32]> {
    let key = issuer_did.strip_prefix("did:key:")?;
    (method == format!("{issuer_did}#{key}")).then(|| multibase::decode_ed25519(key))?
}

fn suite_of(proof: &Value) -> Option<Suite> {
    proof["cryptosuite"].as_str().and_then(Suite::find)
}

fn broken(error: &CheckProofError) -> Check {
    let message = match error {
        CheckProofError::BadSignature => {
            "The signature does not belong to this document: it was changed or forged.".into()
        }
        CheckProofError::OtherContext => {
            "The document's contexts are not the ones that were signed.".into()
        }
        CheckProofError::Malformed
        | CheckProofError::UnknownSuite
        | CheckProofError::Canonicalize(_) => {
            format!("The signature cannot hold: {error}.")
        }
    };
    fail(error.code(), message)
}

fn pass(code: &str, message: &str) -> Check {
    Check::new(CheckId::Signature, CheckState::Pass, code, message)
}

fn fail(code: &str, message: impl Into<String>) -> Check {
    Check::new(CheckId::Signature, CheckState::Fail, code, message)
}

fn unknown(code: &str, message: &str) -> Check {
    Check::new(CheckId::Signature, CheckState::Unknown, code, message)
}
