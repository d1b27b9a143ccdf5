//! Reading a PKCS#12 file (RFC 7292): one private key and certificates, under a password.
//!
//! Only what today's tools write: PBES2 with PBKDF2 (RFC 8018). The file's own checksum is not asked: a wrong password
//! shows when the key is opened, and what is read must fit together, key to certificate to chain, before it is used.

use cms::content_info::ContentInfo;
use cms::encrypted_data::EncryptedData;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{ID_DATA, ID_ENCRYPTED_DATA};
use der::asn1::{Any, OctetString};
use der::{Decode, Encode, Sequence, Tag, TagNumber, Tagged};
use pkcs5::EncryptionScheme;
use pkcs5::pbes2::Kdf;
use zeroize::Zeroizing;

use super::signing::Secret;

/// The longest file that is read, in bytes.
pub const MAX_PKCS12: usize = 64 * 1024;

/// PBKDF2 rounds: tools write 2,048 to 600,000; more are somebody keeping a processor busy.
const MOST_ROUNDS: u32 = 2_000_000;

/// pkcs-12 bag types (RFC 7292 §4.2).
const KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.1");
const SHROUDED_KEY_BAG: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
const CERTIFICATE_BAG: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
/// x509Certificate (RFC 7292 §4.2.3).
const X509_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.22.1");

/// `[0]`, constructed.
const EXPLICIT: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };

/// Why a PKCS#12 file gives no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Pkcs12Error {
    /// Too long, or not the structure.
    #[error("This is not a PKCS#12 file (.p12, .pfx).")]
    Unreadable,
    /// RC2, 3DES, scrypt, or too many rounds.
    #[error(
        "The file is encrypted in a way that is too old, or that the hub does not know. Write it anew with AES-256: openssl pkcs12 -export."
    )]
    Encryption,
    /// Or the file is damaged.
    #[error("The password does not open this file.")]
    Password,
    /// None, or several.
    #[error("The file must hold exactly one private key.")]
    NotOneKey,
    /// RSA, P-384 …
    #[error(
        "The key is not an ECDSA key on the curve P-256: ask the authority for one of that kind."
    )]
    KeyKind,
}

/// A P-256 key out of a file, not yet sealed; wiped when dropped.
pub struct ImportedKey {
    pub(super) secret: Secret,
    certificates: Vec<Vec<u8>>,
}

impl ImportedKey {
    /// The certificates that came with it, DER, in the file's order; nothing of them is checked.
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }
}

/// Open a file with its password. Takes its time: a password is meant to be slow to try.
pub fn read_pkcs12(file: &[u8], password: &str) -> Result<ImportedKey, Pkcs12Error> {
    if file.len() > MAX_PKCS12 {
        return Err(Pkcs12Error::Unreadable);
    }
    let outer = Pfx::from_der(file).map_err(|_| Pkcs12Error::Unreadable)?;
    if outer.version != 3 || outer.safe.content_type != ID_DATA {
        return Err(Pkcs12Error::Unreadable);
    }
    let safes: Vec<ContentInfo> = inside(&outer.safe)?;
    let (mut keys, mut certificates) = (Vec::new(), Vec::new());
    for safe in safes {
        for bag in bags(&safe, password)? {
            match bag.kind {
                KEY_BAG => keys.push(key(&explicit(&bag.value)?)?),
                SHROUDED_KEY_BAG => keys.push(shrouded_key(&explicit(&bag.value)?, password)?),
                CERTIFICATE_BAG => certificates.extend(certificate(&explicit(&bag.value)?)?),
                _ => {}
            }
        }
    }
    match <[Secret; 1]>::try_from(keys) {
        Ok([secret]) => Ok(ImportedKey { secret, certificates }),
        Err(_) => Err(Pkcs12Error::NotOneKey),
    }
}

/// `PFX`; the checksum behind the contents is not looked at.
#[derive(Sequence)]
struct Pfx {
    version: u8,
    safe: ContentInfo,
    #[asn1(optional = "true")]
    checksum: Option<Any>,
}

#[derive(Sequence)]
struct SafeBag {
    kind: ObjectIdentifier,
    value: Any,
    #[asn1(optional = "true")]
    attributes: Option<Any>,
}

#[derive(Sequence)]
struct CertificateBag {
    kind: ObjectIdentifier,
    value: Any,
}

