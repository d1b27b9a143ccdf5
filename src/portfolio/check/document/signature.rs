//! The signing revision, compared with what the signer writes, entry by entry.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDateTime, Utc};
use lopdf::{Dictionary, Document, Object, ObjectId, dictionary};

use super::{Inspected, has_exactly, name, name_of, reference};
use crate::portfolio::check::Finding;
use crate::portfolio::check::byte_range::Covered;
use crate::portfolio::check::layout::Section;
use crate::portfolio::sign::update::{FIELD_FLAGS, FIELD_NAME, pdf_date};

/// The entries of a signature dictionary of ours; the place and the contact may be missing.
const SIGNATURE: [&[u8]; 11] = [
    b"Type",
    b"Filter",
    b"SubFilter",
    b"ByteRange",
    b"Contents",
    b"M",
    b"Name",
    b"Reason",
    b"Location",
    b"ContactInfo",
    b"Reference",
];

/// The two objects a signing revision adds: the field and the signature.
pub(super) fn ids(rendered: &Section) -> [ObjectId; 2] {
    [(rendered.trailer.size, 0), (rendered.trailer.size + 1, 0)]
}

pub(super) fn inspect(
    document: &Document,
    rendered: &Section,
    update: &Section,
    covered: &Covered,
    inspected: &mut Inspected,
) {
    let [field, signature] = ids(rendered);
    let page = document.get_pages().into_values().next().unwrap_or_default();
    let findings = &mut inspected.findings;
    if !is_signing_revision(rendered, update, covered, page) {
        findings.push(Finding::SigningRevision);
    }
    if !is_own_form(document, field) || !is_own_field(document, field, signature, page) {
        findings.push(Finding::FormField);
    }
    let Ok(dictionary) = document.get_dictionary(signature) else {
        findings.push(Finding::SignatureDictionary);
        return;
    };
    if !is_own_dictionary(dictionary) {
        findings.push(Finding::SignatureDictionary);
    }
    if !leads_to(dictionary, covered) {
        findings.push(Finding::ContentsMismatch);
    }
    inspected.signed_at = read_time(dictionary);
    match check_permission(document, dictionary, signature) {
        Ok(()) => inspected.forbids_changes = true,
        Err(finding) => findings.push(finding),
    }
}

/// Catalogue, first page, field, signature; the value lies in the last of them.
fn is_signing_revision(
    rendered: &Section,
    update: &Section,
    covered: &Covered,
    page: ObjectId,
) -> bool {
    let [field, signature] = ids(rendered);
    let written: BTreeSet<_> = update.entries.iter().map(|entry| entry.number).collect();
    let expected = BTreeSet::from([rendered.trailer.root, page.0, field.0, signature.0]);
    let starts = |number| update.entries.iter().find(|entry| entry.number == number);
    written == expected
        && update.trailer.size == rendered.trailer.size + 2
        && starts(signature.0).is_some_and(|entry| entry.offset < covered.at)
        && update.entries.iter().all(|entry| entry.offset < covered.at)
}

fn is_own_form(document: &Document, field: ObjectId) -> bool {
    let form = document.catalog().and_then(|catalog| catalog.get(b"AcroForm"));
    form.and_then(Object::as_dict).is_ok_and(|form| {
        has_exactly(form, &[(b"Fields", vec![reference(field)].into()), (b"SigFlags", 3.into())])
    })
}

/// Invisible, printable, on the first page.
fn is_own_field(document: &Document, field: ObjectId, signature: ObjectId, page: ObjectId) -> bool {
    let Ok(widget) = document.get_dictionary(field) else { return false };
    let Ok(described) = widget.get(b"TU") else { return false };
    has_exactly(
        widget,
        &[
            (b"Type", name(b"Annot")),
            (b"Subtype", name(b"Widget")),
            (b"FT", name(b"Sig")),
            (b"T", Object::string_literal(FIELD_NAME)),
            (b"TU", described.clone()),
            (b"F", FIELD_FLAGS.into()),
            (b"P", reference(page)),
            (b"Rect", vec![Object::from(0), 0.into(), 0.into(), 0.into()].into()),
            (b"V", reference(signature)),
        ],
    )
}

fn is_own_dictionary(signature: &Dictionary) -> bool {
    let is = |key: &[u8], value: &[u8]| name_of(signature, key) == Some(value);
    signature.iter().all(|(key, _)| SIGNATURE.contains(&key.as_slice()))
        && is(b"Type", b"Sig")
        && is(b"Filter", b"Adobe.PPKLite")
        && is(b"SubFilter", b"ETSI.CAdES.detached")
}

/// The parsed ByteRange and value are those that were checked as bytes.
fn leads_to(signature: &Dictionary, covered: &Covered) -> bool {
    let range = signature.get(b"ByteRange").and_then(Object::as_array);
    let numbers: Vec<_> =
        range.iter().flat_map(|range| range.iter()).map(|number| number.as_i64().ok()).collect();
    let [Some(0), start, end, Some(_)] = numbers[..] else { return false };
    let at = |number: Option<i64>| number.and_then(|number| usize::try_from(number).ok());
    let length = signature.get(b"Contents").and_then(Object::as_str).map_or(0, <[u8]>::len);
    at(start) == Some(covered.start)
        && at(end) == Some(covered.end)
        && covered.end - covered.start == 2 * length + 2
}

/// `/M`, in exactly the form the signer writes.
fn read_time(signature: &Dictionary) -> Option<DateTime<Utc>> {
    let text = signature.get(b"M").ok()?.as_str().ok()?;
    let text = std::str::from_utf8(text).ok()?;
    let at = NaiveDateTime::parse_from_str(text, "D:%Y%m%d%H%M%SZ").ok()?.and_utc();
    (pdf_date(at) == text).then_some(at)
}

/// DocMDP with P = 1, and the catalogue naming this signature for it.
fn check_permission(
    document: &Document,
    signature: &Dictionary,
    id: ObjectId,
) -> Result<(), Finding> {
    let catalog = document.catalog().map_err(|_| Finding::DocMdpMissing)?;
    let named = catalog
        .get(b"Perms")
        .and_then(Object::as_dict)
        .is_ok_and(|permissions| has_exactly(permissions, &[(b"DocMDP", reference(id))]));
    let references = signature.get(b"Reference").and_then(Object::as_array);
    let Ok([Object::Dictionary(given)]) = references.map(Vec::as_slice) else {
        return Err(Finding::DocMdpMissing);
    };
    let is_doc_mdp = name_of(given, b"TransformMethod") == Some(b"DocMDP");
    if !named || !is_doc_mdp {
        return Err(Finding::DocMdpMissing);
    }
    let parameters = dictionary! {
        "Type" => name(b"TransformParams"),
        "P" => 1,
        "V" => name(b"1.2"),
    };
    let no_changes = has_exactly(
        given,
        &[
            (b"Type", name(b"SigRef")),
            (b"TransformMethod", name(b"DocMDP")),
            (b"TransformParams", parameters.into()),
        ],
    );
    if no_changes { Ok(()) } else { Err(Finding::DocMdpPermission) }
}
