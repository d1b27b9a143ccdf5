//! What becomes of an uploaded file: a JPEG to show, one to print and a small one for lists.
//!
//! The original stays as it came (private); everything shown, shared or put into a PDF is what
//! [`normalise`] makes of it. Its input comes from strangers: call it in a render worker only.

use std::io::Cursor;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::vello_cpu::color::palette::css::WHITE;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageDecoder, RgbImage};
use jpeg_decoder::{CodingProcess, PixelFormat};
use serde::{Deserialize, Serialize};

use super::codes::read_codes;

/// Longest side of [`Rendition::jpeg`], in pixels.
pub const RENDITION_SIDE: u32 = 2_000;
/// Longest side of [`Rendition::print`], in pixels: 200 dpi over most of a page's width.
pub const PRINT_SIDE: u32 = 1_200;
/// Longest side of [`Rendition::thumb`], in pixels.
pub const THUMB_SIDE: u32 = 480;

const RENDITION_QUALITY: u8 = 82;
const PRINT_QUALITY: u8 = 80;
const THUMB_QUALITY: u8 = 76;

/// Formats that cannot be scaled while decoding.
const MAX_MEGAPIXELS: u64 = 40;
/// The largest phone sensors give 200 Mpx; a baseline JPEG is scaled down while it is decoded.
const MAX_JPEG_MEGAPIXELS: u64 = 200;
/// A progressive JPEG keeps all its coefficients (up to six bytes a pixel) until the last scan.
const MAX_PROGRESSIVE_MEGAPIXELS: u64 = 50;
/// What a decoder that cannot scale may fill: 32 Mpx at 16 bits a channel, or 40 Mpx at eight.
const MAX_DECODED_BYTES: u64 = 256 * 1024 * 1024;

/// The formats a student may upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// JPEG, also with EXIF.
    Jpeg,
    /// PNG; of an animated one the first frame counts.
    Png,
    /// WebP; of an animated one the first frame counts.
    Webp,
    /// PDF; the first page is shown.
    Pdf,
}

impl Kind {
    /// The media type (RFC 6838) under which the original is served.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
        }
    }
}

/// What is shown of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendition {
    /// JPEG without metadata, longest side ≤ [`RENDITION_SIDE`].
    #[serde(with = "serde_bytes")]
    pub jpeg: Vec<u8>,
    /// Width of `jpeg` in pixels.
    pub width: u32,
    /// Height of `jpeg` in pixels.
    pub height: u32,
    /// JPEG without metadata, longest side ≤ [`PRINT_SIDE`]: a third of the pixels to decode and to carry.
    #[serde(with = "serde_bytes")]
    pub print: Vec<u8>,
    /// JPEG without metadata, longest side ≤ [`THUMB_SIDE`].
    #[serde(with = "serde_bytes")]
    pub thumb: Vec<u8>,
    /// How many pages a PDF has; `None` for a picture.
    pub pages: Option<u32>,
    /// What the QR codes in `jpeg` say.
    pub codes: Vec<String>,
}

/// Why a file cannot be shown; each message can be given to the student.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum NormaliseError {
    /// The content is none of the four formats, whatever its name says.
    #[error("this is not a JPEG, PNG, WebP or PDF file")]
    UnknownFormat,
    /// More pixels than this format may have.
    #[error(
        "the picture has {width} × {height} pixels; at most {limit} megapixels can be taken in this format"
    )]
    TooManyPixels {
        /// Width in pixels, as the header says.
        width: u32,
        /// Height in pixels, as the header says.
        height: u32,
        /// The limit for this format, in megapixels.
        limit: u64,
    },
    /// A picture whose pixels would not fit into the worker's memory.
    #[error("the picture would need {needed} bytes of memory; save it with 8 bits per channel")]
    TooMuchMemory {
        /// Bytes of the decoded picture.
        needed: u64,
    },
    /// Broken off or not according to its format.
    #[error("the file is damaged or incomplete ({0})")]
    Damaged(String),
    /// A variant of the format that is not read.
    #[error("the file uses a rare variant of its format ({0}); save it again as a plain JPEG")]
    Unsupported(String),
    /// The PDF asks for a password.
    #[error("the PDF is protected by a password; upload one without")]
    Encrypted,
    /// The PDF has no page.
    #[error("the PDF has no page")]
    NoPage,
}

