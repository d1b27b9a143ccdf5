//! Notices to one member.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::MemberId;
use crate::domain::notice::Topic;
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

/// How a notice goes on from the app, as its reader chose.
#[derive(Clone, Debug)]
pub struct DeliveryRow {
    /// Mail choice word.
    pub mail: String,
    /// Whether there are browsers to tell.
    pub push: bool,
}

/// Somebody who may be written to.
#[derive(Clone, Debug)]
pub struct ReaderRow {
    /// Address.
    pub email: String,
    /// Language word.
    pub language: String,
    /// Name.
    pub full_name: String,
}

impl TenantTx {
    /// Write a notice; where its reader chose nothing, the defaults of its topic hold.
    pub async fn insert_notification(
        &mut self,
        member: MemberId,
        row: &NotificationRow,
        topic: Topic,
    ) -> Result<DeliveryRow> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            DeliveryRow,
            r#"INSERT INTO notifications (college_id, id, member_id, kind, text, achievement_id, created_at, mail)
               VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce(
                   (SELECT mail FROM notification_choices WHERE college_id = $1 AND member_id = $3 AND topic = $8), $9))
               RETURNING mail, EXISTS (SELECT FROM push_subscriptions WHERE college_id = $1 AND member_id = $3) AND coalesce(
                   (SELECT push FROM notification_choices WHERE college_id = $1 AND member_id = $3 AND topic = $8), $10) AS "push!""#,
            college,
            row.id,
            member.0,
            row.kind,
            row.text,
            row.achievement_id,
            row.created_at,
            topic.as_str(),
            topic.default_mail().as_str(),
            topic.default_push()
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Where letters to a member go; nowhere before the address is proven, and after the account is closed.
    pub async fn reader(&mut self, member: MemberId) -> Result<Option<ReaderRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            ReaderRow,
            "SELECT email, language, full_name FROM members
             WHERE college_id = $1 AND id = $2 AND state IN ('unconfirmed', 'confirmed', 'alumnus')",
            college,
            member.0
        )
        .fetch_optional(self.connection())
        .await?)
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

    /// Mark a member's notices read, up to and with this one: the daily letter does not repeat them.
    pub async fn mark_read(
        &mut self,
        member: MemberId,
        up_to: Uuid,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE notifications SET read_at = $4, mail = CASE mail WHEN 'digest' THEN 'off' ELSE mail END
             WHERE college_id = $1 AND member_id = $2 AND id <= $3 AND read_at IS NULL",
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
