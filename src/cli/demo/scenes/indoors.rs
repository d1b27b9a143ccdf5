//! A stage, a laboratory, an exhibition, a seminar hall.

use crate::cli::demo::canvas::{Canvas, H, Tint, W};
use crate::cli::demo::chance::Chance;
use crate::cli::demo::people::{Person, Pose};

const WHITE: Tint = Tint::hex(0xf4f1ea);

pub(in crate::cli::demo) fn stage(chance: &mut Chance) -> Canvas {
    let curtain = *chance.pick(&[
        Tint::hex(0x5a1220),
        Tint::hex(0x14284a),
        Tint::hex(0x2a1545),
        Tint::hex(0x123b33),
    ]);
    let mut canvas = Canvas::new();
    canvas.shade(0.0, 0.0, W, H, curtain.times(0.35), curtain.times(0.75));
    let folds = 26 + chance.below(12);
    for fold in 0..folds {
        let x = W * fold as f32 / folds as f32;
        let width = W / folds as f32;
        canvas.shade(
            x,
            0.0,
            width * 0.45,
            640.0,
            curtain.times(chance.between(0.5, 0.75)),
            curtain.times(1.05),
        );
        canvas.rect(x + width * 0.8, 0.0, width * 0.2, 640.0, Tint::hex(0).alpha(0.28));
    }
    banner(&mut canvas, chance);
    canvas.blur(3);
    let floor = Tint::hex(0x4a2f1d);
    canvas.shade(0.0, 630.0, W, H - 630.0, floor.times(1.25), floor.times(0.35));
    for board in 0..14 {
        let x = W * board as f32 / 13.0;
        canvas.line(
            &[(W / 2.0 + (x - W / 2.0) * 0.8, 632.0), (W / 2.0 + (x - W / 2.0) * 1.9, H)],
            1.5,
            Tint::hex(0).alpha(0.25),
        );
    }
    let lamp = *chance.pick(&[Tint::hex(0xffd9a0), Tint::hex(0xcfe4ff), Tint::hex(0xffc0e0)]);
    let people = 1 + chance.below(6);
    let mut performers = Canvas::new();
    let uniform = *chance.pick(&[
        Tint::hex(0xb8322a),
        Tint::hex(0xd9a02a),
        Tint::hex(0xe8e4da),
        Tint::hex(0x1f7a5c),
    ]);
    let in_costume = chance.is(0.5);
    for number in 0..people {
        let share = (number as f32 + 0.5) / people as f32;
        let x = W * (0.5 + (share - 0.5) * 0.75) + chance.between(-25.0, 25.0);
        let pose = *chance.pick(&[Pose::Standing, Pose::Holding, Pose::Pointing, Pose::Holding]);
        let mut person = Person::any(chance);
        if in_costume {
            person = person.wearing(uniform, uniform.times(0.6));
        }
        let depth = chance.between(0.0, 60.0);
        person.lit(0.42).draw(&mut performers, x, 690.0 + depth, 250.0 + depth * 0.8, pose);
    }
    performers.blur(2);
    // The lamps stand behind: haze first, people before it.
    for _ in 0..4 {
        canvas.glow(
            W * chance.between(0.15, 0.85),
            chance.between(380.0, 640.0),
            chance.between(220.0, 420.0),
            lamp.alpha(0.4),
        );
    }
    canvas.over(&performers);
    let mut light = Canvas::new();
    light.over(&canvas);
    for beam in 0..3 + chance.below(3) {
        let from = (W * chance.between(0.05, 0.95), -20.0);
        let to = (W * (0.2 + 0.15 * beam as f32), 740.0);
        light.beam(from, to, chance.between(90.0, 190.0), lamp.alpha(0.34));
        light.glow(from.0, 6.0, chance.between(60.0, 110.0), WHITE.alpha(0.95));
    }
    for _ in 0..5 {
        light.glow(
            W * chance.unit(),
            chance.between(0.0, 90.0),
            chance.between(24.0, 60.0),
            lamp.alpha(0.8),
        );
    }
    light.glow(W / 2.0, 660.0, 420.0, lamp.alpha(0.22));
    for _ in 0..14 {
        bokeh(&mut light, chance, 0.0, 330.0, lamp);
    }
    light.blur(2);
    let mut audience = Canvas::new();
    for row in 0..2 {
        for seat in 0..13 {
            let x = W * (seat as f32 + chance.between(-0.2, 0.2)) / 12.0 + row as f32 * 40.0;
            let y = 880.0 + row as f32 * 70.0 + chance.between(-14.0, 14.0);
            Person::any(chance).away().lit(0.13).bust(
                &mut audience,
                x,
                y,
                52.0 + row as f32 * 18.0,
            );
        }
    }
    audience.blur(5);
    light.over(&audience);
    light
}

