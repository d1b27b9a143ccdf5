//! The outbox: after-effects, enqueued in the transaction of the act.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{Database, Result, TenantTx};

/// A job that is due.
#[derive(Clone, Debug)]
pub struct JobRow {
    /// Id.
    pub id: Uuid,
    /// What to do.
    pub kind: String,
    /// For which college.
    pub college_id: Option<Uuid>,
    /// With what.
    pub payload: Value,
    /// How often it was tried before.
    pub attempts: i32,
}

/// The jobs of one kind.
#[derive(Clone, Debug)]
pub struct JobCount {
    /// What they do.
    pub kind: String,
    /// How many are due or will be.
    pub waiting: i64,
    /// How many gave up.
    pub failed: i64,
    /// When the one that waits for longest became due; none where none is due.
    pub oldest_due: Option<DateTime<Utc>>,
}

impl TenantTx {
    /// Enqueue a job for this college. With a `dedupe_key`, a waiting job of the same key is enough.
    pub async fn enqueue(
        &mut self,
        id: Uuid,
        kind: &str,
        payload: &Value,
        dedupe_key: Option<&str>,
        run_at: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        loop {
            let made = sqlx::query!(
                "INSERT INTO jobs (id, kind, college_id, payload, dedupe_key, run_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                id,
                kind,
                college,
                payload,
                dedupe_key,
                run_at
            )
            .execute(self.connection())
            .await?;
            // A worker that took the waiting job before this act commits would not see what the act did: hold the job
            // until then (`take_job` skips what is locked), and where it was taken in between, enqueue another.
            if made.rows_affected() == 1 || self.hold_waiting_job(dedupe_key).await? {
                return Ok(());
            }
        }
    }

    /// Whether a job of this key waits that was not due before `since`.
    pub async fn awaits_job(&mut self, dedupe_key: &str, since: DateTime<Utc>) -> Result<bool> {
        Ok(sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM jobs WHERE dedupe_key = $1 AND failed_at IS NULL AND run_at > $2) AS "waits!""#,
            dedupe_key,
            since
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Keep a waiting job from being taken until this transaction ends. False where none waits.
    async fn hold_waiting_job(&mut self, dedupe_key: Option<&str>) -> Result<bool> {
        let held = sqlx::query_scalar!(
            "SELECT id FROM jobs WHERE dedupe_key = $1 AND failed_at IS NULL AND attempts = 0 FOR KEY SHARE",
            dedupe_key
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(held.is_some())
    }
}

impl Database {
    /// Take one due job, of these kinds where some are named and of none of those; it is hidden from other workers for two minutes. Jobs are
    /// idempotent, so a second run is harmless.
    pub async fn take_job(
        &self,
        only: &[&str],
        never: &[&str],
        now: DateTime<Utc>,
    ) -> Result<Option<JobRow>> {
        let words =
            |kinds: &[&str]| kinds.iter().map(|kind| (*kind).to_owned()).collect::<Vec<_>>();
        Ok(sqlx::query_as!(
            JobRow,
            "UPDATE jobs SET attempts = attempts + 1, run_at = $1 + interval '2 minutes'
             WHERE id = (SELECT id FROM jobs WHERE run_at <= $1 AND failed_at IS NULL AND (cardinality($2::text[]) = 0 OR kind = ANY($2)) AND kind <> ALL($3::text[]) ORDER BY run_at FOR UPDATE SKIP LOCKED LIMIT 1)
             RETURNING id, kind, college_id, payload, attempts",
            now,
            &words(only),
            &words(never)
        )
        .fetch_optional(self.alone())
        .await?)
    }

    /// The job is done.
    pub async fn finish_job(&self, id: Uuid) -> Result<()> {
        sqlx::query!("DELETE FROM jobs WHERE id = $1", id).execute(self.alone()).await?;
        Ok(())
    }

    /// The job failed: try again at `retry_at`, or give up where there is none.
    pub async fn fail_job(
        &self,
        id: Uuid,
        error: &str,
        retry_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "UPDATE jobs SET last_error = $2, run_at = coalesce($3, run_at), failed_at = CASE WHEN $3::timestamptz IS NULL THEN $4::timestamptz END WHERE id = $1",
            id,
            error,
            retry_at,
            now
        )
        .execute(self.alone())
        .await?;
        Ok(())
    }

    /// The jobs of each kind of which there are any.
    pub async fn count_jobs_by_kind(&self, now: DateTime<Utc>) -> Result<Vec<JobCount>> {
        Ok(sqlx::query_as!(
            JobCount,
            r#"SELECT kind, count(*) FILTER (WHERE failed_at IS NULL) AS "waiting!", count(failed_at) AS "failed!",
                 min(run_at) FILTER (WHERE failed_at IS NULL AND run_at <= $1) AS oldest_due
               FROM jobs GROUP BY kind"#,
            now
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// How many jobs wait or gave up.
    pub async fn count_jobs(&self) -> Result<i64> {
        Ok(sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM jobs"#)
            .fetch_one(self.alone())
            .await?)
    }
}
