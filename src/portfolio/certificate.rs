//! The two certificates of a college: its own authority, and the end-entity one it signs documents with.
//!
//! Both are made in two steps, because the private keys stay in the keystore: first the bytes
//! to be signed (RFC 5280 §4.1, `TBSCertificate`), then the certificate around the signature.

mod own;

use chrono::{DateTime, Utc};
use const_oid::db::rfc4519::{COMMON_NAME, COUNTRY_NAME, ORGANIZATION_NAME};
use const_oid::db::rfc5912::ECDSA_WITH_SHA_256;
use der::asn1::{
    BitString, GeneralizedTime, Ia5String, ObjectIdentifier, OctetString, PrintableStringRef,
    SetOfVec, Utf8StringRef,
};
use der::{Any, AnyRef, Decode, Encode, Sequence};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::EncodePublicKey;
use sha2::{Digest, Sha256};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CrlDistributionPoints, ExtendedKeyUsage, KeyUsage,
    KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};

pub use own::{OwnFacts, prepare_own};

/// id-kp-documentSigning (RFC 9336 §3.1).
pub const DOCUMENT_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36");

/// id-kp-emailProtection (RFC 5280 §4.2.1.12).
///
/// NSS (3.87, in poppler and Okular) knows no other purpose for a signature on a document and
/// calls a certificate without it corrupted. As there is no address in ours, no e-mail is signed.
pub const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");

/// What a college's self-signed authority certificate says.
#[derive(Debug, Clone)]
pub struct AuthorityFacts {
    /// The college's name, as the register has it.
    pub college_name: String,
    /// The body the college belongs to; the college itself where there is none.
    pub organisation: String,
    /// Two capital letters (ISO 3166-1).
    pub country: String,
    /// The authority's own P-256 key, as a SEC1 point (33 or 65 bytes).
    pub public_key: Vec<u8>,
    /// Random, never used again by this authority (RFC 5280 §4.1.2.2).
    pub serial: [u8; 16],
    /// First second of validity.
    pub valid_from: DateTime<Utc>,
    /// Last second of validity.
    pub valid_until: DateTime<Utc>,
}

/// What the certificate of a college's document key says.
#[derive(Debug, Clone)]
pub struct SignerFacts {
    /// The college's name, as the register has it.
    pub college_name: String,
    /// The document key, P-256, as a SEC1 point (33 or 65 bytes).
    pub public_key: Vec<u8>,
    /// Random, never used again by this authority (RFC 5280 §4.1.2.2).
    pub serial: [u8; 16],
    /// First second of validity.
    pub valid_from: DateTime<Utc>,
    /// Last second of validity.
    pub valid_until: DateTime<Utc>,
    /// The college's authority certificate, DER; its key signs this one.
    pub authority: Vec<u8>,
    /// Where the authority's revocation list is (RFC 5280 §4.2.1.13); ASCII.
    pub revocation_list: Option<String>,
}

/// A certificate that waits for its signature.
#[derive(Debug, Clone)]
pub struct CertificateToBeSigned {
    message: Vec<u8>,
    issuer_key: VerifyingKey,
}

