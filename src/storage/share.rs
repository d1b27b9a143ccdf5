//! Shares: links under which a student shows achievements.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{Database, Result, TenantTx};
use crate::domain::ids::{AchievementId, CollegeId, MemberId, ShareId};

/// A share.
#[derive(Clone, Debug)]
pub struct ShareRow {
    /// Id.
    pub id: Uuid,
    /// Whose achievements it shows.
    pub student_id: Uuid,
    /// What the student calls it.
    pub name: String,
    /// Whether it shows all that is approved.
    pub everything: bool,
    /// Whether it shows the files.
    pub evidence: bool,
    /// Until when it opens.
    pub expires_at: DateTime<Utc>,
    /// How often it was opened.
    pub opens: i64,
    /// When it was opened last.
    pub last_opened: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// For If-Match.
    pub version: i64,
    /// What was chosen; nothing where it shows everything.
    pub achievements: Vec<Uuid>,
}

/// An achievement that a share shows.
#[derive(Clone, Debug)]
pub struct SharedItemRow {
    /// Its credential.
    pub credential: Uuid,
    /// The achievement.
    pub achievement: Uuid,
    /// The revision that was approved.
    pub revision: i32,
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
    /// Category's name.
    pub category: String,
}

/// Whose share it is.
#[derive(Clone, Debug)]
pub struct SharedByRow {
    /// Full name.
    pub full_name: String,
    /// In their script.
    pub full_name_native: Option<String>,
    /// Programme's name.
    pub programme: Option<String>,
    /// Years.
    pub batch: Option<String>,
}

/// A file that may be given out under its address.
#[derive(Clone, Debug)]
pub struct AddressedFileRow {
    /// Its name as it was uploaded.
    pub name: String,
    /// By content.
    pub media_type: String,
    /// Of the original.
    pub sha256: Vec<u8>,
    /// Of the picture that may be shown.
    pub rendition_sha256: Vec<u8>,
    /// Of the small picture.
    pub thumb_sha256: Vec<u8>,
}

impl TenantTx {
    /// Make a share; `achievements` are the ones chosen, unless it shows everything.
    pub async fn insert_share(
        &mut self,
        share: &ShareRow,
        token_hash: &[u8; 32],
        achievements: &[AchievementId],
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO shares (college_id, id, student_id, token_hash, name, everything, evidence, expires_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            college,
            share.id,
            share.student_id,
            &token_hash[..],
            share.name,
            share.everything,
            share.evidence,
            share.expires_at,
            share.created_at
        )
        .execute(self.connection())
        .await?;
        self.choose_for_share(ShareId(share.id), achievements).await
    }

