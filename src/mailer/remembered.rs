//! Letters that stay here: in a folder, for the demo and for a hub without a mail server, or in
//! memory, for tests.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use crate::domain::member::Language;

use super::{Letter, Rendered, SendError};

/// How many letters a folder keeps; older ones go.
const KEPT: usize = 500;

/// A letter that was kept instead of sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RememberedMail {
    /// Its name: sorts by time.
    pub id: Uuid,
    /// When it was written.
    pub sent_at: DateTime<Utc>,
    /// To whom.
    pub to: String,
    /// In which language.
    pub language: Language,
    /// `Letter::kind`.
    pub kind: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

impl RememberedMail {
    #[expect(clippy::disallowed_methods, reason = "an envelope is dated when it is closed")]
    fn new(to: &str, language: Language, letter: &Letter, rendered: Rendered) -> Self {
        Self {
            id: Uuid::now_v7(),
            sent_at: Utc::now(),
            to: to.to_owned(),
            language,
            kind: letter.kind().to_owned(),
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
        }
    }
}

/// Why kept letters could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The file system refused.
    #[error("could not read the kept letters: {0}")]
    Io(#[from] io::Error),
    /// A file in the folder is no letter.
    #[error("{path} is no kept letter: {source}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// A folder of letters, one JSON file each.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) async fn keep(
        &self,
        to: &str,
        language: Language,
        letter: &Letter,
        rendered: Rendered,
    ) -> Result<(), SendError> {
        let mail = RememberedMail::new(to, language, letter, rendered);
        self.write(&mail).await.map_err(|error| SendError::Unreachable(error.to_string()))
    }

    async fn write(&self, mail: &RememberedMail) -> io::Result<()> {
        // The letters hold links that log people in: for the owner of the folder alone.
        tokio::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.path).await?;
        let draft = self.path.join(format!("{}.draft", mail.id));
        let mut file = tokio::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)
            .await?;
        file.write_all(&serde_json::to_vec_pretty(mail).map_err(io::Error::other)?).await?;
        file.flush().await?;
        tokio::fs::rename(&draft, self.path.join(format!("{}.json", mail.id))).await?;
        for old in self.files().await?.into_iter().skip(KEPT) {
            // Another letter may have pushed it out in the same moment.
            tokio::fs::remove_file(old).await.or_else(unless_gone)?;
        }
        Ok(())
    }

    pub(super) async fn read(&self) -> Result<Vec<RememberedMail>, ReadError> {
        let mut mails = Vec::new();
        for path in self.files().await? {
            let bytes = match tokio::fs::read(&path).await {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                bytes => bytes?,
            };
            let mail = serde_json::from_slice(&bytes)
                .map_err(|source| ReadError::Malformed { path, source })?;
            mails.push(mail);
        }
        Ok(mails)
    }

    /// Newest first: the names are UUIDv7, which sort by time.
    async fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut entries = match tokio::fs::read_dir(&self.path).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut files = Vec::new();
        while let Some(entry) = entries.next_entry().await? {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                files.push(path);
            }
        }
        files.sort_unstable_by(|one, other| other.cmp(one));
        Ok(files)
    }
}

fn unless_gone(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// Letters in memory.
#[derive(Default)]
pub(super) struct Memory {
    mails: Mutex<Vec<RememberedMail>>,
}

impl Memory {
    pub(super) fn keep(&self, to: &str, language: Language, letter: &Letter, rendered: Rendered) {
        let mail = RememberedMail::new(to, language, letter, rendered);
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
    }

    pub(super) fn read(&self) -> Vec<RememberedMail> {
        let mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().rev().cloned().collect()
    }
}