/// Why a certificate cannot be prepared.
#[derive(Debug, thiserror::Error)]
pub enum PrepareCertificateError {
    /// Not 33 or 65 bytes of SEC1, or not on the curve.
    #[error("the public key is not a P-256 point")]
    PublicKey,
    /// Not an ISO 3166-1 code.
    #[error("the country is not two capital letters: {0:?}")]
    Country(String),
    /// No second lies in the validity.
    #[error("the certificate would end before it begins")]
    Validity,
    /// Not DER, not P-256, or without keyCertSign.
    #[error("the authority's certificate cannot be read, or is no P-256 authority")]
    Authority,
    /// A value does not fit its ASN.1 type.
    #[error("the certificate cannot be encoded")]
    Encode(#[from] der::Error),
}

/// Why a signature does not make a certificate.
#[derive(Debug, thiserror::Error)]
pub enum AttachCertificateError {
    /// The signature belongs to another key or other bytes.
    #[error("the signature was not made by the issuer's key over these bytes")]
    WrongSignature,
    /// A value does not fit its ASN.1 type.
    #[error("the certificate cannot be encoded")]
    Encode(#[from] der::Error),
}

/// Prepares a college's self-signed authority certificate: it may sign end-entity certificates only.
pub fn prepare_authority(
    facts: &AuthorityFacts,
) -> Result<CertificateToBeSigned, PrepareCertificateError> {
    let key = parse_key(&facts.public_key)?;
    let subject = authority_name(facts)?;
    let extensions = vec![
        BasicConstraints { ca: true, path_len_constraint: Some(0) }.to_extension(&subject, &[])?,
        KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign).to_extension(&subject, &[])?,
        SubjectKeyIdentifier(key_identifier(&key)?).to_extension(&subject, &[])?,
    ];
    let valid = validity(facts.valid_from, facts.valid_until)?;
    certificate(&facts.serial, subject.clone(), key, valid, (subject, key), extensions)
}

/// Prepares the certificate of a college's document key, to be signed by its authority.
pub fn prepare_signer(
    facts: &SignerFacts,
) -> Result<CertificateToBeSigned, PrepareCertificateError> {
    let key = parse_key(&facts.public_key)?;
    let authority =
        Certificate::from_der(&facts.authority).map_err(|_| PrepareCertificateError::Authority)?;
    let issuer_key = public_key(&authority).ok_or(PrepareCertificateError::Authority)?;
    if !may_sign_certificates(&authority) {
        return Err(PrepareCertificateError::Authority);
    }
    let issuer = authority.tbs_certificate().subject().clone();
    let subject = signer_name(&issuer, &facts.college_name)?;
    let mut extensions = vec![
        KeyUsage(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation)
            .to_extension(&subject, &[])?,
        ExtendedKeyUsage(vec![DOCUMENT_SIGNING, EMAIL_PROTECTION]).to_extension(&subject, &[])?,
        SubjectKeyIdentifier(key_identifier(&key)?).to_extension(&subject, &[])?,
        AuthorityKeyIdentifier {
            key_identifier: Some(key_identifier(&issuer_key)?),
            ..AuthorityKeyIdentifier::default()
        }
        .to_extension(&subject, &[])?,
    ];
    if let Some(address) = &facts.revocation_list {
        extensions.push(revocation_list_at(address)?.to_extension(&subject, &[])?);
    }
    let valid = validity(facts.valid_from, facts.valid_until)?;
    certificate(&facts.serial, subject, key, valid, (issuer, issuer_key), extensions)
}

impl CertificateToBeSigned {
    /// The bytes the issuer's key signs (ECDSA, P-256, SHA-256).
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The certificate, DER. `signature` is r ‖ s, and is checked first.
    pub fn attach(self, signature: &[u8; 64]) -> Result<Vec<u8>, AttachCertificateError> {
        let certificate = Signed {
            to_be_signed: AnyRef::from_der(&self.message)?,
            signature_algorithm: ecdsa_with_sha256(),
            signature: checked(signature, &self.message, &self.issuer_key)?,
        };
        Ok(certificate.to_der()?)
    }
}

/// A certificate that says `subject` holds `key`, to be signed by the issuer's.
fn certificate(
    serial: &[u8; 16],
    subject: Name,
    key: VerifyingKey,
    validity: Validity,
    (issuer, issuer_key): (Name, VerifyingKey),
    extensions: Vec<Extension>,
) -> Result<CertificateToBeSigned, PrepareCertificateError> {
    let to_be_signed = ToBeSigned {
        version: Version::V3,
        serial_number: SerialNumber::new(serial)?,
        signature: ecdsa_with_sha256(),
        issuer,
        validity,
        subject,
        subject_public_key_info: spki(&key)?,
        extensions,
    };
    Ok(CertificateToBeSigned { message: to_be_signed.to_der()?, issuer_key })
}

/// A signature (r ‖ s) as X.509 writes it, once it holds.
pub(super) fn checked(
    signature: &[u8; 64],
    message: &[u8],
    key: &VerifyingKey,
) -> Result<BitString, AttachCertificateError> {
    let signature = Signature::from_slice(signature)
        .map_err(|_| AttachCertificateError::WrongSignature)?
        .normalize_s();
    key.verify(message, &signature).map_err(|_| AttachCertificateError::WrongSignature)?;
    Ok(BitString::from_bytes(signature.to_der().as_bytes())?)
}

/// The P-256 key a certificate is about; none for any other kind of key.
pub fn public_key(certificate: &Certificate) -> Option<VerifyingKey> {
    let info = certificate.tbs_certificate().subject_public_key_info().to_der().ok()?;
    let info = spki::SubjectPublicKeyInfoRef::from_der(&info).ok()?;
    VerifyingKey::try_from(info).ok()
}

/// ecdsa-with-SHA256, whose parameters are absent (RFC 5758 §3.2).
pub(super) fn ecdsa_with_sha256() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA_256, parameters: None }
}

