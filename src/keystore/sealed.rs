//! The sealed back-end: private keys as XChaCha20-Poly1305 boxes under the master key.
//!
//! A box is `layout (1) ‖ master key mark (8) ‖ nonce (24) ‖ ciphertext and tag (48)`. Its
//! associated data name the owner, the key id, the version of the sealing and the algorithm, so
//! that a row copied to another college or another key, an older sealing put back, or the same
//! secret used on the other curve does not open.

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, Tag, XChaCha20Poly1305, XNonce};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::master_key::MasterKey;
use super::signing::{Secret, SigningKey};
use super::{Algorithm, CreateError, KeyOwner, ResealError, SealedKey, SealedKeyRef, SignError};

const LAYOUT: u8 = 1;
const MARK: std::ops::Range<usize> = 1..9;
const NONCE: std::ops::Range<usize> = 9..33;
const SECRET: std::ops::Range<usize> = 33..65;
const TAG: std::ops::Range<usize> = 65..81;
const LENGTH: usize = 81;

/// Sealed keys under one master key.
pub(super) struct SealedKeys {
    cipher: XChaCha20Poly1305,
    mark: [u8; 8],
}

impl SealedKeys {
    pub(super) fn new(master_key: MasterKey) -> Self {
        Self { cipher: XChaCha20Poly1305::new((&*master_key).into()), mark: mark_of(&master_key) }
    }

    pub(super) fn create(
        &self,
        owner: KeyOwner,
        key_id: Uuid,
        algorithm: Algorithm,
    ) -> Result<SealedKey, CreateError> {
        let (secret, signing_key) = loop {
            let mut secret = Secret::default();
            SysRng.try_fill_bytes(secret.as_mut_slice()).map_err(|_| CreateError::Randomness)?;
            // P-256 takes numbers below its order only: one draw in 2³² is drawn again.
            if let Some(signing_key) = SigningKey::from_secret(algorithm, &secret) {
                break (secret, signing_key);
            }
        };
        let sealing = Sealing { owner, key_id, algorithm, version: 1 };
        Ok(SealedKey {
            bytes: self.seal(&sealing, &secret)?,
            algorithm,
            public_key: signing_key.public_key(),
            version: sealing.version,
        })
    }

    pub(super) fn sign_batch(
        &self,
        key: &SealedKeyRef<'_>,
        messages: &[&[u8]],
    ) -> Result<Vec<[u8; 64]>, SignError> {
        let signing_key = self.signing_key(key)?;
        Ok(messages.iter().map(|message| signing_key.sign(message)).collect())
    }

    pub(super) fn public_key(&self, key: &SealedKeyRef<'_>) -> Result<Vec<u8>, SignError> {
        Ok(self.signing_key(key)?.public_key())
    }

    pub(super) fn reseal(
        &self,
        key: &SealedKeyRef<'_>,
        next: &SealedKeys,
    ) -> Result<SealedKey, ResealError> {
        let secret = self.unseal(key)?;
        let version = key.version.checked_add(1).ok_or(ResealError::Exhausted)?;
        let sealing = Sealing { version, ..Sealing::of(key) };
        Ok(SealedKey {
            bytes: next.seal(&sealing, &secret)?,
            algorithm: key.algorithm,
            public_key: self.public_key(key)?,
            version,
        })
    }

    fn signing_key(&self, key: &SealedKeyRef<'_>) -> Result<SigningKey, SignError> {
        let secret = self.unseal(key)?;
        SigningKey::from_secret(key.algorithm, &secret).ok_or(SignError::BrokenSeal)
    }

    fn seal(&self, sealing: &Sealing, secret: &Secret) -> Result<Vec<u8>, CreateError> {
        let mut sealed = vec![0; LENGTH];
        sealed[0] = LAYOUT;
        sealed[MARK].copy_from_slice(&self.mark);
        let mut nonce = XNonce::default();
        SysRng.try_fill_bytes(nonce.as_mut_slice()).map_err(|_| CreateError::Randomness)?;
        sealed[NONCE].copy_from_slice(&nonce);
        let mut buffer = Zeroizing::new(**secret);
        let tag = self
            .cipher
            .encrypt_inout_detached(
                &nonce,
                &sealing.associated_data(),
                buffer.as_mut_slice().into(),
            )
            .expect("32 bytes are far below the cipher's limit");
        sealed[SECRET].copy_from_slice(buffer.as_slice());
        sealed[TAG].copy_from_slice(&tag);
        Ok(sealed)
    }

    fn unseal(&self, key: &SealedKeyRef<'_>) -> Result<Secret, SignError> {
        if key.bytes.len() != LENGTH || key.bytes[0] != LAYOUT {
            return Err(SignError::Layout);
        }
        if key.bytes[MARK] != self.mark {
            return Err(SignError::OtherMasterKey);
        }
        let nonce = XNonce::try_from(&key.bytes[NONCE]).expect("the range is a nonce long");
        let tag = Tag::try_from(&key.bytes[TAG]).expect("the range is a tag long");
        let mut secret = Secret::default();
        secret.copy_from_slice(&key.bytes[SECRET]);
        self.cipher
            .decrypt_inout_detached(
                &nonce,
                &Sealing::of(key).associated_data(),
                secret.as_mut_slice().into(),
                &tag,
            )
            .map_err(|_| SignError::BrokenSeal)?;
        Ok(secret)
    }
}

/// What a seal is bound to.
struct Sealing {
    owner: KeyOwner,
    key_id: Uuid,
    algorithm: Algorithm,
    version: u32,
}

impl Sealing {
    fn of(key: &SealedKeyRef<'_>) -> Self {
        Self {
            owner: key.owner,
            key_id: key.key_id,
            algorithm: key.algorithm,
            version: key.version,
        }
    }

    /// Owner ‖ key id ‖ version ‖ algorithm, each of a fixed length: no two mean the same bytes.
    fn associated_data(&self) -> [u8; 38] {
        let (kind, owner) = match self.owner {
            KeyOwner::Platform => (0, Uuid::nil()),
            KeyOwner::College(college) => (1, college.0),
        };
        let mut data = [0; 38];
        data[0] = kind;
        data[1..17].copy_from_slice(owner.as_bytes());
        data[17..33].copy_from_slice(self.key_id.as_bytes());
        data[33..37].copy_from_slice(&self.version.to_be_bytes());
        data[37] = match self.algorithm {
            Algorithm::Ed25519 => 1,
            Algorithm::P256 => 2,
        };
        data
    }
}

/// A mark that tells master keys apart without saying anything about them.
fn mark_of(master_key: &MasterKey) -> [u8; 8] {
    let digest = Sha256::new_with_prefix(b"smart-student-hub master key mark")
        .chain_update(master_key.as_slice())
        .finalize();
    digest[..8].try_into().expect("a digest has 32 bytes")
}
