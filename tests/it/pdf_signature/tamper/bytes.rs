//! Bytes changed in place: what the signature covers, how it says so, and the gap it leaves.

use super::{Case, case};
use crate::pdf_signature::college::College;
use crate::pdf_signature::fixture::{CREDENTIAL, UNSIGNED};
use crate::pdf_signature::forge::{find, gap, swap, value, with_value};

pub fn cases(college: &College, signed: &[u8]) -> Vec<Case> {
    let mut cases = covered(signed);
    cases.extend(byte_range(signed));
    cases.extend(contents(college, signed));
    cases
}

fn covered(signed: &[u8]) -> Vec<Case> {
    const CHANGED: &str = "pdf_digest_mismatch";
    let other = swap(CREDENTIAL, "Asha Nair", "Ravi Rao ");
    let flipped = |at: usize| {
        let mut pdf = signed.to_vec();
        pdf[at] ^= 1;
        pdf
    };
    let in_update = |from: &str, to: &str| {
        let (head, tail) = signed.split_at(UNSIGNED.len());
        [head, &swap(tail, from, to)].concat()
    };
    vec![
        case("one bit of the first object", CHANGED, flipped(20)),
        case(
            "one bit of a picture",
            CHANGED,
            flipped(find(signed, b"\xff\xd8\xff").unwrap() + 300),
        ),
        case(
            "one bit of the rendered table",
            CHANGED,
            flipped(find(signed, b"\nxref\n").unwrap() + 40),
        ),
        case("one bit of the last line", CHANGED, flipped(signed.len() - 10)),
        case("one bit right before the gap", "pdf_byte_range_gap", flipped(gap(signed).0 - 2)),
        case("one bit right after the gap", CHANGED, flipped(gap(signed).1 + 1)),
        case("another name in the credential", CHANGED, swap(signed, CREDENTIAL, other)),
        case(
            "another title",
            CHANGED,
            swap(signed, "(Portfolio of Asha Nair)", "(Portfolio of Ravi Raoo)"),
        ),
        case("another link", CHANGED, swap(signed, "hub.example/v)", "hub.exampel/v)")),
        case(
            "another time of signing",
            CHANGED,
            in_update("D:20260504030201Z", "D:20250504030201Z"),
        ),
        case("another reason", CHANGED, in_update("Issued from", "Issued by m")),
        case("changes permitted", CHANGED, in_update("/P 1/V/1.2", "/P 3/V/1.2")),
        case("the permission renamed", CHANGED, in_update("/Perms", "/Qerms")),
        case("another catalogue", CHANGED, in_update("/Root 81 0 R", "/Root 79 0 R")),
        case("an object redirected", CHANGED, in_update("\n82 1\n", "\n81 1\n")),
        case("an older revision skipped", CHANGED, in_update("/Prev ", "/Perv ")),
        case("the field made visible", CHANGED, in_update("/Rect[0 0 0 0]", "/Rect[0 0 9 9]")),
        case("another version", "pdf_header", [b"%PDF-2.0".as_slice(), &signed[8..]].concat()),
    ]
}

