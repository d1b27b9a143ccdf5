//! Software that issues for a college.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{MemberId, ServiceAccountId};

/// A service account.
#[derive(Clone, Debug)]
pub struct ServiceAccountRow {
    /// Id.
    pub id: Uuid,
    /// What the admins call it.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its token was last shown, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Since when the token opens nothing.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl TenantTx {
    /// Write a new service account.
    pub async fn insert_service_account(
        &mut self,
        id: ServiceAccountId,
        name: &str,
        token_hash: &[u8; 32],
        by: MemberId,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO service_accounts (college_id, id, name, token_hash, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            college,
            id.0,
            name,
            &token_hash[..],
            by.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Every service account of the college, newest first.
    pub async fn service_accounts(&mut self) -> Result<Vec<ServiceAccountRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            ServiceAccountRow,
            "SELECT id, name, created_at, last_used_at, revoked_at FROM service_accounts WHERE college_id = $1 ORDER BY created_at DESC, id",
            college
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The account of this token, where it opens something; its use is noted, at most once a minute.
    pub async fn use_service_token(
        &mut self,
        token_hash: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<ServiceAccountId>> {
        let college = self.college.0;
        let id = sqlx::query_scalar!(
            "SELECT id FROM service_accounts WHERE college_id = $1 AND token_hash = $2 AND revoked_at IS NULL",
            college,
            &token_hash[..]
        )
        .fetch_optional(self.connection())
        .await?;
        if let Some(id) = id {
            sqlx::query!(
                "UPDATE service_accounts SET last_used_at = $3::timestamptz
                 WHERE college_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < $3::timestamptz - interval '1 minute')",
                college,
                id,
                now
            )
            .execute(self.connection())
            .await?;
        }
        Ok(id.map(ServiceAccountId))
    }

    /// Let a token open nothing any more. False where there is no such account, or it was revoked before.
    pub async fn revoke_service_account(
        &mut self,
        id: ServiceAccountId,
        by: MemberId,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let revoked = sqlx::query!(
            "UPDATE service_accounts SET revoked_at = $4, revoked_by = $3 WHERE college_id = $1 AND id = $2 AND revoked_at IS NULL",
            college,
            id.0,
            by.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(revoked.rows_affected() == 1)
    }
}
