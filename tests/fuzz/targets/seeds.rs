//! Writes what each target begins with: `seeds <folder>` fills `<folder>/<target>/`. It is linked like a target, for
//! the library it shares with them is built with a fuzzer's counters.
#![no_main]

use std::path::Path;

use hub_fuzz::credential::status_list::BitString;
use hub_fuzz::vectors;
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: write_and_leave(),
    |_bytes: &[u8]| {}
);

fn write_and_leave() {
    let folder = std::env::args_os().nth(1).expect("a folder");
    let keep = |target: &str, number: usize, bytes: &[u8]| {
        let room = Path::new(&folder).join(target);
        std::fs::create_dir_all(&room).expect("a folder");
        std::fs::write(room.join(format!("seed-{number}")), bytes).expect("a file");
    };
    for (number, vector) in vectors("documents").iter().enumerate() {
        let Some(document) = vector.get("document") else { continue };
        keep("parse", number, document.to_string().as_bytes());
        keep("verify", number, document.to_string().as_bytes());
        for proof in document["proof"].as_array().into_iter().flatten() {
            keep("multibase", number, proof["proofValue"].as_str().unwrap_or_default().as_bytes());
        }
    }
    for (number, vector) in vectors("compact").iter().enumerate() {
        keep("compact", number, vector["base32"].as_str().unwrap_or_default().as_bytes());
        keep("did", number, vector["facts"]["issuer"].as_str().unwrap_or("did:web:x:y").as_bytes());
    }
    for (number, bits) in [vec![], vec![0, 9, 131_071], (0..131_072).step_by(7).collect()].into_iter().enumerate() {
        let list = BitString::with(bits).expect("in range").encode();
        keep("status_list", number, list.as_bytes());
    }
    keep("multibase", 1000, b"z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK");
    std::process::exit(0)
}
