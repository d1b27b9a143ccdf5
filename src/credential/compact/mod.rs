//! The signed card inside a portfolio's QR code: a CWT (RFC 8392) in COSE_Sign1 (RFC 9052),
//! deterministic CBOR (RFC 8949 §4.2), written in base32 for the alphanumeric mode of QR codes.
//!
//! It works without a network: a page that has the college's keys can check it alone.

mod cbor;

use chrono::{DateTime, Utc};
use ciborium::Value;
use data_encoding::BASE32_NOPAD;
use ed25519_dalek::{Signature, VerifyingKey};
use uuid::Uuid;

use self::cbor::{Members, bytes, decode, encode, items, map, number, text};
use super::digest::sha256;
use super::issuer;
use super::proof::AttachError;
use super::status_list;

/// Longest card that is looked at, in bytes; a QR code holds less.
pub const MAX_BYTES: usize = 2048;

/// COSE_Sign1 (RFC 9052 §4.2).
const TAG: u64 = 18;
/// COSE header labels (RFC 9052 §3.1) and EdDSA (RFC 9053 §2.2).
const ALG: i64 = 1;
const KID: i64 = 4;
const EDDSA: i64 = -8;
/// CWT claims (RFC 8392 §3.1).
const ISS: i64 = 1;
const IAT: i64 = 6;
const CTI: i64 = 7;
/// Identity data and, inside it: full name, full name in a second language, that language.
const IDENTITY: i64 = 169;
const FULL_NAME: i64 = 4;
const SECOND_NAME: i64 = 19;
const SECOND_LANGUAGE: i64 = 20;
/// Private claims: labels below -65536 are free for private use.
const RECORD_HASH: i64 = -65_537;
const STATUS: i64 = -65_538;
/// What is printed beside it: `[programme, number of credentials, college]`.
const PRINTED: i64 = -65_539;

/// Seconds that every reader can write as a date of four digits: 1970 to 9999.
const TIMES: std::ops::RangeInclusive<i64> = 0..=253_402_300_799;

/// What the card says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CompactFacts {
    /// The college's DID.
    pub issuer_did: String,
    /// When the portfolio was issued, whole seconds.
    pub issued_at: DateTime<Utc>,
    /// The last part of the portfolio's address.
    pub portfolio_id: Uuid,
    /// The student's name in Latin letters.
    pub name: String,
    /// The name in a second script, and that language's code (`ta`, `hi`).
    pub name_native: Option<(String, String)>,
    /// The record hash of the portfolio credential.
    pub record_hash: [u8; 32],
    /// Address of the portfolio's status list; shortened on the card where it lies below the college's own.
    pub status_list: String,
    /// Position in that list.
    pub status_index: u32,
    /// What the student studies.
    pub programme: String,
    /// How many credentials the portfolio holds.
    pub count: u32,
    /// The college's name.
    pub college: String,
}

/// A card without its signature.
#[derive(Clone, Debug)]
pub struct CompactToBeSigned {
    protected: Vec<u8>,
    payload: Vec<u8>,
    message: Vec<u8>,
    public_key: [u8; 32],
}

/// Work out what a card's key has to sign.
pub fn prepare(facts: &CompactFacts, public_key: &[u8; 32]) -> CompactToBeSigned {
    let protected =
        encode(&map([(ALG, EDDSA.into()), (KID, Value::Bytes(key_id(public_key).to_vec()))]));
    let payload = encode(&claims(facts));
    let message = sig_structure(&protected, &payload);
    CompactToBeSigned { protected, payload, message, public_key: *public_key }
}

impl CompactToBeSigned {
    /// The message to sign with Ed25519.
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The card, after its signature was checked strictly.
    pub fn attach(self, signature: &[u8; 64]) -> Result<Vec<u8>, AttachError> {
        VerifyingKey::from_bytes(&self.public_key)
            .map_err(|_| AttachError::NotAKey)?
            .verify_strict(&self.message, &Signature::from_bytes(signature))
            .map_err(|_| AttachError::BadSignature)?;
        Ok(envelope(&self.protected, &self.payload, signature))
    }
}

