//! Notices to one member.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::MemberId;
use crate::domain::page::PageRequest;

/// A notice.
#[derive(Clone, Debug)]
pub struct NotificationRow {
    /// Id.
    pub id: Uuid,
    /// What it is about.
    pub kind: String,
    /// One sentence.
    pub text: String,
    /// The achievement to open.
    pub achievement_id: Option<Uuid>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was read.
    pub read_at: Option<DateTime<Utc>>,
}

impl TenantTx {
    /// Write a notice.
    pub async fn insert_notification(
        &mut self,
        member: MemberId,
        row: &NotificationRow,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO notifications (college_id, id, member_id, kind, text, achievement_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            college,
            row.id,
            member.0,
            row.kind,
            row.text,
            row.achievement_id,
            row.created_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A member's notices, newest first.
    pub async fn notifications(
        &mut self,
        member: MemberId,
        page: &PageRequest,
    ) -> Result<Vec<NotificationRow>> {
        let college = self.college.0;
        let after = page.after.map(|cursor| cursor.id);
        Ok(sqlx::query_as!(
            NotificationRow,
            "SELECT id, kind, text, achievement_id, created_at, read_at FROM notifications
             WHERE college_id = $1 AND member_id = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
            college,
            member.0,
            after,
            page.limit + 1
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Mark a member's notices read, up to and with this one.
    pub async fn mark_read(
        &mut self,
        member: MemberId,
        up_to: Uuid,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE notifications SET read_at = $4 WHERE college_id = $1 AND member_id = $2 AND id <= $3 AND read_at IS NULL",
            college,
            member.0,
            up_to,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// How many notices a member has not read, capped at 100.
    pub async fn count_unread(&mut self, member: MemberId) -> Result<i64> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM
               (SELECT FROM notifications WHERE college_id = $1 AND member_id = $2 AND read_at IS NULL LIMIT 100) AS unread"#,
            college,
            member.0
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Whether a member has an unread notice of this kind.
    pub async fn has_unread(&mut self, member: MemberId, kind: &str) -> Result<bool> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM notifications WHERE college_id = $1 AND member_id = $2 AND kind = $3 AND read_at IS NULL) AS "unread!""#,
            college,
            member.0,
            kind
        )
        .fetch_one(self.connection())
        .await?)
    }
}
