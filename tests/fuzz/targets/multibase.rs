//! Keys and signatures in multibase, where a stranger's document has them.
#![no_main]

use hub_fuzz::credential::verify::{CheckId, CheckState, verify};
use hub_fuzz::{now, world};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for (key, value) in [(text, "z1"), ("z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", text), (text, text)] {
        let did = format!("did:key:{key}");
        let document = json!({
            "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"], "issuer": did,
            "credentialSubject": { "id": "urn:x:y" }, "validFrom": "2026-01-05T10:00:00Z",
            "proof": [{ "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod",
                "verificationMethod": format!("{did}#{key}"), "proofValue": value }],
        });
        let report = verify(&document, &world().knowledge, now());
        let signatures = report.checks.iter().filter(|check| check.id == CheckId::Signature);
        assert!(signatures.into_iter().all(|check| check.state != CheckState::Pass), "{document}");
    }
});
