//! Portfolios that were exported.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{CredentialId, KeyId, MemberId, PortfolioId};

/// An export.
#[derive(Clone, Debug)]
pub struct PortfolioRow {
    /// Id, part of its public address.
    pub id: Uuid,
    /// Whose it is.
    pub student_id: Uuid,
    /// Locale word.
    pub locale: String,
    /// Layout.
    pub template: String,
    /// With fewer and smaller pictures.
    pub small: bool,
    /// Number of its status list.
    pub list_number: i32,
    /// Index in it.
    pub list_index: i32,
    /// `active` or `revoked`.
    pub status: String,
    /// The signed ClrCredential, exact JSON text.
    pub document: String,
    /// The COSE_Sign1 CWT of the QR code.
    pub compact: Vec<u8>,
    /// Of the signed file.
    pub file_sha256: Vec<u8>,
    /// Octets of the signed file.
    pub file_size: i64,
    /// PAdES level of its signature.
    pub signature_level: String,
    /// When an authority saw the signature.
    pub stamped_at: Option<DateTime<Utc>>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Credentials inside.
    pub credentials: i64,
    /// Credentials inside that do not hold any more.
    pub fallen: i64,
}

/// An export to be written.
#[derive(Clone, Debug)]
pub struct NewPortfolio<'a> {
    /// Id.
    pub id: PortfolioId,
    /// Whose it is.
    pub student: MemberId,
    /// What it was made of.
    pub inputs_hash: [u8; 32],
    /// Locale word.
    pub locale: &'a str,
    /// Layout.
    pub template: &'a str,
    /// With fewer and smaller pictures.
    pub small: bool,
    /// The key that signed its credential and card.
    pub key: KeyId,
    /// The key that signed its file.
    pub document_key: KeyId,
    /// Not every credential is in it.
    pub partial: bool,
    /// Number of its status list.
    pub list_number: i32,
    /// Index in it.
    pub list_index: i32,
    /// The signed ClrCredential.
    pub document: &'a str,
    /// The CWT.
    pub compact: &'a [u8],
    /// Of the signed file.
    pub file_sha256: [u8; 32],
    /// Octets of the signed file.
    pub file_size: i64,
    /// PAdES level of its signature.
    pub signature_level: &'static str,
    /// When an authority saw the signature.
    pub stamped_at: Option<DateTime<Utc>>,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// Credentials inside, in order.
    pub credentials: &'a [CredentialId],
}

macro_rules! portfolio_rows {
    ($tail:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            PortfolioRow,
            r#"SELECT p.id, p.student_id, p.locale, p.template, p.small, p.list_number, p.list_index, p.status, p.document, p.compact, p.file_sha256,
                      p.file_size, p.signature_level, p.stamped_at, p.created_at,
                      (SELECT count(*) FROM portfolio_items i WHERE i.college_id = p.college_id AND i.portfolio_id = p.id) AS "credentials!",
                      (SELECT count(*) FROM portfolio_items i JOIN credentials c ON c.college_id = i.college_id AND c.id = i.credential_id
                       WHERE i.college_id = p.college_id AND i.portfolio_id = p.id AND c.status <> 'active') AS "fallen!"
               FROM portfolios p WHERE p.college_id = $1 "# + $tail,
            $($argument),*
        )
    };
}

impl TenantTx {
    /// One export.
    pub async fn portfolio(&mut self, id: PortfolioId) -> Result<Option<PortfolioRow>> {
        let college = self.college.0;
        Ok(portfolio_rows!("AND p.id = $2", college, id.0)
            .fetch_optional(self.connection())
            .await?)
    }

