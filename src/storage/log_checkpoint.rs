//! The checkpoints of the issuance log, and what was stamped from outside.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::audit::Head;

/// A signed tree head.
#[derive(Clone, Debug)]
pub struct CheckpointRow {
    /// From 1, in the order of signing.
    pub number: i64,
    /// Documents it covers.
    pub size: i64,
    /// Root hash.
    pub root: Vec<u8>,
    /// The signed note.
    pub note: String,
    /// The log key that signed.
    pub key_id: Uuid,
    /// Entries of the audit that the note signs besides.
    pub audit_size: Option<i64>,
    /// Hash of the last of them.
    pub audit_hash: Option<Vec<u8>>,
}

/// A checkpoint with the token that was got for it.
#[derive(Clone, Debug)]
pub struct StampedRow {
    /// Number of the checkpoint.
    pub number: i64,
    /// Documents it covers.
    pub size: i64,
    /// Root hash.
    pub root: Vec<u8>,
    /// The signed note, whose SHA-256 was stamped.
    pub note: String,
    /// RFC 3161, DER.
    pub token: Vec<u8>,
    /// genTime, as it was read when the token was kept.
    pub stamped_at: DateTime<Utc>,
    /// When the hub asked.
    pub asked_at: DateTime<Utc>,
}

/// A checkpoint to be kept.
#[derive(Clone, Debug)]
pub struct NewCheckpoint<'a> {
    /// The one after the last.
    pub number: i64,
    /// Documents it covers.
    pub size: i64,
    /// Root hash.
    pub root: [u8; 32],
    /// The signed note.
    pub note: &'a str,
    /// The log key that signed.
    pub key_id: Uuid,
    /// Now.
    pub signed_at: DateTime<Utc>,
    /// Where the audit ends.
    pub audit: Head,
}

impl TenantTx {
    /// Keep a checkpoint.
    pub async fn insert_checkpoint(&mut self, new: &NewCheckpoint<'_>) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO log_checkpoints (college_id, number, size, root, note, key_id, signed_at, audit_size, audit_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            college,
            new.number,
            new.size,
            new.root.as_slice(),
            new.note,
            new.key_id,
            new.signed_at,
            new.audit.size,
            new.audit.hash.as_slice()
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The last checkpoint.
    pub async fn last_checkpoint(&mut self) -> Result<Option<CheckpointRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            CheckpointRow,
            "SELECT number, size, root, note, key_id, audit_size, audit_hash FROM log_checkpoints WHERE college_id = $1 ORDER BY number DESC LIMIT 1",
            college
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Checkpoints from this number on, in order, at most `most`.
    pub async fn checkpoints(&mut self, from: i64, most: i64) -> Result<Vec<CheckpointRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            CheckpointRow,
            "SELECT number, size, root, note, key_id, audit_size, audit_hash FROM log_checkpoints WHERE college_id = $1 AND number >= $2 ORDER BY number LIMIT $3",
            college,
            from,
            most
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Keep a token for a checkpoint. False where there is one already.
    pub async fn insert_timestamp(
        &mut self,
        checkpoint: i64,
        token: &[u8],
        stamped_at: DateTime<Utc>,
        asked_at: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let kept = sqlx::query!(
            "INSERT INTO log_timestamps (college_id, checkpoint, token, stamped_at, asked_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            college,
            checkpoint,
            token,
            stamped_at,
            asked_at
        )
        .execute(self.connection())
        .await?;
        Ok(kept.rows_affected() == 1)
    }

    /// The checkpoint that was stamped last.
    pub async fn last_stamped(&mut self) -> Result<Option<StampedRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            StampedRow,
            "SELECT c.number, c.size, c.root, c.note, t.token, t.stamped_at, t.asked_at FROM log_timestamps t
             JOIN log_checkpoints c ON c.college_id = t.college_id AND c.number = t.checkpoint
             WHERE t.college_id = $1 ORDER BY t.checkpoint DESC LIMIT 1",
            college
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Stamped checkpoints that cover this index, the earliest stamp first, at most `most`.
    pub async fn stamped_over(&mut self, log_index: i64, most: i64) -> Result<Vec<StampedRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            StampedRow,
            "SELECT c.number, c.size, c.root, c.note, t.token, t.stamped_at, t.asked_at FROM log_timestamps t
             JOIN log_checkpoints c ON c.college_id = t.college_id AND c.number = t.checkpoint
             WHERE t.college_id = $1 AND c.size > $2 ORDER BY t.stamped_at, t.checkpoint LIMIT $3",
            college,
            log_index,
            most
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Stamped checkpoints from this number on, in order, at most `most`.
    pub async fn stamped(&mut self, from: i64, most: i64) -> Result<Vec<StampedRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            StampedRow,
            "SELECT c.number, c.size, c.root, c.note, t.token, t.stamped_at, t.asked_at FROM log_timestamps t
             JOIN log_checkpoints c ON c.college_id = t.college_id AND c.number = t.checkpoint
             WHERE t.college_id = $1 AND c.number >= $2 ORDER BY c.number LIMIT $3",
            college,
            from,
            most
        )
        .fetch_all(self.connection())
        .await?)
    }
}
