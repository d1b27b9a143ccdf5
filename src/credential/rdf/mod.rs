//! A document's canonical N-Quads (RDFC-1.0), and their hash.
//!
//! Two paths, one answer: documents exactly of the form that this hub writes go by a plan, all others through JSON-LD
//! and the whole algorithm ([`general`]). A test with generated documents holds the two together.

mod addresses;
mod effort;
mod fill;
mod general;
mod inline;
mod plan;
mod quads;
mod samples;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub(super) use effort::{MAX_EFFORT, contexts, effort};
pub(super) use general::CanonicalizeError;

use super::digest::sha256;

/// SHA-256 of the canonical N-Quads of a document (RDFC-1.0 with SHA-256).
pub(super) fn canonical_hash(document: &Value) -> Result<[u8; 32], CanonicalizeError> {
    match planned_nquads(document, None) {
        Some(planned) => Ok(sha256(&planned)),
        None => general::canonical_hash(document),
    }
}

/// The same of a document without its own `proof` (Data Integrity 1.0 §4.5).
pub(super) fn unsecured_hash(document: &Value) -> Result<[u8; 32], CanonicalizeError> {
    if let Some(planned) = planned_nquads(document, Some("proof")) {
        return Ok(sha256(&planned));
    }
    match document.as_object() {
        Some(members) if members.contains_key("proof") => {
            let mut members = members.clone();
            members.remove("proof");
            general::canonical_hash(&Value::Object(members))
        }
        Some(_) | None => general::canonical_hash(document),
    }
}

/// The same of a draft that is to be signed: refused where its canonical form hangs on a tie, or would cost a verifier too
/// much.
pub(super) fn draft_hash(draft: &Value) -> Result<[u8; 32], CanonicalizeError> {
    match planned_nquads(draft, None) {
        Some(planned) => Ok(sha256(&planned)),
        None => general::draft_hash(draft),
    }
}

/// Whether a document without its proofs keeps to a plan exactly.
pub(super) fn is_planned(document: &Value) -> bool {
    planned_nquads(document, Some("proof")).is_some()
}

/// The canonical N-Quads, one member left out, of a document that keeps to a plan exactly.
fn planned_nquads(document: &Value, left_out: Option<&str>) -> Option<Vec<u8>> {
    let members = document.as_object()?;
    fill::canonical_nquads(fill::plan_of(&plan::PLANS, members)?, members, left_out)
}

/// The same for a document of anybody: with the contexts of the general verifier, and with contexts
/// that are written into the document, as long as they only map terms.
pub(super) fn general_hash(document: &Value) -> Result<[u8; 32], CanonicalizeError> {
    general::canonical_hash_of_any(document)
}
