//! What a batch issues, and what became of it.

use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{BatchId, KeyId};

/// An item whose turn it is, held until the transaction ends.
#[derive(Clone, Debug)]
pub struct BatchItem {
    /// Row of the sender.
    pub position: i32,
    /// The credential to sign.
    pub credential: Uuid,
    /// Software of the college had it issued; it comes from no achievement.
    pub by_service: bool,
    /// The issue it is to bring about.
    pub generation: i32,
}

/// An item to be written.
#[derive(Clone, Debug)]
pub struct NewBatchItem {
    /// Row of the sender.
    pub position: i32,
    /// The credential to sign; none for a row that cannot be taken.
    pub credential: Option<Uuid>,
    /// The issue it is to bring about.
    pub generation: i32,
    /// The sender's name for it.
    pub reference: Option<String>,
    /// Of what the row said.
    pub content_hash: Option<[u8; 32]>,
    /// Why it cannot be taken.
    pub fault: Option<(&'static str, String)>,
}

/// An item that failed.
#[derive(Clone, Debug)]
pub struct FailedItem {
    /// Row of the sender.
    pub position: i32,
    /// The sender's name for it.
    pub reference: Option<String>,
    /// Its credential, where there is one.
    pub credential: Option<Uuid>,
    /// Machine word.
    pub code: String,
    /// A sentence.
    pub detail: String,
}

/// A credential that could be issued anew.
#[derive(Clone, Copy, Debug)]
pub struct StandingCredential {
    /// Id.
    pub id: Uuid,
    /// Which issue stands.
    pub generation: i32,
    /// It stands: not revoked, not replaced, not waiting.
    pub active: bool,
    /// Another batch has it.
    pub waiting: bool,
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
    /// Write items.
    pub async fn insert_batch_items(&mut self, id: BatchId, items: &[NewBatchItem]) -> Result<()> {
        let college = self.college.0;
        let positions: Vec<i32> = items.iter().map(|item| item.position).collect();
        let credentials: Vec<Option<Uuid>> = items.iter().map(|item| item.credential).collect();
        let generations: Vec<i32> = items.iter().map(|item| item.generation).collect();
        let references: Vec<Option<&str>> =
            items.iter().map(|item| item.reference.as_deref()).collect();
        let hashes: Vec<Option<&[u8]>> =
            items.iter().map(|item| item.content_hash.as_ref().map(<[u8; 32]>::as_slice)).collect();
        let codes: Vec<Option<&str>> =
            items.iter().map(|item| item.fault.as_ref().map(|(code, _)| *code)).collect();
        let details: Vec<Option<&str>> =
            items.iter().map(|item| item.fault.as_ref().map(|(_, text)| text.as_str())).collect();
        sqlx::query!(
            "INSERT INTO batch_items (college_id, batch_id, position, credential_id, generation, reference, content_hash, state, code, detail)
             SELECT $1, $2, position, credential, generation, reference, hash, CASE WHEN code IS NULL THEN 'waiting' ELSE 'failed' END, code, detail
             FROM UNNEST($3::integer[], $4::uuid[], $5::integer[], $6::text[], $7::bytea[], $8::text[], $9::text[])
                  AS new (position, credential, generation, reference, hash, code, detail)",
            college,
            id.0,
            &positions,
            &credentials as &[Option<Uuid>],
            &generations,
            &references as &[Option<&str>],
            &hashes as &[Option<&[u8]>],
            &codes as &[Option<&str>],
            &details as &[Option<&str>]
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Let a batch sign anew every credential that stands and whose present bytes this key signed, those of service
    /// accounts last. Answers how many.
    pub async fn add_signed_by(&mut self, batch: BatchId, key: KeyId) -> Result<u64> {
        let college = self.college.0;
        let added = sqlx::query!(
            "INSERT INTO batch_items (college_id, batch_id, position, credential_id, service_credential_id, generation)
             SELECT $1, $2, row_number() OVER (ORDER BY service NULLS FIRST, approved), approved, service, generation + 1
             FROM (SELECT id AS approved, NULL::uuid AS service, generation FROM credentials
                   WHERE college_id = $1 AND key_id = $3 AND status = 'active'
                   UNION ALL SELECT NULL, id, generation FROM service_credentials
                   WHERE college_id = $1 AND key_id = $3 AND status = 'active') AS signed",
            college,
            batch.0,
            key.0
        )
        .execute(self.connection())
        .await?;
        Ok(added.rows_affected())
    }

    /// What stands under these references: the batch, and the hash of what the row said.
    pub async fn known_references(
        &mut self,
        references: &[String],
    ) -> Result<Vec<(String, BatchId, Vec<u8>)>> {
        let college = self.college.0;
        let rows = sqlx::query!(
            r#"SELECT reference AS "reference!", batch_id, content_hash AS "content_hash!" FROM batch_items
               WHERE college_id = $1 AND reference = ANY($2) AND credential_id IS NOT NULL"#,
            college,
            references
        )
        .fetch_all(self.connection())
        .await?;
        let known = |row: (String, Uuid, Vec<u8>)| (row.0, BatchId(row.1), row.2);
        Ok(rows
            .into_iter()
            .map(|row| known((row.reference, row.batch_id, row.content_hash)))
            .collect())
    }

    /// These credentials, as far as issuing them anew depends on it.
    pub async fn standing_credentials(&mut self, ids: &[Uuid]) -> Result<Vec<StandingCredential>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            StandingCredential,
            r#"SELECT c.id, c.generation, c.status = 'active' AS "active!",
                      EXISTS (SELECT FROM batch_items i JOIN batches b ON b.college_id = i.college_id AND b.id = i.batch_id
                              WHERE i.college_id = c.college_id AND i.credential_id = c.id AND i.state = 'waiting'
                                    AND b.kind = 'reissue') AS "waiting!"
               FROM credentials c WHERE c.college_id = $1 AND c.id = ANY($2)"#,
            college,
            ids
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// What of a batch failed, in its order.
    pub async fn failed_batch_items(&mut self, id: BatchId, most: i64) -> Result<Vec<FailedItem>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            FailedItem,
            r#"SELECT position, reference, coalesce(credential_id, service_credential_id) AS credential, code AS "code!", detail AS "detail!"
               FROM batch_items
               WHERE college_id = $1 AND batch_id = $2 AND state = 'failed' ORDER BY position LIMIT $3"#,
            college,
            id.0,
            most
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The next items of a batch that nobody else is at.
    pub async fn take_batch_items(&mut self, id: BatchId, most: i64) -> Result<Vec<BatchItem>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            BatchItem,
            r#"SELECT position, coalesce(credential_id, service_credential_id) AS "credential!", service_credential_id IS NOT NULL AS "by_service!",
                      generation FROM batch_items
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
}
