//! What becomes of an uploaded file: one JPEG to show and one small one for lists.
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

/// Longest side of [`Rendition::jpeg`], in pixels.
pub const RENDITION_SIDE: u32 = 2_000;
/// Longest side of [`Rendition::thumb`], in pixels.
pub const THUMB_SIDE: u32 = 480;

const RENDITION_QUALITY: u8 = 82;
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
    /// JPEG without metadata, longest side ≤ [`THUMB_SIDE`].
    #[serde(with = "serde_bytes")]
    pub thumb: Vec<u8>,
    /// How many pages a PDF has; `None` for a picture.
    pub pages: Option<u32>,
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

/// Decodes a file under limits and makes its two JPEGs, upright and without any metadata.
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
    let thumb = encode(&fit(full, THUMB_SIDE), THUMB_QUALITY);
    Rendition {
        jpeg,
        width,
        height,
        thumb,
        pages,
    }
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
        return Err(NormaliseError::TooMuchMemory {
            needed: decoder.total_bytes(),
        });
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
    let rgb = pixmap
        .data()
        .iter()
        .flat_map(|pixel| [pixel.r, pixel.g, pixel.b])
        .collect();
    let picture = RgbImage::from_raw(width, height, rgb).expect("three bytes for each pixel");
    Ok((picture, pages))
}

fn refuse_above(limit: u64, width: u32, height: u32) -> Result<(), NormaliseError> {
    if u64::from(width) * u64::from(height) > limit * 1_000_000 {
        return Err(NormaliseError::TooManyPixels {
            width,
            height,
            limit,
        });
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