/// The format of a file by its content; `None` if it is none of the allowed ones.
pub fn sniff(bytes: &[u8]) -> Option<Kind> {
    match infer::get(bytes)?.mime_type() {
        "image/jpeg" => Some(Kind::Jpeg),
        "image/png" => Some(Kind::Png),
        "image/webp" => Some(Kind::Webp),
        "application/pdf" => Some(Kind::Pdf),
        _ => None,
    }
}

/// Decodes a file under limits and makes its three JPEGs, upright and without any metadata.
pub fn normalise(bytes: &[u8], kind: Kind) -> Result<Rendition, NormaliseError> {
    match kind {
        Kind::Jpeg => decode_jpeg(bytes).map(|picture| develop(picture, None)),
        Kind::Png => {
            let decoder = PngDecoder::new(Cursor::new(bytes)).map_err(damaged)?;
            decode_whole(decoder).map(|picture| develop(picture, None))
        }
        Kind::Webp => {
            let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(damaged)?;
            decode_whole(decoder).map(|picture| develop(picture, None))
        }
        Kind::Pdf => {
            let (picture, pages) = rasterise_first_page(bytes)?;
            Ok(develop(picture, Some(pages)))
        }
    }
}

/// Scales and encodes; the picture is upright and opaque.
fn develop(picture: RgbImage, pages: Option<u32>) -> Rendition {
    let full = fit(picture, RENDITION_SIDE);
    let jpeg = encode(&full, RENDITION_QUALITY);
    let (width, height) = full.dimensions();
    let codes = read_codes(&full);
    let middle = fit(full, PRINT_SIDE);
    let print = encode(&middle, PRINT_QUALITY);
    let thumb = encode(&fit(middle, THUMB_SIDE), THUMB_QUALITY);
    Rendition { jpeg, width, height, print, thumb, pages, codes }
}

/// A JPEG, scaled by the decoder to between one and two times what is needed (or kept, if smaller).
fn decode_jpeg(bytes: &[u8]) -> Result<RgbImage, NormaliseError> {
    let mut decoder = jpeg_decoder::Decoder::new(Cursor::new(bytes));
    decoder.read_info().map_err(unreadable_jpeg)?;
    let header = decoder.info().expect("read_info succeeded");
    let limit = match header.coding_process {
        CodingProcess::DctSequential => MAX_JPEG_MEGAPIXELS,
        CodingProcess::DctProgressive => MAX_PROGRESSIVE_MEGAPIXELS,
        CodingProcess::Lossless => {
            return Err(NormaliseError::Unsupported("lossless JPEG".to_owned()));
        }
    };
    refuse_above(limit, header.width.into(), header.height.into())?;

    let side = u16::try_from(RENDITION_SIDE).expect("2,000 fits into 16 bits");
    decoder.scale(side, side).map_err(unreadable_jpeg)?;
    let pixels = decoder.decode().map_err(unreadable_jpeg)?;
    let info = decoder.info().expect("decode succeeded");
    let (width, height) = (info.width.into(), info.height.into());
    let picture = match info.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(width, height, pixels)
            .map(|grey| DynamicImage::from(grey).into_rgb8()),
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, pixels),
        PixelFormat::CMYK32 => RgbImage::from_raw(width, height, rgb_of_cmyk(&pixels)),
        PixelFormat::L16 => return Err(NormaliseError::Unsupported("16-bit JPEG".to_owned())),
    }
    .expect("the decoder fills width × height pixels");

    let orientation = decoder.exif_data().and_then(Orientation::from_exif_chunk);
    Ok(turn(fit(picture, RENDITION_SIDE), orientation))
}

/// A picture whose decoder gives all pixels or none.
fn decode_whole(mut decoder: impl ImageDecoder) -> Result<RgbImage, NormaliseError> {
    let (width, height) = decoder.dimensions();
    refuse_above(MAX_MEGAPIXELS, width, height)?;
    if decoder.total_bytes() > MAX_DECODED_BYTES {
        return Err(NormaliseError::TooMuchMemory { needed: decoder.total_bytes() });
    }
    let orientation = decoder.orientation().ok();
    let picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    Ok(turn(fit(on_white(picture), RENDITION_SIDE), orientation))
}

