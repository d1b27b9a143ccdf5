//! What is wrong with a document, in the words of the recommendations.

use crate::credential::rdf::CanonicalizeError;

/// Something that is wrong with a document, or worth a remark.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Flaw {
    /// Which kind of fault.
    pub kind: FlawKind,
    /// What and where, in a sentence.
    pub message: String,
}

/// The kinds of faults that the recommendations name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum FlawKind {
    /// A value breaks a rule of the data model.
    MalformedValue,
    /// A value lies out of its range, in time too.
    Range,
    /// The document could not be secured or its security not be checked.
    Cryptographic,
    /// A proof does not hold.
    ProofVerification,
    /// The key that a proof names is not one that can be had here.
    VerificationMethod,
    /// The proof was made for another domain.
    Domain,
    /// The proof answers another challenge.
    Challenge,
    /// A JSON-LD processor would leave something out.
    DataLoss,
    /// The status list could not be had.
    StatusRetrieval,
    /// The status says no, or its list does not hold.
    StatusVerification,
    /// The status list is too short.
    StatusListLength,
}

impl FlawKind {
    /// The address that names this kind (VC Data Model 2.0 §7.2, Data Integrity 1.0 §4.7, Bitstring Status List 1.0 §3.5).
    pub fn address(self) -> &'static str {
        match self {
            Self::MalformedValue => "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR",
            Self::Range => "https://www.w3.org/TR/vc-data-model#RANGE_ERROR",
            Self::Cryptographic => {
                "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR"
            }
            Self::ProofVerification => "https://w3id.org/security#PROOF_VERIFICATION_ERROR",
            Self::VerificationMethod => "https://w3id.org/security#INVALID_VERIFICATION_METHOD",
            Self::Domain => "https://w3id.org/security#INVALID_DOMAIN_ERROR",
            Self::Challenge => "https://w3id.org/security#INVALID_CHALLENGE_ERROR",
            Self::DataLoss => "https://w3id.org/security#DATA_LOSS_DETECTION_ERROR",
            Self::StatusRetrieval => {
                "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR"
            }
            Self::StatusVerification => {
                "https://www.w3.org/ns/credentials/status-list#STATUS_VERIFICATION_ERROR"
            }
            Self::StatusListLength => {
                "https://www.w3.org/ns/credentials/status-list#STATUS_LIST_LENGTH_ERROR"
            }
        }
    }

    /// The kind in words.
    pub fn title(self) -> &'static str {
        match self {
            Self::MalformedValue => "Malformed value",
            Self::Range => "Out of range",
            Self::Cryptographic => "Not secured",
            Self::ProofVerification => "Proof does not hold",
            Self::VerificationMethod => "Key not available",
            Self::Domain => "Other domain",
            Self::Challenge => "Other challenge",
            Self::DataLoss => "Term without a meaning",
            Self::StatusRetrieval => "Status not available",
            Self::StatusVerification => "Status",
            Self::StatusListLength => "Status list too short",
        }
    }
}

impl Flaw {
    /// A flaw of this kind.
    pub fn new(kind: FlawKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// A value that breaks a rule of the data model.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(FlawKind::MalformedValue, message)
    }

    pub(super) fn proof(message: impl Into<String>) -> Self {
        Self::new(FlawKind::ProofVerification, message)
    }
}

impl From<CanonicalizeError> for Flaw {
    fn from(error: CanonicalizeError) -> Self {
        let kind = match error {
            CanonicalizeError::UndefinedTerm(_) => FlawKind::DataLoss,
            CanonicalizeError::UnknownContext(_)
            | CanonicalizeError::NotJsonLd(_)
            | CanonicalizeError::UnsupportedTypes(_)
            | CanonicalizeError::MalformedAddress
            | CanonicalizeError::TooComplex
            | CanonicalizeError::Ambiguous => FlawKind::MalformedValue,
        };
        Self::new(kind, error.to_string())
    }
}
