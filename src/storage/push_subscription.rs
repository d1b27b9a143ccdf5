//! Browsers that asked for pushes.

use chrono::{DateTime, NaiveTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{MemberId, NotificationId, PushSubscriptionId, SessionId};
use crate::domain::notice::DEFAULT_TIMES;

/// A browser.
#[derive(Clone, Debug)]
pub struct PushSubscriptionRow {
    /// Id.
    pub id: Uuid,
    /// The push service's address for it.
    pub endpoint: String,
    /// Its public key, uncompressed.
    pub p256dh: Vec<u8>,
    /// The secret it shares with the hub.
    pub auth: Vec<u8>,
    /// Browser and system in words.
    pub device: String,
    /// When it was made, or last renewed.
    pub created_at: DateTime<Utc>,
}

/// A notice that is about to be pushed.
#[derive(Clone, Debug)]
pub struct AnnouncedRow {
    /// Whose it is.
    pub member_id: Uuid,
    /// Kind word.
    pub kind: String,
    /// One sentence.
    pub text: String,
    /// The achievement to open.
    pub achievement_id: Option<Uuid>,
    /// Its title.
    pub title: Option<String>,
    /// Whether it is the reader's own.
    pub own: bool,
    /// Whether it was read meanwhile.
    pub read: bool,
    /// Language word of the reader.
    pub language: String,
    /// The time of day where the reader is.
    pub clock: NaiveTime,
    /// From here on pushes wait.
    pub quiet_from: Option<NaiveTime>,
    /// Until here.
    pub quiet_until: Option<NaiveTime>,
}

impl TenantTx {
    /// Keep a browser; one that is known already, perhaps as somebody else's, becomes this member's. Gives its id.
    pub async fn keep_push_subscription(
        &mut self,
        (member, session): (MemberId, SessionId),
        row: &PushSubscriptionRow,
    ) -> Result<PushSubscriptionId> {
        let college = self.college.0;
        let id = sqlx::query_scalar!(
            "INSERT INTO push_subscriptions (college_id, id, member_id, session_id, endpoint, p256dh, auth, device, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (college_id, endpoint) DO UPDATE SET member_id = EXCLUDED.member_id, session_id = EXCLUDED.session_id,
                 p256dh = EXCLUDED.p256dh, auth = EXCLUDED.auth, device = EXCLUDED.device, created_at = EXCLUDED.created_at
             RETURNING id",
            college,
            row.id,
            member.0,
            session.0,
            row.endpoint,
            row.p256dh,
            row.auth,
            row.device,
            row.created_at
        )
        .fetch_one(self.connection())
        .await?;
        Ok(PushSubscriptionId(id))
    }

    /// Forget all but a member's newest browsers, and those whose session has ended.
    pub async fn prune_push_subscriptions(&mut self, member: MemberId, most: i64) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "DELETE FROM push_subscriptions p WHERE p.college_id = $1 AND p.member_id = $2 AND (
                 p.id NOT IN (SELECT id FROM push_subscriptions WHERE college_id = $1 AND member_id = $2
                              ORDER BY created_at DESC, id DESC LIMIT $3)
                 OR EXISTS (SELECT FROM sessions s WHERE s.college_id = $1 AND s.id = p.session_id AND s.ended_at IS NOT NULL))",
            college,
            member.0,
            most
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A member's browsers, newest first; one alone where it is named.
    pub async fn push_subscriptions(
        &mut self,
        member: MemberId,
        only: Option<PushSubscriptionId>,
    ) -> Result<Vec<PushSubscriptionRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            PushSubscriptionRow,
            "SELECT p.id, p.endpoint, p.p256dh, p.auth, p.device, p.created_at FROM push_subscriptions p
             JOIN sessions s ON s.college_id = p.college_id AND s.id = p.session_id AND s.ended_at IS NULL
             WHERE p.college_id = $1 AND p.member_id = $2 AND ($3::uuid IS NULL OR p.id = $3) ORDER BY p.id DESC",
            college,
            member.0,
            only.map(|id| id.0)
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Forget a browser, of this member where one is named. False where there is none.
    pub async fn delete_push_subscription(
        &mut self,
        id: PushSubscriptionId,
        member: Option<MemberId>,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "DELETE FROM push_subscriptions WHERE college_id = $1 AND id = $2 AND ($3::uuid IS NULL OR member_id = $3)",
            college,
            id.0,
            member.map(|member| member.0)
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// A notice with what a push of it says.
    pub async fn announced(
        &mut self,
        id: NotificationId,
        now: DateTime<Utc>,
    ) -> Result<Option<AnnouncedRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            AnnouncedRow,
            r#"SELECT n.member_id, n.kind, n.text, n.achievement_id, r.title AS "title?",
                      coalesce(a.student_id = n.member_id, false) AS "own!", n.read_at IS NOT NULL AS "read!", m.language,
                      ($3::timestamptz AT TIME ZONE coalesce(t.time_zone, c.time_zone))::time AS "clock!",
                      CASE WHEN t.member_id IS NULL THEN $4 ELSE t.quiet_from END AS quiet_from,
                      CASE WHEN t.member_id IS NULL THEN $5 ELSE t.quiet_until END AS quiet_until
               FROM notifications n
               JOIN members m ON m.college_id = n.college_id AND m.id = n.member_id AND m.state IN ('unconfirmed', 'confirmed', 'alumnus')
               JOIN colleges c ON c.id = n.college_id AND c.state = 'active'
               LEFT JOIN notification_times t ON t.college_id = n.college_id AND t.member_id = n.member_id
               LEFT JOIN achievements a ON a.college_id = n.college_id AND a.id = n.achievement_id
               LEFT JOIN revisions r ON r.college_id = a.college_id AND r.achievement_id = a.id AND r.number = a.shown_revision
               WHERE n.college_id = $1 AND n.id = $2"#,
            college,
            id.0,
            now,
            DEFAULT_TIMES.quiet_from,
            DEFAULT_TIMES.quiet_until
        )
        .fetch_optional(self.connection())
        .await?)
    }
}
