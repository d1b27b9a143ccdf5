//! Certificates: five designs in `templates/demo/`, as PDF or as a scan of the paper.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Value, json};
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;
use typst_render::RenderOptions;

use super::chance::Chance;
use super::content::{DemoCertificate, DemoDesign, DemoPaper};
use super::scan;

/// Resolution of a scan: 1,600 pixels along the long side of A4 (842 pt).
const PIXELS_PER_PT: f64 = 1_600.0 / 842.0;

/// File name, media type and bytes.
pub(super) fn certificate(
    certificate: &DemoCertificate,
    seed: u64,
) -> (String, &'static str, Vec<u8>) {
    let mut chance = Chance::of(seed);
    let document = document(certificate, &mut chance);
    let number = chance.below(9_000) + 1_000;
    match certificate.paper {
        DemoPaper::Pdf => {
            let options = PdfOptions {
                ident: Smart::Custom(format!("{seed:016x}")),
                ..PdfOptions::default()
            };
            let pdf = typst_pdf::pdf(&document, &options).expect("a test exports each design");
            comemo::evict(30);
            (format!("certificate-{number}.pdf"), "application/pdf", pdf)
        }
        DemoPaper::Scan => {
            let options =
                RenderOptions { pixel_per_pt: PIXELS_PER_PT.into(), ..RenderOptions::default() };
            let page = document.pages().first().expect("each design has one page");
            let pixmap = typst_render::render(page, &options);
            comemo::evict(30);
            (format!("scan_{number}.jpg"), "image/jpeg", scan::scan(&pixmap, &mut chance))
        }
    }
}

fn document(certificate: &DemoCertificate, chance: &mut Chance) -> PagedDocument {
    let world = CertificateWorld::of(certificate.design, &data(certificate, chance));
    let compiled = typst::compile::<PagedDocument>(&world);
    compiled.output.expect("a test lays out each design")
}

fn data(certificate: &DemoCertificate, chance: &mut Chance) -> Value {
    let number = format!(
        "{}/{}/{:04}",
        certificate.date.format("%Y"),
        ["SC", "CER", "A", "REG", "EX"][chance.below(5)],
        chance.below(9_000) + 412
    );
    let signatories: Vec<Value> = certificate
        .signatories
        .iter()
        .map(|(name, office)| json!({ "name": name, "office": office, "scribble": scribble(name) }))
        .collect();
    json!({
        "name": certificate.name,
        "name_native": certificate.name_native,
        "roll_number": certificate.roll_number,
        "college": certificate.college,
        "title": certificate.title,
        "organiser": certificate.organiser,
        "organiser_native": certificate.organiser_native,
        "merit": certificate.merit,
        "citation": certificate.citation,
        "date": certificate.date.format("%-d %B %Y").to_string(),
        "place": certificate.place,
        "signatories": signatories,
        "colour": certificate.colour,
        "number": number,
        "turn": chance.between(-22.0, 14.0),
    })
}

