//! Private keys: sealed at rest, used here, never handed out.
//!
//! The rest of the hub sees public keys, sealed bytes and signatures. The seam is
//! `sign_batch`: PDF signatures, access tokens and credentials all go through it, so a
//! hardware module can take the place of the sealed rows without a change above.
#![forbid(unsafe_code)]

mod master_key;
mod sealed;
mod signing;

use std::fmt;
use std::path::Path;

use thiserror::Error;
use uuid::Uuid;

pub use master_key::{MissingMasterKey, OpenError};

use crate::domain::ids::CollegeId;

use sealed::SealedKeys;

/// Whose key it is: bound to the sealed bytes, so that no row can be moved to another college.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyOwner {
    /// A college, by its id.
    College(CollegeId),
    /// The hub itself: access tokens and receipts.
    Platform,
}

/// What a key signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Pure Ed25519 (RFC 8032 §5.1): credentials, status lists, log, access tokens.
    Ed25519,
    /// ECDSA over P-256 and SHA-256, deterministic (RFC 6979): documents.
    P256,
}

/// A private key as it is stored, with the public half to publish.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedKey {
    /// The sealed private key; only a keystore under the same master key can use it.
    pub bytes: Vec<u8>,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// 32 raw bytes for Ed25519; 65 bytes, SEC 1 uncompressed, for P-256.
    pub public_key: Vec<u8>,
    /// Which sealing of this key it is: 1 when created, one more for each `reseal`.
    pub version: u32,
}

/// A stored private key, as the caller read it back.
#[derive(Clone, Copy)]
pub struct SealedKeyRef<'a> {
    /// Whose it is.
    pub owner: KeyOwner,
    /// Which one.
    pub key_id: Uuid,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// `SealedKey::bytes`.
    pub bytes: &'a [u8],
    /// `SealedKey::version`.
    pub version: u32,
}

/// Why no key could be made.
#[derive(Debug, Error)]
pub enum CreateError {
    /// The system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Randomness,
}

/// Why a sealed key could not be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SignError {
    /// Too short, or of a layout this program does not know.
    #[error("the sealed key has a layout this keystore does not know")]
    Layout,
    /// Sealed under a master key that is not ours.
    #[error("the key is sealed under another master key")]
    OtherMasterKey,
    /// The seal is broken: damaged bytes, or another owner, key id, version or algorithm.
    #[error("the seal of the key does not open: damaged, or not the key it is said to be")]
    BrokenSeal,
}

/// Why a key could not be sealed anew.
#[derive(Debug, Error)]
pub enum ResealError {
    /// The present seal does not open.
    #[error(transparent)]
    Open(#[from] SignError),
    /// No random bytes for the new seal.
    #[error(transparent)]
    Seal(#[from] CreateError),
    /// The version counter is at its end.
    #[error("the key has been sealed too often")]
    Exhausted,
}

/// Where private keys are used. Cheap to share behind an `Arc`; holds no unsealed key.
pub struct Keystore {
    backend: Backend,
}

/// The back-ends: a hardware module (PKCS#11) becomes the second variant.
enum Backend {
    Sealed(SealedKeys),
}

impl Keystore {
    /// A keystore over sealed keys, under the master key in this file.
    ///
    /// The file must be readable by its owner only. When it is missing, it is made (0600,
    /// synced to disk) if `missing` says so; otherwise that is an error: a hub that quietly
    /// makes a second master key could never use its old keys again.
    pub fn open(master_key_file: &Path, missing: MissingMasterKey) -> Result<Self, OpenError> {
        let master_key = master_key::read_or_create(master_key_file, missing)?;
        Ok(Self { backend: Backend::Sealed(SealedKeys::new(master_key)) })
    }

    /// A keystore under a master key that is kept nowhere: what it seals is lost with the process.
    pub fn forgetful() -> Result<Self, OpenError> {
        Ok(Self { backend: Backend::Sealed(SealedKeys::new(master_key::draw()?)) })
    }

    /// Make a new private key for `owner` and seal it.
    pub fn create(
        &self,
        owner: KeyOwner,
        key_id: Uuid,
        algorithm: Algorithm,
    ) -> Result<SealedKey, CreateError> {
        match &self.backend {
            Backend::Sealed(keys) => keys.create(owner, key_id, algorithm),
        }
    }

    /// Sign each message with one key, in order. The same messages give the same signatures.
    ///
    /// 64 bytes each: R‖S for Ed25519, r‖s for P-256. The key is unsealed once, for the whole
    /// batch, and wiped afterwards.
    pub fn sign_batch(
        &self,
        key: &SealedKeyRef<'_>,
        messages: &[&[u8]],
    ) -> Result<Vec<[u8; 64]>, SignError> {
        match &self.backend {
            Backend::Sealed(keys) => keys.sign_batch(key, messages),
        }
    }

    /// The public half of a sealed key, as `SealedKey::public_key` had it.
    pub fn public_key(&self, key: &SealedKeyRef<'_>) -> Result<Vec<u8>, SignError> {
        match &self.backend {
            Backend::Sealed(keys) => keys.public_key(key),
        }
    }

    /// Whether the seal opens and the private key inside belongs to this public key.
    pub fn verify_seal(&self, key: &SealedKeyRef<'_>, public_key: &[u8]) -> Result<(), SignError> {
        if self.public_key(key)? == public_key { Ok(()) } else { Err(SignError::BrokenSeal) }
    }

    /// Seal a key anew under the master key of `next`; the key itself stays the same.
    pub fn reseal(
        &self,
        key: &SealedKeyRef<'_>,
        next: &Keystore,
    ) -> Result<SealedKey, ResealError> {
        match (&self.backend, &next.backend) {
            (Backend::Sealed(from), Backend::Sealed(to)) => from.reseal(key, to),
        }
    }
}

impl fmt::Debug for Keystore {
    /// The name alone: nothing of the keys.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Keystore").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
