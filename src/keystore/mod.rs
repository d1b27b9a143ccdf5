//! Private keys: sealed at rest or inside a hardware module, used here, never handed out.
//!
//! The rest of the hub sees public keys, sealed bytes and signatures. The seam is
//! `sign_batch`: PDF signatures, access tokens and credentials all go through it. Of a key in a
//! hardware module the sealed bytes say where it is; nothing above knows the difference.
#![forbid(unsafe_code)]

mod error;
mod hsm;
mod master_key;
mod pkcs12;
mod seal;
mod sealed;
mod secret;
mod secret_file;
mod signing;

use std::fmt;
use std::path::Path;

use tokio::runtime::{Handle, RuntimeFlavor};
use uuid::Uuid;

pub use error::{CreateError, ResealError, SignError};
pub use hsm::{HsmError, HsmObject, HsmSettings};
pub use master_key::{MissingMasterKey, OpenError};
pub use pkcs12::{ImportedKey, MAX_PKCS12, Pkcs12Error, read_pkcs12};
pub use secret::{SealedSecret, SealedSecretRef};

use crate::domain::ids::CollegeId;

use hsm::{Hsm, Place};
use seal::{Binding, Layout, Seals};

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
    /// ECDSA over P-256 and SHA-256: documents. Deterministic (RFC 6979) with a sealed key, as a
    /// hardware module pleases with one of its own.
    P256,
}

impl Algorithm {
    /// Bytes of a public key: raw for Ed25519, SEC 1 uncompressed for P-256.
    pub fn public_key_length(self) -> usize {
        match self {
            Self::Ed25519 => 32,
            Self::P256 => 65,
        }
    }
}

/// Where a private key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the database, sealed.
    Database,
    /// In the hardware module whose token had this label when the key was made.
    Hsm(String),
}

/// A private key as it is stored, with the public half to publish.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedKey {
    /// The sealed private key, or its sealed place in a hardware module; only a keystore under the
    /// same master key can use it.
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

/// Where private keys are used. Cheap to share behind an `Arc`; holds no unsealed key.
///
/// Two back-ends side by side: sealed keys stay where they are, and once a hardware module is
/// named, new keys are made inside it.
pub struct Keystore {
    seals: Seals,
    hsm: Option<Hsm>,
}

impl Keystore {
    /// A keystore over sealed keys, under the master key in this file.
    ///
    /// The file must be readable by its owner only. When it is missing, it is made (0600,
    /// synced to disk) if `missing` says so; otherwise that is an error: a hub that quietly
    /// makes a second master key could never use its old keys again.
    pub fn open(master_key_file: &Path, missing: MissingMasterKey) -> Result<Self, OpenError> {
        let master_key = master_key::read_or_create(master_key_file, missing)?;
        Ok(Self { seals: Seals::new(&master_key), hsm: None })
    }

    /// A keystore under a master key that is kept nowhere: what it seals is lost with the process.
    pub fn forgetful() -> Result<Self, OpenError> {
        Ok(Self { seals: Seals::new(&master_key::draw()?), hsm: None })
    }

    /// The same, with a hardware module for the keys to come, and for those it has.
    ///
    /// # Errors
    /// Where the module does not load, the token is not there, refuses the PIN, or cannot sign as the hub needs it.
    pub fn with_hsm(self, settings: &HsmSettings) -> Result<Self, HsmError> {
        Ok(Self { hsm: Some(Hsm::open(settings)?), ..self })
    }

    /// Whether a hardware module could be used: what `with_hsm` would say.
    pub fn try_hsm(settings: &HsmSettings) -> Result<(), HsmError> {
        Hsm::open(settings).map(drop)
    }

    /// Whether the hardware module answers, where there is one.
    pub fn check_hsm(&self) -> Result<(), HsmError> {
        match &self.hsm {
            Some(hsm) => off_the_runtime(|| hsm.check()),
            None => Ok(()),
        }
    }

    /// Make a new private key for `owner`: in the hardware module where there is one, else sealed.
    pub fn create(
        &self,
        owner: KeyOwner,
        key_id: Uuid,
        algorithm: Algorithm,
    ) -> Result<SealedKey, CreateError> {
        let Some(hsm) = &self.hsm else {
            return sealed::create(owner, key_id, algorithm, &self.seals);
        };
        let binding = Binding { owner, key_id, algorithm, version: 1 };
        let place = off_the_runtime(|| hsm.create(owner, key_id, algorithm))?;
        Ok(SealedKey {
            bytes: self.seals.seal(Layout::Place, &binding, &place.to_bytes())?,
            algorithm,
            public_key: place.public_key,
            version: binding.version,
        })
    }

    /// Seal a key that was made elsewhere.
    ///
    /// It lies in the database even where there is a hardware module: a key that came from outside has been readable.
    pub fn import(
        &self,
        owner: KeyOwner,
        key_id: Uuid,
        key: &ImportedKey,
    ) -> Result<SealedKey, CreateError> {
        let binding = Binding { owner, key_id, algorithm: Algorithm::P256, version: 1 };
        sealed::seal(&key.secret, &binding, &self.seals)
    }