/// The first eight bytes of the SHA-256 of a public key: how a card names its key.
pub fn key_id(public_key: &[u8; 32]) -> [u8; 8] {
    let digest = sha256(public_key);
    std::array::from_fn(|place| digest[place])
}

/// A card as the capitals and digits of base32 (RFC 4648 §6, no padding).
pub fn to_base32(card: &[u8]) -> String {
    BASE32_NOPAD.encode(card)
}

/// The bytes behind base32 text; small letters are read as capitals.
pub fn from_base32(text: &str) -> Result<Vec<u8>, ReadCompactError> {
    if text.len() > MAX_BYTES * 8 / 5 {
        return Err(ReadCompactError::TooLarge);
    }
    BASE32_NOPAD
        .decode(text.to_ascii_uppercase().as_bytes())
        .map_err(|_| ReadCompactError::NotBase32)
}

/// A card that was read, not yet believed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Compact {
    /// What it says.
    pub facts: CompactFacts,
    /// The key it names, see [`key_id`].
    pub key_id: [u8; 8],
    message: Vec<u8>,
    signature: [u8; 64],
}

impl Compact {
    /// Whether the card was signed with this key.
    pub fn is_signed_with(&self, public_key: &[u8; 32]) -> bool {
        let signature = Signature::from_bytes(&self.signature);
        VerifyingKey::from_bytes(public_key)
            .is_ok_and(|key| key.verify_strict(&self.message, &signature).is_ok())
    }
}

/// Read a card. Only its one deterministic encoding is accepted.
pub fn parse(card: &[u8]) -> Result<Compact, ReadCompactError> {
    if card.len() > MAX_BYTES {
        return Err(ReadCompactError::TooLarge);
    }
    let Value::Tag(TAG, content) = decode(card)? else {
        return Err(ReadCompactError::NotACard);
    };
    let [protected, unprotected, payload, signature] = items(*content)?;
    let (protected, payload) = (bytes(protected)?, bytes(payload)?);
    let signature: [u8; 64] =
        bytes(signature)?.try_into().map_err(|_| ReadCompactError::NotACard)?;
    if unprotected != Value::Map(Vec::new()) {
        return Err(ReadCompactError::NotACard);
    }
    let key_id = read_protected(&protected)?;
    let facts = read_claims(decode(&payload)?)?;
    // What is not written exactly as we write it could be read in two ways.
    if encode(&claims(&facts)) != payload || envelope(&protected, &payload, &signature) != card {
        return Err(ReadCompactError::NotDeterministic);
    }
    let message = sig_structure(&protected, &payload);
    Ok(Compact { facts, key_id, message, signature })
}

/// Why some text or bytes are not taken for a card.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReadCompactError {
    /// Longer than [`MAX_BYTES`].
    #[error("the code is longer than a QR code can be")]
    TooLarge,
    /// Not base32.
    #[error("the code is not base32")]
    NotBase32,
    /// Not CBOR.
    #[error("the code is not CBOR")]
    NotCbor,
    /// Not a COSE_Sign1 with the claims of a portfolio's card.
    #[error("the code is not a portfolio's card")]
    NotACard,
    /// Not the deterministic encoding.
    #[error("the code is not in its one deterministic form")]
    NotDeterministic,
}

impl ReadCompactError {
    /// The machine word of this refusal.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::NotBase32 => "not_base32",
            Self::NotCbor => "not_cbor",
            Self::NotACard => "not_a_card",
            Self::NotDeterministic => "not_deterministic",
        }
    }
}

