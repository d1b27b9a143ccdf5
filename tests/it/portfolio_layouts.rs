//! Every layout, in every language, with little and with much: what must hold for each of them.

use std::collections::BTreeMap;

use hub::portfolio::compose::{
    College, EvidenceRef, Item, Locale, Section, Signatory, Size, Student, by_category,
};
use hub::portfolio::list::{Column, ListData, ListInput, render_list};
use hub::portfolio::render::{LAYOUTS, RenderInput, preview, render};
use serde_bytes::ByteBuf;
use uuid::Uuid;

use crate::paper::{PdfFile, read_codes, run, solid, worn};
use crate::portfolio_render::{day, evidence, hackathon, logo, photo, sample};

const LOCALES: [Locale; 3] = [Locale::En, Locale::Hi, Locale::Ta];

/// The sample in another layout, language or size.
fn sample_as(layout: &str, locale: Locale) -> RenderInput {
    RenderInput { template: layout.to_owned(), locale, ..sample() }
}

/// Everything of the record that stands on the pages word for word.
fn record(input: &RenderInput) -> Vec<String> {
    let (student, college, verifier) =
        (&input.data.student, &input.data.college, &input.data.verifier);
    let mut words: Vec<Option<String>> = vec![
        Some(student.name.clone()),
        student.name_native.clone(),
        Some(student.programme.clone()),
        Some(student.department.clone()),
        Some(college.name.clone()),
        college.name_native.clone(),
        college.address.clone(),
        Some(verifier.address.clone()),
        Some(verifier.issuer.clone()),
        Some(input.data.portfolio.url.clone()),
        Some(verifier.document_certificate.clone()),
        Some(verifier.credential_key.clone()),
        Some(input.data.portfolio.record_hash.clone()),
        Some(input.data.portfolio.id.to_string()),
    ];
    if let Some(signatory) = &college.signatory {
        words.extend([Some(signatory.name.clone()), Some(signatory.title.clone())]);
    }
    for section in &input.data.sections {
        words.push(Some(section.category.clone()));
    }
    for item in input.data.items() {
        words.extend([
            Some(item.title.clone()),
            item.role.clone(),
            item.organiser.clone(),
            item.team.clone(),
            Some(item.approver_department.clone()),
            Some(item.credential_id.to_string()),
        ]);
        words.extend(item.description.lines().map(|line| Some(line.to_owned())));
        words.extend(item.skills.iter().cloned().map(Some));
        for piece in &item.evidence {
            words.push(Some(piece.short_digest.clone()));
            words.push(piece.caption.clone().or(Some(piece.name.clone())));
        }
    }
    words.into_iter().flatten().collect()
}

#[test]
fn every_layout_says_the_whole_record_in_every_language() {
    for layout in LAYOUTS {
        for locale in LOCALES {
            let input = sample_as(layout, locale);
            let file = PdfFile::of(&input);
            let text = file.text();
            assert!(!text.contains('\u{fffd}'), "{layout} {locale:?} lacks a glyph");
            let said = solid(&text);
            for words in record(&input) {
                assert!(
                    said.contains(&solid(&words)),
                    "{layout} {locale:?} does not say {words:?}:\n{text}"
                );
            }
            run("qpdf", &["--check", &file.path()]);
            let document = lopdf::Document::load_mem(&file.bytes()).unwrap();
            let language = document.catalog().unwrap().get(b"Lang").unwrap().as_str().unwrap();
            assert_eq!(language, format!("{}-IN", locale.tag()).as_bytes());
            // At the head of every page but the first, and in two particulars on the last.
            let id = input.data.portfolio.id.to_string();
            assert_eq!(text.matches(&id).count(), file.pages() + 1, "{layout} {locale:?}");
        }
    }
}

