//! The bits of a status list (W3C Bitstring Status List 1.0 §3).

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

/// Length of every list, in bits: the least the recommendation allows, for herd privacy.
pub const BITS: u32 = 131_072;
const BYTES: usize = BITS as usize / 8;
/// Longest encoded list that is looked at; random bits do not compress.
const MAX_ENCODED: usize = BYTES * 4 / 3 + 1024;
/// Nine costs nine times as much for eight per cent.
const LEVEL: u32 = 6;

/// A list of 131,072 bits, bit 0 leftmost.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BitString {
    bytes: Vec<u8>,
}

impl Default for BitString {
    fn default() -> Self {
        Self { bytes: vec![0; BYTES] }
    }
}

impl BitString {
    /// A list with these bits set.
    pub fn with(indices: impl IntoIterator<Item = u32>) -> Result<Self, IndexError> {
        let mut bits = Self::default();
        indices.into_iter().try_for_each(|index| bits.set(index))?;
        Ok(bits)
    }

    /// Whether a bit is set.
    pub fn is_set(&self, index: u32) -> Result<bool, IndexError> {
        let (byte, mask) = place(index)?;
        Ok(self.bytes[byte] & mask != 0)
    }

    /// Set a bit. A revocation is never undone, so there is no clearing.
    pub fn set(&mut self, index: u32) -> Result<(), IndexError> {
        let (byte, mask) = place(index)?;
        self.bytes[byte] |= mask;
        Ok(())
    }

    /// How many bits are set.
    pub fn count(&self) -> u32 {
        self.bytes.iter().map(|byte| byte.count_ones()).sum()
    }

    /// `u` and the base64url of the gzip of the bits: `encodedList`.
    pub fn encode(&self) -> String {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::new(LEVEL));
        let compressed = gzip
            .write_all(&self.bytes)
            .and_then(|()| gzip.finish())
            .expect("writing to memory does not fail");
        format!("u{}", URL_SAFE_NO_PAD.encode(compressed))
    }

    /// Read an `encodedList`; it must hold exactly [`BITS`] bits.
    pub fn decode(text: &str) -> Result<Self, DecodeListError> {
        if text.len() > MAX_ENCODED {
            return Err(DecodeListError::Length);
        }
        let digits = text.strip_prefix('u').ok_or(DecodeListError::Encoding)?;
        let compressed = URL_SAFE_NO_PAD.decode(digits).map_err(|_| DecodeListError::Encoding)?;
        let mut bytes = Vec::with_capacity(BYTES + 1);
        GzDecoder::new(compressed.as_slice())
            .take(BYTES as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|_| DecodeListError::Compression)?;
        if bytes.len() != BYTES {
            return Err(DecodeListError::Length);
        }
        Ok(Self { bytes })
    }
}

fn place(index: u32) -> Result<(usize, u8), IndexError> {
    if index >= BITS {
        return Err(IndexError(index));
    }
    Ok((index as usize / 8, 0x80 >> (index % 8)))
}

/// The index lies outside the list.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("index {0} lies outside a status list")]
pub struct IndexError(pub u32);

/// Why an `encodedList` is not read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DecodeListError {
    /// Not `u` followed by base64url without padding.
    #[error("the status list is not multibase base64url")]
    Encoding,
    /// Not gzip.
    #[error("the status list is not gzip")]
    Compression,
    /// Not 131,072 bits.
    #[error("the status list has not 131,072 bits")]
    Length,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_zero_is_the_leftmost() {
        let bits = BitString::with([0, 9, BITS - 1]).unwrap();
        assert_eq!(bits.bytes[..2], [0b1000_0000, 0b0100_0000]);
        assert_eq!(bits.bytes[BYTES - 1], 1);
        assert!(bits.is_set(9).unwrap() && !bits.is_set(8).unwrap());
        assert_eq!(bits.count(), 3);
    }

    #[test]
    fn a_list_reads_back() {
        let bits = BitString::with((0..BITS).filter(|index| index % 7 == 3)).unwrap();
        let text = bits.encode();
        assert!(text.starts_with("uH4sI"), "{text:.8}");
        assert_eq!(BitString::decode(&text), Ok(bits));
    }

    #[test]
    fn an_index_outside_the_list_is_refused() {
        assert_eq!(BitString::default().is_set(BITS), Err(IndexError(BITS)));
        assert_eq!(BitString::with([u32::MAX]), Err(IndexError(u32::MAX)));
    }

    #[test]
    fn a_bomb_is_refused_before_it_unfolds() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&vec![0; 20 << 20]).unwrap();
        let bomb = format!("u{}", URL_SAFE_NO_PAD.encode(gzip.finish().unwrap()));
        assert_eq!(BitString::decode(&bomb), Err(DecodeListError::Length));
    }

    #[test]
    fn what_is_not_a_list_is_refused() {
        let good = BitString::default().encode();
        assert_eq!(BitString::decode(&good[1..]), Err(DecodeListError::Encoding));
        assert_eq!(BitString::decode(&format!("{good}=")), Err(DecodeListError::Encoding));
        assert_eq!(BitString::decode("uAAAA"), Err(DecodeListError::Compression));
        assert_eq!(BitString::decode(&good[..good.len() - 8]), Err(DecodeListError::Compression));
        assert_eq!(BitString::decode(&"u".repeat(MAX_ENCODED + 1)), Err(DecodeListError::Length));
    }
}
