//! The proof set of every document: `eddsa-rdfc-2022`, then `eddsa-jcs-2022`, with the same key
//! (W3C Data Integrity EdDSA Cryptosuites 1.0).
//!
//! Making a proof has two halves, so that the key stays in its store: [`prepare`] says what to sign,
//! [`ToBeSigned::attach`] takes the signatures and hands out nothing it has not checked.

use std::cell::Cell;

use chrono::{DateTime, Utc};
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::digest::{jcs, jcs_unsecured, sha256};
use super::rdf::{self, CanonicalizeError};
use super::{build, multibase};

/// The two suites, in the order of the proof set.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Suite {
    /// Binds the RDF statements: what today's verifiers read.
    Rdfc,
    /// Binds the JSON structure: order, duplicates, contexts.
    Jcs,
}

impl Suite {
    /// Both, in the order of the proof set.
    pub const ALL: [Self; 2] = [Self::Rdfc, Self::Jcs];

    /// Its registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rdfc => "eddsa-rdfc-2022",
            Self::Jcs => "eddsa-jcs-2022",
        }
    }

    /// The suite of this registered name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.as_str() == name)
    }
}

/// Who signs, and when.
#[derive(Clone, Debug)]
pub struct ProofOptions {
    /// The key's full address: the DID, `#`, the key's fragment.
    pub verification_method: String,
    /// When the proof is made; stored with the approval, whole seconds.
    pub created: DateTime<Utc>,
}

/// A document, its two proofs without their values, and what the key has to sign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToBeSigned {
    document: Value,
    proofs: [Value; 2],
    #[serde(with = "hex_messages")]
    messages: [[u8; 64]; 2],
}

/// Work out what the two proofs of any document sign. What a college signs goes through [`super::lint::lint`] first.
pub fn prepare(document: &Value, options: &ProofOptions) -> Result<ToBeSigned, PrepareError> {
    let members = document.as_object().ok_or(PrepareError::NotAnObject)?;
    if members.contains_key("proof") {
        return Err(PrepareError::AlreadySigned);
    }
    if !members.contains_key("@context") {
        return Err(PrepareError::NoContext);
    }
    let hashes = Hashes { rdfc: rdf::draft_hash(document)?, jcs: sha256(&jcs(document)) };
    Ok(to_be_signed(document.clone(), &hashes, options)?)
}

/// What the two suites make of a document without proofs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Hashes {
    pub(super) rdfc: [u8; 32],
    pub(super) jcs: [u8; 32],
}

pub(super) fn to_be_signed(
    document: Value,
    hashes: &Hashes,
    options: &ProofOptions,
) -> Result<ToBeSigned, CanonicalizeError> {
    let rdfc = proof_options(Suite::Rdfc, options);
    let mut jcs = proof_options(Suite::Jcs, options);
    jcs["@context"] = document["@context"].clone();
    let messages = [
        join(options_hash(&document, rdfc.clone(), Suite::Rdfc)?, hashes.rdfc),
        join(options_hash(&document, jcs.clone(), Suite::Jcs)?, hashes.jcs),
    ];
    Ok(ToBeSigned { document, proofs: [rdfc, jcs], messages })
}

impl ToBeSigned {
    /// The two messages to sign with Ed25519, each 64 bytes, in the order of the proof set.
    pub fn messages(&self) -> [&[u8]; 2] {
        [&self.messages[0], &self.messages[1]]
    }

    /// The document without its proofs.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The bytes to store before a key is touched; they decide everything about the signed document.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a JSON value and hexadecimal text always serialise")
    }

    /// Read stored bytes back; the stored messages must be those of the stored document.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReadToBeSignedError> {
        let stored: Self =
            serde_json::from_slice(bytes).map_err(|_| ReadToBeSignedError::Malformed)?;
        let [rdfc_options, jcs_options] = &stored.proofs;
        let message = join(sha256(&jcs(jcs_options)), sha256(&jcs(&stored.document)));
        if message != stored.messages[1]
            || jcs_options.get("verificationMethod") != rdfc_options.get("verificationMethod")
        {
            return Err(ReadToBeSignedError::NotTheDocument);
        }
        Ok(stored)
    }

    /// The signed document, after both signatures were checked strictly against this key.
    pub fn attach(
        self,
        signatures: &[[u8; 64]; 2],
        public_key: &[u8; 32],
    ) -> Result<Value, AttachError> {
        let key = VerifyingKey::from_bytes(public_key).map_err(|_| AttachError::NotAKey)?;
        let mut proofs = Vec::with_capacity(2);
        for ((options, message), signature) in
            self.proofs.into_iter().zip(&self.messages).zip(signatures)
        {
            key.verify_strict(message, &Signature::from_bytes(signature))
                .map_err(|_| AttachError::BadSignature)?;
            let mut proof = options;
            proof["proofValue"] = multibase::encode(signature).into();
            proofs.push(proof);
        }
        let mut document = self.document;
        document["proof"] = proofs.into();
        Ok(document)
    }
}

