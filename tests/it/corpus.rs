//! Documents that deserve no belief: good ones with one change, and strangers that would take long. Also measured by
//! benches/forged.rs, which is why nothing here needs the tests around it.

use serde_json::{Value, json};

const KEY: &str = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
const V2: &str = "https://www.w3.org/ns/credentials/v2";
const OPEN_BADGES: &str = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";

fn proof() -> Value {
    json!({
        "type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "created": "2026-01-05T10:00:00Z",
        "verificationMethod": format!("did:key:{KEY}#{KEY}"), "proofPurpose": "assertionMethod",
        "proofValue": format!("z{}", "1".repeat(64)),
    })
}

/// A stranger's credential whose key is known, so that its signature is worth checking.
pub fn foreign(subject: Value) -> Value {
    json!({
        "@context": [V2, OPEN_BADGES], "id": "urn:x:1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"], "issuer": format!("did:key:{KEY}"),
        "validFrom": "2026-01-05T10:00:00Z", "credentialSubject": subject, "proof": [proof()],
    })
}

/// Every place of a document, as a JSON pointer.
pub fn pointers(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
                found.push(path.clone());
                pointers(member, &path, found);
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                let path = format!("{path}/{place}");
                found.push(path.clone());
                pointers(item, &path, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Every document that differs from this one at one place, with the place and the way.
pub fn tampered(document: &Value) -> Vec<(String, Value)> {
    let mut places = Vec::new();
    pointers(document, "", &mut places);
    let at = |place: &String| {
        let changes = changes(document, place).into_iter();
        changes.map(|(way, forged)| (format!("{place} {way}"), forged)).collect::<Vec<_>>()
    };
    places.iter().flat_map(at).collect()
}

/// Ways to change the value at one place.
pub fn changes(document: &Value, path: &str) -> Vec<(&'static str, Value)> {
    let original = document.pointer(path).unwrap();
    let with = |value: Value| {
        let mut copy = document.clone();
        *copy.pointer_mut(path).unwrap() = value;
        copy
    };
    let mut all = vec![("removed", removed(document, path))];
    match original {
        Value::String(text) => {
            all.push(("extended", with(json!(format!("{text}\u{200b}")))));
            all.push(("made a list", with(json!([text]))));
            if text.is_ascii() && text.to_uppercase() != *text {
                all.push(("capitalised", with(json!(text.to_uppercase()))));
            }
        }
        Value::Bool(truth) => all.push(("turned", with(json!(!truth)))),
        Value::Number(_) => all.push(("made a float", with(json!(1.5)))),
        Value::Array(items) => {
            all.push(("doubled", with(items.iter().chain(items).cloned().collect())));
            all.push(("emptied", with(json!([]))));
            if items.len() > 1 {
                all.push(("reversed", with(items.iter().rev().cloned().collect())));
            }
        }
        Value::Object(members) => {
            let mut extended = members.clone();
            extended.insert("description".into(), json!("slipped in"));
            if !members.contains_key("description") {
                all.push(("extended", with(Value::Object(extended))));
            }
        }
        Value::Null => {}
    }
    all.retain(|(_, changed)| changed != document);
    all
}

/// The document without what stands at one place.
pub fn removed(document: &Value, path: &str) -> Value {
    let mut copy = document.clone();
    let (parent, name) = path.rsplit_once('/').unwrap();
    match copy.pointer_mut(parent).unwrap() {
        Value::Object(members) => {
            members.remove(&name.replace("~1", "/").replace("~0", "~"));
        }
        Value::Array(items) => {
            items.remove(name.parse().unwrap());
        }
        other => panic!("{other}"),
    }
    copy
}

/// Documents that would take long, each in another way.
pub fn heavy() -> Vec<(&'static str, Value)> {
    let with = |name: &str, value: Value| {
        let mut document = foreign(json!({ "id": "urn:a" }));
        document[name] = value;
        document
    };
    let badges = |count| vec![json!(OPEN_BADGES); count];
    let own_context = |count| vec![json!({ "@context": V2 }); count];
    let classes = |count| vec![json!({ "type": ["Achievement"], "name": "n" }); count];
    let mut deep = json!({ "id": "urn:z" });
    for _ in 0..26 {
        deep = json!({ "@context": [V2, OPEN_BADGES], "type": "AchievementSubject", "achievement": deep });
    }
    let tags: Vec<String> = (0..100_000).map(|number| number.to_string()).collect();
    let mut jcs = proof();
    jcs["cryptosuite"] = json!("eddsa-jcs-2022");
    vec![
        ("contexts", with("@context", json!([vec![json!(V2)], badges(60)].concat()))),
        ("nodes with a context", foreign(json!(own_context(60)))),
        ("nodes with a class", foreign(json!(classes(400)))),
        ("deep contexts", foreign(deep)),
        (
            "a megabyte of tags",
            foreign(json!({ "achievement": { "type": "Achievement", "tag": &tags[..90_000] } })),
        ),
        ("rdfc proofs", with("proof", json!(vec![proof(); 30]))),
        ("jcs proofs", with("proof", json!(vec![jcs; 1000]))),
        (
            "a long text",
            foreign(
                json!({ "id": "urn:a", "type": "AchievementSubject", "role": "x".repeat(1_900_000) }),
            ),
        ),
        ("credentials inside", crowd(20)),
    ]
}

/// A stranger's portfolio of so many credentials.
pub fn crowd(count: usize) -> Value {
    let inside = vec![foreign(json!({ "id": "urn:b" })); count];
    foreign(json!({ "id": "urn:a", "verifiableCredential": inside }))
}

/// Nodes that all know each other, so that nothing tells them apart.
pub fn clique(count: usize) -> Value {
    let node = |one: usize| {
        let others = (0..count).filter(|other| *other != one);
        let others: Vec<Value> =
            others.map(|other| json!({ "id": format!("_:b{other}") })).collect();
        json!({ "id": format!("_:b{one}"), "type": "AchievementSubject", "achievement": others })
    };
    foreign((0..count).map(node).collect())
}
