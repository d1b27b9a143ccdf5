//! Shapes, light and blur on a picture of fixed size.

use tiny_skia::{
    BlendMode, Color, FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Paint, Path,
    PathBuilder, Pixmap, PixmapPaint, Point, RadialGradient, Rect, Shader, SpreadMode, Stroke,
    Transform,
};

/// As messengers send photos, in pixels.
pub(super) const WIDTH: u32 = 1_024;
/// See [`WIDTH`].
pub(super) const HEIGHT: u32 = 768;
/// Scenes are drawn in units of their own.
pub(super) const W: f32 = 1_280.0;
/// See [`W`].
pub(super) const H: f32 = 960.0;
const SCALE: f32 = WIDTH as f32 / W;

/// Red, green, blue, alpha from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tint(pub(super) [f32; 4]);

impl Tint {
    /// `0xRRGGBB`, opaque.
    pub(super) const fn hex(rgb: u32) -> Self {
        Self([
            ((rgb >> 16) & 0xff) as f32 / 255.0,
            ((rgb >> 8) & 0xff) as f32 / 255.0,
            (rgb & 0xff) as f32 / 255.0,
            1.0,
        ])
    }

    pub(super) fn alpha(self, alpha: f32) -> Self {
        let [red, green, blue, _] = self.0;
        Self([red, green, blue, alpha])
    }

    /// Brighter above 1, darker below.
    pub(super) fn times(self, factor: f32) -> Self {
        let [red, green, blue, alpha] = self.0;
        Self([red * factor, green * factor, blue * factor, alpha])
    }

    pub(super) fn towards(self, other: Self, share: f32) -> Self {
        let mut mixed = self.0;
        for (channel, value) in mixed.iter_mut().enumerate() {
            *value += (other.0[channel] - *value) * share;
        }
        Self(mixed)
    }

    fn colour(self) -> Color {
        let [red, green, blue, alpha] = self.0.map(|value| value.clamp(0.0, 1.0));
        Color::from_rgba(red, green, blue, alpha).expect("clamped to what a colour may be")
    }
}

pub(super) struct Canvas(Pixmap);

impl Canvas {
    /// Transparent.
    pub(super) fn new() -> Self {
        Self(Pixmap::new(WIDTH, HEIGHT).expect("the size is not zero"))
    }

    pub(super) fn pixels(&self) -> &[u8] {
        self.0.data()
    }

