//! What was begun and has to be answered soon, once: a second factor, a passkey ceremony, a log-in elsewhere.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{Database, Result, TenantTx};

/// A challenge to be kept.
#[derive(Clone, Debug)]
pub struct NewChallenge {
    /// SHA-256 of its token.
    pub hash: [u8; 32],
    /// Purpose word.
    pub purpose: &'static str,
    /// The college, where it is known.
    pub college: Option<Uuid>,
    /// Who has to answer, where it is known.
    pub member: Option<Uuid>,
    /// The session that asked, where there is one.
    pub session: Option<Uuid>,
    /// What is needed to check the answer.
    pub state: Value,
    /// Until when it can be answered.
    pub expires_at: DateTime<Utc>,
}

/// A challenge that can be answered.
#[derive(Clone, Debug)]
pub struct ChallengeRow {
    /// The college, where it is known.
    pub college_id: Option<Uuid>,
    /// Who has to answer, where it is known.
    pub member_id: Option<Uuid>,
    /// The session that asked, where there is one.
    pub session_id: Option<Uuid>,
    /// What is needed to check the answer.
    pub state: Value,
}

impl Database {
    /// Keep a challenge.
    pub async fn insert_challenge(&self, new: &NewChallenge) -> Result<()> {
        insert(new, self.alone()).await
    }

    /// A challenge that can still be answered; it stays.
    pub async fn open_challenge(
        &self,
        hash: &[u8; 32],
        purpose: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<ChallengeRow>> {
        Ok(sqlx::query_as!(
            ChallengeRow,
            "SELECT college_id, member_id, session_id, state FROM login_challenges
             WHERE token_hash = $1 AND purpose = $2 AND consumed_at IS NULL AND expires_at > $3",
            &hash[..],
            purpose,
            now
        )
        .fetch_optional(self.alone())
        .await?)
    }

    /// Use a challenge up: of any number who answer, one gets it.
    pub async fn take_challenge(
        &self,
        hash: &[u8; 32],
        purpose: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<ChallengeRow>> {
        take(hash, purpose, now, self.alone()).await
    }

    /// Count a wrong answer; the one that makes `most` ends the challenge.
    pub async fn fail_challenge(
        &self,
        hash: &[u8; 32],
        most: i32,
        now: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "UPDATE login_challenges SET failures = failures + 1, consumed_at = CASE WHEN failures + 1 >= $2 THEN $3::timestamptz END
             WHERE token_hash = $1 AND consumed_at IS NULL",
            &hash[..],
            most,
            now
        )
        .execute(self.alone())
        .await?;
        Ok(())
    }
}

impl TenantTx {
    /// Keep a challenge.
    pub async fn insert_challenge(&mut self, new: &NewChallenge) -> Result<()> {
        insert(new, self.connection()).await
    }

    /// Use a challenge up: of any number who answer, one gets it.
    pub async fn take_challenge(
        &mut self,
        hash: &[u8; 32],
        purpose: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<ChallengeRow>> {
        take(hash, purpose, now, self.connection()).await
    }
}

async fn insert(new: &NewChallenge, executor: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO login_challenges (token_hash, purpose, college_id, member_id, session_id, state, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &new.hash[..],
        new.purpose,
        new.college,
        new.member,
        new.session,
        new.state,
        new.expires_at
    )
    .execute(executor)
    .await?;
    Ok(())
}

async fn take(
    hash: &[u8; 32],
    purpose: &str,
    now: DateTime<Utc>,
    executor: impl PgExecutor<'_>,
) -> Result<Option<ChallengeRow>> {
    Ok(sqlx::query_as!(
        ChallengeRow,
        "UPDATE login_challenges SET consumed_at = $3
         WHERE token_hash = $1 AND purpose = $2 AND consumed_at IS NULL AND expires_at > $3
         RETURNING college_id, member_id, session_id, state",
        &hash[..],
        purpose,
        now
    )
    .fetch_optional(executor)
    .await?)
}