#[test]
fn every_layout_is_archival_accessible_and_repeatable() {
    for layout in LAYOUTS {
        let input = sample_as(layout, Locale::En);
        let first = render(&input).unwrap().pdf;
        assert!(first == render(&input).unwrap().pdf, "{layout} differs from itself");
        let document = lopdf::Document::load_mem(&first).unwrap();
        let catalog = document.catalog().unwrap();
        let metadata = document.dereference(catalog.get(b"Metadata").unwrap()).unwrap().1;
        let xmp = metadata.as_stream().unwrap().get_plain_content().unwrap();
        let xmp = String::from_utf8(xmp).unwrap();
        for claim in [
            "<pdfaid:part>3</pdfaid:part>",
            "<pdfaid:conformance>A</pdfaid:conformance>",
            "<pdfuaid:part>1</pdfuaid:part>",
            "Portfolio of Kavya Subramanian",
        ] {
            assert!(xmp.contains(claim), "{layout}: {claim}");
        }
        let marked = catalog.get(b"MarkInfo").unwrap();
        let marked = document.dereference(marked).unwrap().1.as_dict().unwrap();
        assert!(marked.get(b"Marked").unwrap().as_bool().unwrap());

        let (mut figures, mut headings) = (0, BTreeMap::new());
        for object in document.objects.values().filter_map(|object| object.as_dict().ok()) {
            match object.get(b"S").and_then(|kind| kind.as_name()) {
                Ok(b"Figure") => {
                    let alt = object.get(b"Alt").unwrap().as_str().unwrap();
                    assert!(alt.len() > 4, "{layout}: a figure says nothing");
                    figures += 1;
                }
                Ok(level @ (b"H1" | b"H2" | b"H3")) => {
                    *headings.entry(String::from_utf8_lossy(level).into_owned()).or_insert(0) += 1;
                }
                Ok(_) | Err(_) => {}
            }
        }
        // The mark, two pictures as thumbnails and in full, the large code and two small ones.
        assert_eq!(figures, 8, "{layout}");
        // The name, two categories, the evidence, how to check; three achievements.
        assert_eq!(headings, BTreeMap::from([("H1".into(), 5), ("H2".into(), 3)]), "{layout}");
        let outlines = document.dereference(catalog.get(b"Outlines").unwrap()).unwrap().1;
        let entries = outlines.as_dict().unwrap().get(b"Count").unwrap().as_i64().unwrap();
        assert!(entries.abs() >= 5, "{layout}: {entries} bookmarks");
    }
}

#[test]
fn the_codes_of_every_layout_are_read_from_a_picture_and_from_a_bad_scan() {
    for layout in LAYOUTS {
        let input = sample_as(layout, Locale::Ta);
        let file = PdfFile::of(&input);
        let mut expected: Vec<String> = vec![input.qr_text.clone()];
        let short = input.data.items().filter_map(|item| item.short_url.as_ref());
        expected.extend(short.map(|address| address.to_uppercase()));
        expected.sort();
        let mut found: Vec<String> = (1..=file.pages()).flat_map(|page| file.codes(page)).collect();
        found.sort();
        assert_eq!(found, expected, "{layout}");

        let scan = file.directory.path().join("scan.png");
        // The large code at 150 dpi, the small ones at 200, the least that office scanners offer.
        let worn_page = |dpi, page, degrees| {
            let page = image::open(file.picture_at(dpi, page)).unwrap().to_luma8();
            worn(&page, degrees).save(&scan).unwrap();
            read_codes(&scan)
        };
        for degrees in [-6.0_f32, 6.0] {
            let found = worn_page(150, 1, degrees);
            assert!(found.contains(&input.qr_text), "{layout} turned by {degrees}°: {found:?}");
        }
        let mut found: Vec<String> =
            (1..=file.pages()).flat_map(|page| worn_page(200, page, 4.0)).collect();
        found.sort();
        assert_eq!(found, expected, "{layout}");
    }
}

/// So many achievements, each with its own title and credential, and pictures for the first ones.
pub(crate) fn many(items: u128, pictures: usize, layout: &str, locale: Locale) -> RenderInput {
    let mut input = sample_as(layout, locale);
    let shapes = [photo(480, 340, 7), photo(340, 480, 8), photo(480, 120, 9), photo(90, 480, 10)];
    let made = (0..items).map(|index| {
        let mut item = Item { title: format!("Achievement number {index:03}"), ..hackathon(index) };
        item.evidence = Vec::new();
        (format!("Category {}", index % 11), item)
    });
    let mut made: Vec<(String, Item)> = made.collect();
    for index in 0..pictures {
        let path = format!("/ev/{}.jpg", index + 1);
        let shape = shapes[index % shapes.len()].clone();
        input.images.insert(path.clone(), ByteBuf::from(shape));
        let holder = index % made.len();
        made[holder].1.evidence.push(EvidenceRef {
            caption: Some(format!("Picture {index}")),
            ..evidence(Some(path))
        });
    }
    input.data.sections = by_category(made);
    input
}

/// Nothing reaches into the outermost 8 mm of the paper, where printers do not print.
fn assert_inside(file: &PdfFile, layout: &str) {
    let boxes = run("pdftotext", &["-bbox", &file.path(), "-"]);
    let edge = 8.0 / 25.4 * 72.0;
    let mut words = 0;
    for word in boxes.lines().filter(|line| line.trim_start().starts_with("<word")) {
        let at = |name: &str| {
            let (_, rest) = word.split_once(&format!("{name}=\"")).unwrap();
            rest.split('"').next().unwrap().parse::<f64>().unwrap()
        };
        let inside = at("xMin") > edge
            && at("yMin") > edge
            && at("xMax") < 595.3 - edge
            && at("yMax") < 841.9 - edge;
        assert!(inside, "{layout}: {word}");
        words += 1;
    }
    assert!(words > 50, "{layout}: {words} words");
}

