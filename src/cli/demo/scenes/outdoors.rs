//! A sports field, a group before a building, work under trees.

use crate::cli::demo::canvas::{Canvas, H, Tint, W};
use crate::cli::demo::chance::Chance;
use crate::cli::demo::people::{Person, Pose};

const WHITE: Tint = Tint::hex(0xf7f5ef);

fn sky(canvas: &mut Canvas, chance: &mut Chance, horizon: f32) {
    let (top, bottom) = *chance.pick(&[
        (Tint::hex(0x7fb2e0), Tint::hex(0xe6eff2)),
        (Tint::hex(0xa9bccb), Tint::hex(0xeee6d8)),
        (Tint::hex(0x5f97cf), Tint::hex(0xdbe8f0)),
        (Tint::hex(0xd9a77a), Tint::hex(0xf6e3c2)),
    ]);
    canvas.shade(0.0, 0.0, W, horizon + 2.0, top, bottom);
    for _ in 0..9 {
        let (x, y) = (W * chance.unit(), horizon * chance.between(0.05, 0.7));
        canvas.ellipse(
            x,
            y,
            chance.between(90.0, 260.0),
            chance.between(14.0, 44.0),
            WHITE.alpha(0.22),
        );
    }
}

/// A row of trees as blobs of leaves, lit from above.
fn trees(canvas: &mut Canvas, chance: &mut Chance, ground: f32, height: f32) {
    let green = *chance.pick(&[Tint::hex(0x4c6b3a), Tint::hex(0x5c7a3c), Tint::hex(0x3d5f45)]);
    let mut x = -60.0;
    while x < W + 60.0 {
        let tall = height * chance.between(0.55, 1.1);
        canvas.rect(x - 7.0, ground - tall * 0.5, 14.0, tall * 0.5, Tint::hex(0x4a3828));
        for _ in 0..16 {
            let (dx, dy) = (chance.between(-0.55, 0.55) * tall, chance.between(0.3, 1.0) * tall);
            let light = 0.6 + 0.6 * dy / tall;
            let radius = tall * chance.between(0.12, 0.26);
            canvas.ball(
                x + dx,
                ground - dy,
                radius,
                radius * 0.8,
                green.times(light * chance.between(0.85, 1.15)),
            );
        }
        x += tall * chance.between(0.5, 1.0);
    }
}

/// Blades, stones and dust.
fn texture(canvas: &mut Canvas, chance: &mut Chance, top: f32, tint: Tint) {
    for _ in 0..2_600 {
        let share = chance.unit() * chance.unit();
        let y = H - (H - top) * share;
        let size = 1.0 + 7.0 * (y - top) / (H - top);
        let x = W * chance.unit();
        let shade = tint.times(chance.between(0.6, 1.35)).alpha(0.4);
        canvas.line(
            &[(x, y), (x + size * chance.between(-0.8, 0.8), y - size)],
            size * 0.25,
            shade,
        );
    }
}

