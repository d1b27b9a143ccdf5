//! The structures of RFC 3161 §2.4, as far as they are sent or read here.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::ID_SHA_256;
use der::asn1::{BitString, Int, OctetString};
use der::{Any, Decode, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::Extension;

/// id-ct-TSTInfo (RFC 3161 §2.4.2).
pub(super) const TST_INFO: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// What is to be stamped.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct MessageImprint {
    pub algorithm: AlgorithmIdentifierOwned,
    pub digest: OctetString,
}

impl MessageImprint {
    /// Of a SHA-256 digest.
    pub(super) fn sha256(digest: &[u8; 32]) -> Result<Self, der::Error> {
        let algorithm = AlgorithmIdentifierOwned { oid: ID_SHA_256, parameters: Some(Any::null()) };
        Ok(Self { algorithm, digest: OctetString::new(digest.as_slice())? })
    }

    /// Whether it is of this digest; the parameters of SHA-256 may be NULL or absent (RFC 5754 §2).
    pub(super) fn is_of(&self, digest: &[u8; 32]) -> bool {
        self.algorithm.oid == ID_SHA_256
            && self.algorithm.parameters.as_ref().is_none_or(Any::is_null)
            && self.digest.as_bytes() == digest
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct TimeStampReq {
    version: u8,
    imprint: MessageImprint,
    #[asn1(optional = "true")]
    policy: Option<ObjectIdentifier>,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(default = "no")]
    cert_req: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct PkiStatusInfo {
    pub status: u8,
    /// `PKIFreeText`: what the authority has to say.
    #[asn1(optional = "true")]
    pub text: Option<Vec<String>>,
    #[asn1(optional = "true")]
    pub failure: Option<BitString>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct TimeStampResp {
    pub status: PkiStatusInfo,
    #[asn1(optional = "true")]
    pub token: Option<Any>,
}

/// What the authority signs.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct TstInfo {
    pub version: u8,
    pub policy: ObjectIdentifier,
    pub imprint: MessageImprint,
    pub serial: Int,
    /// GeneralizedTime, perhaps with a fraction of a second, which `der`'s own type (RFC 5280) refuses.
    pub time: Any,
    #[asn1(optional = "true")]
    pub accuracy: Option<Accuracy>,
    #[asn1(default = "no")]
    pub ordering: bool,
    #[asn1(optional = "true")]
    pub nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub authority: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub extensions: Option<Vec<Extension>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Accuracy {
    #[asn1(optional = "true")]
    pub seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub micros: Option<u16>,
}

/// `SigningCertificateV2` (RFC 5035 §3); policies are not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct SigningCertificateV2 {
    pub certificates: Vec<EssCertIdV2>,
    #[asn1(optional = "true")]
    pub policies: Option<Any>,
}

/// `ESSCertIDv2` (RFC 5035 §4).
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct EssCertIdV2 {
    /// SHA-256 where it is left out. A SEQUENCE, as is `issuer`; the OCTET STRING between them tells them apart.
    #[asn1(optional = "true")]
    pub algorithm: Option<AlgorithmIdentifierOwned>,
    pub hash: OctetString,
    #[asn1(optional = "true")]
    pub issuer: Option<IssuerSerial>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct IssuerSerial {
    pub issuer: Vec<Any>,
    pub serial: Int,
}

/// A request for a stamp on a SHA-256 digest, with the authority's certificate in the answer, DER.
pub(super) fn request(digest: &[u8; 32], nonce: &Int) -> Result<Vec<u8>, der::Error> {
    let request = TimeStampReq {
        version: 1,
        imprint: MessageImprint::sha256(digest)?,
        policy: None,
        nonce: Some(nonce.clone()),
        cert_req: true,
    };
    request.to_der()
}

/// A positive INTEGER of sixteen octets, whose first is neither zero nor over 0x7f: one spelling in DER.
pub(super) fn nonce(mut random: [u8; 16]) -> Result<Int, der::Error> {
    random[0] = (random[0] & 0x7f) | 0x40;
    Int::new(&random)
}

/// `granted`, with this token.
pub(super) fn granted(token: &[u8]) -> Result<Vec<u8>, der::Error> {
    let status = PkiStatusInfo { status: 0, text: None, failure: None };
    TimeStampResp { status, token: Some(Any::from_der(token)?) }.to_der()
}

fn no() -> bool {
    false
}
