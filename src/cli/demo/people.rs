//! People as a phone sees them from some metres away.

use super::canvas::{Canvas, Tint};
use super::chance::Chance;

const SKINS: [Tint; 5] = [
    Tint::hex(0x8a5a3c),
    Tint::hex(0x9c6b48),
    Tint::hex(0x7a4a30),
    Tint::hex(0xb07f5a),
    Tint::hex(0x68402a),
];
const CLOTHES: [Tint; 12] = [
    Tint::hex(0xd9dde2),
    Tint::hex(0x2f4f7f),
    Tint::hex(0x8c2f39),
    Tint::hex(0x3b6b4b),
    Tint::hex(0xc98a2b),
    Tint::hex(0x5a3d7a),
    Tint::hex(0x2b2b30),
    Tint::hex(0xb7c4d3),
    Tint::hex(0xcf6b3f),
    Tint::hex(0x1f7a8c),
    Tint::hex(0xe3c7b1),
    Tint::hex(0x9aa0a8),
];
const TROUSERS: [Tint; 5] = [
    Tint::hex(0x23262e),
    Tint::hex(0x2d3a55),
    Tint::hex(0x4a4238),
    Tint::hex(0x6b6f76),
    Tint::hex(0x1b1d22),
];
const HAIR: Tint = Tint::hex(0x17120f);

/// What somebody does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pose {
    /// Arms at the sides.
    Standing,
    /// One arm raised, at a board or in a speech.
    Pointing,
    /// Both hands before the chest: a tool, a tray, a certificate.
    Holding,
    /// Legs apart, arms swinging.
    Running,
    /// Bent towards the ground.
    Bending,
}

/// How somebody looks.
#[derive(Clone, Copy)]
pub(super) struct Person {
    shirt: Tint,
    trousers: Tint,
    skin: Tint,
    long_hair: bool,
    kurta: bool,
    away: bool,
    mirrored: bool,
    lean: f32,
}

impl Person {
    pub(super) fn any(chance: &mut Chance) -> Self {
        let long_hair = chance.is(0.45);
        Self {
            shirt: *chance.pick(&CLOTHES),
            trousers: *chance.pick(&TROUSERS),
            skin: *chance.pick(&SKINS),
            long_hair,
            kurta: long_hair && chance.is(0.75) || chance.is(0.1),
            away: false,
            mirrored: chance.is(0.5),
            lean: chance.between(-0.02, 0.02),
        }
    }

    /// All of a team wear the same.
    pub(super) fn wearing(self, shirt: Tint, trousers: Tint) -> Self {
        Self { shirt, trousers, kurta: false, ..self }
    }

    /// Seen from behind.
    pub(super) fn away(self) -> Self {
        Self { away: true, ..self }
    }

    /// In the light of the place.
    pub(super) fn lit(self, factor: f32) -> Self {
        Self {
            shirt: self.shirt.times(factor),
            trousers: self.trousers.times(factor),
            skin: self.skin.times(factor),
            ..self
        }
    }

    /// Feet at (`x`, `y`), `height` tall, all in pixels.
    pub(super) fn draw(self, canvas: &mut Canvas, x: f32, y: f32, height: f32, pose: Pose) {
        let side = if self.mirrored { -1.0 } else { 1.0 };
        // From shares of the height, upwards and to the side somebody faces.
        let at =
            |across: f32, up: f32| (x + side * height * (across + self.lean * up), y - height * up);
        canvas.ellipse(x, y, height * 0.19, height * 0.025, Tint::hex(0).alpha(0.3));
        if pose == Pose::Bending {
            self.bending(canvas, height, &at);
            return;
        }
        self.legs(canvas, height, pose, &at);
        self.torso(canvas, pose, &at);
        self.arms(canvas, height, pose, &at);
        self.head(canvas, at(0.0, 0.925), height);
    }

    /// Head and shoulders only, as one sees the rows before oneself.
    pub(super) fn bust(self, canvas: &mut Canvas, x: f32, y: f32, height: f32) {
        let w = height;
        let points = [
            (x - w * 0.75, y + w * 0.9),
            (x - w * 0.72, y + w * 0.28),
            (x - w * 0.3, y + w * 0.05),
            (x + w * 0.3, y + w * 0.05),
            (x + w * 0.72, y + w * 0.28),
            (x + w * 0.75, y + w * 0.9),
        ];
        canvas.body(&points, self.shirt);
        self.head(canvas, (x, y - w * 0.3), w * 7.2);
    }

    fn legs(
        self,
        canvas: &mut Canvas,
        height: f32,
        pose: Pose,
        at: &impl Fn(f32, f32) -> (f32, f32),
    ) {
        let width = height * 0.072;
        let shoe = Tint::hex(0x1c1a1a);
        let (left, right) = match pose {
            Pose::Running => (
                vec![at(-0.03, 0.5), at(-0.13, 0.3), at(-0.27, 0.2)],
                vec![at(0.03, 0.5), at(0.14, 0.33), at(0.1, 0.04)],
            ),
            _ => (
                vec![at(-0.055, 0.5), at(-0.06, 0.25), at(-0.065, 0.03)],
                vec![at(0.055, 0.5), at(0.06, 0.25), at(0.065, 0.03)],
            ),
        };
        for leg in [left, right] {
            canvas.line(&leg, width, self.trousers);
            let inner: Vec<_> = leg.iter().map(|(x, y)| (x + width * 0.25, *y)).collect();
            canvas.line(&inner, width * 0.35, self.trousers.times(0.7));
            let foot = leg[leg.len() - 1];
            canvas.ellipse(
                foot.0 + height * 0.012,
                foot.1 + height * 0.015,
                height * 0.05,
                height * 0.022,
                shoe,
            );
        }
    }

