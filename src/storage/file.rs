//! Files by their digest: what codes in them say, where else they stand, whose room they take, which nobody names.

use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{AchievementId, MemberId};

/// Another achievement at which the same bytes stand.
#[derive(Clone, Debug)]
pub struct DuplicateRow {
    /// Of the original.
    pub sha256: Vec<u8>,
    /// The other achievement.
    pub achievement: Uuid,
    /// Its title.
    pub title: String,
    /// Its status word.
    pub status: String,
    /// Its student's name.
    pub student: String,
    /// Its student's roll number.
    pub roll_number: Option<String>,
}

/// How much room there is.
#[derive(Clone, Copy, Debug)]
pub struct RoomRow {
    /// Octets that the student's files and uploads take.
    pub used: i64,
    /// Octets for one student.
    pub per_student: i64,
    /// Octets that all files and uploads of the college take.
    pub used_in_all: i64,
    /// Octets for all of them.
    pub in_all: i64,
}

impl TenantTx {
    /// Keep what the codes in a file say.
    pub async fn keep_codes(&mut self, sha256: &[u8; 32], texts: &[String]) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO file_codes (college_id, sha256, texts) VALUES ($1, $2, $3)
             ON CONFLICT (college_id, sha256) DO UPDATE SET texts = $3",
            college,
            &sha256[..],
            texts
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// What the codes in these files say; a file without codes is not among them.
    pub async fn codes_of(&mut self, digests: &[Vec<u8>]) -> Result<Vec<(Vec<u8>, Vec<String>)>> {
        let college = self.college.0;
        let rows = sqlx::query!(
            "SELECT sha256, texts FROM file_codes WHERE college_id = $1 AND sha256 = ANY($2)",
            college,
            digests
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| (row.sha256, row.texts)).collect())
    }

    /// At which other achievements of the college the files of a revision stand, drafts that were never handed in left out.
    pub async fn duplicates_of(
        &mut self,
        achievement: AchievementId,
        revision: i32,
    ) -> Result<Vec<DuplicateRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            DuplicateRow,
            "SELECT DISTINCT e.sha256, a.id AS achievement, r.title, a.status, m.full_name AS student, m.roll_number
             FROM evidence e
             JOIN evidence o ON o.college_id = e.college_id AND o.sha256 = e.sha256 AND o.achievement_id <> e.achievement_id
             JOIN achievements a ON a.college_id = o.college_id AND a.id = o.achievement_id
                  AND NOT (a.status = 'draft' AND a.shown_revision = 1)
             JOIN revisions r ON r.college_id = a.college_id AND r.achievement_id = a.id AND r.number = a.shown_revision
             JOIN members m ON m.college_id = a.college_id AND m.id = a.student_id
             WHERE e.college_id = $1 AND e.achievement_id = $2 AND e.revision = $3
             ORDER BY a.id LIMIT 100",
            college,
            achievement.0,
            revision
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// How much room a student and the college have.
    pub async fn room(&mut self, student: MemberId) -> Result<RoomRow> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            RoomRow,
            r#"SELECT coalesce((SELECT s.used FROM student_room s WHERE s.college_id = $1 AND s.student_id = $2), 0) AS "used!",
                      coalesce(max(r.per_student), 1073741824) AS "per_student!", coalesce(max(r.used), 0) AS "used_in_all!",
                      coalesce(max(r.in_all), 214748364800) AS "in_all!"
               FROM evidence_room r WHERE r.college_id = $1"#,
            college,
            student.0
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// How many octets the college may keep in all, and how many it keeps.
    pub async fn room_in_all(&mut self) -> Result<(i64, i64)> {
        let room = self.room(MemberId(Uuid::nil())).await?;
        Ok((room.in_all, room.used_in_all))
    }

    /// Say how much room one student, or the whole college, has; what is none stays. What is there already stays too.
    pub async fn set_room(&mut self, per_student: Option<i64>, in_all: Option<i64>) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO evidence_room AS r (college_id, per_student, in_all)
             VALUES ($1, coalesce($2::bigint, 1073741824), coalesce($3::bigint, 214748364800))
             ON CONFLICT (college_id) DO UPDATE SET per_student = coalesce($2, r.per_student), in_all = coalesce($3, r.in_all)",
            college,
            per_student,
            in_all
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Which of these files no row names.
    pub async fn unnamed_files(&mut self, digests: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT file.sha256 AS "sha256!" FROM UNNEST($2::bytea[]) AS file (sha256)
               WHERE NOT EXISTS (SELECT FROM evidence WHERE college_id = $1 AND sha256 = file.sha256)
                 AND NOT EXISTS (SELECT FROM evidence WHERE college_id = $1 AND rendition_sha256 = file.sha256)
                 AND NOT EXISTS (SELECT FROM evidence WHERE college_id = $1 AND print_sha256 = file.sha256)
                 AND NOT EXISTS (SELECT FROM evidence WHERE college_id = $1 AND thumb_sha256 = file.sha256)
                 AND NOT EXISTS (SELECT FROM upload_parts WHERE college_id = $1 AND sha256 = file.sha256)
                 AND NOT EXISTS (SELECT FROM portfolios WHERE college_id = $1 AND file_sha256 = file.sha256)"#,
            college,
            digests
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Forget what the codes in files said that are gone.
    pub async fn forget_codes(&mut self, digests: &[Vec<u8>]) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "DELETE FROM file_codes WHERE college_id = $1 AND sha256 = ANY($2)",
            college,
            digests
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The digest of every file that a row names, in order, after one of them.
    pub async fn named_files(&mut self, after: &[u8], most: i64) -> Result<Vec<Vec<u8>>> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT DISTINCT file.sha256 AS "sha256!" FROM (
                   SELECT sha256 FROM evidence WHERE college_id = $1
                   UNION ALL SELECT rendition_sha256 FROM evidence WHERE college_id = $1
                   UNION ALL SELECT print_sha256 FROM evidence WHERE college_id = $1 AND print_sha256 IS NOT NULL
                   UNION ALL SELECT thumb_sha256 FROM evidence WHERE college_id = $1
                   UNION ALL SELECT sha256 FROM upload_parts WHERE college_id = $1
                   UNION ALL SELECT file_sha256 FROM portfolios WHERE college_id = $1) AS file
               WHERE file.sha256 > $2 ORDER BY 1 LIMIT $3"#,
            college,
            after,
            most
        )
        .fetch_all(self.connection())
        .await?)
    }
}
