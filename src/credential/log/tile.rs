//! Addresses of tiles, and what is served there (C2SP tlog-tiles).

/// Hashes or entries of a full tile.
pub const TILE_HASHES: u64 = 256;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileKind {
    /// Hashes of this level.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// Which tile is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TilePath {
    /// What it holds.
    pub kind: TileKind,
    /// Which one of its level.
    pub number: u64,
    /// How many hashes or entries: 256 of a full one.
    pub width: u64,
}

/// The path names no tile, or not in the one form there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile")]
pub struct ParseTilePathError;

impl TilePath {
    /// Read what stands after `tile/`: `0/x001/x234/067`, `2/005.p/17`, `entries/000`.
    ///
    /// Our own: that of the crate `tlog_tiles` panics at a width of 0 and at a level over 63.
    pub fn parse(path: &str) -> Result<Self, ParseTilePathError> {
        let (kind, rest) = path.split_once('/').ok_or(ParseTilePathError)?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            level => {
                let level = decimal(level, 63)?;
                TileKind::Hashes(u8::try_from(level).map_err(|_| ParseTilePathError)?)
            }
        };
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => match decimal(width, TILE_HASHES - 1)? {
                0 => return Err(ParseTilePathError),
                width => (number, width),
            },
            None => (rest, TILE_HASHES),
        };
        Ok(Self { kind, number: parse_number(number)?, width })
    }
}

/// Entries as they are served: each after its length, in two octets, the high one first.
pub fn entry_bundle<'a>(entries: impl IntoIterator<Item = &'a [u8; 32]>) -> Vec<u8> {
    entries.into_iter().flat_map(|entry| [&[0, 32], entry.as_slice()].concat()).collect()
}

/// Three digits to an element, and an `x` before all but the last; the first is not zero where there are several.
fn parse_number(text: &str) -> Result<u64, ParseTilePathError> {
    let mut elements: Vec<&str> = text.split('/').collect();
    let last = elements.pop().ok_or(ParseTilePathError)?;
    if elements.first() == Some(&"x000") {
        return Err(ParseTilePathError);
    }
    let upper = elements.into_iter().map(|element| element.strip_prefix('x').unwrap_or_default());
    upper.chain([last]).try_fold(0_u64, |number, digits| {
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ParseTilePathError);
        }
        let digits: u64 = digits.parse().map_err(|_| ParseTilePathError)?;
        let number = number.checked_mul(1000).and_then(|number| number.checked_add(digits));
        number.ok_or(ParseTilePathError)
    })
}

/// A decimal number without leading zeroes.
fn decimal(text: &str, most: u64) -> Result<u64, ParseTilePathError> {
    let plain =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    let number: u64 = text.parse().map_err(|_| ParseTilePathError)?;
    if plain && number <= most { Ok(number) } else { Err(ParseTilePathError) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_one_tile() {
        let tile = |kind, number, width| Ok(TilePath { kind, number, width });
        assert_eq!(TilePath::parse("0/000"), tile(TileKind::Hashes(0), 0, 256));
        assert_eq!(TilePath::parse("63/x001/x234/067"), tile(TileKind::Hashes(63), 1_234_067, 256));
        assert_eq!(TilePath::parse("2/005.p/17"), tile(TileKind::Hashes(2), 5, 17));
        assert_eq!(TilePath::parse("entries/x001/000.p/255"), tile(TileKind::Entries, 1000, 255));
    }

    #[test]
    fn every_other_spelling_is_refused() {
        for path in [
            "",
            "0",
            "0/",
            "64/000",
            "00/000",
            "+1/000",
            "-1/000",
            "0/0",
            "0/0000",
            "0/x000/001",
            "0/001/002",
            "0/x001",
            "0/x001/",
            "0//001",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/01",
            "0/000.p/",
            "0/000.p/1/2",
            "0/00a",
            "0/+01",
            "data/000",
            "entries",
            "entries/1",
            "0/x018/x446/x744/x073/x709/x551/616",
        ] {
            assert_eq!(TilePath::parse(path), Err(ParseTilePathError), "{path}");
        }
    }
}