pub(in crate::cli::demo) fn field(chance: &mut Chance) -> Canvas {
    let horizon = chance.between(330.0, 420.0);
    let mut canvas = Canvas::new();
    sky(&mut canvas, chance, horizon);
    trees(&mut canvas, chance, horizon + 6.0, chance.clone().between(110.0, 190.0));
    if chance.is(0.6) {
        let stand = *chance.pick(&[Tint::hex(0xb8b2a6), Tint::hex(0x8f9aa3)]);
        canvas.shade(W * 0.08, horizon - 90.0, W * 0.5, 96.0, stand, stand.times(0.7));
        for _ in 0..220 {
            let tint = *chance.pick(&[
                Tint::hex(0xb8322a),
                Tint::hex(0xe8e4da),
                Tint::hex(0x2f4f9f),
                Tint::hex(0xd9a02a),
                Tint::hex(0x24262b),
            ]);
            canvas.ellipse(
                W * (0.08 + 0.5 * chance.unit()),
                horizon - chance.between(6.0, 84.0),
                5.0,
                6.0,
                tint,
            );
        }
    }
    let ground = *chance.pick(&[
        Tint::hex(0x5f8a3c),
        Tint::hex(0x6e8f45),
        Tint::hex(0xb5875a),
        Tint::hex(0x4f7f3f),
    ]);
    canvas.shade(0.0, horizon, W, H - horizon, ground.times(1.12), ground.times(0.72));
    canvas.blur(5);
    for band in 0..7 {
        let (near, far) = (W * (band as f32 / 3.5 - 0.5), W * (0.25 + band as f32 / 14.0));
        if band % 2 == 0 {
            canvas.polygon(
                &[(far, horizon), (far + 45.0, horizon), (near + 180.0, H), (near, H)],
                WHITE.alpha(0.05),
            );
        }
    }
    texture(&mut canvas, chance, horizon + 20.0, ground);
    let slope = chance.between(-30.0, 30.0);
    canvas.line(&[(-20.0, 600.0), (W + 20.0, 560.0 + slope)], 6.0, WHITE.alpha(0.8));
    canvas.line(&[(W * 0.2, horizon + 30.0), (-120.0, H)], 9.0, WHITE.alpha(0.75));
    canvas.blur(1);
    goal(&mut canvas, chance, horizon);
    let jerseys = *chance.pick(&[
        (Tint::hex(0xc3282e), Tint::hex(0xe9e6dc)),
        (Tint::hex(0x1f4fa3), Tint::hex(0xe0b32a)),
        (Tint::hex(0x1b7f5b), Tint::hex(0xd86a1e)),
    ]);
    let mut players: Vec<(f32, f32)> = (0..8 + chance.below(7))
        .map(|_| (W * chance.between(0.06, 0.94), chance.between(0.0, 1.0)))
        .collect();
    players.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut layer = Canvas::new();
    for (x, depth) in players {
        let y = horizon + 60.0 + depth * 330.0;
        let shirt = if chance.is(0.5) { jerseys.0 } else { jerseys.1 };
        let pose = *chance.pick(&[Pose::Running, Pose::Running, Pose::Standing, Pose::Pointing]);
        let size = 80.0 + depth * 150.0;
        // The shadow of the low sun.
        layer.line(
            &[(x, y), (x + size * 0.7, y - size * 0.1)],
            size * 0.09,
            Tint::hex(0).alpha(0.28),
        );
        Person::any(chance).wearing(shirt, shirt.times(0.45)).draw(&mut layer, x, y, size, pose);
    }
    let (x, y) = (W * chance.between(0.3, 0.7), chance.between(560.0, 700.0));
    layer.ellipse(x, y + 8.0, 11.0, 3.0, Tint::hex(0).alpha(0.35));
    layer.ball(x, y, 8.0, 8.0, WHITE);
    layer.blur(2);
    canvas.over(&layer);
    spectators(&mut canvas, chance);
    sun(&mut canvas, chance);
    canvas
}

/// Those who stand before the one who takes the photo.
fn spectators(canvas: &mut Canvas, chance: &mut Chance) {
    let mut layer = Canvas::new();
    for _ in 0..2 + chance.below(4) {
        let x = W * chance.between(-0.05, 1.05);
        Person::any(chance).away().lit(0.4).bust(
            &mut layer,
            x,
            H - chance.between(20.0, 90.0),
            chance.between(105.0, 150.0),
        );
    }
    layer.blur(13);
    canvas.over(&layer);
}

/// Low light into the lens.
fn sun(canvas: &mut Canvas, chance: &mut Chance) {
    let (x, y) = (W * chance.between(-0.05, 1.05), chance.between(-60.0, 120.0));
    canvas.glow(
        x,
        y,
        chance.between(520.0, 900.0),
        Tint::hex(0xffe6bd).alpha(chance.between(0.3, 0.7)),
    );
}

