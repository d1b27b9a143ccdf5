//! From typed data to the pages: PDF/A-3a and PDF/UA-1 in one file, and page pictures.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use serde_json::{Value, json};
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::{Bytes, Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};
use typst_render::RenderOptions;
use uuid::Uuid;

use crate::portfolio::compose::{Locale, PortfolioData};
use crate::portfolio::embed::{ATTACHMENT_NAME, ATTACHMENT_TYPE};
use crate::portfolio::printable::printable_value;
use crate::portfolio::qr::{self, EncodeQrError};
use crate::portfolio::world::{self, DocumentWorld};

/// Everything one document is made of; the same input gives the same bytes, in every process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RenderInput {
    /// What the pages say.
    pub data: PortfolioData,
    /// JPEG, PNG or WebP under a fixed path: `/logo.…`, `/seal.…`, `/signature.…`, `/photo.…`,
    /// `/ev/<1..=999>.…`.
    pub images: BTreeMap<String, ByteBuf>,
    /// The signed credential, attached byte for byte.
    #[serde(with = "serde_bytes")]
    pub attachment: Vec<u8>,
    /// The text of the large QR code: `https://host/v#<BASE32>`.
    pub qr_text: String,
    /// Name of the layout, one of [`LAYOUTS`].
    pub template: String,
    /// Creation time of the document, from the record.
    pub created: DateTime<Utc>,
    /// The language of the template's own words.
    pub locale: Locale,
}

/// A finished PDF, not yet signed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RenderedPortfolio {
    /// The file.
    #[serde(with = "serde_bytes")]
    pub pdf: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
}

/// Why a portfolio was not rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// No layout of that name.
    #[error("there is no portfolio template {0:?}")]
    UnknownTemplate(String),
    /// A path outside the fixed set: each new one would take one of 65,535 file ids for ever.
    #[error("{0:?} is not a path a portfolio picture may have")]
    UnknownPath(String),
    /// The data names a picture that did not come with it.
    #[error("the picture {0:?} is missing")]
    MissingImage(String),
    /// The picture is not JPEG, PNG or WebP.
    #[error("the picture {path:?} cannot be read: {reason}")]
    UnreadableImage {
        /// Which one.
        path: String,
        /// What the decoder said.
        reason: String,
    },
    /// More achievements than the fixed set of paths has room for.
    #[error("a portfolio holds at most {MAX_ITEMS} achievements, not {0}")]
    TooManyItems(usize),
    /// A list whose rows and columns do not agree, or too long a one.
    #[error("the list cannot be laid out: {0}")]
    List(String),
    /// The college's colour is not `#rrggbb`.
    #[error("{0:?} is not a colour of the form #rrggbb")]
    Colour(String),
    /// A QR code could not be made.
    #[error("the QR code cannot be made")]
    Qr(#[from] EncodeQrError),
    /// The page asked for a preview does not exist.
    #[error("the document has {pages} pages, there is no page {page}")]
    NoSuchPage {
        /// Counted from 0.
        page: usize,
        /// How many there are.
        pages: usize,
    },
    /// The layout failed: a fault of the template.
    #[error("the layout failed: {0}")]
    Layout(String),
    /// The file would not have met PDF/A-3a and PDF/UA-1.
    #[error("the PDF export failed: {0}")]
    Export(String),
}

/// The layouts there are, the usual one first.
pub const LAYOUTS: [&str; 4] = ["classic", "formal", "compact", "modern"];

/// Largest number of achievements in one document.
pub const MAX_ITEMS: usize = 999;

/// What the pages are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// To be signed.
    Document,
    /// To be looked at before: marked as a preview, without a code that could be scanned.
    Preview,
}

/// Render the PDF, to be signed as it is.
pub fn render(input: &RenderInput) -> Result<RenderedPortfolio, RenderError> {
    with_document(&input.template, files(input, Use::Document)?, |document| {
        export(document, input.data.portfolio.id, input.created)
    })
}

/// A picture (PNG) of one page, counted from 0, at `pixels_per_pt` (1.0 = 72 dpi).
///
/// It says that it is a preview and carries no code, so that nobody takes it for the document.
pub fn preview(
    input: &RenderInput,
    page: usize,
    pixels_per_pt: f64,
) -> Result<Vec<u8>, RenderError> {
    with_document(&input.template, files(input, Use::Preview)?, |document| {
        let pages = document.pages().len();
        let picture = document.pages().get(page).ok_or(RenderError::NoSuchPage { page, pages })?;
        let options =
            RenderOptions { pixel_per_pt: pixels_per_pt.into(), ..RenderOptions::default() };
        typst_render::render(picture, &options)
            .encode_png()
            .map_err(|error| RenderError::Export(error.to_string()))
    })
}

