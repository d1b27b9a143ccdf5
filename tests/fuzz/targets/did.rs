//! A DID, as an issuer and as the start of an address.
#![no_main]

use hub_fuzz::credential::issuer::{base_url, host_of};
use hub_fuzz::credential::verify::{Verdict, verify};
use hub_fuzz::{now, world};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|bytes: &[u8]| {
    let Ok(did) = std::str::from_utf8(bytes) else { return };
    if let Some(url) = base_url(did) {
        assert!(url.starts_with("https://") || url.starts_with("http://localhost") || url.starts_with("http://127.0.0.1"));
        assert!(host_of(did).is_some());
    }
    let document = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"], "issuer": { "id": did },
        "credentialSubject": { "id": did }, "validFrom": "2026-01-05T10:00:00Z",
        "proof": [{ "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod",
            "verificationMethod": format!("{did}#{}", did.rsplit(':').next().unwrap_or_default()), "proofValue": "z1" }],
    });
    let report = verify(&document, &world().knowledge, now());
    assert!(!matches!(report.verdict, Verdict::Valid | Verdict::ValidWithRemark));
});
