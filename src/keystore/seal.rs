//! The seal: bytes in an XChaCha20-Poly1305 box under the master key, bound to the key they belong to.
//!
//! A box is `layout (1) ‖ master key mark (8) ‖ nonce (24) ‖ ciphertext ‖ tag (16)`. Its associated
//! data name the owner, the key id, the version of the sealing and the algorithm, so that a row
//! copied to another college or another key, an older sealing put back, or the same secret used on
//! the other curve does not open. The layout says what is inside, and is bound as well.

use std::ops::Range;

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, Tag, XChaCha20Poly1305, XNonce};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::master_key::MasterKey;
use super::{Algorithm, CreateError, KeyOwner, SealedKeyRef, SignError};

const MARK: Range<usize> = 1..9;
const NONCE: Range<usize> = 9..33;
const HEADER: usize = 33;
const TAG: usize = 16;

/// What a box holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// The 32 secret bytes of a private key.
    Secret,
    /// Where in a hardware module the private key is: `hsm::Place`.
    Place,
    /// A secret that is no key, of any length.
    Data,
}

impl Layout {
    /// The layout of a box, by its first byte.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, SignError> {
        match bytes.first() {
            Some(1) => Ok(Self::Secret),
            Some(2) => Ok(Self::Place),
            Some(3) => Ok(Self::Data),
            Some(_) | None => Err(SignError::Layout),
        }
    }

    fn byte(self) -> u8 {
        match self {
            Self::Secret => 1,
            Self::Place => 2,
            Self::Data => 3,
        }
    }
}

/// Whose key it is, which one, and which sealing of it.
#[derive(Clone, Copy)]
pub(super) struct Binding {
    pub(super) owner: KeyOwner,
    pub(super) key_id: Uuid,
    pub(super) algorithm: Algorithm,
    pub(super) version: u32,
}

/// Makes and opens boxes under one master key.
pub(super) struct Seals {
    cipher: XChaCha20Poly1305,
    mark: [u8; 8],
}

impl Seals {
    pub(super) fn new(master_key: &MasterKey) -> Self {
        Self { cipher: XChaCha20Poly1305::new((&**master_key).into()), mark: mark_of(master_key) }
    }

    /// Whether both are under the same master key.
    pub(super) fn same_master_key(&self, other: &Self) -> bool {
        self.mark == other.mark
    }

    pub(super) fn seal(
        &self,
        layout: Layout,
        binding: &Binding,
        content: &[u8],
    ) -> Result<Vec<u8>, CreateError> {
        let mut nonce = XNonce::default();
        SysRng.try_fill_bytes(nonce.as_mut_slice()).map_err(|_| CreateError::Randomness)?;
        // All the room at once: a buffer that grew would leave the content behind in its old place.
        let mut sealed = Vec::with_capacity(HEADER + content.len() + TAG);
        sealed.push(layout.byte());
        sealed.extend_from_slice(&self.mark);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(content);
        let data = associated_data(layout, binding);
        let tag = self
            .cipher
            .encrypt_inout_detached(&nonce, &data, (&mut sealed[HEADER..]).into())
            .expect("a key is far below the cipher's limit");
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// How much is inside a box of these octets.
    pub(super) fn content_length(bytes: &[u8]) -> Result<usize, SignError> {
        bytes.len().checked_sub(HEADER + TAG).ok_or(SignError::Layout)
    }

    /// Open a box of this layout with this much inside.
    pub(super) fn open(
        &self,
        layout: Layout,
        length: usize,
        key: &SealedKeyRef<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, SignError> {
        if Layout::of(key.bytes)? != layout || key.bytes.len() != HEADER + length + TAG {
            return Err(SignError::Layout);
        }
        if key.bytes[MARK] != self.mark {
            return Err(SignError::OtherMasterKey);
        }
        let nonce = XNonce::try_from(&key.bytes[NONCE]).expect("the range is a nonce long");
        let (ciphertext, tag) = key.bytes[HEADER..].split_at(length);
        let tag = Tag::try_from(tag).expect("what is left is a tag long");
        let mut content = Zeroizing::new(ciphertext.to_vec());
        self.cipher
            .decrypt_inout_detached(
                &nonce,
                &associated_data(layout, &Binding::of(key)),
                content.as_mut_slice().into(),
                &tag,
            )
            .map_err(|_| SignError::BrokenSeal)?;
        Ok(content)
    }
}

impl Binding {
    pub(super) fn of(key: &SealedKeyRef<'_>) -> Self {
        Self {
            owner: key.owner,
            key_id: key.key_id,
            algorithm: key.algorithm,
            version: key.version,
        }
    }
}

/// Owner ‖ key id ‖ version ‖ algorithm, each of a fixed length: no two mean the same bytes. The
/// first layout is older than the others, so only those add their own byte.
fn associated_data(layout: Layout, binding: &Binding) -> Vec<u8> {
    let (kind, owner) = match binding.owner {
        KeyOwner::Platform => (0, Uuid::nil()),
        KeyOwner::College(college) => (1, college.0),
    };
    let algorithm = match binding.algorithm {
        Algorithm::Ed25519 => 1,
        Algorithm::P256 => 2,
    };
    let mut data = vec![kind];
    data.extend_from_slice(owner.as_bytes());
    data.extend_from_slice(binding.key_id.as_bytes());
    data.extend_from_slice(&binding.version.to_be_bytes());
    data.push(algorithm);
    match layout {
        Layout::Secret => {}
        Layout::Place | Layout::Data => data.push(layout.byte()),
    }
    data
}

/// A mark that tells master keys apart without saying anything about them.
fn mark_of(master_key: &MasterKey) -> [u8; 8] {
    let digest = Sha256::new_with_prefix(b"smart-student-hub master key mark")
        .chain_update(master_key.as_slice())
        .finalize();
    digest[..8].try_into().expect("a digest has 32 bytes")
}
