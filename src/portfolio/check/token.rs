//! The outer form of a time-stamp token (RFC 3161 §2.4.2): nothing in it that its authority did not sign or need.
//!
//! Whether it is true is for the caller to say, who knows authorities; here is only what would let a stranger write the
//! same token in another way.

use ::cms::cert::CertificateChoices;
use ::cms::content_info::{CmsVersion, ContentInfo};
use ::cms::signed_data::SignedData;
use const_oid::db::rfc5911::ID_SIGNED_DATA;
use der::{Decode, Encode};
use x509_cert::Certificate;

use crate::portfolio::sign::cms::signer_identifier;

/// Whether a token is in DER, of one signer, with that signer's digest named, the certificates that lead from the signer
/// upwards, and nothing else that is not signed.
pub fn is_plain_token(token: &[u8]) -> bool {
    let Ok(outer) = ContentInfo::from_der(token) else { return false };
    let Ok(signed) = outer.content.decode_as::<SignedData>() else { return false };
    let canonical = outer.content_type == ID_SIGNED_DATA
        && signed.to_der().is_ok_and(|again| outer.content.to_der().is_ok_and(|der| der == again))
        && outer.to_der().is_ok_and(|again| again == token);
    let [signer] = signed.signer_infos.0.as_slice() else { return false };
    canonical
        && signed.version == CmsVersion::V3
        && signed.digest_algorithms.as_slice() == std::slice::from_ref(&signer.digest_alg)
        && signed.crls.is_none()
        && signer.version == CmsVersion::V1
        && signer.unsigned_attrs.is_none()
        && leads_upwards(&signed)
}

/// Every certificate stands above the signer's or is it.
fn leads_upwards(signed: &SignedData) -> bool {
    let Some(set) = &signed.certificates else { return false };
    let mut left: Vec<&Certificate> = Vec::new();
    for choice in set.0.iter() {
        match choice {
            CertificateChoices::Certificate(certificate) => left.push(certificate),
            CertificateChoices::Other(_) => return false,
        }
    }
    let signer = signed.signer_infos.0.as_slice().first().map(|info| &info.sid);
    let mut next = left.iter().position(|one| Some(&signer_identifier(one)) == signer);
    while let Some(at) = next {
        let issuer = left.swap_remove(at).tbs_certificate().issuer().clone();
        next = left.iter().position(|one| *one.tbs_certificate().subject() == issuer);
    }
    left.is_empty()
}
