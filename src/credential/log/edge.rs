//! Appending: the right edge of the tree is all that an append needs to know, O(log n).

use tlog_tiles::{HashReader, sub_tree_index};

use super::proof::{ProveError, Tiles};
use super::tile::TILE_HASHES;
use super::{Hash, TreeHead, leaf_hash, node_hash};

/// Hashes of one tile level, in the order of the tree, that lie within one tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Level of the tile: its hashes are roots of `256^level` leaves.
    pub level: u8,
    /// Which hash of the level comes first.
    pub start: u64,
    /// 32 octets each.
    pub hashes: Vec<u8>,
}

/// What a tree grew by: new hashes of every tile level, to be stored beside the old ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    segments: Vec<Segment>,
}

impl Growth {
    /// The new hashes, cut at the borders of tiles.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    fn add(&mut self, level: u8, number: u64, hash: Hash) {
        let last = self.segments.iter_mut().rev().find(|segment| segment.level == level);
        match last {
            Some(segment) if !number.is_multiple_of(TILE_HASHES) => {
                segment.hashes.extend_from_slice(&hash)
            }
            Some(_) | None => {
                self.segments.push(Segment { level, start: number, hashes: hash.to_vec() });
            }
        }
    }
}

/// The right edge of a tree: the roots of the complete subtrees it consists of, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    roots: Vec<Hash>,
}

impl Edge {
    /// The edge of a tree whose head is known; an error where the tiles do not hash to that head.
    pub fn of(head: &TreeHead, tiles: &Tiles) -> Result<Self, ProveError> {
        if head.size == 0 {
            return Ok(Self::default());
        }
        let indexes = sub_tree_index(0, head.size, Vec::new());
        let roots = tiles.read_hashes(&indexes).map_err(|_| ProveError::Tiles(head.size))?;
        let edge = Self { size: head.size, roots: roots.into_iter().map(|hash| hash.0).collect() };
        if edge.head() == *head { Ok(edge) } else { Err(ProveError::Tiles(head.size)) }
    }

    /// How many documents the tree holds.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Append a document; what is to be stored goes to `growth`.
    pub fn append(&mut self, record_hash: &[u8; 32], growth: &mut Growth) {
        let mut hash = leaf_hash(record_hash);
        let (mut level, mut number) = (0_u8, self.size);
        growth.add(0, number, hash);
        // Each trailing 1 of the size is a complete subtree that the new leaf completes into a larger one.
        while number & 1 == 1 {
            let left = self.roots.pop().expect("a subtree stands for each bit of the size");
            hash = node_hash(left, hash);
            number >>= 1;
            level += 1;
            if level % 8 == 0 {
                growth.add(level / 8, number, hash);
            }
        }
        self.roots.push(hash);
        self.size += 1;
    }

    /// Size and root of the tree (RFC 6962 §2.1).
    pub fn head(&self) -> TreeHead {
        let mut roots = self.roots.iter().rev().copied();
        let root = match roots.next() {
            Some(smallest) => roots.fold(smallest, |right, left| node_hash(left, right)),
            None => tlog_tiles::EMPTY_HASH.0,
        };
        TreeHead { size: self.size, root }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_tree_has_the_hash_of_nothing() {
        let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex::encode(Edge::default().head().root), hash);
    }

    #[test]
    fn growth_is_cut_where_a_tile_ends() {
        let mut edge = Edge::default();
        let mut growth = Growth::default();
        for number in 0..70_000_u32 {
            let mut record = [0; 32];
            record[..4].copy_from_slice(&number.to_be_bytes());
            edge.append(&record, &mut growth);
        }
        let of_level = |level| growth.segments().iter().filter(move |it| it.level == level);
        // The example of tlog-tiles: 273 full and one of 112; one full and one of 17; one of 1.
        let lengths = |level| of_level(level).map(|it| it.hashes.len() / 32).collect::<Vec<_>>();
        assert_eq!(lengths(0), [vec![256; 273], vec![112]].concat());
        assert_eq!(lengths(1), [256, 17]);
        assert_eq!(lengths(2), [1]);
        assert!(of_level(0).enumerate().all(|(tile, it)| it.start == tile as u64 * 256));
    }
}
