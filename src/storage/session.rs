//! Refresh tokens: each used once, in families that end as a whole.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Database, Result, TenantTx};
use crate::domain::ids::{CollegeId, MemberId, SessionId};

/// A refresh token to be kept.
#[derive(Clone, Debug)]
pub struct NewRefreshToken {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// One log-in and everything that grew from it.
    pub family: Uuid,
    /// Whose it is.
    pub member: MemberId,
    /// The token this one replaces.
    pub parent: Option<[u8; 32]>,
    /// `web`, or empty.
    pub client: String,
    /// When it was made.
    pub issued_at: DateTime<Utc>,
    /// Until when it holds.
    pub expires_at: DateTime<Utc>,
}

/// A refresh token as it stands.
#[derive(Clone, Debug)]
pub struct RefreshTokenRow {
    /// One log-in and everything that grew from it.
    pub family_id: Uuid,
    /// Whose it is.
    pub member_id: Uuid,
    /// `web`, or empty.
    pub client: String,
    /// Until when it holds.
    pub expires_at: DateTime<Utc>,
    /// When it was exchanged.
    pub consumed_at: Option<DateTime<Utc>>,
    /// When it died unused or with its family.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Database {
    /// The college of a refresh token.
    pub async fn college_of_refresh_token(&self, hash: &[u8; 32]) -> Result<Option<CollegeId>> {
        let id = sqlx::query_scalar!(
            "SELECT college_id FROM refresh_tokens WHERE token_hash = $1",
            &hash[..]
        )
        .fetch_optional(self.alone())
        .await?;
        Ok(id.map(CollegeId))
    }
}

impl TenantTx {
    /// Keep a new token.
    pub async fn insert_refresh_token(&mut self, new: &NewRefreshToken) -> Result<()> {
        let college = self.college.0;
        let parent = new.parent.as_ref().map(|hash| &hash[..]);
        sqlx::query!(
            "INSERT INTO refresh_tokens (token_hash, family_id, college_id, member_id, parent_hash, client, issued_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &new.hash[..],
            new.family,
            college,
            new.member.0,
            parent,
            new.client,
            new.issued_at,
            new.expires_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Exchange a token that is alive, once: of any number who try, one gets the row.
    pub async fn consume_refresh_token(
        &mut self,
        hash: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<RefreshTokenRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            RefreshTokenRow,
            "UPDATE refresh_tokens SET consumed_at = $3
             WHERE token_hash = $1 AND college_id = $2 AND consumed_at IS NULL AND revoked_at IS NULL AND expires_at > $3
             RETURNING family_id, member_id, client, expires_at, consumed_at, revoked_at",
            &hash[..],
            college,
            now
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// A token as it stands; those who ask about the same family stand in line until the transaction ends.
    pub async fn lock_refresh_token(&mut self, hash: &[u8; 32]) -> Result<Option<RefreshTokenRow>> {
        let college = self.college.0;
        // Not row locks: two tokens of a family, each holding its own row and asking for the other's, would be a deadlock.
        sqlx::query!(
            "SELECT pg_advisory_xact_lock(hashtextextended(family_id::text, 0)) FROM refresh_tokens WHERE token_hash = $1 AND college_id = $2",
            &hash[..],
            college
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(sqlx::query_as!(
            RefreshTokenRow,
            "SELECT family_id, member_id, client, expires_at, consumed_at, revoked_at FROM refresh_tokens
             WHERE token_hash = $1 AND college_id = $2",
            &hash[..],
            college
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Let the unused successor of a token die; false where there is none.
    pub async fn revoke_unused_successor(
        &mut self,
        parent: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE refresh_tokens SET revoked_at = $3
             WHERE parent_hash = $1 AND college_id = $2 AND consumed_at IS NULL AND revoked_at IS NULL AND expires_at > $3",
            &parent[..],
            college,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// End a session: none of its tokens works again, and no request with one.
    pub async fn end_session(&mut self, session: SessionId, now: DateTime<Utc>) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "WITH ended AS (UPDATE sessions SET ended_at = $3 WHERE college_id = $2 AND id = $1 AND ended_at IS NULL)
             UPDATE refresh_tokens SET revoked_at = $3 WHERE family_id = $1 AND college_id = $2 AND revoked_at IS NULL",
            session.0,
            college,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// End every session of a member, but one where it is named.
    pub async fn end_sessions_of(
        &mut self,
        member: MemberId,
        but: Option<SessionId>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "WITH ended AS (UPDATE sessions SET ended_at = $3 WHERE college_id = $1 AND member_id = $2 AND ended_at IS NULL
                            AND id IS DISTINCT FROM $4)
             UPDATE refresh_tokens SET revoked_at = $3 WHERE college_id = $1 AND member_id = $2 AND revoked_at IS NULL
             AND family_id IS DISTINCT FROM $4",
            college,
            member.0,
            now,
            but.map(|session| session.0)
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
