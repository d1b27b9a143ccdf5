//! Securing a credential with one proof, by an issuer that is a `did:key`.

use chrono::{DateTime, Utc};
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Map, Value, json};

use super::model::{self, Version};
use super::{Flaw, FlawKind, proofs};
use crate::credential::contexts::DATA_INTEGRITY;
use crate::credential::proof::Suite;
use crate::credential::{build, multibase, rdf};

/// A credential as it will be signed: its issuer named, the context of its proof there.
///
/// A given id and given contexts stay. The issuer becomes the one whose key signs, whatever was named: what it says of
/// itself besides its id stays.
pub fn complete(mut credential: Value, issuer: &str) -> Result<Value, Flaw> {
    let members = credential
        .as_object_mut()
        .ok_or_else(|| Flaw::malformed("the credential is not an object"))?;
    if members.contains_key("proof") {
        return Err(Flaw::malformed("the credential has a proof already"));
    }
    match members.get_mut("issuer") {
        None => {
            members.insert("issuer".into(), issuer.into());
        }
        Some(Value::Object(profile)) if !profile.contains_key("id") => {
            profile.insert("id".into(), issuer.into());
        }
        Some(_) => {}
    }
    let version = model::credential(&credential)?;
    match &mut credential["issuer"] {
        Value::Object(profile) => profile.insert("id".into(), issuer.into()),
        named => Some(std::mem::replace(named, issuer.into())),
    };
    if version == Version::V1
        && let Some(contexts) = credential["@context"].as_array_mut()
        && !contexts.iter().any(|context| context == DATA_INTEGRITY)
    {
        contexts.push(DATA_INTEGRITY.into());
    }
    Ok(credential)
}

/// A credential, its proof without the value, and what the key has to sign.
#[derive(Clone, Debug)]
pub struct PreparedProof {
    document: Value,
    options: Map<String, Value>,
    message: [u8; 64],
}

/// Work out what one proof of a credential signs.
pub fn prepare(
    document: Value,
    suite: Suite,
    verification_method: &str,
    created: DateTime<Utc>,
) -> Result<PreparedProof, Flaw> {
    let mut options = Map::new();
    options.insert("type".into(), "DataIntegrityProof".into());
    options.insert("cryptosuite".into(), suite.as_str().into());
    options.insert("created".into(), build::timestamp(created).into());
    options.insert("verificationMethod".into(), verification_method.into());
    options.insert("proofPurpose".into(), "assertionMethod".into());
    if suite == Suite::Jcs {
        options.insert("@context".into(), document["@context"].clone());
    }
    // Also where the proof is over the JSON: a document that says less than it seems to is not signed.
    let hash = rdf::general_hash(&document)?;
    let message = proofs::signed_message(&document, Some(hash), &options, suite)?;
    Ok(PreparedProof { document, options, message })
}

impl PreparedProof {
    /// The 64 octets to sign with Ed25519.
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The signed credential, after the signature was checked strictly against this key.
    pub fn attach(self, signature: &[u8; 64], public_key: &[u8; 32]) -> Result<Value, Flaw> {
        VerifyingKey::from_bytes(public_key)
            .and_then(|key| key.verify_strict(&self.message, &Signature::from_bytes(signature)))
            .map_err(|_| Flaw::new(FlawKind::Cryptographic, "the signature does not verify"))?;
        let mut document = self.document;
        let mut proof = self.options;
        proof.insert("proofValue".into(), multibase::encode(signature).into());
        document["proof"] = json!(proof);
        Ok(document)
    }
}
