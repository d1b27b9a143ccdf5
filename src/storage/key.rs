//! The signing keys of a college.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{KeyId, MemberId};

/// A key.
#[derive(Clone, Debug)]
pub struct KeyRow {
    /// Id.
    pub id: Uuid,
    /// `credentials`, `documents`, `authority` or `log`.
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
    /// The certificates above it (DER, nearest first), where an authority outside the hub gave it.
    pub chain: Vec<Vec<u8>>,
    /// State word.
    pub state: String,
    /// For If-Match.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it began to sign.
    pub activated_at: Option<DateTime<Utc>>,
    /// When it stopped for good.
    pub retired_at: Option<DateTime<Utc>>,
    /// Since when it is frozen.
    pub frozen_at: Option<DateTime<Utc>>,
    /// What was suspected.
    pub frozen_reason: Option<String>,
    /// Since when somebody else may have had it.
    pub compromised_since: Option<DateTime<Utc>>,
    /// When a second person confirmed it.
    pub compromised_at: Option<DateTime<Utc>>,
    /// Why, for everybody to read.
    pub compromised_reason: Option<String>,
    /// How often it signed.
    pub signatures: i64,
    /// When it signed last.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A key to be written.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Id.
    pub id: Uuid,
    /// `credentials`, `documents`, `authority` or `log`.
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
    /// The certificates above it (DER, nearest first), where an authority outside the hub gave it.
    pub chain: Vec<Vec<u8>>,
    /// Active from now on; else it waits.
    pub active: bool,
    /// The member who made it; none for the hub and its operator.
    pub created_by: Option<MemberId>,
    /// Now.
    pub created_at: DateTime<Utc>,
}

macro_rules! key_rows {
    ($tail:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            KeyRow,
            "SELECT id, purpose, algorithm, kid, public_key, sealed, seal_version, certificate, chain, state, version, created_at, activated_at,
                    retired_at, frozen_at, frozen_reason, compromised_since, compromised_at, compromised_reason, signatures, last_used_at
             FROM signing_keys WHERE college_id = $1 " + $tail,
            $($argument),*
        )
    };
}

/// A step of a key's life: done only from the version that was seen and from where the step may begin. True where it was.
macro_rules! step_of_key {
    ($tx:ident, $id:ident, $version:ident, $set:literal, from $from:literal $(, $argument:expr)* $(,)?) => {{
        let college = $tx.college.0;
        let moved = sqlx::query!(
            "UPDATE signing_keys SET version = version + 1, " + $set
                + " WHERE college_id = $1 AND id = $2 AND version = $3 AND " + $from,
            college,
            $id.0,
            $version
            $(, $argument)*
        )
        .execute($tx.connection())
        .await?;
        Ok(moved.rows_affected() == 1)
    }};
}

impl TenantTx {
    /// Every key, newest first.
    pub async fn keys(&mut self) -> Result<Vec<KeyRow>> {
        let college = self.college.0;
        Ok(key_rows!("ORDER BY created_at DESC, id DESC", college)
            .fetch_all(self.connection())
            .await?)
    }

    /// One key.
    pub async fn key(&mut self, id: KeyId) -> Result<Option<KeyRow>> {
        let college = self.college.0;
        Ok(key_rows!("AND id = $2", college, id.0).fetch_optional(self.connection()).await?)
    }

    /// One key, held for a change: waits for everything that is being signed with it.
    pub async fn key_for_change(&mut self, id: KeyId) -> Result<Option<KeyRow>> {
        let college = self.college.0;
        Ok(key_rows!("AND id = $2 FOR UPDATE", college, id.0)
            .fetch_optional(self.connection())
            .await?)
    }

    /// The key of this purpose that signs now.
    pub async fn active_key(&mut self, purpose: &str) -> Result<Option<KeyRow>> {
        let college = self.college.0;
        Ok(key_rows!("AND purpose = $2 AND state = 'active'", college, purpose)
            .fetch_optional(self.connection())
            .await?)
    }

    /// The key of this purpose that signs now, held in place until the transaction ends: whoever changes its state
    /// waits, so that nothing is signed by a key that was stopped in between.
    ///
    /// None means that there is none until this transaction ends: whoever puts one to use after it finds what this
    /// transaction left waiting.
    pub async fn hold_active_key(&mut self, purpose: &str) -> Result<Option<KeyRow>> {
        if let Some(key) = self.held_active_key(purpose).await? {
            return Ok(Some(key));
        }
        // Another key may have taken its place while we waited for it: only a second look finds that one.
        self.lock_keys_shared(purpose).await?;
        self.held_active_key(purpose).await
    }

    /// `FOR KEY SHARE` lets those who sign count their signatures beside each other; `FOR UPDATE` waits for it.
    async fn held_active_key(&mut self, purpose: &str) -> Result<Option<KeyRow>> {
        let college = self.college.0;
        Ok(key_rows!("AND purpose = $2 AND state = 'active' FOR KEY SHARE", college, purpose)
            .fetch_optional(self.connection())
            .await?)
    }

