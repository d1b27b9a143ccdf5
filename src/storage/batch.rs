//! Batches: what is issued many at a time, and how far it is.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{BatchId, KeyId, MemberId};

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

/// An item whose turn it is, held until the transaction ends.
#[derive(Clone, Debug)]
pub struct BatchItem {
    /// Row of the sender.
    pub position: i32,
    /// The credential to sign.
    pub credential: Uuid,
    /// The issue it is to bring about.
    pub generation: i32,
}

/// What became of an item.
#[derive(Clone, Debug)]
pub struct SettledItem {
    /// Row of the sender.
    pub position: i32,
    /// `issued`, `failed` or `skipped`.
    pub state: &'static str,
    /// Why it failed, as a machine word.
    pub code: Option<&'static str>,
    /// Why it failed, in a sentence.
    pub detail: Option<String>,
}

impl TenantTx {
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

    /// Let a batch sign anew every credential that stands and whose present bytes this key signed. Answers how many.
    pub async fn add_signed_by(&mut self, batch: BatchId, key: KeyId) -> Result<u64> {
        let college = self.college.0;
        let added = sqlx::query!(
            "INSERT INTO batch_items (college_id, batch_id, position, credential_id, generation)
             SELECT college_id, $2, row_number() OVER (ORDER BY id), id, generation + 1
             FROM credentials WHERE college_id = $1 AND key_id = $3 AND status = 'active'",
            college,
            batch.0,
            key.0
        )
        .execute(self.connection())
        .await?;
        Ok(added.rows_affected())
    }

    /// A batch.
    pub async fn batch(&mut self, id: BatchId) -> Result<Option<BatchRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            BatchRow,
            "SELECT id, kind, key_id, created_at, started_at, finished_at FROM batches WHERE college_id = $1 AND id = $2",
            college,
            id.0
        )
        .fetch_optional(self.connection())
        .await?)
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

    /// The next items of a batch that nobody else is at.
    pub async fn take_batch_items(&mut self, id: BatchId, most: i64) -> Result<Vec<BatchItem>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            BatchItem,
            r#"SELECT position, credential_id AS "credential!", generation FROM batch_items
               WHERE college_id = $1 AND batch_id = $2 AND state = 'waiting' ORDER BY position LIMIT $3 FOR UPDATE SKIP LOCKED"#,
            college,
            id.0,
            most
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Say what became of items.
    pub async fn settle_batch_items(&mut self, id: BatchId, items: &[SettledItem]) -> Result<()> {
        let college = self.college.0;
        let positions: Vec<i32> = items.iter().map(|item| item.position).collect();
        let states: Vec<&str> = items.iter().map(|item| item.state).collect();
        let codes: Vec<Option<&str>> = items.iter().map(|item| item.code).collect();
        let details: Vec<Option<&str>> = items.iter().map(|item| item.detail.as_deref()).collect();
        sqlx::query!(
            "UPDATE batch_items i SET state = new.state, code = new.code, detail = new.detail
             FROM UNNEST($3::integer[], $4::text[], $5::text[], $6::text[]) AS new (position, state, code, detail)
             WHERE i.college_id = $1 AND i.batch_id = $2 AND i.position = new.position",
            college,
            id.0,
            &positions,
            &states as &[&str],
            &codes as &[Option<&str>],
            &details as &[Option<&str>]
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// One notice to each student whose credentials a batch holds; `text` speaks of how many, as `{n}`.
    pub async fn notify_batch(
        &mut self,
        id: BatchId,
        kind: &str,
        text: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO notifications (college_id, id, member_id, kind, text, achievement_id, created_at)
             SELECT $1, gen_random_uuid(), c.student_id, $3, replace($4, '{n}', count(*)::text), NULL, $5
             FROM batch_items i JOIN credentials c ON c.college_id = i.college_id AND c.id = i.credential_id
             WHERE i.college_id = $1 AND i.batch_id = $2 GROUP BY c.student_id",
            college,
            id.0,
            kind,
            text,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
