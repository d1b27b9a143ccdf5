//! The audit of a college as a chain: each entry's hash covers the one before, so that nothing of what was recorded
//! can be changed, taken out, put in or moved without every later hash telling.
//!
//! What a person said and what is told of them stands in the chain as a salted commitment only. An erasure takes salt
//! and words away for good and leaves the chain whole. Everything that is hashed is lines of text, so that anybody can
//! do it again with `sha256sum`; docs/audit.md shows how.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::ids::CollegeId;

/// SHA-256.
pub type Hash = [u8; 32];
/// So that the commitment to a short word cannot be found by trying.
pub type Salt = [u8; 16];

/// What was told or said of an act: what an erasure takes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// Random.
    pub salt: Salt,
    /// What the actor said.
    pub text: Option<String>,
    /// Further facts: JSON, as the text that was hashed.
    pub data: String,
}

/// An entry of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place, from 1.
    pub seq: i64,
    /// Id of the event.
    pub id: Uuid,
    /// When, in whole microseconds.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: String,
    /// Who acted; none for the hub itself.
    pub actor: Option<Uuid>,
    /// Under which role.
    pub role: Option<String>,
    /// The achievement it belongs to.
    pub achievement: Option<Uuid>,
    /// Its revision.
    pub revision: Option<i32>,
    /// None where they were erased.
    pub words: Option<Words>,
    /// The commitment to them, which stays.
    pub words_hash: Hash,
}

/// Where a chain ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Entries in it.
    pub size: i64,
    /// Hash of the last.
    pub hash: Hash,
}

impl Words {
    /// What the chain holds of them.
    pub fn commitment(&self) -> Hash {
        let text = self.text.as_ref().map_or_else(|| "-".to_owned(), |text| format!("+{text}"));
        let (salt, length) = (hex::encode(self.salt), self.data.len());
        sha256(format!("hub audit words\n{salt}\n{length}\n{}\n{text}", self.data).as_bytes())
    }
}

impl Entry {
    /// Everything of it but the words themselves.
    pub fn digest(&self) -> Hash {
        fn or_none(value: Option<impl ToString>) -> String {
            value.map_or_else(|| "-".to_owned(), |value| value.to_string())
        }
        let lines = [
            "hub audit entry".to_owned(),
            self.seq.to_string(),
            self.id.to_string(),
            self.at.timestamp_micros().to_string(),
            self.kind.clone(),
            or_none(self.actor),
            or_none(self.role.as_deref()),
            or_none(self.achievement),
            or_none(self.revision),
            hex::encode(self.words_hash),
        ];
        sha256(lines.join("\n").as_bytes())
    }
}

impl Head {
    /// The chain of a college before its first entry.
    pub fn of_nothing(college: CollegeId) -> Self {
        Self { size: 0, hash: sha256(format!("hub audit chain\n{college}").as_bytes()) }
    }

    /// The chain with one more entry, of this digest.
    pub fn after(&self, digest: &Hash) -> Self {
        Self { size: self.size + 1, hash: sha256(&[self.hash, *digest].concat()) }
    }
}

fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words { salt: [7; 16], text: Some("Not seen.".to_owned()), data: "{}".to_owned() }
    }

    fn entry() -> Entry {
        Entry {
            seq: 3,
            id: Uuid::from_u128(5),
            at: DateTime::from_timestamp_micros(1_700_000_000_000_001).unwrap(),
            kind: "rejected".to_owned(),
            actor: Some(Uuid::from_u128(6)),
            role: Some("faculty".to_owned()),
            achievement: Some(Uuid::from_u128(7)),
            revision: Some(1),
            words: Some(words()),
            words_hash: words().commitment(),
        }
    }

    #[test]
    fn every_part_of_an_entry_is_in_its_digest_and_every_word_in_the_commitment() {
        let changes: [fn(&mut Entry); 9] = [
            |it| it.seq = 4,
            |it| it.id = Uuid::nil(),
            |it| it.at += chrono::Duration::microseconds(1),
            |it| it.kind = "approved".to_owned(),
            |it| it.actor = None,
            |it| it.role = None,
            |it| it.achievement = None,
            |it| it.revision = Some(2),
            |it| it.words_hash[31] ^= 1,
        ];
        let mut digests = vec![entry().digest()];
        for change in changes {
            let mut changed = entry();
            change(&mut changed);
            digests.push(changed.digest());
        }
        let mut commitments = vec![words().commitment()];
        for changed in [
            Words { salt: [8; 16], ..words() },
            Words { text: None, ..words() },
            Words { text: Some(String::new()), ..words() },
            Words { text: Some("-".to_owned()), ..words() },
            Words { data: "{}\n".to_owned(), ..words() },
            Words { text: Some("x".to_owned()), data: "{}\n+".to_owned(), ..words() },
            Words { text: Some("\n+x".to_owned()), ..words() },
        ] {
            commitments.push(changed.commitment());
        }
        for list in [digests, commitments] {
            let once: std::collections::BTreeSet<_> = list.iter().collect();
            assert_eq!(once.len(), list.len());
        }
    }

    #[test]
    fn what_was_erased_leaves_the_digest_as_it_was() {
        assert_eq!(Entry { words: None, ..entry() }.digest(), entry().digest());
    }

    #[test]
    fn a_chain_is_of_one_college_and_of_one_order() {
        let [one, two] = [1, 2].map(|it| Head::of_nothing(CollegeId(Uuid::from_u128(it))));
        assert_ne!(one, two);
        let (a, b) = ([1; 32], [2; 32]);
        assert_eq!(one.after(&a).after(&b).size, 2);
        assert_ne!(one.after(&a).after(&b), one.after(&b).after(&a));
        // The same as `sha256sum` makes of these lines.
        assert_eq!(
            hex::encode(entry().digest()),
            "61df679d109634b43754cc65745c205358c588ae71c060a21211cb092cfb9fb2"
        );
    }
}
