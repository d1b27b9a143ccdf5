//! Who a college is to the world: its DID, its DID document and the history of its keys.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::digest::sha256;
use super::{build, multibase};
use crate::domain::key::{KeyPurpose, KeyState};

/// `did:web` of a college (did:web §3.2: the port's colon is written `%3A`).
pub fn did_web(host: &str, slug: &str) -> String {
    format!("did:web:{}:colleges:{slug}", host.replace(':', "%3A"))
}

/// `did:web` of the hub itself: its DID document stands at `/.well-known/did.json` (did:web §3.2).
pub fn did_web_of_hub(host: &str) -> String {
    format!("did:web:{}", host.replace(':', "%3A"))
}

/// The host that a `did:web` names, with its port.
pub fn host_of(did: &str) -> Option<String> {
    let host = did.strip_prefix("did:web:")?.split(':').next()?;
    Some(host.replace("%3A", ":").replace("%3a", ":"))
}

/// Where the hub serves a college whose DID has the form of [`did_web`]: its DID document lies right below.
///
/// did:web §3.2 resolves over HTTPS; this machine itself is for demos, which have no certificate.
pub fn base_url(did: &str) -> Option<String> {
    let path = did.strip_prefix("did:web:")?.split_once(':')?.1.replace(':', "/");
    let host = host_of(did)?;
    let scheme = if is_this_machine(&host) { "http" } else { "https" };
    Some(format!("{scheme}://{host}/{path}"))
}

/// Whether a host, with or without a port, is the machine itself: where demos run.
pub(super) fn is_this_machine(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or_default();
    name == "localhost" || name == "127.0.0.1"
}

/// The fragment that names a key: its month and six hexadecimal digits of the SHA-256 of the public key.
///
/// Not the Multikey itself: some validators take a Multikey fragment for the key and never look at the
/// DID document, so a forged key would pass there.
pub fn key_fragment(public_key: &[u8; 32], created: DateTime<Utc>) -> String {
    let digest = hex::encode(sha256(public_key));
    format!("key-{}-{}", created.format("%Y-%m"), &digest[..6])
}

/// The Multikey form of a public key: `z6Mk…`.
pub fn public_key_multibase(public_key: &[u8; 32]) -> String {
    multibase::encode_ed25519(public_key)
}

/// What the world learns of a key that signs credentials.
#[derive(Clone, Debug)]
pub struct PublishedKey {
    /// See [`key_fragment`].
    pub fragment: String,
    /// The Ed25519 public key.
    pub public_key: [u8; 32],
    /// Where it stands in its life.
    pub state: KeyState,
    /// Since when it is not to be believed, for a compromised key.
    pub revoked_since: Option<DateTime<Utc>>,
}

/// The DID document of a college (Controlled Identifiers 1.0 §2), from its credential keys.
pub fn did_document(did: &str, keys: &[PublishedKey]) -> Value {
    let published = keys.iter().filter(|key| key.state != KeyState::Pending);
    let methods: Vec<Value> = published.clone().map(|key| verification_method(did, key)).collect();
    let assertion: Vec<String> = published
        .filter(|key| may_assert(key.state))
        .map(|key| format!("{did}#{}", key.fragment))
        .collect();
    json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": assertion,
    })
}

/// Whether a key in this state stands in `assertionMethod`. Readers ignore `revoked` but honour removal.
fn may_assert(state: KeyState) -> bool {
    match state {
        KeyState::Active | KeyState::Retired | KeyState::Frozen => true,
        KeyState::Pending | KeyState::Compromised => false,
    }
}

fn verification_method(did: &str, key: &PublishedKey) -> Value {
    let mut method = json!({
        "id": format!("{did}#{}", key.fragment),
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": multibase::encode_ed25519(&key.public_key),
    });
    if let Some(since) = key.revoked_since {
        method["revoked"] = build::timestamp(since).into();
    }
    method
}

/// One key in the history of a college's keys.
#[derive(Clone, Debug)]
pub struct KeyHistory {
    /// The part of its name after the DID.
    pub fragment: String,
    /// What it signs.
    pub purpose: KeyPurpose,
    /// 32 octets for Ed25519; 65, SEC 1 uncompressed, for P-256.
    pub public_key: Vec<u8>,
    /// Where it stands in its life.
    pub state: KeyState,
    /// When it began to sign.
    pub activated_at: Option<DateTime<Utc>>,
    /// When it stopped for good.
    pub retired_at: Option<DateTime<Utc>>,
    /// Since when it is frozen.
    pub frozen_at: Option<DateTime<Utc>>,
    /// Since when it is not to be believed.
    pub compromised_since: Option<DateTime<Utc>>,
    /// Why it was given up, in words.
    pub reason: Option<String>,
}

