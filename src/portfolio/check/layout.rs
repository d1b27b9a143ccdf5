//! How a file of ours lies on disk: one rendered revision, and at most the signature's after it.
//!
//! Only the outer shape is read here, byte for byte, before any PDF library sees the file:
//! header, cross-reference tables, trailers, end of file (ISO 32000-1 §7.5). What renderer and
//! signer never write (cross-reference streams, hybrids, loops, overlaps) is not understood at all.

use std::collections::HashSet;

use super::Finding;

/// The longest file that is looked at, in bytes.
pub const MAX_FILE: usize = 64 * 1024 * 1024;

/// One section of a file: its objects, their cross-reference table, its trailer.
#[derive(Debug, Clone)]
pub(in crate::portfolio) struct Section {
    /// Where the `xref` keyword stands.
    pub xref: usize,
    /// Objects in use, in the table's order.
    pub entries: Vec<Entry>,
    pub trailer: Trailer,
    /// The first byte after `%%EOF`.
    pub end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::portfolio) struct Entry {
    pub number: u32,
    pub offset: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::portfolio) struct Trailer {
    /// One more than the highest object number.
    pub size: u32,
    pub root: u32,
    pub info: Option<u32>,
    /// The trailer's `/ID`, as written, brackets included.
    pub id: Option<Vec<u8>>,
    pub prev: Option<usize>,
}

/// Reads a file of exactly one revision: what the renderer made.
pub(in crate::portfolio) fn read_rendered(pdf: &[u8]) -> Result<Section, Finding> {
    check_header(pdf)?;
    let section = read_section(pdf, last_xref(pdf, b"")?)?;
    if section.trailer.prev.is_some() || section.end != pdf.len() {
        return Err(Finding::Revisions);
    }
    check_entries(pdf, &section, 0)?;
    Ok(section)
}

/// Reads a file of exactly two revisions, the rendered one and the signature's.
pub(in crate::portfolio) fn read_signed(pdf: &[u8]) -> Result<(Section, Section), Finding> {
    check_header(pdf)?;
    let update = read_section(pdf, last_xref(pdf, b"\n")?)?;
    let prev = update.trailer.prev.ok_or(Finding::Revisions)?;
    if prev >= update.xref {
        return Err(Finding::Revisions);
    }
    let rendered = read_section(pdf, prev)?;
    let sound = rendered.trailer.prev.is_none()
        && rendered.end < update.xref
        && update.end + 1 == pdf.len()
        && update.trailer.root == rendered.trailer.root
        && update.trailer.info == rendered.trailer.info;
    if !sound {
        return Err(Finding::Revisions);
    }
    check_entries(pdf, &rendered, 0)?;
    check_entries(pdf, &update, rendered.end)?;
    Ok((rendered, update))
}

/// Nothing before the header, and the version the renderer writes.
pub(super) fn check_header(pdf: &[u8]) -> Result<(), Finding> {
    if pdf.len() > MAX_FILE {
        return Err(Finding::TooLarge);
    }
    if !pdf.starts_with(b"%PDF-1.7\n") {
        return Err(Finding::Header);
    }
    Ok(())
}

/// What `startxref` says in a file that ends `startxref`, number, `%%EOF`, `tail`.
fn last_xref(pdf: &[u8], tail: &[u8]) -> Result<usize, Finding> {
    let body = pdf
        .strip_suffix(tail)
        .and_then(|body| body.strip_suffix(b"\n%%EOF"))
        .ok_or(Finding::EndOfFile)?;
    let digits = body.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (head, digits) = body.split_at(body.len() - digits);
    if !head.ends_with(b"startxref\n") {
        return Err(Finding::EndOfFile);
    }
    number(digits).ok_or(Finding::EndOfFile)
}

fn read_section(pdf: &[u8], xref: usize) -> Result<Section, Finding> {
    let mut cursor = Cursor { pdf, at: xref };
    cursor.literal(b"xref\n").ok_or(Finding::CrossReference)?;
    let entries = read_table(&mut cursor).ok_or(Finding::CrossReference)?;
    let trailer = read_trailer(&mut cursor)?;
    let start: usize = cursor.line().and_then(number).ok_or(Finding::Trailer)?;
    cursor.literal(b"%%EOF").ok_or(Finding::Trailer)?;
    if start != xref {
        return Err(Finding::CrossReference);
    }
    Ok(Section { xref, entries, trailer, end: cursor.at })
}

/// Subsections up to the `trailer` keyword (ISO 32000-1 §7.5.4).
fn read_table(cursor: &mut Cursor<'_>) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut seen = HashSet::new();
    while cursor.literal(b"trailer\n").is_none() {
        let header = cursor.line()?;
        let space = header.iter().position(|&byte| byte == b' ')?;
        let first: u32 = number(&header[..space])?;
        let count: u32 = number(&header[space + 1..])?;
        for index in 0..count {
            let line = cursor.take(20)?;
            let number_of = first.checked_add(index)?;
            let generation: u32 = number(&line[11..16])?;
            if line[10] != b' ' || line[16] != b' ' || !seen.insert(number_of) {
                return None;
            }
            match (line[17], &line[18..]) {
                (b'n', b"\r\n" | b" \n") if generation == 0 => {
                    entries.push(Entry { number: number_of, offset: number(&line[..10])? });
                }
                (b'f', b"\r\n" | b" \n") => {}
                _ => return None,
            }
        }
    }
    Some(entries)
}

