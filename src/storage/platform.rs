//! What belongs to the deployment and to no college.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Database, Result};

/// A key of the platform itself.
#[derive(Clone, Debug)]
pub struct PlatformKeyRow {
    /// Id.
    pub id: Uuid,
    /// Key id in tokens.
    pub kid: String,
    /// 32 octets, Ed25519.
    pub public_key: Vec<u8>,
    /// The sealed private part.
    pub sealed: Vec<u8>,
    /// Version of the seal.
    pub seal_version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Database {
    /// A fact of this deployment.
    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        Ok(sqlx::query_scalar!("SELECT value FROM platform_settings WHERE key = $1", key)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Fix a fact of this deployment once; the one that stands is returned.
    pub async fn fix_setting(&self, key: &str, value: &str) -> Result<String> {
        sqlx::query!("INSERT INTO platform_settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING", key, value)
            .execute(&self.pool)
            .await?;
        Ok(sqlx::query_scalar!("SELECT value FROM platform_settings WHERE key = $1", key)
            .fetch_one(&self.pool)
            .await?)
    }

    /// Change a fact of this deployment.
    pub async fn change_setting(&self, key: &str, value: &str) -> Result<()> {
        sqlx::query!("UPDATE platform_settings SET value = $2 WHERE key = $1", key, value)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The key that signs access tokens.
    pub async fn access_token_key(&self) -> Result<Option<PlatformKeyRow>> {
        Ok(sqlx::query_as!(
            PlatformKeyRow,
            "SELECT id, kid, public_key, sealed, seal_version, created_at FROM platform_keys WHERE purpose = 'access_token'"
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Keep a new key for access tokens, unless another process was first.
    pub async fn insert_access_token_key(&self, row: &PlatformKeyRow) -> Result<()> {
        sqlx::query!(
            "INSERT INTO platform_keys (id, purpose, kid, public_key, sealed, seal_version, created_at)
             VALUES ($1, 'access_token', $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            row.id,
            row.kid,
            row.public_key,
            row.sealed,
            row.seal_version,
            row.created_at
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
