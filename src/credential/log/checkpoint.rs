//! The signed head of a log: what it commits to, in three lines and a signature (C2SP tlog-checkpoint, signed-note).
//! A fourth line, an extension, commits to the college's audit beside.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;
use signed_note::{Note, Signature, VerificationError, Verifier, Verifiers, key_id};

use super::Hash;
use crate::domain::audit;

/// The signature type of Ed25519 (signed-note, "Signature types").
const ED25519: u8 = 1;

/// Size and root of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// How many documents.
    pub size: u64,
    /// Root (RFC 6962 §2.1).
    pub root: Hash,
}

/// A tree head that waits for its signature, or one that was read with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    head: TreeHead,
    audit: Option<audit::Head>,
    text: String,
}

/// A signature that does not make a checkpoint.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub enum WriteCheckpointError {
    /// Characters that the form does not take.
    #[error("the origin cannot stand in a signed note")]
    Origin,
}

/// Why a checkpoint is not to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadCheckpointError {
    /// It is not of the form that this hub writes.
    #[error("it is not a signed note of one signature")]
    Malformed,
    /// It is another log's.
    #[error("it names another log")]
    Origin,
    /// No signature of this key, or one over something else.
    #[error("its signature is not that of the log's key")]
    Signature,
}

/// What the log of a college is called: its address without the scheme, `host/colleges/slug/log`.
pub fn origin(authority: &str, slug: &str) -> String {
    format!("{authority}/colleges/{slug}/log")
}

impl Checkpoint {
    /// The text for this head.
    pub fn of(head: TreeHead, origin: &str) -> Result<Self, WriteCheckpointError> {
        Self::beside(None, head, origin)
    }

    /// The text for this head, and for where the audit ends.
    pub fn beside(
        audit: Option<audit::Head>,
        head: TreeHead,
        origin: &str,
    ) -> Result<Self, WriteCheckpointError> {
        let root = tlog_tiles::Hash(head.root);
        let extension = audit.as_ref().map_or_else(String::new, audit_line);
        let checkpoint = tlog_tiles::Checkpoint::new(origin, head.size, root, &extension)
            .map_err(|_| WriteCheckpointError::Origin)?;
        let text =
            String::from_utf8(checkpoint.to_bytes()).map_err(|_| WriteCheckpointError::Origin)?;
        Note::new(text.as_bytes(), &[]).map_err(|_| WriteCheckpointError::Origin)?;
        Ok(Self { origin: origin.to_owned(), head, audit, text })
    }

    /// What the log's key is to sign.
    pub fn message(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The head it commits to.
    pub fn head(&self) -> TreeHead {
        self.head
    }

    /// Where the audit ended when it was made.
    pub fn audit(&self) -> Option<audit::Head> {
        self.audit
    }

    /// The signed note.
    pub fn note(
        &self,
        public_key: &[u8; 32],
        signature: &[u8; 64],
    ) -> Result<String, WriteCheckpointError> {
        let id = key_id(&self.origin, &typed(public_key));
        let signature = Signature::new(self.origin.clone(), id, signature.to_vec())
            .map_err(|_| WriteCheckpointError::Origin)?;
        let note = Note::new(self.text.as_bytes(), &[signature])
            .map_err(|_| WriteCheckpointError::Origin)?;
        String::from_utf8(note.to_bytes()).map_err(|_| WriteCheckpointError::Origin)
    }

    /// Read a signed note, if this key of this log signed it and nobody else did.
    pub fn read(
        note: &str,
        origin: &str,
        public_key: &[u8; 32],
    ) -> Result<Self, ReadCheckpointError> {
        let signed =
            Note::from_bytes(note.as_bytes()).map_err(|_| ReadCheckpointError::Malformed)?;
        let checkpoint = tlog_tiles::Checkpoint::from_bytes(signed.text())
            .map_err(|_| ReadCheckpointError::Malformed)?;
        if checkpoint.origin() != origin {
            return Err(ReadCheckpointError::Origin);
        }
        let head = TreeHead { size: checkpoint.size(), root: checkpoint.hash().0 };
        let audit = match checkpoint.extension() {
            "" => None,
            line => Some(read_audit_line(line).ok_or(ReadCheckpointError::Malformed)?),
        };
        let read = Self::beside(audit, head, origin).map_err(|_| ReadCheckpointError::Malformed)?;
        let key = LogKey { origin, public_key };
        let (good, _) = signed.verify(&key).map_err(|_| ReadCheckpointError::Signature)?;
        // What was read must be what would be written: one signature, and no other spelling of the same head.
        let plain = Note::new(read.message(), &good).map_err(|_| ReadCheckpointError::Malformed)?;
        if plain.to_bytes() == note.as_bytes() {
            Ok(read)
        } else {
            Err(ReadCheckpointError::Malformed)
        }
    }
}

/// `audit`, how many entries, the hash of the last.
fn audit_line(head: &audit::Head) -> String {
    format!("audit {} {}\n", head.size, STANDARD.encode(head.hash))
}

fn read_audit_line(line: &str) -> Option<audit::Head> {
    let (size, hash) = line.strip_prefix("audit ")?.trim_end().split_once(' ')?;
    let hash = STANDARD.decode(hash).ok()?.try_into().ok()?;
    Some(audit::Head { size: size.parse().ok()?, hash })
}

/// The one key that a note is checked with.
struct LogKey<'a> {
    origin: &'a str,
    public_key: &'a [u8; 32],
}

