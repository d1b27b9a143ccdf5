//! The sealed back-end: private keys in boxes under the master key, opened for each batch.

use rand::TryRng;
use rand::rngs::SysRng;
use uuid::Uuid;

use super::seal::{Binding, Layout, Seals};
use super::signing::{Secret, SigningKey};
use super::{Algorithm, CreateError, KeyOwner, SealedKey, SealedKeyRef, SignError};

/// Bytes of a private key inside its seal.
pub(super) const LENGTH: usize = 32;

/// Make a private key and seal it.
pub(super) fn create(
    owner: KeyOwner,
    key_id: Uuid,
    algorithm: Algorithm,
    seals: &Seals,
) -> Result<SealedKey, CreateError> {
    let secret = loop {
        let mut secret = Secret::default();
        SysRng.try_fill_bytes(secret.as_mut_slice()).map_err(|_| CreateError::Randomness)?;
        // P-256 takes numbers below its order only: one draw in 2³² is drawn again.
        if SigningKey::from_secret(algorithm, &secret).is_some() {
            break secret;
        }
    };
    seal(&secret, &Binding { owner, key_id, algorithm, version: 1 }, seals)
}

/// Seal a private key that is one of its algorithm.
pub(super) fn seal(
    secret: &Secret,
    binding: &Binding,
    seals: &Seals,
) -> Result<SealedKey, CreateError> {
    let signing_key = SigningKey::from_secret(binding.algorithm, secret)
        .expect("it was drawn, or read from a file, as a key of this algorithm");
    Ok(SealedKey {
        bytes: seals.seal(Layout::Secret, binding, secret.as_slice())?,
        algorithm: binding.algorithm,
        public_key: signing_key.public_key(),
        version: binding.version,
    })
}

/// The private key inside a seal.
pub(super) fn open(key: &SealedKeyRef<'_>, seals: &Seals) -> Result<SigningKey, SignError> {
    let mut secret = Secret::default();
    let content = seals.open(Layout::Secret, LENGTH, key)?;
    secret.copy_from_slice(&content);
    SigningKey::from_secret(key.algorithm, &secret).ok_or(SignError::BrokenSeal)
}
