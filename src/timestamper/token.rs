//! What a token says, and whether it is to be believed (RFC 3161 §2.2, §2.3, §2.4.2; RFC 5652; RFC 5816).

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{
    ID_AA_SIGNING_CERTIFICATE_V_2, ID_CONTENT_TYPE, ID_MESSAGE_DIGEST, ID_SIGNED_DATA,
};
use const_oid::db::rfc5912::{
    ECDSA_WITH_SHA_256, ECDSA_WITH_SHA_384, ID_SHA_256, ID_SHA_384, ID_SHA_512, RSA_ENCRYPTION,
    SHA_256_WITH_RSA_ENCRYPTION, SHA_384_WITH_RSA_ENCRYPTION, SHA_512_WITH_RSA_ENCRYPTION,
};
use der::asn1::{Int, OctetString};
use der::{Any, Decode, Encode, Tag, Tagged};
use sha2::{Digest, Sha256, Sha384, Sha512};
use tokio_rustls::rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use webpki::ring as algorithms;
use webpki::{EndEntityCert, KeyUsage};
use x509_cert::Certificate;
use x509_cert::attr::Attributes;
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectKeyIdentifier};

use super::asn1::{SigningCertificateV2, TST_INFO, TstInfo};

/// id-kp-timeStamping (RFC 3161 §2.3), the content octets of its OID.
const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];

