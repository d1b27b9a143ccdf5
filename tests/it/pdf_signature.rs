//! Signing and checking portfolio PDFs: against independent readers, and against forgers.

#![expect(clippy::unwrap_used, reason = "a test may fail there, also in a function of its own")]

pub mod archive;
mod certificates;
pub mod college;
mod fixture;
pub mod forge;
mod hostile;
pub mod readers;
mod tamper;

use chrono::Duration;
use hub::portfolio::check::{Finding, attachment, signer};
use hub::portfolio::sign::{AttachError, Level, PrepareError, prepare};
use lopdf::{Document, Object};
use sha2::{Digest, Sha256};

use crate::issuance_log::authority::Keys;
use college::{College, check, sign, signed_at, year};

#[test]
fn a_portfolio_signed_by_its_college_is_accepted() {
    let college = College::new("kct", 1);
    let pdf = college.sign_pdf(fixture::UNSIGNED);
    let report = check(&pdf, &[College::new("psg", 5).trusted(), college.trusted()]);
    assert_eq!(report.integrity(), Ok(()), "{:?}", report.findings);
    assert!(report.signed && report.covers_whole_file && report.forbids_changes);
    assert_eq!(report.college.as_deref(), Some("kct"));
    assert_eq!(report.signed_at, Some(signed_at()));
    assert_eq!(report.attachment.as_deref(), Some(fixture::CREDENTIAL));
    assert_eq!(report.sha256, <[u8; 32]>::from(Sha256::digest(&pdf)));
    let found = signer(&pdf).unwrap();
    assert_eq!(Some(&found), report.signer.as_ref());
    assert_eq!(found.certificate, college.certificate);
    assert_eq!(found.common_name.as_deref(), Some("Kumaraguru College of Arts and Science"));
}

/// Signed files live for decades: a signer that writes otherwise, or a checker that refuses what
/// was accepted once, breaks them. The vector is then a second one, beside the first.
#[test]
fn a_file_signed_once_is_accepted_for_ever_and_always_made_the_same() {
    let college = College::new("kct", 1);
    assert_eq!(college.sign_pdf(fixture::UNSIGNED), fixture::SIGNED);
    assert_eq!(check(fixture::SIGNED, &[college.trusted()]).integrity(), Ok(()));
}

#[test]
fn both_forms_of_an_ecdsa_signature_give_the_same_file() {
    let college = College::new("kct", 1);
    let prepared = college.prepare(fixture::UNSIGNED);
    let low = sign(&college.key, prepared.message());
    let signature = p256::ecdsa::Signature::from_slice(&low).unwrap();
    let negated = p256::ecdsa::Signature::from_scalars(signature.r(), -signature.s()).unwrap();
    let other = prepared.clone().attach(&negated.to_bytes().into()).unwrap();
    assert_eq!(prepared.attach(&low).unwrap(), other);
}

#[test]
fn words_in_any_script_can_be_signed() {
    let college = College::new("kct", 1);
    let mut facts = college.facts();
    facts.name = "குமரகுரு கல்லூரி (Kumaraguru)".to_owned();
    facts.reason = r"பதிவு \ ) ( >> endobj /ByteRange".to_owned();
    (facts.location, facts.contact) = (None, Some("/ByteRange is a word".to_owned()));
    let prepared = prepare(fixture::UNSIGNED.to_vec(), &facts).unwrap();
    let signature = sign(&college.key, prepared.message());
    let pdf = prepared.attach(&signature).unwrap();
    assert_eq!(check(&pdf, &[college.trusted()]).integrity(), Ok(()));
}

#[test]
fn another_keys_signature_is_not_attached() {
    let college = College::new("kct", 1);
    let prepared = college.prepare(fixture::UNSIGNED);
    let foreign = sign(&College::new("psg", 5).key, prepared.message());
    assert!(matches!(prepared.attach(&foreign), Err(AttachError::WrongSignature)));
}

#[test]
fn a_certificate_that_has_ended_signs_nothing() {
    let college = College::new("kct", 1);
    let mut facts = college.facts();
    facts.signed_at = year(2036) + Duration::seconds(1);
    let refused = prepare(fixture::UNSIGNED.to_vec(), &facts).unwrap_err();
    assert!(matches!(refused, PrepareError::CertificateUse(Finding::CertificateValidity)));
}

#[test]
fn an_authoritys_certificate_signs_no_documents() {
    let college = College::new("kct", 1);
    let mut facts = college.facts();
    facts.signer_certificate = college.authority.clone();
    let refused = prepare(fixture::UNSIGNED.to_vec(), &facts).unwrap_err();
    assert!(matches!(refused, PrepareError::CertificateUse(Finding::CertificateUsage)));
}

#[test]
fn certificates_that_do_not_fit_are_refused() {
    let college = College::new("kct", 1);
    let mut facts = college.facts();
    facts.chain = vec![college.authority.clone(); 20];
    let refused = prepare(fixture::UNSIGNED.to_vec(), &facts).unwrap_err();
    assert!(matches!(refused, PrepareError::ChainTooLong));
}

