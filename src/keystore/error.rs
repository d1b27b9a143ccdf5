//! Why a private key could not be made, used or sealed anew.

use thiserror::Error;

use super::HsmError;

/// Why no key could be made.
#[derive(Debug, Error)]
pub enum CreateError {
    /// The system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Randomness,
    /// The hardware module made none.
    #[error(transparent)]
    Hsm(#[from] HsmError),
}

/// Why a sealed key could not be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SignError {
    /// Too short, or of a layout this program does not know.
    #[error("the sealed key has a layout this keystore does not know")]
    Layout,
    /// Sealed under a master key that is not ours.
    #[error("the key is sealed under another master key")]
    OtherMasterKey,
    /// The seal is broken: damaged bytes, or another owner, key id, version or algorithm.
    #[error("the seal of the key does not open: damaged, or not the key it is said to be")]
    BrokenSeal,
    /// What signs is not the private half of the public key.
    #[error("the private key does not belong to this public key")]
    OtherKey,
    /// The key is in a hardware module that the settings do not name.
    #[error("the key is in the hardware module {0}, which the settings do not name")]
    OtherHsm(String),
    /// The settings name no hardware module.
    #[error("the settings name no hardware module")]
    NoHsm,
    /// The hardware module did not do it.
    #[error(transparent)]
    Hsm(#[from] HsmError),
}

/// Why a key could not be sealed anew.
#[derive(Debug, Error)]
pub enum ResealError {
    /// The present seal does not open.
    #[error(transparent)]
    Open(#[from] SignError),
    /// No random bytes for the new seal.
    #[error(transparent)]
    Seal(#[from] CreateError),
    /// The version counter is at its end.
    #[error("the key has been sealed too often")]
    Exhausted,
}