/// `EncryptedPrivateKeyInfo` (RFC 5958 §3).
#[derive(Sequence)]
struct Shrouded {
    algorithm: Any,
    data: OctetString,
}

/// The value of `data`: DER inside an OCTET STRING.
fn inside<T: for<'a> Decode<'a>>(content: &ContentInfo) -> Result<T, Pkcs12Error> {
    let octets: OctetString = content.content.decode_as().map_err(|_| Pkcs12Error::Unreadable)?;
    T::from_der(octets.as_bytes()).map_err(|_| Pkcs12Error::Unreadable)
}

fn bags(safe: &ContentInfo, password: &str) -> Result<Vec<SafeBag>, Pkcs12Error> {
    match safe.content_type {
        ID_DATA => inside(safe),
        ID_ENCRYPTED_DATA => {
            let data: EncryptedData =
                safe.content.decode_as().map_err(|_| Pkcs12Error::Unreadable)?;
            let info = data.enc_content_info;
            let algorithm = info.content_enc_alg.to_der().map_err(|_| Pkcs12Error::Unreadable)?;
            let content = info.encrypted_content.ok_or(Pkcs12Error::Unreadable)?;
            let clear = decrypt(&algorithm, content.as_bytes(), password)?;
            Vec::from_der(&clear).map_err(|_| Pkcs12Error::Password)
        }
        _ => Err(Pkcs12Error::Unreadable),
    }
}

fn decrypt(
    algorithm: &[u8],
    content: &[u8],
    password: &str,
) -> Result<Zeroizing<Vec<u8>>, Pkcs12Error> {
    let scheme = EncryptionScheme::from_der(algorithm).map_err(|_| Pkcs12Error::Encryption)?;
    let rounds = match scheme.pbes2().map(|parameters| &parameters.kdf) {
        Some(Kdf::Pbkdf2(parameters)) => parameters.iteration_count,
        _ => return Err(Pkcs12Error::Encryption),
    };
    if rounds > MOST_ROUNDS {
        return Err(Pkcs12Error::Encryption);
    }
    match scheme.decrypt(password, content) {
        Ok(clear) => Ok(Zeroizing::new(clear)),
        Err(pkcs5::Error::UnsupportedAlgorithm { .. } | pkcs5::Error::NoPbes1CryptSupport) => {
            Err(Pkcs12Error::Encryption)
        }
        Err(_) => Err(Pkcs12Error::Password),
    }
}

fn key(info: &[u8]) -> Result<Secret, Pkcs12Error> {
    let info = p256::pkcs8::PrivateKeyInfoRef::from_der(info).map_err(|_| Pkcs12Error::Password)?;
    let key = p256::SecretKey::try_from(info).map_err(|_| Pkcs12Error::KeyKind)?;
    let mut secret = Secret::default();
    secret.copy_from_slice(&Zeroizing::new(key.to_bytes()));
    Ok(secret)
}

fn shrouded_key(bag: &[u8], password: &str) -> Result<Secret, Pkcs12Error> {
    let shrouded = Shrouded::from_der(bag).map_err(|_| Pkcs12Error::Unreadable)?;
    let algorithm = shrouded.algorithm.to_der().map_err(|_| Pkcs12Error::Unreadable)?;
    key(&decrypt(&algorithm, shrouded.data.as_bytes(), password)?)
}

/// None for an SDSI certificate.
fn certificate(bag: &[u8]) -> Result<Option<Vec<u8>>, Pkcs12Error> {
    let bag = CertificateBag::from_der(bag).map_err(|_| Pkcs12Error::Unreadable)?;
    if bag.kind != X509_CERTIFICATE {
        return Ok(None);
    }
    let inner = explicit(&bag.value)?;
    let octets = OctetString::from_der(&inner).map_err(|_| Pkcs12Error::Unreadable)?;
    Ok(Some(octets.into_bytes().to_vec()))
}

/// What lies inside a `[0] EXPLICIT`: the content octets of its one element.
fn explicit(value: &Any) -> Result<Zeroizing<Vec<u8>>, Pkcs12Error> {
    if value.tag() != EXPLICIT {
        return Err(Pkcs12Error::Unreadable);
    }
    Ok(Zeroizing::new(value.value().to_vec()))
}