/// The hand of a person, the same on every paper: strokes in a box of 100 × 40, each a start and
/// then cubic curves of six numbers.
fn scribble(name: &str) -> Vec<Vec<Vec<f32>>> {
    let mut chance = Chance::named(3, name);
    let letters = 4 + chance.below(6);
    let step = chance.between(48.0, 66.0) / letters as f32;
    let slant = chance.between(-1.0, 9.0);
    let (tall, round) = (chance.between(3.0, 12.0), chance.between(0.1, 1.3));
    let rise = chance.between(-0.2, 1.4);
    let (mut x, mut y) = (8.0, 27.0);
    let mut main = vec![vec![x, y]];
    // A large first letter: a loop, or an up and a down.
    let top = chance.between(18.0, 26.0);
    if chance.is(0.5) {
        main.push(vec![x - 6.0, y - top, x + 22.0, y - top * 1.3, x + 12.0, y - 6.0]);
        main.push(vec![x + 6.0, y + 9.0, x - 4.0, y + 2.0, x + 14.0, y - 4.0]);
        x += 14.0;
    } else {
        main.push(vec![x + 2.0, y - top * 0.6, x + 6.0 + slant, y - top, x + 9.0 + slant, y - top]);
        main.push(vec![x + 8.0, y - 8.0, x + 5.0, y + 8.0, x + 12.0, y - 2.0]);
        x += 12.0;
    }
    for letter in 0..letters {
        let height = chance.between(1.5, tall) * if chance.is(0.2) { 2.2 } else { 1.0 };
        let next = x + step * chance.between(0.5, 1.5);
        let base = 26.0 - rise * letter as f32 + chance.between(-2.0, 2.0);
        let crest = x + slant + step * 0.4;
        main.push(vec![
            x + slant * 0.5,
            y - height,
            crest - round,
            y - height * 1.2,
            crest,
            y - height,
        ]);
        main.push(vec![
            crest + step * round * 0.6,
            y - height * 0.8,
            next - step * 0.8 * round,
            base + 3.0,
            next,
            base,
        ]);
        (x, y) = (next, base);
    }
    main.push(vec![x + 8.0, y - 6.0, x + 12.0, y + 3.0, 97.0, y - chance.between(1.0, 11.0)]);
    let mut strokes = vec![main];
    if chance.is(0.55) {
        let from = 31.0 + chance.between(0.0, 6.0);
        let end = chance.between(66.0, 94.0);
        strokes.push(vec![
            vec![12.0, from],
            vec![40.0, from - 6.0, 60.0, from - 1.0, end, from - 7.0],
        ]);
    }
    if chance.is(0.35) {
        let dot = chance.between(30.0, 80.0);
        strokes.push(vec![vec![dot, 8.0], vec![dot + 0.4, 8.0, dot + 0.6, 8.4, dot + 0.9, 8.6]]);
    }
    strokes
}

struct Fonts {
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

/// Noto (SIL Open Font License 1.1).
static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let files: [&'static [u8]; 7] = [
        include_bytes!("../../../templates/demo/fonts/NotoSerifDisplay-Bold.ttf"),
        include_bytes!("../../../templates/demo/fonts/NotoSerifDisplay-Italic.ttf"),
        include_bytes!("../../../templates/fonts/NotoSans-Bold.ttf"),
        include_bytes!("../../../templates/fonts/NotoSans-Regular.ttf"),
        include_bytes!("../../../templates/fonts/NotoSerif-Regular.ttf"),
        include_bytes!("../../../templates/demo/fonts/NotoSerifDevanagari-Regular.ttf"),
        include_bytes!("../../../templates/demo/fonts/NotoSerifTamil-Regular.ttf"),
    ];
    let fonts =
        files.map(|file| Font::new(Bytes::new(file), 0).expect("the shipped fonts are fonts"));
    Fonts { book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts: fonts.into() }
});

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));

/// One certificate's files, under fixed paths (a `FileId` is never freed).
struct CertificateWorld {
    main: FileId,
    sources: HashMap<FileId, Source>,
    data: (FileId, Bytes),
}

impl CertificateWorld {
    fn of(design: DemoDesign, data: &Value) -> Self {
        let source = |path: &str, text: &str| {
            let id = file_id(path);
            (id, Source::new(id, text.to_owned()))
        };
        let main = source("/certificate.typ", template(design));
        let parts = source("/parts.typ", include_str!("../../../templates/demo/parts.typ"));
        Self {
            main: main.0,
            sources: HashMap::from([main, parts]),
            data: (file_id("/data.json"), Bytes::from_string(data.to_string())),
        }
    }
}

fn template(design: DemoDesign) -> &'static str {
    match design {
        DemoDesign::Ornate => include_str!("../../../templates/demo/certificate-ornate.typ"),
        DemoDesign::Modern => include_str!("../../../templates/demo/certificate-modern.typ"),
        DemoDesign::Letterhead => {
            include_str!("../../../templates/demo/certificate-letterhead.typ")
        }
        DemoDesign::Sports => include_str!("../../../templates/demo/certificate-sports.typ"),
        DemoDesign::Course => include_str!("../../../templates/demo/certificate-course.typ"),
    }
}

impl World for CertificateWorld {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.sources.get(&id).cloned().ok_or_else(|| not_found(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data.0 { Ok(self.data.1.clone()) } else { Err(not_found(id)) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn not_found(id: FileId) -> FileError {
    FileError::NotFound(id.get().vpath().get_without_slash().into())
}

fn file_id(path: &str) -> FileId {
    let path = VirtualPath::new(path).expect("three fixed plain paths");
    RootedPath::new(VirtualRoot::Project, path).intern()
}
