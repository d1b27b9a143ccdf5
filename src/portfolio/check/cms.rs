//! The signature's value, read as strictly as it is written (RFC 5652, RFC 5035).

use std::collections::{BTreeMap, BTreeSet};

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
use crate::portfolio::sign::MOST_CERTIFICATES;
use crate::portfolio::sign::cms::{
    EssCertIdV2, SigningCertificateV2, TIME_STAMP_TOKEN, certificates_of, sha256, signer_identifier,
};

/// A well-formed signature value, not yet compared with anything.
pub(super) struct Cms {
    pub signer: Signer,
    pub certificate: Certificate,
    /// The certificates, DER: the signer's, then those above it.
    pub certificates: Vec<Vec<u8>>,
    /// The time-stamp on the signature (DER), where there is one; not looked into yet.
    pub token: Option<Vec<u8>>,
    /// What the time-stamp must be over.
    pub imprint: [u8; 32],
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
    let (certificate, certificates) = find_signer(certificates, info, &signed_for)?;
    let signature =
        Signature::from_der(info.signature.as_bytes()).map_err(|_| Finding::CmsNotCanonical)?;
    if signature.normalize_s() != signature {
        return Err(Finding::CmsNotCanonical);
    }
    Ok(Cms {
        signer: describe(&certificate).map_err(|_| Finding::CmsUnreadable)?,
        key: public_key(&certificate).ok_or(Finding::CmsAlgorithm)?,
        certificate,
        certificates,
        token: read_token(info)?,
        imprint: Sha256::digest(info.signature.as_bytes()).into(),
        digest,
        message: attributes.to_der().map_err(|_| Finding::CmsUnreadable)?,
        signature,
    })
}

impl Cms {
    /// The certificates of the signer, and of whoever stamped; none without a time-stamp.
    pub(super) fn all_certificates(&self) -> Result<Option<Vec<Vec<u8>>>, Finding> {
        let Some(token) = &self.token else { return Ok(None) };
        let mut all = self.certificates.clone();
        for der in certificates_of(token).map_err(|_| Finding::SignatureTimestamp)? {
            if !all.contains(&der) {
                all.push(der);
            }
        }
        Ok(Some(all))
    }

    /// The value is over `digest`, and made by the key of the certificate.
    pub(super) fn verify(&self, digest: &[u8; 32]) -> Result<(), Finding> {
        if self.digest != digest {
            return Err(Finding::DigestMismatch);
        }
        self.key.verify(&self.message, &self.signature).map_err(|_| Finding::SignatureWrong)
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
    Ok(info)
}

/// Nothing that nobody signed, but for one time-stamp on the signature (RFC 3161 appendix A).
fn read_token(info: &SignerInfo) -> Result<Option<Vec<u8>>, Finding> {
    let Some(attributes) = &info.unsigned_attrs else { return Ok(None) };
    match attributes.as_slice() {
        [attribute] if attribute.oid == TIME_STAMP_TOKEN => match attribute.values.as_slice() {
            [token] => token.to_der().map(Some).map_err(|_| Finding::CmsUnreadable),
            _ => Err(Finding::CmsUnsignedAttributes),
        },
        _ => Err(Finding::CmsUnsignedAttributes),
    }
}

/// The document's digest and the certificates', from exactly three attributes of one value each.
fn read_attributes(attributes: &Attributes) -> Result<(Vec<u8>, Vec<EssCertIdV2>), Finding> {
    let value = |oid: ObjectIdentifier| -> Option<&Any> {
        let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
        let (attribute, another) = (found.next()?, found.next());
        match attribute.values.as_slice() {
            [value] if another.is_none() => Some(value),
            _ => None,
        }
    };
    let read = || {
        let content: ObjectIdentifier = value(ID_CONTENT_TYPE)?.decode_as().ok()?;
        let digest: OctetString = value(ID_MESSAGE_DIGEST)?.decode_as().ok()?;
        let signed_for: SigningCertificateV2 =
            value(ID_AA_SIGNING_CERTIFICATE_V_2)?.decode_as().ok()?;
        let sound = content == ID_DATA && attributes.len() == 3;
        sound.then(|| (digest.as_bytes().to_vec(), signed_for.certificates))
    };
    read().ok_or(Finding::CmsSignedAttributes)
}

/// The certificate named first, which is the signer's, and all (DER) in the order of their names; no other is there.
fn find_signer(
    certificates: &CertificateSet,
    info: &SignerInfo,
    signed_for: &[EssCertIdV2],
) -> Result<(Certificate, Vec<Vec<u8>>), Finding> {
    let mut by_hash = BTreeMap::new();
    for choice in certificates.0.iter() {
        let CertificateChoices::Certificate(certificate) = choice else {
            return Err(Finding::CmsForeignCertificate);
        };
        let der = certificate.to_der().map_err(|_| Finding::CmsUnreadable)?;
        by_hash.insert(Sha256::digest(der).to_vec(), certificate);
    }
    let signer = signed_for
        .first()
        .and_then(|named| by_hash.get(named.hash.as_bytes()))
        .filter(|certificate| signer_identifier(certificate) == info.sid)
        .ok_or(Finding::CmsSignerCertificate)?;
    let named: BTreeSet<_> = signed_for.iter().map(|named| named.hash.as_bytes()).collect();
    let exactly = by_hash.keys().map(Vec::as_slice).eq(named.iter().copied());
    if !exactly || named.len() != signed_for.len() || named.len() > MOST_CERTIFICATES {
        return Err(Finding::CmsForeignCertificate);
    }
    let ders = signed_for.iter().filter_map(|named| by_hash.get(named.hash.as_bytes()));
    let ders = ders.map(|certificate| certificate.to_der()).collect::<Result<_, _>>();
    Ok(((*signer).clone(), ders.map_err(|_| Finding::CmsUnreadable)?))
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