/// `keys.json`: the history of a college's keys, of every purpose, oldest first as given.
///
/// Only keys for credentials stand in the DID document; the others are named in the same way.
pub fn keys_json(did: &str, keys: &[KeyHistory]) -> Value {
    let published = keys.iter().filter(|key| key.state != KeyState::Pending);
    let list: Vec<Value> = published
        .map(|key| {
            let ed25519: Option<[u8; 32]> = key.public_key.as_slice().try_into().ok();
            json!({
                "kid": format!("{did}#{}", key.fragment),
                "purpose": key.purpose,
                "algorithm": if ed25519.is_some() { "Ed25519" } else { "P-256" },
                "publicKeyMultibase": ed25519.map(|key| multibase::encode_ed25519(&key)),
                "fingerprint": hex::encode(sha256(&key.public_key)),
                "state": key.state,
                "activated": key.activated_at.map(build::timestamp),
                "retired": key.retired_at.map(build::timestamp),
                "frozen": key.frozen_at.map(build::timestamp),
                "compromisedSince": key.compromised_since.map(build::timestamp),
                "reason": key.reason,
            })
        })
        .collect();
    json!({ "id": did, "keys": list })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DID: &str = "did:web:hub.example:colleges:anna";

    fn key(number: u8, state: KeyState) -> PublishedKey {
        PublishedKey {
            fragment: format!("key-2026-01-{number:06x}"),
            public_key: [number; 32],
            state,
            revoked_since: (state == KeyState::Compromised)
                .then(|| DateTime::from_timestamp(1_767_607_200, 0).unwrap()),
        }
    }

    #[test]
    fn a_port_is_escaped_in_the_did_and_read_back() {
        let did = did_web("localhost:8080", "anna-univ");
        assert_eq!(did, "did:web:localhost%3A8080:colleges:anna-univ");
        assert_eq!(host_of(&did).as_deref(), Some("localhost:8080"));
        assert_eq!(host_of("did:key:z6Mk"), None);
        assert_eq!(base_url(&did).as_deref(), Some("http://localhost:8080/colleges/anna-univ"));
        assert_eq!(base_url(DID).as_deref(), Some("https://hub.example/colleges/anna"));
        assert_eq!(
            base_url("did:web:localhost.evil.example:colleges:x").as_deref(),
            Some("https://localhost.evil.example/colleges/x")
        );
        assert_eq!(base_url("did:web:college.example"), None);
    }

    #[test]
    fn a_key_is_named_by_month_and_digest_never_by_itself() {
        let created = DateTime::from_timestamp(1_767_607_200, 0).unwrap();
        // SHA-256 of 32 zero bytes begins 66687a.
        assert_eq!(key_fragment(&[0; 32], created), "key-2026-01-66687a");
    }

    #[test]
    fn each_state_of_a_key_stands_where_the_table_says() {
        let document = did_document(DID, &KeyState::ALL.map(|state| key(state as u8, state)));
        let methods: Vec<_> = document["verificationMethod"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["id"].clone())
            .collect();
        let id = |state: KeyState| json!(format!("{DID}#key-2026-01-{:06x}", state as u8));
        assert_eq!(
            methods,
            [KeyState::Active, KeyState::Retired, KeyState::Frozen, KeyState::Compromised].map(id)
        );
        assert_eq!(
            document["assertionMethod"],
            json!([KeyState::Active, KeyState::Retired, KeyState::Frozen].map(id))
        );
        assert_eq!(document["verificationMethod"][3]["revoked"], "2026-01-05T10:00:00Z");
        assert!(document["verificationMethod"][0].get("revoked").is_none());
        assert!(
            document["verificationMethod"][0]["publicKeyMultibase"]
                .as_str()
                .unwrap()
                .starts_with("z6Mk")
        );
    }

    #[test]
    fn the_history_hides_a_pending_key_and_tells_why_one_was_given_up() {
        let entry = |purpose, octets: usize, state| KeyHistory {
            fragment: "key-2026-01-000001".into(),
            purpose,
            public_key: vec![1; octets],
            state,
            activated_at: None,
            retired_at: None,
            frozen_at: None,
            compromised_since: key(1, state).revoked_since,
            reason: Some("laptop lost".into()),
        };
        let history = keys_json(
            DID,
            &[
                entry(KeyPurpose::Credentials, 32, KeyState::Pending),
                entry(KeyPurpose::Credentials, 32, KeyState::Compromised),
                entry(KeyPurpose::Documents, 65, KeyState::Active),
            ],
        );
        assert_eq!(history["keys"].as_array().unwrap().len(), 2);
        assert_eq!(history["keys"][0]["state"], "compromised");
        assert_eq!(history["keys"][0]["purpose"], "credentials");
        assert_eq!(history["keys"][0]["compromisedSince"], "2026-01-05T10:00:00Z");
        assert_eq!(history["keys"][0]["reason"], "laptop lost");
        assert_eq!(history["keys"][1]["algorithm"], "P-256");
        assert_eq!(history["keys"][1]["publicKeyMultibase"], Value::Null);
    }
}
