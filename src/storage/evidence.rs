//! Files of evidence: what they are and where their bytes lie.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::achievement::EvidenceKind;
use crate::domain::ids::{AchievementId, EvidenceId};

/// A file at one revision.
#[derive(Clone, Debug)]
pub struct EvidenceRow {
    /// Id.
    pub id: Uuid,
    /// Its achievement.
    pub achievement_id: Uuid,
    /// Its revision.
    pub revision: i32,
    /// Id inside the credential.
    pub public_id: Uuid,
    /// Name as it was uploaded.
    pub name: String,
    /// By content.
    pub media_type: String,
    /// Octets of the original.
    pub size: i64,
    /// Of the original.
    pub sha256: Vec<u8>,
    /// Of the picture that may be shown.
    pub rendition_sha256: Vec<u8>,
    /// Of the picture for print; none for files from before there was one.
    pub print_sha256: Option<Vec<u8>>,
    /// Of the small picture.
    pub thumb_sha256: Vec<u8>,
    /// Pages of a PDF.
    pub pages: Option<i32>,
    /// What the student wrote under it.
    pub caption: Option<String>,
    /// Kind word, where the student said one.
    pub kind: Option<String>,
    /// The same bytes stand at another achievement.
    pub duplicate: bool,
}

/// A file to be written.
#[derive(Clone, Debug)]
pub struct NewEvidence {
    /// Id.
    pub id: Uuid,
    /// Id inside the credential.
    pub public_id: Uuid,
    /// Name as it was uploaded.
    pub name: String,
    /// By content.
    pub media_type: &'static str,
    /// Octets.
    pub size: i64,
    /// Of the original.
    pub sha256: [u8; 32],
    /// Of the picture that may be shown.
    pub rendition_sha256: [u8; 32],
    /// Of the picture for print.
    pub print_sha256: [u8; 32],
    /// Of the small picture.
    pub thumb_sha256: [u8; 32],
    /// Pages of a PDF.
    pub pages: Option<i32>,
    /// What the student wrote under it.
    pub caption: Option<String>,
    /// What it is, as the student says.
    pub kind: Option<EvidenceKind>,
    /// When it came.
    pub created_at: DateTime<Utc>,
}

impl TenantTx {
    /// Files at one revision, in order.
    pub async fn evidence_of(
        &mut self,
        achievement: AchievementId,
        revision: i32,
    ) -> Result<Vec<EvidenceRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            EvidenceRow,
            r#"SELECT e.id, e.achievement_id, e.revision, e.public_id, e.name, e.media_type, e.size, e.sha256, e.rendition_sha256, e.print_sha256, e.thumb_sha256,
                      e.pages, e.caption, e.kind,
                      EXISTS (SELECT FROM evidence o WHERE o.college_id = e.college_id AND o.sha256 = e.sha256
                              AND o.achievement_id <> e.achievement_id) AS "duplicate!"
               FROM evidence e WHERE e.college_id = $1 AND e.achievement_id = $2 AND e.revision = $3 ORDER BY e.position, e.id"#,
            college,
            achievement.0,
            revision
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// One file.
    pub async fn evidence(&mut self, id: EvidenceId) -> Result<Option<EvidenceRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            EvidenceRow,
            r#"SELECT e.id, e.achievement_id, e.revision, e.public_id, e.name, e.media_type, e.size, e.sha256, e.rendition_sha256, e.print_sha256, e.thumb_sha256,
                      e.pages, e.caption, e.kind, false AS "duplicate!"
               FROM evidence e WHERE e.college_id = $1 AND e.id = $2"#,
            college,
            id.0
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Write a file at a revision, last in order.
    pub async fn insert_evidence(
        &mut self,
        achievement: AchievementId,
        revision: i32,
        new: &NewEvidence,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO evidence (college_id, id, achievement_id, revision, public_id, position, name, media_type, size, sha256,
                                   rendition_sha256, thumb_sha256, pages, caption, created_at, print_sha256, kind)
             SELECT $1, $2, $3, $4, $5,
                    (SELECT coalesce(max(position), 0) + 1 FROM evidence WHERE college_id = $1 AND achievement_id = $3 AND revision = $4),
                    $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16",
            college,
            new.id,
            achievement.0,
            revision,
            new.public_id,
            new.name,
            new.media_type,
            new.size,
            &new.sha256[..],
            &new.rendition_sha256[..],
            &new.thumb_sha256[..],
            new.pages,
            new.caption,
            new.created_at,
            &new.print_sha256[..],
            new.kind.map(EvidenceKind::as_str)
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Write under a file what it shows, and what it is where that is said.
    pub async fn caption_evidence(
        &mut self,
        id: EvidenceId,
        caption: Option<&str>,
        kind: Option<EvidenceKind>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE evidence SET caption = $3, kind = coalesce($4, kind) WHERE college_id = $1 AND id = $2",
            college,
            id.0,
            caption,
            kind.map(EvidenceKind::as_str)
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Put the files of a revision into this order.
    pub async fn order_evidence(
        &mut self,
        achievement: AchievementId,
        revision: i32,
        order: &[Uuid],
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE evidence e SET position = wanted.place FROM UNNEST($4::uuid[]) WITH ORDINALITY AS wanted (id, place)
             WHERE e.college_id = $1 AND e.achievement_id = $2 AND e.revision = $3 AND e.id = wanted.id",
            college,
            achievement.0,
            revision,
            order
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Take a file away from its revision; its bytes stay until a sweep finds them unused.
    pub async fn delete_evidence(&mut self, id: EvidenceId) -> Result<()> {
        let college = self.college.0;
        sqlx::query!("DELETE FROM evidence WHERE college_id = $1 AND id = $2", college, id.0)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