#[test]
fn a_signed_file_is_not_signed_again() {
    let college = College::new("kct", 1);
    let pdf = college.sign_pdf(fixture::UNSIGNED);
    let refused = prepare(pdf, &college.facts()).unwrap_err();
    assert!(matches!(refused, PrepareError::NotRendered(_)), "{refused}");
}

#[tokio::test]
async fn a_signed_file_of_every_level_still_keeps_to_pdf_a_and_pdf_ua() {
    let office = archive::Office::open("kct", 1, Keys::P256).await;
    keeps_to_pdf_a_and_pdf_ua(&office.college.sign_pdf(fixture::UNSIGNED), 1);
    for level in Level::ALL {
        let fields = if level == Level::Archive { 2 } else { 1 };
        keeps_to_pdf_a_and_pdf_ua(&office.file(level).await, fields);
    }
}

/// ISO 19005-3 §6.1.2, §6.3 and §6.4.3, ISO 14289-1 §7.18: what the engine's own check cannot see any more.
fn keeps_to_pdf_a_and_pdf_ua(pdf: &[u8], fields: usize) {
    assert!(pdf.starts_with(fixture::UNSIGNED), "the rendered bytes are untouched");
    let document = Document::load_mem(pdf).unwrap();
    let rendered = Document::load_mem(fixture::UNSIGNED).unwrap();
    let catalog = document.catalog().unwrap();
    for (key, value) in rendered.catalog().unwrap().iter() {
        assert_eq!(catalog.get(key).unwrap(), value, "catalogue entries stay");
    }
    let form = catalog.get(b"AcroForm").unwrap().as_dict().unwrap();
    assert!(!form.has(b"NeedAppearances") && !form.has(b"XFA"));
    assert_eq!(form.get(b"Fields").unwrap().as_array().unwrap().len(), fields);
    let permissions = catalog.get(b"Perms").unwrap().as_dict().unwrap();
    assert_eq!(permissions.iter().count(), 1);
    let signature = permissions.get_deref(b"DocMDP", &document).unwrap().as_dict().unwrap();
    let reference = signature.get(b"Reference").unwrap().as_array().unwrap()[0].as_dict().unwrap();
    assert!(
        ["DigestLocation", "DigestMethod", "DigestValue"]
            .iter()
            .all(|key| !reference.has(key.as_bytes()))
    );

    let page = document.get_dictionary(document.get_pages()[&1]).unwrap();
    assert_eq!(page.get(b"Tabs").unwrap(), &Object::Name(b"S".to_vec()));
    let annotations = page.get(b"Annots").unwrap().as_array().unwrap();
    assert_eq!(annotations.len(), 1 + fields, "the page's link stays");
    for widget in &annotations[1..] {
        let (_, widget) = document.dereference(widget).unwrap();
        let widget = widget.as_dict().unwrap();
        let flags = widget.get(b"F").unwrap().as_i64().unwrap();
        assert_eq!(
            (flags & 4, flags & (1 | 2 | 32 | 256)),
            (4, 0),
            "Print; not Invisible, Hidden, NoView"
        );
        assert_eq!(widget.get(b"Rect").unwrap().as_array().unwrap(), &vec![Object::Integer(0); 4]);
        assert!(!widget.get(b"TU").unwrap().as_str().unwrap().is_empty());
    }
    let metadata = catalog.get_deref(b"Metadata", &document).unwrap().as_stream().unwrap();
    let metadata = String::from_utf8_lossy(&metadata.content).into_owned();
    assert!(metadata.contains("pdfaid:part") && metadata.contains("pdfuaid:part"), "{metadata}");
    for stream in document.objects.values().filter_map(|object| object.as_stream().ok()) {
        assert!(!stream.dict.has(b"F"), "no stream lies outside the file");
        assert_ne!(stream.dict.get(b"Filter").ok(), Some(&Object::Name(b"LZWDecode".to_vec())));
    }
    let id = |document: &Document| {
        document.trailer.get(b"ID").unwrap().as_array().unwrap()[0].as_str().unwrap().to_vec()
    };
    assert_eq!(id(&document), id(&rendered), "the permanent identifier stays");
}

#[test]
fn the_credential_of_an_unsigned_file_is_found() {
    let report = check(fixture::UNSIGNED, &[]);
    assert_eq!(report.integrity(), Err(Finding::NotSigned));
    assert!(!report.signed && report.signer.is_none());
    assert_eq!(attachment(fixture::UNSIGNED).as_deref(), Some(fixture::CREDENTIAL));
}

#[test]
fn every_finding_has_a_code_and_a_sentence_of_its_own() {
    let mut codes = std::collections::HashSet::new();
    for finding in Finding::ALL {
        assert!(codes.insert(finding.code()), "{finding:?}");
        assert!(codes.insert(finding.sentence()), "{finding:?}");
        assert!(finding.sentence().ends_with('.'), "{finding:?}");
    }
}