/// The first page at [`RENDITION_SIDE`], and the number of pages.
fn rasterise_first_page(bytes: &[u8]) -> Result<(RgbImage, u32), NormaliseError> {
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(_) => NormaliseError::Encrypted,
        LoadPdfError::Invalid => NormaliseError::Damaged("not a readable PDF".to_owned()),
    })?;
    let pages = u32::try_from(pdf.pages().len()).unwrap_or(u32::MAX);
    let page = pdf.pages().first().ok_or(NormaliseError::NoPage)?;
    let (width, height) = page.render_dimensions();
    if !(width.is_finite() && height.is_finite() && width > 0.0 && height > 0.0) {
        return Err(NormaliseError::Damaged("a page without a size".to_owned()));
    }
    let side = RENDITION_SIDE as f32;
    let scale = side / width.max(height);
    // Between 1 and 2,000 by construction, so that the casts are exact.
    let pixels = |length: f32| (length * scale).round().clamp(1.0, side) as u16;
    let pixmap = hayro::render(
        page,
        &hayro::RenderCache::new(),
        &InterpreterSettings::default(),
        &hayro::RenderSettings {
            x_scale: scale,
            y_scale: scale,
            width: Some(pixels(width)),
            height: Some(pixels(height)),
            bg_color: WHITE,
        },
    );
    let (width, height) = (pixmap.width().into(), pixmap.height().into());
    // The background is opaque, so premultiplied colours are the colours.
    let rgb = pixmap.data().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
    let picture = RgbImage::from_raw(width, height, rgb).expect("three bytes for each pixel");
    Ok((picture, pages))
}

fn refuse_above(limit: u64, width: u32, height: u32) -> Result<(), NormaliseError> {
    if u64::from(width) * u64::from(height) > limit * 1_000_000 {
        return Err(NormaliseError::TooManyPixels { width, height, limit });
    }
    Ok(())
}

/// Scales down to the longest side; a smaller picture stays as it is.
fn fit(picture: RgbImage, side: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= side {
        return picture;
    }
    let scaled = |length: u32, to: u32| {
        let length = u64::from(length) * u64::from(to) / u64::from(longest);
        u32::try_from(length).expect("not above `to`").max(1)
    };
    // Averaging whole pixels first keeps the memory of the fine filter (16 bytes a pixel) small.
    let picture = if longest > 2 * side {
        let near = 2 * side;
        image::imageops::thumbnail(&picture, scaled(width, near), scaled(height, near))
    } else {
        picture
    };
    image::imageops::resize(
        &picture,
        scaled(width, side),
        scaled(height, side),
        FilterType::CatmullRom,
    )
}

fn turn(picture: RgbImage, orientation: Option<Orientation>) -> RgbImage {
    let mut picture = DynamicImage::from(picture);
    picture.apply_orientation(orientation.unwrap_or(Orientation::NoTransforms));
    picture.into_rgb8()
}

/// Transparent parts become white, as on paper.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let (width, height) = picture.dimensions();
    let rgb = picture
        .pixels()
        .flat_map(|pixel| {
            let [red, green, blue, alpha] = pixel.0.map(u32::from);
            [red, green, blue].map(|colour| {
                let mixed = (colour * alpha + 255 * (255 - alpha) + 127) / 255;
                u8::try_from(mixed).expect("a mean of two bytes")
            })
        })
        .collect();
    RgbImage::from_raw(width, height, rgb).expect("three bytes for each pixel")
}

/// Good enough to recognise a scan from a print shop; there is no profile left to do better with.
fn rgb_of_cmyk(pixels: &[u8]) -> Vec<u8> {
    pixels
        .chunks_exact(4)
        .flat_map(|ink| {
            let black = u16::from(255 - ink[3]);
            [ink[0], ink[1], ink[2]].map(|colour| {
                u8::try_from(u16::from(255 - colour) * black / 255).expect("a product of fractions")
            })
        })
        .collect()
}

fn encode(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut jpeg = Vec::new();
    picture
        .write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, quality))
        .expect("RGB below 65,536 pixels a side into memory");
    jpeg
}

fn damaged(error: image::ImageError) -> NormaliseError {
    NormaliseError::Damaged(error.to_string())
}