/// PDF/A-3a and PDF/UA-1, or a refusal: typst checks both while it writes.
pub(super) fn export(
    document: &PagedDocument,
    id: Uuid,
    created: DateTime<Utc>,
) -> Result<RenderedPortfolio, RenderError> {
    let options = PdfOptions {
        ident: Smart::Custom(id.to_string()),
        creator: Smart::Custom(Some("Smart Student Hub".to_owned())),
        timestamp: Some(Timestamp::new_utc(typst_time(created))),
        standards: PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1])
            .expect("PDF/A-3a and PDF/UA-1 are both based on PDF 1.7"),
        ..PdfOptions::default()
    };
    let pdf = typst_pdf::pdf(document, &options)
        .map_err(|errors| RenderError::Export(sentence(&errors)))?;
    Ok(RenderedPortfolio { pdf, pages: document.pages().len() })
}

/// Lay the document out, use it, and let go of what typst remembered of it.
pub(super) fn with_document<T>(
    template: &str,
    files: BTreeMap<String, Bytes>,
    use_it: impl FnOnce(&PagedDocument) -> Result<T, RenderError>,
) -> Result<T, RenderError> {
    let world = DocumentWorld::of(template, files)
        .ok_or_else(|| RenderError::UnknownTemplate(template.to_owned()))?;
    let Warned { output, warnings } = typst::compile::<PagedDocument>(&world);
    let result = match output {
        // A warning is a fault of the template (a font it does not have, a layout that never
        // settles), never of the data.
        Ok(_) if !warnings.is_empty() => Err(RenderError::Layout(sentence(&warnings))),
        Ok(document) => use_it(&document),
        Err(errors) => Err(RenderError::Layout(sentence(&errors))),
    };
    comemo::evict(0);
    result
}

/// The document's files: data, words, codes, pictures and the credential.
fn files(input: &RenderInput, purpose: Use) -> Result<BTreeMap<String, Bytes>, RenderError> {
    if !LAYOUTS.contains(&input.template.as_str()) {
        return Err(RenderError::UnknownTemplate(input.template.clone()));
    }
    let count = input.data.count();
    if count > MAX_ITEMS {
        return Err(RenderError::TooManyItems(count));
    }
    let mut files = BTreeMap::new();
    let paths = input.data.image_paths();
    let sizes = pictures(&paths, &input.images, &mut files)?;
    files.insert("/qr/portfolio.svg".to_owned(), Bytes::from_string(qr::svg(&input.qr_text)?));
    for (index, item) in input.data.items().enumerate() {
        if let Some(address) = &item.short_url {
            let code = qr::svg(&qr::compact_address(address))?;
            files.insert(format!("/qr/{}.svg", index + 1), Bytes::from_string(code));
        }
    }
    let data = data(input, purpose, sizes)?;
    files.insert("/data.json".to_owned(), Bytes::from_string(data.to_string()));
    files.insert(format!("/{ATTACHMENT_NAME}"), Bytes::new(input.attachment.clone()));
    Ok(files)
}

/// `/data.json`, all a template reads.
fn data(input: &RenderInput, purpose: Use, sizes: Value) -> Result<Value, RenderError> {
    let mut document =
        serde_json::to_value(&input.data).expect("plain fields and string keys make JSON");
    printable_value(&mut document);
    Ok(json!({
        "document": document,
        "preview": purpose == Use::Preview,
        "texts": world::texts(input.locale),
        "language": input.locale.tag(),
        "images": sizes,
        "ink": checked_ink(&input.data.college.colour)?,
        "attachment": { "name": ATTACHMENT_NAME, "type": ATTACHMENT_TYPE },
    }))
}

/// The college's colour as it is printed.
pub(super) fn checked_ink(colour: &str) -> Result<String, RenderError> {
    ink(colour).ok_or_else(|| RenderError::Colour(colour.to_owned()))
}

/// Puts the pictures among the files; their sizes by path.
pub(super) fn pictures(
    paths: &BTreeSet<&str>,
    images: &BTreeMap<String, ByteBuf>,
    files: &mut BTreeMap<String, Bytes>,
) -> Result<Value, RenderError> {
    let mut sizes = serde_json::Map::new();
    for path in paths {
        let image =
            images.get(*path).ok_or_else(|| RenderError::MissingImage((*path).to_owned()))?;
        sizes.insert((*path).to_owned(), size(path, image)?);
        files.insert((*path).to_owned(), Bytes::new(image.to_vec()));
    }
    Ok(Value::Object(sizes))
}

