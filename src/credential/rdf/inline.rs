//! Contexts that are written into a document instead of being named by address.
//!
//! They may map terms to addresses, and nothing else: whatever could make the JSON-LD processor leave
//! something out, or fetch, or read an address otherwise, is refused.

use serde_json::{Map, Value, json};

use super::general::{CanonicalizeError, UNDEFINED};
use crate::credential::reading::is_iri;

/// Most terms in one context.
const MAX_TERMS: usize = 500;

/// Bring every context of a document into the form that the processor reads without loss.
pub(super) fn settle(value: &mut Value) -> Result<(), CanonicalizeError> {
    match value {
        Value::Object(members) => members.iter_mut().try_for_each(|(name, member)| {
            if name == "@context" { settle_context(member) } else { settle(member) }
        }),
        Value::Array(items) => items.iter_mut().try_for_each(settle),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn settle_context(context: &mut Value) -> Result<(), CanonicalizeError> {
    match context {
        Value::String(_) => Ok(()),
        Value::Array(items) => items.iter_mut().try_for_each(|item| {
            if item.is_array() {
                Err(refused("an array inside an array"))
            } else {
                settle_context(item)
            }
        }),
        Value::Object(members) => {
            // `{"@context": {…}}`, as a context file has it: what is inside counts.
            if members.len() == 1
                && let Some(inside) = members.remove("@context")
            {
                let Value::Object(inside) = inside else {
                    return Err(refused("a context inside a context"));
                };
                *members = inside;
            }
            settle_terms(members)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            Err(refused("something else than an address or an object"))
        }
    }
}

fn settle_terms(members: &mut Map<String, Value>) -> Result<(), CanonicalizeError> {
    if members.len() > MAX_TERMS {
        return Err(refused("too many terms"));
    }
    for (name, definition) in members {
        match name.as_str() {
            // A vocabulary that is taken away would let undefined terms vanish unseen.
            "@vocab" if definition.is_null() => *definition = UNDEFINED.into(),
            "@vocab" if is_address(definition) => {}
            "@version" if *definition == json!(1.1) => {}
            "@protected" if definition.is_boolean() => {}
            "@language" | "@direction" if definition.is_string() || definition.is_null() => {}
            term if !term.starts_with('@') && maps(definition) => {}
            other => return Err(refused(&format!("`{other}` as it is defined there"))),
        }
    }
    Ok(())
}

/// Whether a definition maps its term to an address, losing nothing.
fn maps(definition: &Value) -> bool {
    match definition {
        Value::String(text) => is_keyword(text) || is_iri(text),
        Value::Object(members) => {
            members
                .get("@id")
                .is_some_and(|id| is_address(id) || id.as_str().is_some_and(is_keyword))
                && members.iter().all(|(name, value)| match name.as_str() {
                    "@id" => true,
                    "@type" => {
                        is_address(value)
                            || ["@id", "@vocab", "@json", "@none"].iter().any(|word| value == word)
                    }
                    "@container" => {
                        ["@set", "@list", "@language", "@graph"].iter().any(|word| value == word)
                    }
                    "@protected" | "@prefix" => value.is_boolean(),
                    "@language" | "@direction" => value.is_string() || value.is_null(),
                    _ => false,
                })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => false,
    }
}

fn is_keyword(text: &str) -> bool {
    matches!(text, "@id" | "@type")
}

fn is_address(value: &Value) -> bool {
    value.as_str().is_some_and(is_iri)
}

fn refused(what: &str) -> CanonicalizeError {
    CanonicalizeError::NotJsonLd(format!("a context in the document holds {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(context: Value) -> Result<Value, CanonicalizeError> {
        let mut document = json!({ "@context": [context], "name": "x" });
        settle(&mut document)?;
        Ok(document["@context"][0].clone())
    }

    #[test]
    fn a_context_may_map_terms_and_its_wrapper_is_taken_off() {
        let context = json!({ "Degree": "https://a.example/#Degree", "of": { "@id": "https://a.example/#of", "@type": "@id" } });
        assert_eq!(settled(context.clone()), Ok(context.clone()));
        assert_eq!(settled(json!({ "@context": context })), Ok(context));
        assert_eq!(settled(json!({ "@vocab": null })), Ok(json!({ "@vocab": UNDEFINED })));
    }

    #[test]
    fn what_could_lose_something_is_refused() {
        for context in [
            json!({ "gone": null }),
            json!({ "gone": { "@id": null } }),
            json!({ "x": { "@id": "https://a.example/x", "@context": null } }),
            json!({ "x": { "@reverse": "https://a.example/x" } }),
            json!({ "x": { "@id": "https://a.example/x", "@container": "@index" } }),
            json!({ "x": "https ://a.example/x" }),
            json!({ "@base": "https://a.example/" }),
            json!({ "@import": "https://www.w3.org/ns/credentials/v2" }),
            json!({ "@propagate": false }),
            json!({ "@context": ["https://www.w3.org/ns/credentials/v2"] }),
            json!(null),
            json!(7),
        ] {
            assert!(settled(context.clone()).is_err(), "{context}");
        }
    }
}