/// A lamp out of focus.
fn bokeh(canvas: &mut Canvas, chance: &mut Chance, top: f32, bottom: f32, tint: Tint) {
    let (x, y) = (W * chance.unit(), chance.between(top, bottom));
    let radius = chance.between(9.0, 30.0);
    let light = tint.towards(WHITE, chance.unit() * 0.6);
    canvas.ellipse(x, y, radius, radius, light.alpha(chance.between(0.12, 0.42)));
    canvas.glow(x, y, radius * 2.2, light.alpha(0.25));
}

fn banner(canvas: &mut Canvas, chance: &mut Chance) {
    let (x, width) = (W * 0.27, W * 0.46);
    let paper = *chance.pick(&[
        Tint::hex(0xe9e3d2),
        Tint::hex(0x1e4d8c),
        Tint::hex(0xb3541e),
        Tint::hex(0xd8dfe6),
    ]);
    canvas.shade(x, 90.0, width, 200.0, paper, paper.times(0.8));
    let ink = if paper.0[0] > 0.7 { Tint::hex(0x8c1d2b) } else { WHITE };
    canvas.ellipse(x + 55.0, 145.0, 30.0, 30.0, ink.alpha(0.85));
    canvas.ellipse(x + width - 55.0, 145.0, 30.0, 30.0, ink.alpha(0.6));
    words(canvas, chance, (x + 110.0, 130.0), width - 220.0, 26.0, ink);
    words(canvas, chance, (x + 60.0, 190.0), width - 120.0, 34.0, ink);
    words(canvas, chance, (x + 130.0, 245.0), width - 260.0, 16.0, ink.alpha(0.8));
}

/// A line of letters that nobody can read from here.
fn words(
    canvas: &mut Canvas,
    chance: &mut Chance,
    at: (f32, f32),
    width: f32,
    size: f32,
    ink: Tint,
) {
    let mut x = at.0;
    while x < at.0 + width {
        let letters = 2 + chance.below(8);
        for _ in 0..letters {
            let stroke = size * chance.between(0.22, 0.5);
            canvas.rect(
                x,
                at.1 - size / 2.0 + size * chance.between(0.0, 0.25),
                stroke * 0.7,
                size * chance.between(0.6, 0.9),
                ink,
            );
            x += stroke + size * 0.12;
            if x > at.0 + width {
                return;
            }
        }
        x += size * 0.5;
    }
}

