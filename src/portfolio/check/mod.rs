//! Whether a PDF is, byte for byte, a portfolio that a college of this hub signed.
//!
//! Only our own profile is accepted (PDF readers are no measure: some call a file with pages
//! added after the signature "valid"). The order is the safety of it: outer shape, then the
//! signature, then the signer's place in the register, all without a PDF library; only bytes
//! that a registered college signed are ever parsed as PDF objects. A time-stamp may stand in the
//! signature's value ([`cms`]), and validation data and a last time-stamp behind the signed
//! revision, where [`archive`] writes them anew and compares.

mod archive;
mod attachment;
mod byte_range;
mod cms;
mod document;
mod finding;
pub(in crate::portfolio) mod layout;
mod token;
mod usage;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::domain::key::KeyState;
use crate::portfolio::sign::Level;
use crate::portfolio::sign::archive::Base;

use byte_range::Covered;

pub use attachment::{ATTACHMENT_NAME, MAX_ATTACHMENT, RECEIPT_NAME, attachment};
pub use finding::Finding;
pub use layout::MAX_FILE;
pub use token::is_plain_token;
pub(in crate::portfolio) use usage::check_signing_use;

/// A document key of a college, as the register knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedSigner {
    /// SHA-256 of the certificate's DER.
    pub certificate_sha256: [u8; 32],
    /// The college's slug.
    pub college: String,
    /// The key signs from here …
    pub in_use_from: DateTime<Utc>,
    /// … to here: the time of rotation, freezing or compromise; none while it is in use.
    pub in_use_until: Option<DateTime<Utc>>,
    /// Where it stands now. The time in a file proves nothing once the key is in other hands.
    pub state: KeyState,
}

impl TrustedSigner {
    /// A PDF's time has whole seconds: a key signs from the second in which it was put to use.
    fn was_in_use(&self, at: DateTime<Utc>) -> bool {
        self.in_use_from.timestamp() <= at.timestamp()
            && self.in_use_until.is_none_or(|until| at < until)
    }
}

/// When an authority that is known here stamped this digest, by its token (DER); none where the token is over something
/// else, or by nobody who is known.
pub type StampedAt<'a> = &'a dyn Fn(&[u8], &[u8; 32]) -> Option<DateTime<Utc>>;

/// Whose signature a file carries, whether or not it is a good one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// DER.
    pub certificate: Vec<u8>,
    /// What the register is asked for.
    pub certificate_sha256: [u8; 32],
    /// SHA-256 of the DER of the key (SubjectPublicKeyInfo).
    pub spki_sha256: [u8; 32],
    /// The certificate's common name. The name to show comes from the register, not from here.
    pub common_name: Option<String>,
}

/// What can be said about a PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PdfReport {
    /// Of the whole file: where the record knows it, these are exactly the issued bytes.
    pub sha256: [u8; 32],
    /// Whether a signature of any kind is in the file.
    pub signed: bool,
    /// Everything that was found wrong, the most telling first; empty for a sound portfolio.
    pub findings: Vec<Finding>,
    /// Whose certificate signed, if the signature could be read; says nothing of trust.
    pub signer: Option<Signer>,
    /// Where the signing key stands now, from the register; none if the register has no such key.
    pub key_state: Option<KeyState>,
    /// The slug of the signing college, from the register; none if the register has no such key.
    pub college: Option<String>,
    /// The time the signer wrote into the document; by itself no proof of time.
    pub signed_at: Option<DateTime<Utc>>,
    /// When an authority saw the signature.
    pub stamped_at: Option<DateTime<Utc>>,
    /// When an authority saw the whole file.
    pub archived_at: Option<DateTime<Utc>>,
    /// How far the signature carries; none unless it is sound.
    pub level: Option<Level>,
    /// Whether signature and last time-stamp cover every byte but their own values.
    pub covers_whole_file: bool,
    /// Whether the signature forbids every change (DocMDP, P = 1).
    pub forbids_changes: bool,
    /// The embedded credential. It is to be verified by itself; the page text never counts.
    pub attachment: Option<Vec<u8>>,
}

impl PdfReport {
    /// Signed by a registered college, whole, unchanged; else the most telling finding.
    pub fn integrity(&self) -> Result<(), Finding> {
        self.findings.first().map_or(Ok(()), |&finding| Err(finding))
    }
}

/// Checks a PDF against the register's keys (the one [`signer`] names is enough) and the authorities known for time.
pub fn check(pdf: &[u8], trusted: &[TrustedSigner], stamped_at: StampedAt<'_>) -> PdfReport {
    let (sha256, covered) = digests(pdf);
    let mut report = PdfReport {
        sha256,
        signed: byte_range::is_signed(pdf),
        findings: Vec::new(),
        signer: None,
        key_state: None,
        college: None,
        signed_at: None,
        stamped_at: None,
        archived_at: None,
        level: None,
        covers_whole_file: false,
        forbids_changes: false,
        attachment: None,
    };
    match check_signature(pdf, covered, trusted, stamped_at, &mut report) {
        Ok(level) => report.level = report.findings.is_empty().then_some(level),
        Err(finding) => report.findings.push(finding),
    }
    if report.attachment.is_none() {
        report.attachment = attachment(pdf);
    }
    report
}

