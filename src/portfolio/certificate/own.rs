//! The certificate of a key that stands for itself: the hub's own, which signs receipts.

use chrono::{DateTime, Utc};
use der::Encode;
use x509_cert::ext::ToExtension;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier};
use x509_cert::name::{Name, RdnSequence};

use super::{
    COMMON_NAME, CertificateToBeSigned, DOCUMENT_SIGNING, Decode, EMAIL_PROTECTION,
    PrepareCertificateError, UPPER_BOUND, bounded, certificate, key_identifier, parse_key, utf8,
    validity,
};

/// What an end-entity certificate says that its own key signs.
#[derive(Debug, Clone)]
pub struct OwnFacts {
    /// Whom it stands for.
    pub common_name: String,
    /// The key, P-256, as a SEC1 point (33 or 65 bytes).
    pub public_key: Vec<u8>,
    /// Never used again by this key (RFC 5280 §4.1.2.2).
    pub serial: [u8; 16],
    /// First second of validity.
    pub valid_from: DateTime<Utc>,
    /// Last second of validity.
    pub valid_until: DateTime<Utc>,
}

/// Prepares it: it may sign documents, and no certificate but itself.
pub fn prepare_own(facts: &OwnFacts) -> Result<CertificateToBeSigned, PrepareCertificateError> {
    let key = parse_key(&facts.public_key)?;
    let mut names = RdnSequence::default();
    names.push(utf8(COMMON_NAME, &bounded(&facts.common_name, UPPER_BOUND))?);
    let subject = Name::from_der(&names.to_der()?)?;
    let extensions = vec![
        KeyUsage(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation)
            .to_extension(&subject, &[])?,
        ExtendedKeyUsage(vec![DOCUMENT_SIGNING, EMAIL_PROTECTION]).to_extension(&subject, &[])?,
        SubjectKeyIdentifier(key_identifier(&key)?).to_extension(&subject, &[])?,
    ];
    let valid = validity(facts.valid_from, facts.valid_until)?;
    certificate(&facts.serial, subject.clone(), key, valid, (subject, key), extensions)
}