fn claims(facts: &CompactFacts) -> Value {
    let mut identity = vec![(FULL_NAME, Value::from(facts.name.as_str()))];
    if let Some((name, language)) = &facts.name_native {
        identity.push((SECOND_NAME, name.as_str().into()));
        identity.push((SECOND_LANGUAGE, language.as_str().into()));
    }
    let list = short_list(&facts.status_list, &facts.issuer_did);
    // In the bytewise order of the encoded labels (RFC 8949 §4.2.1).
    map([
        (ISS, facts.issuer_did.as_str().into()),
        (IAT, facts.issued_at.timestamp().into()),
        (CTI, Value::Bytes(facts.portfolio_id.as_bytes().to_vec())),
        (IDENTITY, map(identity)),
        (RECORD_HASH, Value::Bytes(facts.record_hash.to_vec())),
        (STATUS, Value::Array(vec![list.into(), facts.status_index.into()])),
        (
            PRINTED,
            Value::Array(vec![
                facts.programme.as_str().into(),
                facts.count.into(),
                facts.college.as_str().into(),
            ]),
        ),
    ])
}

/// The name of a list below the college's own address, or its whole address.
fn short_list<'a>(list: &'a str, did: &str) -> &'a str {
    lists_of(did)
        .and_then(|prefix| list.strip_prefix(prefix.as_str()))
        .filter(|name| !name.is_empty() && !name.contains(':'))
        .unwrap_or(list)
}

fn long_list(list: &str, did: &str) -> Option<String> {
    if list.contains(':') {
        return Some(list.to_owned());
    }
    Some(format!("{}{list}", lists_of(did)?))
}

fn lists_of(did: &str) -> Option<String> {
    Some(format!("{}/status/", issuer::base_url(did)?))
}

fn read_protected(protected: &[u8]) -> Result<[u8; 8], ReadCompactError> {
    let mut header = Members::of(decode(protected)?)?;
    if header.take(ALG)? != Value::from(EDDSA) {
        return Err(ReadCompactError::NotACard);
    }
    let key_id: [u8; 8] =
        bytes(header.take(KID)?)?.try_into().map_err(|_| ReadCompactError::NotACard)?;
    header.finish()?;
    if encode(&map([(ALG, EDDSA.into()), (KID, Value::Bytes(key_id.to_vec()))])) != protected {
        return Err(ReadCompactError::NotDeterministic);
    }
    Ok(key_id)
}

fn read_claims(payload: Value) -> Result<CompactFacts, ReadCompactError> {
    let mut claims = Members::of(payload)?;
    let issuer_did = text(claims.take(ISS)?)?;
    let issued_at = number(claims.take(IAT)?).ok().filter(|seconds| TIMES.contains(seconds));
    let issued_at = issued_at
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .ok_or(ReadCompactError::NotACard)?;
    let portfolio_id = bytes(claims.take(CTI)?)?;
    let mut identity = Members::of(claims.take(IDENTITY)?)?;
    let name = text(identity.take(FULL_NAME)?)?;
    let name_native = match identity.take(SECOND_NAME) {
        Ok(native) => Some((text(native)?, text(identity.take(SECOND_LANGUAGE)?)?)),
        Err(_) => None,
    };
    identity.finish()?;
    let record_hash = bytes(claims.take(RECORD_HASH)?)?;
    let [list, index] = items(claims.take(STATUS)?)?;
    let [programme, count, college] = items(claims.take(PRINTED)?)?;
    let facts = CompactFacts {
        status_list: long_list(&text(list)?, &issuer_did).ok_or(ReadCompactError::NotACard)?,
        issuer_did,
        issued_at,
        portfolio_id: Uuid::from_slice(&portfolio_id).map_err(|_| ReadCompactError::NotACard)?,
        name,
        name_native,
        record_hash: record_hash.try_into().map_err(|_| ReadCompactError::NotACard)?,
        status_index: number(index)
            .ok()
            .filter(|index| *index < status_list::BITS)
            .ok_or(ReadCompactError::NotACard)?,
        programme: text(programme)?,
        count: number(count)?,
        college: text(college)?,
    };
    claims.finish()?;
    Ok(facts)
}

fn sig_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    // RFC 9052 §4.4, without external data.
    encode(&Value::Array(vec![
        "Signature1".into(),
        Value::Bytes(protected.to_vec()),
        Value::Bytes(Vec::new()),
        Value::Bytes(payload.to_vec()),
    ]))
}

