//! Secrets that are no keys and that the hub has to read again: of authenticator apps, and of the hub elsewhere.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::seal::{Layout, Seals};
use super::{
    Algorithm, CreateError, KeyOwner, Keystore, ResealError, SealedKeyRef, SignError, seal::Binding,
};
use crate::domain::ids::CollegeId;

/// A secret as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecret {
    /// The box; only a keystore under the same master key opens it.
    pub bytes: Vec<u8>,
    /// Which sealing of this secret it is.
    pub version: u32,
}

/// A stored secret, as the caller read it back.
#[derive(Clone, Copy)]
pub struct SealedSecretRef<'a> {
    /// Whose it is.
    pub college: CollegeId,
    /// Which one.
    pub id: Uuid,
    /// `SealedSecret::bytes`.
    pub bytes: &'a [u8],
    /// `SealedSecret::version`.
    pub version: u32,
}

impl Keystore {
    /// Seal a secret of a college, bound to its id.
    pub fn seal_secret(
        &self,
        college: CollegeId,
        id: Uuid,
        secret: &[u8],
    ) -> Result<SealedSecret, CreateError> {
        seal(&self.seals, college, id, 1, secret)
    }

    /// The secret inside a seal; wiped when dropped.
    pub fn open_secret(
        &self,
        secret: &SealedSecretRef<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, SignError> {
        let length = Seals::content_length(secret.bytes)?;
        self.seals.open(Layout::Data, length, &secret.as_key())
    }

    /// Seal a secret anew under the master key of `next`.
    pub fn reseal_secret(
        &self,
        secret: &SealedSecretRef<'_>,
        next: &Keystore,
    ) -> Result<SealedSecret, ResealError> {
        let content = self.open_secret(secret)?;
        let version = secret.version.checked_add(1).ok_or(ResealError::Exhausted)?;
        Ok(seal(&next.seals, secret.college, secret.id, version, &content)?)
    }
}

impl<'a> SealedSecretRef<'a> {
    /// The layout keeps secrets and keys apart; the algorithm says nothing of a secret.
    fn as_key(&self) -> SealedKeyRef<'a> {
        SealedKeyRef {
            owner: KeyOwner::College(self.college),
            key_id: self.id,
            algorithm: Algorithm::Ed25519,
            bytes: self.bytes,
            version: self.version,
        }
    }
}

fn seal(
    seals: &Seals,
    college: CollegeId,
    id: Uuid,
    version: u32,
    secret: &[u8],
) -> Result<SealedSecret, CreateError> {
    let reference = SealedSecretRef { college, id, bytes: &[], version };
    let bytes = seals.seal(Layout::Data, &Binding::of(&reference.as_key()), secret)?;
    Ok(SealedSecret { bytes, version })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_college_id_version_and_master_key_only() {
        let keystore = Keystore::forgetful().unwrap();
        let (college, id) = (CollegeId(Uuid::from_u128(1)), Uuid::from_u128(2));
        let sealed = keystore.seal_secret(college, id, b"quiet").unwrap();
        let good = SealedSecretRef { college, id, bytes: &sealed.bytes, version: sealed.version };
        assert_eq!(keystore.open_secret(&good).unwrap().as_slice(), b"quiet");
        for wrong in [
            SealedSecretRef { college: CollegeId(Uuid::from_u128(3)), ..good },
            SealedSecretRef { id: Uuid::from_u128(3), ..good },
            SealedSecretRef { version: 2, ..good },
            SealedSecretRef { bytes: &sealed.bytes[..40], ..good },
        ] {
            assert!(keystore.open_secret(&wrong).is_err());
        }
        assert!(keystore.sign_batch(&good.as_key(), &[b"x"]).is_err(), "a secret is no key");

        let next = Keystore::forgetful().unwrap();
        let anew = keystore.reseal_secret(&good, &next).unwrap();
        let moved = SealedSecretRef { bytes: &anew.bytes, version: anew.version, ..good };
        assert_eq!(next.open_secret(&moved).unwrap().as_slice(), b"quiet");
        assert_eq!(keystore.open_secret(&moved), Err(SignError::OtherMasterKey));
    }

    #[test]
    fn a_key_is_no_secret() {
        let keystore = Keystore::forgetful().unwrap();
        let (college, id) = (CollegeId(Uuid::from_u128(1)), Uuid::from_u128(2));
        let key = keystore.create(KeyOwner::College(college), id, Algorithm::Ed25519).unwrap();
        let key = SealedSecretRef { college, id, bytes: &key.bytes, version: key.version };
        assert_eq!(keystore.open_secret(&key), Err(SignError::Layout));
    }
}
