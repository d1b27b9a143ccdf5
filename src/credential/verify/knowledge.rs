//! What the hub knows, handed to the verifier as plain values.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::credential::lint::Kind;
use crate::domain::key::{KeyPurpose, KeyState};

/// Everything a verdict is based on, besides the document and the time.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// The colleges of this hub among the issuers named, by DID.
    pub issuers: HashMap<String, IssuerRecord>,
    /// What was issued under the ids named, by credential id.
    pub records: HashMap<String, RecordEntry>,
    /// Published status lists, by address.
    pub lists: HashMap<String, Value>,
    /// Ids of documents on which a published status list and the record were found to disagree.
    pub disagreements: HashSet<String>,
}

/// A college as registered.
#[derive(Clone, Debug)]
pub struct IssuerRecord {
    /// Its DID.
    pub did: String,
    /// Its short name in addresses.
    pub slug: String,
    /// The name to show.
    pub name: String,
    /// Its logo.
    pub logo_url: Option<String>,
    /// Whether the platform has suspended it.
    pub suspended: bool,
    /// Its keys, of every kind and state.
    pub keys: Vec<KeyRecord>,
}

/// A key of a college.
#[derive(Clone, Debug)]
pub struct KeyRecord {
    /// Its full address: the DID, `#`, the fragment.
    pub id: String,
    /// The Ed25519 public key; keys on other curves are not handed in.
    pub public_key: [u8; 32],
    /// Where it stands in its life.
    pub state: KeyState,
    /// Since when it is not to be believed.
    pub compromised_since: Option<DateTime<Utc>>,
    /// What it may sign.
    pub purpose: KeyPurpose,
}

/// What was issued under one id.
#[derive(Clone, Debug)]
pub struct RecordEntry {
    /// As what it was issued.
    pub kind: Kind,
    /// The record hash of every generation, the current one last.
    pub generations: Vec<[u8; 32]>,
    /// Whether it still stands.
    pub status: RecordStatus,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// When somebody outside the hub time-stamped or witnessed the log that holds it, of each generation in the same
    /// order; shorter where that is not known. A later generation is not vouched for by an earlier one.
    pub witnessed_at: Vec<Option<DateTime<Utc>>>,
}

impl RecordEntry {
    /// Which issue a record hash belongs to, from 1; none where it was never issued under this id.
    pub(super) fn generation_of(&self, hash: &[u8; 32]) -> Option<usize> {
        self.generations.iter().position(|known| known == hash).map(|place| place + 1)
    }
}

/// Whether what was issued still stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RecordStatus {
    /// It does.
    Active,
    /// It was taken back.
    Revoked {
        /// When.
        at: DateTime<Utc>,
        /// Why, as a stable word.
        reason: String,
    },
    /// Another one took its place.
    Superseded {
        /// When.
        at: DateTime<Utc>,
        /// Where that one is.
        by_url: String,
    },
}
