//! Passkeys: public keys of members' devices.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{Database, Result, TenantTx};
use crate::domain::ids::{CollegeId, MemberId, PasskeyId};

/// A passkey.
#[derive(Clone, Debug)]
pub struct PasskeyRow {
    /// Id.
    pub id: Uuid,
    /// Whose it is.
    pub member_id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// Public key, counter and flags.
    pub passkey: Value,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it last opened something.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Database {
    /// The college of a passkey, by the SHA-256 of its credential id.
    pub async fn college_of_passkey(
        &self,
        credential_hash: &[u8; 32],
    ) -> Result<Option<(CollegeId, PasskeyId)>> {
        let row = sqlx::query!(
            "SELECT college_id, passkey_id FROM passkey_logins WHERE credential_hash = $1",
            &credential_hash[..]
        )
        .fetch_optional(self.alone())
        .await?;
        Ok(row.map(|row| (CollegeId(row.college_id), PasskeyId(row.passkey_id))))
    }
}

impl TenantTx {
    /// The college's passkey of this credential, by its SHA-256.
    pub async fn passkey_of_credential(
        &mut self,
        credential_hash: &[u8; 32],
    ) -> Result<Option<PasskeyId>> {
        let college = self.college.0;
        let id = sqlx::query_scalar!(
            "SELECT passkey_id FROM passkey_logins WHERE credential_hash = $1 AND college_id = $2",
            &credential_hash[..],
            college
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(id.map(PasskeyId))
    }

    /// A member's passkeys, oldest first.
    pub async fn passkeys(&mut self, member: MemberId) -> Result<Vec<PasskeyRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            PasskeyRow,
            "SELECT id, member_id, name, passkey, created_at, last_used_at FROM passkeys
             WHERE college_id = $1 AND member_id = $2 ORDER BY id",
            college,
            member.0
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// One passkey, held until the transaction ends.
    pub async fn hold_passkey(&mut self, id: PasskeyId) -> Result<Option<PasskeyRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            PasskeyRow,
            "SELECT id, member_id, name, passkey, created_at, last_used_at FROM passkeys WHERE college_id = $1 AND id = $2 FOR UPDATE",
            college,
            id.0
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Keep a new passkey; false where its credential opens an account already.
    pub async fn insert_passkey(
        &mut self,
        row: &PasskeyRow,
        credential_id: &[u8],
        credential_hash: &[u8; 32],
    ) -> Result<bool> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO passkeys (college_id, id, member_id, credential_id, name, passkey, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (college_id, credential_id) DO NOTHING",
            college,
            row.id,
            row.member_id,
            credential_id,
            row.name,
            row.passkey,
            row.created_at
        )
        .execute(self.connection())
        .await?;
        let done = sqlx::query!(
            "INSERT INTO passkey_logins (credential_hash, college_id, passkey_id)
             SELECT $1, $2, $3 WHERE EXISTS (SELECT FROM passkeys WHERE college_id = $2 AND id = $3)
             ON CONFLICT (credential_hash) DO NOTHING",
            &credential_hash[..],
            college,
            row.id
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// A passkey opened something: its counter went on.
    pub async fn use_passkey(
        &mut self,
        id: PasskeyId,
        passkey: &Value,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE passkeys SET passkey = $3, last_used_at = $4 WHERE college_id = $1 AND id = $2",
            college,
            id.0,
            passkey,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Call a passkey something else; false where it is none of the member's.
    pub async fn rename_passkey(
        &mut self,
        id: PasskeyId,
        member: MemberId,
        name: &str,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE passkeys SET name = $4 WHERE college_id = $1 AND id = $2 AND member_id = $3",
            college,
            id.0,
            member.0,
            name
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Remove every passkey of a member; how many there were.
    pub async fn delete_passkeys(&mut self, member: MemberId) -> Result<u64> {
        let college = self.college.0;
        let done = sqlx::query!(
            "DELETE FROM passkeys WHERE college_id = $1 AND member_id = $2",
            college,
            member.0
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected())
    }

    /// Remove a passkey; false where it is none of the member's.
    pub async fn delete_passkey(&mut self, id: PasskeyId, member: MemberId) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "DELETE FROM passkeys WHERE college_id = $1 AND id = $2 AND member_id = $3",
            college,
            id.0,
            member.0
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
