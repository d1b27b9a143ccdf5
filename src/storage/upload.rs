//! Uploads in pieces: how far each one is, and the files its pieces lie in.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::achievement::EvidenceKind;
use crate::domain::ids::{AchievementId, EvidenceId, MemberId, UploadId};

/// A file that comes in pieces.
#[derive(Clone, Debug)]
pub struct UploadRow {
    /// Id.
    pub id: Uuid,
    /// Who sends it.
    pub student_id: Uuid,
    /// The draft it is for.
    pub achievement_id: Uuid,
    /// Name as the phone has it.
    pub name: String,
    /// What the student wrote under it.
    pub caption: Option<String>,
    /// What it is: a kind of evidence.
    pub kind: Option<String>,
    /// Octets of the whole file.
    pub size: i64,
    /// Octets that are here.
    pub received: i64,
    /// Of the whole file, where it was announced.
    pub sha256: Option<Vec<u8>>,
    /// What became of it.
    pub evidence_id: Option<Uuid>,
    /// When the last piece came.
    pub touched_at: DateTime<Utc>,
}

/// A file to be sent in pieces.
#[derive(Clone, Debug)]
pub struct NewUpload {
    /// Id.
    pub id: UploadId,
    /// Who sends it.
    pub student: MemberId,
    /// The draft it is for.
    pub achievement: AchievementId,
    /// Name as the phone has it.
    pub name: String,
    /// What the student wrote under it.
    pub caption: Option<String>,
    /// What it is, as the student says.
    pub kind: Option<EvidenceKind>,
    /// Octets of the whole file.
    pub size: i64,
    /// Of the whole file.
    pub sha256: Option<[u8; 32]>,
    /// Now.
    pub created_at: DateTime<Utc>,
}

/// A piece that came.
#[derive(Clone, Copy, Debug)]
pub struct NewPart {
    /// Octets before it.
    pub starts_at: i64,
    /// Octets of it.
    pub size: i64,
    /// Of its bytes.
    pub sha256: [u8; 32],
}

impl TenantTx {
    /// Begin an upload and keep room for it; refused by [`super::StorageError::breaks`] where there is none.
    pub async fn insert_upload(&mut self, new: &NewUpload) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO uploads (college_id, id, student_id, achievement_id, name, caption, size, sha256, created_at, touched_at, kind)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)",
            college,
            new.id.0,
            new.student.0,
            new.achievement.0,
            new.name,
            new.caption,
            new.size,
            new.sha256.as_ref().map(|digest| &digest[..]),
            new.created_at,
            new.kind.map(EvidenceKind::as_str)
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// An upload of this student.
    pub async fn upload(&mut self, id: UploadId, student: MemberId) -> Result<Option<UploadRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            UploadRow,
            "SELECT id, student_id, achievement_id, name, caption, kind, size, received, sha256, evidence_id, touched_at
             FROM uploads WHERE college_id = $1 AND id = $2 AND student_id = $3",
            college,
            id.0,
            student.0
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Uploads of this student that are under way, newest first.
    pub async fn uploads_of(&mut self, student: MemberId) -> Result<Vec<UploadRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            UploadRow,
            "SELECT id, student_id, achievement_id, name, caption, kind, size, received, sha256, evidence_id, touched_at
             FROM uploads WHERE college_id = $1 AND student_id = $2 AND evidence_id IS NULL ORDER BY id DESC LIMIT 100",
            college,
            student.0
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Note a piece that lies on the disk. False where the upload is not at its beginning any more: of any number of
    /// pieces sent for the same place, one counts.
    pub async fn add_part(
        &mut self,
        id: UploadId,
        part: &NewPart,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let added = sqlx::query!(
            "WITH moved AS (
                 UPDATE uploads SET received = received + $4, touched_at = $6
                 WHERE college_id = $1 AND id = $2 AND received = $3 AND evidence_id IS NULL AND received + $4 <= size
                 RETURNING id)
             INSERT INTO upload_parts (college_id, upload_id, starts_at, size, sha256) SELECT $1, id, $3, $4, $5 FROM moved",
            college,
            id.0,
            part.starts_at,
            part.size,
            &part.sha256[..],
            now
        )
        .execute(self.connection())
        .await?;
        Ok(added.rows_affected() == 1)
    }

    /// Octets and digest of each piece, in order.
    pub async fn upload_parts(&mut self, id: UploadId) -> Result<Vec<(i64, Vec<u8>)>> {
        let college = self.college.0;
        let rows = sqlx::query!(
            "SELECT size, sha256 FROM upload_parts WHERE college_id = $1 AND upload_id = $2 ORDER BY starts_at",
            college,
            id.0
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| (row.size, row.sha256)).collect())
    }

    /// Say that an upload becomes this file, which is to be written in the same transaction: its room is free for it,
    /// and its pieces are of no use any more. False where it is not whole, or somebody was first.
    pub async fn finish_upload(&mut self, id: UploadId, evidence: EvidenceId) -> Result<bool> {
        let college = self.college.0;
        let finished = sqlx::query!(
            "UPDATE uploads SET evidence_id = $3 WHERE college_id = $1 AND id = $2 AND evidence_id IS NULL AND received = size",
            college,
            id.0,
            evidence.0
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "DELETE FROM upload_parts WHERE college_id = $1 AND upload_id = $2",
            college,
            id.0
        )
        .execute(self.connection())
        .await?;
        Ok(finished.rows_affected() == 1)
    }

    /// Forget an upload of this student; its room is free again. False where there is none.
    pub async fn delete_upload(&mut self, id: UploadId, student: MemberId) -> Result<bool> {
        let college = self.college.0;
        let gone = sqlx::query!(
            "DELETE FROM uploads WHERE college_id = $1 AND id = $2 AND student_id = $3",
            college,
            id.0,
            student.0
        )
        .execute(self.connection())
        .await?;
        Ok(gone.rows_affected() == 1)
    }

    /// Forget uploads whose last piece came before a time.
    pub async fn forget_uploads_before(&mut self, time: DateTime<Utc>) -> Result<u64> {
        let college = self.college.0;
        let gone = sqlx::query!(
            "DELETE FROM uploads WHERE college_id = $1 AND touched_at < $2",
            college,
            time
        )
        .execute(self.connection())
        .await?;
        Ok(gone.rows_affected())
    }
}