/// Why a token is not to be believed.
#[derive(Debug, thiserror::Error)]
pub enum CheckTokenError {
    /// Not DER, or not the structure.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] der::Error),
    /// It lacks a part, or has another in its place.
    #[error("it is no time-stamp: {0}")]
    Shape(&'static str),
    /// It is over something else.
    #[error("it is a stamp on something else")]
    Imprint,
    /// An algorithm that is not accepted here.
    #[error("its algorithm is not accepted: {0}")]
    Algorithm(String),
    /// The signature is not over what it says.
    #[error("its signature is wrong")]
    Signature,
    /// The certificate is not trusted, not valid at the time, or not for time-stamping.
    #[error("its certificate is not to be trusted for this: {0}")]
    Certificate(String),
}

/// A token that holds.
pub(super) struct Read {
    pub(super) at: DateTime<Utc>,
    pub(super) nonce: Option<Int>,
}

/// Read a token, if one of the trusted authorities signed it, for time-stamping, over this digest.
pub(super) fn check(
    token: &[u8],
    digest: &[u8; 32],
    trusted: &[CertificateDer<'_>],
) -> Result<Read, CheckTokenError> {
    let signed = signed_data(token)?;
    let content = signed
        .encap_content_info
        .econtent
        .as_ref()
        .ok_or(CheckTokenError::Shape("it has no content"))?
        .decode_as::<OctetString>()?;
    let info = TstInfo::from_der(content.as_bytes())?;
    if info.version != 1 {
        return Err(CheckTokenError::Shape("it is of another version"));
    }
    if !info.imprint.is_of(digest) {
        return Err(CheckTokenError::Imprint);
    }
    let at = time(&info.time)?;
    let [signer] = signed.signer_infos.0.as_slice() else {
        return Err(CheckTokenError::Shape("it has not exactly one signer"));
    };
    let certificates = certificates(&signed)?;
    let certificate = certificates
        .iter()
        .find(|certificate| is_of(certificate, &signer.sid))
        .ok_or(CheckTokenError::Shape("it comes without its signer's certificate"))?;
    check_attributes(signer, content.as_bytes(), certificate)?;
    check_signature(signer, certificate)?;
    check_certificate(certificate, &certificates, at, trusted)?;
    Ok(Read { at, nonce: info.nonce })
}

fn signed_data(token: &[u8]) -> Result<SignedData, CheckTokenError> {
    let outer = ContentInfo::from_der(token)?;
    if outer.content_type != ID_SIGNED_DATA {
        return Err(CheckTokenError::Shape("it is not signed data"));
    }
    let signed: SignedData = outer.content.decode_as()?;
    if signed.encap_content_info.econtent_type != TST_INFO {
        return Err(CheckTokenError::Shape("what is signed is not a TSTInfo"));
    }
    Ok(signed)
}

fn certificates(signed: &SignedData) -> Result<Vec<Certificate>, CheckTokenError> {
    let choices = signed.certificates.iter().flat_map(|set| set.0.iter());
    let plain = choices.filter_map(|choice| match choice {
        CertificateChoices::Certificate(certificate) => Some(certificate.clone()),
        CertificateChoices::Other(_) => None,
    });
    Ok(plain.collect())
}

fn is_of(certificate: &Certificate, signer: &SignerIdentifier) -> bool {
    let body = certificate.tbs_certificate();
    match signer {
        SignerIdentifier::IssuerAndSerialNumber(named) => {
            named.issuer == *body.issuer() && named.serial_number == *body.serial_number()
        }
        SignerIdentifier::SubjectKeyIdentifier(named) => {
            matches!(body.get_extension::<SubjectKeyIdentifier>(), Ok(Some((_, key))) if key == *named)
        }
    }
}

/// The signed attributes are of this content (RFC 5652 §5.4, §11) and name this certificate (RFC 5816 §2.2.1):
/// without the latter, another certificate of the same key could be put in its place.
fn check_attributes(
    signer: &SignerInfo,
    content: &[u8],
    certificate: &Certificate,
) -> Result<(), CheckTokenError> {
    let attributes =
        signer.signed_attrs.as_ref().ok_or(CheckTokenError::Shape("it signs no attributes"))?;
    let kind: ObjectIdentifier = only(attributes, ID_CONTENT_TYPE)?.decode_as()?;
    let digest: OctetString = only(attributes, ID_MESSAGE_DIGEST)?.decode_as()?;
    if kind != TST_INFO {
        return Err(CheckTokenError::Shape("its attributes are of another content"));
    }
    if hash(signer.digest_alg.oid, content)? != digest.as_bytes() {
        return Err(CheckTokenError::Signature);
    }
    let named: SigningCertificateV2 =
        only(attributes, ID_AA_SIGNING_CERTIFICATE_V_2)?.decode_as()?;
    let named =
        named.certificates.first().ok_or(CheckTokenError::Shape("it names no certificate"))?;
    let algorithm = named.algorithm.as_ref().map_or(ID_SHA_256, |algorithm| algorithm.oid);
    if hash(algorithm, &certificate.to_der()?)? != named.hash.as_bytes() {
        return Err(CheckTokenError::Certificate("the signature names another one".to_owned()));
    }
    Ok(())
}

/// The one value of an attribute that is there once.
fn only(attributes: &Attributes, oid: ObjectIdentifier) -> Result<&Any, CheckTokenError> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    let (attribute, another) = (found.next(), found.next());
    match (attribute.map(|attribute| attribute.values.as_slice()), another) {
        (Some([value]), None) => Ok(value),
        _ => Err(CheckTokenError::Shape(
            "an attribute is missing or there twice (content type, digest, signing certificate by SHA-2)",
        )),
    }
}

fn hash(algorithm: ObjectIdentifier, bytes: &[u8]) -> Result<Vec<u8>, CheckTokenError> {
    match algorithm {
        ID_SHA_256 => Ok(Sha256::digest(bytes).to_vec()),
        ID_SHA_384 => Ok(Sha384::digest(bytes).to_vec()),
        ID_SHA_512 => Ok(Sha512::digest(bytes).to_vec()),
        other => Err(CheckTokenError::Algorithm(other.to_string())),
    }
}

/// Over the attributes as a SET in DER (RFC 5652 §5.4).
fn check_signature(signer: &SignerInfo, certificate: &Certificate) -> Result<(), CheckTokenError> {
    let message = signer.signed_attrs.as_ref().map(Encode::to_der).transpose()?.unwrap_or_default();
    let der = CertificateDer::from(certificate.to_der()?);
    let end = EndEntityCert::try_from(&der)
        .map_err(|error| CheckTokenError::Certificate(error.to_string()))?;
    let candidates = candidates(signer.signature_algorithm.oid, signer.digest_alg.oid)?;
    let holds = |algorithm: &&dyn SignatureVerificationAlgorithm| {
        end.verify_signature(*algorithm, &message, signer.signature.as_bytes()).is_ok()
    };
    if candidates.iter().any(holds) { Ok(()) } else { Err(CheckTokenError::Signature) }
}

/// The algorithm, on each kind of key that it is used with.
fn candidates(
    signature: ObjectIdentifier,
    digest: ObjectIdentifier,
) -> Result<&'static [&'static dyn SignatureVerificationAlgorithm], CheckTokenError> {
    let digest = match signature {
        SHA_256_WITH_RSA_ENCRYPTION => ID_SHA_256,
        SHA_384_WITH_RSA_ENCRYPTION => ID_SHA_384,
        SHA_512_WITH_RSA_ENCRYPTION => ID_SHA_512,
        _ => digest,
    };
    static RSA_256: [&dyn SignatureVerificationAlgorithm; 1] =
        [algorithms::RSA_PKCS1_2048_8192_SHA256];
    static RSA_384: [&dyn SignatureVerificationAlgorithm; 1] =
        [algorithms::RSA_PKCS1_2048_8192_SHA384];
    static RSA_512: [&dyn SignatureVerificationAlgorithm; 1] =
        [algorithms::RSA_PKCS1_2048_8192_SHA512];
    static ECDSA_256: [&dyn SignatureVerificationAlgorithm; 2] =
        [algorithms::ECDSA_P256_SHA256, algorithms::ECDSA_P384_SHA256];
    static ECDSA_384: [&dyn SignatureVerificationAlgorithm; 2] =
        [algorithms::ECDSA_P384_SHA384, algorithms::ECDSA_P256_SHA384];
    match (signature, digest) {
        (RSA_ENCRYPTION | SHA_256_WITH_RSA_ENCRYPTION, ID_SHA_256) => Ok(&RSA_256),
        (RSA_ENCRYPTION | SHA_384_WITH_RSA_ENCRYPTION, ID_SHA_384) => Ok(&RSA_384),
        (RSA_ENCRYPTION | SHA_512_WITH_RSA_ENCRYPTION, ID_SHA_512) => Ok(&RSA_512),
        (ECDSA_WITH_SHA_256, _) => Ok(&ECDSA_256),
        (ECDSA_WITH_SHA_384, _) => Ok(&ECDSA_384),
        (other, _) => Err(CheckTokenError::Algorithm(other.to_string())),
    }
}

