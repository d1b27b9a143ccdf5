//! The rendered, unsigned PDF the tests sign, and how it was made: by typst, as the hub's own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use super::college::College;

/// PDF/A-3a and PDF/UA-1, 2 pages, one picture, one link, the credential attached.
pub const UNSIGNED: &[u8] = include_bytes!("../../vectors/pdf/unsigned.pdf");

/// What is attached to it.
pub const CREDENTIAL: &[u8] =
    br#"{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"id":"https://hub.example/colleges/kct/portfolios/1","name":"Asha Nair"}"#;

/// The same, signed once by the college of the tests.
pub const SIGNED: &[u8] = include_bytes!("../../vectors/pdf/signed.pdf");

/// Makes the vectors anew, from `tests/vectors/pdf/fixture.typ`; Noto fonts lie in `HUB_TEST_FONTS`.
#[test]
#[ignore = "rewrites committed vectors"]
fn make_the_vectors() {
    let pdf = render(small_picture());
    std::fs::write(vectors().join("signed.pdf"), College::new("kct", 1).sign_pdf(&pdf)).unwrap();
    std::fs::write(vectors().join("unsigned.pdf"), pdf).unwrap();
}

/// A document with a picture that does not compress, about `bytes` long.
pub fn render_about(bytes: usize) -> Vec<u8> {
    render(noise(bytes))
}

pub fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/pdf")
}

fn render(picture: Vec<u8>) -> Vec<u8> {
    let world = FixtureWorld::new(picture);
    let document: PagedDocument = typst::compile(&world).output.unwrap();
    let at = Datetime::from_ymd_hms(2026, 5, 4, 3, 2, 1).unwrap();
    let options = PdfOptions {
        ident: Smart::Custom("urn:uuid:1".to_owned()),
        creator: Smart::Custom(Some("Smart Student Hub".to_owned())),
        timestamp: Some(Timestamp::new_utc(at)),
        standards: PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1]).unwrap(),
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).unwrap()
}

fn small_picture() -> Vec<u8> {
    let picture = image::RgbImage::from_fn(64, 48, |x, y| {
        image::Rgb([(x * 4) as u8, (y * 5) as u8, ((x + y) * 2) as u8])
    });
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 80).encode_image(&picture).unwrap();
    jpeg
}

fn noise(bytes: usize) -> Vec<u8> {
    // A noisy JPEG at quality 90 has about 1.9 bytes a pixel.
    let side = ((bytes as f64) / 1.9).sqrt() as u32;
    let mut state = 1u32;
    let picture = image::RgbImage::from_fn(side, side, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Rgb([(state >> 24) as u8, (state >> 16) as u8, (state >> 8) as u8])
    });
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&picture).unwrap();
    jpeg
}

struct FixtureWorld {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    main: FileId,
    files: HashMap<FileId, Bytes>,
}

impl FixtureWorld {
    fn new(picture: Vec<u8>) -> Self {
        let folder =
            std::env::var("HUB_TEST_FONTS").expect("HUB_TEST_FONTS: a folder of Noto fonts");
        let fonts: Vec<_> = ["NotoSans", "NotoSansDevanagari", "NotoSansTamil"]
            .iter()
            .flat_map(|family| ["Regular", "Bold"].map(|weight| format!("{family}-{weight}.ttf")))
            .map(|name| std::fs::read(Path::new(&folder).join(name)).unwrap())
            .map(|font| Font::new(Bytes::new(font), 0).unwrap())
            .collect();
        let source = std::fs::read(vectors().join("fixture.typ")).unwrap();
        let files = [
            ("/main.typ", source),
            ("/picture.jpg", picture),
            ("/portfolio.vc.json", CREDENTIAL.to_vec()),
        ];
        Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            main: file_id("/main.typ"),
            files: files.map(|(path, bytes)| (file_id(path), Bytes::new(bytes))).into(),
        }
    }
}

impl World for FixtureWorld {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }
    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }
    fn main(&self) -> FileId {
        self.main
    }
    fn source(&self, id: FileId) -> FileResult<Source> {
        let bytes = self.file(id)?;
        Ok(Source::new(id, bytes.to_str().map_err(|_| FileError::InvalidUtf8)?.into()))
    }
    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id).cloned().ok_or(FileError::AccessDenied)
    }
    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }
    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn file_id(path: &str) -> FileId {
    RootedPath::new(VirtualRoot::Project, VirtualPath::new(path).unwrap()).intern()
}
