//! Where the signature lies, what it covers, and its value (ISO 32000-1 §12.8.1).

use super::Finding;
use super::layout::number;
use crate::portfolio::sign::{CONTENTS_BYTES, STAMPED_CONTENTS_BYTES, archive, update};

/// The one gap in what the signature covers: the value, with its `<` and `>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Covered {
    /// Where the ByteRange itself stands.
    pub at: usize,
    pub start: usize,
    pub end: usize,
    /// Where the signed revision ends.
    pub to: usize,
}

/// Whether anything in the file says that it is signed, in whatever form.
pub(super) fn is_signed(pdf: &[u8]) -> bool {
    ranges(pdf).next().is_some()
}

/// Finds the one signature, which must cover its whole revision but its own value.
///
/// Behind it may stand what looks like a revision of ours, and in there one time-stamp over everything.
pub(super) fn locate(pdf: &[u8]) -> Result<Covered, Finding> {
    let mut ranges = ranges(pdf);
    let at = ranges.next().ok_or(Finding::NotSigned)?;
    let stamp = ranges.next();
    if ranges.next().is_some() || stamp.is_some_and(|at| !pdf[..at].ends_with(archive::TIMESTAMP)) {
        return Err(Finding::SeveralSignatures);
    }
    let covered = read(pdf, at)?;
    if stamp.is_some_and(|at| at < covered.to) {
        return Err(Finding::SeveralSignatures);
    }
    if covered.to < pdf.len() && !begins_a_revision(&pdf[..covered.to], &pdf[covered.to..]) {
        return Err(Finding::ChangedAfterSigning);
    }
    Ok(covered)
}

/// Reads the range at `at`, and that it leaves out a value and no more.
pub(super) fn read(pdf: &[u8], at: usize) -> Result<Covered, Finding> {
    if !pdf[at..].starts_with(update::BYTE_RANGE) {
        return Err(Finding::ByteRangeForm);
    }
    let range = at + update::BYTE_RANGE.len();
    let text = pdf.get(range..range + update::BYTE_RANGE_WIDTH).ok_or(Finding::CutShort)?;
    let [from, start, end, rest] = read_numbers(text).ok_or(Finding::ByteRangeForm)?;
    if from != 0 {
        return Err(Finding::ByteRangeStart);
    }
    if text != update::byte_range(start, end, rest).as_bytes() {
        return Err(Finding::ByteRangeForm);
    }
    let written = range + update::BYTE_RANGE_WIDTH + update::CONTENTS.len();
    let fits = pdf[..written.min(pdf.len())].ends_with(update::CONTENTS)
        && start == written
        && [CONTENTS_BYTES, STAMPED_CONTENTS_BYTES]
            .iter()
            .any(|room| start.checked_add(2 * room + 2) == Some(end));
    if !fits {
        return Err(Finding::ByteRangeGap);
    }
    let covered_to = end.checked_add(rest).ok_or(Finding::ByteRangeForm)?;
    if covered_to > pdf.len() {
        return Err(Finding::CutShort);
    }
    if pdf[start] != b'<' || pdf[end - 1] != b'>' {
        return Err(Finding::ByteRangeGap);
    }
    Ok(Covered { at, start, end, to: covered_to })
}

/// Whether a whole revision ends here, and the number of an object follows.
fn begins_a_revision(signed: &[u8], rest: &[u8]) -> bool {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    signed.ends_with(b"%%EOF\n") && digits > 0 && rest[digits..].starts_with(b" 0 obj\n<<")
}

/// The signature's value: lower-case hexadecimal of one DER element, then zeros only.
pub(super) fn read_value(pdf: &[u8], covered: &Covered) -> Result<Vec<u8>, Finding> {
    let digits = &pdf[covered.start + 1..covered.end - 1];
    if digits.iter().any(u8::is_ascii_uppercase) {
        return Err(Finding::ContentsForm);
    }
    let mut value = hex::decode(digits).map_err(|_| Finding::ContentsForm)?;
    let [0x30, 0x82, high, low, ..] = value[..] else {
        return Err(Finding::ContentsForm);
    };
    let length = 4 + usize::from(u16::from_be_bytes([high, low]));
    if value.len() < length {
        return Err(Finding::ContentsForm);
    }
    if value[length..].iter().any(|&byte| byte != 0) {
        return Err(Finding::ContentsPadding);
    }
    value.truncate(length);
    Ok(value)
}

/// Every `/ByteRange` with an array or a reference behind it; the bare word may stand in a title.
fn ranges(pdf: &[u8]) -> impl Iterator<Item = usize> {
    const WORD: &[u8] = b"/ByteRange";
    memchr::memmem::find_iter(pdf, WORD).filter(|at| {
        let mut rest = pdf[at + WORD.len()..].iter().skip_while(|byte| byte.is_ascii_whitespace());
        rest.next().is_some_and(|&byte| byte == b'[' || byte.is_ascii_digit())
    })
}

fn read_numbers(text: &[u8]) -> Option<[usize; 4]> {
    let mut numbers = text.split(|&byte| byte == b' ').filter(|word| !word.is_empty()).map(number);
    let four = [numbers.next()??, numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(four)
}
