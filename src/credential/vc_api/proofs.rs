//! Data Integrity proofs in general: proof sets, chains, domain and challenge (Data Integrity 1.0 §4.4, §4.5).

use chrono::{DateTime, NaiveDateTime, Utc};
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Map, Value};

use super::model::{objects, time_stamp};
use super::{Flaw, FlawKind};
use crate::credential::digest::{jcs, sha256};
use crate::credential::proof::Suite;
use crate::credential::reading::is_iri;
use crate::credential::{multibase, rdf};

/// Most proofs on one document.
const MAX_PROOFS: usize = 8;

/// What a proof is expected to be for.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    /// `assertionMethod` or `authentication`.
    pub(super) purpose: &'a str,
    /// The domains it must be made for, where the caller names some.
    pub(super) domain: Option<&'a [String]>,
    /// The challenge it must answer, where the caller names one.
    pub(super) challenge: Option<&'a str>,
}

/// Check every proof of a document; yields the identifiers whose keys made them.
///
/// `document_hash` is the hash of the document's canonical N-Quads without its proofs.
pub(super) fn check(
    document: &Value,
    document_hash: [u8; 32],
    expected: Expected<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<String>, Flaw> {
    let proofs = objects(document.get("proof"));
    if proofs.is_empty() || proofs.len() > MAX_PROOFS {
        return Err(Flaw::new(FlawKind::Cryptographic, "the document has no proof, or too many"));
    }
    let unsecured = unsecured(document);
    proofs
        .iter()
        .map(|proof| {
            let read = read(proof, expected, now)?;
            let previous = previous_proofs(proof, proofs)?;
            let document_hash = if previous.is_empty() { Some(document_hash) } else { None };
            let mut covered = unsecured.clone();
            if !previous.is_empty() {
                // §4.5: a proof in a chain covers the proofs before it.
                covered["proof"] = previous.into();
            }
            let message = message(&covered, document_hash, &read)?;
            VerifyingKey::from_bytes(&read.public_key)
                .and_then(|key| {
                    key.verify_strict(&message, &Signature::from_bytes(&read.signature))
                })
                .map_err(|_| Flaw::proof("a signature does not belong to the document"))?;
            Ok(read.controller)
        })
        .collect()
}

/// A document without its proofs.
pub(super) fn unsecured(document: &Value) -> Value {
    let members = document.as_object().into_iter().flatten();
    let kept: Map<String, Value> = members
        .filter(|(name, _)| *name != "proof")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Value::Object(kept)
}

/// What is signed with these options: their hash, then the document's (EdDSA Cryptosuites 1.0 §3.2.4, §3.3.4).
pub(super) fn signed_message(
    document: &Value,
    document_hash: Option<[u8; 32]>,
    options: &Map<String, Value>,
    suite: Suite,
) -> Result<[u8; 64], Flaw> {
    let (options, document) = match suite {
        Suite::Rdfc => {
            let mut options = options.clone();
            // §3.2.5: the options are read with the document's context.
            options.insert("@context".into(), document["@context"].clone());
            let document = match document_hash {
                Some(hash) => hash,
                None => rdf::general_hash(document)?,
            };
            (rdf::general_hash(&Value::Object(options))?, document)
        }
        Suite::Jcs => (sha256(&jcs(&Value::Object(options.clone()))), sha256(&jcs(document))),
    };
    let mut message = [0; 64];
    message[..32].copy_from_slice(&options);
    message[32..].copy_from_slice(&document);
    Ok(message)
}

/// A proof whose form is right.
struct Read {
    suite: Suite,
    options: Map<String, Value>,
    controller: String,
    public_key: [u8; 32],
    signature: [u8; 64],
}

fn message(document: &Value, hash: Option<[u8; 32]>, proof: &Read) -> Result<[u8; 64], Flaw> {
    if proof.suite == Suite::Jcs
        && let Some(context) = proof.options.get("@context")
        && *context != document["@context"]
    {
        // The suite lets the document's context merely begin with the proof's; then one could be added unseen.
        return Err(Flaw::proof("the document's contexts are not those that were signed"));
    }
    signed_message(document, hash, &proof.options, proof.suite)
}

fn read(proof: &Value, expected: Expected<'_>, now: DateTime<Utc>) -> Result<Read, Flaw> {
    let members = proof.as_object().ok_or_else(|| Flaw::proof("a proof is not an object"))?;
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    if text("type") != Some("DataIntegrityProof") {
        return Err(Flaw::proof("a proof is not a DataIntegrityProof"));
    }
    let suite = text("cryptosuite")
        .and_then(Suite::find)
        .ok_or_else(|| Flaw::proof("a proof is neither eddsa-rdfc-2022 nor eddsa-jcs-2022"))?;
    if text("proofPurpose") != Some(expected.purpose) {
        return Err(Flaw::proof(format!("a proof is not for the purpose {}", expected.purpose)));
    }
    if members.get("id").is_some_and(|id| !id.as_str().is_some_and(is_iri)) {
        return Err(Flaw::proof("the `id` of a proof is not an address"));
    }
    if members.get("nonce").is_some_and(|nonce| !nonce.is_string()) {
        return Err(Flaw::proof("the `nonce` of a proof is not text"));
    }
    times(members, now)?;
    audience(members, expected)?;
    let (controller, public_key) = text("verificationMethod")
        .ok_or_else(|| Flaw::proof("a proof names no key"))
        .and_then(key)?;
    let signature = text("proofValue")
        .and_then(|value| multibase::decode(value, 64))
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| Flaw::proof("a `proofValue` is not 64 octets in base58btc"))?;
    let mut options = members.clone();
    options.remove("proofValue");
    Ok(Read { suite, options, controller, public_key, signature })
}

