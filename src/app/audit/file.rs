//! The audit as a file: a line of JSON for its beginning, and one for each entry. It is checked without the hub.
//!
//! Every place of the chain has a line. What the reader may not see, or did not ask for, is there as its digest alone,
//! so that the hashes lead from the first place to the head all the same.

use std::io::BufRead;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::credential::log::{self, Checkpoint};
use crate::domain::audit::{Entry, Hash, Head, Words};
use crate::domain::ids::CollegeId;
use crate::storage::EntryRow;

/// What the first line calls the form of the file.
const FORMAT: &str = "hub-audit-1";

/// The first line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Beginning {
    /// `hub-audit-1`.
    pub format: String,
    /// Whose audit.
    pub college: CollegeId,
    /// The log whose checkpoint is in the file.
    pub log: String,
    /// Lines that follow.
    pub size: i64,
    /// Hash of the last, hexadecimal.
    pub hash: String,
    /// The last checkpoint that covers a part of it, a signed note; none before the college issued something.
    pub checkpoint: Option<String>,
    /// The key that signed it, as tools for signed notes take it.
    pub key: Option<String>,
}

/// The line of an entry: whole, or its digest alone.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Shown(Shown),
    Hidden { seq: i64, digest: String },
}

#[derive(Serialize, Deserialize)]
struct Shown {
    seq: i64,
    id: Uuid,
    at: DateTime<Utc>,
    kind: String,
    actor: Option<Uuid>,
    role: Option<String>,
    achievement: Option<Uuid>,
    revision: Option<i32>,
    salt: Option<String>,
    text: Option<String>,
    data: Option<String>,
    words_hash: String,
    hash: String,
}

/// What a file holds, when it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// Whose audit.
    pub college: CollegeId,
    /// Entries, shown or not.
    pub entries: i64,
    /// Entries that are shown.
    pub shown: i64,
    /// Entries whose words were erased.
    pub erased: i64,
    /// How many of them the checkpoint signs; none without one.
    pub signed: Option<i64>,
}

/// Why a file does not hold. Lines count from 1.
#[derive(Debug, thiserror::Error)]
pub enum VerifyFileError {
    /// It cannot be read.
    #[error("cannot read it: {0}")]
    Read(#[from] std::io::Error),
    /// Another form.
    #[error("line {0} is not a line of an exported audit")]
    Malformed(usize),
    /// A line lacks, or stands in another place.
    #[error("line {line} is not of place {place}: a line was taken out, put in or moved")]
    Place {
        /// The line.
        line: usize,
        /// The place that follows on the line before.
        place: i64,
    },
    /// The hash is not that of the line and of those before it.
    #[error("line {line}: the entry at place {place} is not the one that was recorded")]
    Changed {
        /// The line.
        line: usize,
        /// Its place.
        place: i64,
    },
    /// Text or data that the entry was not made of.
    #[error("line {line}: what the entry at place {place} says is not what was recorded")]
    Words {
        /// The line.
        line: usize,
        /// Its place.
        place: i64,
    },
    /// The end is not the one that the first line says.
    #[error("the file ends at place {ends}, and its first line says {size} or another hash")]
    End {
        /// Where it ends.
        ends: i64,
        /// Where it should.
        size: i64,
    },
    /// The checkpoint does not sign this chain.
    #[error("the checkpoint does not hold: {0}")]
    Checkpoint(String),
}

impl Beginning {
    pub(super) fn new(college: CollegeId, log: String, head: &Head) -> Self {
        let (size, hash) = (head.size, hex::encode(head.hash));
        Self { format: FORMAT.to_owned(), college, log, size, hash, checkpoint: None, key: None }
    }

