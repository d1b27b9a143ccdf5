//! Cards kept as files, shared with the page in the browser: good ones, and one per way to be bad.
//! `HUB_WRITE_VECTORS=1` writes them anew.

use chrono::DateTime;
use ciborium::Value;
use ed25519_dalek::{Signer, SigningKey};
use hub::credential::compact::{CompactFacts, MAX_BYTES, from_base32, key_id, prepare, to_base32};
use hub::credential::verify::{CheckId, verify_compact};
use serde_json::json;

use crate::samples::{anna, issued_at, knowledge};
use crate::vectors::{files, same_as_file};

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

/// Good cards: other scripts, bare ones, numbers at every width that CBOR writes, lists and hosts of other forms.
fn good_cards() -> Vec<(&'static str, CompactFacts)> {
    let with = |change: fn(&mut CompactFacts)| {
        let mut facts = facts();
        change(&mut facts);
        facts
    };
    vec![
        ("latin", facts()),
        ("tamil", tamil()),
        ("hindi", with(|facts| facts.name_native = Some(("काव्या सुब्रमण्यन".into(), "hi".into())))),
        ("urdu", with(|facts| facts.name_native = Some(("کاویہ سبرامنین".into(), "ur".into())))),
        (
            "bare",
            with(|facts| {
                facts.programme = String::new();
                facts.count = 0;
                facts.status_index = 0;
                facts.issued_at = DateTime::UNIX_EPOCH;
            }),
        ),
        (
            "one-byte-numbers",
            with(|facts| {
                facts.count = 23;
                facts.status_index = 24;
            }),
        ),
        (
            "wider-numbers",
            with(|facts| {
                facts.count = 256;
                facts.status_index = 131_071;
            }),
        ),
        (
            "widest-numbers",
            with(|facts| {
                facts.count = u32::MAX;
                facts.status_index = 65_536;
                facts.issued_at = DateTime::from_timestamp(253_402_300_799, 0).unwrap();
            }),
        ),
        ("long-name", with(|facts| facts.name = "Venkata Narasimha Rajuvaripet ".repeat(10))),
        (
            "odd-text",
            with(|facts| {
                facts.name = "\u{feff}K\u{301}a\u{0}\u{10ffff}\"\\".into();
                facts.college = "🏆👩‍🎓".into();
            }),
        ),
        (
            "list-elsewhere",
            with(|facts| facts.status_list = "https://lists.example/portfolios-1".into()),
        ),
        (
            "domain-of-the-college",
            with(|facts| facts.issuer_did = "did:web:credentials.college.example".into()),
        ),
        (
            "demo",
            with(|facts| {
                facts.issuer_did = "did:web:localhost%3A8080:colleges:anna".into();
                facts.status_list =
                    "http://localhost:8080/colleges/anna/status/portfolios-1".into();
            }),
        ),
    ]
}