    pub(super) fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, tint: Tint) {
        self.polygon(&[(x, y), (x + width, y), (x + width, y + height), (x, y + height)], tint);
    }

    /// From the first tint at the top to the second at the bottom.
    pub(super) fn shade(
        &mut self,
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        top: Tint,
        bottom: Tint,
    ) {
        let Some(rect) = Rect::from_xywh(x, y, width.max(0.1), height.max(0.1)) else { return };
        let shader = linear((x, y), (x, y + height), &[(0.0, top), (1.0, bottom)]);
        self.0.fill_rect(rect, &paint(shader), scaled(), None);
    }

    pub(super) fn polygon(&mut self, points: &[(f32, f32)], tint: Tint) {
        if let Some(path) = path(points, true) {
            self.fill(&path, Shader::SolidColor(tint.colour()));
        }
    }

    pub(super) fn ellipse(&mut self, x: f32, y: f32, rx: f32, ry: f32, tint: Tint) {
        if let Some(path) = oval(x, y, rx, ry) {
            self.fill(&path, Shader::SolidColor(tint.colour()));
        }
    }

    /// An ellipse lit from the upper left.
    pub(super) fn ball(&mut self, x: f32, y: f32, rx: f32, ry: f32, tint: Tint) {
        let Some(path) = oval(x, y, rx, ry) else { return };
        let radius = rx.max(ry) * 1.5;
        let stops = [(0.0, tint.times(1.18)), (0.55, tint), (1.0, tint.times(0.55))];
        self.fill(&path, radial((x - rx * 0.35, y - ry * 0.35), radius, &stops));
    }

    /// A shape whose left side is lit.
    pub(super) fn body(&mut self, points: &[(f32, f32)], tint: Tint) {
        let Some(path) = smooth(points) else { return };
        let bounds = path.bounds();
        let stops = [(0.0, tint.times(1.1)), (0.5, tint), (1.0, tint.times(0.62))];
        let shader =
            linear((bounds.left(), bounds.top()), (bounds.right(), bounds.bottom()), &stops);
        self.fill(&path, shader);
    }

    pub(super) fn line(&mut self, points: &[(f32, f32)], width: f32, tint: Tint) {
        let Some(path) = path(points, false) else { return };
        let stroke = Stroke {
            width,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        let paint = paint(Shader::SolidColor(tint.colour()));
        self.0.stroke_path(&path, &paint, &stroke, scaled(), None);
    }

    /// Light that adds to what is there.
    pub(super) fn glow(&mut self, x: f32, y: f32, radius: f32, tint: Tint) {
        let Some(path) = oval(x, y, radius, radius) else { return };
        let stops = [(0.0, tint), (0.4, tint.alpha(tint.0[3] * 0.35)), (1.0, tint.alpha(0.0))];
        let mut paint = paint(radial((x, y), radius, &stops));
        paint.blend_mode = BlendMode::Screen;
        self.0.fill_path(&path, &paint, FillRule::Winding, scaled(), None);
    }

    /// A cone of light from a lamp.
    pub(super) fn beam(&mut self, from: (f32, f32), to: (f32, f32), width: f32, tint: Tint) {
        let points = [
            (from.0 - 6.0, from.1),
            (from.0 + 6.0, from.1),
            (to.0 + width, to.1),
            (to.0 - width, to.1),
        ];
        let Some(path) = path(&points, true) else { return };
        let stops = [(0.0, tint), (1.0, tint.alpha(tint.0[3] * 0.12))];
        let mut paint = paint(linear(from, to, &stops));
        paint.blend_mode = BlendMode::Screen;
        self.0.fill_path(&path, &paint, FillRule::Winding, scaled(), None);
    }

    pub(super) fn over(&mut self, layer: &Self) {
        let paint = PixmapPaint::default();
        self.0.draw_pixmap(0, 0, layer.0.as_ref(), &paint, Transform::identity(), None);
    }

    /// Box filters one after the other, close to a Gaussian of about `radius` units.
    pub(super) fn blur(&mut self, radius: usize) {
        let width = WIDTH as usize;
        // Half pixels count, so that a small radius does not vanish.
        let radius = (radius * WIDTH as usize + W as usize / 2) / W as usize;
        let mut spare = vec![0; self.0.data().len()];
        // What is hardly blurred does not show the corners of the box.
        for _ in 0..if radius > 2 { 3 } else { 2 } {
            along_rows(self.0.data(), &mut spare, width, radius);
            along_columns(&spare, self.0.data_mut(), width, radius);
        }
    }

    fn fill(&mut self, path: &Path, shader: Shader<'_>) {
        self.0.fill_path(path, &paint(shader), FillRule::Winding, scaled(), None);
    }
}

/// Averages each pixel with its neighbours in the row.
fn along_rows(from: &[u8], to: &mut [u8], width: usize, radius: usize) {
    let share = share(radius);
    let mut line: Vec<[u32; 4]> = vec![[0; 4]; width + 2 * radius + 1];
    for (pixels, target) in from.chunks_exact(width * 4).zip(to.chunks_exact_mut(width * 4)) {
        for (index, value) in line.iter_mut().enumerate() {
            let x = index.saturating_sub(radius).min(width - 1) * 4;
            *value = [pixels[x], pixels[x + 1], pixels[x + 2], pixels[x + 3]].map(u32::from);
        }
        let mut sums = [0; 4];
        for value in &line[..2 * radius + 1] {
            for (sum, entering) in sums.iter_mut().zip(value) {
                *sum += entering;
            }
        }
        let moving = line.iter().zip(line[2 * radius..].iter().skip(1).chain([&[0; 4]]));
        for (pixel, (leaving, entering)) in target.chunks_exact_mut(4).zip(moving) {
            for channel in 0..4 {
                pixel[channel] = mean(sums[channel], share);
                sums[channel] = (sums[channel] + entering[channel]).wrapping_sub(leaving[channel]);
            }
        }
    }
}

