//! Reading JSON from strangers: no duplicate keys, bounded size, depth and count.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

/// Longest document that is looked at, in bytes.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Deepest nesting of objects and arrays.
pub const MAX_DEPTH: usize = 32;
/// Most values (members, items and containers) in one document.
pub const MAX_VALUES: usize = 100_000;

/// Why some bytes are not taken for a document.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ParseError {
    /// Longer than [`MAX_BYTES`].
    #[error("the document is longer than 2 MB")]
    TooLarge,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("the document is nested deeper than 32 levels")]
    TooDeep,
    /// More than [`MAX_VALUES`] values.
    #[error("the document has more than 100,000 values")]
    TooMany,
    /// An object names a member twice (RFC 8259 §4 leaves open which one counts).
    #[error("an object in the document names a member twice")]
    DuplicateKey,
    /// Not JSON.
    #[error("the document is not JSON")]
    NotJson,
}

impl ParseError {
    /// The machine word of this refusal.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::TooDeep => "too_deep",
            Self::TooMany => "too_many_values",
            Self::DuplicateKey => "duplicate_key",
            Self::NotJson => "not_json",
        }
    }
}

/// Read a document; two readers of what this accepts cannot understand it differently.
pub fn parse(bytes: &[u8]) -> Result<Value, ParseError> {
    if bytes.len() > MAX_BYTES {
        return Err(ParseError::TooLarge);
    }
    let limits = Limits { left: Cell::new(MAX_VALUES), broken: Cell::new(None) };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Node { limits: &limits, depth: 0 }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    value.map_err(|_| limits.broken.get().unwrap_or(ParseError::NotJson))
}

struct Limits {
    left: Cell<usize>,
    broken: Cell<Option<ParseError>>,
}

impl Limits {
    fn refuse<E: serde::de::Error>(&self, reason: ParseError) -> E {
        self.broken.set(Some(reason));
        E::custom(reason)
    }
}

#[derive(Clone, Copy)]
struct Node<'a> {
    limits: &'a Limits,
    depth: usize,
}

impl Node<'_> {
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(self.limits.refuse(ParseError::TooDeep));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self.limits.left.get().checked_sub(1) {
            Some(left) => self.limits.left.set(left),
            None => return Err(self.limits.refuse(ParseError::TooMany)),
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            let Entry::Vacant(place) = object.entry(key) else {
                return Err(self.limits.refuse(ParseError::DuplicateKey));
            };
            place.insert(members.next_value_seed(inside)?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_reads_as_serde_json_reads_it() {
        let text = br#"{"a":[1,-2,3.5,true,null,"\u0ba4"],"b":{"c":18446744073709551615}}"#;
        assert_eq!(parse(text).unwrap(), serde_json::from_slice::<Value>(text).unwrap());
    }

    #[test]
    fn a_member_named_twice_is_refused_also_when_escaped() {
        assert_eq!(parse(br#"{"a":1,"a":1}"#), Err(ParseError::DuplicateKey));
        assert_eq!(parse(br#"{"x":[{"a":1,"\u0061":2}]}"#), Err(ParseError::DuplicateKey));
    }

    #[test]
    fn depth_is_counted_to_thirty_two() {
        let nested = |depth| [b"[".repeat(depth), b"]".repeat(depth)].concat();
        assert!(parse(&nested(32)).is_ok());
        assert_eq!(parse(&nested(33)), Err(ParseError::TooDeep));
        assert_eq!(parse(&nested(100_000)), Err(ParseError::TooDeep));
    }

    #[test]
    fn size_and_count_are_bounded() {
        assert_eq!(parse(&vec![b' '; MAX_BYTES + 1]), Err(ParseError::TooLarge));
        let many = format!("[{}0]", "0,".repeat(MAX_VALUES));
        assert_eq!(parse(many.as_bytes()), Err(ParseError::TooMany));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in ["", "{", "{} {}", "[1,]", "NaN", "'a'", "\"\\ud800\"", "1e999"] {
            assert_eq!(parse(text.as_bytes()), Err(ParseError::NotJson), "{text}");
        }
        assert_eq!(parse(b"\"\xff\""), Err(ParseError::NotJson));
        assert_eq!(parse(b" {} ").unwrap(), json!({}));
    }
}
