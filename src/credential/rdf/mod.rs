//! A document's canonical N-Quads (RDFC-1.0), and their hash.

mod general;

pub(super) use general::CanonicalizeError;
#[cfg(test)]
pub(super) use general::canonical_nquads;

use serde_json::Value;

/// SHA-256 of the canonical N-Quads of a document (RDFC-1.0 with SHA-256).
pub(super) fn canonical_hash(document: &Value) -> Result<[u8; 32], CanonicalizeError> {
    general::canonical_hash(document)
}
