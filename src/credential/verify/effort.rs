//! How much work a presented document asks for, before any of it is done.

use serde_json::Value;

use crate::credential::proof::Suite;
use crate::credential::rdf;

/// A strict check of a signature, in microseconds.
const SIGNATURE: u64 = 60;
/// Octets that are written and hashed in a microsecond.
const OCTETS: u64 = 100;

/// Whether judging a document, with all that lies inside, would take too long: a stranger may name contexts, nest
/// credentials and add proofs as they like. Documents of our own form cost little and are not counted.
pub(super) fn is_too_much(document: &Value) -> bool {
    let all = || std::iter::once(document).chain(super::nested(document));
    // Most documents are small: the first sum settles it.
    all().map(of).sum::<u64>() > rdf::MAX_EFFORT
        && all().filter(|one| !is_ours(one)).map(of).sum::<u64>() > rdf::MAX_EFFORT
}

fn of(document: &Value) -> u64 {
    let proofs = proofs(document);
    let by_rdf = proofs.iter().filter(|proof| proof["cryptosuite"] == Suite::Rdfc.as_str()).count();
    let contexts = rdf::contexts(&document["@context"]);
    let effort = rdf::effort(document);
    let octets = effort / OCTETS;
    by_rdf as u64 * (effort + contexts) + proofs.len() as u64 * (SIGNATURE + octets)
}

/// A document that goes by a plan, with no more proofs than a plan is for.
fn is_ours(document: &Value) -> bool {
    proofs(document).len() <= Suite::ALL.len() && rdf::is_planned(document)
}

fn proofs(document: &Value) -> &[Value] {
    match document.get("proof") {
        Some(Value::Array(proofs)) => proofs,
        Some(proof) => std::slice::from_ref(proof),
        None => &[],
    }
}
