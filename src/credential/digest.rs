//! SHA-256 and the JSON Canonicalization Scheme (RFC 8785).

use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 of some bytes.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// A JSON value in its canonical form (RFC 8785).
pub(super) fn jcs(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value)
        .expect("a JSON value has string keys, no duplicates and only finite numbers")
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
}
