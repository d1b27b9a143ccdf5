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

    /// The bits set in a list, held against another publisher until the transaction ends; none where there is no such list.
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
            "SELECT index FROM status_entries WHERE college_id = $1 AND kind = $2 AND number = $3 AND set_at IS NOT NULL ORDER BY index",
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
            .fetch_all(&self.pool)
            .await?;
        Ok(ids.into_iter().map(CollegeId).collect())
    }
}