#[test]
fn the_cards_on_file_are_what_this_code_writes() {
    for (name, facts) in good_cards() {
        let card = sign(&facts);
        let read = hub::credential::compact::parse(&card).unwrap();
        assert_eq!(read.facts, facts, "{name}");
        assert!(read.is_signed_with(&anna().public_key()), "{name}");
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

/// What the hub says of a card, by the check that refuses it.
fn word(base32: &str) -> String {
    let card = match from_base32(base32) {
        Ok(card) => card,
        Err(error) => return error.code().into(),
    };
    let report = verify_compact(&card, &knowledge(&[]), issued_at());
    let of = |id| report.checks.iter().find(|check| check.id == id).map(|check| check.code.clone());
    of(CheckId::Signature).or(of(CheckId::Format)).unwrap()
}

#[test]
fn the_bad_cards_on_file_are_refused_each_for_its_own_reason() {
    let mut texts: Vec<(String, String, &str)> = bad_cards()
        .into_iter()
        .map(|(name, card, refusal)| (name.to_owned(), to_base32(&card), refusal))
        .collect();
    texts.extend(bad_texts().map(|(name, text, refusal)| (name.to_owned(), text, refusal)));
    assert!(texts.len() >= 60, "{} bad cards", texts.len());
    for (name, base32, refusal) in &texts {
        assert_eq!(word(base32), *refusal, "{name}");
        let vector = json!({
            "public_key": hex::encode(anna().public_key()),
            "base32": base32,
            "valid": false,
            "code": refusal,
        });
        same_as_file(&format!("compact/bad-{name}"), &vector);
    }
    let mut expected: Vec<String> =
        texts.into_iter().map(|(name, ..)| format!("bad-{name}")).collect();
    expected.extend(good_cards().into_iter().map(|(name, _)| name.to_owned()));
    expected.sort();
    assert_eq!(files("compact"), expected, "a file that no test writes");
}

/// What is wrong with the text before a single byte of the card is read.
fn bad_texts() -> [(&'static str, String, &'static str); 5] {
    let good = to_base32(&sign(&facts()));
    [
        ("base32-padded", format!("{good}===="), "not_base32"),
        // The last letter of 252 bytes holds one bit of nothing.
        ("base32-leftover-bits", format!("{}B", &good[..good.len() - 1]), "not_base32"),
        // Capital I by Unicode's rules, but not a letter of base32.
        ("base32-dotless-i", good.replacen('I', "ı", 1), "not_base32"),
        ("base32-zero-for-o", good.replacen('O', "0", 1), "not_base32"),
        ("base32-too-long", "A".repeat(MAX_BYTES * 2), "too_large"),
    ]
}

fn bad_cards() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let good = sign(&facts());
    let message = prepare(&facts(), &anna().public_key()).message().to_vec();
    let [_, protected, _, payload] = parts(&message);
    let mut all = changed_outside(&good, &message, &protected, &payload);
    all.extend(changed_headers(&payload));
    all.extend(changed_claims(&protected, &payload));
    all
}

/// A card whose bytes were touched after it was signed, or whose envelope is another.
fn changed_outside(
    good: &[u8],
    message: &[u8],
    protected: &Value,
    payload: &Value,
) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let with = |place: usize| {
        let mut card = good.to_vec();
        card[place] ^= 1;
        card
    };
    let place = |text: &[u8]| good.windows(text.len()).position(|window| window == text).unwrap();
    let foreign = SigningKey::from_bytes(&[8; 32]).sign(message).to_bytes();
    let own = anna().key.sign(message).to_bytes();
    let wrapped =
        |tag: u64, parts: Vec<Value>| encode(&Value::Tag(tag, Box::new(Value::Array(parts))));
    let whole = || {
        vec![protected.clone(), Value::Map(Vec::new()), payload.clone(), Value::Bytes(own.to_vec())]
    };
    let part = |place: usize, value: Value| {
        let mut parts = whole();
        parts[place] = value;
        wrapped(18, parts)
    };
    vec![
        ("signature", with(good.len() - 1), "bad_signature"),
        ("name", with(place(b"Kavya")), "bad_signature"),
        ("record-hash", with(place(&facts().record_hash)), "bad_signature"),
        ("other-key", envelope(protected, payload, foreign), "bad_signature"),
        ("no-signature", envelope(protected, payload, [0; 64]), "bad_signature"),
        ("longer-tag", [&[0xd8, 0x12], &good[1..]].concat(), "not_deterministic"),
        ("longer-array", [&[0xd2, 0x98, 0x04], &good[2..]].concat(), "not_deterministic"),
        ("endless-array", [&[0xd2, 0x9f], &good[2..], &[0xff]].concat(), "not_deterministic"),
        ("no-tag", good[1..].to_vec(), "not_a_card"),
        ("tag-of-a-mac", wrapped(17, whole()), "not_a_card"),
        ("tag-of-a-cwt-around", [&[0xd8, 0x3d], good].concat(), "not_a_card"),
        ("three-parts", wrapped(18, whole()[..3].to_vec()), "not_a_card"),
        ("five-parts", wrapped(18, [whole(), vec![Value::Null]].concat()), "not_a_card"),
        ("detached-payload", part(2, Value::Null), "not_a_card"),
        ("payload-as-text", part(2, "payload".into()), "not_a_card"),
        ("unprotected-header", part(1, map([(4, Value::Bytes(vec![1; 8]))])), "not_a_card"),
        ("short-signature", part(3, Value::Bytes(own[..63].to_vec())), "not_a_card"),
        ("long-signature", part(3, Value::Bytes([&own[..], &[0]].concat())), "not_a_card"),
        ("trailing-byte", [good, &[0]].concat(), "not_cbor"),
        ("cut-off", good[..good.len() - 1].to_vec(), "not_cbor"),
        ("empty", Vec::new(), "not_cbor"),
        ("deeply-nested", [0x81; 200].to_vec(), "not_cbor"),
        (
            "huge-length",
            vec![0xd2, 0x84, 0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            "not_cbor",
        ),
        ("too-long", [good, &[0; MAX_BYTES]].concat(), "too_large"),
    ]
}

/// Headers of another form, over which the college's own key has signed.
fn changed_headers(payload: &Value) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let kid = Value::Bytes(key_id(&anna().public_key()).to_vec());
    let with = |header: Vec<u8>| signed(&Value::Bytes(header), payload);
    let header = |members: Vec<(i64, Value)>| with(encode(&map(members)));
    vec![
        ("another-algorithm", header(vec![(1, (-7).into()), (4, kid.clone())]), "not_a_card"),
        ("no-algorithm", header(vec![(4, kid.clone())]), "not_a_card"),
        ("no-key-id", header(vec![(1, (-8).into())]), "not_a_card"),
        (
            "short-key-id",
            header(vec![(1, (-8).into()), (4, Value::Bytes(vec![1; 7]))]),
            "not_a_card",
        ),
        ("key-id-as-text", header(vec![(1, (-8).into()), (4, "key-2026".into())]), "not_a_card"),
        (
            "key-id-of-nobody",
            header(vec![(1, (-8).into()), (4, Value::Bytes(vec![1; 8]))]),
            "unknown_key",
        ),
        (
            "critical-header",
            header(vec![(1, (-8).into()), (2, Value::Array(vec![4.into()])), (4, kid.clone())]),
            "not_a_card",
        ),
        (
            "headers-in-another-order",
            header(vec![(4, kid.clone()), (1, (-8).into())]),
            "not_deterministic",
        ),
        (
            "header-with-more-behind",
            with([encode(&map([(1, (-8).into()), (4, kid)])), vec![0]].concat()),
            "not_cbor",
        ),
    ]
}

