//! The issuance log of a college: checkpoints, proofs, time-stamps from outside, and the audit of all of it.
//!
//! Appending is not here: `TenantTx::record_issues` does it, in the transaction of every issue.

pub mod audit;
mod publish;
pub mod published;
mod stamp;

use chrono::Duration;

pub use publish::publish;
pub use stamp::stamp;
pub(crate) use stamp::witnessed_at;

use super::record::{Actor, Happening, enqueue, record};
use super::{App, Refusal, keys};
use crate::app::audit::ChainFault;
use crate::credential::log::{
    Checkpoint, ProveError, ReadCheckpointError, Tiles, TreeHead, verifier_key,
};
use crate::domain::audit::Head;
use crate::domain::ids::CollegeId;
use crate::domain::job::Job;
use crate::storage::{CheckpointRow, TenantTx};

/// The same alarm is not written again within this time.
const ALARM_EVERY: Duration = Duration::hours(24);

/// Something in the log that only an edit past the hub can have made. Names the first place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogFault {
    /// The head of the log went back, or the last checkpoint ahead.
    #[error("the log holds {held} documents, but its last checkpoint was signed over {covered}")]
    Shrunk {
        /// Documents by the head's row.
        held: i64,
        /// Documents by the checkpoint.
        covered: i64,
    },
    /// No row of the record at an index below the head's size.
    #[error("issued_records: no document stands at index {0} of the log")]
    MissingRecord(i64),
    /// A row of the record at an index that the log has not reached.
    #[error("issued_records: a document stands at index {0}, behind the end of the log")]
    ExtraRecord(i64),
    /// The record says something else than what was signed.
    #[error(
        "issued_records: the row at index {index} (document {document}, generation {generation}) is not what the log was signed over"
    )]
    ChangedRecord {
        /// Its place.
        index: i64,
        /// Its document.
        document: uuid::Uuid,
        /// Its generation.
        generation: i32,
    },
    /// A row of the record about a document that the hub never made.
    #[error(
        "issued_records: the row at index {index} names document {document}, which is not here"
    )]
    UnknownDocument {
        /// Its place.
        index: i64,
        /// Its document.
        document: uuid::Uuid,
    },
    /// A tile that does not hold what was signed.
    #[error("log_hashes: hash {number} of level {level} is not what the log was signed over")]
    ChangedHash {
        /// Level of the tile.
        level: i16,
        /// Which hash of the level.
        number: i64,
    },
    /// Record and tiles agree, and not with what was signed.
    #[error(
        "issued_records: a row from index {from} to before {to} is not what checkpoint {checkpoint} was signed over, and log_hashes was edited with it"
    )]
    ChangedRange {
        /// The first checkpoint that does not agree.
        checkpoint: usize,
        /// Documents that the checkpoint before covers.
        from: u64,
        /// Documents that this one covers.
        to: u64,
    },
    /// More or fewer hashes than were signed.
    #[error(
        "log_hashes: level {level} holds {stored} hashes, and the last checkpoint covers {expected}"
    )]
    HashCount {
        /// Level of the tiles.
        level: i16,
        /// How many there are.
        stored: i64,
        /// How many there should be.
        expected: i64,
    },
    /// The stored tiles do not hash to the last signed root.
    #[error("log_hashes: {0}")]
    Tiles(String),
    /// A checkpoint that its key did not sign as it stands.
    #[error("log_checkpoints: checkpoint {number}: {reason}")]
    Checkpoint {
        /// Which one.
        number: i64,
        /// What is wrong.
        reason: String,
    },
    /// A token that does not hold.
    #[error("log_timestamps: the stamp on checkpoint {number}: {reason}")]
    Timestamp {
        /// Which checkpoint.
        number: i64,
        /// What is wrong.
        reason: String,
    },
    /// The audit, which the checkpoints sign beside.
    #[error(transparent)]
    Audit(#[from] ChainFault),
    /// A document that is not the one on record.
    #[error("credentials or portfolios: document {document} {reason}")]
    Document {
        /// Its id.
        document: uuid::Uuid,
        /// What is wrong.
        reason: &'static str,
    },
}

