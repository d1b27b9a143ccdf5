//! Whether a certificate may sign documents at a time (RFC 5280 §4.1.2.5, §4.2.1).

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;
use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};

use super::Finding;
use crate::portfolio::certificate::{DOCUMENT_SIGNING, EMAIL_PROTECTION};

/// Purposes that licensed authorities give to certificates for documents.
const PURPOSES: [ObjectIdentifier; 4] = [
    DOCUMENT_SIGNING,
    EMAIL_PROTECTION,
    // Adobe authentic documents trust
    ObjectIdentifier::new_unwrap("1.2.840.113583.1.1.5"),
    // Microsoft document signing
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.10.3.12"),
];

/// An end-entity certificate for signatures that bind, valid at `at`.
pub(in crate::portfolio) fn check_signing_use(
    certificate: &Certificate,
    at: DateTime<Utc>,
) -> Result<(), Finding> {
    let certificate = certificate.tbs_certificate();
    let usage = certificate.get_extension::<KeyUsage>();
    let binds = matches!(usage, Ok(Some((_, usage)))
        if usage.digital_signature() && usage.non_repudiation() && !usage.key_cert_sign());
    let authority = match certificate.get_extension::<BasicConstraints>() {
        Ok(constraints) => constraints.is_some_and(|(_, constraints)| constraints.ca),
        Err(_) => true,
    };
    let for_documents = match certificate.get_extension::<ExtendedKeyUsage>() {
        Ok(Some((_, purposes))) => purposes.0.iter().any(|purpose| PURPOSES.contains(purpose)),
        Ok(None) => true,
        Err(_) => false,
    };
    if !binds || authority || !for_documents {
        return Err(Finding::CertificateUsage);
    }
    let validity = certificate.validity();
    let seconds = u64::try_from(at.timestamp()).map_err(|_| Finding::CertificateValidity)?;
    let valid = validity.not_before.to_unix_duration().as_secs() <= seconds
        && seconds <= validity.not_after.to_unix_duration().as_secs();
    if valid { Ok(()) } else { Err(Finding::CertificateValidity) }
}