/// Claims of another form, over which the college's own key has signed.
fn changed_claims(
    protected: &Value,
    payload: &Value,
) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let bytes = payload.as_bytes().unwrap().clone();
    let claims: Value = ciborium::from_reader(bytes.as_slice()).unwrap();
    let raw = |bytes: Vec<u8>| signed(protected, &Value::Bytes(bytes));
    type Claims = Vec<(Value, Value)>;
    let claimed = |change: &dyn Fn(&mut Claims)| {
        let mut members = claims.clone().into_map().unwrap();
        change(&mut members);
        raw(encode(&Value::Map(members)))
    };
    let set = |label: i64, value: Value| {
        claimed(&|members| {
            members.iter_mut().find(|(key, _)| *key == Value::from(label)).unwrap().1 =
                value.clone();
        })
    };
    let person = |members: Vec<(i64, Value)>| set(169, map(members));
    let printed =
        |count: Value| set(-65_539, Value::Array(vec!["B.E. CSE".into(), count, "Anna".into()]));
    let place = |list: &str, index: Value| set(-65_538, Value::Array(vec![list.into(), index]));
    let swapped = |from: &[u8], to: &[u8]| {
        let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
        raw([&bytes[..at], to, &bytes[at + from.len()..]].concat())
    };
    let name = || (4, Value::from("Kavya Subramanian"));
    let whole = format!("{}/status/portfolios-1", anna().base());
    vec![
        (
            "more-claims",
            claimed(&|members| members.push(((-65_540).into(), "more".into()))),
            "not_a_card",
        ),
        (
            "registered-status-claim",
            claimed(&|members| members.push((65_535.into(), "x".into()))),
            "not_a_card",
        ),
        ("fewer-claims", claimed(&|members| members.truncate(6)), "not_a_card"),
        ("no-issuer", claimed(&|members| drop(members.remove(0))), "not_a_card"),
        ("claims-in-another-order", claimed(&|members| members.reverse()), "not_deterministic"),
        ("a-claim-twice", claimed(&|members| members.insert(1, members[0].clone())), "not_a_card"),
        (
            "claims-named-by-text",
            claimed(&|members| members.push(("iss".into(), "x".into()))),
            "not_a_card",
        ),
        ("issuer-as-bytes", set(1, Value::Bytes(b"did:web:x".to_vec())), "not_a_card"),
        ("time-as-text", set(6, "2026-01-05".into()), "not_a_card"),
        ("time-with-a-fraction", set(6, Value::Float(1_767_607_200.5)), "not_a_card"),
        ("time-before-1970", set(6, (-1).into()), "not_a_card"),
        ("time-after-9999", set(6, 253_402_300_800_i64.into()), "not_a_card"),
        ("time-as-a-date-tag", set(6, Value::Tag(1, Box::new(1_767_607_200.into()))), "not_a_card"),
        ("short-portfolio-id", set(7, Value::Bytes(vec![1; 15])), "not_a_card"),
        (
            "portfolio-id-as-text",
            set(7, "6f1c9c5e-8f0f-4c57-9d0e-3f6f2d2b7a11".into()),
            "not_a_card",
        ),
        ("short-record-hash", set(-65_537, Value::Bytes(vec![1; 31])), "not_a_card"),
        ("long-record-hash", set(-65_537, Value::Bytes(vec![1; 33])), "not_a_card"),
        ("name-as-bytes", person(vec![(4, Value::Bytes(b"Kavya".to_vec()))]), "not_a_card"),
        ("no-name", person(vec![(19, "க".into()), (20, "ta".into())]), "not_a_card"),
        ("second-name-without-language", person(vec![name(), (19, "க".into())]), "not_a_card"),
        ("language-without-second-name", person(vec![name(), (20, "ta".into())]), "not_a_card"),
        ("more-about-the-person", person(vec![name(), (8, "1999-01-01".into())]), "not_a_card"),
        (
            "person-in-another-order",
            person(vec![(19, "க".into()), (20, "ta".into()), name()]),
            "not_deterministic",
        ),
        ("count-below-zero", printed((-1).into()), "not_a_card"),
        ("count-too-large", printed(4_294_967_296_i64.into()), "not_a_card"),
        ("count-as-text", printed("12".into()), "not_a_card"),
        ("count-as-truth", printed(Value::Bool(true)), "not_a_card"),
        ("count-as-float", printed(Value::Float(12.0)), "not_a_card"),
        ("index-below-zero", place("portfolios-1", (-1).into()), "not_a_card"),
        ("index-outside-the-list", place("portfolios-1", 131_072.into()), "not_a_card"),
        ("index-as-text", place("portfolios-1", "9".into()), "not_a_card"),
        ("list-without-a-name", place("", 9.into()), "not_deterministic"),
        ("list-written-longer-than-needed", place(&whole, 9.into()), "not_deterministic"),
        (
            "short-list-of-an-issuer-without-a-path",
            set(1, "did:web:college.example".into()),
            "not_a_card",
        ),
        ("short-list-of-another-method", set(1, "did:key:z6Mk".into()), "not_a_card"),
        (
            "three-about-status",
            set(-65_538, Value::Array(vec!["x".into(), 1.into(), 2.into()])),
            "not_a_card",
        ),
        ("two-printed", set(-65_539, Value::Array(vec!["x".into(), 1.into()])), "not_a_card"),
        ("number-in-more-bytes", swapped(&[0x0c, 0x64], &[0x18, 0x0c, 0x64]), "not_deterministic"),
        ("text-in-pieces", swapped(b"\x64Anna", b"\x7f\x62An\x62na\xff"), "not_deterministic"),
        ("text-that-is-not-utf8", swapped(b"\x64Anna", b"\x64An\xffa"), "not_cbor"),
        ("claims-with-more-behind", raw([bytes.as_slice(), &[0]].concat()), "not_cbor"),
        ("claims-that-are-no-map", raw(encode(&Value::Array(vec![1.into()]))), "not_a_card"),
        (
            "claims-of-endless-length",
            raw([&[0xbf], &bytes[1..], &[0xff]].concat()),
            "not_deterministic",
        ),
    ]
}

fn map(members: impl IntoIterator<Item = (i64, Value)>) -> Value {
    Value::Map(members.into_iter().map(|(label, value)| (label.into(), value)).collect())
}

/// A card whose signature is genuine, whatever it says.
fn signed(protected: &Value, payload: &Value) -> Vec<u8> {
    let message = encode(&Value::Array(vec![
        "Signature1".into(),
        protected.clone(),
        Value::Bytes(Vec::new()),
        payload.clone(),
    ]));
    envelope(protected, payload, anna().key.sign(&message).to_bytes())
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
