//! Addresses that are none: `oxjsonld` drops the statement around such a one, so that nothing would sign it.
//!
//! Reading a document a second time, leniently, would show it as well ([`super::general_hash`] does so for documents
//! of anybody); here the contexts are few, and their terms say where addresses stand.

use std::collections::HashSet;
use std::sync::LazyLock;

use oxrdf::{BlankNode, NamedNode};
use serde_json::Value;

use super::general::{CanonicalizeError, UNDEFINED};
use crate::credential::contexts;

/// Refuse a document in which something stands for an address that is not one.
pub(super) fn refuse_malformed(value: &Value) -> Result<(), CanonicalizeError> {
    match value {
        Value::Object(members) => {
            let mut members = members.iter().filter(|(name, _)| *name != "@context");
            members.try_for_each(|(name, member)| {
                if ADDRESSED.contains(name) && !texts(member).all(is_kept) {
                    return Err(CanonicalizeError::MalformedAddress);
                }
                refuse_malformed(member)
            })
        }
        Value::Array(items) => items.iter().try_for_each(refuse_malformed),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    items.iter().filter_map(Value::as_str)
}

fn is_kept(text: &str) -> bool {
    match text.strip_prefix("_:") {
        Some(label) => BlankNode::new(label).is_ok(),
        // A relative one is refused later, by what it is resolved to.
        None if !text.contains(':') && !text.starts_with('@') => {
            NamedNode::new(format!("{UNDEFINED}{text}")).is_ok()
        }
        None => NamedNode::new(text).is_ok(),
    }
}

/// The terms whose strings are addresses somewhere in the embedded contexts.
static ADDRESSED: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut found = HashSet::from(["@id".to_owned()]);
    for context in &contexts::ALL {
        let document = serde_json::from_str(context.document).expect("an embedded context is JSON");
        collect(&document, &mut found);
    }
    found
});

fn collect(value: &Value, found: &mut HashSet<String>) {
    for (name, term) in value.as_object().into_iter().flatten() {
        if term == "@id" || term["@type"] == "@id" {
            found.insert(name.clone());
        }
        collect(term, found);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_that_would_be_dropped_is_refused_wherever_one_stands() {
        let dropped = [
            "https://a.example:port/",
            "https://a.example/<tag>",
            "urn:a b",
            "a b",
            "@id",
            "_:",
            "_:a b",
        ];
        for text in dropped {
            for document in [
                json!({ "id": text }),
                json!({ "issuer": text }),
                json!({ "a": [{ "image": ["https://a.example/", text] }] }),
            ] {
                assert_eq!(
                    refuse_malformed(&document),
                    Err(CanonicalizeError::MalformedAddress),
                    "{text}"
                );
            }
        }
        let kept = [
            "https://a.example:8/",
            "urn:a:b",
            "did:web:a%3A80:b",
            "_:b0",
            "relative",
            "https://காசி.example/ü",
        ];
        for text in kept {
            assert_eq!(refuse_malformed(&json!({ "id": text, "image": text })), Ok(()), "{text}");
        }
        let text = json!({ "name": "a: b", "@context": { "id": "a: b" } });
        assert_eq!(refuse_malformed(&text), Ok(()));
    }
}
