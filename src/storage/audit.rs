//! What an audit reads: one state of a college's rows, as it was when the audit began.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{Database, Result, TenantTx};
use crate::domain::ids::CollegeId;

/// A document at hand, beside what the record says of it.
#[derive(Clone, Debug)]
pub struct HeldDocumentRow {
    /// Its id: of the credential or the portfolio.
    pub document_id: Uuid,
    /// The exact JSON text.
    pub document: String,
    /// The record hash of its last generation; none where the record does not know it.
    pub record_hash: Option<Vec<u8>>,
}

impl Database {
    /// Begin inside a college, reading only, and one state of it all the way through.
    pub async fn snapshot(&self, college: CollegeId) -> Result<TenantTx> {
        // A UUID's text is hexadecimal digits and dashes: nothing in it can end the literal.
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT set_config('hub.college_id', '{college}', true)"
        );
        TenantTx::begin_with(college, AssertSqlSafe(begin), &self.pool).await
    }
}

impl TenantTx {
    /// Documents at hand after this id, credentials and portfolios alike, at most `most`.
    pub async fn held_documents(&mut self, after: Uuid, most: i64) -> Result<Vec<HeldDocumentRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            HeldDocumentRow,
            r#"SELECT d.id AS "document_id!", d.document AS "document!", (
                   SELECT i.record_hash FROM issued_records i WHERE i.college_id = $1 AND i.document_id = d.id ORDER BY i.generation DESC LIMIT 1
               ) AS "record_hash?"
               FROM (SELECT id, document FROM credentials WHERE college_id = $1 AND document IS NOT NULL
                     UNION ALL SELECT id, document FROM service_credentials WHERE college_id = $1 AND document IS NOT NULL
                     UNION ALL SELECT id, document FROM portfolios WHERE college_id = $1) d
               WHERE d.id > $2 ORDER BY d.id LIMIT $3"#,
            college,
            after,
            most
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The first row of the record, by its place in the log, whose document the hub never made.
    pub async fn record_without_document(&mut self) -> Result<Option<(i64, Uuid)>> {
        let college = self.college.0;
        let row = sqlx::query!(
            "SELECT i.log_index, i.document_id FROM issued_records i WHERE i.college_id = $1
             AND NOT EXISTS (SELECT FROM credentials c WHERE c.college_id = $1 AND c.id = i.document_id)
             AND NOT EXISTS (SELECT FROM service_credentials v WHERE v.college_id = $1 AND v.id = i.document_id)
             AND NOT EXISTS (SELECT FROM portfolios p WHERE p.college_id = $1 AND p.id = i.document_id)
             ORDER BY i.log_index LIMIT 1",
            college
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| (row.log_index, row.document_id)))
    }
}
