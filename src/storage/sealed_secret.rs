//! Secrets that the hub has to read again, sealed under the master key.

use uuid::Uuid;

use super::{Result, TenantTx};

/// A secret as it is stored.
#[derive(Clone, Debug)]
pub struct SealedSecretRow {
    /// Id.
    pub id: Uuid,
    /// `totp` or `oidc_client`.
    pub purpose: String,
    /// The box.
    pub sealed: Vec<u8>,
    /// Which sealing.
    pub seal_version: i32,
}

impl TenantTx {
    /// Keep a secret.
    pub async fn insert_sealed_secret(&mut self, row: &SealedSecretRow) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO sealed_secrets (college_id, id, purpose, sealed, seal_version) VALUES ($1, $2, $3, $4, $5)",
            college,
            row.id,
            row.purpose,
            row.sealed,
            row.seal_version
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A secret.
    pub async fn sealed_secret(&mut self, id: Uuid) -> Result<Option<SealedSecretRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            SealedSecretRow,
            "SELECT id, purpose, sealed, seal_version FROM sealed_secrets WHERE college_id = $1 AND id = $2",
            college,
            id
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Every secret of the college, held until the transaction ends.
    pub async fn hold_sealed_secrets(&mut self) -> Result<Vec<SealedSecretRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            SealedSecretRow,
            "SELECT id, purpose, sealed, seal_version FROM sealed_secrets WHERE college_id = $1 ORDER BY id FOR UPDATE",
            college
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Put a new seal in the place of the one of version `from`; false where it is another.
    pub async fn replace_secret_seal(
        &mut self,
        id: Uuid,
        from: i32,
        sealed: &[u8],
        to: i32,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE sealed_secrets SET sealed = $4, seal_version = $5 WHERE college_id = $1 AND id = $2 AND seal_version = $3",
            college,
            id,
            from,
            sealed,
            to
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Forget a secret.
    pub async fn delete_sealed_secret(&mut self, id: Uuid) -> Result<()> {
        let college = self.college.0;
        sqlx::query!("DELETE FROM sealed_secrets WHERE college_id = $1 AND id = $2", college, id)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
