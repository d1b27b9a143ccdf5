//! What members chose about letters and pushes, and when they are told.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use uuid::Uuid;

use super::{Database, Result, TenantTx};
use crate::domain::ids::MemberId;
use crate::domain::notice::{DEFAULT_TIMES, MailChoice, Topic};

/// What a member chose of a topic.
#[derive(Clone, Debug)]
pub struct ChoiceRow {
    /// Topic word.
    pub topic: String,
    /// Mail choice word.
    pub mail: String,
    /// Whether browsers are told too.
    pub push: bool,
}

/// When a member is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimesRow {
    /// The member's own zone.
    pub time_zone: Option<String>,
    /// The college's.
    pub college_time_zone: String,
    /// From here on pushes wait.
    pub quiet_from: Option<NaiveTime>,
    /// Until here.
    pub quiet_until: Option<NaiveTime>,
    /// The hour of the daily letter.
    pub digest_hour: i16,
}

/// Somebody whose daily letter is due.
#[derive(Clone, Debug)]
pub struct DueDigestRow {
    /// Whose.
    pub member_id: Uuid,
    /// The day of the member that it closes.
    pub day: NaiveDate,
    /// It holds what came before.
    pub before: DateTime<Utc>,
}

/// A notice in a letter.
#[derive(Clone, Debug)]
pub struct MailedNoticeRow {
    /// Kind word.
    pub kind: String,
    /// One sentence.
    pub text: String,
    /// The title of the achievement it is about.
    pub title: Option<String>,
}

impl Database {
    /// Whether this names a time zone (IANA).
    pub async fn knows_time_zone(&self, name: &str) -> Result<bool> {
        Ok(sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = $1) AS "known!""#,
            name
        )
        .fetch_one(&self.pool)
        .await?)
    }
}

