//! What stands behind the signed revision: written anew from what it holds, and accepted only if that gives the same
//! bytes. No byte of it is ever parsed as a PDF.

use chrono::{DateTime, Utc};
use der::{Decode, Encode};
use p256::ecdsa::Signature;
use p256::ecdsa::signature::Verifier;
use x509_cert::Certificate;
use x509_cert::crl::CertificateList;

use super::byte_range::{self, Covered};
use super::cms::Cms;
use super::layout::number;
use super::{Finding, StampedAt, is_plain_token};
use crate::portfolio::certificate::{ecdsa_with_sha256, public_key};
use crate::portfolio::sign::archive::{Base, STREAM_END, ValidationData, stream_head};
use crate::portfolio::sign::digest_around;

/// The longest certificate or list that is looked at, in bytes.
const MOST_BYTES: usize = 256 * 1024;

/// More streams are nobody's chain.
const MOST_STREAMS: usize = 16;

/// Checks validation data and, where there is one, the time-stamp over everything; gives the latter's time.
pub(super) fn check(
    pdf: &[u8],
    covered: &Covered,
    mut base: Base,
    cms: &Cms,
    stamped_at: StampedAt<'_>,
) -> Result<Option<DateTime<Utc>>, Finding> {
    let rest = &pdf[covered.to..];
    let head = base.validation_data_head().map_err(|_| Finding::Unreadable)?;
    if !rest.starts_with(&head) {
        return Err(Finding::ChangedAfterSigning);
    }
    // Without a time-stamp on the signature the hub writes none of this.
    let certificates = cms.all_certificates()?.ok_or(Finding::ValidationData)?;
    let streams = read_streams(rest, base.first_stream())?;
    let (revocation_list, found) = streams.split_last().ok_or(Finding::ValidationData)?;
    if found.iter().ne(certificates.iter()) {
        return Err(Finding::ForeignCertificate);
    }
    check_revocation_list(revocation_list, cms)?;
    let data = ValidationData { revocation_list: revocation_list.clone(), certificates };
    let written = base.write_validation_data(covered.to, &data);
    let written = written.map_err(|_| Finding::Unreadable)?;
    let rest = rest.strip_prefix(&written[..]).ok_or(Finding::ValidationData)?;
    if rest.is_empty() {
        return Ok(None);
    }
    check_timestamp(pdf, covered.to + written.len(), base, stamped_at).map(Some)
}

/// The bytes of the streams that follow one another, the first of them with this number; two at least.
fn read_streams(rest: &[u8], first: u32) -> Result<Vec<Vec<u8>>, Finding> {
    let broken = Finding::ValidationData;
    let mut streams = Vec::new();
    let begin = format!("\n{first} 0 obj\n");
    let mut at = memchr::memmem::find(rest, begin.as_bytes()).ok_or(broken)? + 1;
    for number_of in (first..).take(MOST_STREAMS) {
        let name = format!("{number_of} 0 obj\n<</Length ");
        let Some(behind) = rest[at..].strip_prefix(name.as_bytes()) else { break };
        let width = behind.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let length: usize = number(&behind[..width]).ok_or(broken)?;
        let head = stream_head(number_of, length);
        if length > MOST_BYTES || !rest[at..].starts_with(head.as_bytes()) {
            return Err(broken);
        }
        let start = at + head.len();
        streams.push(rest.get(start..start + length).ok_or(broken)?.to_vec());
        at = start + length + STREAM_END.len();
        if at > rest.len() {
            return Err(broken);
        }
    }
    if streams.len() < 2 { Err(broken) } else { Ok(streams) }
}

/// By the authority that stands above the signer, in DER, and signed by it.
fn check_revocation_list(der: &[u8], cms: &Cms) -> Result<(), Finding> {
    let foreign = Finding::ForeignRevocationList;
    let list =
        CertificateList::<x509_cert::certificate::Rfc5280>::from_der(der).map_err(|_| foreign)?;
    let body = list.tbs_cert_list.to_der().map_err(|_| foreign)?;
    let issuer = cms.certificate.tbs_certificate().issuer();
    let canonical = list.to_der().is_ok_and(|again| again == der);
    let signature = Signature::from_der(list.signature.raw_bytes()).map_err(|_| foreign)?;
    let signed = cms.certificates.iter().skip(1).any(|authority| {
        Certificate::from_der(authority).is_ok_and(|authority| {
            authority.tbs_certificate().subject() == issuer
                && public_key(&authority).is_some_and(|key| key.verify(&body, &signature).is_ok())
        })
    });
    let sound = canonical
        && signed
        && signature.normalize_s() == signature
        && list.signature_algorithm == ecdsa_with_sha256()
        && list.tbs_cert_list.signature == list.signature_algorithm
        && list.tbs_cert_list.issuer == *issuer;
    if sound { Ok(()) } else { Err(foreign) }
}

/// The last revision is the one this hub writes, but for the token in its place.
fn check_timestamp(
    pdf: &[u8],
    start: usize,
    mut base: Base,
    stamped_at: StampedAt<'_>,
) -> Result<DateTime<Utc>, Finding> {
    let (written, gap) = base.write_timestamp(start).map_err(|_| Finding::Unreadable)?;
    let rest = &pdf[start..];
    let (before, after) = (gap.start - start, gap.end - start);
    if rest.len() < written.len() || rest[..before] != written[..before] {
        return Err(Finding::DocumentTimestampForm);
    }
    if rest[after..written.len()] != written[after..] {
        return Err(Finding::DocumentTimestampForm);
    }
    if rest.len() > written.len() {
        return Err(Finding::ChangedAfterSigning);
    }
    let covered = Covered { at: 0, start: gap.start, end: gap.end, to: pdf.len() };
    let token = byte_range::read_value(pdf, &covered)?;
    if pdf[gap.start] != b'<' || pdf[gap.end - 1] != b'>' {
        return Err(Finding::DocumentTimestampForm);
    }
    let digest = digest_around(pdf, gap.start, gap.end);
    let plain = is_plain_token(&token).then_some(&digest);
    plain.and_then(|digest| stamped_at(&token, digest)).ok_or(Finding::DocumentTimestamp)
}
