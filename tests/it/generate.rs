//! Variants of documents, for holding canonicalisers against each other. Everything follows from the seed.

use serde_json::{Map, Value, json};

/// The seed where `FUZZ_SEED` names no other one: every run of the tests asks the same.
pub const SEED: u64 = 20_261_122;

/// A small generator (xorshift64*): not for secrets, the same everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    pub fn one_in(&mut self, odds: usize) -> bool {
        self.below(odds) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// A document with members missing, items more or fewer, other values, and sometimes an oddity that no plan has.
pub fn variant(base: &Value, random: &mut Random) -> Value {
    let mut document = base.clone();
    // Few different ids and words in some documents: nodes meet, leaves repeat, blank nodes tie.
    let mood = Mood { crowded: random.one_in(4), wild: random.one_in(5) };
    vary(&mut document, 0, mood, random);
    if random.one_in(6) {
        let oddities = 1 + random.below(2);
        for _ in 0..oddities {
            disturb(&mut document, random);
        }
    }
    document
}

#[derive(Clone, Copy)]
struct Mood {
    crowded: bool,
    wild: bool,
}

fn vary(value: &mut Value, depth: usize, mood: Mood, random: &mut Random) {
    match value {
        Value::Object(members) => {
            let names: Vec<String> = members.keys().cloned().collect();
            for name in names {
                let deciding = ["@context", "type", "id", "proofPurpose"].contains(&name.as_str());
                let odds = if deciding { 2000 } else { 9 };
                if depth > 0 && random.one_in(odds) {
                    members.remove(&name);
                } else if !deciding || name == "id" {
                    vary(members.get_mut(&name).unwrap(), depth + 1, mood, random);
                }
            }
        }
        Value::Array(items) => {
            let count = random.below(4);
            // The first items matter more: a sample's array shows each kind of item once.
            let chosen: Vec<Value> = match items.len() {
                0 => Vec::new(),
                length => (0..count).map(|_| items[random.below(length)].clone()).collect(),
            };
            *items = chosen;
            items.iter_mut().for_each(|item| vary(item, depth + 1, mood, random));
            if !items.is_empty() && random.one_in(12) {
                items.push(items[0].clone());
            }
        }
        Value::String(text) => {
            *text = if is_address(text) { address(mood, random) } else { words(mood, random) };
        }
        Value::Number(number) => {
            let odd = [json!(1.5), json!(1.0), json!(9_007_199_254_740_993_i64), json!(1e21)];
            let plain = [json!(0), json!(-7), json!(900_000), json!(9_007_199_254_740_991_i64)];
            let list = if mood.wild && random.one_in(4) { &odd } else { &plain };
            *number = random.pick(list).as_number().unwrap().clone();
        }
        Value::Bool(truth) => *truth = random.one_in(2),
        Value::Null => {}
    }
}

fn is_address(text: &str) -> bool {
    ["https://", "urn:", "did:"].iter().any(|scheme| text.starts_with(scheme))
}

/// Addresses that JSON-LD readers could take for something else, and some that are none.
const ODD_ADDRESSES: [&str; 24] = [
    "relative",
    "../up",
    "",
    "_:b0",
    "_:c14n0",
    "cred:x",
    "obi:Achievement",
    "xsd:date",
    "id",
    "type",
    "name",
    "@id",
    "@none",
    "https://a.example/../b",
    "https://a.example/./b",
    "https://a.example/%zz",
    "https://a.example/with space",
    "https://a.example/<tag>",
    "https://काशी.example/ü",
    "https://undefined.invalid/x",
    "https://a.example:port/",
    "https://",
    "HTTPS://a.example/",
    "mailto:a@b.example",
];

fn address(mood: Mood, random: &mut Random) -> String {
    if mood.wild && random.one_in(25) {
        return (*random.pick(&ODD_ADDRESSES)).to_owned();
    }
    let number = if mood.crowded { random.below(3) } else { random.below(1_000_000) };
    match random.below(if mood.crowded { 2 } else { 6 }) {
        0 => format!("https://hub.example/colleges/anna/credentials/{number}"),
        1 => format!("urn:uuid:0b5c9f52-4b7e-4a3c-9c59-0d4b6a{number:06x}"),
        2 => format!("did:web:hub.example%3A8080:colleges:c{number}"),
        3 => format!("https://hub.example/e/{number}?a=b&c=~d(e)!$'*+,;=@#part-{number}"),
        4 => format!("http://localhost:8080/colleges/x{number}"),
        _ => format!("did:web:hub.example:colleges:c{number}#key-2026-01-8d20e7"),
    }
}

