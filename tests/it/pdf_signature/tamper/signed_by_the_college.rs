//! Files that a college's key did sign, but that its hub would never write.

use chrono::Duration;
use lopdf::{Dictionary, Document, Object, dictionary};

use hub::portfolio::check::TrustedSigner;

use super::{Case, case};
use crate::pdf_signature::college::{College, check, signed_at};
use crate::pdf_signature::fixture::UNSIGNED;
use crate::pdf_signature::forge::{last_xref, rendered_with, resign, swap};

pub fn cases(college: &College, signed: &[u8]) -> Vec<Case> {
    let mut cases = rendered(college);
    cases.extend(update(college, signed));
    cases.extend(layout(college, signed));
    cases
}

/// Things in the rendered revision.
fn rendered(college: &College) -> Vec<Case> {
    let with = |edit: &dyn Fn(&mut Document)| college.sign_pdf(&rendered_with(edit));
    let catalog = |key: &'static str, value: Object| {
        with(&|document| {
            document.catalog_mut().unwrap().set(key, value.clone());
        })
    };
    let page = |key: &'static str, value: Object| {
        with(&|document| {
            let page = document.get_pages()[&1];
            document.get_dictionary_mut(page).unwrap().set(key, value.clone());
        })
    };
    let annotation = |annotation: Dictionary| {
        with(&|document| {
            let id = document.add_object(annotation.clone());
            let page = document.get_pages()[&2];
            let page = document.get_dictionary_mut(page).unwrap();
            page.set("Annots", vec![Object::Reference(id)]);
        })
    };
    let rect = || Object::Array(vec![0.into(), 0.into(), 99.into(), 99.into()]);
    let script =
        || dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)") };
    let link = |action: Dictionary| dictionary! { "Type" => "Annot", "Subtype" => "Link", "Rect" => rect(), "A" => action };
    vec![
        case(
            "JavaScript by name",
            "pdf_javascript",
            with(&|document| {
                let script = document.add_object(script());
                let names = document
                    .catalog_mut()
                    .unwrap()
                    .get_mut(b"Names")
                    .unwrap()
                    .as_dict_mut()
                    .unwrap();
                names.set(
                    "JavaScript",
                    dictionary! { "Names" => vec![Object::string_literal("a"), script.into()] },
                );
            }),
        ),
        case("JavaScript behind a link", "pdf_javascript", annotation(link(script()))),
        case(
            "an action on opening",
            "pdf_open_action",
            catalog("OpenAction", dictionary! { "S" => "GoTo" }.into()),
        ),
        case(
            "an action on printing",
            "pdf_additional_actions",
            catalog("AA", Dictionary::new().into()),
        ),
        case("an action on a page", "pdf_additional_actions", page("AA", Dictionary::new().into())),
        case(
            "a program started",
            "pdf_action",
            annotation(link(
                dictionary! { "S" => "Launch", "F" => Object::string_literal("calc") },
            )),
        ),
        case(
            "a form sent",
            "pdf_action",
            annotation(link(
                dictionary! { "S" => "SubmitForm", "F" => Object::string_literal("https://x.example") },
            )),
        ),
        case(
            "a file opened",
            "pdf_action",
            annotation(link(
                dictionary! { "S" => "GoToR", "F" => Object::string_literal("x.pdf") },
            )),
        ),
        case(
            "a note",
            "pdf_annotation",
            annotation(
                dictionary! { "Type" => "Annot", "Subtype" => "FreeText", "Rect" => rect() },
            ),
        ),
        case(
            "a film",
            "pdf_annotation",
            annotation(
                dictionary! { "Type" => "Annot", "Subtype" => "RichMedia", "Rect" => rect() },
            ),
        ),
        case(
            "a redaction",
            "pdf_annotation",
            annotation(dictionary! { "Subtype" => "Redact", "Rect" => rect() }),
        ),
        case(
            "another form field",
            "pdf_form_field",
            with(&|document| {
                document.add_object(
                    dictionary! { "FT" => "Tx", "T" => Object::string_literal("grade") },
                );
            }),
        ),
        case(
            "an XFA form",
            "pdf_xfa",
            with(&|document| {
                document.add_object(dictionary! { "XFA" => Object::Array(vec![]) });
            }),
        ),
        case(
            "layers",
            "pdf_optional_content",
            catalog("OCProperties", dictionary! { "OCGs" => Object::Array(vec![]) }.into()),
        ),
        case(
            "a layer without a list",
            "pdf_optional_content",
            with(&|document| {
                document.add_object(
                    dictionary! { "Type" => "OCG", "Name" => Object::string_literal("hidden") },
                );
            }),
        ),
        case(
            "a collection of files",
            "pdf_catalog_entry",
            catalog("Collection", Dictionary::new().into()),
        ),
        case(
            "another kind of name",
            "pdf_catalog_entry",
            with(&|document| {
                let names = document
                    .catalog_mut()
                    .unwrap()
                    .get_mut(b"Names")
                    .unwrap()
                    .as_dict_mut()
                    .unwrap();
                names.set("Templates", Dictionary::new());
            }),
        ),
        case(
            "a stream in another file",
            "pdf_external_content",
            with(&|document| {
                let mut stream = lopdf::Stream::new(Dictionary::new(), Vec::new());
                stream.dict.set("F", Object::string_literal("other.pdf"));
                document.add_object(stream);
            }),
        ),
        case(
            "a file on the web",
            "pdf_external_content",
            with(&|document| {
                document.add_object(dictionary! { "FS" => "URL", "F" => Object::string_literal("https://x.example") });
            }),
        ),
        case(
            "a second attachment",
            "pdf_attachments",
            with(&|document| {
                let spec = dictionary! { "F" => Object::string_literal("portfolio.vc.json"), "EF" => Dictionary::new() };
                document.add_object(spec);
            }),
        ),
        case(
            "an attachment of another name",
            "pdf_attachments",
            with(&|document| {
                for object in document.objects.values_mut() {
                    if let Ok(file) = object.as_dict_mut()
                        && file.has(b"EF")
                    {
                        file.set("F", Object::string_literal("other.json"));
                    }
                }
            }),
        ),
        case(
            "a signature nothing leads to",
            "pdf_several_signatures",
            with(&|document| {
                document.add_object(dictionary! { "Type" => "Sig" });
            }),
        ),
        case(
            "a cross-reference stream",
            "pdf_cross_reference",
            college.sign_pdf(&swap(UNSIGNED, "/Type/Metadata", "/Type/XRef    ")),
        ),
    ]
}

