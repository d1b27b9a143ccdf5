//! What a college's documents show beside its entry in the register.

use chrono::{DateTime, Utc};

use super::{Result, TenantTx};

/// Seal, signature and languages of a college's documents.
#[derive(Clone, Debug, Default)]
pub struct PapersRow {
    /// Picture of the seal.
    pub seal: Option<Vec<u8>>,
    /// Its media type.
    pub seal_type: Option<String>,
    /// Scanned signature of the signatory.
    pub signature: Option<Vec<u8>>,
    /// Its media type.
    pub signature_type: Option<String>,
    /// Language words; all there are, where the college has chosen none.
    pub languages: Vec<String>,
    /// PAdES level that documents are to have.
    pub signature_level: String,
}

impl TenantTx {
    /// What this college has set; nothing and every language where it has set nothing.
    pub async fn papers(&mut self) -> Result<PapersRow> {
        let college = self.college.0;
        let row = sqlx::query_as!(
            PapersRow,
            "SELECT seal, seal_type, signature, signature_type, languages, signature_level FROM papers WHERE college_id = $1",
            college
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.unwrap_or_else(|| PapersRow {
            languages: ["en", "hi", "ta"].map(str::to_owned).to_vec(),
            signature_level: "B-T".to_owned(),
            ..PapersRow::default()
        }))
    }

    /// Set all of it.
    pub async fn set_papers(&mut self, row: &PapersRow, now: DateTime<Utc>) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO papers (college_id, seal, seal_type, signature, signature_type, languages, updated_at, signature_level)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (college_id) DO UPDATE SET seal = excluded.seal, seal_type = excluded.seal_type, signature = excluded.signature,
                 signature_type = excluded.signature_type, languages = excluded.languages, signature_level = excluded.signature_level,
                 updated_at = excluded.updated_at",
            college,
            row.seal,
            row.seal_type,
            row.signature,
            row.signature_type,
            &row.languages,
            now,
            row.signature_level
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