    /// A student's shares, newest first; only one, where it is named.
    pub async fn shares_of(
        &mut self,
        student: MemberId,
        only: Option<ShareId>,
    ) -> Result<Vec<ShareRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            ShareRow,
            r#"SELECT s.id, s.student_id, s.name, s.everything, s.evidence, s.expires_at, s.opens, s.last_opened, s.created_at, s.version,
                      ARRAY(SELECT i.achievement_id FROM share_items i WHERE i.college_id = s.college_id AND i.share_id = s.id
                            ORDER BY i.achievement_id) AS "achievements!"
               FROM shares s WHERE s.college_id = $1 AND s.student_id = $2 AND ($3::uuid IS NULL OR s.id = $3)
               ORDER BY s.id DESC LIMIT 200"#,
            college,
            student.0,
            only.map(|id| id.0)
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// How many shares a student has.
    pub async fn count_shares(&mut self, student: MemberId) -> Result<i64> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM shares WHERE college_id = $1 AND student_id = $2"#,
            college,
            student.0
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Which of these are not approved achievements of this student.
    pub async fn not_approved(
        &mut self,
        student: MemberId,
        achievements: &[AchievementId],
    ) -> Result<Vec<Uuid>> {
        let college = self.college.0;
        let ids: Vec<Uuid> = achievements.iter().map(|id| id.0).collect();
        Ok(sqlx::query_scalar!(
            r#"SELECT wanted.id AS "id!" FROM UNNEST($3::uuid[]) AS wanted (id)
               WHERE NOT EXISTS (SELECT FROM credentials k WHERE k.college_id = $1 AND k.student_id = $2
                                 AND k.achievement_id = wanted.id AND k.status = 'active')"#,
            college,
            student.0,
            &ids
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Change a share, guarded by its version. False where somebody was first.
    pub async fn update_share(
        &mut self,
        share: &ShareRow,
        achievements: Option<&[AchievementId]>,
    ) -> Result<bool> {
        let college = self.college.0;
        let changed = sqlx::query!(
            "UPDATE shares SET name = $4, everything = $5, evidence = $6, expires_at = $7, version = version + 1
             WHERE college_id = $1 AND id = $2 AND version = $3",
            college,
            share.id,
            share.version,
            share.name,
            share.everything,
            share.evidence,
            share.expires_at
        )
        .execute(self.connection())
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        if let Some(achievements) = achievements {
            sqlx::query!(
                "DELETE FROM share_items WHERE college_id = $1 AND share_id = $2",
                college,
                share.id
            )
            .execute(self.connection())
            .await?;
            self.choose_for_share(ShareId(share.id), achievements).await?;
        }
        Ok(true)
    }

    async fn choose_for_share(
        &mut self,
        id: ShareId,
        achievements: &[AchievementId],
    ) -> Result<()> {
        let college = self.college.0;
        let ids: Vec<Uuid> = achievements.iter().map(|id| id.0).collect();
        sqlx::query!(
            "INSERT INTO share_items (college_id, share_id, achievement_id)
             SELECT $1, $2, chosen FROM UNNEST($3::uuid[]) AS chosen ON CONFLICT DO NOTHING",
            college,
            id.0,
            &ids
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Stop a share of this student: it is gone. False where there is none of this version.
    pub async fn delete_share(&mut self, id: ShareId, student: MemberId) -> Result<bool> {
        let college = self.college.0;
        let gone = sqlx::query!(
            "DELETE FROM shares WHERE college_id = $1 AND id = $2 AND student_id = $3",
            college,
            id.0,
            student.0
        )
        .execute(self.connection())
        .await?;
        Ok(gone.rows_affected() == 1)
    }

    /// The share behind a token that still opens; counted where it is opened.
    pub async fn open_share(
        &mut self,
        token_hash: &[u8; 32],
        now: DateTime<Utc>,
        counted: bool,
    ) -> Result<Option<ShareId>> {
        let college = self.college.0;
        let open = if counted {
            sqlx::query_scalar!(
                "UPDATE shares SET opens = opens + 1, last_opened = $3 WHERE college_id = $1 AND token_hash = $2 AND expires_at > $3 RETURNING id",
                college,
                &token_hash[..],
                now
            )
            .fetch_optional(self.connection())
            .await?
        } else {
            sqlx::query_scalar!(
                "SELECT id FROM shares WHERE college_id = $1 AND token_hash = $2 AND expires_at > $3",
                college,
                &token_hash[..],
                now
            )
            .fetch_optional(self.connection())
            .await?
        };
        Ok(open.map(ShareId))
    }

    /// Whose share it is, and whether it shows the files.
    pub async fn shared_by(&mut self, id: ShareId) -> Result<Option<(SharedByRow, bool)>> {
        let college = self.college.0;
        let row = sqlx::query!(
            r#"SELECT m.full_name, m.full_name_native, p.name AS "programme?", m.batch, s.evidence
               FROM shares s
               JOIN members m ON m.college_id = s.college_id AND m.id = s.student_id
               LEFT JOIN programmes p ON p.college_id = m.college_id AND p.id = m.programme_id
               WHERE s.college_id = $1 AND s.id = $2"#,
            college,
            id.0
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| {
            let by = SharedByRow {
                full_name: row.full_name,
                full_name_native: row.full_name_native,
                programme: row.programme,
                batch: row.batch,
            };
            (by, row.evidence)
        }))
    }

    /// What a share shows: achievements whose credential holds and was not closed, newest first.
    pub async fn shared_items(&mut self, id: ShareId) -> Result<Vec<SharedItemRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            SharedItemRow,
            "SELECT k.id AS credential, k.achievement_id AS achievement, k.revision, r.title, r.description, r.organiser, r.role, r.level,
                    r.outcome, r.started_on, r.ended_on, c.name AS category
             FROM shares s
             JOIN credentials k ON k.college_id = s.college_id AND k.student_id = s.student_id AND k.status = 'active' AND k.visibility <> 'closed'
             JOIN revisions r ON r.college_id = k.college_id AND r.achievement_id = k.achievement_id AND r.number = k.revision
             JOIN categories c ON c.college_id = r.college_id AND c.id = r.category_id
             WHERE s.college_id = $1 AND s.id = $2 AND (s.everything OR EXISTS (
                 SELECT FROM share_items i WHERE i.college_id = s.college_id AND i.share_id = s.id AND i.achievement_id = k.achievement_id))
             ORDER BY r.ended_on DESC NULLS LAST, k.created_at DESC LIMIT 500",
            college,
            id.0
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The file at an address, if its credential holds and is public, or if this share shows it.
    pub async fn addressed_file(
        &mut self,
        public_id: Uuid,
        share: Option<ShareId>,
    ) -> Result<Option<AddressedFileRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            AddressedFileRow,
            "SELECT e.name, e.media_type, e.sha256, e.rendition_sha256, e.thumb_sha256
             FROM evidence e
             JOIN credentials k ON k.college_id = e.college_id AND k.achievement_id = e.achievement_id AND k.revision = e.revision
                  AND k.status = 'active'
             WHERE e.college_id = $1 AND e.public_id = $2 AND (k.visibility = 'public' OR k.visibility <> 'closed' AND EXISTS (
                 SELECT FROM shares s WHERE s.college_id = k.college_id AND s.id = $3 AND s.student_id = k.student_id AND s.evidence
                        AND (s.everything OR EXISTS (SELECT FROM share_items i WHERE i.college_id = s.college_id AND i.share_id = s.id
                                                     AND i.achievement_id = k.achievement_id))))",
            college,
            public_id,
            share.map(|id| id.0)
        )
        .fetch_optional(self.connection())
        .await?)
    }
}

impl Database {
    /// The college of the file at an address.
    pub async fn college_of_file(&self, public_id: Uuid) -> Result<Option<CollegeId>> {
        let college = sqlx::query_scalar!(
            "SELECT college_id FROM evidence_addresses WHERE public_id = $1",
            public_id
        )
        .fetch_optional(self.alone())
        .await?;
        Ok(college.map(CollegeId))
    }
}
