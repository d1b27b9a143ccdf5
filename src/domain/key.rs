//! The life of a signing key.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a signing key stands in its life.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Made, published nowhere, not in use yet.
    Pending,
    /// The one key that signs for its college and purpose.
    Active,
    /// Rotated: what it signed stays valid, its private part is destroyed.
    Retired,
    /// Stopped at once by one person: signs nothing, what it signed is shown with a remark.
    Frozen,
    /// Known to be in other hands since some moment: what it signed is not believed.
    Compromised,
}

impl KeyState {
    /// Every state, in the order of a key's life.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::Active, Self::Retired, Self::Frozen, Self::Compromised];

    /// The word that stands in the database and in published documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Frozen => "frozen",
            Self::Compromised => "compromised",
        }
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for KeyState {
    type Err = ParseKeyStateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(ParseKeyStateError)
    }
}

/// The word names no state of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a state of a signing key")]
pub struct ParseKeyStateError;

/// What a college's key may sign; a key signs one kind of thing only.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPurpose {
    /// Credentials, portfolios, their status lists and the compact form in the QR (Ed25519).
    Credentials,
    /// PDF files (P-256).
    Documents,
    /// Certificates of the keys for PDF files (P-256).
    Authority,
    /// Checkpoints of the issuance log (Ed25519).
    Log,
}

impl KeyPurpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::Credentials, Self::Documents, Self::Authority, Self::Log];

    /// The word that stands in the database and in published documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Documents => "documents",
            Self::Authority => "authority",
            Self::Log => "log",
        }
    }
}

impl fmt::Display for KeyPurpose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for KeyPurpose {
    type Err = ParseKeyPurposeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text).ok_or(ParseKeyPurposeError)
    }
}

/// The word names no purpose of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a purpose of a signing key")]
pub struct ParseKeyPurposeError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_reads_back_from_its_word() {
        for state in KeyState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(serde_json::to_value(state).unwrap(), serde_json::json!(state.as_str()));
        }
        assert_eq!("Active".parse::<KeyState>(), Err(ParseKeyStateError));
    }

    #[test]
    fn every_purpose_reads_back_from_its_word() {
        for purpose in KeyPurpose::ALL {
            assert_eq!(purpose.as_str().parse(), Ok(purpose));
        }
        assert_eq!("".parse::<KeyPurpose>(), Err(ParseKeyPurposeError));
    }
}
