//! What an audit reads: one state of a college's rows, as it was when the audit began; and who did what.

use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::event::hash_of;
use super::{Database, Result, TenantTx};
use crate::domain::audit::{Entry, Hash, Head, Words};
use crate::domain::ids::{AchievementId, CollegeId, MemberId};

/// A document at hand, beside what the record says of it.
#[derive(Clone, Debug)]
pub struct HeldDocumentRow {
    /// Its id: of the credential or the portfolio.
    pub document_id: Uuid,
    /// The exact JSON text.
    pub document: String,
    /// The record hash of its last generation; none where the record does not know it.
    pub record_hash: Option<Vec<u8>>,
}

/// An entry of the chain, as it is kept.
#[derive(Clone, Debug)]
pub struct EntryRow {
    /// What it says.
    pub entry: Entry,
    /// Hash of the chain up to and with it.
    pub hash: Hash,
    /// Name of who acted, where it is known still.
    pub actor_name: Option<String>,
    /// Whether it was asked for, and lies in reach.
    pub shown: bool,
}

/// Which entries.
#[derive(Clone, Debug, Default)]
pub struct EntryFilter {
    /// Of this actor.
    pub actor: Option<Uuid>,
    /// Of this kind.
    pub kind: Option<String>,
    /// About this achievement, or naming this id among their facts.
    pub object: Option<Uuid>,
    /// Not before this time.
    pub since: Option<DateTime<Utc>>,
    /// Before this time.
    pub until: Option<DateTime<Utc>>,
}

/// What somebody may read beside their own acts.
#[derive(Clone, Debug)]
pub struct AuditReach {
    /// The reader.
    pub reader: MemberId,
    /// Everything.
    pub all: bool,
    /// What happened to keys.
    pub keys: bool,
    /// What happened to any achievement that was handed in.
    pub achievements: bool,
    /// The same in these departments.
    pub departments: Vec<Uuid>,
    /// The same in these categories.
    pub categories: Vec<Uuid>,
}

/// One text for columns, filter and reach, so that no list shows what another hides.
macro_rules! entries {
    ($tail:literal, $college:expr, $filter:expr, $reach:expr, $($argument:expr),* $(,)?) => {
        sqlx::query!(
            r#"SELECT e.seq, e.id, e.at, e.kind, e.actor_id, e.actor_role, e.achievement_id, e.revision, e.salt, e.text,
                      e.data::text AS "data!", e.words_hash, e.hash, m.full_name AS "actor_name?", s.shown AS "shown!"
               FROM events e
               LEFT JOIN members m ON m.college_id = e.college_id AND m.id = e.actor_id
               CROSS JOIN LATERAL (SELECT coalesce(($2::uuid IS NULL OR e.actor_id = $2) AND ($3::text IS NULL OR e.kind = $3)
                   AND ($4::uuid IS NULL OR e.achievement_id = $4 OR e.achievement_id IS NULL AND strpos(e.data::text, $4::text) > 0)
                   AND ($5::timestamptz IS NULL OR e.at >= $5) AND ($6::timestamptz IS NULL OR e.at < $6)
                   AND ($8 OR e.actor_id IS NOT DISTINCT FROM $7::uuid OR $9 AND (starts_with(e.kind, 'key') OR e.kind = 'issuance_log_alarm')
                        OR e.achievement_id IS NOT NULL AND EXISTS (SELECT FROM revisions r WHERE r.college_id = $1
                           AND r.achievement_id = e.achievement_id AND r.submitted_at IS NOT NULL
                           AND ($10 OR r.department_id = ANY($11::uuid[]) OR r.category_id = ANY($12::uuid[])))), false) AS shown) s
               WHERE e.college_id = $1 "# + $tail,
            $college,
            $filter.actor,
            $filter.kind.as_deref(),
            $filter.object,
            $filter.since,
            $filter.until,
            $reach.reader.0,
            $reach.all,
            $reach.keys,
            $reach.achievements,
            &$reach.departments,
            &$reach.categories,
            $($argument),*
        )
    };
}

/// What all of the lists make of a row.
macro_rules! entry_rows {
    ($rows:expr) => {
        $rows
            .into_iter()
            .map(|row| {
                let salt = row.salt.map(|salt| salt.as_slice().try_into());
                let salt = salt.transpose().map_err(|_| sqlx::Error::Decode("no salt".into()))?;
                let words = salt.map(|salt| Words { salt, text: row.text, data: row.data });
                Ok(EntryRow {
                    entry: Entry {
                        seq: row.seq,
                        id: row.id,
                        at: row.at,
                        kind: row.kind,
                        actor: row.actor_id,
                        role: row.actor_role,
                        achievement: row.achievement_id,
                        revision: row.revision,
                        words,
                        words_hash: hash_of(&row.words_hash)?,
                    },
                    hash: hash_of(&row.hash)?,
                    actor_name: row.actor_name,
                    shown: row.shown,
                })
            })
            .collect()
    };
}

