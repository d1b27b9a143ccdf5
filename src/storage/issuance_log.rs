//! The issuance log: its head, its tiles, its checkpoints and what was stamped from outside.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::job::Job;

/// A document in the log.
#[derive(Clone, Debug)]
pub struct LoggedRow {
    /// Its place.
    pub log_index: i64,
    /// SHA-256 of the JCS form: the log's entry.
    pub record_hash: Vec<u8>,
    /// Its id.
    pub document_id: Uuid,
    /// Which issue of it.
    pub generation: i32,
}

impl TenantTx {
    /// Have a checkpoint published soon. It is enqueued here, and not by each use case, so that nobody who appends
    /// can forget it.
    pub async fn ask_for_checkpoint(&mut self, now: DateTime<Utc>) -> Result<()> {
        let college = self.college;
        let job = Job::PublishCheckpoint {};
        let run_at = now + chrono::Duration::seconds(job.delay_seconds());
        sqlx::query!(
            "INSERT INTO jobs (id, kind, college_id, payload, dedupe_key, run_at)
             VALUES (gen_random_uuid(), $1, $2, jsonb_build_object('kind', $1::text), $3, $4) ON CONFLICT DO NOTHING",
            job.kind(),
            college.0,
            job.dedupe_key(college),
            run_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Wait until everybody who appends has committed or given up; then how many documents the log holds.
    pub async fn settle_log(&mut self) -> Result<i64> {
        let college = self.college.0;
        let size = sqlx::query_scalar!(
            "SELECT size FROM issuance_logs WHERE college_id = $1 FOR SHARE",
            college
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(size.unwrap_or(0))
    }

    /// How many documents the log holds, and how many of them the last checkpoint covers.
    pub async fn log_sizes(&mut self) -> Result<(i64, i64)> {
        let college = self.college.0;
        let row = sqlx::query!(
            r#"SELECT coalesce((SELECT size FROM issuance_logs WHERE college_id = $1), 0) AS "held!",
                      coalesce((SELECT size FROM log_checkpoints WHERE college_id = $1 ORDER BY number DESC LIMIT 1), 0) AS "covered!""#,
            college
        )
        .fetch_one(self.connection())
        .await?;
        Ok((row.held, row.covered))
    }

    /// Whether something was issued or done since the last checkpoint. Nothing is signed before something is issued.
    pub async fn awaits_checkpoint(&mut self) -> Result<bool> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT coalesce((SELECT size FROM issuance_logs WHERE college_id = $1), 0) > 0 AND NOT EXISTS (
                   SELECT FROM issuance_logs l JOIN audit_chains a USING (college_id)
                   JOIN LATERAL (SELECT size, audit_size FROM log_checkpoints c WHERE c.college_id = $1 ORDER BY number DESC LIMIT 1) last ON true
                   WHERE college_id = $1 AND last.size = l.size AND last.audit_size = a.size) AS "awaits!""#,
            college
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Keep every other publisher of this log away until the transaction ends. Who appends is not kept waiting.
    pub async fn lock_checkpoints(&mut self) -> Result<()> {
        let name = format!("issuance log of {}", self.college);
        sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name)
            .fetch_one(self.connection())
            .await?;
        Ok(())
    }

    /// Documents from this index on, in order, at most `most`.
    pub async fn logged(&mut self, from: i64, most: i64) -> Result<Vec<LoggedRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            LoggedRow,
            "SELECT log_index, record_hash, document_id, generation FROM issued_records
             WHERE college_id = $1 AND log_index >= $2 ORDER BY log_index LIMIT $3",
            college,
            from,
            most
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Where a document of this record hash stands first.
    pub async fn log_index_of(&mut self, record_hash: &[u8; 32]) -> Result<Option<i64>> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT min(log_index) FROM issued_records WHERE college_id = $1 AND record_hash = $2"#,
            college,
            record_hash.as_slice()
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// The hashes of a tile so far, one after the other; empty where there is none.
    pub async fn log_tile(&mut self, level: i16, number: i64) -> Result<Vec<u8>> {
        let college = self.college.0;
        let first = number.saturating_mul(256);
        let last = first.saturating_add(255);
        let pieces = sqlx::query!(
            "SELECT start, hashes FROM log_hashes WHERE college_id = $1 AND level = $2 AND start BETWEEN $3 AND $4 ORDER BY start",
            college,
            level,
            first,
            last
        )
        .fetch_all(self.connection())
        .await?;
        let mut tile = Vec::new();
        for piece in pieces {
            // A piece that does not follow on the last one leaves a hole: what comes after it is in the wrong place.
            if usize::try_from(piece.start - first) != Ok(tile.len() / 32) {
                break;
            }
            tile.extend_from_slice(&piece.hashes);
        }
        Ok(tile)
    }

    /// How many hashes each level of tiles holds.
    pub async fn count_log_hashes(&mut self) -> Result<Vec<(i16, i64)>> {
        let college = self.college.0;
        let rows = sqlx::query!(
            r#"SELECT level, sum(length(hashes) / 32)::bigint AS "count!" FROM log_hashes WHERE college_id = $1 GROUP BY level ORDER BY level"#,
            college
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| (row.level, row.count)).collect())
    }

    /// Add pieces to tiles: level, where each begins, its hashes.
    pub async fn insert_log_hashes(&mut self, pieces: &[(i16, i64, &[u8])]) -> Result<()> {
        let college = self.college.0;
        let levels: Vec<i16> = pieces.iter().map(|piece| piece.0).collect();
        let starts: Vec<i64> = pieces.iter().map(|piece| piece.1).collect();
        let hashes: Vec<Vec<u8>> = pieces.iter().map(|piece| piece.2.to_vec()).collect();
        sqlx::query!(
            "INSERT INTO log_hashes (college_id, level, start, hashes)
             SELECT $1, level, start, hashes FROM UNNEST($2::smallint[], $3::bigint[], $4::bytea[]) AS new (level, start, hashes)",
            college,
            &levels,
            &starts,
            &hashes
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Whether an event of this kind with this text was written since.
    pub async fn event_was_written(
        &mut self,
        kind: &str,
        text: &str,
        since: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM events WHERE college_id = $1 AND kind = $2 AND text = $3 AND at > $4) AS "written!""#,
            college,
            kind,
            text,
            since
        )
        .fetch_one(self.connection())
        .await?)
    }
}
