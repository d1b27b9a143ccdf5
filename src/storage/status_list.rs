//! Status lists: which indices were drawn, and which bits are set.

use chrono::{DateTime, Utc};

use super::{Database, Result, TenantTx};
use crate::domain::ids::CollegeId;

/// Entries of one list.
pub const LIST_LENGTH: i32 = 131_072;
/// A new list is begun at this use: 60 %.
const FULL_AT: i32 = LIST_LENGTH / 10 * 6;

/// Lists are kept apart by what they speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusListKind {
    /// Achievement credentials.
    Achievements,
    /// Portfolio credentials.
    Portfolios,
}

impl StatusListKind {
    /// The word it is stored and addressed by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Achievements => "achievements",
            Self::Portfolios => "portfolios",
        }
    }
}

/// A published list, and all that its bits should follow from.
#[derive(Clone, Debug)]
pub struct ComparedList {
    /// The exact JSON text.
    pub document: String,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
    /// Indices whose entry is set.
    pub entries: Vec<i32>,
    /// Documents that are revoked or superseded.
    pub revoked: Vec<RevokedIndex>,
    /// What the last comparison found.
    pub disagreements: Vec<i32>,
    /// See the column.
    pub fault: Option<String>,
}

/// The place of a document that was revoked.
#[derive(Clone, Copy, Debug)]
pub struct RevokedIndex {
    /// Index in its list.
    pub index: i32,
    /// When.
    pub at: DateTime<Utc>,
}

impl TenantTx {
    /// Draw an unused index of the current list from the candidates offered (random ones); none where all are taken.
    ///
    /// A drawn index is never used again.
    pub async fn draw_status_index(
        &mut self,
        kind: StatusListKind,
        candidates: &[i32],
    ) -> Result<Option<(i32, i32)>> {
        let (number, _) = self.hold_open_list(kind).await?;
        for index in candidates {
            if self.take_indices(kind, number, &[*index]).await? == [*index] {
                return Ok(Some((number, *index)));
            }
        }
        Ok(None)
    }

    /// The list that is drawn from now and how many more it takes, held against every other draw until the transaction
    /// ends. Begins the first list, and the next one at 60 % use.
    pub async fn hold_open_list(&mut self, kind: StatusListKind) -> Result<(i32, usize)> {
        let college = self.college.0;
        loop {
            let current = sqlx::query!(
                "SELECT number, used FROM status_lists WHERE college_id = $1 AND kind = $2 ORDER BY number DESC LIMIT 1 FOR UPDATE",
                college,
                kind.as_str()
            )
            .fetch_optional(self.connection())
            .await?;
            let next = match current {
                Some(list) if list.used < FULL_AT => {
                    return Ok((list.number, usize::try_from(FULL_AT - list.used).unwrap_or(0)));
                }
                Some(list) => list.number + 1,
                None => 1,
            };
            sqlx::query!(
                "INSERT INTO status_lists (college_id, kind, number) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                college,
                kind.as_str(),
                next
            )
            .execute(self.connection())
            .await?;
        }
    }

    /// Every index of a list that was ever drawn.
    pub async fn taken_indices(&mut self, kind: StatusListKind, number: i32) -> Result<Vec<i32>> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            "SELECT index FROM status_entries WHERE college_id = $1 AND kind = $2 AND number = $3",
            college,
            kind.as_str(),
            number
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Take indices of a list that is held, for good. Answers those that were free.
    pub async fn take_indices(
        &mut self,
        kind: StatusListKind,
        number: i32,
        indices: &[i32],
    ) -> Result<Vec<i32>> {
        let college = self.college.0;
        let taken = sqlx::query_scalar!(
            "INSERT INTO status_entries (college_id, kind, number, index) SELECT $1, $2, $3, index FROM UNNEST($4::integer[]) AS index
             ON CONFLICT DO NOTHING RETURNING index",
            college,
            kind.as_str(),
            number,
            indices
        )
        .fetch_all(self.connection())
        .await?;
        sqlx::query!(
            "UPDATE status_lists SET used = used + $4 WHERE college_id = $1 AND kind = $2 AND number = $3",
            college,
            kind.as_str(),
            number,
            i32::try_from(taken.len()).expect("a list has 131,072 places")
        )
        .execute(self.connection())
        .await?;
        Ok(taken)
    }

