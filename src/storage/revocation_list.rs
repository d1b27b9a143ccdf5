//! The revocation lists of a college's authorities.

use chrono::{DateTime, Utc};

use super::{Result, TenantTx};
use crate::domain::ids::KeyId;

/// A list as it stands.
#[derive(Clone, Debug)]
pub struct RevocationListRow {
    /// cRLNumber.
    pub number: i64,
    /// DER.
    pub document: Vec<u8>,
    /// thisUpdate.
    pub made_at: DateTime<Utc>,
}

/// A certificate whose key fell.
#[derive(Clone, Debug)]
pub struct FallenCertificateRow {
    /// DER.
    pub certificate: Vec<u8>,
    /// Since when the key may have been in other hands.
    pub since: DateTime<Utc>,
    /// When two persons had agreed on it.
    pub declared_at: DateTime<Utc>,
}

impl TenantTx {
    /// The present list of the authority with this key.
    pub async fn revocation_list(&mut self, authority: KeyId) -> Result<Option<RevocationListRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            RevocationListRow,
            "SELECT number, document, made_at FROM revocation_lists WHERE college_id = $1 AND key_id = $2",
            college,
            authority.0
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// The present list of the authority whose key has this name.
    pub async fn revocation_list_of(&mut self, kid: &str) -> Result<Option<RevocationListRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            RevocationListRow,
            "SELECT l.number, l.document, l.made_at FROM revocation_lists l
             JOIN signing_keys k ON k.college_id = l.college_id AND k.id = l.key_id WHERE l.college_id = $1 AND k.kid = $2",
            college,
            kid
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Every document certificate whose key is compromised, oldest first.
    pub async fn fallen_certificates(&mut self) -> Result<Vec<FallenCertificateRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            FallenCertificateRow,
            r#"SELECT certificate AS "certificate!", compromised_since AS "since!", compromised_at AS "declared_at!" FROM signing_keys
               WHERE college_id = $1 AND purpose = 'documents' AND state = 'compromised' AND certificate IS NOT NULL ORDER BY created_at, id"#,
            college
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Put a list in the place of the one before it. False where somebody was first.
    pub async fn set_revocation_list(
        &mut self,
        authority: KeyId,
        list: &RevocationListRow,
        next_at: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "INSERT INTO revocation_lists (college_id, key_id, number, document, made_at, next_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (college_id, key_id) DO UPDATE SET number = excluded.number, document = excluded.document, made_at = excluded.made_at,
                 next_at = excluded.next_at
             WHERE revocation_lists.number = excluded.number - 1",
            college,
            authority.0,
            list.number,
            list.document,
            list.made_at,
            next_at
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
