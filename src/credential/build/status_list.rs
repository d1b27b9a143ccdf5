//! A status list as a credential (W3C Bitstring Status List 1.0 §2.2).

use serde_json::{Value, json};

use super::StatusListFacts;
use crate::credential::contexts;

/// How long a reader may keep a list, in milliseconds: fifteen minutes.
pub const TTL_MILLISECONDS: u32 = 900_000;

/// The document of a status list, ready for its proofs. Its `issuer` is a plain string.
pub fn status_list_credential(facts: &StatusListFacts) -> Value {
    json!({
        "@context": contexts::STATUS_LIST,
        "id": facts.id,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": facts.issuer_did,
        "validFrom": super::timestamp(facts.valid_from),
        "validUntil": super::timestamp(facts.valid_until),
        "credentialSubject": {
            "id": format!("{}#list", facts.id),
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "ttl": TTL_MILLISECONDS,
            "encodedList": facts.encoded_list,
        },
    })
}