/// Things in the signing revision, signed again by the college.
fn update(college: &College, signed: &[u8]) -> Vec<Case> {
    let with = |from: &str, to: &str| resign(college, &in_update(signed, from, to));
    vec![
        case("form filling permitted", "pdf_docmdp_permission", with("/P 1/V/1.2", "/P 2/V/1.2")),
        case("no permission named", "pdf_docmdp_missing", with("/Perms<<", "/Extra<<")),
        case(
            "another transformation",
            "pdf_docmdp_missing",
            with("/TransformMethod/DocMDP", "/TransformMethod/UR3MDP"),
        ),
        case("no reference", "pdf_signature_dictionary", with("/Reference [", "/Referenca [")),
        case("a hidden field", "pdf_form_field", with("/F 132", "/F 134")),
        case("a visible field", "pdf_form_field", with("/Rect[0 0 0 0]", "/Rect[0 0 9 9]")),
        case(
            "a field of another name",
            "pdf_form_field",
            with("(CollegeSignature)", "(CollegeSignaturf)"),
        ),
        case("a field with an appearance", "pdf_form_field", with("/F 132", "/F 132/AP<<>>")),
        case(
            "a form that is filled anew",
            "pdf_form_field",
            with("/SigFlags 3", "/SigFlags 3/NeedAppearances true"),
        ),
        case(
            "another format of signature",
            "pdf_signature_dictionary",
            with("ETSI.CAdES.detached", "adbe.pkcs7.detached"),
        ),
        case("another filter", "pdf_signature_dictionary", with("Adobe.PPKLite", "Entrust.PPKEF")),
        case(
            "a certificate beside the value",
            "pdf_signature_dictionary",
            with("/Reason ", "/Cert<00>/Reason "),
        ),
        case("no time", "pdf_signing_time", with("/M (D:20260504030201Z)", "/M (yesterday)")),
        case(
            "a time that is none",
            "pdf_signing_time",
            with("D:20260504030201Z", "D:20261304030201Z"),
        ),
        case(
            "a time before the certificate",
            "pdf_certificate_validity",
            with("D:20260504030201Z", "D:20250504030201Z"),
        ),
        case(
            "a time after the certificate",
            "pdf_certificate_validity",
            with("D:20260504030201Z", "D:20370504030201Z"),
        ),
        case(
            "validation data in the catalogue",
            "pdf_catalog_entry",
            with("/Perms<<", "/DSS<<>>/Perms<<"),
        ),
        case("two values", "pdf_contents_mismatch", with("/Reason ", "/Contents<00>/Reason ")),
    ]
}

