//! SHA-256 and the JSON Canonicalization Scheme (RFC 8785).

use serde_json::{Number, Value};
use sha2::{Digest, Sha256};

/// SHA-256 of some bytes.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// A JSON value in its canonical form (RFC 8785).
pub(super) fn jcs(value: &Value) -> Vec<u8> {
    let mut text = Vec::with_capacity(4096);
    write(value, &mut text);
    text
}

/// The canonical form of a document without its `proof` (Data Integrity 1.0 §4.5).
pub(super) fn jcs_unsecured(document: &Value) -> Vec<u8> {
    let mut text = Vec::with_capacity(4096);
    match document {
        Value::Object(members) => {
            write_members(members.iter().filter(|(name, _)| *name != "proof"), &mut text);
        }
        other => write(other, &mut text),
    }
    text
}

/// `serde_json` writes strings as RFC 8785 §3.2.2.2 wants them, and its objects are sorted maps.
fn write(value: &Value, text: &mut Vec<u8>) {
    match value {
        Value::Null => text.extend_from_slice(b"null"),
        Value::Bool(true) => text.extend_from_slice(b"true"),
        Value::Bool(false) => text.extend_from_slice(b"false"),
        Value::Number(number) => write_number(number, text),
        Value::String(string) => write_string(string, text),
        Value::Array(items) => {
            text.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    text.push(b',');
                }
                write(item, text);
            }
            text.push(b']');
        }
        Value::Object(members) => write_members(members.iter(), text),
    }
}

fn write_members<'a>(
    members: impl Iterator<Item = (&'a String, &'a Value)> + Clone,
    text: &mut Vec<u8>,
) {
    // §3.2.3 sorts by UTF-16 units, the map by octets of UTF-8. They differ only beyond the first plane.
    if members.clone().all(|(name, _)| name.is_ascii()) {
        write_sorted(members, text);
    } else {
        let mut sorted: Vec<_> = members.collect();
        sorted.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
        write_sorted(sorted.into_iter(), text);
    }
}

fn write_sorted<'a>(members: impl Iterator<Item = (&'a String, &'a Value)>, text: &mut Vec<u8>) {
    text.push(b'{');
    for (place, (name, value)) in members.enumerate() {
        if place > 0 {
            text.push(b',');
        }
        write_string(name, text);
        text.push(b':');
        write(value, text);
    }
    text.push(b'}');
}

fn write_string(string: &str, text: &mut Vec<u8>) {
    serde_json::to_writer(text, string).expect("a string can be written to memory");
}

/// Integers below 2^53 look the same in every form; others are for the library (§3.2.2.3).
fn write_number(number: &Number, text: &mut Vec<u8>) {
    let written = match number.as_i64() {
        Some(integer) if integer.unsigned_abs() < 1 << 53 => serde_json::to_writer(text, number),
        Some(_) | None => serde_json_canonicalizer::to_writer(number, text),
    };
    written.expect("a number in a JSON value is finite and can be written to memory");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_by_utf16_units() {
        let value =
            json!({ "\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6 });
        let text = String::from_utf8(jcs(&value)).unwrap();
        // The example of RFC 8785 §3.2.3.
        assert_eq!(
            text,
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}"
        );
    }

    #[test]
    fn the_form_is_that_of_an_independent_library() {
        let value = json!({
            "numbers": [0, -0.0, 1.0, 1e30, 333_333_333.333_333_3, 9_007_199_254_740_993_i64, u64::MAX, -7, 1e-7],
            "text": "\u{0}\u{1f}\u{7f}\u{80}\"\\/\u{8}\t\n\u{c}\r \u{2028} கவ்யா 🏆 \u{fffe}",
            "\u{fb33}": { "\u{1f600}": null, "": [[], {}], "proof": true, "a\"b": false },
            "proof": [1],
        });
        assert_eq!(jcs(&value), serde_json_canonicalizer::to_vec(&value).unwrap());
        let mut unsecured = value.clone();
        unsecured.as_object_mut().unwrap().remove("proof");
        assert_eq!(jcs_unsecured(&value), jcs(&unsecured));
        assert!(jcs(&unsecured).windows(7).any(|window| window == b"\"proof\""));
    }
}
