//! Tokens of mailed links: only their digest is kept, and each works once.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Database, Result, TenantTx};

/// What a mailed link speaks of.
#[derive(Clone, Debug)]
pub struct OneTimeTokenRow {
    /// The college.
    pub college_id: Uuid,
    /// The member or the invitation.
    pub subject_id: Uuid,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
    /// When it was used.
    pub consumed_at: Option<DateTime<Utc>>,
}

impl Database {
    /// A token of this purpose, whether it still works or not.
    pub async fn one_time_token(
        &self,
        hash: &[u8; 32],
        purpose: &str,
    ) -> Result<Option<OneTimeTokenRow>> {
        Ok(sqlx::query_as!(
            OneTimeTokenRow,
            "SELECT college_id, subject_id, expires_at, consumed_at FROM one_time_tokens WHERE token_hash = $1 AND purpose = $2",
            &hash[..],
            purpose
        )
        .fetch_optional(self.alone())
        .await?)
    }
}

impl TenantTx {
    /// Keep a new token.
    pub async fn insert_one_time_token(
        &mut self,
        hash: &[u8; 32],
        purpose: &str,
        subject: Uuid,
        expires_at: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO one_time_tokens (token_hash, purpose, college_id, subject_id, expires_at) VALUES ($1, $2, $3, $4, $5)",
            &hash[..],
            purpose,
            college,
            subject,
            expires_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Use a token that still works: of any number who try, one gets its subject.
    pub async fn consume_one_time_token(
        &mut self,
        hash: &[u8; 32],
        purpose: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Uuid>> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            "UPDATE one_time_tokens SET consumed_at = $4
             WHERE token_hash = $1 AND purpose = $2 AND college_id = $3 AND consumed_at IS NULL AND expires_at > $4
             RETURNING subject_id",
            &hash[..],
            purpose,
            college,
            now
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Make every token of this subject and purpose useless.
    pub async fn void_one_time_tokens(
        &mut self,
        purpose: &str,
        subject: Uuid,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE one_time_tokens SET consumed_at = $4
             WHERE college_id = $1 AND purpose = $2 AND subject_id = $3 AND consumed_at IS NULL",
            college,
            purpose,
            subject,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
