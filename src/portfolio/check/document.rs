//! The objects of a file that a registered college signed: what the signer wrote, and nothing active.

mod signature;

use chrono::{DateTime, Utc};
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId};

use super::Finding;
use super::attachment::{ATTACHMENT_NAME, MAX_ATTACHMENT, RECEIPT_NAME};
use super::byte_range::Covered;
use super::layout::Section;
use crate::portfolio::sign::MAX_DECOMPRESSED;

/// What the objects say.
#[derive(Debug, Default)]
pub(super) struct Inspected {
    pub findings: Vec<Finding>,
    pub signed_at: Option<DateTime<Utc>>,
    pub forbids_changes: bool,
    pub attachment: Option<Vec<u8>>,
}

/// The entries of the catalogue that renderer and signer write.
const CATALOG: [&[u8]; 17] = [
    b"Type",
    b"Pages",
    b"Metadata",
    b"PageLabels",
    b"OutputIntents",
    b"Lang",
    b"StructTreeRoot",
    b"MarkInfo",
    b"ViewerPreferences",
    b"PageLayout",
    b"PageMode",
    b"Outlines",
    b"Names",
    b"AF",
    b"AcroForm",
    b"Perms",
    b"Extensions",
];

/// Actions other than following a link (ISO 32000-1 table 198).
const ACTIONS: [&[u8]; 17] = [
    b"GoToR",
    b"GoToE",
    b"Launch",
    b"Thread",
    b"Sound",
    b"Movie",
    b"Hide",
    b"Named",
    b"SubmitForm",
    b"ResetForm",
    b"ImportData",
    b"SetOCGState",
    b"Rendition",
    b"Trans",
    b"GoTo3DView",
    b"RichMediaExecute",
    b"GoToDp",
];

/// Reads the objects, strictly.
pub(super) fn read(pdf: &[u8]) -> Result<Document, Finding> {
    let options = LoadOptions {
        strict: true,
        max_decompressed_size: Some(MAX_DECOMPRESSED),
        ..LoadOptions::default()
    };
    Document::load_mem_with_options(pdf, options).map_err(|_| Finding::Unreadable)
}

/// Looks at every object, and at the signing revision closely.
pub(super) fn inspect(
    document: &Document,
    rendered: &Section,
    update: &Section,
    covered: &Covered,
) -> Inspected {
    let mut inspected = Inspected::default();
    signature::inspect(document, rendered, update, covered, &mut inspected);
    if let Ok(catalog) = document.catalog() {
        inspect_catalog(document, catalog, &mut inspected.findings);
        inspected.attachment = read_attachment(document, catalog);
    }
    let own = signature::ids(rendered);
    let mut files = 0;
    for (&id, object) in &document.objects {
        walk(object, &mut |object| {
            inspect_object(object, own.contains(&id), &mut files, &mut inspected.findings);
        });
    }
    if files > 1 {
        inspected.findings.push(Finding::Attachments);
    }
    let mut seen = std::collections::HashSet::new();
    inspected.findings.retain(|&finding| seen.insert(finding));
    inspected
}

fn inspect_catalog(document: &Document, catalog: &Dictionary, findings: &mut Vec<Finding>) {
    let known = |key: &Vec<u8>| {
        // These have findings of their own, wherever they stand.
        [b"OpenAction".as_slice(), b"AA", b"OCProperties"].contains(&key.as_slice())
            || CATALOG.contains(&key.as_slice())
    };
    let names = catalog.get_deref(b"Names", document).and_then(Object::as_dict);
    let plain_names = names.iter().flat_map(|names| names.iter()).all(|(key, _)| {
        [b"Dests".as_slice(), b"EmbeddedFiles", b"JavaScript"].contains(&key.as_slice())
    });
    if !catalog.iter().all(|(key, _)| known(key)) || !plain_names {
        findings.push(Finding::CatalogEntry);
    }
}

/// The rules that hold for any dictionary, wherever it hangs; `own` is the signing revision's.
fn inspect_object(object: &Object, own: bool, files: &mut usize, findings: &mut Vec<Finding>) {
    let dictionary = match object {
        Object::Dictionary(dictionary) => dictionary,
        Object::Stream(stream) => {
            // The content lies in another file (ISO 32000-1 §7.3.8.2).
            if stream.dict.has(b"F") {
                findings.push(Finding::ExternalContent);
            }
            &stream.dict
        }
        _ => return,
    };
    for (key, value) in dictionary.iter() {
        findings.extend(forbidden_key(key));
        findings.extend(value.as_name().ok().and_then(|value| forbidden_entry(key, value)));
    }
    if !own {
        findings.extend(foreign_form(dictionary));
    }
    if dictionary.has(b"EF") {
        *files += 1;
        if !is_ours(dictionary) {
            findings.push(Finding::Attachments);
        }
    }
}

