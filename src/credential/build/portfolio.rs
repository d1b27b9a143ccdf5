//! A student's portfolio as a ClrCredential (1EdTech Comprehensive Learner Record 2.0).

use serde_json::{Value, json};

use super::PortfolioFacts;
use crate::credential::contexts;

pub(crate) const SCHEMA: &str =
    "https://purl.imsglobal.org/spec/clr/v2p0/schema/json/clr_v2p0_clrcredential_schema.json";

/// The document of a portfolio with the signed achievements inside, ready for its proofs.
pub fn portfolio_credential(facts: &PortfolioFacts) -> Value {
    json!({
        "@context": contexts::PORTFOLIO,
        "id": facts.id,
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": facts.name,
        "description": facts.description,
        "partial": facts.partial,
        "issuer": super::issuer_profile(&facts.issuer),
        "validFrom": super::timestamp(facts.valid_from),
        "credentialSubject": {
            "id": facts.subject_id,
            "type": ["ClrSubject"],
            "identifier": [super::name_in_clear(&facts.subject_name)],
            "verifiableCredential": facts.credentials,
        },
        "credentialSchema": super::schema(SCHEMA),
        "credentialStatus": super::status_entry(&facts.status),
    })
}
