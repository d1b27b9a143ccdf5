//! The VC-API without colleges, people or a database, as the public test suites ask for it: an issuer that is a
//! `did:key` made at the start, and one status list in memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::Answer;
use super::required;
use crate::credential::contexts::CREDENTIALS_V2;
use crate::credential::proof::Suite;
use crate::credential::status_list::{BITS, BitString};
use crate::credential::vc_api::{self, Flaw, FlawKind, Options};
use crate::keystore::{Algorithm, KeyOwner, Keystore, SealedKey, SealedKeyRef};

/// What a status entry of this issuer is for.
const PURPOSE: &str = "revocation";

/// An issuer and verifier for test suites. Everything of it is lost with the process.
pub struct Conformance {
    keystore: Keystore,
    key: SealedKey,
    key_id: Uuid,
    public_key: [u8; 32],
    issuer: String,
    verification_method: String,
    base_url: String,
    clock: fn() -> DateTime<Utc>,
    statuses: Mutex<Statuses>,
}

/// The one status list, and which credential has which position.
#[derive(Default)]
struct Statuses {
    bits: BitString,
    positions: HashMap<String, u32>,
    next: u32,
}

impl Conformance {
    /// Make a key; `base_url` is where this is served, without a slash at its end.
    pub fn new(base_url: String, clock: fn() -> DateTime<Utc>) -> anyhow::Result<Self> {
        let keystore = Keystore::forgetful()?;
        let key_id = fresh_id();
        let key = keystore.create(KeyOwner::Platform, key_id, Algorithm::Ed25519)?;
        let public_key: [u8; 32] =
            key.public_key.as_slice().try_into().context("an Ed25519 key has 32 octets")?;
        let (issuer, verification_method) = vc_api::did_key(&public_key);
        Ok(Self {
            keystore,
            key,
            key_id,
            public_key,
            issuer,
            verification_method,
            base_url,
            clock,
            statuses: Mutex::default(),
        })
    }

    /// The `did:key` of the issuer.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What a test suite's configuration needs to know, in the form that the W3C suites read.
    pub fn implementation(&self) -> Value {
        let base = &self.base_url;
        let issuer = |path: &str, tags: &[&str]| json!({ "id": self.issuer, "endpoint": format!("{base}{path}"), "tags": tags, "supports": { "vc": ["1.1", "2.0"] } });
        let all = ["vc2.0", "eddsa-rdfc-2022", "eddsa-jcs-2022", "BitstringStatusList"];
        json!({
            "name": "Smart Student Hub",
            "implementation": "Smart Student Hub",
            "issuers": [
                issuer("/credentials/issue", &["vc2.0", "eddsa-rdfc-2022", "BitstringStatusList"]),
                issuer("/eddsa-jcs-2022/credentials/issue", &["eddsa-jcs-2022"]),
            ],
            "verifiers": [issuer("/credentials/verify", &all)],
            "vpVerifiers": [issuer("/presentations/verify", &all)],
        })
    }

    /// Issue a credential with one proof; `suite` is what the address or the options ask for.
    pub fn issue(&self, body: &Value, suite: Option<Suite>) -> Result<Value, Flaw> {
        let credential = required(body, "credential")?.clone();
        let named = body.get("options").and_then(|options| options.get("cryptosuite"));
        let named = match named {
            None | Some(Value::Null) => None,
            Some(name) => Some(
                name.as_str()
                    .and_then(Suite::find)
                    .ok_or_else(|| Flaw::malformed("`options.cryptosuite` is not known here"))?,
            ),
        };
        let document = vc_api::complete(credential, &self.issuer)?;
        let document = self.with_status(document)?;
        self.sign(document, suite.or(named).unwrap_or(Suite::Rdfc))
    }

    /// Judge the credential in a request.
    pub fn verify_credential(&self, body: &Value) -> Answer {
        let judged = required(body, "verifiableCredential").and_then(|document| {
            let options = Options::read(body.get("options"))?;
            Ok(vc_api::credential(document, &options, &|url| self.list(url), self.now()))
        });
        judged.map_or_else(Answer::from, Answer::from)
    }