/// Averages each pixel with its neighbours in the column, row by row as memory lies.
fn along_columns(from: &[u8], to: &mut [u8], width: usize, radius: usize) {
    let share = share(radius);
    let rows: Vec<&[u8]> = from.chunks_exact(width * 4).collect();
    let row = |index: usize| rows[index.saturating_sub(radius).min(rows.len() - 1)];
    let mut sums = vec![0_u32; width * 4];
    for index in 0..=2 * radius {
        for (sum, value) in sums.iter_mut().zip(row(index)) {
            *sum += u32::from(*value);
        }
    }
    for (index, target) in to.chunks_exact_mut(width * 4).enumerate() {
        let (leaving, entering) = (row(index), row(index + 2 * radius + 1));
        for (((value, sum), entering), leaving) in
            target.iter_mut().zip(&mut sums).zip(entering).zip(leaving)
        {
            *value = mean(*sum, share);
            *sum = *sum + u32::from(*entering) - u32::from(*leaving);
        }
    }
}

/// One part of the window, with 16 bits behind the point.
fn share(radius: usize) -> u32 {
    (1 << 16) / u32::try_from(2 * radius + 1).expect("a few pixels")
}

fn mean(sum: u32, share: u32) -> u8 {
    u8::try_from((sum * share + (1 << 15)) >> 16).expect("a mean of bytes")
}

fn scaled() -> Transform {
    Transform::from_scale(SCALE, SCALE)
}

fn paint(shader: Shader<'_>) -> Paint<'_> {
    Paint { shader, anti_alias: true, ..Paint::default() }
}

fn path(points: &[(f32, f32)], closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    let (first, rest) = points.split_first()?;
    builder.move_to(first.0, first.1);
    for (x, y) in rest {
        builder.line_to(*x, *y);
    }
    if closed {
        builder.close();
    }
    builder.finish()
}

/// Rounded through the middles of the edges.
fn smooth(points: &[(f32, f32)]) -> Option<Path> {
    let middle = |a: (f32, f32), b: (f32, f32)| ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
    let mut builder = PathBuilder::new();
    let start = middle(*points.last()?, points[0]);
    builder.move_to(start.0, start.1);
    for (index, point) in points.iter().enumerate() {
        let end = middle(*point, points[(index + 1) % points.len()]);
        builder.quad_to(point.0, point.1, end.0, end.1);
    }
    builder.close();
    builder.finish()
}

fn oval(x: f32, y: f32, rx: f32, ry: f32) -> Option<Path> {
    PathBuilder::from_oval(Rect::from_xywh(x - rx, y - ry, 2.0 * rx, 2.0 * ry)?)
}

fn linear(from: (f32, f32), to: (f32, f32), stops: &[(f32, Tint)]) -> Shader<'static> {
    let last = stops.last().map_or(Color::BLACK, |stop| stop.1.colour());
    LinearGradient::new(
        point(from),
        point(to),
        gradient(stops),
        SpreadMode::Pad,
        Transform::identity(),
    )
    .unwrap_or(Shader::SolidColor(last))
}

fn radial(middle: (f32, f32), radius: f32, stops: &[(f32, Tint)]) -> Shader<'static> {
    let last = stops.last().map_or(Color::BLACK, |stop| stop.1.colour());
    RadialGradient::new(
        point(middle),
        0.0,
        point(middle),
        radius,
        gradient(stops),
        SpreadMode::Pad,
        Transform::identity(),
    )
    .unwrap_or(Shader::SolidColor(last))
}

fn point((x, y): (f32, f32)) -> Point {
    Point::from_xy(x, y)
}

fn gradient(stops: &[(f32, Tint)]) -> Vec<GradientStop> {
    stops.iter().map(|(position, tint)| GradientStop::new(*position, tint.colour())).collect()
}