fn goal(canvas: &mut Canvas, chance: &mut Chance, horizon: f32) {
    let (x, y) = (W * chance.between(0.62, 0.75), horizon + 80.0);
    for mesh in 0..14 {
        let offset = mesh as f32 * 17.0;
        canvas.line(&[(x + offset, y - 120.0), (x + offset, y)], 1.0, WHITE.alpha(0.4));
    }
    for mesh in 0..7 {
        let offset = mesh as f32 * 17.0;
        canvas.line(
            &[(x, y - 120.0 + offset), (x + 230.0, y - 120.0 + offset)],
            1.0,
            WHITE.alpha(0.4),
        );
    }
    canvas.line(&[(x, y), (x, y - 120.0), (x + 230.0, y - 120.0), (x + 230.0, y)], 6.0, WHITE);
}

pub(in crate::cli::demo) fn group(chance: &mut Chance) -> Canvas {
    let mut canvas = Canvas::new();
    sky(&mut canvas, chance, 260.0);
    let wall = *chance.pick(&[
        Tint::hex(0xd9c3a0),
        Tint::hex(0xc98f6b),
        Tint::hex(0xdcd8cf),
        Tint::hex(0xc7a86b),
    ]);
    canvas.shade(0.0, 110.0, W, 560.0, wall.times(1.05), wall.times(0.8));
    canvas.rect(0.0, 100.0, W, 26.0, wall.times(0.6));
    for floor in 0..2 {
        for window in 0..7 {
            let (x, y) = (50.0 + window as f32 * 180.0, 165.0 + floor as f32 * 190.0);
            canvas.shade(x, y, 96.0, 120.0, Tint::hex(0x55708a), Tint::hex(0x2c3a46));
            canvas.rect(x - 8.0, y + 120.0, 112.0, 12.0, wall.times(1.15));
            canvas.rect(x + 45.0, y, 6.0, 120.0, wall.times(0.7));
        }
    }
    trees(&mut canvas, chance, 660.0, 230.0);
    canvas.blur(6);
    let ground = *chance.pick(&[Tint::hex(0xa99a86), Tint::hex(0x8f8f8b), Tint::hex(0x7f8f5a)]);
    canvas.shade(0.0, 640.0, W, H - 640.0, ground.times(1.1), ground.times(0.75));
    texture(&mut canvas, chance, 660.0, ground);
    canvas.blur(1);
    let uniform = chance.is(0.45);
    let shirt = *chance.pick(&[
        Tint::hex(0xf0eee8),
        Tint::hex(0x24508f),
        Tint::hex(0xd88a22),
        Tint::hex(0x8c1f33),
    ]);
    let holds_banner = chance.is(0.5);
    for row in 0..2 {
        let mut layer = Canvas::new();
        let people = 8 + chance.below(5) + 2 * (1 - row);
        for number in 0..people {
            let x = W * (0.14 + 0.72 * (number as f32 + 0.5) / people as f32)
                + chance.between(-10.0, 10.0);
            let mut person = Person::any(chance);
            if uniform {
                person = person.wearing(shirt, Tint::hex(0x22252d));
            }
            let pose = if chance.is(0.25) { Pose::Holding } else { Pose::Standing };
            let size = 262.0 + row as f32 * 22.0 + chance.between(-18.0, 18.0);
            person.lit(0.8).draw(&mut layer, x, 742.0 + row as f32 * 48.0, size, pose);
        }
        if row == 1 && holds_banner {
            let cloth =
                *chance.pick(&[Tint::hex(0xe9dfc5), Tint::hex(0x1d4e89), Tint::hex(0xb5341f)]);
            layer.shade(W * 0.34, 672.0, W * 0.32, 74.0, cloth, cloth.times(0.82));
            for letter in 0..13 {
                let x = W * 0.355 + letter as f32 * 29.0;
                layer.rect(
                    x,
                    688.0,
                    18.0 * chance.between(0.6, 1.0),
                    22.0,
                    if cloth.0[0] > 0.8 && cloth.0[2] > 0.5 { Tint::hex(0x7a1f2d) } else { WHITE },
                );
                layer.rect(x, 721.0, 19.0, 7.0, WHITE.towards(Tint::hex(0x444444), 0.4).alpha(0.8));
            }
        }
        layer.blur(2);
        canvas.over(&layer);
    }
    sun(&mut canvas, chance);
    canvas
}