/// The record hash: SHA-256 of the canonical JSON of a whole signed document, proofs included.
pub fn record_hash(document: &Value) -> [u8; 32] {
    sha256(&jcs(document))
}

/// Check one proof of a document against a key.
pub fn check(
    document: &Value,
    proof: &Value,
    public_key: &[u8; 32],
) -> Result<(), CheckProofError> {
    let options = proof.as_object().ok_or(CheckProofError::Malformed)?;
    let text = |name| options.get(name).and_then(Value::as_str);
    let suite = text("cryptosuite").and_then(Suite::find).ok_or(CheckProofError::UnknownSuite)?;
    if text("type") != Some("DataIntegrityProof") || text("proofPurpose") != Some("assertionMethod")
    {
        return Err(CheckProofError::Malformed);
    }
    let signature: [u8; 64] = text("proofValue")
        .and_then(|value| multibase::decode(value, 64))
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(CheckProofError::Malformed)?;
    let mut options = options.clone();
    options.remove("proofValue");
    // §3.3.2 lets the document's context merely start with a jcs proof's; ours must be equal,
    // or a context could be added unseen.
    let repeated = options.get("@context").filter(|_| suite == Suite::Jcs);
    if repeated.is_some_and(|context| *context != document["@context"]) {
        return Err(CheckProofError::OtherContext);
    }
    let message = message(document, Value::Object(options), suite)?;
    decompressed(public_key)
        .and_then(|key| key.verify_strict(&message, &Signature::from_bytes(&signature)).ok())
        .ok_or(CheckProofError::BadSignature)
}

/// The key as a point of the curve. Decompressing it is a tenth of a strict check, and the same key comes twice in
/// every document, and mostly in the next one.
fn decompressed(public_key: &[u8; 32]) -> Option<VerifyingKey> {
    thread_local! {
        static LAST: Cell<Option<VerifyingKey>> = const { Cell::new(None) };
    }
    let known = LAST.get().filter(|key| key.as_bytes() == public_key);
    let key = known.or_else(|| VerifyingKey::from_bytes(public_key).ok())?;
    LAST.set(Some(key));
    Some(key)
}

fn proof_options(suite: Suite, options: &ProofOptions) -> Value {
    json!({
        "type": "DataIntegrityProof",
        "cryptosuite": suite.as_str(),
        "created": build::timestamp(options.created),
        "verificationMethod": options.verification_method,
        "proofPurpose": "assertionMethod",
    })
}

/// What is signed: the hash of the proof's options, then the hash of the document without its proofs
/// (EdDSA Cryptosuites 1.0 §3.2.4 and §3.3.4).
fn message(document: &Value, options: Value, suite: Suite) -> Result<[u8; 64], CanonicalizeError> {
    let options = options_hash(document, options, suite)?;
    let document = match suite {
        Suite::Rdfc => rdf::unsecured_hash(document)?,
        Suite::Jcs => sha256(&jcs_unsecured(document)),
    };
    Ok(join(options, document))
}

fn options_hash(
    document: &Value,
    mut options: Value,
    suite: Suite,
) -> Result<[u8; 32], CanonicalizeError> {
    match suite {
        Suite::Rdfc => {
            // §3.2.5: the options are read with the document's context.
            options["@context"] = document["@context"].clone();
            rdf::canonical_hash(&options)
        }
        Suite::Jcs => Ok(sha256(&jcs(&options))),
    }
}

fn join(first: [u8; 32], second: [u8; 32]) -> [u8; 64] {
    let mut joined = [0; 64];
    joined[..32].copy_from_slice(&first);
    joined[32..].copy_from_slice(&second);
    joined
}

mod hex_messages {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        messages: &[[u8; 64]; 2],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        messages.map(hex::encode).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[[u8; 64]; 2], D::Error> {
        let [first, second] = <[String; 2]>::deserialize(deserializer)?;
        let mut messages = [[0; 64]; 2];
        hex::decode_to_slice(first, &mut messages[0]).map_err(D::Error::custom)?;
        hex::decode_to_slice(second, &mut messages[1]).map_err(D::Error::custom)?;
        Ok(messages)
    }
}

