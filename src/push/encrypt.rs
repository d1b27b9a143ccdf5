//! Message encryption for Web Push (RFC 8291) in one record of aes128gcm (RFC 8188).

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes128Gcm, Nonce};
use hkdf::Hkdf;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, SecretKey};
use sha2::Sha256;

/// RFC 8291 §4: 4,096 octets, without the header, the tag and the delimiter.
pub const LONGEST: usize = 3993;
/// Octets of an uncompressed point.
const POINT: u8 = 65;
/// The record size that the header names: one record holds it all.
const RECORD: u32 = 4096;

/// What is drawn at random for each message, and never used again.
pub struct Once {
    /// The key of this message.
    pub secret: [u8; 32],
    /// RFC 8188 §2.1.
    pub salt: [u8; 16],
}

/// Why a message cannot be encrypted.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EncryptError {
    /// The browser's key is no point of P-256.
    #[error("the browser's key is none")]
    BrowserKey,
    /// The drawn secret is no key: once in four thousand million times.
    #[error("the drawn secret is no key")]
    Secret,
    /// More than a push service takes.
    #[error("the message is too long")]
    TooLong,
}

/// Encrypt a message for the browser that has the private part of `p256dh` and knows `auth`.
pub fn encrypt(
    message: &[u8],
    p256dh: &[u8],
    auth: &[u8],
    once: Once,
) -> Result<Vec<u8>, EncryptError> {
    if message.len() > LONGEST {
        return Err(EncryptError::TooLong);
    }
    let browser = PublicKey::from_sec1_bytes(p256dh).map_err(|_| EncryptError::BrowserKey)?;
    let own = SecretKey::from_slice(&once.secret).map_err(|_| EncryptError::Secret)?;
    // Uncompressed, as RFC 8291 §3.1 wants both.
    let own_public = own.public_key().to_sec1_point(false);
    let browser_public = browser.to_sec1_point(false);
    let shared = p256::ecdh::diffie_hellman(own.to_nonzero_scalar(), browser.as_affine());

    // RFC 8291 §3.4.
    let info = [b"WebPush: info\0", browser_public.as_bytes(), own_public.as_bytes()].concat();
    let secret = expand::<32>(auth, shared.raw_secret_bytes(), &info);
    let key = expand::<16>(&once.salt, &secret, b"Content-Encoding: aes128gcm\0");
    let nonce = expand::<12>(&once.salt, &secret, b"Content-Encoding: nonce\0");

    // RFC 8188 §2: the last record ends with a delimiter of 2.
    let record = [message, &[2]].concat();
    let cipher = Aes128Gcm::new(&key.into());
    let sealed =
        cipher.encrypt(&Nonce::from(nonce), &record[..]).map_err(|_| EncryptError::TooLong)?;
    Ok([&once.salt[..], &RECORD.to_be_bytes(), &[POINT], own_public.as_bytes(), &sealed].concat())
}

fn expand<const N: usize>(salt: &[u8], secret: &[u8], info: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    Hkdf::<Sha256>::new(Some(salt), secret)
        .expand(info, &mut out)
        .expect("some octets are not too many for HKDF");
    out
}

#[cfg(test)]
pub(super) mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    /// The browser's public key of RFC 8291 §5.
    pub(in crate::push) fn browser_key() -> Vec<u8> {
        decode(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        )
    }

    fn decode(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    #[test]
    fn it_encrypts_as_the_example_of_rfc_8291_section_5() {
        let message = encrypt(
            b"When I grow up, I want to be a watermelon",
            &browser_key(),
            &decode("BTBZMqHH6r4Tts7J_aSIgg"),
            Once {
                secret: decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw").try_into().unwrap(),
                salt: decode("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap(),
            },
        )
        .unwrap();
        assert_eq!(
            URL_SAFE_NO_PAD.encode(message),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIg\
             Dll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVB\
             St2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn what_is_no_key_or_too_long_is_refused() {
        let once = || Once { secret: [1; 32], salt: [2; 16] };
        let refused = |message: &[u8], key: &[u8]| encrypt(message, key, &[7; 16], once());
        assert_eq!(refused(b"x", &[4; 65]), Err(EncryptError::BrowserKey));
        assert_eq!(refused(&[0; LONGEST + 1], &browser_key()), Err(EncryptError::TooLong));
        assert_eq!(refused(&[0; LONGEST], &browser_key()).unwrap().len(), 86 + LONGEST + 17);
    }
}