impl TenantTx {
    /// What a member chose; topics without a row stand as they were made.
    pub async fn notification_choices(&mut self, member: MemberId) -> Result<Vec<ChoiceRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            ChoiceRow,
            "SELECT topic, mail, push FROM notification_choices WHERE college_id = $1 AND member_id = $2",
            college,
            member.0
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Write a choice.
    pub async fn choose(
        &mut self,
        member: MemberId,
        topic: Topic,
        mail: MailChoice,
        push: bool,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO notification_choices (college_id, member_id, topic, mail, push) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (college_id, member_id, topic) DO UPDATE SET mail = EXCLUDED.mail, push = EXCLUDED.push",
            college,
            member.0,
            topic.as_str(),
            mail.as_str(),
            push
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// What waits for a member's daily letter and is of these kinds waits no more.
    pub async fn keep_from_digest(&mut self, member: MemberId, kinds: &[String]) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE notifications SET mail = 'off' WHERE college_id = $1 AND member_id = $2 AND mail = 'digest' AND kind = ANY($3)",
            college,
            member.0,
            kinds
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// When a member is told.
    pub async fn notification_times(&mut self, member: MemberId) -> Result<TimesRow> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            TimesRow,
            r#"SELECT t.time_zone AS "time_zone?", c.time_zone AS college_time_zone,
                      CASE WHEN t.member_id IS NULL THEN $3 ELSE t.quiet_from END AS quiet_from,
                      CASE WHEN t.member_id IS NULL THEN $4 ELSE t.quiet_until END AS quiet_until,
                      coalesce(t.digest_hour, $5) AS "digest_hour!"
               FROM colleges c LEFT JOIN notification_times t ON t.college_id = c.id AND t.member_id = $2
               WHERE c.id = $1"#,
            college,
            member.0,
            DEFAULT_TIMES.quiet_from,
            DEFAULT_TIMES.quiet_until,
            DEFAULT_TIMES.digest_hour
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Write when a member is told. The college's zone is not theirs to write.
    pub async fn set_notification_times(&mut self, member: MemberId, row: &TimesRow) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO notification_times (college_id, member_id, time_zone, quiet_from, quiet_until, digest_hour)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (college_id, member_id) DO UPDATE SET time_zone = EXCLUDED.time_zone,
                 quiet_from = EXCLUDED.quiet_from, quiet_until = EXCLUDED.quiet_until, digest_hour = EXCLUDED.digest_hour",
            college,
            member.0,
            row.time_zone,
            row.quiet_from,
            row.quiet_until,
            row.digest_hour
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Those who have something for the last daily letter that was due and did not get it yet, some at a time.
    pub async fn due_digests(
        &mut self,
        after: Option<MemberId>,
        limit: i64,
        now: DateTime<Utc>,
    ) -> Result<Vec<DueDigestRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            DueDigestRow,
            r#"SELECT m.id AS member_id, period.day AS "day!", period.before AS "before!"
               FROM members m
               JOIN colleges c ON c.id = m.college_id AND c.state = 'active'
               LEFT JOIN notification_times t ON t.college_id = m.college_id AND t.member_id = m.id
               CROSS JOIN LATERAL (SELECT coalesce(t.time_zone, c.time_zone) AS zone,
                                          make_interval(hours => coalesce(t.digest_hour, $5)::int) AS hour) AS own
               CROSS JOIN LATERAL (SELECT ($2::timestamptz AT TIME ZONE own.zone - own.hour)::date AS day) AS last
               CROSS JOIN LATERAL (SELECT last.day, (last.day + own.hour) AT TIME ZONE own.zone AS before) AS period
               WHERE m.college_id = $1 AND m.state IN ('unconfirmed', 'confirmed', 'alumnus')
                 AND ($3::uuid IS NULL OR m.id > $3)
                 AND (t.digested_on IS NULL OR t.digested_on < period.day)
                 AND EXISTS (SELECT FROM notifications n WHERE n.college_id = m.college_id AND n.member_id = m.id
                             AND n.mail = 'digest' AND n.created_at < period.before)
               ORDER BY m.id LIMIT $4"#,
            college,
            now,
            after.map(|member| member.0),
            limit,
            DEFAULT_TIMES.digest_hour
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Claim a member's daily letter of a day; false where it was claimed before, or a later one.
    pub async fn claim_digest(&mut self, member: MemberId, day: NaiveDate) -> Result<bool> {
        let college = self.college.0;
        let claimed = sqlx::query!(
            "INSERT INTO notification_times (college_id, member_id, quiet_from, quiet_until, digest_hour, digested_on)
             VALUES ($1, $2, $4, $5, $6, $3)
             ON CONFLICT (college_id, member_id) DO UPDATE SET digested_on = EXCLUDED.digested_on
             WHERE notification_times.digested_on IS NULL OR notification_times.digested_on < EXCLUDED.digested_on",
            college,
            member.0,
            day,
            DEFAULT_TIMES.quiet_from,
            DEFAULT_TIMES.quiet_until,
            DEFAULT_TIMES.digest_hour
        )
        .execute(self.connection())
        .await?;
        Ok(claimed.rows_affected() == 1)
    }

    /// Take what waits for a member's daily letter, newest first; each notice once.
    pub async fn take_for_digest(
        &mut self,
        member: MemberId,
        before: DateTime<Utc>,
    ) -> Result<Vec<MailedNoticeRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            MailedNoticeRow,
            r#"WITH taken AS (
                   UPDATE notifications SET mail = 'sent'
                   WHERE college_id = $1 AND member_id = $2 AND mail = 'digest' AND created_at < $3
                   RETURNING id, kind, text, achievement_id)
               SELECT n.kind AS "kind!", n.text AS "text!", r.title AS "title?"
               FROM taken n
               LEFT JOIN achievements a ON a.college_id = $1 AND a.id = n.achievement_id
               LEFT JOIN revisions r ON r.college_id = $1 AND r.achievement_id = a.id AND r.number = a.shown_revision
               ORDER BY n.id DESC"#,
            college,
            member.0,
            before
        )
        .fetch_all(self.connection())
        .await?)
    }
}
