//! Whole files: things added before and after, several signatures, files saved anew.

use lopdf::Document;

use super::{Case, case};
use crate::pdf_signature::college::College;
use crate::pdf_signature::fixture::{CREDENTIAL, UNSIGNED};
use crate::pdf_signature::forge::{catalog_with, last_xref, pyhanko, qpdf, root, update};

/// Ways in which portals and tools save a file anew, without a password.
pub const RESAVES: [&[&str]; 5] = [
    &["--object-streams=disable"],
    &["--object-streams=generate"],
    &["--linearize"],
    &["--qdf"],
    &["--recompress-flate", "--compression-level=9"],
];

pub fn cases(college: &College, signed: &[u8]) -> Vec<Case> {
    let mut cases = after(signed);
    cases.extend(around(signed));
    cases.extend(second_signatures(college, signed));
    cases.extend(saved_anew(signed));
    cases
}

fn after(signed: &[u8]) -> Vec<Case> {
    const CHANGED: &str = "pdf_changed_after_signing";
    let page = first_page();
    let plus = |tail: &[u8]| [signed, tail].concat();
    let catalog = |entries: &str| update(signed, &[(root(), &catalog_with(signed, entries))]);
    let text = "<</Length 44>>\nstream\nBT /F1 24 Tf 72 700 Td (A grade: O+) Tj ET   \nendstream";
    let new_page = "<</Type/Page/Parent 1 0 R/MediaBox[0 0 595 842]/Contents 90 0 R>>";
    let file = "<</Type/EmbeddedFile/Length 2>>\nstream\n{}\nendstream";
    vec![
        case("a line feed after the end", CHANGED, plus(b"\n")),
        case("zero bytes after the end", CHANGED, plus(&[0; 512])),
        case("words after the end", CHANGED, plus(b"nothing to see here")),
        case("a second end of file", CHANGED, plus(b"%%EOF\n")),
        case("a comment after the end", CHANGED, plus(b"% reviewed\n")),
        case(
            "a ZIP archive behind the file",
            CHANGED,
            plus(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        ),
        case("an unsigned file behind the file", CHANGED, plus(UNSIGNED)),
        case("an update without objects", CHANGED, update(signed, &[])),
        case(
            "an update that replaces a page",
            CHANGED,
            update(signed, &[(page, new_page), (90, text)]),
        ),
        case(
            "an update that replaces a page's content",
            CHANGED,
            update(signed, &[(content(), text)]),
        ),
        case(
            "an update that adds a note",
            CHANGED,
            update(
                signed,
                &[(90, "<</Type/Annot/Subtype/FreeText/Rect[0 0 99 99]/Contents(O+)>>")],
            ),
        ),
        case(
            "an update with JavaScript",
            CHANGED,
            catalog("/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
        ),
        case(
            "an update that launches a program",
            CHANGED,
            catalog("/OpenAction<</S/Launch/F(calc)>>"),
        ),
        case(
            "an update that drops the permissions",
            CHANGED,
            update(signed, &[(root(), &catalog_with(signed, "").replace("/Perms", "/Qerms"))]),
        ),
        case("an update with only a DSS", CHANGED, catalog("/DSS<</Certs[]>>")),
        case(
            "an update that replaces the credential",
            CHANGED,
            update(signed, &[(embedded(), file)]),
        ),
        case("an update with a second attachment", CHANGED, catalog("/AF[60 0 R 90 0 R]")),
        case("an update with a form", CHANGED, catalog("/NeedsRendering true")),
        case("an update with layers", CHANGED, catalog("/OCProperties<</OCGs[]/D<<>>>>")),
        case(
            "an update with a new title",
            CHANGED,
            update(signed, &[(79, "<</Title(Portfolio of somebody else)>>")]),
        ),
        case("an update whose tables go in a circle", CHANGED, circle(signed)),
        case("an update with a hybrid table", CHANGED, hybrid(signed)),
        case("two updates", CHANGED, update(&update(signed, &[]), &[(90, text)])),
    ]
}

fn around(signed: &[u8]) -> Vec<Case> {
    let before = |head: &[u8]| [head, signed].concat();
    vec![
        case("a byte order mark before the file", "pdf_header", before(b"\xef\xbb\xbf")),
        case("a web page before the file", "pdf_header", before(b"<html><script>1</script>\n")),
        case("a line feed before the file", "pdf_header", before(b"\n")),
        case("an unsigned file before the file", "pdf_byte_range_gap", before(UNSIGNED)),
        case(
            "a comment after the header",
            "pdf_byte_range_gap",
            [&signed[..9], b"%x\n", &signed[9..]].concat(),
        ),
        case("the rendered file alone", "pdf_not_signed", UNSIGNED.to_vec()),
        case("an empty file", "pdf_not_signed", Vec::new()),
        case("a file that is no PDF", "pdf_not_signed", CREDENTIAL.to_vec()),
        case("the last byte missing", "pdf_cut_short", signed[..signed.len() - 1].to_vec()),
        case("the end missing", "pdf_cut_short", signed[..signed.len() - 300].to_vec()),
        case("cut within the signature", "pdf_cut_short", signed[..signed.len() - 9000].to_vec()),
        case(
            "too long a file",
            "pdf_too_large",
            [signed, &vec![b' '; hub::portfolio::check::MAX_FILE]].concat(),
        ),
    ]
}

fn second_signatures(college: &College, signed: &[u8]) -> Vec<Case> {
    let forger = College::new("forger", 9);
    vec![
        case("the file twice", "pdf_several_signatures", [signed, signed].concat()),
        case(
            "a forger's signature after the college's",
            "pdf_several_signatures",
            pyhanko("sign-again", signed, &forger.key, &forger.certificate),
        ),
        case(
            "the college's own second signature by another tool",
            "pdf_several_signatures",
            pyhanko("sign-again", signed, &college.key, &college.certificate),
        ),
        case(
            "validation data added by another tool",
            "pdf_changed_after_signing",
            pyhanko("dss", signed, &forger.key, &forger.certificate),
        ),
        case(
            "signed by a forger with another tool",
            "pdf_byte_range_form",
            pyhanko("sign", UNSIGNED, &forger.key, &forger.certificate),
        ),
        case(
            "signed with the college's key by another tool",
            "pdf_byte_range_form",
            pyhanko("sign", UNSIGNED, &college.key, &college.certificate),
        ),
        case("signed by an unknown college", "pdf_signer_unknown", forger.sign_pdf(UNSIGNED)),
        case(
            "signed by a made-up college of the same name",
            "pdf_signer_unknown",
            College::new("kct", 21).sign_pdf(UNSIGNED),
        ),
        case("a forger's signature in place of the college's", "pdf_signer_unknown", {
            let (base, _) = signed.split_at(UNSIGNED.len());
            forger.sign_pdf(base)
        }),
    ]
}

fn saved_anew(signed: &[u8]) -> Vec<Case> {
    let named = [
        ("saved by qpdf", "pdf_byte_range_form"),
        ("saved with object streams", "pdf_byte_range_form"),
        ("linearized", "pdf_byte_range_form"),
        ("saved as QDF", "pdf_byte_range_form"),
        ("recompressed", "pdf_byte_range_form"),
    ];
    let mut cases: Vec<_> = RESAVES
        .iter()
        .zip(named)
        .map(|(arguments, (name, code))| case(name, code, qpdf(signed, arguments)))
        .collect();
    let encrypt = ["--encrypt", "", "owner", "256", "--"];
    cases.push(case("encrypted", "pdf_byte_range_form", qpdf(signed, &encrypt)));
    cases.push(case(
        "the first page alone",
        "pdf_byte_range_form",
        qpdf(signed, &["--pages", ".", "1", "--"]),
    ));
    cases.push(case("saved by lopdf", "pdf_byte_range_form", {
        let mut out = Vec::new();
        Document::load_mem(signed).unwrap().save_to(&mut out).unwrap();
        out
    }));
    cases
}

fn circle(signed: &[u8]) -> Vec<u8> {
    let xref = signed.len() + 1;
    let table = format!(
        "\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 99/Root {} 0 R/Prev {xref}>>\nstartxref\n{xref}\n%%EOF\n",
        root()
    );
    [signed, table.as_bytes()].concat()
}

fn hybrid(signed: &[u8]) -> Vec<u8> {
    let (xref, prev) = (signed.len() + 1, last_xref(signed));
    let table = format!(
        "\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 99/Root {} 0 R/Prev {prev}/XRefStm 15>>\nstartxref\n{xref}\n%%EOF\n",
        root()
    );
    [signed, table.as_bytes()].concat()
}

fn first_page() -> u32 {
    Document::load_mem(UNSIGNED).unwrap().get_pages()[&1].0
}

fn content() -> u32 {
    let document = Document::load_mem(UNSIGNED).unwrap();
    let page = document.get_dictionary((first_page(), 0)).unwrap();
    page.get(b"Contents").unwrap().as_reference().unwrap().0
}

fn embedded() -> u32 {
    let document = Document::load_mem(UNSIGNED).unwrap();
    let is_file = |object: &lopdf::Object| {
        object.as_stream().is_ok_and(|stream| stream.dict.has_type(b"EmbeddedFile"))
    };
    document.objects.iter().find(|(_, object)| is_file(object)).unwrap().0.0
}