/// `TBSCertificate` (RFC 5280 §4.1): x509-cert reads it, but builds it only beside a private key.
#[derive(Sequence)]
struct ToBeSigned {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: Version,
    serial_number: SerialNumber,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: Validity,
    subject: Name,
    subject_public_key_info: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct Signed<'a> {
    to_be_signed: AnyRef<'a>,
    signature_algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

pub(super) fn parse_key(point: &[u8]) -> Result<VerifyingKey, PrepareCertificateError> {
    VerifyingKey::from_sec1_bytes(point).map_err(|_| PrepareCertificateError::PublicKey)
}

pub(super) fn spki(key: &VerifyingKey) -> Result<SubjectPublicKeyInfoOwned, der::Error> {
    let document = key.to_public_key_der().expect("a P-256 point always encodes");
    SubjectPublicKeyInfoOwned::from_der(document.as_bytes())
}

/// The leftmost 160 bits of SHA-256 of the key (RFC 7093 §2, method 1).
pub(super) fn key_identifier(key: &VerifyingKey) -> Result<OctetString, der::Error> {
    let digest = Sha256::digest(key.to_sec1_point(false).as_bytes());
    OctetString::new(&digest[..20])
}

fn may_sign_certificates(authority: &Certificate) -> bool {
    let certificate = authority.tbs_certificate();
    let usage = certificate.get_extension::<KeyUsage>();
    let constraints = certificate.get_extension::<BasicConstraints>();
    matches!(usage, Ok(Some((_, usage))) if usage.key_cert_sign())
        && matches!(constraints, Ok(Some((_, constraints))) if constraints.ca)
}

fn revocation_list_at(address: &str) -> Result<CrlDistributionPoints, der::Error> {
    let address = GeneralName::UniformResourceIdentifier(Ia5String::new(address)?);
    Ok(CrlDistributionPoints(vec![DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![address])),
        reasons: None,
        crl_issuer: None,
    }]))
}

fn authority_name(facts: &AuthorityFacts) -> Result<Name, PrepareCertificateError> {
    const SUFFIX: &str = " Document Authority";
    let common = bounded(&facts.college_name, UPPER_BOUND - SUFFIX.len()) + SUFFIX;
    full_name(&facts.country, &facts.organisation, &common)
}

/// The name a college asks an authority outside for a certificate with.
pub(super) fn college_name(college: &str, country: &str) -> Result<Name, PrepareCertificateError> {
    full_name(country, college, &bounded(college, UPPER_BOUND))
}

fn full_name(
    country: &str,
    organisation: &str,
    common: &str,
) -> Result<Name, PrepareCertificateError> {
    if country.len() != 2 || !country.bytes().all(|letter| letter.is_ascii_uppercase()) {
        return Err(PrepareCertificateError::Country(country.to_owned()));
    }
    let mut names = RdnSequence::default();
    names.push(single(COUNTRY_NAME, Any::encode_from(&PrintableStringRef::new(country)?)?)?);
    names.push(utf8(ORGANIZATION_NAME, &bounded(organisation, UPPER_BOUND))?);
    names.push(utf8(COMMON_NAME, common)?);
    Ok(Name::from_der(&names.to_der()?)?)
}

/// The authority's country and organisation, with the college itself as the common name.
fn signer_name(authority: &Name, college: &str) -> Result<Name, der::Error> {
    let mut names = RdnSequence::default();
    for part in authority.iter_rdn() {
        if part.iter().all(|attribute| attribute.oid != COMMON_NAME) {
            names.push(part.clone());
        }
    }
    names.push(utf8(COMMON_NAME, &bounded(college, UPPER_BOUND))?);
    Name::from_der(&names.to_der()?)
}

/// ub-common-name and ub-organization-name (RFC 5280 A.1), in characters.
const UPPER_BOUND: usize = 64;

fn bounded(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

fn utf8(oid: ObjectIdentifier, text: &str) -> Result<RelativeDistinguishedName, der::Error> {
    single(oid, Any::encode_from(&Utf8StringRef::new(text)?)?)
}

fn single(oid: ObjectIdentifier, value: Any) -> Result<RelativeDistinguishedName, der::Error> {
    let attribute = AttributeTypeAndValue { oid, value };
    Ok(RelativeDistinguishedName::from(SetOfVec::try_from(vec![attribute])?))
}

fn validity(
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Validity, PrepareCertificateError> {
    if until <= from {
        return Err(PrepareCertificateError::Validity);
    }
    Ok(Validity::new(time(from)?, time(until)?))
}

/// UTCTime to 2049, GeneralizedTime after it (RFC 5280 §4.1.2.5).
pub(super) fn time(at: DateTime<Utc>) -> Result<Time, PrepareCertificateError> {
    let seconds = u64::try_from(at.timestamp()).map_err(|_| PrepareCertificateError::Validity)?;
    let at = GeneralizedTime::from_unix_duration(std::time::Duration::from_secs(seconds))?;
    Ok(Time::from(at.to_date_time()))
}