/// The dictionary between `trailer` and `startxref`: its five known keys, each at most once.
fn read_trailer(cursor: &mut Cursor<'_>) -> Result<Trailer, Finding> {
    const LONGEST: usize = 1024;
    let rest = &cursor.pdf[cursor.at..cursor.pdf.len().min(cursor.at + LONGEST)];
    let length = find(rest, b"startxref\n").ok_or(Finding::Trailer)?;
    let dictionary = trim(&rest[..length]);
    cursor.at += length + b"startxref\n".len();
    let mut tokens = Tokens {
        rest: dictionary
            .strip_prefix(b"<<")
            .and_then(|inner| inner.strip_suffix(b">>"))
            .ok_or(Finding::Trailer)?,
    };
    let (mut size, mut root, mut info, mut id, mut prev) = (None, None, None, None, None);
    while let Some(key) = tokens.key()? {
        let fresh = match key {
            b"Size" => size.replace(tokens.integer()?).is_none(),
            b"Root" => root.replace(tokens.reference()?).is_none(),
            b"Info" => info.replace(tokens.reference()?).is_none(),
            b"Prev" => prev.replace(tokens.integer()?).is_none(),
            b"ID" => id.replace(tokens.array()?.to_vec()).is_none(),
            b"Encrypt" => return Err(Finding::Encryption),
            b"XRefStm" => return Err(Finding::HybridReference),
            _ => return Err(Finding::Trailer),
        };
        if !fresh {
            return Err(Finding::Trailer);
        }
    }
    Ok(Trailer {
        size: size.and_then(|size| u32::try_from(size).ok()).ok_or(Finding::Trailer)?,
        root: root.ok_or(Finding::Trailer)?,
        info,
        id,
        prev,
    })
}

/// Every object starts where its table says, inside its own section, and nowhere twice.
fn check_entries(pdf: &[u8], section: &Section, from: usize) -> Result<(), Finding> {
    let mut offsets = HashSet::new();
    for entry in &section.entries {
        let header = format!("{} 0 obj", entry.number);
        let there = pdf.get(entry.offset..section.xref).unwrap_or_default();
        let sound = entry.offset >= from
            && entry.number < section.trailer.size
            && there.starts_with(header.as_bytes())
            && there.get(header.len()).is_some_and(|byte| b"\n<[ /(".contains(byte))
            && offsets.insert(entry.offset);
        if !sound {
            return Err(Finding::CrossReference);
        }
    }
    Ok(())
}

struct Cursor<'a> {
    pdf: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn literal(&mut self, text: &[u8]) -> Option<()> {
        self.pdf.get(self.at..)?.starts_with(text).then(|| self.at += text.len())
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.pdf.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }

    /// A short line, without its line feed.
    fn line(&mut self) -> Option<&'a [u8]> {
        const LONGEST: usize = 32;
        let rest = self.pdf.get(self.at..)?;
        let length = rest.iter().take(LONGEST).position(|&byte| byte == b'\n')?;
        self.at += length + 1;
        Some(&rest[..length])
    }
}

/// The few kinds of token a trailer of ours has.
struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    fn key(&mut self) -> Result<Option<&'a [u8]>, Finding> {
        self.rest = trim(self.rest);
        if self.rest.is_empty() {
            return Ok(None);
        }
        let name = self.rest.strip_prefix(b"/").ok_or(Finding::Trailer)?;
        let length = name.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        self.rest = &name[length..];
        Ok(Some(&name[..length]))
    }

    fn integer(&mut self) -> Result<usize, Finding> {
        self.rest = trim(self.rest);
        let length = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at(length);
        self.rest = rest;
        number(digits).ok_or(Finding::Trailer)
    }

    fn reference(&mut self) -> Result<u32, Finding> {
        let object = self.integer()?;
        let generation = self.integer()?;
        self.rest = trim(self.rest).strip_prefix(b"R").ok_or(Finding::Trailer)?;
        if generation != 0 {
            return Err(Finding::Trailer);
        }
        u32::try_from(object).map_err(|_| Finding::Trailer)
    }

    /// Two strings without brackets, escapes or nesting in them.
    fn array(&mut self) -> Result<&'a [u8], Finding> {
        self.rest = trim(self.rest);
        let length = self.rest.iter().position(|&byte| byte == b']').ok_or(Finding::Trailer)? + 1;
        let (array, rest) = self.rest.split_at(length);
        if !array.starts_with(b"[") || array.contains(&b'\\') {
            return Err(Finding::Trailer);
        }
        self.rest = rest;
        Ok(array)
    }
}

/// A number in decimal digits and nothing else.
pub(super) fn number<T: std::str::FromStr>(digits: &[u8]) -> Option<T> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Where `needle` first stands in `hay`.
pub(in crate::portfolio) fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(hay, needle)
}

fn trim(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii()
}
