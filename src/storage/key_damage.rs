//! What hangs on one key: counted before it is given up, and put out of force afterwards.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{CredentialId, KeyId, MemberId};

/// What a key signed that still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AffectedRow {
    /// Credentials, those of service accounts included.
    pub credentials: i64,
    /// Portfolios that it signed, or that contain such a credential.
    pub portfolios: i64,
}

impl TenantTx {
    /// What a key signed that still holds.
    pub async fn affected_by(&mut self, key: KeyId) -> Result<AffectedRow> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            AffectedRow,
            r#"SELECT (SELECT count(*) FROM credentials WHERE college_id = $1 AND key_id = $2 AND status = 'active')
                      + (SELECT count(*) FROM service_credentials WHERE college_id = $1 AND key_id = $2 AND status = 'active') AS "credentials!",
                      (SELECT count(*) FROM portfolios p WHERE p.college_id = $1 AND p.status = 'active' AND (
                           p.key_id = $2 OR p.document_key_id = $2 OR EXISTS (
                               SELECT FROM portfolio_items i JOIN credentials c ON c.college_id = i.college_id AND c.id = i.credential_id
                               WHERE i.college_id = p.college_id AND i.portfolio_id = p.id AND c.key_id = $2))) AS "portfolios!""#,
            college,
            key.0
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Put every portfolio out of force that a key signed, or that contains a credential it signed, and set their
    /// bits. Gives whose they were, and how many of each.
    pub async fn outdate_portfolios_of_key(
        &mut self,
        key: KeyId,
        now: DateTime<Utc>,
    ) -> Result<Vec<(MemberId, i64)>> {
        let college = self.college.0;
        let rows = sqlx::query!(
            r#"WITH fallen AS (
                 UPDATE portfolios p SET status = 'revoked', revoked_at = $3, revoke_reason = 'key_compromised'
                 WHERE p.college_id = $1 AND p.status = 'active' AND (
                     p.key_id = $2 OR p.document_key_id = $2 OR EXISTS (
                         SELECT FROM portfolio_items i JOIN credentials c ON c.college_id = i.college_id AND c.id = i.credential_id
                         WHERE i.college_id = p.college_id AND i.portfolio_id = p.id AND c.key_id = $2))
                 RETURNING p.student_id, p.list_number, p.list_index),
               bits AS (
                 UPDATE status_entries s SET set_at = $3 FROM fallen f
                 WHERE s.college_id = $1 AND s.kind = 'portfolios' AND s.number = f.list_number AND s.index = f.list_index AND s.set_at IS NULL)
               SELECT student_id, count(*) AS "portfolios!" FROM fallen GROUP BY student_id ORDER BY student_id"#,
            college,
            key.0,
            now
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| (MemberId(row.student_id), row.portfolios)).collect())
    }

    /// Whether one of these credentials still carries signatures of a compromised key, and waits to be signed anew.
    pub async fn awaits_new_signatures(&mut self, credentials: &[CredentialId]) -> Result<bool> {
        let college = self.college.0;
        let ids: Vec<Uuid> = credentials.iter().map(|id| id.0).collect();
        Ok(sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM credentials c JOIN signing_keys k ON k.college_id = c.college_id AND k.id = c.key_id
                              WHERE c.college_id = $1 AND c.id = ANY($2) AND k.state = 'compromised') AS "waits!""#,
            college,
            &ids
        )
        .fetch_one(self.connection())
        .await?)
    }
}
