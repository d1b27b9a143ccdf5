//! Shapes, light and blur on a picture of fixed size.

use tiny_skia::{
    BlendMode, Color, FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Paint, Path,
    PathBuilder, Pixmap, PixmapPaint, Point, RadialGradient, Rect, Shader, SpreadMode, Stroke,
    Transform,
};

/// As messengers send photos.
pub(super) const WIDTH: u32 = 1_280;
/// See [`WIDTH`].
pub(super) const HEIGHT: u32 = 960;
pub(super) const W: f32 = WIDTH as f32;
pub(super) const H: f32 = HEIGHT as f32;

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
        self.0.fill_rect(rect, &paint(shader), Transform::identity(), None);
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
        self.0.stroke_path(&path, &paint, &stroke, Transform::identity(), None);
    }

    /// Light that adds to what is there.
    pub(super) fn glow(&mut self, x: f32, y: f32, radius: f32, tint: Tint) {
        let Some(path) = oval(x, y, radius, radius) else { return };
        let stops = [(0.0, tint), (0.4, tint.alpha(tint.0[3] * 0.35)), (1.0, tint.alpha(0.0))];
        let mut paint = paint(radial((x, y), radius, &stops));
        paint.blend_mode = BlendMode::Screen;
        self.0.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None);
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
        self.0.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None);
    }

    pub(super) fn over(&mut self, layer: &Self) {
        let paint = PixmapPaint::default();
        self.0.draw_pixmap(0, 0, layer.0.as_ref(), &paint, Transform::identity(), None);
    }

    /// Three box filters, close to a Gaussian of about `radius` pixels.
    pub(super) fn blur(&mut self, radius: usize) {
        if radius == 0 {
            return;
        }
        let (width, height) = (WIDTH as usize, HEIGHT as usize);
        let mut spare = vec![0; width * height * 4];
        for _ in 0..3 {
            // Each pass transposes, so that both directions run along memory.
            box_filter(self.0.data(), &mut spare, width, height, radius);
            box_filter(&spare, self.0.data_mut(), height, width, radius);
        }
    }

    fn fill(&mut self, path: &Path, shader: Shader<'_>) {
        self.0.fill_path(path, &paint(shader), FillRule::Winding, Transform::identity(), None);
    }
}

/// Averages along the rows and writes them as columns.
fn box_filter(from: &[u8], to: &mut [u8], width: usize, height: usize, radius: usize) {
    // Division by the size of the window, as a multiplication with 16 bits behind the point.
    let share = (1_u32 << 16) / u32::try_from(2 * radius + 1).expect("a few pixels");
    let mut line: Vec<[u32; 4]> = vec![[0; 4]; width + 2 * radius + 2];
    for (row, pixels) in from.chunks_exact(width * 4).enumerate() {
        for (index, value) in line.iter_mut().enumerate() {
            let x = index.saturating_sub(radius).min(width - 1) * 4;
            *value = [pixels[x], pixels[x + 1], pixels[x + 2], pixels[x + 3]].map(u32::from);
        }
        let mut sums = [0; 4];
        for value in &line[..2 * radius + 1] {
            for channel in 0..4 {
                sums[channel] += value[channel];
            }
        }
        for x in 0..width {
            let target = (x * height + row) * 4;
            let mean = sums.map(|sum| ((sum * share + (1 << 15)) >> 16) as u8);
            to[target..target + 4].copy_from_slice(&mean);
            let (enters, leaves) = (line[x + 2 * radius + 1], line[x]);
            for channel in 0..4 {
                sums[channel] = sums[channel] + enters[channel] - leaves[channel];
            }
        }
    }
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