pub(in crate::cli::demo) fn outdoors(chance: &mut Chance) -> Canvas {
    let horizon = chance.between(360.0, 450.0);
    let mut canvas = Canvas::new();
    sky(&mut canvas, chance, horizon);
    let hill = Tint::hex(0x8aa0a0);
    let peaks: Vec<(f32, f32)> = (0..=8)
        .map(|peak| (W * peak as f32 / 8.0, horizon - chance.between(20.0, 130.0)))
        .collect();
    let outline: Vec<(f32, f32)> = [(-200.0, horizon + 60.0)]
        .into_iter()
        .chain(peaks)
        .chain([(W + 200.0, horizon + 60.0)])
        .collect();
    canvas.body(&outline, hill);
    trees(&mut canvas, chance, horizon + 40.0, 260.0);
    canvas.blur(5);
    let ground = *chance.pick(&[
        Tint::hex(0x9a7b52),
        Tint::hex(0x7d8a4a),
        Tint::hex(0xa88e6a),
        Tint::hex(0x6f7f45),
    ]);
    canvas.shade(0.0, horizon + 30.0, W, H - horizon - 30.0, ground.times(1.1), ground.times(0.7));
    let bend = W * chance.between(0.3, 0.7);
    canvas.polygon(
        &[
            (bend - 20.0, horizon + 30.0),
            (bend + 30.0, horizon + 30.0),
            (W * 0.85, H),
            (W * 0.25, H),
        ],
        Tint::hex(0xc9b08a).alpha(0.7),
    );
    canvas.blur(2);
    texture(&mut canvas, chance, horizon + 50.0, ground);
    let mut layer = Canvas::new();
    let vests = chance
        .is(0.5)
        .then(|| *chance.pick(&[Tint::hex(0xe2e0d8), Tint::hex(0xe0862a), Tint::hex(0x2f7f5a)]));
    let mut people: Vec<(f32, f32)> =
        (0..6 + chance.below(7)).map(|_| (W * chance.between(0.05, 0.95), chance.unit())).collect();
    people.sort_by(|a, b| a.1.total_cmp(&b.1));
    for (x, depth) in people {
        let mut person = Person::any(chance);
        if let Some(vest) = vests {
            person = person.wearing(vest, Tint::hex(0x2a3140));
        }
        let pose = *chance.pick(&[
            Pose::Bending,
            Pose::Holding,
            Pose::Standing,
            Pose::Bending,
            Pose::Pointing,
        ]);
        let y = horizon + 90.0 + depth * 300.0;
        person.lit(0.78).draw(&mut layer, x, y, 110.0 + depth * 180.0, pose);
        if chance.is(0.5) {
            let plant = x + chance.between(40.0, 90.0);
            for _ in 0..7 {
                let radius = chance.between(8.0, 20.0) * (0.5 + depth);
                layer.ball(
                    plant + chance.between(-22.0, 22.0),
                    y - chance.between(4.0, 40.0),
                    radius,
                    radius,
                    Tint::hex(0x5f8f3f),
                );
            }
        }
    }
    layer.blur(2);
    canvas.over(&layer);
    sun(&mut canvas, chance);
    let mut leaves = Canvas::new();
    let corner = if chance.is(0.5) { 0.0 } else { W };
    for _ in 0..26 {
        let (x, y) = (corner + chance.between(-260.0, 260.0), chance.between(-40.0, 190.0));
        let size = chance.between(26.0, 66.0);
        leaves.ball(x, y, size, size * 0.6, Tint::hex(0x3f5f2a).times(chance.between(0.6, 1.4)));
    }
    leaves.blur(9);
    canvas.over(&leaves);
    canvas
}