    /// Set a bit: for good.
    pub async fn set_status(
        &mut self,
        kind: StatusListKind,
        number: i32,
        index: i32,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE status_entries SET set_at = $5 WHERE college_id = $1 AND kind = $2 AND number = $3 AND index = $4 AND set_at IS NULL",
            college,
            kind.as_str(),
            number,
            index,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A published list with what the record says of its indices; none where it was never published.
    pub async fn status_list_to_compare(
        &mut self,
        kind: &str,
        number: i32,
    ) -> Result<Option<ComparedList>> {
        let college = self.college.0;
        // One statement sees one moment: a revocation or a signing in between would be a false alarm.
        let row = sqlx::query!(
            r#"SELECT l.document AS "document!", l.signed_at AS "signed_at!", l.disagreements, l.fault,
                      ARRAY(SELECT e.index FROM status_entries e WHERE e.college_id = $1 AND e.kind = $2 AND e.number = $3
                            AND e.set_at IS NOT NULL ORDER BY e.index) AS "entries!",
                      coalesce(r.indices, '{}') AS "indices!", coalesce(r.times, '{}') AS "times!: Vec<DateTime<Utc>>"
               FROM status_lists l
               CROSS JOIN LATERAL (
                   SELECT array_agg(list_index) AS indices, array_agg(coalesce(revoked_at, created_at)) AS times FROM (
                       SELECT list_index, revoked_at, created_at FROM credentials
                       WHERE college_id = $1 AND $2 = 'achievements' AND list_number = $3 AND status IN ('revoked', 'superseded')
                       UNION ALL
                       SELECT list_index, revoked_at, created_at FROM service_credentials
                       WHERE college_id = $1 AND $2 = 'achievements' AND list_number = $3 AND status = 'revoked'
                       UNION ALL
                       SELECT list_index, revoked_at, created_at FROM portfolios
                       WHERE college_id = $1 AND $2 = 'portfolios' AND list_number = $3 AND status = 'revoked') fallen) r
               WHERE l.college_id = $1 AND l.kind = $2 AND l.number = $3 AND l.document IS NOT NULL AND l.signed_at IS NOT NULL"#,
            college,
            kind,
            number
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| ComparedList {
            document: row.document,
            signed_at: row.signed_at,
            entries: row.entries,
            revoked: row
                .indices
                .into_iter()
                .zip(row.times)
                .map(|(index, at)| RevokedIndex { index, at })
                .collect(),
            disagreements: row.disagreements,
            fault: row.fault,
        }))
    }

    /// Keep what a comparison found. False where the list was signed anew since it was read.
    pub async fn keep_comparison(
        &mut self,
        (kind, number): (&str, i32),
        signed_at: DateTime<Utc>,
        disagreements: &[i32],
        fault: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let kept = sqlx::query!(
            "UPDATE status_lists SET compared_at = $7, disagreements = $5, fault = $6
             WHERE college_id = $1 AND kind = $2 AND number = $3 AND signed_at = $4",
            college,
            kind,
            number,
            signed_at,
            disagreements,
            fault,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(kept.rows_affected() == 1)
    }

    /// The bits set in a list, held against another publisher until the transaction ends; none where there is no such list.
    ///
    /// A revoked or superseded document's bit is set whatever its entry says: whoever clears an entry brings nothing back to life.
    pub async fn lock_set_bits(&mut self, kind: &str, number: i32) -> Result<Option<Vec<i32>>> {
        let college = self.college.0;
        let there = sqlx::query_scalar!(
            r#"SELECT 1 AS "one!" FROM status_lists WHERE college_id = $1 AND kind = $2 AND number = $3 FOR UPDATE"#,
            college,
            kind,
            number
        )
        .fetch_optional(self.connection())
        .await?;
        if there.is_none() {
            return Ok(None);
        }
        let bits = sqlx::query_scalar!(
            r#"SELECT index AS "index!" FROM status_entries WHERE college_id = $1 AND kind = $2 AND number = $3 AND set_at IS NOT NULL
               UNION SELECT list_index FROM credentials
               WHERE college_id = $1 AND $2 = 'achievements' AND list_number = $3 AND status IN ('revoked', 'superseded')
               UNION SELECT list_index FROM service_credentials
               WHERE college_id = $1 AND $2 = 'achievements' AND list_number = $3 AND status = 'revoked'
               UNION SELECT list_index FROM portfolios
               WHERE college_id = $1 AND $2 = 'portfolios' AND list_number = $3 AND status = 'revoked'
               ORDER BY 1"#,
            college,
            kind,
            number
        )
        .fetch_all(self.connection())
        .await?;
        Ok(Some(bits))
    }

    /// Keep a list as it was signed.
    pub async fn publish_status_list(
        &mut self,
        kind: &str,
        number: i32,
        document: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE status_lists SET document = $4, signed_at = $5 WHERE college_id = $1 AND kind = $2 AND number = $3",
            college,
            kind,
            number,
            document,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A list as it was published last, with the time.
    pub async fn status_list(
        &mut self,
        kind: &str,
        number: i32,
    ) -> Result<Option<(String, DateTime<Utc>)>> {
        let college = self.college.0;
        let row = sqlx::query!(
            "SELECT document, signed_at FROM status_lists WHERE college_id = $1 AND kind = $2 AND number = $3",
            college,
            kind,
            number
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.and_then(|row| Some((row.document?, row.signed_at?))))
    }

    /// Every list of this college: kind and number.
    pub async fn status_list_names(&mut self) -> Result<Vec<(String, i32, Option<DateTime<Utc>>)>> {
        let college = self.college.0;
        let rows = sqlx::query!("SELECT kind, number, signed_at FROM status_lists WHERE college_id = $1 ORDER BY kind, number", college)
            .fetch_all(self.connection())
            .await?;
        Ok(rows.into_iter().map(|row| (row.kind, row.number, row.signed_at)).collect())
    }
}

impl Database {
    /// Ids of every college, for what is done daily for each.
    pub async fn college_ids(&self) -> Result<Vec<CollegeId>> {
        let ids = sqlx::query_scalar!("SELECT id FROM colleges ORDER BY id")
            .fetch_all(self.alone())
            .await?;
        Ok(ids.into_iter().map(CollegeId).collect())
    }
}