/// What is due in every log: a checkpoint over what none covers yet, and once a day a stamp.
pub async fn look_after(app: &App) -> Result<(), Refusal> {
    for college in app.database.college_ids().await? {
        let mut tx = app.database.tenant(college).await?;
        if tx.awaits_checkpoint().await? {
            tx.ask_for_checkpoint(app.now()).await?;
        }
        if stamp::is_due(&mut tx, app).await? {
            enqueue(&Job::StampCheckpoint {}, &mut tx, app).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Write the alarm, where the college and the operator find it. Once a day is enough for the same fault.
async fn raise_alarm(fault: &LogFault, college: CollegeId, app: &App) -> Result<(), Refusal> {
    tracing::error!(%college, %fault, "the issuance log was edited; no checkpoint is signed before this is settled");
    let mut tx = app.database.tenant(college).await?;
    let text = fault.to_string();
    if !tx.event_was_written("issuance_log_alarm", &text, app.now() - ALARM_EVERY).await? {
        let happening = Happening::in_college("issuance_log_alarm", serde_json::json!({}));
        record(happening.saying(Some(&text)), Actor::HUB, &mut tx, app).await?;
    }
    Ok(tx.commit().await?)
}

/// The log of a college, as a file of its audit names it.
pub(crate) struct LastSigned {
    /// Slug of the college.
    pub(crate) slug: String,
    /// Name of the log.
    pub(crate) origin: String,
    /// The last checkpoint and the key that signed it, where there is one.
    pub(crate) note: Option<(String, String)>,
}

/// What the log signed last.
pub(crate) async fn last_signed(tx: &mut TenantTx, app: &App) -> Result<LastSigned, Refusal> {
    let slug = tx.own_college().await?.slug;
    let origin = origin(&slug, app);
    let note = match tx.last_checkpoint().await? {
        Some(last) => {
            let key = keys::ed25519_public(&key_of(&last, tx).await?)?;
            Some((last.note, verifier_key(&origin, &key)))
        }
        None => None,
    };
    Ok(LastSigned { slug, origin, note })
}

/// The name of a college's log.
fn origin(slug: &str, app: &App) -> String {
    crate::credential::log::origin(app.public_url.authority(), slug)
}

/// The head that a checkpoint says and its key signed.
fn read_checkpoint(
    row: &CheckpointRow,
    origin: &str,
    public_key: &[u8],
) -> Result<TreeHead, LogFault> {
    let broken = |reason: String| LogFault::Checkpoint { number: row.number, reason };
    let key: [u8; 32] =
        public_key.try_into().map_err(|_| broken("its key is not an Ed25519 key".to_owned()))?;
    let read = Checkpoint::read(&row.note, origin, &key)
        .map_err(|error: ReadCheckpointError| broken(error.to_string()))?;
    let head = read.head();
    if u64::try_from(row.size) != Ok(head.size) || row.root != head.root {
        return Err(broken("its row says another size or root than its note".to_owned()));
    }
    let audit = read.audit().map(|audit| (audit.size, audit.hash.to_vec()));
    if audit != row.audit_size.zip(row.audit_hash.clone()) {
        return Err(broken("its row says another end of the audit than its note".to_owned()));
    }
    Ok(head)
}

/// Where the audit ended by a checkpoint that was read; none where it was signed before there was a chain.
fn signed_audit(row: &CheckpointRow) -> Option<Head> {
    let hash = row.audit_hash.as_deref()?.try_into().ok()?;
    Some(Head { size: row.audit_size?, hash })
}

/// Run what reads tiles until none is missing: they are fetched from the database as they are asked for.
async fn with_tiles<T>(
    tx: &mut TenantTx,
    read: impl Fn(&Tiles) -> Result<T, ProveError>,
) -> Result<Result<T, ProveError>, Refusal> {
    let mut tiles = Tiles::default();
    loop {
        let answer = read(&tiles);
        let missing = tiles.take_missing();
        if missing.is_empty() {
            return Ok(answer);
        }
        for (level, number) in missing {
            let at = i64::try_from(number).map_err(Refusal::internal)?;
            tiles.insert(level, number, tx.log_tile(i16::from(level), at).await?);
        }
    }
}

/// The public part of the log key that signed a checkpoint.
async fn key_of(checkpoint: &CheckpointRow, tx: &mut TenantTx) -> Result<Vec<u8>, Refusal> {
    let key = tx.keys().await?.into_iter().find(|key| key.id == checkpoint.key_id);
    let key = key.filter(|key| key.purpose == keys::LOG);
    Ok(key.map(|key| key.public_key).unwrap_or_default())
}

fn unsigned(number: i64) -> Result<u64, Refusal> {
    u64::try_from(number).map_err(Refusal::internal)
}

fn signed(number: u64) -> Result<i64, Refusal> {
    i64::try_from(number).map_err(Refusal::internal)
}