/// Why a document cannot be prepared for signing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PrepareError {
    /// The document is not a JSON object.
    #[error("a document is a JSON object")]
    NotAnObject,
    /// The document has proofs already.
    #[error("the document has a proof already")]
    AlreadySigned,
    /// The document names no context.
    #[error("the document names no context")]
    NoContext,
    /// The document has no canonical form.
    #[error(transparent)]
    Canonicalize(#[from] CanonicalizeError),
}

/// Stored bytes are not what [`ToBeSigned::to_bytes`] wrote.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReadToBeSignedError {
    /// They have another form.
    #[error("the stored bytes are not a document to be signed")]
    Malformed,
    /// The stored messages are not those of the stored document.
    #[error("the stored messages do not belong to the stored document")]
    NotTheDocument,
}

/// Why signatures are not attached.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AttachError {
    /// The public key is no point of the curve.
    #[error("the public key is not an Ed25519 key")]
    NotAKey,
    /// A signature does not verify strictly.
    #[error("a signature does not verify with this key")]
    BadSignature,
}

/// Why a proof does not hold.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CheckProofError {
    /// The proof is not of the form that the suite asks for.
    #[error("the proof is malformed")]
    Malformed,
    /// The suite is neither `eddsa-rdfc-2022` nor `eddsa-jcs-2022`.
    #[error("the proof is of a suite that is not known here")]
    UnknownSuite,
    /// The context in the proof is not the document's.
    #[error("the document's context is not the one that was signed")]
    OtherContext,
    /// The document has no canonical form.
    #[error(transparent)]
    Canonicalize(#[from] CanonicalizeError),
    /// The signature does not verify.
    #[error("the signature does not verify")]
    BadSignature,
}