    /// The export of the same inputs, if there is one that holds.
    pub async fn portfolio_of_inputs(
        &mut self,
        student: MemberId,
        inputs_hash: &[u8; 32],
    ) -> Result<Option<PortfolioRow>> {
        let college = self.college.0;
        Ok(portfolio_rows!(
            "AND p.student_id = $2 AND p.inputs_hash = $3 AND p.status = 'active'",
            college,
            student.0,
            &inputs_hash[..]
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// A student's exports, newest first, at most 50; those of one second by their places in the issuance log.
    pub async fn portfolios_of(&mut self, student: MemberId) -> Result<Vec<PortfolioRow>> {
        let college = self.college.0;
        Ok(portfolio_rows!(
            "AND p.student_id = $2
             ORDER BY p.created_at DESC, (SELECT max(i.log_index) FROM issued_records i WHERE i.college_id = p.college_id AND i.document_id = p.id) DESC
             LIMIT 50",
            college,
            student.0
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Keep these credentials, each of this generation, from being revoked or signed anew until the transaction ends. False
    /// where one of them does not stand like that any more.
    pub async fn hold_standing(&mut self, credentials: &[(CredentialId, i32)]) -> Result<bool> {
        let college = self.college.0;
        let (ids, generations): (Vec<Uuid>, Vec<i32>) =
            credentials.iter().map(|(id, generation)| (id.0, *generation)).unzip();
        let held = sqlx::query_scalar!(
            "SELECT c.id FROM credentials c
             JOIN UNNEST($2::uuid[], $3::integer[]) AS used (id, generation) ON used.id = c.id AND used.generation = c.generation
             WHERE c.college_id = $1 AND c.status = 'active' ORDER BY c.id FOR SHARE OF c",
            college,
            &ids,
            &generations
        )
        .fetch_all(self.connection())
        .await?;
        Ok(held.len() == credentials.len())
    }

    /// Write an export; false where the same inputs were exported in between.
    pub async fn insert_portfolio(&mut self, new: &NewPortfolio<'_>) -> Result<bool> {
        let college = self.college.0;
        let made = sqlx::query!(
            "INSERT INTO portfolios (college_id, id, student_id, inputs_hash, locale, template, partial, list_number, list_index, document,
                                     compact, file_sha256, file_size, created_at, key_id, document_key_id, small, signature_level, stamped_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT DO NOTHING",
            college,
            new.id.0,
            new.student.0,
            &new.inputs_hash[..],
            new.locale,
            new.template,
            new.partial,
            new.list_number,
            new.list_index,
            new.document,
            new.compact,
            &new.file_sha256[..],
            new.file_size,
            new.created_at,
            new.key.0,
            new.document_key.0,
            new.small,
            new.signature_level,
            new.stamped_at
        )
        .execute(self.connection())
        .await?;
        if made.rows_affected() == 0 {
            return Ok(false);
        }
        let ids: Vec<Uuid> = new.credentials.iter().map(|id| id.0).collect();
        sqlx::query!(
            "INSERT INTO portfolio_items (college_id, portfolio_id, credential_id, position)
             SELECT $1, $2, credential, position::integer FROM unnest($3::uuid[]) WITH ORDINALITY AS item (credential, position)",
            college,
            new.id.0,
            &ids
        )
        .execute(self.connection())
        .await?;
        Ok(true)
    }

    /// Revoke every portfolio that contains a credential; gives their places in the status lists.
    pub async fn revoke_portfolios_with(
        &mut self,
        credential: CredentialId,
        now: DateTime<Utc>,
    ) -> Result<Vec<(i32, i32)>> {
        let college = self.college.0;
        let rows = sqlx::query!(
            "UPDATE portfolios SET status = 'revoked', revoked_at = $3, revoke_reason = 'contains_revoked'
             WHERE college_id = $1 AND status = 'active' AND id IN (SELECT portfolio_id FROM portfolio_items WHERE college_id = $1 AND credential_id = $2)
             RETURNING list_number, list_index",
            college,
            credential.0,
            now
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| (row.list_number, row.list_index)).collect())
    }
}

/// The person a portfolio is about.
#[derive(Clone, Debug)]
pub struct StudentFacts {
    /// Full name.
    pub full_name: String,
    /// In their script.
    pub full_name_native: Option<String>,
    /// Language word of that script.
    pub native_language: Option<String>,
    /// urn:uuid of the subject.
    pub subject_id: Uuid,
    /// Programme's name.
    pub programme: Option<String>,
    /// Department's name.
    pub department: Option<String>,
    /// Years.
    pub batch: Option<String>,
    /// Roll number.
    pub roll_number: Option<String>,
}

impl TenantTx {
    /// The person a portfolio is about.
    pub async fn student_facts(&mut self, student: MemberId) -> Result<StudentFacts> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            StudentFacts,
            r#"SELECT m.full_name, m.full_name_native, m.native_language, m.subject_id, p.name AS "programme?", d.name AS "department?",
                      m.batch, m.roll_number
               FROM members m
               LEFT JOIN programmes p ON p.college_id = m.college_id AND p.id = m.programme_id
               LEFT JOIN departments d ON d.college_id = m.college_id AND d.id = m.department_id
               WHERE m.college_id = $1 AND m.id = $2"#,
            college,
            student.0
        )
        .fetch_one(self.connection())
        .await?)
    }
}