    /// Be the only one who changes keys of this purpose, until the transaction ends.
    pub async fn lock_keys(&mut self, purpose: &str) -> Result<()> {
        let name = format!("{}/keys/{purpose}", self.college);
        sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn lock_keys_shared(&mut self, purpose: &str) -> Result<()> {
        let name = format!("{}/keys/{purpose}", self.college);
        sqlx::query!("SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))", name)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Write a new key.
    pub async fn insert_key(&mut self, new: &NewKey) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO signing_keys (college_id, id, purpose, algorithm, kid, public_key, sealed, seal_version, certificate, created_by,
                                       created_at, state, activated_at, chain)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, CASE WHEN $12 THEN 'active' ELSE 'pending' END,
                     CASE WHEN $12 THEN $11::timestamptz END, $13)",
            college,
            new.id,
            new.purpose,
            new.algorithm,
            new.kid,
            new.public_key,
            new.sealed,
            new.seal_version,
            new.certificate,
            new.created_by.map(|id| id.0),
            new.created_at,
            new.active,
            &new.chain
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Give a pending key for files another certificate, with those above it. False where somebody was first.
    pub async fn certify_key(
        &mut self,
        id: KeyId,
        version: i64,
        certificate: &[u8],
        chain: &[Vec<u8>],
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE signing_keys SET certificate = $4, chain = $5, version = version + 1
             WHERE college_id = $1 AND id = $2 AND version = $3 AND state = 'pending' AND purpose = 'documents'",
            college,
            id.0,
            version,
            certificate,
            chain
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Put a pending key to use. False where somebody was first.
    pub async fn activate_key(
        &mut self,
        id: KeyId,
        version: i64,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        step_of_key!(self, id, version, "state = 'active', activated_at = $4", from "state = 'pending'", now)
    }

    /// Stop a key for good and destroy its private part; a frozen one stays frozen. False where somebody was first.
    pub async fn retire_key(
        &mut self,
        id: KeyId,
        version: i64,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        step_of_key!(
            self, id, version,
            "state = CASE WHEN state = 'frozen' THEN 'frozen' ELSE 'retired' END, sealed = NULL, retired_at = $4",
            from "state IN ('pending', 'active', 'frozen') AND retired_at IS NULL",
            now
        )
    }

    /// Freeze a key. False where somebody was first.
    pub async fn freeze_key(
        &mut self,
        id: KeyId,
        version: i64,
        by: Option<MemberId>,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        step_of_key!(
            self, id, version,
            "state = 'frozen', frozen_at = $4, frozen_by = $5, frozen_reason = $6",
            from "state IN ('active', 'retired') AND activated_at IS NOT NULL",
            now,
            by.map(|id| id.0),
            reason
        )
    }

    /// Lift the freeze of a key: it signs again, unless another took its place. False where somebody was first.
    pub async fn unfreeze_key(&mut self, id: KeyId, version: i64) -> Result<bool> {
        step_of_key!(
            self, id, version,
            "state = CASE WHEN retired_at IS NULL THEN 'active' ELSE 'retired' END, frozen_at = NULL, frozen_by = NULL, frozen_reason = NULL",
            from "state = 'frozen'"
        )
    }

    /// Declare a key to be in other hands since `since`, and destroy its private part. False where somebody was first.
    pub async fn compromise_key(
        &mut self,
        id: KeyId,
        version: i64,
        since: DateTime<Utc>,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        step_of_key!(
            self, id, version,
            "state = 'compromised', sealed = NULL, compromised_since = $4, compromised_reason = $5, compromised_at = $6",
            from "state IN ('active', 'retired', 'frozen') AND activated_at IS NOT NULL",
            since,
            reason,
            now
        )
    }
}

impl TenantTx {
    /// Hold every key of the college until the transaction ends: nobody makes, retires or seals one meanwhile.
    pub async fn hold_keys(&mut self) -> Result<()> {
        let college = self.college.0;
        sqlx::query_scalar!(
            "SELECT id FROM signing_keys WHERE college_id = $1 ORDER BY id FOR UPDATE",
            college
        )
        .fetch_all(self.connection())
        .await?;
        Ok(())
    }

    /// Put a new seal in the place of the one of version `from`. False where it is another, or gone.
    pub async fn replace_seal(
        &mut self,
        id: KeyId,
        from: i32,
        sealed: &[u8],
        to: i32,
    ) -> Result<bool> {
        let college = self.college.0;
        let replaced = sqlx::query!(
            "UPDATE signing_keys SET sealed = $4, seal_version = $5
             WHERE college_id = $1 AND id = $2 AND seal_version = $3 AND sealed IS NOT NULL",
            college,
            id.0,
            from,
            sealed,
            to
        )
        .execute(self.connection())
        .await?;
        Ok(replaced.rows_affected() == 1)
    }
}