pub(in crate::cli::demo) fn lab(chance: &mut Chance) -> Canvas {
    let wall = *chance.pick(&[Tint::hex(0xd8d6cc), Tint::hex(0xc7d3d6), Tint::hex(0xd9cdb8)]);
    let mut canvas = Canvas::new();
    canvas.shade(0.0, 0.0, W, 560.0, wall, wall.times(0.86));
    canvas.shade(0.0, 540.0, W, H - 540.0, Tint::hex(0x8d8a84), Tint::hex(0x55524d));
    for pane in 0..4 {
        let x = 60.0 + pane as f32 * 310.0 + chance.between(-20.0, 20.0);
        canvas.shade(x, 70.0, 210.0, 250.0, Tint::hex(0xf7fbff), Tint::hex(0xd5e6d0));
        canvas.rect(x + 100.0, 70.0, 10.0, 250.0, wall.times(0.6));
        canvas.rect(x, 190.0, 210.0, 8.0, wall.times(0.6));
    }
    for tube in 0..3 {
        canvas.rect(130.0 + tube as f32 * 400.0, 18.0, 220.0, 14.0, WHITE);
    }
    canvas.rect(0.0, 400.0, W, 26.0, Tint::hex(0x6b4a30));
    for item in 0..12 {
        let x = item as f32 * 110.0 + chance.between(0.0, 40.0);
        let height = chance.between(30.0, 90.0);
        let tint = *chance.pick(&[
            Tint::hex(0x35506b),
            Tint::hex(0xb9b2a4),
            Tint::hex(0x7a3030),
            Tint::hex(0x2b2f33),
            Tint::hex(0x4f7a5a),
        ]);
        canvas.shade(
            x,
            400.0 - height,
            chance.between(36.0, 80.0),
            height,
            tint.times(1.15),
            tint.times(0.7),
        );
    }
    canvas.blur(9);
    for pane in 0..4 {
        canvas.glow(165.0 + pane as f32 * 310.0, 190.0, 330.0, WHITE.alpha(0.5));
    }
    let mut people = Canvas::new();
    for number in 0..2 + chance.below(3) {
        let x = 190.0 + number as f32 * 290.0 + chance.between(-50.0, 50.0);
        let pose = if chance.is(0.7) { Pose::Holding } else { Pose::Pointing };
        Person::any(chance).lit(0.72).draw(
            &mut people,
            x,
            860.0,
            chance.between(470.0, 540.0),
            pose,
        );
    }
    people.blur(7);
    canvas.over(&people);
    bench(&mut canvas, chance);
    canvas
}

fn bench(canvas: &mut Canvas, chance: &mut Chance) {
    let mut layer = Canvas::new();
    let top = *chance.pick(&[Tint::hex(0x7d5a3a), Tint::hex(0x9a9c9e), Tint::hex(0x2f3a40)]);
    layer.polygon(&[(0.0, 720.0), (W, 700.0), (W, 800.0), (0.0, 840.0)], top.times(1.1));
    layer.shade(0.0, 815.0, W, H - 815.0, top.times(0.6), top.times(0.35));
    for number in 0..2 + chance.below(2) {
        let x = 90.0 + number as f32 * 400.0 + chance.between(0.0, 80.0);
        let y = 560.0 + chance.between(-10.0, 20.0);
        layer.rect(x + 80.0, y + 150.0, 50.0, 60.0, Tint::hex(0x1c1d20));
        layer.rect(x, y, 215.0, 155.0, Tint::hex(0x16171a));
        let screen = *chance.pick(&[Tint::hex(0x10243c), Tint::hex(0xe8eef2), Tint::hex(0x0f2b22)]);
        layer.shade(x + 9.0, y + 9.0, 197.0, 130.0, screen.times(1.3), screen);
        for line in 0..9 {
            let length = chance.between(30.0, 150.0);
            let ink = *chance.pick(&[
                Tint::hex(0x62d6a8),
                Tint::hex(0x7fb2ff),
                Tint::hex(0xe0b050),
                Tint::hex(0x8892a0),
            ]);
            layer.rect(
                x + 20.0 + 12.0 * (line % 3) as f32,
                y + 20.0 + line as f32 * 13.0,
                length,
                5.0,
                ink,
            );
        }
    }
    for _ in 0..7 {
        let (x, y) = (W * chance.unit(), chance.between(735.0, 800.0));
        let (width, height) = (chance.between(40.0, 120.0), chance.between(18.0, 60.0));
        let tint = *chance.pick(&[
            Tint::hex(0x1f6f4a),
            Tint::hex(0x33363b),
            Tint::hex(0xc9c4b8),
            Tint::hex(0x2a5caa),
            Tint::hex(0xb23a2e),
        ]);
        layer.shade(x, y - height, width, height, tint.times(1.2), tint.times(0.6));
        layer.glow(x + 10.0, y - height + 8.0, 14.0, Tint::hex(0xff4030).alpha(0.9));
        let bow = chance.between(-90.0, 90.0);
        layer.line(
            &[(x, y), (x + bow * 0.5, y + 18.0), (x + bow, y + 10.0), (x + bow * 2.0, y + 22.0)],
            3.5,
            *chance.pick(&[Tint::hex(0xc22a2a), Tint::hex(0x202020), Tint::hex(0xd8b020)]),
        );
    }
    layer.blur(1);
    canvas.over(&layer);
}

