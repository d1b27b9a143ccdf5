//! The issuance log of a college, as bytes: a Merkle tree over every document it ever signed (RFC 6962 §2.1),
//! in the tiles and checkpoints that C2SP describes (tlog-tiles, tlog-checkpoint, signed-note, tlog-proof).
//!
//! A leaf is the record hash of a document, so that nobody is named here.

mod checkpoint;
mod edge;
mod proof;
mod tile;

pub use checkpoint::{
    Checkpoint, ReadCheckpointError, TreeHead, WriteCheckpointError, origin, read_verifier_key,
    verifier_key,
};
pub use edge::{Edge, Growth, Segment};
pub use proof::{
    ProveError, Tiles, check_consistency, check_inclusion, check_stored_leaf, prove_consistency,
    prove_inclusion, tlog_proof,
};
pub use tile::{ParseTilePathError, TILE_HASHES, TileKind, TilePath, entry_bundle};

/// A node of the tree: SHA-256, a leaf prefixed by 0x00 and an inner node by 0x01 (RFC 6962 §2.1).
pub type Hash = [u8; 32];

/// The leaf of a document, whose record hash is the log's entry.
pub fn leaf_hash(record_hash: &[u8; 32]) -> Hash {
    tlog_tiles::record_hash(record_hash).0
}

fn node_hash(left: Hash, right: Hash) -> Hash {
    tlog_tiles::node_hash(tlog_tiles::Hash(left), tlog_tiles::Hash(right)).0
}