const WORDS: [&str; 26] = [
    "name",
    "Smart India Hackathon",
    "கவ்யா சுப்பிரமணியன் (Kavya Subramanian)",
    "काशी महाविद्यालय",
    "క్షేత్రం · ﬁ e\u{301} é",
    "tab\there, line\nbreak, return\r\n",
    "\"quoted\" and back\\slash \\u0041 \\\\",
    "🏆👩\u{200d}🎓 \u{10ffff}",
    "\u{200b}\u{feff}\u{2028}\u{2029}\u{85}",
    "",
    " ",
    "https://not.an/iri <b>&amp;</b> _:b0 \"@id\" ^^<x> .\n",
    "_:c14n0",
    "2026-01-05T10:00:00Z",
    "2025-12-20",
    "true",
    "5",
    "assertionMethod",
    "@type",
    "urn:uuid:x",
    "5.3.1",
    "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "line one\nline two\nline three",
    "a'b`c{d}|e^f",
    "ünïcödé \u{7f}",
    "£ € ₹ ¥",
];
/// What lint refuses and canonicalisers may write differently.
const ODD_WORDS: [&str; 5] =
    ["\u{0}", "\u{1}\u{b}\u{1f}", "\u{8}\u{c}", "\u{fffe} \u{ffff}", "\u{ef}\u{ffef}\u{fffd}"];

fn words(mood: Mood, random: &mut Random) -> String {
    if mood.crowded {
        return (*random.pick(&WORDS[..2])).to_owned();
    }
    if mood.wild && random.one_in(10) {
        return (*random.pick(&ODD_WORDS)).to_owned();
    }
    let mut text = (*random.pick(&WORDS)).to_owned();
    if random.one_in(3) {
        text.push_str(random.pick::<&str>(&WORDS));
    }
    if random.one_in(2) {
        text.push_str(&random.below(10_000).to_string());
    }
    if random.one_in(300) {
        text = text.repeat(200);
    }
    text
}

/// One change at one place that makes another form of document.
fn disturb(node: &mut Value, random: &mut Random) {
    let deeper = random.below(4) > 0;
    match node {
        Value::Object(members) => {
            let inner = members.iter().filter(|(name, value)| {
                *name != "@context" && (value.is_object() || value.is_array())
            });
            let inner: Vec<String> = inner.map(|(name, _)| name.clone()).collect();
            if deeper && !inner.is_empty() {
                disturb(members.get_mut(random.pick(&inner)).unwrap(), random);
            } else {
                disturb_node(members, random);
            }
        }
        Value::Array(items) if deeper && !items.is_empty() => {
            let place = random.below(items.len());
            disturb(&mut items[place], random);
        }
        Value::Array(items) => {
            let odd = [json!("text"), json!([]), json!({}), json!(null), json!(["x"]), json!(7)];
            items.push(random.pick(&odd).clone());
        }
        other => *other = json!({ "@value": other.clone() }),
    }
}

fn disturb_node(members: &mut Map<String, Value>, random: &mut Random) {
    let names: Vec<String> = members.keys().cloned().collect();
    let name = if names.is_empty() { "name".to_owned() } else { random.pick(&names).clone() };
    let old = members.get(&name).cloned().unwrap_or(Value::Null);
    match random.below(14) {
        0 => drop(members.insert("undefinedTerm".into(), json!("x"))),
        1 => drop(members.insert(name, Value::Null)),
        2 => drop(members.insert(name, json!([old]))),
        3 => drop(members.insert(name, old.get(0).cloned().unwrap_or(json!("x")))),
        4 => drop(members.insert(name, json!({ "@value": "x", "@language": "ta" }))),
        5 => drop(members.insert(name, json!({ "id": "https://hub.example/x" }))),
        6 => drop(members.insert("type".into(), json!(["Achievement"]))),
        7 => drop(members.insert("type".into(), json!("Profile"))),
        8 => drop(members.insert("@id".into(), json!("https://hub.example/x"))),
        9 => drop(members.insert("@context".into(), json!("https://www.w3.org/ns/credentials/v2"))),
        10 => drop(members.insert("description".into(), json!("added"))),
        11 => drop(members.insert("image".into(), json!("https://hub.example/image"))),
        12 => drop(members.insert("id".into(), json!("https://hub.example/added"))),
        _ => drop(members.remove(&name)),
    }
}