/// Keys that have no place in a portfolio, whatever their value.
fn forbidden_key(key: &[u8]) -> Option<Finding> {
    match key {
        b"JS" | b"JavaScript" => Some(Finding::JavaScript),
        b"OpenAction" => Some(Finding::OpenAction),
        b"AA" => Some(Finding::AdditionalActions),
        b"XFA" => Some(Finding::Xfa),
        b"OC" | b"OCProperties" => Some(Finding::OptionalContent),
        _ => None,
    }
}

/// Entries that have no place in a portfolio.
fn forbidden_entry(key: &[u8], value: &[u8]) -> Option<Finding> {
    match (key, value) {
        (b"S", b"JavaScript") => Some(Finding::JavaScript),
        (b"S", action) if ACTIONS.contains(&action) => Some(Finding::Action),
        (b"FS", b"URL") => Some(Finding::ExternalContent),
        (b"Type", b"OCG" | b"OCMD") => Some(Finding::OptionalContent),
        (b"Type", b"ObjStm" | b"XRef") => Some(Finding::CrossReference),
        _ => None,
    }
}

/// Annotations, fields and signatures that only the signing revision may have.
fn foreign_form(dictionary: &Dictionary) -> Option<Finding> {
    let kind = name_of(dictionary, b"Type");
    if kind == Some(b"Sig") || kind == Some(b"DocTimeStamp") {
        return Some(Finding::SeveralSignatures);
    }
    if dictionary.has(b"FT") {
        return Some(Finding::FormField);
    }
    let subtype = name_of(dictionary, b"Subtype");
    if subtype == Some(b"Form") && dictionary.has(b"Ref") {
        // A page of another file (ISO 32000-1 §8.10.4).
        return Some(Finding::ExternalContent);
    }
    let annotation = dictionary.has(b"Rect") && subtype.is_some_and(|subtype| subtype != b"Link");
    annotation.then_some(Finding::Annotation)
}

/// Calls `look` with an object and all it holds; references are other objects' business.
fn walk(object: &Object, look: &mut impl FnMut(&Object)) {
    look(object);
    match object {
        Object::Array(items) => items.iter().for_each(|item| walk(item, look)),
        Object::Dictionary(dictionary) => dictionary.iter().for_each(|(_, item)| walk(item, look)),
        Object::Stream(stream) => stream.dict.iter().for_each(|(_, item)| walk(item, look)),
        _ => {}
    }
}

/// The associated file of the known name (ISO 19005-3 §6.8).
fn read_attachment(document: &Document, catalog: &Dictionary) -> Option<Vec<u8>> {
    let files = catalog.get_deref(b"AF", document).ok()?.as_array().ok()?;
    files.iter().find_map(|file| {
        let (_, file) = document.dereference(file).ok()?;
        let file = file.as_dict().ok()?;
        if !is_ours(file) {
            return None;
        }
        let embedded = file.get_deref(b"EF", document).ok()?.as_dict().ok()?;
        let stream = embedded.get_deref(b"F", document).ok()?.as_stream().ok()?;
        stream.get_plain_content_with_limit(MAX_ATTACHMENT).ok()
    })
}

/// Whether a file specification names what the hub attaches: a credential, or a receipt.
fn is_ours(file: &Dictionary) -> bool {
    let name = text_of(file, b"F");
    name == Some(ATTACHMENT_NAME.as_bytes()) || name == Some(RECEIPT_NAME.as_bytes())
}

/// Whether a dictionary has exactly these entries.
fn has_exactly(dictionary: &Dictionary, entries: &[(&[u8], Object)]) -> bool {
    dictionary.len() == entries.len()
        && entries.iter().all(|(key, value)| dictionary.get(key).ok() == Some(value))
}

fn name_of<'a>(dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a [u8]> {
    dictionary.get(key).and_then(Object::as_name).ok()
}

fn text_of<'a>(dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a [u8]> {
    dictionary.get(key).and_then(Object::as_str).ok()
}

fn name(text: &[u8]) -> Object {
    Object::Name(text.to_vec())
}

fn reference(id: ObjectId) -> Object {
    Object::Reference(id)
}