/// Width and height in pixels, read from the header; refuses paths outside the fixed set.
fn size(path: &str, image: &[u8]) -> Result<Value, RenderError> {
    if !is_picture_path(path) {
        return Err(RenderError::UnknownPath(path.to_owned()));
    }
    let unreadable = |reason: String| RenderError::UnreadableImage { path: path.into(), reason };
    let (width, height) = image::ImageReader::new(std::io::Cursor::new(image))
        .with_guessed_format()
        .map_err(|error| unreadable(error.to_string()))?
        .into_dimensions()
        .map_err(|error| unreadable(error.to_string()))?;
    Ok(json!({ "width": width, "height": height }))
}

/// `/logo`, `/seal`, `/signature`, `/photo` or `/ev/<1..=999>`, each `.jpg`, `.png` or `.webp`.
fn is_picture_path(path: &str) -> bool {
    let Some((stem, "jpg" | "png" | "webp")) = path.rsplit_once('.') else {
        return false;
    };
    match stem.strip_prefix("/ev/") {
        Some(number) => {
            let digits = number.bytes().all(|byte| byte.is_ascii_digit());
            digits && number.len() <= 3 && !number.starts_with('0') && !number.is_empty()
        }
        None => matches!(stem, "/logo" | "/seal" | "/signature" | "/photo"),
    }
}

/// The college's colour, darkened until white paper gives it a contrast of 4.5 (WCAG 2.2, 1.4.3).
fn ink(colour: &str) -> Option<String> {
    let bytes = hex::decode(colour.strip_prefix('#')?).ok()?;
    let mut rgb: [f64; 3] = <[u8; 3]>::try_from(bytes).ok()?.map(f64::from);
    while 1.05 / (luminance(rgb) + 0.05) < 4.5 {
        rgb = rgb.map(|channel| channel * 0.96);
    }
    let [red, green, blue] = rgb.map(|channel| channel.round() as u8);
    Some(format!("#{red:02x}{green:02x}{blue:02x}"))
}

/// Relative luminance (WCAG 2.2).
fn luminance(rgb: [f64; 3]) -> f64 {
    let [red, green, blue] = rgb.map(|channel| {
        let channel = channel / 255.0;
        if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// Whole seconds are all a PDF date holds.
fn typst_time(time: DateTime<Utc>) -> Datetime {
    let small = |number: u32| u8::try_from(number).expect("a month, day, hour, minute or second");
    Datetime::from_ymd_hms(
        time.year(),
        small(time.month()),
        small(time.day()),
        small(time.hour()),
        small(time.minute()),
        small(time.second()),
    )
    .expect("chrono's date is a date")
}

fn sentence(diagnostics: &[SourceDiagnostic]) -> String {
    let messages: Vec<&str> =
        diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    messages.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_light_colour_is_darkened_until_it_can_be_read_on_paper() {
        assert_eq!(ink("#7a1f2b").unwrap(), "#7a1f2b");
        for colour in ["#ffff00", "#ffffff", "#00ff7f", "#f0f0f0"] {
            let dark = ink(colour).unwrap();
            let bytes = <[u8; 3]>::try_from(hex::decode(&dark[1..]).unwrap()).unwrap();
            let contrast = 1.05 / (luminance(bytes.map(f64::from)) + 0.05);
            assert!((4.4..6.0).contains(&contrast), "{colour} → {dark}: {contrast}");
        }
    }

    #[test]
    fn only_six_digits_after_a_hash_are_a_colour() {
        for colour in ["red", "#fff", "#7a1f2", "#7a1f2bff", "7a1f2b", "#7a1f2g", "#é1f2b"] {
            assert!(ink(colour).is_none(), "{colour}");
        }
    }

    #[test]
    fn pictures_have_a_thousand_paths_and_no_more() {
        for path in ["/logo.png", "/seal.webp", "/photo.jpg", "/ev/1.jpg", "/ev/999.png"] {
            assert!(is_picture_path(path), "{path}");
        }
        for path in [
            "/ev/0.jpg",
            "/ev/01.jpg",
            "/ev/1000.jpg",
            "/ev/.jpg",
            "/ev/1.svg",
            "/ev/+1.jpg",
            "/logo",
            "logo.png",
            "/data.json",
            "/template/classic.typ",
            "/ev/../logo.png",
        ] {
            assert!(!is_picture_path(path), "{path}");
        }
    }
}
