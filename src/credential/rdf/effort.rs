//! What the general path would cost, estimated before it is taken.
//!
//! Processing a context takes JSON-LD much longer than anything else: about a millisecond for each time one is named,
//! and a tenth of that for each node, whose classes bring contexts of their own. The figures are upper bounds,
//! measured in a release build (docs/performance.md); they decide alike on every machine, as no clock would.

use serde_json::Value;

/// Most microseconds that canonicalising one document, or all that lies in a presented one, may be estimated at.
pub(in crate::credential) const MAX_EFFORT: u64 = 50_000;

const CONTEXT: u64 = 900;
const NODE: u64 = 120;
const VALUE: u64 = 5;
/// Octets of text in a microsecond.
const OCTETS: u64 = 20;

/// Estimated microseconds of CPU.
pub(in crate::credential) fn effort(value: &Value) -> u64 {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => VALUE,
        Value::String(text) => VALUE + text.len() as u64 / OCTETS,
        Value::Array(items) => VALUE + items.iter().map(effort).sum::<u64>(),
        Value::Object(members) => {
            let member = |(name, member): (&String, &Value)| {
                let octets = name.len() as u64 / OCTETS;
                octets + if name == "@context" { contexts(member) } else { effort(member) }
            };
            NODE + members.iter().map(member).sum::<u64>()
        }
    }
}

/// Estimated microseconds that naming these contexts costs.
pub(in crate::credential) fn contexts(context: &Value) -> u64 {
    CONTEXT * context.as_array().map_or(1, Vec::len) as u64
}
