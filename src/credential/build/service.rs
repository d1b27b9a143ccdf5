//! A credential that a college's own software drafted, with what only the hub may say.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{IssuerFacts, StatusFacts};
use crate::credential::reading::issuer_id;

/// What the hub says of such a credential.
#[derive(Clone, Debug)]
pub struct ServiceFacts {
    /// The credential's public address, which is its `id`.
    pub id: String,
    /// Who issues.
    pub issuer: IssuerFacts,
    /// From when it holds, where the draft does not say; whole seconds.
    pub valid_from: DateTime<Utc>,
    /// Where its revocation bit stands.
    pub status: StatusFacts,
}

/// Why a draft is not completed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CompleteDraftError {
    /// Not a JSON object.
    #[error("the credential is not an object")]
    NotAnObject,
    /// The member is one that the hub gives.
    #[error("`{0}` is given by the hub: leave it out")]
    GivenByHub(&'static str),
    /// It names an issuer that is not the college.
    #[error("the issuer is not the college of the service account: leave it out")]
    OtherIssuer,
}

impl CompleteDraftError {
    /// The machine word of this refusal.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAnObject => "not_an_object",
            Self::GivenByHub(_) => "given_by_hub",
            Self::OtherIssuer => "wrong_issuer",
        }
    }
}

/// The draft with its id, issuer, status and, where it names none, its beginning. The lint decides on the rest.
///
/// The issuer is written as the register has it: software does not rename its college.
pub fn service_credential(
    mut draft: Value,
    facts: &ServiceFacts,
) -> Result<Value, CompleteDraftError> {
    let issuer = issuer_id(&draft).map(str::to_owned);
    let members = draft.as_object_mut().ok_or(CompleteDraftError::NotAnObject)?;
    for name in ["id", "credentialStatus", "proof"] {
        if members.contains_key(name) {
            return Err(CompleteDraftError::GivenByHub(name));
        }
    }
    if members.contains_key("issuer") && issuer.as_ref() != Some(&facts.issuer.did) {
        return Err(CompleteDraftError::OtherIssuer);
    }
    members.insert("id".into(), facts.id.clone().into());
    members.insert("issuer".into(), super::issuer_profile(&facts.issuer));
    members.insert("credentialStatus".into(), super::status_entry(&facts.status));
    members.entry("validFrom").or_insert_with(|| super::timestamp(facts.valid_from).into());
    Ok(draft)
}
