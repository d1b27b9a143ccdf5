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
    let colourful = chance.between(0.68, 0.86);
    let clouds = [Mottle::of(26, chance), Mottle::of(110, chance)];
    let side = chance.between(-0.16, 0.16);
    let held = Hand::any(chance);
    let mut noise = Chance::of(chance.next());
    let pixels = canvas.pixels();
    let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let (u, v) = (x as f32 / WIDTH as f32 - 0.5, y as f32 / HEIGHT as f32 - 0.5);
        let mottled = clouds[0].at(u, v) * 0.035 + clouds[1].at(u, v) * 0.025;
        let light =
            exposure * (1.0 - vignette * 2.0 * (u * u + v * v)) * (1.0 + mottled + side * u);
        let seen = held.sample(pixels, u, v);
        let clean = [0, 1, 2].map(|channel| seen[channel] * light * balance[channel]);
        let grey = 0.3 * clean[0] + 0.59 * clean[1] + 0.11 * clean[2];
        let random = noise.next();
        let byte = |shift: u32| ((random >> shift) & 0xff) as f32 / 127.5 - 1.0;
        let luma = (byte(0) + byte(8)) * strength * 0.5;
        let mut pixel = [0; 3];
        for (channel, value) in pixel.iter_mut().enumerate() {
            let chroma = byte(16 + 8 * channel as u32) * strength * 0.35;
            *value = (curve(grey + (clean[channel] - grey) * colourful) + luma + chroma)
                .clamp(0.0, 255.0) as u8;
        }
        Rgb(pixel)
    });
    let mut jpeg = Vec::new();
    picture
        .write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 86))
        .expect("RGB below 65,536 pixels a side into memory");
    jpeg
}

/// Nobody holds a phone quite level.
struct Hand {
    sine: f32,
    cosine: f32,
}

impl Hand {
    fn any(chance: &mut Chance) -> Self {
        let (sine, cosine) = chance.between(-2.2, 2.2).to_radians().sin_cos();
        Self { sine, cosine }
    }

    /// Between four pixels; `u` and `v` from -0.5 to 0.5. The frame is a little smaller than the scene.
    fn sample(&self, pixels: &[u8], u: f32, v: f32) -> [f32; 3] {
        let (dx, dy) = (u * WIDTH as f32 * 0.93, v * HEIGHT as f32 * 0.93);
        let x = dx * self.cosine - dy * self.sine + WIDTH as f32 / 2.0;
        let y = dx * self.sine + dy * self.cosine + HEIGHT as f32 / 2.0;
        let (column, row) = (x as usize, y as usize);
        let (a, b) = (x - column as f32, y - row as f32);
        let start = (row * WIDTH as usize + column) * 4;
        let below = start + WIDTH as usize * 4;
        [0, 1, 2].map(|channel| {
            let value = |at: usize| f32::from(pixels[at + channel]);
            let upper = value(start) * (1.0 - a) + value(start + 4) * a;
            let lower = value(below) * (1.0 - a) + value(below + 4) * a;
            upper * (1.0 - b) + lower * b
        })
    }
}

/// Uneven brightness, as every real surface has: random values on a grid, and between them.
struct Mottle {
    side: usize,
    values: Vec<f32>,
}

impl Mottle {
    fn of(side: usize, chance: &mut Chance) -> Self {
        let values = (0..(side + 2) * (side + 2)).map(|_| chance.between(-1.0, 1.0)).collect();
        Self { side, values }
    }

    /// `u` and `v` from -0.5 to 0.5.
    fn at(&self, u: f32, v: f32) -> f32 {
        let (x, y) = ((u + 0.5) * self.side as f32, (v + 0.5) * self.side as f32);
        let (column, row) = (x as usize, y as usize);
        let (a, b) = (x - column as f32, y - row as f32);
        let value = |column: usize, row: usize| self.values[row * (self.side + 2) + column];
        let upper = value(column, row) * (1.0 - a) + value(column + 1, row) * a;
        let lower = value(column, row + 1) * (1.0 - a) + value(column + 1, row + 1) * a;
        upper * (1.0 - b) + lower * b
    }
}

/// A gentle S: lifted blacks, soft whites.
fn curve(value: f32) -> f32 {
    let x = (value / 255.0).clamp(0.0, 1.1);
    let s = x * x * (3.0 - 2.0 * x.min(1.0));
    (0.03 + 0.95 * (0.6 * x + 0.4 * s)) * 255.0
}