/// It chains to a trusted one, held at the time, and is for time-stamping and nothing else (RFC 3161 §2.3).
fn check_certificate(
    certificate: &Certificate,
    sent: &[Certificate],
    at: DateTime<Utc>,
    trusted: &[CertificateDer<'_>],
) -> Result<(), CheckTokenError> {
    let refused = |error: String| CheckTokenError::Certificate(error);
    let usage = certificate
        .tbs_certificate()
        .get_extension::<ExtendedKeyUsage>()
        .map_err(|error| refused(error.to_string()))?;
    if !matches!(&usage, Some((true, usage)) if usage.0.len() == 1) {
        return Err(refused("its extended key usage is not critical, or not the only one".into()));
    }
    let der = CertificateDer::from(certificate.to_der()?);
    let others = sent.iter().filter(|other| *other != certificate);
    let others: Vec<CertificateDer<'_>> = others
        .map(|other| Ok(CertificateDer::from(other.to_der()?)))
        .collect::<Result<_, der::Error>>()?;
    let anchors: Vec<_> = trusted
        .iter()
        .map(webpki::anchor_from_trusted_cert)
        .collect::<Result<_, _>>()
        .map_err(|error| refused(error.to_string()))?;
    let seconds = u64::try_from(at.timestamp()).map_err(|error| refused(error.to_string()))?;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let end = EndEntityCert::try_from(&der).map_err(|error| refused(error.to_string()))?;
    end.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &anchors,
        &others,
        time,
        KeyUsage::required(TIME_STAMPING),
        None,
        None,
    )
    .map_err(|error| refused(error.to_string()))?;
    Ok(())
}

/// `YYYYMMDDhhmmss[.s…]Z` (RFC 3161 §2.4.2).
fn time(value: &Any) -> Result<DateTime<Utc>, CheckTokenError> {
    let wrong = CheckTokenError::Shape("its time is not one");
    if value.tag() != Tag::GeneralizedTime || !value.value().is_ascii() {
        return Err(wrong);
    }
    let text = std::str::from_utf8(value.value()).unwrap_or_default();
    let Some((text, digits)) = text.strip_suffix('Z').map(|text| (text, text.replacen('.', "", 1)))
    else {
        return Err(wrong);
    };
    if text.len() < 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong);
    }
    NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S%.f")
        .map(|time| time.and_utc())
        .map_err(|_| wrong)
}
