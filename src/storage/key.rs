//! The signing keys of a college.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::KeyId;

/// A key.
#[derive(Clone, Debug)]
pub struct KeyRow {
    /// Id.
    pub id: Uuid,
    /// `credentials`, `documents` or `authority`.
    pub purpose: String,
    /// `Ed25519` or `P-256`.
    pub algorithm: String,
    /// Fragment of the verification method.
    pub kid: String,
    /// Public part.
    pub public_key: Vec<u8>,
    /// Sealed private part; none once destroyed.
    pub sealed: Option<Vec<u8>>,
    /// Version of the seal.
    pub seal_version: i32,
    /// DER.
    pub certificate: Option<Vec<u8>>,
    /// State word.
    pub state: String,
    /// For If-Match.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it began to sign.
    pub activated_at: Option<DateTime<Utc>>,
    /// When it stopped.
    pub retired_at: Option<DateTime<Utc>>,
    /// Since when somebody else may have had it.
    pub compromised_since: Option<DateTime<Utc>>,
    /// How often it signed.
    pub signatures: i64,
    /// When it signed last.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A key to be written, active from now on.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Id.
    pub id: Uuid,
    /// `credentials`, `documents` or `authority`.
    pub purpose: &'static str,
    /// `Ed25519` or `P-256`.
    pub algorithm: &'static str,
    /// Fragment of the verification method.
    pub kid: String,
    /// Public part.
    pub public_key: Vec<u8>,
    /// Sealed private part.
    pub sealed: Vec<u8>,
    /// Version of the seal.
    pub seal_version: i32,
    /// DER.
    pub certificate: Option<Vec<u8>>,
    /// Now.
    pub created_at: DateTime<Utc>,
}

impl TenantTx {
    /// Every key, newest first.
    pub async fn keys(&mut self) -> Result<Vec<KeyRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            KeyRow,
            "SELECT id, purpose, algorithm, kid, public_key, sealed, seal_version, certificate, state, version, created_at, activated_at,
                    retired_at, compromised_since, signatures, last_used_at
             FROM signing_keys WHERE college_id = $1 ORDER BY created_at DESC, id DESC",
            college
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The key of this purpose that signs now.
    pub async fn active_key(&mut self, purpose: &str) -> Result<Option<KeyRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            KeyRow,
            "SELECT id, purpose, algorithm, kid, public_key, sealed, seal_version, certificate, state, version, created_at, activated_at,
                    retired_at, compromised_since, signatures, last_used_at
             FROM signing_keys WHERE college_id = $1 AND purpose = $2 AND state = 'active'",
            college,
            purpose
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// The key of this purpose that signs now, held in place until the transaction ends: a rotation waits for it,
    /// so that nothing is signed by a key that was retired in between.
    ///
    /// `FOR KEY SHARE`, which lets others count what the key signs; a change of state takes `FOR UPDATE` first.
    pub async fn hold_active_key(&mut self, purpose: &str) -> Result<Option<KeyRow>> {
        let college = self.college.0;
        // Who waited for a rotation finds the old key gone; a statement of its own then sees the new one.
        for _ in 0..2 {
            let held = sqlx::query_as!(
                KeyRow,
                "SELECT id, purpose, algorithm, kid, public_key, sealed, seal_version, certificate, state, version, created_at, activated_at,
                        retired_at, compromised_since, signatures, last_used_at
                 FROM signing_keys WHERE college_id = $1 AND purpose = $2 AND state = 'active' FOR KEY SHARE",
                college,
                purpose
            )
            .fetch_optional(self.connection())
            .await?;
            if held.is_some() {
                return Ok(held);
            }
        }
        Ok(None)
    }

    /// Write a new active key.
    pub async fn insert_key(&mut self, new: &NewKey) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO signing_keys (college_id, id, purpose, algorithm, kid, public_key, sealed, seal_version, certificate, state,
                                       created_at, activated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'active', $10, $10)",
            college,
            new.id,
            new.purpose,
            new.algorithm,
            new.kid,
            new.public_key,
            new.sealed,
            new.seal_version,
            new.certificate,
            new.created_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Retire an active key and destroy its private part; guarded by version. False where somebody was first.
    pub async fn retire_key(
        &mut self,
        id: KeyId,
        version: i64,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        // Waits until nobody signs with it; the update alone would not wait for `hold_active_key`.
        sqlx::query!(
            "SELECT id FROM signing_keys WHERE college_id = $1 AND id = $2 FOR UPDATE",
            college,
            id.0
        )
        .fetch_optional(self.connection())
        .await?;
        let retired = sqlx::query!(
            "UPDATE signing_keys SET state = 'retired', sealed = NULL, retired_at = $4, version = version + 1
             WHERE college_id = $1 AND id = $2 AND version = $3 AND state = 'active'",
            college,
            id.0,
            version,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(retired.rows_affected() == 1)
    }
}
