//! What belongs to the deployment and to no college.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Database, Result, TenantTx};
use crate::domain::ids::CollegeId;

/// A key of the platform itself.
#[derive(Clone, Debug)]
pub struct PlatformKeyRow {
    /// Id.
    pub id: Uuid,
    /// `access_token` (Ed25519) or `receipts` (P-256).
    pub purpose: String,
    /// Its name in what it signs.
    pub kid: String,
    /// 32 octets for Ed25519; 65, SEC 1 uncompressed, for P-256.
    pub public_key: Vec<u8>,
    /// The sealed private part.
    pub sealed: Vec<u8>,
    /// Version of the seal.
    pub seal_version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// DER, by the key itself; for receipts only.
    pub certificate: Option<Vec<u8>>,
}

impl Database {
    /// A fact of this deployment.
    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        Ok(sqlx::query_scalar!("SELECT value FROM platform_settings WHERE key = $1", key)
            .fetch_optional(self.alone())
            .await?)
    }

    /// Fix a fact of this deployment once; the one that stands is returned.
    pub async fn fix_setting(&self, key: &str, value: &str) -> Result<String> {
        sqlx::query!("INSERT INTO platform_settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING", key, value)
            .execute(self.alone())
            .await?;
        Ok(sqlx::query_scalar!("SELECT value FROM platform_settings WHERE key = $1", key)
            .fetch_one(self.alone())
            .await?)
    }

    /// Change a fact of this deployment.
    pub async fn change_setting(&self, key: &str, value: &str) -> Result<()> {
        sqlx::query!("UPDATE platform_settings SET value = $2 WHERE key = $1", key, value)
            .execute(self.alone())
            .await?;
        Ok(())
    }

    /// The platform's key of this purpose.
    pub async fn platform_key(&self, purpose: &str) -> Result<Option<PlatformKeyRow>> {
        Ok(sqlx::query_as!(
            PlatformKeyRow,
            "SELECT id, purpose, kid, public_key, sealed, seal_version, created_at, certificate FROM platform_keys WHERE purpose = $1",
            purpose
        )
        .fetch_optional(self.alone())
        .await?)
    }

    /// Keep a new key of the platform, unless another process was first.
    pub async fn insert_platform_key(&self, row: &PlatformKeyRow) -> Result<()> {
        sqlx::query!(
            "INSERT INTO platform_keys (id, purpose, kid, public_key, sealed, seal_version, created_at, certificate)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            row.id,
            row.purpose,
            row.kid,
            row.public_key,
            row.sealed,
            row.seal_version,
            row.created_at,
            row.certificate
        )
        .execute(self.alone())
        .await?;
        Ok(())
    }
}

impl Database {
    /// Id and slug of every college, in the order of their slugs.
    pub async fn college_slugs(&self) -> Result<Vec<(CollegeId, String)>> {
        let rows = sqlx::query!("SELECT id, slug FROM colleges ORDER BY slug")
            .fetch_all(self.alone())
            .await?;
        Ok(rows.into_iter().map(|row| (CollegeId(row.id), row.slug)).collect())
    }

    /// Every key of the platform itself.
    pub async fn platform_keys(&self) -> Result<Vec<PlatformKeyRow>> {
        Ok(sqlx::query_as!(
            PlatformKeyRow,
            "SELECT id, purpose, kid, public_key, sealed, seal_version, created_at, certificate FROM platform_keys ORDER BY purpose"
        )
        .fetch_all(self.alone())
        .await?)
    }
}

impl TenantTx {
    /// Every key of the platform, held until the transaction ends.
    pub async fn hold_platform_keys(&mut self) -> Result<Vec<PlatformKeyRow>> {
        Ok(sqlx::query_as!(
            PlatformKeyRow,
            "SELECT id, purpose, kid, public_key, sealed, seal_version, created_at, certificate FROM platform_keys ORDER BY purpose FOR UPDATE"
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Put a new seal in the place of the one of version `from` of a platform key. False where it is another.
    pub async fn replace_platform_seal(
        &mut self,
        id: Uuid,
        from: i32,
        sealed: &[u8],
        to: i32,
    ) -> Result<bool> {
        let replaced = sqlx::query!(
            "UPDATE platform_keys SET sealed = $3, seal_version = $4 WHERE id = $1 AND seal_version = $2",
            id,
            from,
            sealed,
            to
        )
        .execute(self.connection())
        .await?;
        Ok(replaced.rows_affected() == 1)
    }
}
