//! Software that issues for a college, and what it issued.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::achievement::RevokeReason;
use crate::domain::ids::{CredentialId, KeyId, MemberId, ServiceAccountId};

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

/// A credential that a service account has issued.
#[derive(Clone, Copy, Debug)]
pub struct NewServiceCredential<'a> {
    /// Id.
    pub id: CredentialId,
    /// Which software asks for it.
    pub account: ServiceAccountId,
    /// Number of its status list, and its position.
    pub place: (i32, i32),
    /// The key that is to sign it.
    pub key: KeyId,
    /// What the key will sign.
    pub to_be_signed: &'a [u8],
    /// Now, whole seconds.
    pub created_at: DateTime<Utc>,
}

/// A credential that a service account had issued.
#[derive(Clone, Debug)]
pub struct ServiceCredentialRow {
    /// Id, part of its public address.
    pub id: Uuid,
    /// Status word.
    pub status: String,
    /// Number of its status list.
    pub list_number: i32,
    /// Position in it.
    pub list_index: i32,
    /// The exact JSON text.
    pub document: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Why.
    pub revoke_reason: Option<String>,
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

    /// Write a credential with what its key will sign.
    pub async fn insert_service_credential(
        &mut self,
        new: &NewServiceCredential<'_>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO service_credentials (college_id, id, account_id, status, list_number, list_index, key_id, to_be_signed, created_at)
             VALUES ($1, $2, $3, 'pending_issue', $4, $5, $6, $7, $8)",
            college,
            new.id.0,
            new.account.0,
            new.place.0,
            new.place.1,
            new.key.0,
            new.to_be_signed,
            new.created_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Keep the signed document.
    pub async fn keep_service_credential(
        &mut self,
        id: CredentialId,
        document: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE service_credentials SET status = 'active', document = $3, issued_at = $4
             WHERE college_id = $1 AND id = $2 AND status = 'pending_issue'",
            college,
            id.0,
            document,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A credential of a service account by its id.
    pub async fn service_credential(
        &mut self,
        id: CredentialId,
    ) -> Result<Option<ServiceCredentialRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            ServiceCredentialRow,
            "SELECT id, status, list_number, list_index, document, revoked_at, revoke_reason
             FROM service_credentials WHERE college_id = $1 AND id = $2",
            college,
            id.0
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Revoke a credential of a service account. False where it does not stand any more.
    pub async fn revoke_service_credential(
        &mut self,
        id: CredentialId,
        by: MemberId,
        reason: RevokeReason,
        text: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let revoked = sqlx::query!(
            "UPDATE service_credentials SET status = 'revoked', revoked_at = $4, revoked_by = $3, revoke_reason = $5, revoke_text = $6
             WHERE college_id = $1 AND id = $2 AND status = 'active'",
            college,
            id.0,
            by.0,
            now,
            reason.as_str(),
            text
        )
        .execute(self.connection())
        .await?;
        Ok(revoked.rows_affected() == 1)
    }
}
