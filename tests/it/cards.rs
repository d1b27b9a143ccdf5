//! Cards kept as files, shared with the page in the browser: good ones, and one per way to be bad.
//! `HUB_WRITE_VECTORS=1` writes them anew.

use ciborium::Value;
use ed25519_dalek::{Signer, SigningKey};
use hub::credential::compact::{CompactFacts, key_id, parse, prepare, to_base32};
use serde_json::json;

use crate::samples::{anna, issued_at};
use crate::vectors::same_as_file;

fn facts() -> CompactFacts {
    CompactFacts {
        issuer_did: anna().did(),
        issued_at: issued_at(),
        portfolio_id: "6f1c9c5e-8f0f-4c57-9d0e-3f6f2d2b7a11".parse().unwrap(),
        name: "Kavya Subramanian".into(),
        name_native: None,
        record_hash: std::array::from_fn(|place| u8::try_from(place).unwrap()),
        status_list: format!("{}/status/portfolios-1", anna().base()),
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

fn sign(facts: &CompactFacts) -> Vec<u8> {
    let prepared = prepare(facts, &anna().public_key());
    let signature = anna().key.sign(prepared.message()).to_bytes();
    prepared.attach(&signature).unwrap()
}

#[test]
fn the_cards_on_file_are_what_this_code_writes() {
    for (name, facts) in [("latin", facts()), ("tamil", tamil())] {
        let card = sign(&facts);
        let native = facts.name_native.as_ref();
        let vector = json!({
            "public_key": hex::encode(anna().public_key()),
            "key_id": hex::encode(key_id(&anna().public_key())),
            "base32": to_base32(&card),
            "hex": hex::encode(&card),
            "bytes": card.len(),
            "valid": true,
            "facts": {
                "issuer": facts.issuer_did,
                "issued_at": facts.issued_at.timestamp(),
                "portfolio_id": facts.portfolio_id,
                "name": facts.name,
                "name_native": native.map(|(name, _)| name),
                "native_language": native.map(|(_, language)| language),
                "record_hash": hex::encode(facts.record_hash),
                "status_list": facts.status_list,
                "status_index": facts.status_index,
                "programme": facts.programme,
                "count": facts.count,
                "college": facts.college,
            },
        });
        same_as_file(&format!("compact/{name}"), &vector);
    }
}

#[test]
fn the_bad_cards_on_file_are_refused_each_for_its_own_reason() {
    for (name, card, refusal) in bad_cards() {
        let word = match parse(&card) {
            Ok(read) if read.is_signed_with(&anna().public_key()) => "ok",
            Ok(_) => "bad_signature",
            Err(error) => error.code(),
        };
        assert_eq!(word, refusal, "{name}");
        let vector = json!({
            "public_key": hex::encode(anna().public_key()),
            "base32": to_base32(&card),
            "hex": hex::encode(&card),
            "valid": false,
            "code": refusal,
        });
        same_as_file(&format!("compact/bad-{name}"), &vector);
    }
}

fn bad_cards() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let good = sign(&facts());
    let with = |place: usize| {
        let mut card = good.clone();
        card[place] ^= 1;
        card
    };
    let place = |text: &[u8]| good.windows(text.len()).position(|window| window == text).unwrap();
    let message = prepare(&facts(), &anna().public_key()).message().to_vec();
    let [_, protected, _, payload] = parts(&message);
    let signed = |payload: &Value| {
        let message = encode(&Value::Array(vec![
            "Signature1".into(),
            protected.clone(),
            Value::Bytes(Vec::new()),
            payload.clone(),
        ]));
        envelope(&protected, payload, anna().key.sign(&message).to_bytes())
    };
    let claims: Value = ciborium::from_reader(payload.as_bytes().unwrap().as_slice()).unwrap();
    let claimed = |change: fn(&mut Vec<(Value, Value)>)| {
        let mut members = claims.clone().into_map().unwrap();
        change(&mut members);
        signed(&Value::Bytes(encode(&Value::Map(members))))
    };
    let foreign = SigningKey::from_bytes(&[8; 32]).sign(&message).to_bytes();
    vec![
        ("signature", with(good.len() - 1), "bad_signature"),
        ("name", with(place(b"Kavya")), "bad_signature"),
        ("record-hash", with(place(&facts().record_hash)), "bad_signature"),
        ("other-key", envelope(&protected, &payload, foreign), "bad_signature"),
        ("no-signature", envelope(&protected, &payload, [0; 64]), "bad_signature"),
        (
            "more-claims",
            claimed(|members| members.push(((-65_540).into(), "more".into()))),
            "not_a_card",
        ),
        ("fewer-claims", claimed(|members| members.truncate(6)), "not_a_card"),
        ("claims-in-another-order", claimed(|members| members.reverse()), "not_deterministic"),
        ("longer-tag", [&[0xd8, 0x12], &good[1..]].concat(), "not_deterministic"),
        ("no-tag", good[1..].to_vec(), "not_a_card"),
        ("trailing-byte", [good.as_slice(), &[0]].concat(), "not_cbor"),
        ("cut-off", good[..good.len() - 1].to_vec(), "not_cbor"),
        ("empty", Vec::new(), "not_cbor"),
    ]
}

/// The parts of a Sig_structure (RFC 9052 §4.4).
fn parts(message: &[u8]) -> [Value; 4] {
    let message: Value = ciborium::from_reader(message).unwrap();
    message.into_array().unwrap().try_into().unwrap()
}

fn envelope(protected: &Value, payload: &Value, signature: [u8; 64]) -> Vec<u8> {
    let content = vec![
        protected.clone(),
        Value::Map(Vec::new()),
        payload.clone(),
        Value::Bytes(signature.to_vec()),
    ];
    encode(&Value::Tag(18, Box::new(Value::Array(content))))
}

fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}
