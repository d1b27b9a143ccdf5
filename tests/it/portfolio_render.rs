//! The portfolio PDF, looked at with other people's tools: poppler, qpdf, zbar.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::process::{Command, Stdio};
use std::time::Duration;

use chrono::{NaiveDate, TimeZone, Utc};
use image::{ImageFormat, Rgb, RgbImage, Rgba};
use proptest::prelude::*;
use serde_bytes::ByteBuf;
use tempfile::TempDir;
use uuid::Uuid;

use hub::portfolio::compose::{
    College, EvidenceRef, Item, Locale, Portfolio, PortfolioData, Signatory, Size, Student,
    Verifier, by_category,
};
use hub::portfolio::embed::{ATTACHMENT_NAME, attachment};
use hub::portfolio::render::{RenderError, RenderInput, preview, render};

use crate::paper::{PdfFile, read_codes, run, solid, worn};

/// Where the child process of `two_processes_write_the_same_bytes` leaves its file.
const RENDER_TO: &str = "HUB_TEST_RENDER_TO";

#[test]
fn the_same_record_gives_the_same_bytes() {
    let input = sample();
    let first = render(&input).unwrap();
    assert_eq!(first.pdf, render(&input).unwrap().pdf);
    let mut later = input;
    later.created += Duration::from_secs(1);
    assert_ne!(first.pdf, render(&later).unwrap().pdf);
}

#[test]
fn two_processes_write_the_same_bytes() {
    let pdf = render(&sample()).unwrap().pdf;
    if let Some(path) = std::env::var_os(RENDER_TO) {
        return std::fs::write(path, pdf).unwrap();
    }
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("other.pdf");
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "portfolio_render::two_processes_write_the_same_bytes"])
        .env(RENDER_TO, &path)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(child.success());
    assert!(std::fs::read(path).unwrap() == pdf, "the other process wrote other bytes");
}

#[test]
fn the_credential_comes_back_byte_for_byte() {
    let input = sample();
    let file = PdfFile::of(&input);
    assert_eq!(attachment(&file.bytes()).unwrap(), input.attachment);
    let directory = TempDir::new().unwrap();
    let saved = directory.path().join("saved.json");
    let save = saved.to_str().unwrap();
    run("pdfdetach", &["-savefile", ATTACHMENT_NAME, "-o", save, &file.path()]);
    assert_eq!(std::fs::read(saved).unwrap(), input.attachment);
}

#[test]
fn the_attachment_is_associated_data_of_the_credential_media_type() {
    let document = lopdf::Document::load_mem(&render(&sample()).unwrap().pdf).unwrap();
    let follow = |object: &lopdf::Object| document.dereference(object).unwrap().1.clone();
    let files = follow(document.catalog().unwrap().get(b"AF").unwrap());
    let specification = follow(&files.as_array().unwrap()[0]);
    let specification = specification.as_dict().unwrap();
    assert_eq!(specification.get(b"AFRelationship").unwrap().as_name().unwrap(), b"Data");
    let embedded = specification.get(b"EF").unwrap().as_dict().unwrap().get(b"F").unwrap();
    let embedded = follow(embedded);
    let subtype = embedded.as_stream().unwrap().dict.get(b"Subtype").unwrap().as_name().unwrap();
    assert_eq!(subtype, b"application/vc");
}

#[test]
fn the_file_says_that_it_is_archival_and_accessible() {
    let document = lopdf::Document::load_mem(&render(&sample()).unwrap().pdf).unwrap();
    let catalog = document.catalog().unwrap();
    let metadata = document.dereference(catalog.get(b"Metadata").unwrap()).unwrap().1;
    let stream = metadata.as_stream().unwrap();
    let xmp = stream.get_plain_content().unwrap();
    let xmp = String::from_utf8(xmp).unwrap();
    assert!(xmp.contains("<pdfaid:part>3</pdfaid:part>"), "{xmp}");
    assert!(xmp.contains("<pdfaid:conformance>A</pdfaid:conformance>"), "{xmp}");
    assert!(xmp.contains("<pdfuaid:part>1</pdfuaid:part>"), "{xmp}");
    assert!(xmp.contains("<xmp:CreateDate>2026-11-22T06:30:00"), "{xmp}");
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"en-IN");
    assert!(catalog.get(b"Outlines").is_ok(), "there are bookmarks");
}