pub(in crate::cli::demo) fn posters(chance: &mut Chance) -> Canvas {
    let wall = *chance.pick(&[Tint::hex(0xcfc8ba), Tint::hex(0xb9c4c9), Tint::hex(0xd6cfc9)]);
    let mut canvas = Canvas::new();
    canvas.shade(0.0, 0.0, W, 720.0, wall.times(1.05), wall.times(0.85));
    canvas.shade(0.0, 700.0, W, H - 700.0, Tint::hex(0x9b8f80), Tint::hex(0x5d5348));
    let slant = chance.between(-26.0, 26.0);
    for number in 0..4 {
        let x = 40.0 + number as f32 * 315.0 + chance.between(-12.0, 12.0);
        poster(&mut canvas, chance, (x, 120.0 + slant * number as f32 / 3.0), (265.0, 390.0));
    }
    canvas.blur(2);
    for lamp in 0..4 {
        canvas.glow(170.0 + lamp as f32 * 315.0, 40.0, 260.0, Tint::hex(0xfff0d0).alpha(0.4));
    }
    let mut people = Canvas::new();
    for number in 0..3 + chance.below(3) {
        let x = 130.0 + number as f32 * 245.0 + chance.between(-60.0, 60.0);
        let size = chance.between(560.0, 660.0);
        let person = Person::any(chance);
        let (person, pose) = if chance.is(0.85) {
            (person.away(), Pose::Standing)
        } else {
            (person, *chance.pick(&[Pose::Pointing, Pose::Holding]))
        };
        person.lit(0.62).draw(&mut people, x, 1_040.0 + chance.between(0.0, 60.0), size, pose);
    }
    people.blur(8);
    canvas.over(&people);
    canvas
}

fn poster(canvas: &mut Canvas, chance: &mut Chance, at: (f32, f32), size: (f32, f32)) {
    let ((x, y), (width, height)) = (at, size);
    canvas.rect(x + 7.0, y + 9.0, width, height, Tint::hex(0).alpha(0.28));
    canvas.rect(x, y, width, height, Tint::hex(0xf6f4ee));
    let head = *chance.pick(&[
        Tint::hex(0x1d4e89),
        Tint::hex(0x7a1f3d),
        Tint::hex(0x1f6f4a),
        Tint::hex(0xc26a1b),
        Tint::hex(0x4b2f7a),
    ]);
    canvas.rect(x, y, width, 62.0, head);
    words(canvas, chance, (x + 20.0, y + 24.0), width - 50.0, 18.0, WHITE);
    words(canvas, chance, (x + 50.0, y + 47.0), width - 110.0, 9.0, WHITE.alpha(0.8));
    for column in 0..2 {
        let left = x + 16.0 + column as f32 * (width / 2.0 - 6.0);
        let wide = width / 2.0 - 26.0;
        let mut top = y + 82.0;
        while top < y + height - 60.0 {
            if chance.is(0.3) {
                let tall = chance.between(46.0, 84.0).min(y + height - 14.0 - top);
                let tint = *chance.pick(&[
                    Tint::hex(0x7fa3c4),
                    Tint::hex(0xa5c48a),
                    Tint::hex(0xd2a679),
                    Tint::hex(0x8f8fa8),
                ]);
                canvas.shade(left, top, wide, tall, tint, tint.times(0.7));
                for bar in 0..5 {
                    let high = tall * chance.between(0.2, 0.8);
                    canvas.rect(
                        left + 8.0 + bar as f32 * wide / 5.5,
                        top + tall - high,
                        wide / 8.0,
                        high,
                        head.alpha(0.8),
                    );
                }
                top += tall + 10.0;
            } else {
                canvas.rect(
                    left,
                    top,
                    wide * chance.between(0.6, 1.0),
                    4.0,
                    Tint::hex(0x55585e).alpha(0.75),
                );
                top += 10.0;
            }
        }
    }
}