    /// Sign each message with one key, in order.
    ///
    /// 64 bytes each: R‖S for Ed25519, r‖s for P-256. Ed25519 gives the same signature for the same
    /// message, P-256 only with a sealed key. A sealed key is opened once, for the whole batch, and
    /// wiped afterwards.
    pub fn sign_batch(
        &self,
        key: &SealedKeyRef<'_>,
        messages: &[&[u8]],
    ) -> Result<Vec<[u8; 64]>, SignError> {
        match Layout::of(key.bytes)? {
            Layout::Secret => {
                let signing_key = sealed::open(key, &self.seals)?;
                Ok(messages.iter().map(|message| signing_key.sign(message)).collect())
            }
            Layout::Place => {
                let place = self.place(key)?;
                let hsm = self.hsm_of(&place)?;
                Ok(off_the_runtime(|| hsm.sign_batch(key.key_id, key.algorithm, messages))?)
            }
            Layout::Data => Err(SignError::Layout),
        }
    }

    /// The public half of a sealed key, as `SealedKey::public_key` had it. Asks no hardware module.
    pub fn public_key(&self, key: &SealedKeyRef<'_>) -> Result<Vec<u8>, SignError> {
        match Layout::of(key.bytes)? {
            Layout::Secret => Ok(sealed::open(key, &self.seals)?.public_key()),
            Layout::Place => Ok(self.place(key)?.public_key),
            Layout::Data => Err(SignError::Layout),
        }
    }

    /// Whether the seal opens, and the private key – wherever it is – signs for this public key.
    pub fn verify_seal(&self, key: &SealedKeyRef<'_>, public_key: &[u8]) -> Result<(), SignError> {
        // Nothing the hub signs begins like this.
        let message = b"smart-student-hub seal check";
        let signatures = self.sign_batch(key, &[message])?;
        let holds = signatures.first().is_some_and(|signature| {
            signing::verify(key.algorithm, public_key, message, signature)
        });
        if holds && self.public_key(key)? == public_key { Ok(()) } else { Err(SignError::OtherKey) }
    }

    /// Where the private key is.
    pub fn place_of(&self, key: &SealedKeyRef<'_>) -> Result<KeyPlace, SignError> {
        match Layout::of(key.bytes)? {
            Layout::Secret => Ok(KeyPlace::Database),
            Layout::Place => Ok(KeyPlace::Hsm(self.place(key)?.token)),
            Layout::Data => Err(SignError::Layout),
        }
    }

    /// Seal a key anew under the master key of `next`; the key itself stays the same, and where it is.
    pub fn reseal(
        &self,
        key: &SealedKeyRef<'_>,
        next: &Keystore,
    ) -> Result<SealedKey, ResealError> {
        let layout = Layout::of(key.bytes)?;
        let length = match layout {
            Layout::Secret => sealed::LENGTH,
            Layout::Place => Place::length(key.algorithm),
            Layout::Data => return Err(SignError::Layout.into()),
        };
        let content = self.seals.open(layout, length, key)?;
        let version = key.version.checked_add(1).ok_or(ResealError::Exhausted)?;
        let binding = Binding { version, ..Binding::of(key) };
        Ok(SealedKey {
            bytes: next.seals.seal(layout, &binding, &content)?,
            algorithm: key.algorithm,
            public_key: self.public_key(key)?,
            version,
        })
    }

    /// Whether both seal under the same master key.
    pub fn same_master_key(&self, other: &Keystore) -> bool {
        self.seals.same_master_key(&other.seals)
    }

    /// Whether a key of these sealed bytes is in a hardware module, and so outlives its row.
    pub fn is_in_hsm(sealed: &[u8]) -> bool {
        Layout::of(sealed) == Ok(Layout::Place)
    }

    /// Remove a private key from the hardware module, for good: after the commit that gave it up, never
    /// before. False where it is not there (any more).
    pub fn destroy_in_hsm(&self, key_id: Uuid) -> Result<bool, SignError> {
        let hsm = self.hsm.as_ref().ok_or(SignError::NoHsm)?;
        Ok(off_the_runtime(|| hsm.destroy(key_id))?)
    }

    /// Every private key in the hardware module.
    pub fn hsm_objects(&self) -> Result<Vec<HsmObject>, SignError> {
        let hsm = self.hsm.as_ref().ok_or(SignError::NoHsm)?;
        Ok(off_the_runtime(|| hsm.objects())?)
    }

    fn place(&self, key: &SealedKeyRef<'_>) -> Result<Place, SignError> {
        let content = self.seals.open(Layout::Place, Place::length(key.algorithm), key)?;
        Place::from_bytes(&content).ok_or(SignError::BrokenSeal)
    }

    fn hsm_of(&self, place: &Place) -> Result<&Hsm, SignError> {
        let ours = self.hsm.as_ref().filter(|hsm| hsm.label() == place.token);
        ours.ok_or_else(|| SignError::OtherHsm(place.token.clone()))
    }
}

impl fmt::Debug for Keystore {
    /// The name alone: nothing of the keys.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Keystore").finish_non_exhaustive()
    }
}

/// A token takes its time, a far one more: on a runtime of several threads, others take over the
/// tasks of this one meanwhile.
fn off_the_runtime<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        Ok(_) | Err(_) => work(),
    }
}

#[cfg(test)]
mod tests;
