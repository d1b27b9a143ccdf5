//! A clean page becomes a scan: laid down a little askew, unevenly lit, with the noise of a sensor.

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use tiny_skia::Pixmap;

use super::chance::Chance;

/// As JPEG.
pub(super) fn scan(page: &Pixmap, chance: &mut Chance) -> Vec<u8> {
    let (width, height) = (page.width(), page.height());
    let angle = chance.between(-0.7, 0.7).to_radians();
    let (sine, cosine) = angle.sin_cos();
    let margin = chance.between(0.985, 0.997);
    let warmth = [chance.between(0.975, 1.0), chance.between(0.965, 0.99), chance.between(0.93, 0.975)];
    let (light_x, light_y) = (chance.between(0.2, 0.8), chance.between(0.1, 0.5));
    let (middle_x, middle_y) = (width as f32 / 2.0, height as f32 / 2.0);
    let mut noise = Chance::of(chance.next());
    let mut grain = 0_u64;
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let (dx, dy) = (x as f32 - middle_x, y as f32 - middle_y);
        let from_x = (dx * cosine + dy * sine) / margin + middle_x;
        let from_y = (dy * cosine - dx * sine) / margin + middle_y;
        let (u, v) = (x as f32 / width as f32 - light_x, y as f32 / height as f32 - light_y);
        let light = 1.0 - 0.12 * (u * u + v * v);
        // Eight grains from each random number.
        grain = if x % 8 == 0 { noise.next() } else { grain >> 8 };
        let grain = ((grain & 0xff) as f32 - 127.5) / 127.5 * 3.0;
        let paper = sample(page, from_x, from_y);
        let mut pixel = [0; 3];
        for (channel, value) in pixel.iter_mut().enumerate() {
            *value = (paper[channel] * warmth[channel] * light + grain).clamp(0.0, 255.0) as u8;
        }
        Rgb(pixel)
    });
    let mut jpeg = Vec::new();
    picture
        .write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 80))
        .expect("RGB below 65,536 pixels a side into memory");
    jpeg
}

/// Between four pixels; outside the sheet lies the dark lid of the scanner.
fn sample(page: &Pixmap, x: f32, y: f32) -> [f32; 3] {
    let (width, height) = (page.width() as usize, page.height() as usize);
    if x < 0.0 || y < 0.0 || x >= (width - 1) as f32 || y >= (height - 1) as f32 {
        // The edge of the sheet throws a soft shadow.
        let beyond = (-x).max(-y).max(x - width as f32).max(y - height as f32).max(0.0);
        return [(120.0 + beyond * 6.0).min(205.0); 3];
    }
    let (left, top) = (x as usize, y as usize);
    let (right_share, bottom_share) = (x - left as f32, y - top as f32);
    let at = |column: usize, row: usize| {
        let start = (row * width + column) * 4;
        let data = &page.data()[start..start + 3];
        [f32::from(data[0]), f32::from(data[1]), f32::from(data[2])]
    };
    let (a, b, c, d) = (at(left, top), at(left + 1, top), at(left, top + 1), at(left + 1, top + 1));
    let mut mixed = [0.0; 3];
    for channel in 0..3 {
        let upper = a[channel] + (b[channel] - a[channel]) * right_share;
        let lower = c[channel] + (d[channel] - c[channel]) * right_share;
        mixed[channel] = upper + (lower - upper) * bottom_share;
    }
    mixed
}