impl Database {
    /// Begin inside a college, reading only, and one state of it all the way through.
    pub async fn snapshot(&self, college: CollegeId) -> Result<TenantTx> {
        // A UUID's text is hexadecimal digits and dashes: nothing in it can end the literal.
        let begin = self.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        let begin = format!("{begin}; SELECT set_config('hub.college_id', '{college}', true)");
        TenantTx::begin_with(college, AssertSqlSafe(begin), &self.pool).await
    }
}

impl TenantTx {
    /// Documents at hand after this id, credentials and portfolios alike, at most `most`.
    pub async fn held_documents(&mut self, after: Uuid, most: i64) -> Result<Vec<HeldDocumentRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            HeldDocumentRow,
            r#"SELECT d.id AS "document_id!", d.document AS "document!", (
                   SELECT i.record_hash FROM issued_records i WHERE i.college_id = $1 AND i.document_id = d.id ORDER BY i.generation DESC LIMIT 1
               ) AS "record_hash?"
               FROM (SELECT id, document FROM credentials WHERE college_id = $1 AND document IS NOT NULL
                     UNION ALL SELECT id, document FROM service_credentials WHERE college_id = $1 AND document IS NOT NULL
                     UNION ALL SELECT id, document FROM portfolios WHERE college_id = $1) d
               WHERE d.id > $2 ORDER BY d.id LIMIT $3"#,
            college,
            after,
            most
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The first row of the record, by its place in the log, whose document the hub never made.
    pub async fn record_without_document(&mut self) -> Result<Option<(i64, Uuid)>> {
        let college = self.college.0;
        let row = sqlx::query!(
            "SELECT i.log_index, i.document_id FROM issued_records i WHERE i.college_id = $1
             AND NOT EXISTS (SELECT FROM credentials c WHERE c.college_id = $1 AND c.id = i.document_id)
             AND NOT EXISTS (SELECT FROM service_credentials v WHERE v.college_id = $1 AND v.id = i.document_id)
             AND NOT EXISTS (SELECT FROM portfolios p WHERE p.college_id = $1 AND p.id = i.document_id)
             ORDER BY i.log_index LIMIT 1",
            college
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| (row.log_index, row.document_id)))
    }

    /// Where the chain of the audit ends; where it begins, as long as nothing was done.
    pub async fn audit_head(&mut self) -> Result<Head> {
        let college = self.college.0;
        let row =
            sqlx::query!("SELECT size, hash FROM audit_chains WHERE college_id = $1", college)
                .fetch_optional(self.connection())
                .await?;
        match row {
            Some(row) => Ok(Head { size: row.size, hash: hash_of(&row.hash)? }),
            None => Ok(Head::of_nothing(self.college)),
        }
    }

    /// Entries after this place, in order, at most `most`, whether they are asked for or not.
    pub async fn entries_after(
        &mut self,
        seq: i64,
        filter: &EntryFilter,
        reach: &AuditReach,
        most: i64,
    ) -> Result<Vec<EntryRow>> {
        let college = self.college.0;
        let rows =
            entries!("AND e.seq > $13 ORDER BY e.seq LIMIT $14", college, filter, reach, seq, most)
                .fetch_all(self.connection())
                .await?;
        entry_rows!(rows)
    }

    /// Entries before this place that are asked for and in reach, newest first, at most `most`.
    pub async fn entries_before(
        &mut self,
        seq: i64,
        filter: &EntryFilter,
        reach: &AuditReach,
        most: i64,
    ) -> Result<Vec<EntryRow>> {
        let college = self.college.0;
        let rows = entries!(
            "AND s.shown AND e.seq < $13 ORDER BY e.seq DESC LIMIT $14",
            college,
            filter,
            reach,
            seq,
            most
        )
        .fetch_all(self.connection())
        .await?;
        entry_rows!(rows)
    }

    /// Take the words out of every entry about these achievements or by this person, for good: their places, which the
    /// entry `words_erased` has to name. The chain holds without them.
    pub async fn erase_words(
        &mut self,
        achievements: &[AchievementId],
        person: MemberId,
    ) -> Result<Vec<i64>> {
        let college = self.college.0;
        let achievements: Vec<Uuid> = achievements.iter().map(|id| id.0).collect();
        Ok(sqlx::query_scalar!(
            "UPDATE events SET salt = NULL, text = NULL, data = '{}' WHERE college_id = $1 AND salt IS NOT NULL
             AND (achievement_id = ANY($2) OR actor_id = $3 OR strpos(data::text, $3::text) > 0) RETURNING seq",
            college,
            &achievements,
            person.0
        )
        .fetch_all(self.connection())
        .await?)
    }
}
