//! Certificates from somebody else's authority: what is asked for (PKCS#10), and what comes back.

use chrono::{DateTime, Utc};
use der::asn1::{BitString, SetOfVec};
use der::pem::LineEnding;
use der::{Decode, Encode, EncodePem};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter};
use x509_cert::Certificate;
use x509_cert::request::{CertReq, CertReqInfo, Version};

use super::certificate::{
    AttachCertificateError, PrepareCertificateError, college_name, ecdsa_with_sha256, parse_key,
    public_key, spki,
};
use super::check::{Finding, check_signing_use};
use super::sign::{CONTENTS_BYTES, MOST_CERTIFICATES, SIGNER_INFO_BYTES};

/// A signing certificate that may be used, with those above it, nearest first; DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedChain {
    /// The signer's.
    pub certificate: Vec<u8>,
    /// Above it; at least one.
    pub chain: Vec<Vec<u8>>,
    /// When the first of them ends.
    pub valid_until: DateTime<Utc>,
}

/// Why certificates are not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckChainError {
    /// Not DER, or not in the one encoding that goes into signatures.
    #[error("A certificate cannot be read, or is not in DER.")]
    Unreadable,
    /// No certificate is about the key.
    #[error("None of the certificates is about this key.")]
    NotOfThisKey,
    /// RSA, P-384 …
    #[error(
        "The key is not an ECDSA key on the curve P-256: ask the authority for one of that kind."
    )]
    KeyKind,
    /// Not for documents.
    #[error(
        "The certificate may not sign documents: it needs the key usages digitalSignature and nonRepudiation, no authority's rights, and where it names purposes, one for documents."
    )]
    Usage,
    /// Too early or too late.
    #[error("The certificate is not valid now.")]
    Validity,
    /// The ones above it are missing.
    #[error("The certificates of the authorities above it are missing.")]
    NoChain,
    /// More than fit into a signature.
    #[error(
        "There are too many certificates, or they are too long: at most three above the signer's, 7 KB in all."
    )]
    TooLong,
    /// A link does not hold.
    #[error(
        "The certificates do not follow from one another: a signature, a right or a validity does not hold."
    )]
    BrokenChain,
}

/// Sorts certificates (DER, in any order) into the chain above a P-256 key, and checks every link at `now`.
pub fn check_chain(
    certificates: &[Vec<u8>],
    key: &[u8],
    now: DateTime<Utc>,
) -> Result<CheckedChain, CheckChainError> {
    let key = VerifyingKey::from_sec1_bytes(key).map_err(|_| CheckChainError::KeyKind)?;
    let mut read = Vec::new();
    for der in certificates {
        let certificate = Certificate::from_der(der).map_err(|_| CheckChainError::Unreadable)?;
        if certificate.to_der().ok().as_ref() != Some(der) {
            return Err(CheckChainError::Unreadable);
        }
        read.push((certificate, der));
    }
    let own = |one: &&(Certificate, &Vec<u8>)| public_key(&one.0) == Some(key);
    let (signer, der) = read.iter().find(own).ok_or(CheckChainError::NotOfThisKey)?;
    check_signing_use(signer, now).map_err(|finding| match finding {
        Finding::CertificateValidity => CheckChainError::Validity,
        _ => CheckChainError::Usage,
    })?;
    let mut chain: Vec<&(Certificate, &Vec<u8>)> = Vec::new();
    let mut last = signer;
    while last.tbs_certificate().issuer() != last.tbs_certificate().subject() {
        let issuer = last.tbs_certificate().issuer();
        let above = read.iter().find(|(above, _)| above.tbs_certificate().subject() == issuer);
        let Some(above) = above else { break };
        if chain.len() == MOST_CERTIFICATES {
            return Err(CheckChainError::TooLong);
        }
        chain.push(above);
        last = &above.0;
    }
    let bytes: usize = der.len() + chain.iter().map(|(_, der)| der.len()).sum::<usize>();
    if chain.len() >= MOST_CERTIFICATES || bytes + SIGNER_INFO_BYTES > CONTENTS_BYTES {
        return Err(CheckChainError::TooLong);
    }
    let above: Vec<Vec<u8>> = chain.iter().map(|(_, der)| (*der).clone()).collect();
    check_links(der, &above, now)?;
    Ok(CheckedChain {
        certificate: (*der).clone(),
        chain: above,
        valid_until: ends(signer).ok_or(CheckChainError::Validity)?,
    })
}

