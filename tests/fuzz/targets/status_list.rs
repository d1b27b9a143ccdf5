//! An encoded list: what is read is what was written, and a bomb does not unfold.
#![no_main]

use hub_fuzz::credential::status_list::{BITS, BitString};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(list) = BitString::decode(text) else { return };
    assert!(list.is_set(BITS).is_err());
    assert_eq!(BitString::decode(&list.encode()), Ok(list));
});
