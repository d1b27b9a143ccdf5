//! What to sign in a rendered PDF, and the signed file around the signature.
//!
//! PAdES baseline (ETSI EN 319 142-1 §6): a certification signature that permits no change, in an
//! invisible field. The private key stays in the keystore: [`prepare`] lays out the whole file
//! with an empty place for the value, [`PreparedPdf::message`] is what the key signs, and
//! [`PreparedPdf::attach`] puts the value into its place (B-B: same input, same bytes), with a
//! time-stamp on it where there is one (B-T). [`archive`] adds what a validator needs long after
//! (B-LT), and a time-stamp over all of it (B-LTA).

pub mod archive;
pub(super) mod cms;
mod level;
pub(super) mod update;

use chrono::{DateTime, Utc};
use der::{Decode, Encode};
use lopdf::{Document, LoadOptions};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use x509_cert::Certificate;

use super::certificate;
use super::check::layout;
use super::check::{self, Finding, check_signing_use};
use update::Gap;

pub use level::Level;

/// The room for a signature's value without a time-stamp, in bytes before hexadecimal.
///
/// Enough for three RSA certificates of a licensed CA.
pub const CONTENTS_BYTES: usize = 8192;

/// The room for a value with a time-stamp: an authority's token and its chain take up to 12 KB.
pub const STAMPED_CONTENTS_BYTES: usize = 24_576;

/// More certificates than a signer and three authorities are nobody's chain.
pub(super) const MOST_CERTIFICATES: usize = 4;

/// What one SignerInfo needs beside the certificates, generously, in bytes.
pub(super) const SIGNER_INFO_BYTES: usize = 768;

/// What a decompressed stream of the rendered file may measure while lopdf reads it, in bytes.
pub(super) const MAX_DECOMPRESSED: usize = 16 * 1024 * 1024;

/// What a signature says about itself.
#[derive(Debug, Clone)]
pub struct SignatureFacts {
    /// The certificate of the college's document key (DER, P-256).
    pub signer_certificate: Vec<u8>,
    /// The certificates above it (DER), for readers that build a chain.
    pub chain: Vec<Vec<u8>>,
    /// Time of signing, from the record; whole seconds.
    pub signed_at: DateTime<Utc>,
    /// Who signs: the college's name.
    pub name: String,
    /// Why, in a sentence.
    pub reason: String,
    /// The town, where given.
    pub location: Option<String>,
    /// Where to ask about the signature, where given.
    pub contact: Option<String>,
    /// Leave room for a time-stamp: whether one comes is seen only after the key has signed.
    pub stampable: bool,
}

/// A PDF that is complete but for the signature's value.
#[derive(Debug, Clone)]
pub struct PreparedPdf {
    pdf: Vec<u8>,
    gap: Gap,
    room: usize,
    signer: Certificate,
    signer_key: VerifyingKey,
    chain: Vec<Certificate>,
    attributes: x509_cert::attr::Attributes,
    message: Vec<u8>,
}