fn envelope(protected: &[u8], payload: &[u8], signature: &[u8; 64]) -> Vec<u8> {
    let content = Value::Array(vec![
        Value::Bytes(protected.to_vec()),
        Value::Map(Vec::new()),
        Value::Bytes(payload.to_vec()),
        Value::Bytes(signature.to_vec()),
    ]);
    encode(&Value::Tag(TAG, Box::new(content)))
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    fn facts() -> CompactFacts {
        CompactFacts {
            issuer_did: "did:web:hub.example:colleges:anna".into(),
            issued_at: DateTime::from_timestamp(1_767_607_200, 0).unwrap(),
            portfolio_id: "6f1c9c5e-8f0f-4c57-9d0e-3f6f2d2b7a11".parse().unwrap(),
            name: "Kavya Subramanian".into(),
            name_native: None,
            record_hash: std::array::from_fn(|place| place as u8),
            status_list: "https://hub.example/colleges/anna/status/portfolios-1".into(),
            status_index: 90_210,
            programme: "B.E. CSE".into(),
            count: 12,
            college: "Anna".into(),
        }
    }

    fn tamil() -> CompactFacts {
        CompactFacts {
            name_native: Some(("கவ்யா சுப்பிரமணியன்".into(), "ta".into())), ..facts()
        }
    }

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn sign(facts: &CompactFacts) -> Vec<u8> {
        let prepared = prepare(facts, &key().verifying_key().to_bytes());
        let signature = key().sign(prepared.message()).to_bytes();
        prepared.attach(&signature).unwrap()
    }

    #[test]
    fn a_card_says_what_went_in_and_is_signed() {
        for facts in [facts(), tamil()] {
            let card = sign(&facts);
            let read = parse(&card).unwrap();
            assert_eq!(read.facts, facts);
            assert_eq!(read.key_id, key_id(&key().verifying_key().to_bytes()));
            assert!(read.is_signed_with(&key().verifying_key().to_bytes()));
            assert!(
                !read.is_signed_with(&SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes())
            );
        }
    }

    #[test]
    fn a_latin_card_fits_the_size_that_prints_well() {
        let card = sign(&facts());
        assert!(card.len() <= 260, "{} bytes", card.len());
    }

    #[test]
    fn a_list_on_another_host_keeps_its_whole_address() {
        let facts =
            CompactFacts { issuer_did: "did:web:credentials.college.example".into(), ..facts() };
        assert_eq!(parse(&sign(&facts)).unwrap().facts, facts);
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let card = sign(&facts());
        let public = key().verifying_key().to_bytes();
        for place in 0..card.len() {
            let mut changed = card.clone();
            changed[place] ^= 1;
            let believed = parse(&changed)
                .is_ok_and(|read| read.key_id == key_id(&public) && read.is_signed_with(&public));
            assert!(!believed, "byte {place}");
        }
    }

    #[test]
    fn a_longer_way_to_write_the_same_card_is_refused() {
        let card = sign(&facts());
        // The tag in two bytes instead of one.
        let longer = [&[0xd8, 0x12], &card[1..]].concat();
        assert_eq!(parse(&longer), Err(ReadCompactError::NotDeterministic));
        assert_eq!(parse(&[card.as_slice(), &[0]].concat()), Err(ReadCompactError::NotCbor));
        assert_eq!(parse(&card[..card.len() - 1]), Err(ReadCompactError::NotCbor));
    }

    #[test]
    fn base32_reads_back_in_any_case_and_refuses_other_text() {
        let card = sign(&facts());
        let text = to_base32(&card);
        assert!(text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
        assert_eq!(from_base32(&text).unwrap(), card);
        assert_eq!(from_base32(&text.to_lowercase()).unwrap(), card);
        assert_eq!(from_base32("A0"), Err(ReadCompactError::NotBase32));
        assert_eq!(from_base32(&"A".repeat(4000)), Err(ReadCompactError::TooLarge));
    }
}
