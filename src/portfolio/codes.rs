//! What the QR codes in a picture say: text for a person to read, never an address to fetch.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::RgbImage;
use quircs::Quirc;

/// Most codes that are read of one picture.
const MAX_CODES: usize = 8;
/// Most characters that are kept of one code.
const MAX_CHARACTERS: usize = 500;

/// The texts of the codes in a picture, each once, in the order they were found. What cannot be read is left out.
pub(super) fn read_codes(picture: &RgbImage) -> Vec<String> {
    // A detector fed by strangers: should it fail, the picture is shown all the same, without texts.
    catch_unwind(AssertUnwindSafe(|| detect(picture))).unwrap_or_default()
}

fn detect(picture: &RgbImage) -> Vec<String> {
    let side = |length: u32| usize::try_from(length).expect("a picture's side fits into memory");
    let grey = image::imageops::grayscale(picture);
    let (width, height) = (side(grey.width()), side(grey.height()));
    let mut texts: Vec<String> = Vec::new();
    for code in Quirc::default().identify(width, height, grey.as_raw()).take(4 * MAX_CODES) {
        let Some(data) = code.ok().and_then(|code| code.decode().ok()) else { continue };
        let Ok(text) = String::from_utf8(data.payload) else { continue };
        let text = plain(&text);
        if !text.is_empty() && !texts.contains(&text) && texts.len() < MAX_CODES {
            texts.push(text);
        }
    }
    texts
}

/// Without control characters, and without those that turn the direction of what stands beside them (UAX #9 §2).
fn plain(text: &str) -> String {
    let mut characters = text.trim().chars();
    let mut plain: String = characters
        .by_ref()
        .take(MAX_CHARACTERS)
        .map(|character| match character {
            '\n' => '\n',
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                '\u{fffd}'
            }
            character if character.is_control() => '\u{fffd}',
            character => character,
        })
        .collect();
    if characters.next().is_some() {
        plain.push('…');
    }
    plain
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma};
    use qrcode::{Color, QrCode};

    use super::*;

    /// Codes with these texts beside each other on white, six pixels a module.
    fn sheet(texts: &[&str]) -> RgbImage {
        let mut sheet = GrayImage::from_pixel(1_900, 700, Luma([255]));
        for (place, text) in (0..).zip(texts) {
            let code = QrCode::new(text.as_bytes()).unwrap();
            let side = code.width();
            for (index, colour) in code.to_colors().into_iter().enumerate() {
                if colour == Color::Dark {
                    for (x, y) in (0..36).map(|pixel| (pixel % 6, pixel / 6)) {
                        let x = 40 + place * 600 + u32::try_from(index % side).unwrap() * 6 + x;
                        let y = 60 + u32::try_from(index / side).unwrap() * 6 + y;
                        sheet.put_pixel(x, y, Luma([0]));
                    }
                }
            }
        }
        image::DynamicImage::from(sheet).into_rgb8()
    }

    #[test]
    fn each_code_of_a_certificate_is_read_once() {
        let texts = ["https://verify.example/c/4711", "https://verify.example/c/4711", "கவ்யா"];
        let mut read = read_codes(&sheet(&texts));
        read.sort();
        assert_eq!(read, ["https://verify.example/c/4711", "கவ்யா"]);
        assert_eq!(read_codes(&RgbImage::new(300, 200)), [""; 0]);
        assert_eq!(read_codes(&RgbImage::new(1, 1)), [""; 0]);
    }

    #[test]
    fn a_text_comes_without_what_controls_and_at_a_length_that_can_be_read() {
        assert_eq!(plain("  a\u{202e}b\0c\nd "), "a\u{fffd}b\u{fffd}c\nd");
        assert_eq!(plain(&"x".repeat(2_000)).chars().count(), MAX_CHARACTERS + 1);
    }
}
