//! The hardware back-end: private keys that are made and used inside a PKCS#11 token.
//!
//! What the database holds of such a key is its `Place`, sealed like a private key: the token's
//! label and the public key, bound to owner, key id, version and algorithm. Inside the token the
//! key is found by its id (CKA_ID = the 16 bytes of the key's UUID); its label names its owner.

mod object;
mod token;

use std::path::PathBuf;

use cryptoki::object::{Attribute, ObjectClass};
use thiserror::Error;
use uuid::Uuid;

use super::{Algorithm, KeyOwner};

use object::{describe, generate, private_key, sign};
use token::Token;

/// Bytes of a token's label, padded with blanks (CK_TOKEN_INFO).
const TOKEN_LABEL: usize = 32;

/// Where the hardware module is.
#[derive(Clone, Debug)]
pub struct HsmSettings {
    /// The PKCS#11 library of its maker.
    pub module: PathBuf,
    /// Label of the token.
    pub token: String,
    /// A file with the user PIN, for its owner only.
    pub pin_file: PathBuf,
}

/// Why a hardware module did not do what was asked.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum HsmError {
    /// The library cannot be loaded.
    #[error("the PKCS#11 module {path} cannot be loaded: {reason}")]
    Module {
        /// The library.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// The PIN file is missing, readable by others, or no PIN.
    #[error("the PIN file {path} {reason}")]
    PinFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A label longer than a token can have.
    #[error("a token's label has at most 32 bytes")]
    Label,
    /// No token of this label is there.
    #[error("there is no token {0}: not plugged in, not reachable, or called otherwise")]
    NoToken(String),
    /// The label does not name one token.
    #[error("there is more than one token {0}")]
    ManyTokens(String),
    /// It cannot sign as the hub needs it.
    #[error("the token {token} lacks the mechanism {mechanism}")]
    Mechanism {
        /// The token.
        token: String,
        /// PKCS#11's name.
        mechanism: &'static str,
    },
    /// The PIN is wrong. Not tried again before a restart: a token locks after a few tries.
    #[error("the token refused the PIN; it is not tried again before the hub is started anew")]
    PinRefused,
    /// One more wrong PIN would lock it, or it is locked.
    #[error("the token {0} is locked, or one wrong PIN away from it: log in once by hand")]
    PinLocked(String),
    /// The key is not in the token, or is there twice.
    #[error("the token has {found} private keys of the id {id}, and should have one")]
    NoKey {
        /// CKA_ID.
        id: Uuid,
        /// How many there are.
        found: usize,
    },
    /// A new key could be read out of the token, which was told otherwise.
    #[error("the token made a key that can be taken out of it; the key was removed")]
    Extractable,
    /// Of an unexpected length or form.
    #[error("the token answered with a {0} of an unknown form")]
    Form(&'static str),
    /// Anything else; the function of PKCS#11 and its return value.
    #[error("the token refused: {0}")]
    Refused(String),
}

/// A private key of the hub that lies in the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HsmObject {
    /// Whose key it was made for; none where the label is not the hub's.
    pub owner: Option<KeyOwner>,
    /// Its key id; none where CKA_ID is no UUID.
    pub key_id: Option<Uuid>,
}

/// Where a private key is, and its public half: what is sealed of it.
pub(super) struct Place {
    pub(super) token: String,
    pub(super) public_key: Vec<u8>,
}

/// A token, logged in to when first needed.
pub(super) struct Hsm {
    token: Token,
}

impl Place {
    /// How many bytes one has.
    pub(super) fn length(algorithm: Algorithm) -> usize {
        TOKEN_LABEL + algorithm.public_key_length()
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.token.as_bytes().to_vec();
        bytes.resize(TOKEN_LABEL, b' ');
        bytes.extend_from_slice(&self.public_key);
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (token, public_key) = bytes.split_at_checked(TOKEN_LABEL)?;
        let token = std::str::from_utf8(token).ok()?.trim_end().to_owned();
        Some(Self { token, public_key: public_key.to_vec() })
    }
}

impl Hsm {
    /// Load the library and log in to the token.
    pub(super) fn open(settings: &HsmSettings) -> Result<Self, HsmError> {
        if settings.token.len() > TOKEN_LABEL {
            return Err(HsmError::Label);
        }
        let hsm = Self { token: Token::load(settings)? };
        hsm.check()?;
        Ok(hsm)
    }

    /// Whether the token is there, lets the hub in, and can do what the hub asks of it.
    pub(super) fn check(&self) -> Result<(), HsmError> {
        self.token.check()
    }

    /// The token's label.
    pub(super) fn label(&self) -> &str {
        self.token.label()
    }

    /// Make a key pair; the private half stays inside.
    pub(super) fn create(
        &self,
        owner: KeyOwner,
        key_id: Uuid,
        algorithm: Algorithm,
    ) -> Result<Place, HsmError> {
        let public_key = self.token.with(|session| {
            let present = session.find_objects(&private_key(key_id))?;
            if !present.is_empty() {
                return Err(HsmError::NoKey { id: key_id, found: present.len() + 1 }.into());
            }
            generate(owner, key_id, algorithm, session)
        })?;
        Ok(Place { token: self.label().to_owned(), public_key })
    }

    /// Sign each message with one key, in order.
    pub(super) fn sign_batch(
        &self,
        key_id: Uuid,
        algorithm: Algorithm,
        messages: &[&[u8]],
    ) -> Result<Vec<[u8; 64]>, HsmError> {
        self.token.with(|session| {
            let key = session.private_key(key_id)?;
            messages.iter().map(|message| sign(message, key, algorithm, session)).collect()
        })
    }

    /// Remove a private key for good. False where it is not there (any more).
    pub(super) fn destroy(&self, key_id: Uuid) -> Result<bool, HsmError> {
        self.token.with(|session| {
            let found = session.find_objects(&private_key(key_id))?;
            for object in &found {
                session.destroy_object(*object)?;
            }
            Ok(!found.is_empty())
        })
    }

    /// Every private key in the token.
    pub(super) fn objects(&self) -> Result<Vec<HsmObject>, HsmError> {
        let everything = [Attribute::Token(true), Attribute::Class(ObjectClass::PRIVATE_KEY)];
        self.token.with(|session| {
            let found = session.find_objects(&everything)?;
            found.into_iter().map(|object| describe(object, session)).collect()
        })
    }
}

#[cfg(test)]
mod tests;
