//! Credentials of achievements, and the record of everything that was ever issued.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{AchievementId, CredentialId, KeyId, MemberId};

/// A credential.
#[derive(Clone, Debug)]
pub struct CredentialRow {
    /// Id, part of its public address.
    pub id: Uuid,
    /// Its achievement.
    pub achievement_id: Uuid,
    /// The revision it speaks of.
    pub revision: i32,
    /// Whose it is.
    pub student_id: Uuid,
    /// Status word.
    pub status: String,
    /// Visibility word.
    pub visibility: String,
    /// Number of its status list.
    pub list_number: i32,
    /// Index in it.
    pub list_index: i32,
    /// Which issue of it.
    pub generation: i32,
    /// Stored before the key was touched.
    pub to_be_signed: Option<Vec<u8>>,
    /// The exact JSON text.
    pub document: Option<String>,
    /// Who approved.
    pub approved_by: Uuid,
    /// When it was approved.
    pub created_at: DateTime<Utc>,
    /// When it was signed.
    pub issued_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Why.
    pub revoke_reason: Option<String>,
}

/// A credential to be issued.
#[derive(Clone, Copy, Debug)]
pub struct NewCredential {
    /// Id.
    pub id: CredentialId,
    /// Its achievement.
    pub achievement: AchievementId,
    /// The revision it speaks of.
    pub revision: i32,
    /// Whose it is.
    pub student: MemberId,
    /// Number of its status list.
    pub list_number: i32,
    /// Index in it.
    pub list_index: i32,
    /// Who approved.
    pub approved_by: MemberId,
    /// Now.
    pub created_at: DateTime<Utc>,
}

/// A document that was signed, to be noted for good.
#[derive(Clone, Copy, Debug)]
pub struct NewRecord {
    /// Its id: of the credential or the portfolio.
    pub document: Uuid,
    /// Which issue of it, from 1.
    pub generation: i32,
    /// `achievement` or `portfolio`.
    pub kind: &'static str,
    /// SHA-256 of the canonical JSON of the whole signed document.
    pub record_hash: [u8; 32],
}

/// What a credential says beside the college: the revision, the person, the category.
#[derive(Clone, Debug)]
pub struct CredentialFacts {
    /// Full name.
    pub full_name: String,
    /// In their script.
    pub full_name_native: Option<String>,
    /// urn:uuid of the subject.
    pub subject_id: Uuid,
    /// Programme's name.
    pub programme: Option<String>,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// Organiser.
    pub organiser: String,
    /// Role.
    pub role: Option<String>,
    /// Level word.
    pub level: Option<String>,
    /// Outcome word.
    pub outcome: Option<String>,
    /// First day.
    pub started_on: Option<NaiveDate>,
    /// Last day.
    pub ended_on: Option<NaiveDate>,
    /// Hours.
    pub hours: Option<i32>,
    /// Skills.
    pub skills: Vec<String>,
    /// Category code.
    pub category_code: String,
    /// Category name.
    pub category_name: String,
    /// Open Badges achievementType.
    pub achievement_type: String,
    /// What had to be shown.
    pub criteria_narrative: String,
    /// Department of the item.
    pub department: String,
}

macro_rules! credential_rows {
    ($tail:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            CredentialRow,
            "SELECT id, achievement_id, revision, student_id, status, visibility, list_number, list_index, generation, to_be_signed, document,
                    approved_by, created_at, issued_at, revoked_at, revoke_reason
             FROM credentials WHERE college_id = $1 " + $tail,
            $($argument),*
        )
    };
}