/// The certificates (DER) of a PEM text, in its order.
pub fn read_pem(text: &str) -> Result<Vec<Vec<u8>>, CheckChainError> {
    let read = Certificate::load_pem_chain(text.as_bytes());
    let read = read.map_err(|_| CheckChainError::Unreadable)?;
    let ders: Result<_, _> = read.iter().map(Encode::to_der).collect();
    ders.map_err(|_| CheckChainError::Unreadable)
}

/// Every signature, right and validity up to the last certificate, which is taken as it is (RFC 5280 §6).
fn check_links(
    signer: &[u8],
    above: &[Vec<u8>],
    now: DateTime<Utc>,
) -> Result<(), CheckChainError> {
    let (anchor, between) = above.split_last().ok_or(CheckChainError::NoChain)?;
    let broken = |_| CheckChainError::BrokenChain;
    let (signer, anchor) = (CertificateDer::from(signer), CertificateDer::from(&anchor[..]));
    let anchors = [webpki::anchor_from_trusted_cert(&anchor).map_err(broken)?];
    let between: Vec<_> = between.iter().map(|der| CertificateDer::from(&der[..])).collect();
    let seconds = u64::try_from(now.timestamp()).map_err(|_| CheckChainError::Validity)?;
    let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    EndEntityCert::try_from(&signer)
        .and_then(|signer| {
            let algorithms = webpki::ALL_VERIFICATION_ALGS;
            signer
                .verify_for_usage(algorithms, &anchors, &between, time, AnyPurpose, None, None)
                .map(|_| ())
        })
        .map_err(broken)
}

/// The signer's purposes are looked at by themselves; authorities are not bound to one.
struct AnyPurpose;

impl ExtendedKeyUsageValidator for AnyPurpose {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        Ok(())
    }
}

fn ends(certificate: &Certificate) -> Option<DateTime<Utc>> {
    let end = certificate.tbs_certificate().validity().not_after.to_unix_duration().as_secs();
    DateTime::from_timestamp(i64::try_from(end).ok()?, 0)
}

/// A request for a certificate that waits for its signature.
#[derive(Debug, Clone)]
pub struct RequestToBeSigned {
    info: CertReqInfo,
    message: Vec<u8>,
    key: VerifyingKey,
}

/// Prepares a request (RFC 2986) for a college's key, a SEC1 point on P-256.
pub fn prepare_request(
    college: &str,
    country: &str,
    key: &[u8],
) -> Result<RequestToBeSigned, PrepareCertificateError> {
    let key = parse_key(key)?;
    let info = CertReqInfo {
        version: Version::V1,
        subject: college_name(college, country)?,
        public_key: spki(&key)?,
        attributes: SetOfVec::default(),
    };
    Ok(RequestToBeSigned { message: info.to_der()?, info, key })
}

impl RequestToBeSigned {
    /// The bytes the key signs (ECDSA, P-256, SHA-256), to show that whoever asks has it.
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The request, PEM. `signature` is r ‖ s, and is checked first.
    pub fn attach(self, signature: &[u8; 64]) -> Result<String, AttachCertificateError> {
        let signature = Signature::from_slice(signature)
            .map_err(|_| AttachCertificateError::WrongSignature)?
            .normalize_s();
        self.key
            .verify(&self.message, &signature)
            .map_err(|_| AttachCertificateError::WrongSignature)?;
        let request = CertReq {
            info: self.info,
            algorithm: ecdsa_with_sha256(),
            signature: BitString::from_bytes(signature.to_der().as_bytes())?,
        };
        Ok(request.to_pem(LineEnding::LF)?)
    }
}
