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
        sqlx::query!(
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
        Ok(())
    }
}

impl Database {
    /// Take one due job; it is hidden from other workers for two minutes. Jobs are idempotent, so a second run is harmless.
    pub async fn take_job(&self, now: DateTime<Utc>) -> Result<Option<JobRow>> {
        Ok(sqlx::query_as!(
            JobRow,
            "UPDATE jobs SET attempts = attempts + 1, run_at = $1 + interval '2 minutes'
             WHERE id = (SELECT id FROM jobs WHERE run_at <= $1 AND failed_at IS NULL ORDER BY run_at FOR UPDATE SKIP LOCKED LIMIT 1)
             RETURNING id, kind, college_id, payload, attempts",
            now
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// The job is done.
    pub async fn finish_job(&self, id: Uuid) -> Result<()> {
        sqlx::query!("DELETE FROM jobs WHERE id = $1", id).execute(&self.pool).await?;
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
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// How many jobs wait or gave up.
    pub async fn count_jobs(&self) -> Result<i64> {
        Ok(sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM jobs"#)
            .fetch_one(&self.pool)
            .await?)
    }
}
