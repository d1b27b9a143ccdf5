//! A PDF on disk, and what other people's tools find in it: poppler, zbar.

use std::path::{Path, PathBuf};
use std::process::Command;

use hub::portfolio::render::{RenderInput, render};
use image::{GrayImage, Luma};
use tempfile::TempDir;

/// A rendered file on disk, for tools.
pub(crate) struct PdfFile {
    pub(crate) directory: TempDir,
    pages: usize,
}

impl PdfFile {
    pub(crate) fn of(input: &RenderInput) -> Self {
        let directory = TempDir::new().unwrap();
        let rendered = render(input).unwrap();
        std::fs::write(directory.path().join("portfolio.pdf"), rendered.pdf).unwrap();
        Self { directory, pages: rendered.pages }
    }

    pub(crate) fn path(&self) -> String {
        self.directory.path().join("portfolio.pdf").to_str().unwrap().to_owned()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        std::fs::read(Path::new(&self.path())).unwrap()
    }

    pub(crate) fn pages(&self) -> usize {
        self.pages
    }

    pub(crate) fn text(&self) -> String {
        run("pdftotext", &["-enc", "UTF-8", &self.path(), "-"])
    }

    /// The words of each page.
    pub(crate) fn pages_of_text(&self) -> Vec<String> {
        self.text().split('\u{c}').map(str::to_owned).filter(|page| !page.is_empty()).collect()
    }

    /// One page (counted from 1) printed at 150 dpi.
    pub(crate) fn picture(&self, page: usize) -> PathBuf {
        self.picture_at(150, page)
    }

    /// One page (counted from 1) printed at so many dots per inch.
    pub(crate) fn picture_at(&self, dpi: u32, page: usize) -> PathBuf {
        let prefix = self.directory.path().join("page");
        let (page, dpi) = (page.to_string(), dpi.to_string());
        let mut arguments = vec!["-r", &dpi, "-f", &page, "-l", &page, "-singlefile", "-png"];
        let (file, target) = (self.path(), prefix.to_str().unwrap().to_owned());
        arguments.extend([file.as_str(), target.as_str()]);
        run("pdftoppm", &arguments);
        prefix.with_extension("png")
    }

    pub(crate) fn codes(&self, page: usize) -> Vec<String> {
        read_codes(&self.picture(page))
    }
}

/// What a reader finds in a picture.
pub(crate) fn read_codes(picture: &Path) -> Vec<String> {
    let found = Command::new("zbarimg")
        .args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"])
        .arg(picture)
        .output()
        .expect("zbarimg (package zbar-tools) is installed");
    // Exit status 4: no code in this picture.
    assert!(matches!(found.status.code(), Some(0 | 4)), "{found:?}");
    String::from_utf8(found.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// The page turned, blurred and grained, as a cheap scanner gives it.
pub(crate) fn worn(page: &GrayImage, degrees: f32) -> GrayImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = page.dimensions();
    let (middle_x, middle_y) = (width as f32 / 2.0, height as f32 / 2.0);
    let turned = GrayImage::from_fn(width, height, |x, y| {
        let (dx, dy) = (x as f32 - middle_x, y as f32 - middle_y);
        let (from_x, from_y) = (middle_x + cos * dx + sin * dy, middle_y - sin * dx + cos * dy);
        image::imageops::interpolate_bilinear(page, from_x, from_y).unwrap_or(Luma([255]))
    });
    let mut worn = image::imageops::blur(&turned, 0.8);
    let mut state = 1_u32;
    for Luma([grey]) in worn.pixels_mut() {
        // Numerical Recipes' linear congruential generator: the same grain every time.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (state >> 24) as i32 % 51 - 25;
        *grey = (i32::from(*grey) + grain).clamp(0, 255) as u8;
    }
    worn
}

pub(crate) fn run(tool: &str, arguments: &[&str]) -> String {
    let output = Command::new(tool)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{tool} is needed (poppler-utils, qpdf): {error}"));
    assert!(output.status.success(), "{tool} {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Text without what a line break or a reader's guess at a space puts into it.
pub(crate) fn solid(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace() && *letter != '\u{200b}').collect()
}
