//! The card in a QR code, as text and as bytes: one encoding for one card, and no signature but the college's.
#![no_main]

use std::collections::HashSet;
use std::sync::OnceLock;

use hub_fuzz::credential::compact::{from_base32, parse, to_base32};
use hub_fuzz::credential::verify::verify_compact;
use hub_fuzz::{now, vectors, world};
use libfuzzer_sys::fuzz_target;

/// The cards that the college's key has signed; some of them say what no card may say.
fn signed() -> &'static HashSet<String> {
    static SIGNED: OnceLock<HashSet<String>> = OnceLock::new();
    SIGNED.get_or_init(|| {
        let good = vectors("compact").into_iter().filter(|vector| vector["valid"] == true);
        good.filter_map(|vector| Some(vector["base32"].as_str()?.to_owned())).collect()
    })
}

fuzz_target!(|bytes: &[u8]| {
    let text = std::str::from_utf8(bytes).ok();
    let decoded = text.and_then(|text| from_base32(text).ok());
    for card in decoded.iter().map(Vec::as_slice).chain([bytes]) {
        verify_compact(card, &world().knowledge, now());
        let Ok(read) = parse(card) else { continue };
        assert_eq!(from_base32(&to_base32(card)).as_deref(), Ok(card));
        if read.is_signed_with(&world().public_key) {
            // A wrong key id is not part of what `parse` refuses; everything else must be ours.
            let ours = signed().contains(&to_base32(card));
            assert!(ours || read.key_id == [1; 8], "{}", to_base32(card));
        }
    }
});
