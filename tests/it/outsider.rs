//! Somebody with a `did:key` of their own, who signs by the letter of the recommendations and by nothing of the hub's code.

use ed25519_dalek::{Signer, SigningKey};
use hub::credential::contexts;
use oxjsonld::{JsonLdParser, JsonLdRemoteDocument};
use oxrdf::Dataset;
use oxrdf::dataset::{CanonicalizationAlgorithm, CanonicalizationHashAlgorithm};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The cryptosuite over RDF statements.
pub const RDFC: &str = "eddsa-rdfc-2022";
/// The cryptosuite over JSON.
pub const JCS: &str = "eddsa-jcs-2022";

/// Somebody with a key.
pub struct Outsider {
    key: SigningKey,
}

impl Outsider {
    /// The one with this number.
    pub fn new(number: u8) -> Self {
        Self { key: SigningKey::from_bytes(&[number; 32]) }
    }

    /// `did:key:z6Mk…`.
    pub fn did(&self) -> String {
        let multicodec = [&[0xed, 0x01], self.key.verifying_key().as_bytes().as_slice()].concat();
        format!("did:key:z{}", bs58::encode(multicodec).into_string())
    }

    /// The address of the key.
    pub fn method(&self) -> String {
        let did = self.did();
        format!("{did}#{}", did.trim_start_matches("did:key:"))
    }

    /// A proof as it is ordinarily made, before it is signed.
    pub fn options(&self, suite: &str) -> Value {
        json!({
            "type": "DataIntegrityProof",
            "cryptosuite": suite,
            "created": "2026-01-05T10:00:00Z",
            "verificationMethod": self.method(),
            "proofPurpose": "assertionMethod",
        })
    }

    /// A document with one ordinary proof.
    pub fn signed(&self, document: &Value, suite: &str) -> Value {
        self.signed_with(document, self.options(suite))
    }

    /// A document with a proof of these options, whatever they say: signed as their suite has it, or as rdfc.
    pub fn signed_with(&self, document: &Value, options: Value) -> Value {
        let mut signed = document.clone();
        signed["proof"] = self.proof(document, options);
        signed
    }

    /// The proof of a document that is covered as it stands.
    pub fn proof(&self, covered: &Value, mut options: Value) -> Value {
        let (first, second) = if options["cryptosuite"] == JCS {
            options["@context"] = covered["@context"].clone();
            (jcs(&options), jcs(covered))
        } else {
            let mut read = options.clone();
            read["@context"] = covered["@context"].clone();
            (nquads(&read), nquads(covered))
        };
        let message = [Sha256::digest(first), Sha256::digest(second)].concat();
        let signature = self.key.sign(&message).to_bytes();
        options["proofValue"] = format!("z{}", bs58::encode(signature).into_string()).into();
        options
    }

    /// A presentation with an authentication proof for this domain and challenge.
    pub fn presents(&self, presentation: &Value, domain: &str, challenge: &str) -> Value {
        let mut options = self.options(RDFC);
        options["proofPurpose"] = "authentication".into();
        options["domain"] = domain.into();
        options["challenge"] = challenge.into();
        self.signed_with(presentation, options)
    }
}

fn jcs(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).unwrap()
}

/// RDFC-1.0, without any of the hub's guards.
fn nquads(document: &Value) -> Vec<u8> {
    let bytes = document.to_string();
    let quads = JsonLdParser::new().for_slice(&bytes).with_load_document_callback(|url, _| {
        let context = contexts::find_general(url).ok_or("unknown")?;
        Ok(JsonLdRemoteDocument {
            document: context.document.as_bytes().to_vec(),
            document_url: url.to_owned(),
        })
    });
    let mut dataset: Dataset = quads.map_while(Result::ok).collect();
    dataset.canonicalize(CanonicalizationAlgorithm::Rdfc10 {
        hash_algorithm: CanonicalizationHashAlgorithm::Sha256,
    });
    let mut lines: Vec<String> = dataset.iter().map(|quad| format!("{quad} .\n")).collect();
    lines.sort_unstable();
    lines.concat().into_bytes()
}
