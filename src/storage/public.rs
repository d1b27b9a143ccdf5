//! What anybody may read of a college: its published keys, and what it ever issued.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};

/// A key as it is published.
#[derive(Clone, Debug)]
pub struct PublicKeyRow {
    /// `credentials`, `documents`, `authority` or `log`.
    pub purpose: String,
    /// Fragment of the verification method.
    pub kid: String,
    /// Public part.
    pub public_key: Vec<u8>,
    /// DER.
    pub certificate: Option<Vec<u8>>,
    /// Those above it, DER, where an authority outside the hub gave it.
    pub chain: Vec<Vec<u8>>,
    /// State word.
    pub state: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it began to sign.
    pub activated_at: Option<DateTime<Utc>>,
    /// When it stopped.
    pub retired_at: Option<DateTime<Utc>>,
    /// Since when it is frozen.
    pub frozen_at: Option<DateTime<Utc>>,
    /// Since when somebody else may have had it.
    pub compromised_since: Option<DateTime<Utc>>,
    /// Why, for everybody to read.
    pub compromised_reason: Option<String>,
}

/// What the record says of one document.
#[derive(Clone, Debug)]
pub struct RecordRow {
    /// `achievement` or `portfolio`.
    pub kind: String,
    /// Which issue.
    pub generation: i32,
    /// SHA-256 of the JCS form.
    pub record_hash: Vec<u8>,
    /// When.
    pub issued_at: DateTime<Utc>,
    /// Its place in the issuance log.
    pub log_index: i64,
    /// Status word of the credential or portfolio.
    pub status: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Why.
    pub revoke_reason: Option<String>,
    /// The live credential of the same achievement, where this one was superseded.
    pub successor: Option<Uuid>,
    /// SHA-256 of the signed file, for a portfolio.
    pub file_sha256: Option<Vec<u8>>,
    /// PAdES level of that file.
    pub signature_level: Option<String>,
    /// The published status list and the record do not say the same of it, as last compared.
    pub list_disagrees: bool,
}

impl TenantTx {
    /// Every key that is published: all that were ever in use.
    pub async fn public_keys(&mut self) -> Result<Vec<PublicKeyRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            PublicKeyRow,
            "SELECT purpose, kid, public_key, certificate, chain, state, created_at, activated_at, retired_at, frozen_at, compromised_since,
                    compromised_reason
             FROM signing_keys WHERE college_id = $1 AND activated_at IS NOT NULL ORDER BY created_at, id",
            college
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Every issue of a document, oldest first; none where it was never issued here.
    pub async fn records(&mut self, document: Uuid) -> Result<Vec<RecordRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            RecordRow,
            r#"SELECT i.kind, i.generation, i.record_hash, i.issued_at, i.log_index, coalesce(c.status, p.status, v.status) AS "status?",
                      coalesce(c.revoked_at, p.revoked_at, v.revoked_at) AS "revoked_at?",
                      coalesce(c.revoke_reason, p.revoke_reason, v.revoke_reason) AS "revoke_reason?",
                      (SELECT s.id FROM credentials s WHERE s.college_id = c.college_id AND s.achievement_id = c.achievement_id
                       AND s.status = 'active' AND s.id <> c.id) AS "successor?",
                      p.file_sha256 AS "file_sha256?", p.signature_level AS "signature_level?",
                      EXISTS (SELECT FROM status_lists l WHERE l.college_id = i.college_id
                              AND ((l.kind = 'achievements' AND l.number = coalesce(c.list_number, v.list_number)
                                   AND coalesce(c.list_index, v.list_index) = ANY(l.disagreements))
                                OR (l.kind = 'portfolios' AND l.number = p.list_number AND p.list_index = ANY(l.disagreements)))
                             ) AS "list_disagrees!"
               FROM issued_records i
               LEFT JOIN credentials c ON c.college_id = i.college_id AND c.id = i.document_id
               LEFT JOIN portfolios p ON p.college_id = i.college_id AND p.id = i.document_id
               LEFT JOIN service_credentials v ON v.college_id = i.college_id AND v.id = i.document_id
               WHERE i.college_id = $1 AND i.document_id = $2 ORDER BY i.generation"#,
            college,
            document
        )
        .fetch_all(self.connection())
        .await?)
    }
}
