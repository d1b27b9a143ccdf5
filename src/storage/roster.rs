//! The roster: who the college says its students are.

use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{MemberId, RosterRowId};
use crate::domain::page::PageRequest;

/// A row of the roster.
#[derive(Clone, Debug)]
pub struct RosterRow {
    /// Id.
    pub id: Uuid,
    /// As the college writes it.
    pub roll_number: String,
    /// The form it is matched in.
    pub roll_key: String,
    /// The name that is signed.
    pub full_name: String,
    /// The name in its own script.
    pub full_name_native: Option<String>,
    /// Programme.
    pub programme_id: Uuid,
    /// Its code.
    pub programme_code: String,
    /// `2023-2027`.
    pub batch: String,
    /// Institute address, lower case.
    pub email_key: Option<String>,
    /// SHA-256 of the paper code.
    pub code_hash: Option<Vec<u8>>,
    /// The account that took this row.
    pub member_id: Option<Uuid>,
}

/// A row to be written; one of the same roll key is brought up to date.
#[derive(Clone, Debug)]
pub struct NewRosterRow {
    /// Id, where the row is new.
    pub id: Uuid,
    /// As the college writes it.
    pub roll_number: String,
    /// The form it is matched in.
    pub roll_key: String,
    /// The name that is signed.
    pub full_name: String,
    /// The name in its own script.
    pub full_name_native: Option<String>,
    /// Programme.
    pub programme_id: Uuid,
    /// `2023-2027`.
    pub batch: String,
    /// Institute address, lower case.
    pub email_key: Option<String>,
    /// SHA-256 of the paper code.
    pub code_hash: Option<Vec<u8>>,
}

impl TenantTx {
    /// The row of a roll number.
    pub async fn roster_row(&mut self, roll_key: &str) -> Result<Option<RosterRow>> {
        Ok(self.roster_rows(&[roll_key.to_owned()]).await?.pop())
    }

    /// The rows of these roll numbers.
    pub async fn roster_rows(&mut self, roll_keys: &[String]) -> Result<Vec<RosterRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            RosterRow,
            "SELECT r.id, r.roll_number, r.roll_key, r.full_name, r.full_name_native, r.programme_id, p.code AS programme_code, r.batch,
                    r.email_key, r.code_hash, r.member_id
             FROM roster r JOIN programmes p ON p.college_id = r.college_id AND p.id = r.programme_id
             WHERE r.college_id = $1 AND r.roll_key = ANY($2)",
            college,
            roll_keys
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Rows in the order of their import; `text` is part of a name or the beginning of a roll key.
    pub async fn roster(
        &mut self,
        text: Option<&str>,
        roll_key: Option<&str>,
        page: &PageRequest,
    ) -> Result<Vec<RosterRow>> {
        let college = self.college.0;
        let after = page.after.map(|cursor| cursor.id);
        Ok(sqlx::query_as!(
            RosterRow,
            "SELECT r.id, r.roll_number, r.roll_key, r.full_name, r.full_name_native, r.programme_id, p.code AS programme_code, r.batch,
                    r.email_key, r.code_hash, r.member_id
             FROM roster r JOIN programmes p ON p.college_id = r.college_id AND p.id = r.programme_id
             WHERE r.college_id = $1
               AND ($2::text IS NULL OR strpos(lower(r.full_name), $2) > 0 OR strpos(r.full_name_native, $2) > 0
                    OR starts_with(r.roll_key, $3))
               AND ($4::uuid IS NULL OR r.id > $4)
             ORDER BY r.id LIMIT $5",
            college,
            text,
            roll_key,
            after,
            page.limit + 1
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// How many rows the same search has.
    pub async fn count_roster(
        &mut self,
        text: Option<&str>,
        roll_key: Option<&str>,
    ) -> Result<i64> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM roster r
               WHERE r.college_id = $1
                 AND ($2::text IS NULL OR strpos(lower(r.full_name), $2) > 0 OR strpos(r.full_name_native, $2) > 0
                      OR starts_with(r.roll_key, $3))"#,
            college,
            text,
            roll_key
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Write rows in one statement; an address or code that is left out keeps the one that stands.
    pub async fn upsert_roster(&mut self, rows: &[NewRosterRow]) -> Result<()> {
        let college = self.college.0;
        let column = |pick: fn(&NewRosterRow) -> &str| {
            rows.iter().map(|row| pick(row).to_owned()).collect::<Vec<_>>()
        };
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let programmes: Vec<Uuid> = rows.iter().map(|row| row.programme_id).collect();
        let native: Vec<Option<String>> =
            rows.iter().map(|row| row.full_name_native.clone()).collect();
        let emails: Vec<Option<String>> = rows.iter().map(|row| row.email_key.clone()).collect();
        let codes: Vec<Option<Vec<u8>>> = rows.iter().map(|row| row.code_hash.clone()).collect();
        sqlx::query!(
            "INSERT INTO roster (college_id, id, roll_number, roll_key, full_name, full_name_native, programme_id, batch, email_key, code_hash)
             SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[], $9::text[], $10::bytea[])
             ON CONFLICT (college_id, roll_key) DO UPDATE SET
                 roll_number = excluded.roll_number, full_name = excluded.full_name, full_name_native = excluded.full_name_native,
                 programme_id = excluded.programme_id, batch = excluded.batch,
                 email_key = coalesce(excluded.email_key, roster.email_key), code_hash = coalesce(excluded.code_hash, roster.code_hash)",
            college,
            &ids,
            &column(|row| &row.roll_number),
            &column(|row| &row.roll_key),
            &column(|row| &row.full_name),
            &native as &[Option<String>],
            &programmes,
            &column(|row| &row.batch),
            &emails as &[Option<String>],
            &codes as &[Option<Vec<u8>>]
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Give a free row to an account; false where another one has it. Its paper code is spent.
    pub async fn take_roster_row(&mut self, id: RosterRowId, member: MemberId) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE roster SET member_id = $3, code_hash = NULL WHERE college_id = $1 AND id = $2 AND member_id IS NULL",
            college,
            id.0,
            member.0
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
