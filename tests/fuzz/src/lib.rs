//! The rooms of the hub that read what strangers send, as they stand, and documents to begin with.

#[path = "../../../src/credential/mod.rs"]
pub mod credential;
#[path = "../../../src/domain/mod.rs"]
pub mod domain;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use credential::issuer::key_fragment;
use credential::lint::Kind;
use credential::proof::record_hash;
use credential::verify::{IssuerRecord, KeyRecord, Knowledge, RecordEntry, RecordStatus};
use domain::key::{KeyPurpose, KeyState};
use serde_json::Value;

/// Where the hub's own test vectors lie.
pub fn vectors(kind: &str) -> Vec<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors").join(kind);
    let files = std::fs::read_dir(folder).expect("the vectors are there");
    let texts = files.map(|file| std::fs::read_to_string(file.expect("a file").path()));
    texts.map(|text| serde_json::from_str(&text.expect("text")).expect("JSON")).collect()
}

/// When the vectors are looked at.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_780_000, 0).expect("a time")
}

/// What a hub knows that issued the good vectors, and the hashes of all that it issued.
pub struct World {
    /// For the verifier.
    pub knowledge: Knowledge,
    /// Record hashes of what is genuine, and of the status list, which is published and not recorded.
    pub genuine: HashSet<[u8; 32]>,
    /// The public key of the college.
    pub public_key: [u8; 32],
}

/// See [`World`].
pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let issued = DateTime::from_timestamp(1_767_607_200, 0).expect("a time");
        let card = vectors("compact").remove(0);
        let key = card["public_key"].as_str().expect("a key");
        let public_key: [u8; 32] = hex::decode(key).expect("hex").try_into().expect("32 bytes");
        let did = "did:web:hub.example:colleges:anna".to_owned();
        let mut knowledge = Knowledge::default();
        let key = KeyRecord {
            id: format!("{did}#{}", key_fragment(&public_key, issued)),
            public_key,
            state: KeyState::Active,
            compromised_since: None,
            purpose: KeyPurpose::Credentials,
        };
        let issuer = IssuerRecord {
            did: did.clone(),
            slug: "anna".into(),
            name: "Anna".into(),
            logo_url: None,
            suspended: false,
            keys: vec![key],
        };
        knowledge.issuers.insert(did, issuer);
        let mut genuine = HashSet::new();
        for vector in vectors("documents").iter().filter(|vector| vector.get("record_hash").is_some()) {
            let inside = vector["document"]["credentialSubject"]["verifiableCredential"].as_array();
            for document in std::iter::once(&vector["document"]).chain(inside.into_iter().flatten()) {
                let record = RecordEntry {
                    kind: Kind::of(document).expect("a kind"),
                    generations: vec![record_hash(document)],
                    status: RecordStatus::Active,
                    recorded_at: issued,
                    witnessed_at: vec![None],
                };
                genuine.insert(record_hash(document));
                knowledge.records.insert(document["id"].as_str().expect("an id").into(), record);
            }
        }
        World { knowledge, genuine, public_key }
    })
}
