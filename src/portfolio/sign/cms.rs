//! The signature's value: a detached CMS SignedData of one signer (RFC 5652), as PAdES asks.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use const_oid::db::rfc5911::{
    ID_AA_SIGNING_CERTIFICATE_V_2, ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNED_DATA,
};
use const_oid::db::rfc5912::ID_SHA_256;
use der::asn1::{ObjectIdentifier, OctetString, SetOfVec};
use der::{Any, Decode, Encode, Sequence};
use p256::ecdsa::Signature;
use sha2::{Digest, Sha256};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::attr::{Attribute, Attributes};

use crate::portfolio::certificate::ecdsa_with_sha256;

/// id-aa-timeStampToken (RFC 3161 appendix A): the one attribute that is added after signing.
pub(in crate::portfolio) const TIME_STAMP_TOKEN: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");

/// `SigningCertificateV2` (RFC 5035 §3): the signer's certificate first, then the others.
///
/// All of them stand here, so that nothing in the value is left without a signature.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub(in crate::portfolio) struct SigningCertificateV2 {
    pub certificates: Vec<EssCertIdV2>,
}

/// `ESSCertIDv2` (RFC 5035 §4), SHA-256 by default, without the optional issuer, which is only a hint.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub(in crate::portfolio) struct EssCertIdV2 {
    pub hash: OctetString,
}

/// The three attributes a PAdES B-B signature signs; the time stands in the PDF's `/M`.
pub(super) fn signed_attributes(
    document: &[u8; 32],
    certificates: &[&[u8]],
) -> Result<Attributes, der::Error> {
    let hash = |der: &&[u8]| Ok(EssCertIdV2 { hash: OctetString::new(&Sha256::digest(der)[..])? });
    let signing_certificate = SigningCertificateV2 {
        certificates: certificates.iter().map(hash).collect::<Result<_, der::Error>>()?,
    };
    SetOfVec::try_from(vec![
        attribute(ID_CONTENT_TYPE, Any::encode_from(&ID_DATA)?)?,
        attribute(ID_MESSAGE_DIGEST, Any::encode_from(&OctetString::new(document.as_slice())?)?)?,
        attribute(ID_AA_SIGNING_CERTIFICATE_V_2, Any::encode_from(&signing_certificate)?)?,
    ])
}

/// The whole value, DER of a ContentInfo; with `token`, a time-stamp on the signature (PAdES B-T).
pub(super) fn signed_data(
    signer: &Certificate,
    chain: &[Certificate],
    attributes: Attributes,
    signature: &Signature,
    token: Option<&[u8]>,
) -> Result<Vec<u8>, der::Error> {
    let stamped = |token: &[u8]| {
        SetOfVec::try_from(vec![attribute(TIME_STAMP_TOKEN, Any::from_der(token)?)?])
    };
    let certificates: Vec<_> = std::iter::once(signer)
        .chain(chain)
        .cloned()
        .map(CertificateChoices::Certificate)
        .collect();
    let signer_info = SignerInfo {
        version: CmsVersion::V1,
        sid: signer_identifier(signer),
        digest_alg: sha256(),
        signed_attrs: Some(attributes),
        signature_algorithm: ecdsa_with_sha256(),
        signature: OctetString::new(signature.to_der().as_bytes())?,
        unsigned_attrs: token.map(stamped).transpose()?,
    };
    let signed = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![sha256()])?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: ID_DATA, econtent: None },
        certificates: Some(CertificateSet::try_from(certificates)?),
        crls: None,
        signer_infos: SignerInfos::try_from(vec![signer_info])?,
    };
    ContentInfo { content_type: ID_SIGNED_DATA, content: Any::encode_from(&signed)? }.to_der()
}

/// The certificates that a time-stamp token carries, DER, in its own order.
pub(in crate::portfolio) fn certificates_of(token: &[u8]) -> Result<Vec<Vec<u8>>, der::Error> {
    let signed: SignedData = ContentInfo::from_der(token)?.content.decode_as()?;
    let choices = signed.certificates.iter().flat_map(|set| set.0.iter());
    let plain = choices.filter_map(|choice| match choice {
        CertificateChoices::Certificate(certificate) => Some(certificate.to_der()),
        CertificateChoices::Other(_) => None,
    });
    plain.collect()
}

/// Issuer and serial number, as PAdES and every reader expect.
pub(in crate::portfolio) fn signer_identifier(signer: &Certificate) -> SignerIdentifier {
    SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
        issuer: signer.tbs_certificate().issuer().clone(),
        serial_number: signer.tbs_certificate().serial_number().clone(),
    })
}

/// id-sha256 with absent parameters (RFC 5754 §2).
pub(in crate::portfolio) fn sha256() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: ID_SHA_256, parameters: None }
}

fn attribute(oid: ObjectIdentifier, value: Any) -> Result<Attribute, der::Error> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
}
