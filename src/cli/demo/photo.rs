//! Photos drawn by hand: a scene, then what a phone's camera does to it.

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};

use super::canvas::{Canvas, HEIGHT, WIDTH};
use super::chance::Chance;
use super::content::DemoScene;
use super::scenes;

/// File name, media type and bytes.
pub(super) fn photo(scene: DemoScene, seed: u64) -> (String, &'static str, Vec<u8>) {
    let mut chance = Chance::of(seed);
    let canvas = scenes::draw(scene, &mut chance);
    let jpeg = exposed(&canvas, scene, &mut chance);
    (format!("IMG_{:04}.jpg", chance.below(9_000) + 1_000), "image/jpeg", jpeg)
}

/// White balance, contrast, vignette and the noise of a small sensor, which is stronger in the dark.
fn exposed(canvas: &Canvas, scene: DemoScene, chance: &mut Chance) -> Vec<u8> {
    let is_dark = matches!(scene, DemoScene::Stage);
    let strength = if is_dark { 11.0 } else { 6.0 };
    let warmth = chance.between(-0.05, 0.06);
    let balance = [1.0 + warmth, 1.0 + chance.between(-0.01, 0.015), 1.0 - warmth];
    let exposure = chance.between(0.94, 1.07);
    let vignette = chance.between(0.18, 0.36);
    let mut noise = Chance::of(chance.next());
    let pixels = canvas.pixels();
    let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let start = ((y * WIDTH + x) * 4) as usize;
        let (u, v) = (x as f32 / WIDTH as f32 - 0.5, y as f32 / HEIGHT as f32 - 0.5);
        let light = exposure * (1.0 - vignette * 2.0 * (u * u + v * v));
        let random = noise.next();
        let byte = |shift: u32| ((random >> shift) & 0xff) as f32 / 127.5 - 1.0;
        let luma = (byte(0) + byte(8)) * strength * 0.5;
        let mut pixel = [0; 3];
        for (channel, value) in pixel.iter_mut().enumerate() {
            let clean = f32::from(pixels[start + channel]) * light * balance[channel];
            let chroma = byte(16 + 8 * channel as u32) * strength * 0.35;
            *value = (curve(clean) + luma + chroma).clamp(0.0, 255.0) as u8;
        }
        Rgb(pixel)
    });
    let mut jpeg = Vec::new();
    picture
        .write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 78))
        .expect("RGB below 65,536 pixels a side into memory");
    jpeg
}

/// A gentle S: lifted blacks, soft whites.
fn curve(value: f32) -> f32 {
    let x = (value / 255.0).clamp(0.0, 1.1);
    let s = x * x * (3.0 - 2.0 * x.min(1.0));
    (0.03 + 0.95 * (0.6 * x + 0.4 * s)) * 255.0
}
