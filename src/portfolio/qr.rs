//! QR codes as vector pictures (ISO/IEC 18004), level M, smallest version, quiet zone of four.

use std::collections::BTreeMap;

use qrcode::bits::Bits;
use qrcode::types::QrError;
use qrcode::{Color, EcLevel, QrCode, Version};

/// A point of the grid between modules.
type Corner = (usize, usize);

/// Why no code was made.
#[derive(Debug, thiserror::Error)]
pub enum EncodeQrError {
    /// The text needs more than version 40 at level M holds.
    #[error("{0} bytes do not fit in a QR code")]
    TooLong(usize),
    /// The encoder refused.
    #[error("the QR encoder refused the text: {0}")]
    Encoder(QrError),
}

/// Modules of white on each side that a reader needs (ISO/IEC 18004 §9.1).
const QUIET_ZONE: usize = 4;

/// The code of `text` as an SVG file: its part up to the first `#` as bytes, the rest, where it is
/// base32, as alphanumeric characters (5.5 bits each instead of 8).
pub fn svg(text: &str) -> Result<String, EncodeQrError> {
    let code = encode(text)?;
    let side = code.width() + 2 * QUIET_ZONE;
    Ok(format!(
        concat!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">"#,
            r#"<path fill="black" fill-rule="evenodd" d="{path}"/></svg>"#
        ),
        side = side,
        path = outline(&code)
    ))
}

/// An address in the form that fills the smallest code: upper case where the alphanumeric set
/// then holds it. Scheme and host ignore case, and so do our paths under `/C/` and `/colleges/`.
pub fn compact_address(address: &str) -> String {
    let upper = address.to_ascii_uppercase();
    if upper.bytes().all(is_alphanumeric) { upper } else { address.to_owned() }
}

fn encode(text: &str) -> Result<QrCode, EncodeQrError> {
    let (bytes, characters) = segments(text);
    for version in 1..=40 {
        let mut bits = Bits::new(Version::Normal(version));
        let pushed = push(&mut bits, bytes, characters);
        match pushed {
            Ok(()) => return QrCode::with_bits(bits, EcLevel::M).map_err(EncodeQrError::Encoder),
            Err(QrError::DataTooLong) => {}
            Err(error) => return Err(EncodeQrError::Encoder(error)),
        }
    }
    Err(EncodeQrError::TooLong(text.len()))
}

fn push(bits: &mut Bits, bytes: &str, characters: &str) -> Result<(), QrError> {
    if !bytes.is_empty() {
        bits.push_byte_data(bytes.as_bytes())?;
    }
    if !characters.is_empty() {
        bits.push_alphanumeric_data(characters.as_bytes())?;
    }
    bits.push_terminator(EcLevel::M)
}

/// What goes in as bytes, and what as alphanumeric characters.
fn segments(text: &str) -> (&str, &str) {
    let start = text.find('#').map_or(0, |hash| hash + 1);
    let (head, tail) = text.split_at(start);
    if tail.bytes().all(is_alphanumeric) { (head, tail) } else { (text, "") }
}

/// ISO/IEC 18004 §7.4.4, table 5.
fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || b" $%*+-./:".contains(&byte)
}

/// The black area as closed outlines: one path without seams between modules.
fn outline(code: &QrCode) -> String {
    let side = code.width() + 2 * QUIET_ZONE;
    let dark = |x: usize, y: usize| {
        let inside = QUIET_ZONE..QUIET_ZONE + code.width();
        inside.contains(&x)
            && inside.contains(&y)
            && code[(x - QUIET_ZONE, y - QUIET_ZONE)] == Color::Dark
    };
    // An edge lies between two modules of different colour; walking it keeps black on the right.
    let mut edges = BTreeMap::<Corner, Vec<Corner>>::new();
    for y in 1..side {
        for x in 1..side {
            match (dark(x, y - 1), dark(x, y)) {
                (false, true) => edges.entry((x, y)).or_default().push((x + 1, y)),
                (true, false) => edges.entry((x + 1, y)).or_default().push((x, y)),
                _ => {}
            }
            match (dark(x - 1, y), dark(x, y)) {
                (false, true) => edges.entry((x, y + 1)).or_default().push((x, y)),
                (true, false) => edges.entry((x, y)).or_default().push((x, y + 1)),
                _ => {}
            }
        }
    }
    let mut path = String::new();
    while let Some((&start, _)) = edges.first_key_value() {
        path.push_str(&ring(start, &mut edges));
    }
    path
}