/// Things in tables and trailers, signed again by the college.
fn layout(college: &College, signed: &[u8]) -> Vec<Case> {
    let xref = last_xref(signed);
    let prev = last_xref(UNSIGNED);
    let with = |from: &str, to: &str| resign(college, &in_update(signed, from, to));
    let moved = |from: &str, to: &str| {
        let grown = to.len() as i64 - from.len() as i64;
        assert_eq!(grown, 0, "offsets stay");
        with(from, to)
    };
    vec![
        case(
            "tables in a circle",
            "pdf_revisions",
            moved(&format!("/Prev {prev}"), &format!("/Prev {xref}")),
        ),
        case("no earlier revision", "pdf_revisions", with(&format!("/Prev {prev}"), "")),
        case("a hybrid table", "pdf_hybrid_reference", with("/Prev ", "/XRefStm 15/Prev ")),
        case("an encryption dictionary", "pdf_encrypted", with("/Prev ", "/Encrypt 82 0 R/Prev ")),
        case("an entry the trailer does not have", "pdf_trailer", with("/Prev ", "/Extra 1/Prev ")),
        case("an entry of the trailer twice", "pdf_trailer", with("/Prev ", "/Prev 9/Prev ")),
        case("an escaped name in the trailer", "pdf_trailer", with("/Prev ", "/P#72ev ")),
        case(
            "a catalogue of another number",
            "pdf_revisions",
            with("/Root 81 0 R", "/Root 79 0 R"),
        ),
        case("an object at another's place", "pdf_cross_reference", moved("\n83 1\n", "\n80 1\n")),
        case("an object twice in the table", "pdf_cross_reference", moved("\n83 1\n", "\n82 1\n")),
        case(
            "an offset before the file",
            "pdf_cross_reference",
            moved(" 00000 n \n83 1", " 00001 n \n83 1"),
        ),
        case(
            "an object more than the signer writes",
            "pdf_signing_revision",
            extra_object(college, signed),
        ),
        case(
            "an end without a line feed",
            "pdf_end_of_file",
            resign(college, &signed[..signed.len() - 1]),
        ),
        case("an end with words", "pdf_end_of_file", resign(college, &[signed, b"words"].concat())),
        case(
            "a start of the table that is wrong",
            "pdf_cross_reference",
            with(&format!("startxref\n{xref}"), &format!("startxref\n{}", xref + 1)),
        ),
        case("a revision between", "pdf_revisions", between(college)),
    ]
}

#[test]
fn a_key_counts_only_while_it_was_in_use() {
    let college = College::new("kct", 1);
    let signed = college.sign_pdf(UNSIGNED);
    let during = |from: i64, until: Option<i64>| {
        let key = TrustedSigner {
            in_use_from: signed_at() + Duration::milliseconds(from),
            in_use_until: until.map(|until| signed_at() + Duration::milliseconds(until)),
            state: hub::domain::key::KeyState::Active,
            ..college.trusted()
        };
        check(&signed, &[key]).integrity().map_err(|finding| finding.code())
    };
    assert_eq!(during(0, Some(1)), Ok(()));
    assert_eq!(during(900, None), Ok(()), "put to use and signed with in one second");
    assert_eq!(during(0, Some(0)), Err("pdf_key_not_in_use"));
    assert_eq!(during(1000, None), Err("pdf_key_not_in_use"));
}

