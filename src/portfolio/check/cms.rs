//! The signature's value, read as strictly as it is written (RFC 5652, RFC 5035).

use ::cms::cert::CertificateChoices;
use ::cms::content_info::{CmsVersion, ContentInfo};
use ::cms::signed_data::{CertificateSet, SignedData, SignerInfo};
use const_oid::db::rfc5911::{
    ID_AA_SIGNING_CERTIFICATE_V_2, ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNED_DATA,
};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Any, Decode, Encode};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::attr::Attributes;

use super::{Finding, Signer};
use crate::portfolio::certificate::{ecdsa_with_sha256, public_key};
use crate::portfolio::sign::cms::{SigningCertificateV2, sha256, signer_identifier};

/// More certificates than a signer and three authorities are nobody's chain.
const MOST_CERTIFICATES: usize = 4;

/// A well-formed signature value, not yet compared with anything.
pub(super) struct Cms {
    pub signer: Signer,
    pub certificate: Certificate,
    key: VerifyingKey,
    digest: Vec<u8>,
    message: Vec<u8>,
    signature: Signature,
}

/// Reads a value in the one form the signer writes.
pub(super) fn read(value: &[u8]) -> Result<Cms, Finding> {
    let content = ContentInfo::from_der(value).map_err(|_| Finding::CmsUnreadable)?;
    if content.content_type != ID_SIGNED_DATA {
        return Err(Finding::CmsShape);
    }
    let inner = content.content.to_der().map_err(|_| Finding::CmsUnreadable)?;
    let signed = SignedData::from_der(&inner).map_err(|_| Finding::CmsUnreadable)?;
    let again = signed.to_der().map_err(|_| Finding::CmsUnreadable)?;
    let outer = content.to_der().map_err(|_| Finding::CmsUnreadable)?;
    if again != inner || outer != value {
        return Err(Finding::CmsNotCanonical);
    }
    let info = read_shape(&signed)?;
    let attributes = info.signed_attrs.as_ref().ok_or(Finding::CmsSignedAttributes)?;
    let (digest, signed_for) = read_attributes(attributes)?;
    let certificates = signed.certificates.as_ref().ok_or(Finding::CmsSignerCertificate)?;
    let certificate = find_signer(certificates, info, &signed_for)?;
    let signature =
        Signature::from_der(info.signature.as_bytes()).map_err(|_| Finding::CmsNotCanonical)?;
    if signature.normalize_s() != signature {
        return Err(Finding::CmsNotCanonical);
    }
    Ok(Cms {
        signer: describe(&certificate).map_err(|_| Finding::CmsUnreadable)?,
        key: public_key(&certificate).ok_or(Finding::CmsAlgorithm)?,
        certificate,
        digest,
        message: attributes.to_der().map_err(|_| Finding::CmsUnreadable)?,
        signature,
    })
}

impl Cms {
    /// The value is over `digest`, and made by the key of the certificate.
    pub(super) fn verify(&self, digest: &[u8; 32]) -> Result<(), Finding> {
        if self.digest != digest {
            return Err(Finding::DigestMismatch);
        }
        self.key
            .verify(&self.message, &self.signature)
            .map_err(|_| Finding::SignatureWrong)
    }
}

/// Detached, one signer, no revocation data, and only the algorithms of the list.
fn read_shape(signed: &SignedData) -> Result<&SignerInfo, Finding> {
    let [info] = signed.signer_infos.0.as_slice() else {
        return Err(Finding::CmsShape);
    };
    let shaped = signed.version == CmsVersion::V1
        && signed.encap_content_info.econtent_type == ID_DATA
        && signed.encap_content_info.econtent.is_none()
        && signed.crls.is_none()
        && info.version == CmsVersion::V1;
    if !shaped {
        return Err(Finding::CmsShape);
    }
    let listed = signed.digest_algorithms.as_slice() == [sha256()]
        && info.digest_alg == sha256()
        && info.signature_algorithm == ecdsa_with_sha256();
    if !listed {
        return Err(Finding::CmsAlgorithm);
    }
    if info.unsigned_attrs.is_some() {
        return Err(Finding::CmsUnsignedAttributes);
    }
    Ok(info)
}

/// The document's digest and the certificate's, from exactly three attributes of one value each.
fn read_attributes(attributes: &Attributes) -> Result<(Vec<u8>, Vec<u8>), Finding> {
    let value = |oid: ObjectIdentifier| -> Option<&Any> {
        let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
        let (attribute, another) = (found.next()?, found.next());
        match attribute.values.as_slice() {
            [value] if another.is_none() => Some(value),
            _ => None,
        }
    };
    let read = || -> Option<(Vec<u8>, Vec<u8>)> {
        let content: ObjectIdentifier = value(ID_CONTENT_TYPE)?.decode_as().ok()?;
        let digest: OctetString = value(ID_MESSAGE_DIGEST)?.decode_as().ok()?;
        let signed_for: SigningCertificateV2 =
            value(ID_AA_SIGNING_CERTIFICATE_V_2)?.decode_as().ok()?;
        let [certificate] = signed_for.certificates.as_slice() else { return None };
        let sound = content == ID_DATA && attributes.len() == 3;
        sound.then(|| (digest.as_bytes().to_vec(), certificate.hash.as_bytes().to_vec()))
    };
    read().ok_or(Finding::CmsSignedAttributes)
}

/// The certificate that the attributes and the signer's identifier both name; the others are its issuers.
fn find_signer(
    certificates: &CertificateSet,
    info: &SignerInfo,
    signed_for: &[u8],
) -> Result<Certificate, Finding> {
    let mut plain = Vec::new();
    for choice in certificates.0.iter() {
        match choice {
            CertificateChoices::Certificate(certificate) => plain.push(certificate),
            CertificateChoices::Other(_) => return Err(Finding::CmsForeignCertificate),
        }
    }
    let signer = plain
        .iter()
        .find(|certificate| {
            certificate.to_der().is_ok_and(|der| Sha256::digest(der).as_slice() == signed_for)
                && signer_identifier(certificate) == info.sid
        })
        .ok_or(Finding::CmsSignerCertificate)?;
    let issues = |authority: &Certificate| {
        let subject = authority.tbs_certificate().subject();
        plain.iter().any(|below| {
            *below != authority && below.tbs_certificate().issuer() == subject
        })
    };
    let foreign = plain.iter().any(|certificate| certificate != signer && !issues(certificate));
    if foreign || plain.len() > MOST_CERTIFICATES {
        return Err(Finding::CmsForeignCertificate);
    }
    Ok((*signer).clone())
}

fn describe(certificate: &Certificate) -> Result<Signer, der::Error> {
    let der = certificate.to_der()?;
    let body = certificate.tbs_certificate();
    let common_name = body.subject().common_name().ok().flatten();
    Ok(Signer {
        certificate_sha256: Sha256::digest(&der).into(),
        spki_sha256: Sha256::digest(body.subject_public_key_info().to_der()?).into(),
        common_name: common_name.map(|name| name.value().into_owned()),
        certificate: der,
    })
}
