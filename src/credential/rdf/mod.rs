//! A document's canonical N-Quads (RDFC-1.0), and their hash.

mod general;
mod inline;

pub(super) use general::CanonicalizeError;
#[cfg(test)]
pub(super) use general::canonical_nquads;

use serde_json::Value;

/// SHA-256 of the canonical N-Quads of a document (RDFC-1.0 with SHA-256).
pub(super) fn canonical_hash(document: &Value) -> Result<[u8; 32], CanonicalizeError> {
    general::canonical_hash(document)
}

/// The same for a document of anybody: with the contexts of the general verifier, and with contexts
/// that are written into the document, as long as they only map terms.
pub(super) fn general_hash(document: &Value) -> Result<[u8; 32], CanonicalizeError> {
    general::canonical_hash_of_any(document)
}