pub(in crate::cli::demo) fn hall(chance: &mut Chance) -> Canvas {
    let wall = *chance.pick(&[Tint::hex(0x8f8779), Tint::hex(0x6f7f88), Tint::hex(0x94806a)]);
    let mut canvas = Canvas::new();
    canvas.shade(0.0, 0.0, W, H, wall.times(1.0), wall.times(0.6));
    for panel in 0..9 {
        canvas.rect(panel as f32 * 150.0, 0.0, 4.0, 560.0, Tint::hex(0).alpha(0.15));
    }
    let (x, y) = (W * chance.between(0.25, 0.36), 95.0);
    canvas.rect(x - 8.0, y - 8.0, 536.0, 326.0, Tint::hex(0x22242a));
    let slide = *chance.pick(&[Tint::hex(0xf3f6fa), Tint::hex(0xeaf2e6), Tint::hex(0x17304f)]);
    canvas.rect(x, y, 520.0, 310.0, slide);
    let ink = if slide.0[0] > 0.5 { Tint::hex(0x23406b) } else { WHITE };
    words(&mut canvas, chance, (x + 36.0, y + 50.0), 330.0, 30.0, ink);
    for bullet in 0..4 {
        let top = y + 110.0 + bullet as f32 * 46.0;
        canvas.ellipse(x + 44.0, top, 6.0, 6.0, ink);
        let length = chance.between(180.0, 300.0);
        words(&mut canvas, chance, (x + 64.0, top), length, 15.0, ink.alpha(0.8));
    }
    canvas.shade(x + 380.0, y + 110.0, 110.0, 150.0, Tint::hex(0x6aa0c8), Tint::hex(0x2f5f86));
    canvas.blur(2);
    canvas.glow(x + 260.0, y + 150.0, 460.0, WHITE.alpha(0.3));
    for tube in 0..3 {
        canvas.glow(200.0 + tube as f32 * 430.0, 8.0, 120.0, WHITE.alpha(0.8));
    }
    let mut speaker = Canvas::new();
    let stand = x + 640.0;
    Person::any(chance).lit(0.8).draw(&mut speaker, stand, 560.0, 270.0, Pose::Pointing);
    speaker.shade(stand - 140.0, 440.0, 84.0, 130.0, Tint::hex(0x7a4a2a), Tint::hex(0x4a2a16));
    speaker.blur(3);
    canvas.over(&speaker);
    for row in 0..4 {
        let mut layer = Canvas::new();
        let size = 44.0 + row as f32 * 24.0;
        let seats = 12 - row * 2;
        for seat in 0..=seats {
            if chance.is(0.12) {
                continue;
            }
            let across = W * (seat as f32 + if row % 2 == 0 { 0.0 } else { 0.5 }) / seats as f32;
            let up = 590.0 + row as f32 * 105.0 + chance.between(-9.0, 9.0);
            Person::any(chance).away().lit(0.66 - row as f32 * 0.12).bust(
                &mut layer,
                across + chance.between(-12.0, 12.0),
                up,
                size,
            );
        }
        layer.blur([2, 3, 5, 9][row]);
        canvas.over(&layer);
    }
    canvas
}
