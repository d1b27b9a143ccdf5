//! Proofs that a document is in the tree, and that a tree only grew (RFC 6962 §2.1.1, §2.1.2).

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tlog_tiles::{HashReader, Tile, stored_hash_index};

use super::{Hash, TreeHead, leaf_hash};

/// Levels of the tree inside a tile (tlog-tiles).
const TILE_HEIGHT: u8 = 8;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The tree is smaller than what was asked for.
    #[error("the tree of {size} documents has no document or smaller tree {asked}")]
    OutOfRange {
        /// Size of the tree.
        size: u64,
        /// The index or the size asked for.
        asked: u64,
    },
    /// Stored tiles are missing, or do not hash to the signed root.
    #[error("the stored tiles do not hash to the signed root of {0} documents")]
    Tiles(u64),
    /// A proof that does not prove it.
    #[error("the proof does not lead to the root")]
    Proof,
}

/// Tiles at hand. What is asked for and not there is noted, so that it can be fetched before a second try.
#[derive(Debug, Default)]
pub struct Tiles {
    known: HashMap<(u8, u64), Vec<u8>>,
    missing: RefCell<BTreeSet<(u8, u64)>>,
}

impl Tiles {
    /// Put a tile in: level, number, and its hashes one after the other; none at all where there is no such tile.
    pub fn insert(&mut self, level: u8, number: u64, hashes: Vec<u8>) {
        self.known.insert((level, number), hashes);
    }

    /// Level and number of the tiles that were asked for in vain, once.
    pub fn take_missing(&mut self) -> BTreeSet<(u8, u64)> {
        std::mem::take(self.missing.get_mut())
    }
}

impl HashReader for Tiles {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        let read = |index: &u64| {
            // The narrowest tile that holds the hash, inside it perhaps as the root of some neighbours.
            let tile = Tile::from_index(TILE_HEIGHT, *index);
            let place = (tile.level(), tile.level_index());
            match self.known.get(&place) {
                Some(hashes) => tile.hash_at_index(hashes, *index).ok(),
                None => {
                    self.missing.borrow_mut().insert(place);
                    None
                }
            }
        };
        // All of them are looked at, so that one round of fetching is enough.
        let found: Vec<_> = indexes.iter().map(read).collect();
        found.into_iter().collect::<Option<_>>().ok_or(tlog_tiles::Error::InvalidTile)
    }
}

/// The hashes that lead from a document to the root, the leaf's sibling first (RFC 6962 §2.1.1).
/// Checked against the root before they are given out: tiles that were edited give no proof.
pub fn prove_inclusion(
    record_hash: &[u8; 32],
    index: u64,
    head: &TreeHead,
    tiles: &Tiles,
) -> Result<Vec<Hash>, ProveError> {
    if index >= head.size {
        return Err(ProveError::OutOfRange { size: head.size, asked: index });
    }
    let proof = tlog_tiles::prove_record(head.size, index, tiles)
        .map_err(|_| ProveError::Tiles(head.size))?;
    let proof = plain(proof);
    check_inclusion(record_hash, index, &proof, head).map_err(|_| ProveError::Tiles(head.size))?;
    Ok(proof)
}

/// The head that this tree had when it held `size` documents, with the hashes that show it to be its beginning
/// (RFC 6962 §2.1.2). Checked against the root before they are given out.
pub fn prove_consistency(
    size: u64,
    head: &TreeHead,
    tiles: &Tiles,
) -> Result<(TreeHead, Vec<Hash>), ProveError> {
    if size == 0 || size > head.size {
        return Err(ProveError::OutOfRange { size: head.size, asked: size });
    }
    let broken = |_| ProveError::Tiles(head.size);
    let root = tlog_tiles::tree_hash(size, tiles).map_err(broken);
    let proof = tlog_tiles::prove_tree(head.size, size, tiles).map_err(broken);
    let first = TreeHead { size, root: root?.0 };
    let proof = plain(proof?);
    check_consistency(&first, &proof, head).map_err(|_| ProveError::Tiles(head.size))?;
    Ok((first, proof))
}

/// Whether the tiles themselves hold, at this index, what the root was signed over.
pub fn check_stored_leaf(index: u64, head: &TreeHead, tiles: &Tiles) -> Result<(), ProveError> {
    let broken = |_| ProveError::Tiles(head.size);
    let leaf = tiles.read_hashes(&[stored_hash_index(0, index)]);
    let proof = tlog_tiles::prove_record(head.size, index, tiles).map_err(broken)?;
    let leaf = leaf.map_err(broken)?[0];
    tlog_tiles::check_record(&proof, head.size, tlog_tiles::Hash(head.root), index, leaf)
        .map_err(broken)
}

/// Whether the document stands at this index of the tree.
pub fn check_inclusion(
    record_hash: &[u8; 32],
    index: u64,
    proof: &[Hash],
    head: &TreeHead,
) -> Result<(), ProveError> {
    let leaf = tlog_tiles::Hash(leaf_hash(record_hash));
    let root = tlog_tiles::Hash(head.root);
    tlog_tiles::check_record(&theirs(proof), head.size, root, index, leaf)
        .map_err(|_| ProveError::Proof)
}

/// Whether the first tree is the beginning of the second.
pub fn check_consistency(
    first: &TreeHead,
    proof: &[Hash],
    second: &TreeHead,
) -> Result<(), ProveError> {
    let (old, new) = (tlog_tiles::Hash(first.root), tlog_tiles::Hash(second.root));
    tlog_tiles::check_tree(&theirs(proof), second.size, new, first.size, old)
        .map_err(|_| ProveError::Proof)
}

/// A proof of inclusion with its checkpoint, as one text that is checked without a network (C2SP tlog-proof).
pub fn tlog_proof(index: u64, proof: &[Hash], checkpoint: &str) -> String {
    let hashes: String = proof.iter().map(|hash| STANDARD.encode(hash) + "\n").collect();
    format!("c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n{checkpoint}")
}

fn plain(proof: Vec<tlog_tiles::Hash>) -> Vec<Hash> {
    proof.into_iter().map(|hash| hash.0).collect()
}

fn theirs(proof: &[Hash]) -> Vec<tlog_tiles::Hash> {
    proof.iter().copied().map(tlog_tiles::Hash).collect()
}