impl TenantTx {
    /// Write a credential that waits for its signature.
    pub async fn insert_credential(&mut self, new: &NewCredential) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO credentials (college_id, id, achievement_id, revision, student_id, status, list_number, list_index, approved_by, created_at)
             VALUES ($1, $2, $3, $4, $5, 'pending_issue', $6, $7, $8, $9)",
            college,
            new.id.0,
            new.achievement.0,
            new.revision,
            new.student.0,
            new.list_number,
            new.list_index,
            new.approved_by.0,
            new.created_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Everything a credential says.
    pub async fn credential_facts(
        &mut self,
        achievement: AchievementId,
        revision: i32,
    ) -> Result<CredentialFacts> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            CredentialFacts,
            r#"SELECT m.full_name, m.full_name_native, m.subject_id, p.name AS "programme?", r.title, r.description, r.organiser, r.role, r.level,
                      r.outcome, r.started_on, r.ended_on, r.hours, r.skills, c.code AS category_code, c.name AS category_name,
                      c.achievement_type, c.criteria_narrative, d.name AS department
               FROM revisions r
               JOIN members m ON m.college_id = r.college_id AND m.id = r.student_id
               LEFT JOIN programmes p ON p.college_id = m.college_id AND p.id = m.programme_id
               JOIN categories c ON c.college_id = r.college_id AND c.id = r.category_id
               JOIN departments d ON d.college_id = r.college_id AND d.id = r.department_id
               WHERE r.college_id = $1 AND r.achievement_id = $2 AND r.number = $3"#,
            college,
            achievement.0,
            revision
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Note for good that documents were issued: in the record, and at the end of the college's log. The log's head
    /// is held until the transaction ends, so call it as late in it as can be. The next checkpoint is asked for.
    pub async fn record_issues(&mut self, records: &[NewRecord], now: DateTime<Utc>) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        let college = self.college.0;
        let documents: Vec<Uuid> = records.iter().map(|record| record.document).collect();
        let generations: Vec<i32> = records.iter().map(|record| record.generation).collect();
        let kinds: Vec<String> = records.iter().map(|record| record.kind.to_owned()).collect();
        let hashes: Vec<Vec<u8>> =
            records.iter().map(|record| record.record_hash.to_vec()).collect();
        sqlx::query!(
            "WITH head AS (
                 INSERT INTO issuance_logs AS log (college_id, size) VALUES ($1, cardinality($2::uuid[]))
                 ON CONFLICT (college_id) DO UPDATE SET size = log.size + cardinality($2::uuid[])
                 RETURNING log.size - cardinality($2::uuid[]) AS first)
             INSERT INTO issued_records (college_id, document_id, generation, kind, record_hash, issued_at, log_index)
             SELECT $1, document, generation, kind, record_hash, $6, head.first + place - 1
             FROM head, UNNEST($2::uuid[], $3::integer[], $4::text[], $5::bytea[])
                  WITH ORDINALITY AS new (document, generation, kind, record_hash, place)",
            college,
            &documents,
            &generations,
            &kinds,
            &hashes,
            now
        )
        .execute(self.connection())
        .await?;
        self.ask_for_checkpoint(now).await
    }

    /// Count what a key signed.
    pub async fn count_signatures(
        &mut self,
        key: KeyId,
        signatures: i64,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE signing_keys SET signatures = signatures + $3, last_used_at = $4 WHERE college_id = $1 AND id = $2",
            college,
            key.0,
            signatures,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A credential by its id.
    pub async fn credential(&mut self, id: CredentialId) -> Result<Option<CredentialRow>> {
        let college = self.college.0;
        Ok(credential_rows!("AND id = $2", college, id.0).fetch_optional(self.connection()).await?)
    }

    /// The newest credential of an achievement.
    pub async fn credential_of(
        &mut self,
        achievement: AchievementId,
    ) -> Result<Option<CredentialRow>> {
        let college = self.college.0;
        Ok(credential_rows!(
            "AND achievement_id = $2 ORDER BY created_at DESC, id LIMIT 1",
            college,
            achievement.0
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// A student's credentials that hold, oldest first; only those of the achievements named, where some are.
    pub async fn active_credentials(
        &mut self,
        student: MemberId,
        achievements: Option<&[AchievementId]>,
    ) -> Result<Vec<CredentialRow>> {
        let college = self.college.0;
        let chosen: Option<Vec<Uuid>> = achievements.map(|ids| ids.iter().map(|id| id.0).collect());
        Ok(credential_rows!(
            "AND student_id = $2 AND status = 'active' AND ($3::uuid[] IS NULL OR achievement_id = ANY($3))
             ORDER BY created_at, id",
            college,
            student.0,
            chosen.as_deref()
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The living credential of an achievement.
    pub async fn living_credential(
        &mut self,
        achievement: AchievementId,
    ) -> Result<Option<CredentialRow>> {
        let college = self.college.0;
        Ok(credential_rows!(
            "AND achievement_id = $2 AND status IN ('pending_issue', 'active')",
            college,
            achievement.0
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// The credential of an achievement that was superseded at this very moment, if any.
    pub async fn credential_superseded_at(
        &mut self,
        achievement: AchievementId,
        at: DateTime<Utc>,
    ) -> Result<Option<CredentialRow>> {
        let college = self.college.0;
        Ok(credential_rows!(
            "AND achievement_id = $2 AND status = 'superseded' AND revoked_at = $3",
            college,
            achievement.0,
            at
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Who may see a credential at its public address.
    pub async fn set_visibility(&mut self, id: CredentialId, visibility: &str) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE credentials SET visibility = $3 WHERE college_id = $1 AND id = $2",
            college,
            id.0,
            visibility
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