/// Why a PDF cannot be prepared for its signature.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The outer form is not the renderer's.
    #[error("the file is not one that the renderer makes: {0}")]
    NotRendered(Finding),
    /// lopdf refuses the objects.
    #[error("the file's objects cannot be read")]
    Unreadable(#[from] lopdf::Error),
    /// A second signature would break the first.
    #[error("the file has a form or a signature already")]
    AlreadySigned,
    /// A certificate does not encode to the same bytes again.
    #[error("a certificate cannot be read, or is not in DER")]
    CertificateEncoding,
    /// Documents are signed with ECDSA on P-256 only.
    #[error("the signer's key is not a P-256 key")]
    KeyKind,
    /// Wrong purpose, or not valid at the time of signing.
    #[error("the signer's certificate cannot sign this: {0}")]
    CertificateUse(Finding),
    /// The chain needs more room than every signature has.
    #[error("the certificates do not fit into the room of the signature")]
    ChainTooLong,
    /// A value does not fit its ASN.1 type.
    #[error("the signature cannot be encoded")]
    Encode(#[from] der::Error),
}

/// Why a signature does not complete a prepared PDF.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// The signature belongs to another key or other bytes.
    #[error("the signature was not made by the certificate's key over these bytes")]
    WrongSignature,
    /// The value needs more room than every signature has.
    #[error("the signature, or its time-stamp, does not fit into its room")]
    TooLong,
    /// A value does not fit its ASN.1 type.
    #[error("the signature cannot be encoded")]
    Encode(#[from] der::Error),
}

/// Lays out the signed file around an empty place for the signature.
pub fn prepare(mut pdf: Vec<u8>, facts: &SignatureFacts) -> Result<PreparedPdf, PrepareError> {
    let signer = read_certificate(&facts.signer_certificate)?;
    let signer_key = certificate::public_key(&signer).ok_or(PrepareError::KeyKind)?;
    check_signing_use(&signer, facts.signed_at).map_err(PrepareError::CertificateUse)?;
    let chain: Vec<_> =
        facts.chain.iter().map(|der| read_certificate(der)).collect::<Result<_, _>>()?;
    let certificates: Vec<&[u8]> =
        std::iter::once(&facts.signer_certificate).chain(&facts.chain).map(Vec::as_slice).collect();
    let room = if facts.stampable { STAMPED_CONTENTS_BYTES } else { CONTENTS_BYTES };
    let bytes: usize = certificates.iter().map(|der| der.len()).sum();
    if certificates.len() > MOST_CERTIFICATES || bytes + SIGNER_INFO_BYTES > CONTENTS_BYTES {
        return Err(PrepareError::ChainTooLong);
    }

    let rendered = layout::read_rendered(&pdf).map_err(PrepareError::NotRendered)?;
    let document = Document::load_mem_with_options(
        &pdf,
        LoadOptions {
            strict: true,
            max_decompressed_size: Some(MAX_DECOMPRESSED),
            ..LoadOptions::default()
        },
    )?;
    let gap = update::append(&mut pdf, &document, &rendered, facts)?;
    check::check_one_byte_range(&pdf).map_err(PrepareError::NotRendered)?;

    let attributes =
        cms::signed_attributes(&digest_around(&pdf, gap.start, gap.end), &certificates)?;
    let message = attributes.to_der()?;
    Ok(PreparedPdf { pdf, gap, room, signer, signer_key, chain, attributes, message })
}

impl PreparedPdf {
    /// The bytes the document key signs: the DER of the signed attributes (RFC 5652 §5.4).
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The signed file, B-B. `signature` is r ‖ s of ECDSA P-256 over SHA-256, and is checked first.
    pub fn attach(self, signature: &[u8; 64]) -> Result<Vec<u8>, AttachError> {
        self.complete(signature, None)
    }

    /// What an authority stamps: SHA-256 of the signature as it will stand in the file (RFC 3161, appendix A).
    pub fn imprint(&self, signature: &[u8; 64]) -> Result<[u8; 32], AttachError> {
        Ok(Sha256::digest(self.check(signature)?.to_der().as_bytes()).into())
    }

    /// The signed file with a token (DER) over [`Self::imprint`] on its signature, B-T. The token was checked before.
    pub fn attach_stamped(
        self,
        signature: &[u8; 64],
        token: &[u8],
    ) -> Result<Vec<u8>, AttachError> {
        self.complete(signature, Some(token))
    }

    fn check(&self, signature: &[u8; 64]) -> Result<Signature, AttachError> {
        // One form of each signature (the low s), so that nobody can make a second file of one.
        let signature = Signature::from_slice(signature)
            .map_err(|_| AttachError::WrongSignature)?
            .normalize_s();
        self.signer_key
            .verify(&self.message, &signature)
            .map_err(|_| AttachError::WrongSignature)?;
        Ok(signature)
    }

    fn complete(
        mut self,
        signature: &[u8; 64],
        token: Option<&[u8]>,
    ) -> Result<Vec<u8>, AttachError> {
        let signature = self.check(signature)?;
        let (signer, chain) = (&self.signer, &self.chain);
        let value = cms::signed_data(signer, chain, self.attributes, &signature, token)?;
        if value.len() > self.room {
            return Err(AttachError::TooLong);
        }
        update::put_value(&mut self.pdf, self.gap, &value);
        Ok(self.pdf)
    }
}

/// SHA-256 of a file without the bytes from `start` to `end`.
pub(super) fn digest_around(pdf: &[u8], start: usize, end: usize) -> [u8; 32] {
    Sha256::new().chain_update(&pdf[..start]).chain_update(&pdf[end..]).finalize().into()
}

/// Reads a certificate that encodes to the same bytes again, as it must inside the signature.
fn read_certificate(der: &[u8]) -> Result<Certificate, PrepareError> {
    let certificate = Certificate::from_der(der).map_err(|_| PrepareError::CertificateEncoding)?;
    if certificate.to_der()? != der {
        return Err(PrepareError::CertificateEncoding);
    }
    Ok(certificate)
}
