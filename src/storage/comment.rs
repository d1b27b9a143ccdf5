//! What student and reviewers write to each other about an achievement.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{AchievementId, CommentId, MemberId};

/// A comment.
#[derive(Clone, Debug)]
pub struct CommentRow {
    /// Id.
    pub id: Uuid,
    /// Number of the revision that was shown.
    pub revision: i32,
    /// Who wrote it.
    pub author_id: Uuid,
    /// Their name.
    pub author_name: String,
    /// What they wrote.
    pub text: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl TenantTx {
    /// Write a comment.
    pub async fn insert_comment(
        &mut self,
        id: CommentId,
        (achievement, revision): (AchievementId, i32),
        author: MemberId,
        text: &str,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO comments (college_id, id, achievement_id, revision, author_id, text, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            college,
            id.0,
            achievement.0,
            revision,
            author.0,
            text,
            at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The comments on an achievement, oldest first.
    pub async fn comments(&mut self, achievement: AchievementId) -> Result<Vec<CommentRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            CommentRow,
            "SELECT c.id, c.revision, c.author_id, m.full_name AS author_name, c.text, c.at
             FROM comments c JOIN members m ON m.college_id = c.college_id AND m.id = c.author_id
             WHERE c.college_id = $1 AND c.achievement_id = $2 ORDER BY c.id",
            college,
            achievement.0
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Who took part in reviewing an achievement: decided on it, commented, or claims it now. Never its owner.
    pub async fn reviewers_of(
        &mut self,
        achievement: AchievementId,
        now: DateTime<Utc>,
    ) -> Result<Vec<MemberId>> {
        let college = self.college.0;
        let ids = sqlx::query_scalar!(
            r#"SELECT person AS "person!" FROM (
                   SELECT d.decided_by AS person FROM decisions d WHERE d.college_id = $1 AND d.achievement_id = $2
                   UNION SELECT c.author_id FROM comments c WHERE c.college_id = $1 AND c.achievement_id = $2
                   UNION SELECT w.member_id FROM claims w WHERE w.college_id = $1 AND w.achievement_id = $2 AND w.until > $3) people
               WHERE person <> (SELECT a.student_id FROM achievements a WHERE a.college_id = $1 AND a.id = $2) ORDER BY person"#,
            college,
            achievement.0,
            now
        )
        .fetch_all(self.connection())
        .await?;
        Ok(ids.into_iter().map(MemberId).collect())
    }
}
