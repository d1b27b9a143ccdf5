//! Requests that may be sent again: their keys and their answers.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Result, TenantTx};
use crate::domain::ids::MemberId;

/// A request with a key of its client's.
#[derive(Clone, Debug)]
pub struct NewRepeatableRequest<'a> {
    /// Who sends it.
    pub member: MemberId,
    /// `Idempotency-Key`.
    pub key: &'a str,
    /// Method and address.
    pub operation: &'a str,
    /// Of the body.
    pub body_sha256: &'a [u8; 32],
}

/// A request as it stands.
#[derive(Clone, Debug)]
pub struct RepeatableRequestRow {
    /// Method and address.
    pub operation: String,
    /// Of the body.
    pub body_sha256: Vec<u8>,
    /// HTTP status of the answer; none while it runs.
    pub status: Option<i32>,
    /// Headers of the answer.
    pub headers: Option<Value>,
    /// The answer.
    pub body: Option<Vec<u8>>,
}

impl TenantTx {
    /// Take the key for this request. True where it is new, or where the same request was begun before
    /// `abandoned` and never ended: of any number who try, one gets it.
    pub async fn begin_repeatable(
        &mut self,
        request: &NewRepeatableRequest<'_>,
        now: DateTime<Utc>,
        abandoned: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let taken = sqlx::query!(
            "INSERT INTO repeatable_requests AS held (college_id, member_id, key, operation, body_sha256, started_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (college_id, member_id, key) DO UPDATE SET started_at = $6
             WHERE held.status IS NULL AND held.started_at < $7 AND held.operation = $4 AND held.body_sha256 = $5",
            college,
            request.member.0,
            request.key,
            request.operation,
            &request.body_sha256[..],
            now,
            abandoned
        )
        .execute(self.connection())
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// The request under a key.
    pub async fn repeatable(
        &mut self,
        member: MemberId,
        key: &str,
    ) -> Result<Option<RepeatableRequestRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            RepeatableRequestRow,
            "SELECT operation, body_sha256, status, headers, body FROM repeatable_requests
             WHERE college_id = $1 AND member_id = $2 AND key = $3",
            college,
            member.0,
            key
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Keep the answer of a request that runs.
    pub async fn answer_repeatable(
        &mut self,
        member: MemberId,
        key: &str,
        status: i32,
        headers: &Value,
        body: &[u8],
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE repeatable_requests SET status = $4, headers = $5, body = $6
             WHERE college_id = $1 AND member_id = $2 AND key = $3",
            college,
            member.0,
            key,
            status,
            headers,
            body
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Give a key back: its request did nothing.
    pub async fn forget_repeatable(&mut self, member: MemberId, key: &str) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "DELETE FROM repeatable_requests WHERE college_id = $1 AND member_id = $2 AND key = $3",
            college,
            member.0,
            key
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Forget every request that was begun before a time.
    pub async fn forget_repeatables_before(&mut self, time: DateTime<Utc>) -> Result<u64> {
        let college = self.college.0;
        let forgotten = sqlx::query!(
            "DELETE FROM repeatable_requests WHERE college_id = $1 AND started_at < $2",
            college,
            time
        )
        .execute(self.connection())
        .await?;
        Ok(forgotten.rows_affected())
    }
}
