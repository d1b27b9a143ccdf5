//! The revocation list of a college's own authority (RFC 5280 §5): which document certificates fell.
//!
//! Made in two steps like a certificate, because the private key stays in the keystore.

use chrono::{DateTime, Utc};
use der::{Decode, Encode};
use p256::ecdsa::VerifyingKey;
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::ext::ToExtension;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, CrlNumber, CrlReason};

use super::certificate::{
    AttachCertificateError, PrepareCertificateError, checked, ecdsa_with_sha256, key_identifier,
    public_key, time,
};

/// What a revocation list says.
#[derive(Debug, Clone)]
pub struct RevocationFacts {
    /// The authority's certificate, DER; its key signs the list.
    pub authority: Vec<u8>,
    /// One more than the number of the list before (RFC 5280 §5.2.3).
    pub number: u64,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When another will be there at the latest.
    pub next_at: DateTime<Utc>,
    /// Certificates (DER) whose keys fell, with the time since when.
    pub fallen: Vec<(Vec<u8>, DateTime<Utc>)>,
}

/// A list that waits for its signature.
#[derive(Debug, Clone)]
pub struct ListToBeSigned {
    body: TbsCertList,
    message: Vec<u8>,
    issuer_key: VerifyingKey,
}

/// Prepares a list; certificates of other issuers are left out of it.
pub fn prepare_list(facts: &RevocationFacts) -> Result<ListToBeSigned, PrepareCertificateError> {
    let authority =
        Certificate::from_der(&facts.authority).map_err(|_| PrepareCertificateError::Authority)?;
    let issuer_key = public_key(&authority).ok_or(PrepareCertificateError::Authority)?;
    let issuer = authority.tbs_certificate().subject().clone();
    let identifier = key_identifier(&issuer_key)?;
    let mut revoked = Vec::new();
    for (der, since) in &facts.fallen {
        let certificate = Certificate::from_der(der)?;
        let certificate = certificate.tbs_certificate();
        let by = certificate.get_extension::<AuthorityKeyIdentifier>();
        let ours =
            matches!(&by, Ok(Some((_, by))) if by.key_identifier.as_ref() == Some(&identifier));
        if *certificate.issuer() != issuer || !ours {
            continue;
        }
        revoked.push(RevokedCert {
            serial_number: certificate.serial_number().clone(),
            // Since when the key may have been in other hands: what was signed before it is for a time-stamp to show.
            revocation_date: time(*since)?,
            crl_entry_extensions: Some(vec![CrlReason::KeyCompromise.to_extension(&issuer, &[])?]),
        });
    }
    let body = TbsCertList {
        version: Version::V2,
        signature: ecdsa_with_sha256(),
        this_update: time(facts.made_at)?,
        next_update: Some(time(facts.next_at)?),
        revoked_certificates: (!revoked.is_empty()).then_some(revoked),
        crl_extensions: Some(vec![
            AuthorityKeyIdentifier {
                key_identifier: Some(identifier),
                ..AuthorityKeyIdentifier::default()
            }
            .to_extension(&issuer, &[])?,
            CrlNumber::try_from(facts.number)?.to_extension(&issuer, &[])?,
        ]),
        issuer,
    };
    Ok(ListToBeSigned { message: body.to_der()?, body, issuer_key })
}

impl ListToBeSigned {
    /// The bytes the authority's key signs (ECDSA, P-256, SHA-256).
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The list, DER. `signature` is r ‖ s, and is checked first.
    pub fn attach(self, signature: &[u8; 64]) -> Result<Vec<u8>, AttachCertificateError> {
        let list = CertificateList {
            tbs_cert_list: self.body,
            signature_algorithm: ecdsa_with_sha256(),
            signature: checked(signature, &self.message, &self.issuer_key)?,
        };
        Ok(list.to_der()?)
    }
}
