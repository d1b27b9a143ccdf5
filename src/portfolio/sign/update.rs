//! The signature's own revision: four objects appended to the rendered file (ISO 32000-1 §7.5.6).
//!
//! The catalogue gains the form and the permission, the first page an invisible widget, and two
//! objects are new: the field and the signature. PDF/A-3 and PDF/UA-1 hold after it: the widget
//! is printable and not hidden, has no area (so it needs no appearance, and lies outside the
//! content that must be tagged), and carries a description.

use chrono::{DateTime, Utc};
use lopdf::{Dictionary, Document, Object, ObjectId, Writer, dictionary, text_string};
use sha2::{Digest, Sha256};

use super::{CONTENTS_BYTES, PrepareError, STAMPED_CONTENTS_BYTES, SignatureFacts};
use crate::portfolio::check::layout::Section;

/// How the signature says what it covers; stands once in a signed file.
pub(in crate::portfolio) const BYTE_RANGE: &[u8] = b"/ByteRange[";

/// The room between its brackets: four numbers, the last three ten wide.
pub(in crate::portfolio) const BYTE_RANGE_WIDTH: usize = 34;

/// What stands between the covered range and the signature's value.
pub(in crate::portfolio) const CONTENTS: &[u8] = b"]/Contents";

/// The name of the one form field.
pub(in crate::portfolio) const FIELD_NAME: &[u8] = b"CollegeSignature";

/// Annotation flags: Print and Locked; Hidden, Invisible and NoView clear (ISO 19005-3 §6.3.2).
pub(in crate::portfolio) const FIELD_FLAGS: i64 = 4 | 128;

/// Where a value goes, delimiters included.
#[derive(Debug, Clone, Copy)]
pub(in crate::portfolio) struct Gap {
    pub start: usize,
    pub end: usize,
}

/// Appends the revision to `pdf`, with zeros where the signature's value goes.
pub(super) fn append(
    pdf: &mut Vec<u8>,
    document: &Document,
    rendered: &Section,
    facts: &SignatureFacts,
) -> Result<Gap, PrepareError> {
    let catalog_id = (rendered.trailer.root, 0);
    let page_id =
        *document.get_pages().values().next().ok_or(lopdf::Error::PageNumberNotFound(1))?;
    let field_id = (rendered.trailer.size, 0);
    let signature_id = (rendered.trailer.size + 1, 0);
    let catalog = certified_catalog(document.catalog()?, field_id, signature_id)?;
    let page = page_with_field(document, page_id, field_id)?;
    let field = field(page_id, signature_id, &facts.name);

    pdf.push(b'\n');
    let mut offsets = Vec::new();
    for (id, dictionary) in [(catalog_id, catalog), (page_id, page), (field_id, field)] {
        offsets.push((id.0, pdf.len()));
        write_object(pdf, id, dictionary)?;
    }
    offsets.push((signature_id.0, pdf.len()));
    let (covered_at, gap) = write_signature(pdf, signature_id, facts)?;
    let xref = pdf.len();
    write_table(pdf, &mut offsets);
    write_trailer(pdf, document, rendered, facts, xref)?;

    let covered = byte_range(gap.start, gap.end, pdf.len() - gap.end);
    pdf[covered_at..covered_at + covered.len()].copy_from_slice(covered.as_bytes());
    Ok(gap)
}

/// The covered range: from the first byte to the value, and `rest` bytes after it.
pub(in crate::portfolio) fn byte_range(start: usize, end: usize, rest: usize) -> String {
    format!("0 {start:>10} {end:>10} {rest:>10}")
}

/// `D:YYYYMMDDHHmmSSZ` (ISO 32000-1 §7.9.4), always in UTC.
pub(in crate::portfolio) fn pdf_date(at: DateTime<Utc>) -> String {
    at.format("D:%Y%m%d%H%M%SZ").to_string()
}

/// `/Perms` names the signature (ISO 32000-1 §12.8.4); `/Extensions` says whose SubFilter it is.
fn certified_catalog(
    catalog: &Dictionary,
    field: ObjectId,
    signature: ObjectId,
) -> Result<Dictionary, PrepareError> {
    if catalog.has(b"AcroForm") || catalog.has(b"Perms") || catalog.has(b"Extensions") {
        return Err(PrepareError::AlreadySigned);
    }
    let mut catalog = catalog.clone();
    catalog.set(
        "AcroForm",
        dictionary! { "Fields" => vec![Object::Reference(field)], "SigFlags" => 3 },
    );
    catalog.set("Perms", dictionary! { "DocMDP" => signature });
    catalog.set(
        "Extensions",
        dictionary! {
            "ESIC" => dictionary! { "BaseVersion" => name("1.7"), "ExtensionLevel" => 1 },
        },
    );
    Ok(catalog)
}

fn page_with_field(
    document: &Document,
    page: ObjectId,
    field: ObjectId,
) -> Result<Dictionary, PrepareError> {
    let mut page = document.get_dictionary(page)?.clone();
    let mut annotations = match page.get_deref(b"Annots", document) {
        Ok(annotations) => annotations.as_array()?.clone(),
        Err(_) => Vec::new(),
    };
    annotations.push(Object::Reference(field));
    page.set("Annots", annotations);
    // A page with annotations says that their order is that of the structure (ISO 14289-1 §7.18.3).
    page.set("Tabs", name("S"));
    Ok(page)
}

