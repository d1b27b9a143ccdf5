//! How far a signature carries: the baseline levels of PAdES (ETSI EN 319 142-1 §6.3).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A baseline level; each holds what the ones before it hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// The signature; its time is what the signer says.
    #[serde(rename = "B-B")]
    Basic,
    /// With a time-stamp on the signature.
    #[serde(rename = "B-T")]
    Stamped,
    /// With the certificates and the revocation list that a validator needs later.
    #[serde(rename = "B-LT")]
    LongTerm,
    /// With a time-stamp over all of it.
    #[serde(rename = "B-LTA")]
    Archive,
}

impl Level {
    /// Every level, the least first.
    pub const ALL: [Self; 4] = [Self::Basic, Self::Stamped, Self::LongTerm, Self::Archive];

    /// The standard's name of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "B-B",
            Self::Stamped => "B-T",
            Self::LongTerm => "B-LT",
            Self::Archive => "B-LTA",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Not a level's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the levels are B-B, B-T, B-LT and B-LTA (or archive)")]
pub struct ParseLevelError;

impl FromStr for Level {
    type Err = ParseLevelError;

    fn from_str(text: &str) -> Result<Self, ParseLevelError> {
        if text == "archive" {
            return Ok(Self::Archive);
        }
        Self::ALL.into_iter().find(|level| level.as_str() == text).ok_or(ParseLevelError)
    }
}
