//! JSON from strangers: whatever is accepted reads alike for everybody.
#![no_main]

use hub_fuzz::credential::parse;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = parse(bytes) else { return };
    let other: Value = serde_json::from_slice(bytes).expect("what is accepted is JSON to others too");
    assert_eq!(value, other);
    assert_eq!(parse(value.to_string().as_bytes()).expect("what was read can be read again"), value);
});