/// Field and widget in one dictionary (ISO 32000-1 §12.7.4.5); `/TU` is what is read aloud.
fn field(page: ObjectId, signature: ObjectId, name_of_college: &str) -> Dictionary {
    dictionary! {
        "Type" => name("Annot"),
        "Subtype" => name("Widget"),
        "FT" => name("Sig"),
        "T" => Object::string_literal(FIELD_NAME),
        "TU" => text_string(&format!("Digital signature of {name_of_college}")),
        "F" => FIELD_FLAGS,
        "P" => page,
        "Rect" => vec![Object::from(0), 0.into(), 0.into(), 0.into()],
        "V" => signature,
    }
}

/// Returns where the covered range is to be written, and where the value goes.
fn write_signature(
    pdf: &mut Vec<u8>,
    id: ObjectId,
    facts: &SignatureFacts,
) -> Result<(usize, Gap), PrepareError> {
    pdf.extend(format!("{} 0 obj\n", id.0).into_bytes());
    pdf.extend(b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached");
    let room = if facts.stampable { STAMPED_CONTENTS_BYTES } else { CONTENTS_BYTES };
    let (covered_at, gap) = write_gap(pdf, room);
    let entries = [
        ("M", Some(Object::string_literal(pdf_date(facts.signed_at)))),
        ("Name", Some(text_string(&facts.name))),
        ("Reason", Some(text_string(&facts.reason))),
        ("Location", facts.location.as_deref().map(text_string)),
        ("ContactInfo", facts.contact.as_deref().map(text_string)),
        ("Reference", Some(Object::Array(vec![no_changes().into()]))),
    ];
    for (key, value) in entries {
        if let Some(value) = value {
            pdf.extend(format!("/{key} ").into_bytes());
            Writer::write_object(pdf, &value).map_err(lopdf::Error::from)?;
        }
    }
    pdf.extend(b">>\nendobj\n");
    Ok((covered_at, gap))
}

/// The range and the empty value; where the range's numbers go, and where the value.
pub(super) fn write_gap(out: &mut Vec<u8>, room: usize) -> (usize, Gap) {
    out.extend(BYTE_RANGE);
    let covered_at = out.len();
    out.resize(out.len() + BYTE_RANGE_WIDTH, b' ');
    out.extend(CONTENTS);
    let start = out.len();
    out.push(b'<');
    out.resize(out.len() + 2 * room, b'0');
    out.push(b'>');
    (covered_at, Gap { start, end: out.len() })
}

/// Writes a value (DER) over the zeros of its gap; it fits.
pub(super) fn put_value(pdf: &mut [u8], gap: Gap, value: &[u8]) {
    let digits = hex::encode(value);
    let start = gap.start + 1;
    pdf[start..start + digits.len()].copy_from_slice(digits.as_bytes());
}

/// DocMDP with P = 1: no change to the document is permitted (ISO 32000-1 §12.8.2.2).
fn no_changes() -> Dictionary {
    dictionary! {
        "Type" => name("SigRef"),
        "TransformMethod" => name("DocMDP"),
        "TransformParams" => dictionary! {
            "Type" => name("TransformParams"),
            "P" => 1,
            "V" => name("1.2"),
        },
    }
}

pub(super) fn write_object(
    pdf: &mut Vec<u8>,
    id: ObjectId,
    dictionary: Dictionary,
) -> Result<(), lopdf::Error> {
    pdf.extend(format!("{} 0 obj\n", id.0).into_bytes());
    Writer::write_object(pdf, &Object::Dictionary(dictionary))?;
    pdf.extend(b"\nendobj\n");
    Ok(())
}

/// A subsection for each object: they are few, and the form stays the same wherever they lie.
pub(super) fn write_table(pdf: &mut Vec<u8>, offsets: &mut [(u32, usize)]) {
    offsets.sort_unstable();
    pdf.extend(b"xref\n");
    for (number, offset) in offsets {
        pdf.extend(format!("{number} 1\n{offset:010} 00000 n \n").into_bytes());
    }
}

fn write_trailer(
    pdf: &mut Vec<u8>,
    document: &Document,
    rendered: &Section,
    facts: &SignatureFacts,
    xref: usize,
) -> Result<(), PrepareError> {
    let trailer = &rendered.trailer;
    let mut text = format!("trailer\n<</Size {}/Root {} 0 R", trailer.size + 2, trailer.root);
    if let Some(info) = trailer.info {
        text += &format!("/Info {info} 0 R");
    }
    if trailer.id.is_some() {
        text += &file_id(document, facts)?;
    }
    text += &format!("/Prev {}>>\nstartxref\n{xref}\n%%EOF\n", rendered.xref);
    pdf.extend(text.into_bytes());
    Ok(())
}

/// The first identifier stays, the second is of this revision (ISO 32000-1 §14.4).
fn file_id(document: &Document, facts: &SignatureFacts) -> Result<String, PrepareError> {
    let [first, second] = document.trailer.get(b"ID")?.as_array()?.as_slice() else {
        return Err(PrepareError::NotRendered(crate::portfolio::check::Finding::Trailer));
    };
    let revision = Sha256::new()
        .chain_update(second.as_str()?)
        .chain_update(pdf_date(facts.signed_at))
        .chain_update(&facts.signer_certificate)
        .finalize();
    Ok(format!("/ID[<{}><{}>]", hex::encode(first.as_str()?), hex::encode(&revision[..16])))
}

pub(super) fn name(text: &str) -> Object {
    Object::Name(text.as_bytes().to_vec())
}