    /// Judge the presentation in a request.
    pub fn verify_presentation(&self, body: &Value) -> Answer {
        let judged = required(body, "verifiablePresentation").and_then(|document| {
            let options = Options::read(body.get("options"))?;
            let inside = |_: usize, credential: &Value| {
                vc_api::credential(
                    credential,
                    &Options::default(),
                    &|url| self.list(url),
                    self.now(),
                )
            };
            Ok(vc_api::presentation(document, &options, &inside, self.now()))
        });
        judged.map_or_else(Answer::from, Answer::from)
    }

    /// Set the status of a credential that was issued here: `{credentialId, credentialStatus: {type, statusPurpose}}`.
    pub fn set_status(&self, body: &Value) -> Result<(), Flaw> {
        let id = required(body, "credentialId")?.as_str();
        let status = required(body, "credentialStatus")?;
        if status["type"] != "BitstringStatusListEntry" || status["statusPurpose"] != PURPOSE {
            return Err(Flaw::malformed("only the revocation status can be set here"));
        }
        let mut statuses = self.statuses();
        let position = id.and_then(|id| statuses.positions.get(id).copied());
        let position =
            position.ok_or_else(|| Flaw::malformed("no such credential was issued here"))?;
        statuses.bits.set(position).map_err(|error| Flaw::malformed(error.to_string()))
    }

    /// The signed status list at an address, where there is one.
    pub fn list(&self, url: &str) -> Option<Value> {
        if url != self.list_url() {
            return None;
        }
        let encoded = self.statuses().bits.encode();
        let url = self.list_url();
        let document = json!({
            "@context": [CREDENTIALS_V2],
            "id": url,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self.issuer,
            "validFrom": self.now().trunc_subsecs(0).to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            "credentialSubject": {
                "id": format!("{url}#list"),
                "type": "BitstringStatusList",
                "statusPurpose": PURPOSE,
                "encodedList": encoded,
            },
        });
        self.sign(document, Suite::Rdfc).ok()
    }

    /// Where the status list is served.
    pub fn list_url(&self) -> String {
        format!("{}/status/1", self.base_url)
    }

    /// A credential of data model 2.0 gets a position in the status list, and an id where it has none; one that
    /// brings a status, or is itself a list, stays as it is.
    fn with_status(&self, mut document: Value) -> Result<Value, Flaw> {
        let is_list = document["type"]
            .as_array()
            .is_some_and(|types| types.iter().any(|name| name == "BitstringStatusListCredential"));
        if is_list
            || document.get("credentialStatus").is_some()
            || document["@context"][0] != CREDENTIALS_V2
        {
            return Ok(document);
        }
        if document.get("id").is_none() {
            document["id"] = format!("urn:uuid:{}", fresh_id()).into();
        }
        let id = document["id"].as_str().unwrap_or_default().to_owned();
        let mut statuses = self.statuses();
        if statuses.next == BITS {
            return Err(Flaw::new(
                FlawKind::Range,
                "the status list is full: start the server anew",
            ));
        }
        let position = statuses.next;
        statuses.next += 1;
        statuses.positions.insert(id, position);
        document["credentialStatus"] = vc_api::status_entry(&self.list_url(), position, PURPOSE);
        Ok(document)
    }

    fn sign(&self, document: Value, suite: Suite) -> Result<Value, Flaw> {
        let prepared = vc_api::prepare(document, suite, &self.verification_method, self.now())?;
        let key = SealedKeyRef {
            owner: KeyOwner::Platform,
            key_id: self.key_id,
            algorithm: self.key.algorithm,
            bytes: &self.key.bytes,
            version: self.key.version,
        };
        let signatures = self.keystore.sign_batch(&key, &[prepared.message()]);
        let signature = signatures.ok().and_then(|signatures| signatures.first().copied());
        let signature = signature
            .ok_or_else(|| Flaw::new(FlawKind::Cryptographic, "the key could not be used"))?;
        prepared.attach(&signature, &self.public_key)
    }

    fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    fn statuses(&self) -> std::sync::MutexGuard<'_, Statuses> {
        // Nothing is done under the lock that could leave it half done.
        self.statuses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::disallowed_methods, reason = "ids of a profile that has no App to draw them")]
fn fresh_id() -> Uuid {
    Uuid::new_v4()
}