impl Verifier for LogKey<'_> {
    fn name(&self) -> &str {
        self.origin
    }

    fn key_id(&self) -> u32 {
        key_id(self.origin, &typed(self.public_key))
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = VerifyingKey::from_bytes(self.public_key);
        let signature = ed25519_dalek::Signature::from_slice(signature);
        matches!((key, signature), (Ok(key), Ok(signature)) if key.verify_strict(message, &signature).is_ok())
    }
}

impl Verifiers for LogKey<'_> {
    fn verifier(&self, name: &str, id: u32) -> Result<&dyn Verifier, VerificationError> {
        if name == self.origin && id == self.key_id() {
            Ok(self)
        } else {
            Err(VerificationError::UnknownKey { name: name.to_owned(), id })
        }
    }
}

/// The public key as tools for signed notes take it: `<origin>+<key id>+<type and key>`.
pub fn verifier_key(origin: &str, public_key: &[u8; 32]) -> String {
    let key = typed(public_key);
    format!("{origin}+{:08x}+{}", key_id(origin, &key), STANDARD.encode(key))
}

/// The public key of such a line, where it is one of this log.
pub fn read_verifier_key(line: &str, origin: &str) -> Option<[u8; 32]> {
    let (_, encoded) = line.trim().strip_prefix(origin)?.strip_prefix('+')?.split_once('+')?;
    let typed = STANDARD.decode(encoded).ok()?;
    let key = typed.strip_prefix(&[ED25519])?.try_into().ok()?;
    (verifier_key(origin, &key) == line.trim()).then_some(key)
}

fn typed(public_key: &[u8; 32]) -> Vec<u8> {
    [&[ED25519], public_key.as_slice()].concat()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};
    use signed_note::{StandardVerifier, VerifierList};

    use super::*;

    const LOG: &str = "hub.example/colleges/anna/log";

    fn signed(head: TreeHead, audit: Option<audit::Head>) -> (String, [u8; 32]) {
        let key = SigningKey::from_bytes(&[7; 32]);
        let public = key.verifying_key().to_bytes();
        let checkpoint = Checkpoint::beside(audit, head, LOG).unwrap();
        let signature = key.sign(checkpoint.message()).to_bytes();
        (checkpoint.note(&public, &signature).unwrap(), public)
    }

    #[test]
    fn a_checkpoint_is_a_note_that_other_verifiers_accept() {
        let head = TreeHead { size: 20_852_163, root: [9; 32] };
        let (note, public) = signed(head, None);
        assert!(note.starts_with(&format!("{LOG}\n20852163\nCQkJ")), "{note}");
        assert_eq!(Checkpoint::read(&note, LOG, &public).unwrap().head(), head);

        let line = verifier_key(LOG, &public);
        assert_eq!(read_verifier_key(&line, LOG), Some(public));
        assert_eq!(read_verifier_key(&line.replacen('+', "+0", 1), LOG), None);
        let verifier = StandardVerifier::new(&line).unwrap();
        let known = VerifierList::new(vec![Box::new(verifier)]);
        let (good, unknown) = Note::from_bytes(note.as_bytes()).unwrap().verify(&known).unwrap();
        assert_eq!((good.len(), unknown.len()), (1, 0));
    }

    #[test]
    fn the_audit_stands_in_a_line_of_its_own_that_is_signed_too() {
        let head = TreeHead { size: 5, root: [9; 32] };
        let audit = audit::Head { size: 17, hash: [8; 32] };
        let (note, public) = signed(head, Some(audit));
        assert!(note.contains("\naudit 17 CAgI"), "{note}");
        let read = Checkpoint::read(&note, LOG, &public).unwrap();
        assert_eq!((read.head(), read.audit()), (head, Some(audit)));
    }

    #[test]
    fn a_checkpoint_with_any_octet_changed_is_refused() {
        let audit = audit::Head { size: 17, hash: [8; 32] };
        let (note, public) = signed(TreeHead { size: 5, root: [9; 32] }, Some(audit));
        for at in 0..note.len() {
            for bit in 0..8 {
                let mut bytes = note.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let Ok(changed) = String::from_utf8(bytes) else { continue };
                assert!(Checkpoint::read(&changed, LOG, &public).is_err(), "{changed}");
            }
        }
        let read = |note: &str, log, key| Checkpoint::read(note, log, key).unwrap_err();
        assert_eq!(read(&note, "hub.example/colleges/b/log", &public), ReadCheckpointError::Origin);
        let other = SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes();
        assert_eq!(read(&note, LOG, &other), ReadCheckpointError::Signature);
        let twice = format!("{note}{}\n", note.lines().last().unwrap());
        assert_eq!(read(&twice, LOG, &public), ReadCheckpointError::Malformed);
    }
}