    /// Its line.
    pub fn line(&self) -> String {
        line(self)
    }
}

/// The line of an entry.
pub(super) fn entry_line(row: &EntryRow) -> String {
    let entry = &row.entry;
    if !row.shown {
        return line(&Line::Hidden { seq: entry.seq, digest: hex::encode(entry.digest()) });
    }
    let words = entry.words.clone();
    line(&Line::Shown(Shown {
        seq: entry.seq,
        id: entry.id,
        at: entry.at,
        kind: entry.kind.clone(),
        actor: entry.actor,
        role: entry.role.clone(),
        achievement: entry.achievement,
        revision: entry.revision,
        salt: words.as_ref().map(|words| hex::encode(words.salt)),
        data: words.as_ref().map(|words| words.data.clone()),
        text: words.and_then(|words| words.text),
        words_hash: hex::encode(entry.words_hash),
        hash: hex::encode(row.hash),
    }))
}

fn line(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string(value).expect("strings and numbers are JSON");
    text.push('\n');
    text
}

/// Check a file by itself. `key` is the college's log key as it is published; without it, the one in the file is taken
/// at its word.
pub fn verify(file: impl BufRead, key: Option<&str>) -> Result<FileReport, VerifyFileError> {
    let mut lines = file.lines();
    let first = lines.next().ok_or(VerifyFileError::Malformed(1))??;
    let beginning: Beginning =
        serde_json::from_str(&first).map_err(|_| VerifyFileError::Malformed(1))?;
    if beginning.format != FORMAT {
        return Err(VerifyFileError::Malformed(1));
    }
    let signed = signed_head(&beginning, key)?;
    let mut head = Head::of_nothing(beginning.college);
    let mut report =
        FileReport { college: beginning.college, entries: 0, shown: 0, erased: 0, signed: None };
    for (text, number) in lines.zip(2..) {
        let parsed: Line =
            serde_json::from_str(&text?).map_err(|_| VerifyFileError::Malformed(number))?;
        head = follow(parsed, number, head, &mut report)?;
        if let Some(signed) = signed.filter(|signed| signed.size == head.size) {
            if signed != head {
                return Err(VerifyFileError::Checkpoint("it was signed over another audit".into()));
            }
            report.signed = Some(signed.size);
        }
    }
    report.entries = head.size;
    if head.size != beginning.size || hex::encode(head.hash) != beginning.hash {
        return Err(VerifyFileError::End { ends: head.size, size: beginning.size });
    }
    match signed {
        Some(signed) if signed.size > head.size => {
            Err(VerifyFileError::Checkpoint("it was signed over more entries".into()))
        }
        Some(_) | None => Ok(report),
    }
}

/// The chain with one more line, if that line follows on it.
fn follow(
    parsed: Line,
    line: usize,
    head: Head,
    report: &mut FileReport,
) -> Result<Head, VerifyFileError> {
    let malformed = || VerifyFileError::Malformed(line);
    let place = head.size + 1;
    let seq = match &parsed {
        Line::Shown(shown) => shown.seq,
        Line::Hidden { seq, .. } => *seq,
    };
    if seq != place {
        return Err(VerifyFileError::Place { line, place });
    }
    let shown = match parsed {
        Line::Hidden { digest, .. } => {
            return Ok(head.after(&hash(&digest).ok_or_else(malformed)?));
        }
        Line::Shown(shown) => shown,
    };
    let kept = hash(&shown.hash).ok_or_else(malformed)?;
    let entry = shown.into_entry().ok_or_else(malformed)?;
    let next = head.after(&entry.digest());
    if next.hash != kept {
        return Err(VerifyFileError::Changed { line, place });
    }
    if entry.words.as_ref().is_some_and(|words| words.commitment() != entry.words_hash) {
        return Err(VerifyFileError::Words { line, place });
    }
    report.shown += 1;
    report.erased += i64::from(entry.words.is_none());
    Ok(next)
}

impl Shown {
    fn into_entry(self) -> Option<Entry> {
        let words = match (self.salt, self.data) {
            (Some(salt), Some(data)) => {
                let salt = hex::decode(salt).ok()?.try_into().ok()?;
                Some(Words { salt, text: self.text, data })
            }
            (None, None) if self.text.is_none() => None,
            _ => return None,
        };
        Some(Entry {
            seq: self.seq,
            id: self.id,
            at: self.at,
            kind: self.kind,
            actor: self.actor,
            role: self.role,
            achievement: self.achievement,
            revision: self.revision,
            words,
            words_hash: hash(&self.words_hash)?,
        })
    }
}

/// What the checkpoint of the file signs of this audit.
fn signed_head(beginning: &Beginning, key: Option<&str>) -> Result<Option<Head>, VerifyFileError> {
    let fault = |reason: &str| VerifyFileError::Checkpoint(reason.to_owned());
    let Some(note) = &beginning.checkpoint else { return Ok(None) };
    let key = key.or(beginning.key.as_deref()).ok_or_else(|| fault("no key is at hand"))?;
    let public = log::read_verifier_key(key, &beginning.log)
        .ok_or_else(|| fault("the key is not one of this log"))?;
    let read = Checkpoint::read(note, &beginning.log, &public)
        .map_err(|error| VerifyFileError::Checkpoint(error.to_string()))?;
    Ok(read.audit())
}

fn hash(text: &str) -> Option<Hash> {
    hex::decode(text).ok()?.try_into().ok()
}