#[test]
fn an_authority_in_the_register_still_signs_no_documents() {
    // The college's authority key signs the file, and its certificate stands in the register.
    let college = College::new("kct", 1);
    let signed = college.sign_pdf(UNSIGNED);
    let forged = crate::pdf_signature::forge::signed_by_authority(&college, &signed);
    let key = TrustedSigner {
        certificate_sha256: <sha2::Sha256 as sha2::Digest>::digest(&college.authority).into(),
        ..college.trusted()
    };
    let found = check(&forged, &[key]).integrity().map_err(|finding| finding.code());
    assert_eq!(found, Err("pdf_certificate_usage"));
}

/// A change in the signing revision only.
fn in_update(signed: &[u8], from: &str, to: &str) -> Vec<u8> {
    let (head, tail) = signed.split_at(UNSIGNED.len());
    let tail = swap(tail, from, to);
    // Objects behind the change move; so do their table and the line that says where it is.
    relocate(&[head, &tail].concat())
}

/// Writes the last table anew, with the places where its objects now are.
fn relocate(pdf: &[u8]) -> Vec<u8> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let table = pdf.windows(6).rposition(|window| window == b"\nxref\n").unwrap() + 1;
    let tail = text(&pdf[table..]);
    let claimed = last_xref(pdf);
    let mut moved = String::new();
    let mut number = 0;
    for line in tail.split_inclusive('\n') {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            [first, "1"] => number = first.parse::<u32>().unwrap(),
            [offset, _, "n"] => {
                let header = format!("\n{number} 0 obj\n");
                let found = pdf[UNSIGNED.len()..table]
                    .windows(header.len())
                    .position(|w| w == header.as_bytes());
                let to = found.map_or(offset.parse().unwrap(), |at| UNSIGNED.len() + at + 1);
                moved += &line.replacen(offset, &format!("{to:010}"), 1);
                continue;
            }
            _ => {}
        }
        moved += line;
    }
    // A claimed place that is off by design stays off by as much.
    let place = original_table();
    let off = claimed as i64 - place as i64;
    let moved = moved
        .replace(&format!("startxref\n{claimed}"), &format!("startxref\n{}", table as i64 + off));
    [&pdf[..table], moved.as_bytes()].concat()
}

fn original_table() -> usize {
    last_xref(&College::new("kct", 1).sign_pdf(UNSIGNED))
}

/// A fifth object in the signing revision.
fn extra_object(college: &College, signed: &[u8]) -> Vec<u8> {
    let at = last_xref(signed);
    let object = b"40 0 obj\n<</Type/Page>>\nendobj\n";
    let grown = [&signed[..at], object, &signed[at..]].concat();
    let entry = format!("xref\n40 1\n{at:010} 00000 n \n");
    let pdf =
        [&grown[..at + object.len()], entry.as_bytes(), &grown[at + object.len() + 5..]].concat();
    let line = format!("startxref\n{at}\n");
    resign(college, &swap(&pdf, line, format!("startxref\n{}\n", at + object.len())))
}

/// Rendered, updated by somebody, then signed: three revisions.
fn between(college: &College) -> Vec<u8> {
    let signed = college.sign_pdf(UNSIGNED);
    let prev = last_xref(UNSIGNED);
    let third = UNSIGNED.len() + 1;
    let table = format!(
        "\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 82/Root 81 0 R/Info 79 0 R/Prev {prev}>>\nstartxref\n{third}\n%%EOF"
    );
    let (head, tail) = signed.split_at(UNSIGNED.len());
    let pdf = [head, table.as_bytes(), tail].concat();
    let pdf = swap(
        &pdf,
        format!("/Prev {prev}>>\nstartxref\n{}", last_xref(&signed)),
        format!("/Prev {third}>>\nstartxref\n{}", last_xref(&signed) + table.len()),
    );
    resign(college, &shift_entries(&pdf, table.len()))
}

fn shift_entries(pdf: &[u8], by: usize) -> Vec<u8> {
    let table = pdf.windows(6).rposition(|window| window == b"\nxref\n").unwrap() + 1;
    let tail = String::from_utf8_lossy(&pdf[table..]).into_owned();
    let lines: String = tail
        .split_inclusive('\n')
        .map(|line| match line.strip_suffix(" 00000 n \n") {
            Some(offset) => format!("{:010} 00000 n \n", offset.parse::<usize>().unwrap() + by),
            None => line.to_owned(),
        })
        .collect();
    [&pdf[..table], lines.as_bytes()].concat()
}
