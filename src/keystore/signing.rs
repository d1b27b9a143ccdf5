//! A private key while it is in use: made from its 32 secret bytes, wiped when dropped.

use ed25519_dalek::Signer as _;
use p256::ecdsa::signature::Verifier as _;
use zeroize::Zeroizing;

use super::Algorithm;

/// The 32 secret bytes of a key: an Ed25519 seed, or a P-256 scalar, big-endian.
pub(super) type Secret = Zeroizing<[u8; 32]>;

/// A private key ready to sign. Both libraries wipe theirs on drop.
pub(super) enum SigningKey {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    P256(Box<p256::ecdsa::SigningKey>),
}

impl SigningKey {
    /// `None` where the bytes are no key of this algorithm (a P-256 scalar must be in 1..n).
    pub(super) fn from_secret(algorithm: Algorithm, secret: &Secret) -> Option<Self> {
        match algorithm {
            Algorithm::Ed25519 => {
                Some(Self::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(secret))))
            }
            Algorithm::P256 => p256::ecdsa::SigningKey::from_slice(secret.as_slice())
                .ok()
                .map(|key| Self::P256(Box::new(key))),
        }
    }

    pub(super) fn public_key(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.verifying_key().as_bytes().to_vec(),
            Self::P256(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
        }
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        match self {
            Self::Ed25519(key) => key.sign(message).to_bytes(),
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_bytes().into()
            }
        }
    }
}

/// Whether a signature holds under a public key: strictly for Ed25519, as the hub's verifier does.
pub(super) fn verify(
    algorithm: Algorithm,
    public_key: &[u8],
    message: &[u8],
    signature: &[u8; 64],
) -> bool {
    match algorithm {
        Algorithm::Ed25519 => <&[u8; 32]>::try_from(public_key)
            .ok()
            .and_then(|key| ed25519_dalek::VerifyingKey::from_bytes(key).ok())
            .is_some_and(|key| {
                let signature = ed25519_dalek::Signature::from_bytes(signature);
                key.verify_strict(message, &signature).is_ok()
            }),
        Algorithm::P256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(public_key)
            .ok()
            .zip(p256::ecdsa::Signature::from_slice(signature).ok())
            .is_some_and(|(key, signature)| key.verify(message, &signature).is_ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(algorithm: Algorithm, secret: &str) -> SigningKey {
        let secret = Secret::new(hex::decode(secret).unwrap().try_into().unwrap());
        SigningKey::from_secret(algorithm, &secret).unwrap()
    }

    #[test]
    fn ed25519_signs_as_in_rfc_8032_section_7_1_test_2() {
        let key = key(
            Algorithm::Ed25519,
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        );
        assert_eq!(
            hex::encode(key.public_key()),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        );
        assert_eq!(
            hex::encode(key.sign(&[0x72])),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        );
    }

    #[test]
    fn p256_signs_as_in_rfc_6979_appendix_a_2_5() {
        let key = key(
            Algorithm::P256,
            "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
        );
        assert_eq!(
            hex::encode(key.sign(b"sample")),
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
             f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
        );
    }

    #[test]
    fn a_p256_scalar_of_zero_or_of_the_order_is_no_key() {
        let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
        for secret in [&"0".repeat(64), order] {
            let secret = Secret::new(hex::decode(secret).unwrap().try_into().unwrap());
            assert!(SigningKey::from_secret(Algorithm::P256, &secret).is_none());
        }
    }
}