#[test]
fn names_in_three_scripts_can_be_copied_exactly() {
    let mut input = sample();
    input.data.college.name_native = Some("राष्ट्रीय प्रौद्योगिकी संस्थान".into());
    input.data.college.native_language = Some("hi".into());
    let text = PdfFile::of(&input).text();
    for name in [
        "Kavya Subramanian",
        "கவ்யா சுப்பிரமணியன்",
        "राष्ट्रीय प्रौद्योगिकी संस्थान",
        "கவிதைப் போட்டி – முதல் பரிசு",
    ] {
        assert!(text.contains(name), "{name} is not in: {text}");
    }
}

#[test]
fn every_language_has_its_own_words_and_the_same_structure() {
    let mut input = sample();
    for (locale, heading) in [
        (Locale::En, "How to check this document"),
        (Locale::Hi, "इस दस्तावेज़ की जाँच कैसे करें"),
        (Locale::Ta, "இந்த ஆவணத்தைச் சரிபார்ப்பது எப்படி"),
    ] {
        input.locale = locale;
        let file = PdfFile::of(&input);
        let text = file.text();
        // pdftotext sees a space where a vowel sign sits left of its letter's right edge (कै से).
        assert!(solid(&text).contains(&solid(heading)), "{heading} is not in: {text}");
        assert!(text.contains("hub.example/v"), "{text}");
        assert_eq!(text.matches("\u{fffd}").count(), 0, "a glyph is missing: {text}");
        run("qpdf", &["--check", &file.path()]);
    }
}

#[test]
fn the_codes_are_read_from_a_picture_of_150_dpi() {
    let input = sample();
    let file = PdfFile::of(&input);
    assert_eq!(file.codes(1), std::slice::from_ref(&input.qr_text));
    let mut expected: Vec<String> = input
        .data
        .items()
        .filter_map(|item| item.short_url.as_ref().map(|address| address.to_uppercase()))
        .collect();
    let mut found: Vec<String> = (2..=file.pages()).flat_map(|page| file.codes(page)).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn the_large_code_survives_a_bad_scan() {
    let input = sample();
    let file = PdfFile::of(&input);
    let page = image::open(file.picture(1)).unwrap().to_luma8();
    for degrees in [-6.0_f32, 6.0] {
        let scan = worn(&page, degrees);
        let path = file.directory.path().join("scan.png");
        scan.save(&path).unwrap();
        assert_eq!(read_codes(&path), std::slice::from_ref(&input.qr_text), "turned by {degrees}°");
    }
}

#[test]
fn a_hundred_achievements_with_sixty_pictures_fit() {
    let mut input = sample();
    let wide = photo(1600, 1130, 7);
    let tall = photo(1130, 1600, 8);
    let items = (0..100).map(|index| {
        let mut item = hackathon(index);
        item.evidence = Vec::new();
        if index < 60 {
            let path = format!("/ev/{}.jpg", index + 1);
            let picture = if index % 3 == 0 { &tall } else { &wide };
            input.images.insert(path.clone(), ByteBuf::from(picture.clone()));
            item.evidence.push(evidence(Some(path)));
        }
        (format!("Category {}", index % 11), item)
    });
    input.data.sections = by_category(items.collect::<Vec<_>>());
    let file = PdfFile::of(&input);
    assert!((30..120).contains(&file.pages()), "{} pages", file.pages());
    let text = file.text();
    assert!(text.contains("100 approved achievements"), "{text}");
    run("qpdf", &["--check", &file.path()]);
}

#[test]
fn one_bare_achievement_of_a_student_with_a_single_name_is_enough() {
    let mut input = sample();
    input.data.student.name = "Madhavan".into();
    input.data.student.name_native = None;
    input.data.college = College {
        name: "X".into(),
        name_native: None,
        native_language: None,
        address: None,
        website: None,
        colour: "#ffff00".into(),
        footer: None,
        signatory: None,
        logo: None,
        seal: None,
    };
    let item = Item {
        level: None,
        role: None,
        outcome: None,
        organiser: None,
        team: None,
        started_on: None,
        ended_on: None,
        hours: None,
        description: String::new(),
        skills: Vec::new(),
        credential_url: None,
        short_url: None,
        evidence: Vec::new(),
        ..hackathon(0)
    };
    input.data.sections = by_category([("Sports".to_owned(), item)]);
    input.images.clear();
    let file = PdfFile::of(&input);
    assert_eq!(file.pages(), 3);
    assert!(file.text().contains("Madhavan has 1 approved achievement in 1 category."));
}

#[test]
fn a_portrait_and_a_transparent_seal_find_their_place() {
    let mut input = sample();
    let seal = image::RgbaImage::from_fn(200, 200, |x, y| Rgba([122, 31, 43, (x ^ y) as u8]));
    let mut webp = Cursor::new(Vec::new());
    seal.write_to(&mut webp, ImageFormat::WebP).unwrap();
    input.images.insert("/seal.webp".into(), ByteBuf::from(webp.into_inner()));
    input.images.insert("/photo.jpg".into(), ByteBuf::from(photo(600, 760, 3)));
    input.data.college.seal = Some("/seal.webp".into());
    input.data.student.photo = Some("/photo.jpg".into());
    input.data.student.roll_number = Some("2023115047".into());
    let file = PdfFile::of(&input);
    let listed = run("pdfimages", &["-list", "-l", "1", &file.path()]);
    // The mark, the seal with its mask, the portrait.
    let kinds: Vec<&str> =
        listed.lines().skip(2).filter_map(|line| line.split_whitespace().nth(2)).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "image").count(), 3, "{listed}");
    assert!(kinds.contains(&"smask"), "{listed}");
    assert!(file.text().contains("Roll number 2023115047"));
    assert_eq!(file.codes(1), std::slice::from_ref(&input.qr_text));
}