    fn torso(self, canvas: &mut Canvas, pose: Pose, at: &impl Fn(f32, f32) -> (f32, f32)) {
        let hem = match (self.kurta, pose) {
            (true, Pose::Running) => 0.42,
            (true, _) => 0.3,
            (false, _) => 0.45,
        };
        let flare = if self.kurta { 0.125 } else { 0.1 };
        let points = [
            at(-0.04, 0.865),
            at(-0.125, 0.835),
            at(-0.095, 0.62),
            at(-flare, hem),
            at(flare, hem),
            at(0.095, 0.62),
            at(0.125, 0.835),
            at(0.04, 0.865),
        ];
        canvas.body(&points, self.shirt);
        if self.kurta && !self.away {
            // The scarf over one shoulder.
            let scarf = self.trousers.towards(self.shirt, 0.35).times(1.5);
            canvas.line(
                &[at(-0.07, 0.83), at(-0.02, 0.66), at(-0.09, 0.42)],
                5.0 + (at(0.0, 0.0).1 - at(0.0, 1.0).1) * 0.022,
                scarf,
            );
        }
    }

    fn arms(
        self,
        canvas: &mut Canvas,
        height: f32,
        pose: Pose,
        at: &impl Fn(f32, f32) -> (f32, f32),
    ) {
        let arms = match pose {
            Pose::Standing | Pose::Bending => [
                [at(-0.1, 0.8), at(-0.13, 0.63), at(-0.125, 0.47)],
                [at(0.1, 0.8), at(0.13, 0.63), at(0.125, 0.47)],
            ],
            Pose::Pointing => [
                [at(-0.1, 0.8), at(-0.15, 0.62), at(-0.12, 0.48)],
                [at(0.1, 0.8), at(0.23, 0.8), at(0.33, 0.92)],
            ],
            Pose::Holding => [
                [at(-0.1, 0.8), at(-0.15, 0.64), at(-0.03, 0.66)],
                [at(0.1, 0.8), at(0.15, 0.64), at(0.04, 0.66)],
            ],
            Pose::Running => [
                [at(-0.11, 0.79), at(-0.22, 0.68), at(-0.16, 0.56)],
                [at(0.11, 0.79), at(0.2, 0.66), at(0.3, 0.74)],
            ],
        };
        for arm in arms {
            canvas.line(&arm, height * 0.036, self.skin.times(0.9));
            canvas.line(&arm[..2], height * 0.05, self.shirt.times(0.86));
            canvas.ball(arm[2].0, arm[2].1, height * 0.02, height * 0.025, self.skin);
        }
    }

    fn bending(self, canvas: &mut Canvas, height: f32, at: &impl Fn(f32, f32) -> (f32, f32)) {
        self.legs(canvas, height, Pose::Standing, at);
        canvas.body(
            &[
                at(-0.12, 0.42),
                at(-0.1, 0.6),
                at(0.1, 0.66),
                at(0.3, 0.56),
                at(0.28, 0.43),
                at(0.05, 0.4),
            ],
            self.shirt,
        );
        canvas.line(&[at(0.24, 0.5), at(0.3, 0.33), at(0.33, 0.2)], height * 0.05, self.skin);
        self.head(canvas, at(0.36, 0.56), height);
    }

    fn head(self, canvas: &mut Canvas, (x, y): (f32, f32), height: f32) {
        let r = height * 0.05;
        let face = if self.mirrored { -1.0 } else { 1.0 };
        if self.long_hair {
            canvas.ellipse(x, y + r * 0.6, r * 1.1, r * 1.8, HAIR);
        }
        if self.away && self.long_hair {
            canvas.ball(x, y + r * 0.3, r, r * 1.5, HAIR.times(1.7));
            return;
        }
        canvas.rect(x - r * 0.42, y + r * 0.6, r * 0.84, r * 1.1, self.skin.times(0.72));
        if self.away {
            canvas.ball(x, y, r, r * 1.22, HAIR.times(1.9));
            return;
        }
        canvas.ellipse(x, y - r * 0.22, r * 1.08, r * 1.2, HAIR);
        canvas.ball(x + face * r * 0.06, y + r * 0.12, r * 0.9, r * 1.1, self.skin);
        canvas.ellipse(x, y - r * 0.78, r * 0.86, r * 0.5, HAIR);
        for eye in [-0.36, 0.36] {
            let middle = x + r * (eye + face * 0.1);
            canvas.ellipse(middle, y + r * 0.02, r * 0.13, r * 0.08, HAIR.alpha(0.8));
            canvas.line(
                &[(middle - r * 0.17, y - r * 0.17), (middle + r * 0.17, y - r * 0.18)],
                r * 0.08,
                HAIR.alpha(0.6),
            );
        }
        let mouth = x + face * r * 0.1;
        canvas.line(
            &[(mouth - r * 0.24, y + r * 0.62), (mouth + r * 0.24, y + r * 0.6)],
            r * 0.13,
            Tint::hex(0x6b2b26).alpha(0.75),
        );
        canvas.line(
            &[(mouth + r * 0.02, y + r * 0.08), (mouth + r * 0.08 * face, y + r * 0.34)],
            r * 0.1,
            self.skin.times(0.7),
        );
    }
}