/// Take one closed ring out of the edges.
fn ring(start: Corner, edges: &mut BTreeMap<Corner, Vec<Corner>>) -> String {
    let mut points = vec![start];
    let mut at = start;
    loop {
        let next = take(at, edges);
        let len = points.len();
        let straight = len > 1
            && ((points[len - 2].0 == at.0 && at.0 == next.0)
                || (points[len - 2].1 == at.1 && at.1 == next.1));
        if straight {
            points.pop();
        }
        if next == start {
            break;
        }
        points.push(next);
        at = next;
    }
    let mut path = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        path.push(if index == 0 { 'M' } else { 'L' });
        path.push_str(&format!("{x} {y}"));
    }
    path.push('Z');
    path
}

fn take(at: Corner, edges: &mut BTreeMap<Corner, Vec<Corner>>) -> Corner {
    let ends = edges.get_mut(&at).expect("every edge's end is another edge's start");
    let next = ends.pop().expect("a start without ends is removed");
    if ends.is_empty() {
        edges.remove(&at);
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_after_the_fragment_sign_takes_the_smaller_alphabet() {
        // 22 bytes and 402 characters, as a compact credential of 251 bytes has.
        let text = format!("https://hub.example/v#{}", "A2".repeat(201));
        assert_eq!(segments(&text).0, "https://hub.example/v#");
        assert_eq!(encode(&text).unwrap().version(), Version::Normal(13));
        assert_eq!(encode(&text.to_lowercase()).unwrap().version(), Version::Normal(16));
    }

    #[test]
    fn an_upper_case_short_address_is_version_3() {
        let address = compact_address("https://hub.example/C/ceg/MZXW6YTBOI2DGNBVGY3TQOJQGE");
        assert_eq!(address, "HTTPS://HUB.EXAMPLE/C/CEG/MZXW6YTBOI2DGNBVGY3TQOJQGE");
        assert_eq!(encode(&address).unwrap().version(), Version::Normal(3));
    }

    #[test]
    fn an_address_that_does_not_fit_the_alphabet_stays_as_it_is() {
        let address = "https://hub.example/a_b?c=d";
        assert_eq!(compact_address(address), address);
        assert!(encode(address).is_ok());
    }

    #[test]
    fn too_much_text_is_refused() {
        assert!(matches!(encode(&"x".repeat(2332)), Err(EncodeQrError::TooLong(2332))));
        assert_eq!(encode(&"x".repeat(2331)).unwrap().version(), Version::Normal(40));
    }

    #[test]
    fn the_outline_encloses_exactly_the_dark_modules() {
        let code = encode("https://hub.example/v#ABCDEFGHIJKLMNOP234567").unwrap();
        let rings = parse(&outline(&code));
        let side = code.width() + 2 * QUIET_ZONE;
        for y in 0..side {
            for x in 0..side {
                let inside = (QUIET_ZONE..QUIET_ZONE + code.width()).contains(&x)
                    && (QUIET_ZONE..QUIET_ZONE + code.width()).contains(&y);
                let dark = inside && code[(x - QUIET_ZONE, y - QUIET_ZONE)] == Color::Dark;
                assert_eq!(crossings(&rings, x, y) % 2 == 1, dark, "module {x}, {y}");
            }
        }
    }

    /// The rings of a path made of `M`, `L` and `Z`.
    fn parse(path: &str) -> Vec<Vec<(usize, usize)>> {
        path.split_terminator('Z')
            .map(|ring| {
                ring[1..]
                    .split('L')
                    .map(|point| {
                        let (x, y) = point.split_once(' ').unwrap();
                        (x.parse().unwrap(), y.parse().unwrap())
                    })
                    .collect()
            })
            .collect()
    }

    /// How many vertical edges lie left of a module's middle (the even-odd rule).
    fn crossings(rings: &[Vec<(usize, usize)>], x: usize, y: usize) -> usize {
        rings
            .iter()
            .flat_map(|ring| ring.iter().zip(ring.iter().cycle().skip(1)))
            .filter(|(from, to)| {
                from.0 == to.0 && from.0 <= x && (from.1.min(to.1)..from.1.max(to.1)).contains(&y)
            })
            .count()
    }
}