#[test]
fn two_sections_of_one_name_keep_their_own_items() {
    let mut input = sample();
    let section = |index| {
        let item = Item { title: format!("Title {index}"), ..hackathon(index) };
        by_category([("Sports".to_owned(), item)]).remove(0)
    };
    input.data.sections = vec![section(1), section(2)];
    let text = PdfFile::of(&input).text();
    assert_eq!(
        text.matches("Title 1\n").count(),
        2,
        "once as an achievement, once as evidence: {text}"
    );
    assert!(text.contains("2 approved achievements in 2 categories"), "{text}");
}

#[test]
fn markup_is_printed_as_it_was_written() {
    let mut input = sample();
    let odd =
        r##"#set page(width: 1cm) $x^2$ *bold* _it_ `raw` \u{41} @ref <lab> // = - + [a] {n} "q""##;
    input.data.student.name = odd.into();
    let mut item = hackathon(0);
    item.title = odd.into();
    item.description = format!("{odd}\n= Not a heading\n- not a list\nhttps://not.a.link/");
    item.skills = vec![odd.into()];
    item.organiser = Some("{name} {college}".into());
    input.data.sections = by_category([(odd.to_owned(), item)]);
    let file = PdfFile::of(&input);
    let text = file.text().replace('\n', " ").replace('\u{200b}', "");
    for word in
        ["#set page(width: 1cm)", "$x^2$", "*bold*", "_it_", "`raw`", "@ref", "<lab>", "{n}"]
    {
        assert!(text.matches(word).count() >= 3, "{word} is not in: {text}");
    }
    assert!(text.contains("= Not a heading"), "{text}");
    assert!(text.contains("{name} {college}"), "{text}");
}

