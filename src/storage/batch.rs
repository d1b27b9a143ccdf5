//! Batches: what is issued many at a time, and how far it is.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{BatchId, KeyId, MemberId};
use crate::domain::notice::NoticeKind;
use crate::domain::page::PageRequest;

/// A batch.
#[derive(Clone, Debug)]
pub struct BatchRow {
    /// Id.
    pub id: Uuid,
    /// `past_approvals`, `reissue` or `key_replaced`.
    pub kind: String,
    /// The key whose signatures are replaced.
    pub key_id: Option<Uuid>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When the first chunk was begun.
    pub started_at: Option<DateTime<Utc>>,
    /// When nothing was left waiting.
    pub finished_at: Option<DateTime<Utc>>,
    /// Items in all.
    pub total: i64,
    /// Items that were issued.
    pub issued: i64,
    /// Items that could not be.
    pub failed: i64,
    /// Items that were revoked before their turn.
    pub skipped: i64,
}

/// A batch to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewBatch {
    /// Id.
    pub id: BatchId,
    /// Kind word.
    pub kind: &'static str,
    /// The key whose signatures are replaced.
    pub key: Option<KeyId>,
    /// Who asked.
    pub by: Option<MemberId>,
    /// Now.
    pub created_at: DateTime<Utc>,
}

/// One text for the columns, so that one batch and a list of them show the same.
macro_rules! batch_rows {
    ($tail:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            BatchRow,
            r#"SELECT b.id, b.kind, b.key_id, b.created_at, b.started_at, b.finished_at, n.total AS "total!", n.issued AS "issued!",
                      n.failed AS "failed!", n.skipped AS "skipped!"
               FROM batches b, LATERAL (
                   SELECT count(*) AS total, count(*) FILTER (WHERE state = 'issued') AS issued,
                          count(*) FILTER (WHERE state = 'failed') AS failed, count(*) FILTER (WHERE state = 'skipped') AS skipped
                   FROM batch_items i WHERE i.college_id = b.college_id AND i.batch_id = b.id) n
               WHERE b.college_id = $1 "# + $tail,
            $($argument),*
        )
    };
}

impl TenantTx {
    /// Let this connection plan its statements anew, the checks of foreign keys included.
    ///
    /// Plans made while a college had a dozen rows read whole tables; after thousands were written at once, before
    /// the next `ANALYZE`, each check of a foreign key would do so (10,000 credentials: 17 s in place of one).
    pub async fn plan_anew(&mut self) -> Result<()> {
        sqlx::raw_sql("DISCARD PLANS").execute(self.connection()).await?;
        Ok(())
    }

    /// Write a batch without items.
    pub async fn insert_batch(&mut self, new: &NewBatch) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO batches (college_id, id, kind, key_id, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            college,
            new.id.0,
            new.kind,
            new.key.map(|id| id.0),
            new.by.map(|id| id.0),
            new.created_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Keep others of this college from bringing past approvals along until the transaction ends, so that the same file
    /// sent twice at once is seen twice.
    pub async fn hold_references(&mut self) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "SELECT pg_advisory_xact_lock(hashtextextended('batch_items ' || $1::text, 0))",
            college.to_string()
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A batch, with how far it is.
    pub async fn batch(&mut self, id: BatchId) -> Result<Option<BatchRow>> {
        let college = self.college.0;
        Ok(batch_rows!("AND b.id = $2", college, id.0).fetch_optional(self.connection()).await?)
    }

    /// Batches, newest first.
    pub async fn batches(&mut self, page: &PageRequest) -> Result<Vec<BatchRow>> {
        let college = self.college.0;
        let after = page.after.map(|cursor| cursor.id);
        Ok(batch_rows!(
            "AND ($2::uuid IS NULL OR b.id < $2) ORDER BY b.id DESC LIMIT $3",
            college,
            after,
            page.limit + 1
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// A batch as its work depends on it: kind word, when it was asked for, whether it was begun.
    pub async fn batch_plan(
        &mut self,
        id: BatchId,
    ) -> Result<Option<(String, DateTime<Utc>, bool)>> {
        let college = self.college.0;
        let row = sqlx::query!(
            "SELECT kind, created_at, started_at FROM batches WHERE college_id = $1 AND id = $2",
            college,
            id.0
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| (row.kind, row.created_at, row.started_at.is_some())))
    }

    /// Note when a batch was begun, once.
    pub async fn start_batch(&mut self, id: BatchId, now: DateTime<Utc>) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE batches SET started_at = $3 WHERE college_id = $1 AND id = $2 AND started_at IS NULL",
            college,
            id.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Note that a batch is done, where nothing waits any more.
    pub async fn finish_batch(&mut self, id: BatchId, now: DateTime<Utc>) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE batches SET finished_at = $3 WHERE college_id = $1 AND id = $2 AND finished_at IS NULL
                    AND NOT EXISTS (SELECT FROM batch_items WHERE college_id = $1 AND batch_id = $2 AND state = 'waiting')",
            college,
            id.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// One notice to each student whose credentials a batch holds; `text` speaks of how many, as `{n}`. `fresh_id` gives
    /// ids in the order of time: notices are paged by them. What comes by the thousand goes into the daily letters.
    pub async fn notify_batch(
        &mut self,
        id: BatchId,
        kind: NoticeKind,
        text: &str,
        now: DateTime<Utc>,
        fresh_id: impl Fn() -> Uuid,
    ) -> Result<()> {
        let college = self.college.0;
        let students = sqlx::query!(
            r#"SELECT c.student_id, count(*) AS "credentials!"
               FROM batch_items i JOIN credentials c ON c.college_id = i.college_id AND c.id = i.credential_id
               WHERE i.college_id = $1 AND i.batch_id = $2 GROUP BY c.student_id"#,
            college,
            id.0
        )
        .fetch_all(self.connection())
        .await?;
        let ids: Vec<Uuid> = students.iter().map(|_| fresh_id()).collect();
        let members: Vec<Uuid> = students.iter().map(|row| row.student_id).collect();
        let texts: Vec<String> =
            students.iter().map(|row| text.replace("{n}", &row.credentials.to_string())).collect();
        sqlx::query!(
            "INSERT INTO notifications (college_id, id, member_id, kind, text, achievement_id, created_at, mail)
             SELECT $1, new.id, new.member, $5, new.text, NULL, $6, CASE c.mail WHEN 'off' THEN 'off' ELSE 'digest' END
             FROM UNNEST($2::uuid[], $3::uuid[], $4::text[]) AS new (id, member, text)
             LEFT JOIN notification_choices c ON c.college_id = $1 AND c.member_id = new.member AND c.topic = $7",
            college,
            &ids,
            &members,
            &texts,
            kind.as_str(),
            now,
            kind.topic().as_str()
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
