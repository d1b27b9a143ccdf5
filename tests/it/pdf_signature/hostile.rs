//! Bytes nobody meant to be a portfolio: no panic, no acceptance, no memory without bound.

use std::io::Write;
use std::time::Instant;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use hub::portfolio::check::{MAX_ATTACHMENT, attachment, signer};
use hub::portfolio::sign::Level;

use super::archive::Office;
use super::college::{College, check, sign};
use super::fixture::{UNSIGNED, render_about};
use super::forge::{find, gap, resign};
use crate::issuance_log::authority::Keys;

/// As many changed files as a minute of an unoptimised build allows.
const ROUNDS: u32 = 3000;

#[test]
fn no_change_of_any_bytes_is_accepted_or_panics() {
    let college = College::new("kct", 1);
    let trusted = [college.trusted()];
    let signed = college.sign_pdf(UNSIGNED);
    let mut dice = Dice(20_260_504);
    for round in 0..ROUNDS {
        // Every other change falls on the signing revision, which is short beside the pages.
        let from = if round % 2 == 0 { 0 } else { UNSIGNED.len() };
        let changed = dice.change(&signed, from);
        let report = check(&changed, &trusted);
        assert_eq!(report.findings.is_empty(), changed == signed, "round {round}");
        signer(&changed);
    }
}

#[tokio::test]
async fn no_change_of_any_bytes_of_an_archive_is_accepted_or_panics() {
    let office = Office::open("kct", 1, Keys::Rsa).await;
    let archived = office.file(Level::Archive).await;
    let mut dice = Dice(20_261_123);
    for round in 0..ROUNDS / 3 {
        // Two of three changes fall behind the signed revision, of which nobody signed the store.
        let from = if round % 3 == 0 { 0 } else { archived.len() - 54_000 };
        let changed = dice.change(&archived, from);
        let report = office.check(&changed);
        assert_eq!(report.findings.is_empty(), changed == archived, "round {round}");
    }
}

#[test]
fn what_a_college_signed_by_mistake_does_not_panic() {
    let college = College::new("kct", 1);
    let trusted = [college.trusted()];
    let signed = college.sign_pdf(UNSIGNED);
    let (start, end) = gap(&signed);
    let mut dice = Dice(7);
    let mut parsed = 0;
    for _ in 0..ROUNDS / 10 {
        let mut changed = signed.clone();
        for _ in 0..3 {
            // Not the signature itself: the college's key signs whatever stands around it.
            let at = [dice.below(start - 100), end + dice.below(signed.len() - end)][dice.below(2)];
            changed[at] = dice.byte();
        }
        let report = check(&resign(&college, &changed), &trusted);
        parsed += usize::from(report.college.is_some());
    }
    assert!(parsed > 100, "the changed files reach the parser of objects: {parsed}");
}

#[test]
fn an_attachment_that_unpacks_without_end_is_left_alone() {
    let pdf = with_attachment(|encoder| {
        encoder.write_all(b"{").unwrap();
        let spaces = vec![b' '; 1 << 20];
        (0..64).for_each(|_| encoder.write_all(&spaces).unwrap());
    });
    assert!(pdf.len() < MAX_ATTACHMENT / 10);
    assert_eq!(attachment(&pdf), None);
    assert_eq!(check(&pdf, &[]).attachment, None);
}

#[test]
fn an_attachment_of_a_strangers_file_is_read_to_its_limit() {
    let pdf = with_attachment(|encoder| {
        let text = format!("{{{}}}", " ".repeat(MAX_ATTACHMENT - 2));
        encoder.write_all(text.as_bytes()).unwrap();
    });
    assert_eq!(attachment(&pdf).map(|bytes| bytes.len()), Some(MAX_ATTACHMENT));
}

#[test]
fn many_words_that_look_like_attachments_cost_little() {
    let start = Instant::now();
    let hostile = b"1 0 obj /EmbeddedFile stream\n".repeat(100_000);
    assert_eq!(attachment(&hostile), None);
    let hostile = b"/EmbeddedFile".repeat(200_000);
    assert_eq!(attachment(&hostile), None);
    let hostile = b"/ByteRange [0 ".repeat(200_000);
    assert!(check(&hostile, &[]).signed);
    // Quadratic work on files this long would take minutes.
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

/// `HUB_TEST_FONTS=… cargo test --test it -- --ignored --nocapture how_long`
#[test]
#[ignore = "a measurement"]
fn how_long_signing_and_checking_take() {
    const ROUNDS: u32 = 50;
    let college = College::new("kct", 1);
    let trusted = [college.trusted()];
    let rendered = render_about(730_000);
    let signed = college.sign_pdf(&rendered);
    // The fastest of many: a busy machine only ever adds to it.
    let fastest = |act: &dyn Fn()| {
        let rounds = (0..ROUNDS).map(|_| {
            let start = Instant::now();
            act();
            start.elapsed()
        });
        rounds.min().unwrap()
    };
    let signing = fastest(&|| {
        let prepared = college.prepare(&rendered);
        let signature = sign(&college.key, prepared.message());
        prepared.attach(&signature).unwrap();
    });
    let checking = fastest(&|| assert_eq!(check(&signed, &trusted).integrity(), Ok(())));
    println!("{} bytes: signing {signing:?}, checking {checking:?}", signed.len());
}

/// The rendered file's one attachment replaced by another, deflated.
fn with_attachment(write: impl FnOnce(&mut ZlibEncoder<Vec<u8>>)) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    write(&mut encoder);
    let packed = encoder.finish().unwrap();
    let at = find(UNSIGNED, b"/EmbeddedFile/").unwrap();
    let head = format!(
        "\n90 0 obj\n<</Type/EmbeddedFile/Filter/FlateDecode/Length {}>>\nstream\n",
        packed.len()
    );
    [&UNSIGNED[..at - 100], head.as_bytes(), &packed, b"\nendstream\nendobj\n"].concat()
}

/// A small generator with a seed, so that a failure can be had again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }

    fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }

    /// One change of one of six kinds, somewhere from `from` on.
    fn change(&mut self, pdf: &[u8], from: usize) -> Vec<u8> {
        let mut out = pdf.to_vec();
        let at = from + self.below(pdf.len() - from);
        let to = (at + 1 + self.below(64)).min(pdf.len());
        match self.below(6) {
            0 => out[at] ^= 1 << self.below(8),
            1 => out.insert(at, self.byte()),
            2 => drop(out.drain(at..to)),
            3 => out.truncate(at),
            4 => {
                let copied = pdf[at..to].to_vec();
                let onto = self.below(pdf.len());
                out.splice(onto..onto, copied);
            }
            _ => out[at..to].fill(self.byte()),
        }
        out
    }
}
