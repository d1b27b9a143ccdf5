//! Multibase base58btc, and Multikey for Ed25519 (Controlled Identifiers 1.0 §2.2.2, §2.4).

/// Multicodec prefix of an Ed25519 public key, as a varint.
const ED25519_PUB: [u8; 2] = [0xed, 0x01];

/// Multicodec prefix of a P-256 public key (compressed point), as a varint.
const P256_PUB: [u8; 2] = [0x80, 0x24];

/// Base58btc with the multibase letter `z`.
pub(super) fn encode(bytes: &[u8]) -> String {
    format!("z{}", bs58::encode(bytes).into_string())
}

/// The bytes behind a `z…` string, if it is one and at most `limit` bytes long.
pub(super) fn decode(text: &str, limit: usize) -> Option<Vec<u8>> {
    let digits = text.strip_prefix('z')?;
    // Base58 is quadratic: refuse by length before decoding. 138/100 > log(256)/log(58).
    if digits.len() > limit * 138 / 100 + 1 {
        return None;
    }
    bs58::decode(digits).into_vec().ok()
}

/// `z6Mk…`: the Multikey form of an Ed25519 public key.
pub(super) fn encode_ed25519(public_key: &[u8; 32]) -> String {
    encode(&[ED25519_PUB.as_slice(), public_key].concat())
}

/// The Ed25519 public key behind a `z6Mk…` string.
pub(super) fn decode_ed25519(text: &str) -> Option<[u8; 32]> {
    decode(text, 34)?.strip_prefix(&ED25519_PUB)?.try_into().ok()
}

/// `zDn…`: the Multikey form of a P-256 public key, from its compressed point.
pub(super) fn encode_p256(compressed: &[u8]) -> String {
    encode(&[P256_PUB.as_slice(), compressed].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multikey_reads_back() {
        let key = [7; 32];
        let text = encode_ed25519(&key);
        assert!(text.starts_with("z6Mk"));
        assert_eq!(decode_ed25519(&text), Some(key));
    }

    #[test]
    fn other_bases_and_other_lengths_are_refused() {
        assert_eq!(decode("uAQID", 3), None);
        assert_eq!(decode(&"z1".repeat(900), 64), None);
        assert_eq!(decode_ed25519(&encode(&[0xed, 0x01, 1])), None);
    }
}