/// Who signed a PDF, to look the key up in the register before [`check`]; says nothing of validity.
pub fn signer(pdf: &[u8]) -> Option<Signer> {
    layout::check_header(pdf).ok()?;
    let covered = byte_range::locate(pdf).ok()?;
    let value = byte_range::read_value(pdf, &covered).ok()?;
    Some(cms::read(&value).ok()?.signer)
}

/// The certificates around a signature with a time-stamp: the signer's chain, then the authority's, each once.
///
/// None where there is no time-stamp. Says nothing of validity.
pub(super) fn certificates(pdf: &[u8]) -> Result<Option<Vec<Vec<u8>>>, Finding> {
    let covered = byte_range::locate(pdf)?;
    cms::read(&byte_range::read_value(pdf, &covered)?)?.all_certificates()
}

/// Where the signed revision ends.
pub(super) fn signed_end(pdf: &[u8]) -> Result<usize, Finding> {
    Ok(byte_range::locate(pdf)?.to)
}

/// Whether a file just prepared can be found signed, whatever words its titles and reasons hold.
pub(super) fn check_one_byte_range(pdf: &[u8]) -> Result<(), Finding> {
    byte_range::locate(pdf).map(|_| ())
}

/// What a signature covers, and its SHA-256.
type Signed = (Covered, [u8; 32]);

/// SHA-256 of the whole file; and what the signature covers, with its SHA-256. Up to the value both are the same work.
fn digests(pdf: &[u8]) -> ([u8; 32], Result<Signed, Finding>) {
    match layout::check_header(pdf).and_then(|()| byte_range::locate(pdf)) {
        Ok(covered) => {
            let before = Sha256::new_with_prefix(&pdf[..covered.start]);
            let signed = before.clone().chain_update(&pdf[covered.end..covered.to]);
            let whole = before.chain_update(&pdf[covered.start..]);
            (whole.finalize().into(), Ok((covered, signed.finalize().into())))
        }
        Err(finding) => (Sha256::digest(pdf).into(), Err(finding)),
    }
}

fn check_signature(
    pdf: &[u8],
    covered: Result<Signed, Finding>,
    trusted: &[TrustedSigner],
    stamped_at: StampedAt<'_>,
    report: &mut PdfReport,
) -> Result<Level, Finding> {
    if !report.signed {
        return Err(Finding::NotSigned);
    }
    let (covered, digest) = covered?;
    let signed = &pdf[..covered.to];
    let value = byte_range::read_value(pdf, &covered)?;
    let cms = cms::read(&value)?;
    report.signer = Some(cms.signer.clone());
    cms.verify(&digest)?;
    let key = trusted
        .iter()
        .find(|key| key.certificate_sha256 == cms.signer.certificate_sha256)
        .ok_or(Finding::SignerUnknown)?;
    report.college = Some(key.college.clone());
    report.key_state = Some(key.state);
    if key.state == KeyState::Compromised {
        return Err(Finding::KeyCompromised);
    }

    // From here on the bytes are those that a registered college signed.
    let (rendered, update) = layout::read_signed(signed)?;
    let document = document::read(signed)?;
    let inspected = document::inspect(&document, &rendered, &update, &covered);
    report.findings.extend(inspected.findings);
    report.forbids_changes = inspected.forbids_changes;
    report.attachment = inspected.attachment;
    report.signed_at = inspected.signed_at;
    let signed_at = inspected.signed_at.ok_or(Finding::SigningTime)?;
    check_signing_use(&cms.certificate, signed_at)?;
    if !key.was_in_use(signed_at) {
        return Err(Finding::KeyNotInUse);
    }
    if let Some(token) = &cms.token {
        let plain = is_plain_token(token).then_some(&cms.imprint);
        let at = plain.and_then(|imprint| stamped_at(token, imprint));
        report.stamped_at = Some(at.ok_or(Finding::SignatureTimestamp)?);
    }
    let level = if covered.to < pdf.len() {
        let base = Base::of(&document, &update).map_err(|_| Finding::Unreadable)?;
        report.archived_at = archive::check(pdf, &covered, base, &cms, stamped_at)?;
        if report.archived_at.is_some() { Level::Archive } else { Level::LongTerm }
    } else if report.stamped_at.is_some() {
        Level::Stamped
    } else {
        Level::Basic
    };
    report.covers_whole_file = true;
    Ok(level)
}