fn byte_range(signed: &[u8]) -> Vec<Case> {
    let (start, end) = gap(signed);
    let rest = signed.len() - end;
    let with = |numbers: String| {
        let old = format!("[0 {start:>10} {end:>10} {rest:>10}]");
        let text = format!("[{numbers:34}]");
        assert_eq!(text.len(), old.len(), "{text}");
        swap(signed, old, text)
    };
    let four = |a: usize, b: usize, c: usize| with(format!("0 {a:>10} {b:>10} {c:>10}"));
    let grown = |by: usize| [signed, &vec![b'x'; by]].concat();
    vec![
        case(
            "a range from the second byte",
            "pdf_byte_range_start",
            with(format!("1 {start:>10} {end:>10} {rest:>10}")),
        ),
        case("a range that ends early", "pdf_changed_after_signing", four(start, end, rest - 1)),
        case("a range that ends late", "pdf_cut_short", four(start, end, rest + 1)),
        case("a gap that begins early", "pdf_byte_range_gap", four(start - 100, end, rest)),
        case("a gap that ends late", "pdf_byte_range_gap", four(start, end + 100, rest - 100)),
        case("no gap", "pdf_byte_range_gap", four(start, start, signed.len() - start)),
        case("ranges the wrong way round", "pdf_byte_range_gap", four(end, start, rest)),
        case("only the first range", "pdf_changed_after_signing", four(start, end, 0)),
        case(
            "numbers beyond all files",
            "pdf_byte_range_gap",
            four(9_999_999_999, 9_999_999_999, 9_999_999_999),
        ),
        case(
            "negative numbers",
            "pdf_byte_range_form",
            with(format!("0 {:>10} {end:>10} {rest:>10}", -5)),
        ),
        case("three numbers", "pdf_byte_range_form", with(format!("0 {start:>10} {end:>10}"))),
        case(
            "five numbers",
            "pdf_byte_range_form",
            with(format!("0 {start:>10} {end:>10} {rest} 0")),
        ),
        case(
            "real numbers",
            "pdf_byte_range_form",
            with(format!("0 {start:>8}.0 {end:>10} {rest:>10}")),
        ),
        case(
            "numbers laid out differently",
            "pdf_byte_range_form",
            with(format!("0 {start} {end} {rest}")),
        ),
        case(
            "the range in another object",
            "pdf_byte_range_form",
            swap(signed, "/ByteRange[", "/ByteRange "),
        ),
        case(
            "the range's name escaped",
            "pdf_not_signed",
            swap(signed, "/ByteRange[", "/ByteR#61ng["),
        ),
        case(
            "a second range before it",
            "pdf_several_signatures",
            swap(signed, "/Type/Sig/Filter", "/ByteRange[0 0]/Filter"),
        ),
        case("wrapped: new objects between the ranges", "pdf_byte_range_gap", {
            let hidden = b"\n5 0 obj\n<</Type/Catalog>>\nendobj\n";
            let pdf = [&signed[..end], hidden, &signed[end..]].concat();
            let old = format!("[0 {start:>10} {end:>10} {rest:>10}]");
            swap(&pdf, old, format!("[0 {start:>10} {:>10} {rest:>10}]", end + hidden.len()))
        }),
        case("wrapped: new objects behind an early end", "pdf_changed_after_signing", grown(400)),
    ]
}

fn contents(college: &College, signed: &[u8]) -> Vec<Case> {
    let (start, end) = gap(signed);
    let set = |at: usize, bytes: &[u8]| {
        let mut pdf = signed.to_vec();
        pdf[at..at + bytes.len()].copy_from_slice(bytes);
        pdf
    };
    let der = value(signed);
    let upper: Vec<u8> = signed[start..end].to_ascii_uppercase();
    let mut other = college.facts();
    other.reason = "Another document".to_owned();
    let prepared = hub::portfolio::sign::prepare(UNSIGNED.to_vec(), &other).unwrap();
    let signature = crate::pdf_signature::college::sign(&college.key, prepared.message());
    let elsewhere = prepared.attach(&signature).unwrap();
    vec![
        case("capital letters in the value", "pdf_contents_form", set(start, &upper)),
        case("a space in the value", "pdf_contents_form", set(start + 9, b" ")),
        case("a comment in the value", "pdf_contents_form", set(end - 20, b"%")),
        case("a string that ends early", "pdf_contents_form", set(end - 20, b">")),
        case("a literal string for a value", "pdf_byte_range_gap", set(start, b"(")),
        case("no end of the value", "pdf_byte_range_gap", set(end - 1, b"0")),
        case("no value", "pdf_contents_form", with_value(signed, &[])),
        case("a byte hidden behind the value", "pdf_contents_padding", set(end - 2, b"1")),
        case(
            "a message hidden behind the value",
            "pdf_contents_padding",
            with_value(signed, &[der.as_slice(), b"hidden"].concat()),
        ),
        case(
            "a value of indefinite length",
            "pdf_contents_form",
            with_value(signed, &[&[0x30, 0x80], &der[4..], &[0, 0]].concat()),
        ),
        case(
            "a value longer than its room",
            "pdf_contents_form",
            with_value(signed, &[&[0x30, 0x82, 0xff, 0xff], &der[4..]].concat()),
        ),
        case("half a value", "cms_unreadable", with_value(signed, &der[..der.len() / 2])),
        case(
            "a value of another kind",
            "cms_unreadable",
            with_value(signed, &[&[0x30, 0x82, 0x01, 0x00][..], &[0x05; 256]].concat()),
        ),
        case(
            "the value of another document",
            "pdf_digest_mismatch",
            with_value(signed, &value(&elsewhere)),
        ),
        case(
            "the value of another college's document",
            "pdf_digest_mismatch",
            with_value(signed, &value(&College::new("psg", 5).sign_pdf(UNSIGNED))),
        ),
    ]
}