#[test]
fn from_one_to_a_hundred_achievements_no_card_is_torn_and_no_heading_left_behind() {
    for layout in LAYOUTS {
        for (items, pictures, locale) in
            [(1, 0, Locale::Hi), (7, 20, Locale::En), (100, 60, Locale::Ta)]
        {
            let input = many(items, pictures, layout, locale);
            let file = PdfFile::of(&input);
            let pages = file.pages_of_text();
            assert_eq!(pages.len(), file.pages());
            // The evidence and the totals name titles and categories too: of those pages the
            // last and the first are not looked at.
            let page_of = |words: &str| pages.iter().position(|page| page.contains(words));
            for item in input.data.items() {
                let id = page_of(&item.credential_id.to_string()).unwrap();
                assert_eq!(page_of(&item.title), Some(id), "{layout}: {} is torn", item.title);
            }
            for section in &input.data.sections {
                let first = page_of(&section.items[0].title).unwrap();
                let named = format!("{}\n", section.category);
                assert!(
                    pages[first].contains(&named),
                    "{layout}: the heading of {} stands on another page:\n{}",
                    section.category,
                    pages[first]
                );
            }
            assert_inside(&file, layout);
            run("qpdf", &["--check", &file.path()]);
        }
    }
}

#[test]
fn a_document_without_anything_optional_still_stands() {
    for layout in LAYOUTS {
        for locale in LOCALES {
            let mut input = sample_as(layout, locale);
            input.images.clear();
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
            input.data.student = Student {
                name: "Madhavan".into(),
                name_native: None,
                native_language: None,
                programme: String::new(),
                department: String::new(),
                batch: String::new(),
                roll_number: None,
                photo: None,
            };
            let bare = Item {
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
            input.data.sections = vec![Section { category: "Sports".into(), items: vec![bare] }];
            let file = PdfFile::of(&input);
            assert!((2..=3).contains(&file.pages()), "{layout}: {} pages", file.pages());
            assert!(file.text().contains("Madhavan"), "{layout}");
            assert_inside(&file, layout);
        }
    }
}

#[test]
fn names_of_every_shape_and_texts_of_every_length_stay_on_the_paper() {
    let names = [
        "M",
        "Sri Lakshmi Venkata Naga Satya Sai Durga Bhavani Subrahmanyam Chandrasekharan Rao",
        "अभिज्ञानशाकुन्तलम् विश्वविद्यालयानुदानायोगाध्यक्षः श्रीनिवासाचार्यः",
        "சுப்பிரமணியபாரதியார் வேங்கடரமணிசாமி நச்சினார்க்கினியன்",
    ];
    let word = "W".repeat(300);
    let long = "A long tale of three villages, two rivers and one very patient team. ".repeat(58);
    for layout in LAYOUTS {
        for (index, name) in names.into_iter().enumerate() {
            let mut input = sample_as(layout, LOCALES[index % 3]);
            input.data.student.name = name.into();
            input.data.student.name_native = (index == 1).then(|| names[3].into());
            input.data.college.name = format!("{name} {}", "College of Engineering ".repeat(4));
            input.data.student.photo = Some("/photo.jpg".into());
            input.images.insert("/photo.jpg".into(), ByteBuf::from(photo(300, 380, 3)));
            let mut items: Vec<(String, Item)> = Vec::new();
            let texts = [word.as_str(), long.as_str(), "one line\n\n\nand another", ""];
            for (number, description) in (0..).zip(texts) {
                let mut item = Item { description: description.into(), ..hackathon(number) };
                item.title = if number == 0 { word.clone() } else { long[..200].to_owned() };
                item.organiser = Some(if number == 0 { word.clone() } else { name.into() });
                item.skills = vec![word.clone(), name.into()];
                item.approver_department = format!("{name} {name}");
                item.evidence[0].caption =
                    Some(if number == 0 { word.clone() } else { name.into() });
                items.push((if number == 0 { word.clone() } else { name.into() }, item));
            }
            input.data.sections = by_category(items);
            let file = PdfFile::of(&input);
            assert_inside(&file, layout);
            let said = solid(&file.text());
            assert!(said.contains(&solid(name)), "{layout}: {name}");
            // A long text may run over a page's end, where footer and header stand between.
            let sentence =
                solid("A long tale of three villages, two rivers and one very patient team.");
            assert!(said.matches(&sentence).count() >= 52, "{layout}");
        }
    }
}

#[test]
fn the_college_s_marks_and_signature_find_their_place_in_every_layout() {
    for layout in LAYOUTS {
        let mut input = sample_as(layout, Locale::En);
        for path in ["/seal.png", "/signature.png"] {
            input.images.insert(path.into(), ByteBuf::from(logo()));
        }
        input.data.college.seal = Some("/seal.png".into());
        input.data.college.footer = Some("A footer of the college's own".into());
        input.data.college.signatory = Some(Signatory {
            name: "Dr. Meenakshi Raghunathan".into(),
            title: "Controller of Examinations".into(),
            signature: Some("/signature.png".into()),
        });
        let file = PdfFile::of(&input);
        let said = file.text();
        assert_eq!(said.matches("A footer of the college's own").count(), file.pages(), "{layout}");
        let document = lopdf::Document::load_mem(&file.bytes()).unwrap();
        let alts: Vec<String> = document
            .objects
            .values()
            .filter_map(|object| object.as_dict().ok()?.get(b"Alt").ok()?.as_str().ok())
            .map(|alt| lopdf::decode_text_string(&lopdf::Object::string_literal(alt)).unwrap())
            .collect();
        assert!(
            alts.iter().any(|alt| alt == "Signature of Dr. Meenakshi Raghunathan"),
            "{layout}: {alts:?}"
        );
    }
}

#[test]
fn a_small_edition_says_so_and_how_much_is_not_printed() {
    for layout in LAYOUTS {
        let mut input = sample_as(layout, Locale::En);
        input.data.portfolio.size = Size::Small;
        let said = PdfFile::of(&input).text().replace('\n', " ");
        assert!(said.contains("This is the small edition"), "{layout}: {said}");
        assert!(said.contains("and 1 is not printed"), "{layout}: {said}");
        input.data.portfolio.size = Size::Full;
        assert!(!PdfFile::of(&input).text().contains("small edition"), "{layout}");
    }
}

#[test]
fn a_preview_cannot_be_taken_for_the_document() {
    for layout in LAYOUTS {
        let png = preview(&sample_as(layout, Locale::En), 0, 2.0).unwrap();
        let room = tempfile::TempDir::new().unwrap();
        let path = room.path().join("preview.png");
        std::fs::write(&path, &png).unwrap();
        assert!(read_codes(&path).is_empty(), "{layout}: a code can be scanned");
        let shown = image::load_from_memory(&png).unwrap().to_luma8();
        // The word across the page: grey where the document's own page is white.
        let grey = shown.pixels().filter(|pixel| (180..245).contains(&pixel.0[0])).count();
        assert!(grey * 50 > shown.len(), "{layout}: {grey} of {} pixels are grey", shown.len());
    }
}

#[test]
fn a_list_of_a_thousand_rows_repeats_its_head_and_numbers_its_pages() {
    let column = |name: &str, share, numeric| Column { name: name.into(), share, numeric };
    let names = ["Kavya Subramanian", "अनन्या तिवारी", "மு. யாழினி", "Zoë Müller"];
    let rows: Vec<Vec<String>> = (0..1000)
        .map(|index| {
            let name = names[index % names.len()];
            vec![format!("2023{index:05}"), name.into(), "Winner, state".into(), index.to_string()]
        })
        .collect();
    let college = sample().data.college;
    let mut input = ListInput {
        data: ListData {
            college,
            id: Uuid::from_u128(77),
            title: "Approved achievements, 2025–26".into(),
            note: Some("Drawn up for the university.".into()),
            created_on: day(2026, 11, 22).unwrap(),
            columns: vec![
                column("Roll number", 2, false),
                column("Name", 3, false),
                column("Achievement", 3, false),
                column("Points", 1, true),
            ],
            rows: rows.clone(),
        },
        images: BTreeMap::from([("/logo.png".to_owned(), ByteBuf::from(logo()))]),
        created: sample().created,
        locale: Locale::Ta,
    };
    let rendered = render_list(&input).unwrap();
    let room = tempfile::TempDir::new().unwrap();
    let path = room.path().join("list.pdf");
    std::fs::write(&path, &rendered.pdf).unwrap();
    let path = path.to_str().unwrap();
    run("qpdf", &["--check", path]);
    let text = run("pdftotext", &["-layout", path, "-"]);
    for row in &rows {
        assert!(text.contains(&row[0]), "{row:?}");
    }
    for name in names {
        assert_eq!(solid(&text).matches(&solid(name)).count(), 250, "{name}");
    }
    // The last page may hold the end of the table only, or the seal alone.
    let heads = text.matches("ROLL NUMBER").count() + text.matches("Roll number").count();
    assert!(heads + 1 >= rendered.pages && rendered.pages > 15, "{heads}, {}", rendered.pages);
    assert!(render_list(&input).unwrap().pdf == rendered.pdf);

    input.data.rows[3].pop();
    assert!(render_list(&input).unwrap_err().to_string().contains("4 cells"));
}