#[test]
fn very_long_words_stay_on_the_paper() {
    let mut input = sample();
    let word = "W".repeat(400);
    input.data.student.name = word.clone();
    let mut item = hackathon(0);
    item.title = word.clone();
    item.description = word.clone();
    item.organiser = Some(word.clone());
    item.skills = vec![word.clone()];
    item.evidence[0].caption = Some(word);
    input.data.sections = by_category([("W".repeat(200), item)]);
    let file = PdfFile::of(&input);
    let boxes = run("pdftotext", &["-bbox", &file.path(), "-"]);
    let right = boxes
        .split("xMax=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().parse::<f64>().unwrap())
        .fold(0.0, f64::max);
    assert!(right < 595.3, "a word reaches {right} pt on a page of 595 pt");
}

#[test]
fn the_input_survives_the_pipe_to_the_worker() {
    let input = sample();
    let mut bytes = Vec::new();
    ciborium::into_writer(&input, &mut bytes).unwrap();
    let pictures: usize = input.images.values().map(|image| image.len()).sum();
    assert!(bytes.len() < pictures + 40_000, "pictures must cross as byte strings");
    let back: RenderInput = ciborium::from_reader(bytes.as_slice()).unwrap();
    assert_eq!(back.data, input.data);
    assert_eq!(back.images, input.images);
    assert_eq!(back.attachment, input.attachment);
}

#[test]
fn a_page_can_be_looked_at() {
    let png = preview(&sample(), 0, 0.5).unwrap();
    let picture = image::load_from_memory(&png).unwrap();
    assert_eq!((picture.width(), picture.height()), (298, 421));
    assert!(matches!(
        preview(&sample(), 99, 0.5),
        Err(RenderError::NoSuchPage { page: 99, pages: 2.. })
    ));
}

#[test]
fn faulty_input_is_refused_by_name() {
    let refused = |change: fn(&mut RenderInput)| {
        let mut input = sample();
        change(&mut input);
        render(&input).map(|rendered| rendered.pages).unwrap_err()
    };
    let error = refused(|input| input.template = "../classic".into());
    assert!(matches!(error, RenderError::UnknownTemplate(_)), "{error}");
    let error = refused(|input| {
        input.images.remove("/logo.png");
    });
    assert!(matches!(&error, RenderError::MissingImage(path) if path == "/logo.png"), "{error}");
    let error = refused(|input| {
        input.images.insert("/logo.png".into(), ByteBuf::from(*b"GIF89a"));
    });
    assert!(matches!(error, RenderError::UnreadableImage { .. }), "{error}");
    let error = refused(|input| {
        input.data.college.logo = Some("/etc/passwd".into());
        input.images.insert("/etc/passwd".into(), ByteBuf::from(photo(8, 8, 1)));
    });
    assert!(matches!(error, RenderError::UnknownPath(_)), "{error}");
    let error = refused(|input| input.data.college.colour = "red".into());
    assert!(matches!(error, RenderError::Colour(_)), "{error}");
    let error = refused(|input| input.qr_text = "x".repeat(4000));
    assert!(matches!(error, RenderError::Qr(_)), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// PDF/A refuses glyphs for the unknown and private characters: nothing typed may get there.
    #[test]
    fn no_text_breaks_the_document(
        name in "\\PC{1,40}",
        title in any::<String>(),
        description in "(\\p{Tamil}|\\p{Devanagari}|\\p{Bengali}|\\p{Malayalam}|\\p{M}|\\p{Cf}|\\p{Latin}| ){0,200}",
    ) {
        let mut input = sample();
        input.data.student.name_native = Some(name);
        let mut item = hackathon(0);
        item.title = title.clone();
        item.skills = vec![title.clone()];
        item.evidence[0].caption = Some(title);
        item.description = description;
        input.data.sections = by_category([("Sports".to_owned(), item)]);
        let rendered = render(&input);
        prop_assert!(rendered.is_ok(), "{}", rendered.unwrap_err());
    }
}

pub(crate) fn sample() -> RenderInput {
    let mut images = BTreeMap::new();
    images.insert("/logo.png".to_owned(), ByteBuf::from(logo()));
    images.insert("/ev/1.jpg".to_owned(), ByteBuf::from(photo(1400, 1000, 1)));
    images.insert("/ev/2.jpg".to_owned(), ByteBuf::from(photo(900, 1200, 2)));
    let mut first = hackathon(0);
    first.evidence = vec![
        EvidenceRef {
            caption: Some("The team on stage with the jury after the results".into()),
            ..evidence(Some("/ev/1.jpg".into()))
        },
        evidence(Some("/ev/2.jpg".into())),
        EvidenceRef {
            name: "certificate.pdf".into(),
            media_type: "application/pdf".into(),
            ..evidence(None)
        },
    ];
    let poem = Item {
        title: "கவிதைப் போட்டி – முதல் பரிசு".into(),
        level: Some("state".into()),
        organiser: Some("தமிழ் வளர்ச்சித் துறை, தமிழ்நாடு அரசு".into()),
        started_on: None,
        ended_on: day(2026, 2, 21),
        hours: None,
        team: None,
        role: None,
        description: "உலகத் தாய்மொழி நாளை முன்னிட்டு நடத்தப்பட்ட போட்டியில் முதல் பரிசு.".into(),
        skills: vec!["தமிழ்".into(), "Creative writing".into()],
        evidence: Vec::new(),
        ..hackathon(1)
    };
    let closed =
        Item { credential_url: None, short_url: None, evidence: Vec::new(), ..hackathon(2) };
    RenderInput {
        data: PortfolioData {
            college: College {
                name: "College of Engineering, Guindy".into(),
                name_native: Some("பொறியியல் கல்லூரி, கிண்டி".into()),
                native_language: Some("ta".into()),
                address: Some("Sardar Patel Road, Guindy, Chennai 600025".into()),
                website: Some("ceg.example".into()),
                colour: "#7a1f2b".into(),
                footer: None,
                signatory: Some(Signatory {
                    name: "Dr. Meenakshi Raghunathan".into(),
                    title: "Controller of Examinations".into(),
                    signature: None,
                }),
                logo: Some("/logo.png".into()),
                seal: None,
            },
            student: Student {
                name: "Kavya Subramanian".into(),
                name_native: Some("கவ்யா சுப்பிரமணியன்".into()),
                native_language: Some("ta".into()),
                programme: "B.E. Computer Science and Engineering".into(),
                department: "Department of Computer Science and Engineering".into(),
                batch: "2023-2027".into(),
                roll_number: None,
                photo: None,
            },
            portfolio: Portfolio {
                id: Uuid::from_u128(0x5b0f_6f0e_3f86_4d6f_9a55_0c8c_2a3f_4e11),
                url: "https://hub.example/colleges/ceg/portfolios/5b0f6f0e-3f86-4d6f-9a55-0c8c2a3f4e11"
                    .into(),
                created_on: day(2026, 11, 22).unwrap(),
                record_hash: "3fa94c01".repeat(8),
                partial: true,
                size: Size::Full,
            },
            sections: by_category([
                ("Hackathons and Competitions".to_owned(), first),
                ("Arts and Culture".to_owned(), poem),
                ("Hackathons and Competitions".to_owned(), closed),
            ]),
            verifier: Verifier {
                address: "hub.example/v".into(),
                issuer: "did:web:hub.example:colleges:ceg".into(),
                credential_key: "8d20e7b4".repeat(8),
                document_certificate: "c01dcafe".repeat(8),
            },
        },
        images,
        attachment: format!("{{\"name\":\"கவ்யா\",\"fill\":\"{}\"}}", "0123456789".repeat(1500)).into_bytes(),
        // About 251 bytes of CWT: version 13 at level M.
        qr_text: format!("https://hub.example/v#{}", "2KCE3IQEUG7CA27PKY4TS22ABC".repeat(16)),
        template: "classic".into(),
        created: Utc.with_ymd_and_hms(2026, 11, 22, 6, 30, 0).unwrap(),
        locale: Locale::En,
    }
}

pub(crate) fn hackathon(index: u128) -> Item {
    let id = Uuid::from_u128(0x0b3c_9d1e_5f7a_4c2b_9e8d_0000_0000_0000 + index);
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let short: String = id
        .as_bytes()
        .iter()
        .cycle()
        .take(26)
        .map(|byte| letters[usize::from(byte % 32)] as char)
        .collect();
    Item {
        title: "Smart India Hackathon 2025, Grand Finale".into(),
        level: Some("national".into()),
        role: Some("Team leader".into()),
        outcome: Some("winner".into()),
        organiser: Some("Ministry of Education, Government of India".into()),
        team: Some("Code Kolam".into()),
        started_on: day(2025, 12, 8),
        ended_on: day(2025, 12, 12),
        hours: Some(36),
        description:
            "Built an offline-first crop advisory system for small farmers: soil readings \
                      from a cheap sensor, advice in Tamil by voice, a map of nearby seed banks."
                .into(),
        skills: vec!["Rust".into(), "Embedded systems".into(), "Field research".into()],
        credential_id: id,
        credential_url: Some(format!("https://hub.example/colleges/ceg/credentials/{id}")),
        short_url: Some(format!("https://hub.example/C/ceg/{short}")),
        approver_department: "Department of Computer Science and Engineering".into(),
        approved_on: day(2026, 1, 15).unwrap(),
        evidence: vec![evidence(Some("/ev/1.jpg".into()))],
    }
}

pub(crate) fn evidence(image: Option<String>) -> EvidenceRef {
    EvidenceRef {
        image,
        caption: None,
        short_digest: "9f2c 41d0 77ab".into(),
        name: "IMG_20251212.jpg".into(),
        media_type: "image/jpeg".into(),
    }
}

pub(crate) fn day(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}

/// A JPEG with something to see in it.
pub(crate) fn photo(width: u32, height: u32, seed: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let wave = (f64::from(x * seed) / 97.0).sin() + (f64::from(y) / 61.0).cos();
        let shade = (wave * 40.0 + 140.0) as u8;
        let frame = x < 30 || y < 30 || x + 30 > width || y + 30 > height;
        if frame { Rgb([250, 246, 235]) } else { Rgb([shade, 150, 210 - shade / 2]) }
    });
    encoded(&picture, ImageFormat::Jpeg)
}

/// A shield.
pub(crate) fn logo() -> Vec<u8> {
    let picture = RgbImage::from_fn(240, 280, |x, y| {
        let half =
            if y < 150 { 110.0 } else { 110.0 * (1.0 - (f64::from(y - 150) / 130.0).powi(2)) };
        let off = (f64::from(x) - 120.0).abs();
        match () {
            () if off > half => Rgb([255, 255, 255]),
            () if off > half - 14.0 || y < 14 => Rgb([122, 31, 43]),
            () if off < 12.0 => Rgb([122, 31, 43]),
            () => Rgb([240, 220, 180]),
        }
    });
    encoded(&picture, ImageFormat::Png)
}

fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}
