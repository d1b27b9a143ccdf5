//! A whole verification: nothing but what was issued is ever valid.
#![no_main]

use hub_fuzz::credential::parse;
use hub_fuzz::credential::proof::record_hash;
use hub_fuzz::credential::verify::{Verdict, references, verify};
use hub_fuzz::{now, world};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = parse(bytes) else { return };
    references(&document);
    let report = verify(&document, &world().knowledge, now());
    if matches!(report.verdict, Verdict::Valid | Verdict::ValidWithRemark) {
        assert!(world().genuine.contains(&record_hash(&document)), "{document}");
    }
});