fn times(proof: &Map<String, Value>, now: DateTime<Utc>) -> Result<(), Flaw> {
    for name in ["created", "expires"] {
        let Some(value) = proof.get(name) else { continue };
        let time = lenient_time(value)
            .ok_or_else(|| Flaw::proof(format!("`{name}` of a proof is not a date and time")))?;
        if name == "expires" && time <= now {
            return Err(Flaw::proof("a proof has expired"));
        }
    }
    Ok(())
}

/// §2.1: a time that lacks its offset is taken for UTC.
fn lenient_time(value: &Value) -> Option<DateTime<Utc>> {
    time_stamp(value).or_else(|| {
        let text = value.as_str()?;
        Some(NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?.and_utc())
    })
}

fn audience(proof: &Map<String, Value>, expected: Expected<'_>) -> Result<(), Flaw> {
    let domains: Option<Vec<&str>> =
        objects(proof.get("domain")).iter().map(Value::as_str).collect();
    let mut domains = domains.ok_or_else(|| Flaw::proof("the `domain` of a proof is not text"))?;
    domains.sort_unstable();
    if let Some(wanted) = expected.domain {
        let mut wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        wanted.sort_unstable();
        if domains != wanted {
            return Err(Flaw::new(FlawKind::Domain, "a proof was made for another domain"));
        }
    }
    let challenge = proof.get("challenge");
    if challenge.is_some_and(|challenge| !challenge.is_string()) {
        return Err(Flaw::proof("the `challenge` of a proof is not text"));
    }
    if expected.challenge.is_some_and(|wanted| challenge.and_then(Value::as_str) != Some(wanted)) {
        return Err(Flaw::new(FlawKind::Challenge, "a proof answers another challenge"));
    }
    Ok(())
}

/// The key that a verification method is, and whose it is: `did:key` says both (did:key §3.1), everybody else would
/// have to be asked.
fn key(method: &str) -> Result<(String, [u8; 32]), Flaw> {
    let invalid = |message: &str| Flaw::new(FlawKind::VerificationMethod, message);
    let Some(rest) = method.strip_prefix("did:key:") else {
        return Err(invalid(
            "the proof could not be checked: its key is not known here, and nothing is fetched",
        ));
    };
    let (id, fragment) =
        rest.split_once('#').ok_or_else(|| invalid("the verification method names no key"))?;
    let key = multibase::decode_ed25519(id)
        .filter(|_| id == fragment)
        .ok_or_else(|| invalid("the verification method is not an Ed25519 key"))?;
    Ok((format!("did:key:{id}"), key))
}

/// The proofs that a proof says come before it.
fn previous_proofs(proof: &Value, all: &[Value]) -> Result<Vec<Value>, Flaw> {
    let Some(previous) = proof.get("previousProof") else { return Ok(Vec::new()) };
    objects(Some(previous))
        .iter()
        .map(|id| {
            let id = id.as_str().ok_or_else(|| Flaw::proof("`previousProof` is not text"))?;
            let found = all.iter().find(|other| other["id"] == id && *other != proof);
            found
                .cloned()
                .ok_or_else(|| Flaw::proof("`previousProof` names a proof that is not there"))
        })
        .collect()
}
