//! Mail: by SMTP, or remembered.
//!
//! A `Letter` is what there is to say; the templates say it in the reader's language, and a
//! back-end takes it away. Letters carry a link at most: no evidence, no credential, no reasons.
#![forbid(unsafe_code)]

mod remembered;
mod render;
mod smtp;

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;
use uuid::Uuid;

use crate::domain::member::Language;

pub use crate::domain::letter::{Decision, Letter, NoticeLine};
pub use remembered::{ReadError, RememberedMail};
pub use render::{Rendered, render};
pub use smtp::{ConnectError, SmtpSettings};

use remembered::{Folder, Memory};
use smtp::Smtp;

/// Why a letter was not sent.
#[derive(Debug, Error)]
pub enum SendError {
    /// It can never be sent: trying again is no use.
    #[error("the letter was refused for good: {0}")]
    Refused(String),
    /// It may go the next time.
    #[error("the letter could not be sent now: {0}")]
    Unreachable(String),
}

/// Where letters go. Cheap to share behind an `Arc`.
pub struct Mailer {
    backend: Backend,
}

enum Backend {
    Smtp(Box<Smtp>),
    Folder(Folder),
    Memory(Memory),
}

impl Mailer {
    /// Letters go to a mail server.
    pub fn smtp(settings: &SmtpSettings) -> Result<Self, ConnectError> {
        Ok(Self { backend: Backend::Smtp(Box::new(Smtp::new(settings)?)) })
    }

    /// Letters become JSON files in this folder, for somebody at this machine to read.
    pub fn folder(folder: impl Into<PathBuf>) -> Self {
        Self { backend: Backend::Folder(Folder::new(folder.into())) }
    }

    /// Letters are kept in memory, for tests.
    pub fn memory() -> Self {
        Self { backend: Backend::Memory(Memory::default()) }
    }

    /// Send a letter to an address, in a language. `id` is the letter's own: where a mail server took it and its answer
    /// was lost, the second copy carries the same Message-ID.
    pub async fn send(
        &self,
        id: Uuid,
        to: &str,
        language: Language,
        letter: &Letter,
    ) -> Result<(), SendError> {
        let rendered = render(letter, language);
        match &self.backend {
            Backend::Smtp(smtp) => {
                smtp.send(id, to, language, &rendered, letter.unsubscribe()).await
            }
            Backend::Folder(folder) => folder.keep(to, language, letter, rendered).await,
            Backend::Memory(memory) => {
                memory.keep(to, language, letter, rendered);
                Ok(())
            }
        }
    }

    /// The letters kept so far, newest first; none where they go by SMTP.
    pub async fn remembered(&self) -> Result<Vec<RememberedMail>, ReadError> {
        match &self.backend {
            Backend::Smtp(_) => Ok(Vec::new()),
            Backend::Folder(folder) => folder.read().await,
            Backend::Memory(memory) => Ok(memory.read()),
        }
    }
}

impl fmt::Debug for Mailer {
    /// The name alone: the settings hold a password.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Mailer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