fn unreadable_jpeg(error: jpeg_decoder::Error) -> NormaliseError {
    match error {
        jpeg_decoder::Error::Unsupported(feature) => {
            NormaliseError::Unsupported(format!("{feature:?}"))
        }
        error => NormaliseError::Damaged(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use image::codecs::png::PngEncoder;
    use image::{ExtendedColorType, ImageEncoder, Rgb};

    use super::*;

    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, _| {
            if x < width / 2 { Rgb([250, 20, 20]) } else { Rgb([20, 20, 250]) }
        })
    }

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        encode(&picture(width, height), 90)
    }

    /// APP1 right after SOI (Exif 2.32 §4.7.2): one entry, Orientation, then anything.
    fn with_exif(jpeg: &[u8], orientation: u8, secret: &[u8]) -> Vec<u8> {
        let mut tiff = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        tiff.extend([orientation, 0, 0, 0, 0, 0, 0]);
        tiff.extend(secret);
        let length = u16::try_from(tiff.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], &[0xff, 0xe1], &length, &tiff, &jpeg[2..]].concat()
    }

    /// A JPEG of one 8 × 8 block, said to be so many: each restart interval repeats the block.
    fn repeated_block(width: u16, height: u16) -> Vec<u8> {
        let block = jpeg(8, 8);
        let position = |marker: u8| block.windows(2).position(|pair| pair == [0xff, marker]);
        let (frame, scan) = (position(0xc0).unwrap(), position(0xda).unwrap());
        let data = scan + 2 + usize::from(u16::from_be_bytes([block[scan + 2], block[scan + 3]]));
        let mut file = block[..scan].to_vec();
        file[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
        file[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
        file.extend([0xff, 0xdd, 0, 4, 0, 1]);
        file.extend(&block[scan..data]);
        let blocks = usize::from(width.div_ceil(8)) * usize::from(height.div_ceil(8));
        for (index, restart) in (0..blocks).zip((0xd0..=0xd7).cycle()) {
            file.extend(&block[data..block.len() - 2]);
            if index + 1 < blocks {
                file.extend([0xff, restart]);
            }
        }
        file.extend([0xff, 0xd9]);
        file
    }

    fn png(pixels: &[u8], width: u32, height: u32, colour: ExtendedColorType) -> Vec<u8> {
        let mut file = Vec::new();
        PngEncoder::new(&mut file).write_image(pixels, width, height, colour).unwrap();
        file
    }

    fn pdf(width: u32, height: u32, pages: u32) -> Vec<u8> {
        let kids: String = (0..pages).map(|page| format!("{} 0 R ", page + 4)).collect();
        let mut file = format!(
            "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
             2 0 obj<</Type/Pages/Kids[{kids}]/Count {pages}>>endobj\n\
             3 0 obj<</Length 29>>stream\n1 0 0 rg 0 0 9999 9999 re f  \nendstream endobj\n"
        );
        for page in 0..pages {
            file += &format!(
                "{} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width} {height}]/Contents 3 0 R>>endobj\n",
                page + 4
            );
        }
        file += "trailer<</Root 1 0 R>>\n%%EOF\n";
        file.into_bytes()
    }

    fn shown(rendition: &Rendition) -> RgbImage {
        image::load_from_memory(&rendition.jpeg).unwrap().into_rgb8()
    }

    fn looks_like(pixel: &Rgb<u8>, colour: [u8; 3]) -> bool {
        pixel.0.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 24)
    }

    #[test]
    fn a_file_is_what_its_content_says() {
        assert_eq!(sniff(&jpeg(9, 9)), Some(Kind::Jpeg));
        assert_eq!(sniff(&png(&[0], 1, 1, ExtendedColorType::L8)), Some(Kind::Png));
        assert_eq!(sniff(&pdf(9, 9, 1)), Some(Kind::Pdf));
        assert_eq!(sniff(b"RIFF\x24\0\0\0WEBPVP8 "), Some(Kind::Webp));
        for other in [b"GIF89a".as_slice(), b"<svg/>", b"PK\x03\x04", b"\x7fELF", b"MZ", b""] {
            assert_eq!(sniff(other), None);
        }
    }

    #[test]
    fn a_rendition_is_scaled_and_a_small_picture_stays() {
        let large = normalise(&jpeg(5_000, 2_500), Kind::Jpeg).unwrap();
        assert_eq!((large.width, large.height, large.pages), (2_000, 1_000, None));
        assert_eq!(shown(&large).dimensions(), (2_000, 1_000));
        let thumb = image::load_from_memory(&large.thumb).unwrap();
        assert_eq!((thumb.width(), thumb.height()), (480, 240));
        let small = normalise(&jpeg(300, 200), Kind::Jpeg).unwrap();
        assert_eq!((small.width, small.height), (300, 200));
        let sliver = normalise(&jpeg(6_000, 1), Kind::Jpeg).unwrap();
        assert_eq!((sliver.width, sliver.height), (2_000, 1));
    }

    #[test]
    fn a_turned_photo_comes_upright_and_tells_no_place() {
        let photo = with_exif(&jpeg(400, 200), 6, b"GPS 13.0827 N 80.2707 E");
        let rendition = normalise(&photo, Kind::Jpeg).unwrap();
        assert_eq!((rendition.width, rendition.height), (200, 400));
        // Turned right by 90°, the left half becomes the upper one.
        let upright = shown(&rendition);
        assert!(looks_like(upright.get_pixel(100, 50), [250, 20, 20]));
        assert!(looks_like(upright.get_pixel(100, 350), [20, 20, 250]));
        for bytes in [&rendition.jpeg, &rendition.thumb] {
            assert!(!bytes.windows(4).any(|part| part == b"Exif" || part == b"GPS "));
        }
    }

    #[test]
    fn a_phone_photo_of_108_megapixels_is_scaled_while_it_is_decoded() {
        let rendition = normalise(&repeated_block(12_000, 9_000), Kind::Jpeg).unwrap();
        assert_eq!((rendition.width, rendition.height), (2_000, 1_500));
    }

    #[test]
    fn too_many_pixels_are_refused_by_the_header() {
        let mut jpeg = jpeg(8, 8);
        let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        jpeg[frame + 5..frame + 9].fill(0xff);
        assert_eq!(
            normalise(&jpeg, Kind::Jpeg).unwrap_err(),
            NormaliseError::TooManyPixels { width: 65_535, height: 65_535, limit: 200 }
        );
        let black = vec![0; 6_500 * 6_500];
        let refusal = normalise(&png(&black, 6_500, 6_500, ExtendedColorType::L8), Kind::Png);
        assert_eq!(
            refusal.unwrap_err().to_string(),
            "the picture has 6500 × 6500 pixels; at most 40 megapixels can be taken in this format"
        );
    }

    #[test]
    fn transparent_parts_become_white() {
        let pixels = [0, 0, 0, 0].repeat(64 * 64);
        let file = png(&pixels, 64, 64, ExtendedColorType::Rgba8);
        let rendition = normalise(&file, Kind::Png).unwrap();
        assert!(looks_like(shown(&rendition).get_pixel(32, 32), [255, 255, 255]));
    }

    #[test]
    fn of_a_pdf_the_first_page_is_shown_and_the_pages_are_counted() {
        let rendition = normalise(&pdf(842, 595, 3), Kind::Pdf).unwrap();
        assert_eq!((rendition.width, rendition.height, rendition.pages), (2_000, 1_413, Some(3)));
        assert!(looks_like(shown(&rendition).get_pixel(1_000, 700), [255, 0, 0]));
    }

    #[test]
    fn a_pdf_without_a_page_or_of_a_strange_size_is_no_trouble() {
        assert!(normalise(&pdf(10, 10, 0), Kind::Pdf).is_err());
        let strip = normalise(&pdf(14_400, 1, 1), Kind::Pdf).unwrap();
        assert_eq!((strip.width, strip.height), (2_000, 1));
        assert!(matches!(
            normalise(b"%PDF-1.7 and nothing more", Kind::Pdf),
            Err(NormaliseError::Damaged(_))
        ));
    }

    #[test]
    fn a_file_broken_off_is_damaged() {
        let whole = jpeg(640, 480);
        assert!(matches!(
            normalise(&whole[..whole.len() / 2], Kind::Jpeg),
            Err(NormaliseError::Damaged(_))
        ));
    }
}
