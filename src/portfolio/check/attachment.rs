//! The credential inside any PDF, signed by us or not, whole or damaged.
//!
//! A portal may have recompressed the file or added to it; the credential in it still verifies
//! by itself. So nothing is asked of the file but one embedded stream, found by its words and
//! never through the file's own tables: no parser of PDF objects meets a stranger's bytes.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::MAX_FILE;
use super::layout::{find, number};

/// The name the credential has among a portfolio's attachments.
pub const ATTACHMENT_NAME: &str = "portfolio.vc.json";

/// The name a receipt has as the attachment of its page.
pub const RECEIPT_NAME: &str = "receipt.json";

/// The longest credential that is unpacked, in bytes.
pub const MAX_ATTACHMENT: usize = 8 * 1024 * 1024;

/// How far a stream's dictionary may reach before and after its `/EmbeddedFile`, in bytes.
const DICTIONARY_REACH: usize = 1024;

/// More words that look like embedded files are not looked at: each may cost a run through the file.
const MOST_WORDS: usize = 64;

/// More embedded files are not unpacked.
const MOST_CANDIDATES: usize = 8;

/// The first embedded file that can be a credential: a JSON object, `application/vc` before others.
pub fn attachment(pdf: &[u8]) -> Option<Vec<u8>> {
    if pdf.len() > MAX_FILE {
        return None;
    }
    let mut candidates: Vec<_> = memchr::memmem::find_iter(pdf, KEYWORD)
        .take(MOST_WORDS)
        .filter_map(|at| read_candidate(pdf, at))
        .collect();
    candidates.sort_by_key(|candidate| !candidate.is_credential);
    candidates.iter().take(MOST_CANDIDATES).find_map(Candidate::unpack)
}

const KEYWORD: &[u8] = b"/EmbeddedFile";

struct Candidate<'a> {
    is_credential: bool,
    deflated: bool,
    content: &'a [u8],
}

impl Candidate<'_> {
    fn unpack(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let limit = u64::try_from(MAX_ATTACHMENT).expect("a few megabytes") + 1;
        if self.deflated {
            ZlibDecoder::new(self.content).take(limit).read_to_end(&mut bytes).ok()?;
        } else {
            bytes = self.content.to_vec();
        }
        let is_object = bytes.trim_ascii_start().starts_with(b"{");
        (is_object && bytes.len() <= MAX_ATTACHMENT).then_some(bytes)
    }
}

/// The stream whose dictionary has the keyword at `at`; flate or plain, with a direct length or none.
fn read_candidate(pdf: &[u8], at: usize) -> Option<Candidate<'_>> {
    if pdf.get(at + KEYWORD.len()).is_none_or(u8::is_ascii_alphanumeric) {
        return None;
    }
    let before = &pdf[at.saturating_sub(DICTIONARY_REACH)..at];
    let start = at - (before.len() - memchr::memmem::rfind(before, b" obj")?);
    let reach = &pdf[at..pdf.len().min(at + DICTIONARY_REACH)];
    let end = at + find(reach, b"stream")?;
    let dictionary = &pdf[start..end];
    let content = &pdf[end + b"stream".len()..];
    let content = content.strip_prefix(b"\r\n").or_else(|| content.strip_prefix(b"\n"))?;
    let content = match direct_length(dictionary) {
        Some(length) => content.get(..length)?,
        None => without_line_end(&content[..find(content, b"endstream")?]),
    };
    Some(Candidate {
        is_credential: find(dictionary, b"/application#2Fvc").is_some()
            || find(dictionary, b"/application#2fvc").is_some(),
        deflated: find(dictionary, b"/FlateDecode").is_some(),
        content,
    })
}

/// The line end before `endstream` is not content (ISO 32000-1 §7.3.8.1).
fn without_line_end(content: &[u8]) -> &[u8] {
    let content = content.strip_suffix(b"\n").unwrap_or(content);
    content.strip_suffix(b"\r").unwrap_or(content)
}

fn direct_length(dictionary: &[u8]) -> Option<usize> {
    let at = find(dictionary, b"/Length")? + b"/Length".len();
    let mut words = dictionary[at..]
        .trim_ascii_start()
        .split(|byte| !byte.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let length = number(words.next()?)?;
    let indirect = words.next().and_then(number::<u32>).is_some() && words.next() == Some(b"R");
    (!indirect).then_some(length)
}