impl CheckProofError {
    /// The machine word of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "malformed_proof",
            Self::UnknownSuite => "unknown_suite",
            Self::OtherContext => "other_context",
            Self::Canonicalize(error) => error.code(),
            Self::BadSignature => "bad_signature",
        }
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    const RDFC_VECTOR: &str = include_str!("../../tests/vectors/w3c/eddsa-rdfc-2022.json");
    const JCS_VECTOR: &str = include_str!("../../tests/vectors/w3c/eddsa-jcs-2022.json");

    struct Vector {
        signed: Value,
        message: String,
        seed: [u8; 32],
    }

    fn vector(text: &str) -> Vector {
        let vector: Value = serde_json::from_str(text).unwrap();
        // Multicodec 0x1300: an Ed25519 private key.
        let seed = multibase::decode(vector["privateKeyMultibase"].as_str().unwrap(), 34).unwrap();
        Vector {
            signed: vector["signed"].clone(),
            message: vector["hashData"].as_str().unwrap().to_owned(),
            seed: seed[2..].try_into().unwrap(),
        }
    }

    /// Both halves of a recommendation's example: the bytes that are signed, and the signature.
    fn reproduces(text: &str, suite: Suite) {
        let vector = vector(text);
        let mut options = vector.signed["proof"].clone();
        let value = options.as_object_mut().unwrap().remove("proofValue").unwrap();
        let message = message(&vector.signed, options, suite).unwrap();
        assert_eq!(hex::encode(message), vector.message);
        let key = SigningKey::from_bytes(&vector.seed);
        let signature = key.sign(&message).to_bytes();
        assert_eq!(Value::from(multibase::encode(&signature)), value);
        let public = key.verifying_key().to_bytes();
        assert_eq!(check(&vector.signed, &vector.signed["proof"], &public), Ok(()));
    }

    #[test]
    fn the_recommendations_rdfc_example_is_reproduced_byte_for_byte() {
        reproduces(RDFC_VECTOR, Suite::Rdfc);
    }

    #[test]
    fn the_recommendations_jcs_example_is_reproduced_byte_for_byte() {
        reproduces(JCS_VECTOR, Suite::Jcs);
    }

    fn example() -> (Value, ProofOptions, SigningKey) {
        let mut document = vector(RDFC_VECTOR).signed;
        document.as_object_mut().unwrap().remove("proof");
        document["description"] = "An alumni credential of the hub.".into();
        let options = ProofOptions {
            verification_method: "did:web:hub.example#key-2026-01-8d20e7".into(),
            created: DateTime::from_timestamp(1_767_607_200, 0).unwrap(),
        };
        (document, options, SigningKey::from_bytes(&[7; 32]))
    }

    fn sign(prepared: &ToBeSigned, key: &SigningKey) -> [[u8; 64]; 2] {
        prepared.messages().map(|message| key.sign(message).to_bytes())
    }

    #[test]
    fn both_proofs_of_what_we_sign_hold_in_their_order() {
        let (document, options, key) = example();
        let public = key.verifying_key().to_bytes();
        let prepared = prepare(&document, &options).unwrap();
        let signatures = sign(&prepared, &key);
        let signed = prepared.attach(&signatures, &public).unwrap();
        let proofs = signed["proof"].as_array().unwrap();
        assert_eq!(proofs[0]["cryptosuite"], "eddsa-rdfc-2022");
        assert_eq!(proofs[1]["cryptosuite"], "eddsa-jcs-2022");
        for proof in proofs {
            assert_eq!(check(&signed, proof, &public), Ok(()));
            assert_eq!(check(&signed, proof, &[9; 32]), Err(CheckProofError::BadSignature));
        }
    }

    #[test]
    fn signing_stored_bytes_again_gives_the_same_document() {
        let (document, options, key) = example();
        let public = key.verifying_key().to_bytes();
        let stored = prepare(&document, &options).unwrap().to_bytes();
        let once = ToBeSigned::from_bytes(&stored).unwrap();
        let again = ToBeSigned::from_bytes(&stored).unwrap();
        let signatures = sign(&once, &key);
        assert_eq!(
            once.attach(&signatures, &public).unwrap().to_string(),
            again.attach(&signatures, &public).unwrap().to_string()
        );
    }

    #[test]
    fn a_signature_of_another_key_or_another_message_is_not_attached() {
        let (document, options, key) = example();
        let public = key.verifying_key().to_bytes();
        let prepared = prepare(&document, &options).unwrap();
        let [rdfc, jcs] = sign(&prepared, &key);
        assert_eq!(prepared.clone().attach(&[jcs, rdfc], &public), Err(AttachError::BadSignature));
        let other = SigningKey::from_bytes(&[8; 32]);
        let foreign = sign(&prepared, &other);
        assert_eq!(prepared.attach(&foreign, &public), Err(AttachError::BadSignature));
    }

    #[test]
    fn stored_bytes_whose_document_was_exchanged_are_not_signed() {
        let (document, options, _) = example();
        let prepared = prepare(&document, &options).unwrap();
        let mut stored: Value = serde_json::from_slice(&prepared.to_bytes()).unwrap();
        stored["document"]["name"] = "Something else".into();
        let exchanged = ToBeSigned::from_bytes(stored.to_string().as_bytes());
        assert_eq!(exchanged, Err(ReadToBeSignedError::NotTheDocument));
        assert_eq!(ToBeSigned::from_bytes(b"{}"), Err(ReadToBeSignedError::Malformed));
    }

    #[test]
    fn a_document_with_an_undefined_term_or_a_proof_is_not_prepared() {
        let (mut document, options, key) = example();
        document["@context"] = json!([super::super::contexts::CREDENTIALS_V2]);
        let refusal = prepare(&document, &options).unwrap_err();
        assert!(
            matches!(refusal, PrepareError::Canonicalize(CanonicalizeError::UndefinedTerm(_))),
            "{refusal}"
        );
        let (document, options, _) = example();
        let prepared = prepare(&document, &options).unwrap();
        let signatures = sign(&prepared, &key);
        let signed = prepared.attach(&signatures, &key.verifying_key().to_bytes()).unwrap();
        assert_eq!(prepare(&signed, &options), Err(PrepareError::AlreadySigned));
    }

    #[test]
    fn jcs_binds_order_and_contexts_that_rdfc_lets_pass() {
        let (document, options, key) = example();
        let public = key.verifying_key().to_bytes();
        let prepared = prepare(&document, &options).unwrap();
        let signatures = sign(&prepared, &key);
        let mut signed = prepared.attach(&signatures, &public).unwrap();
        signed["@context"].as_array_mut().unwrap().push(super::super::contexts::CLR.into());
        let proofs = signed["proof"].as_array().unwrap().clone();
        assert_eq!(check(&signed, &proofs[0], &public), Ok(()));
        assert_eq!(check(&signed, &proofs[1], &public), Err(CheckProofError::OtherContext));
    }
}
