//! Changes of the records that students ask for.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{MemberChangeId, MemberId};
use crate::domain::page::PageRequest;

/// A change that somebody asks for.
#[derive(Clone, Debug)]
pub struct MemberChangeRow {
    /// Id.
    pub id: Uuid,
    /// Who asks.
    pub member_id: Uuid,
    /// Their name as the records have it.
    pub member_name: String,
    /// The name that is to be signed.
    pub full_name: Option<String>,
    /// The name in its own script.
    pub full_name_native: Option<String>,
    /// Programme.
    pub programme_id: Option<Uuid>,
    /// Its code.
    pub programme_code: Option<String>,
    /// Why.
    pub reason: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// For If-Match.
    pub version: i64,
    /// Outcome word; none while open.
    pub outcome: Option<String>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// What the admin says.
    pub comment: Option<String>,
}

/// A change to be asked for.
#[derive(Clone, Debug)]
pub struct NewMemberChange {
    /// Id.
    pub id: MemberChangeId,
    /// Who asks.
    pub member: MemberId,
    /// The name that is to be signed.
    pub full_name: Option<String>,
    /// The name in its own script.
    pub full_name_native: Option<String>,
    /// Programme.
    pub programme: Option<Uuid>,
    /// Why.
    pub reason: String,
    /// When.
    pub asked_at: DateTime<Utc>,
}

macro_rules! change_rows {
    ($tail:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            MemberChangeRow,
            r#"SELECT x.id, x.member_id, m.full_name AS member_name, x.full_name, x.full_name_native, x.programme_id,
                      p.code AS "programme_code?", x.reason, x.asked_at, x.version, x.outcome, x.decided_at, x.comment
               FROM member_changes x
               JOIN members m ON m.college_id = x.college_id AND m.id = x.member_id
               LEFT JOIN programmes p ON p.college_id = x.college_id AND p.id = x.programme_id
               WHERE x.college_id = $1 "# + $tail,
            $($argument),*
        )
    };
}

impl TenantTx {
    /// Ask. False where the member asked for something that is still open.
    pub async fn insert_member_change(&mut self, new: &NewMemberChange) -> Result<bool> {
        let college = self.college.0;
        let asked = sqlx::query!(
            "INSERT INTO member_changes (college_id, id, member_id, full_name, full_name_native, programme_id, reason, asked_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            college,
            new.id.0,
            new.member.0,
            new.full_name,
            new.full_name_native,
            new.programme,
            new.reason,
            new.asked_at
        )
        .execute(self.connection())
        .await?;
        Ok(asked.rows_affected() == 1)
    }

    /// One of them.
    pub async fn member_change(&mut self, id: MemberChangeId) -> Result<Option<MemberChangeRow>> {
        let college = self.college.0;
        Ok(change_rows!("AND x.id = $2", college, id.0).fetch_optional(self.connection()).await?)
    }

    /// What was asked for, newest first: of one member or of all, the open ones or all.
    pub async fn member_changes(
        &mut self,
        member: Option<MemberId>,
        open: bool,
        page: &PageRequest,
    ) -> Result<Vec<MemberChangeRow>> {
        let college = self.college.0;
        Ok(change_rows!(
            "AND ($2::uuid IS NULL OR x.member_id = $2) AND NOT ($3 AND x.outcome IS NOT NULL)
             AND ($4::uuid IS NULL OR x.id < $4) ORDER BY x.id DESC LIMIT $5",
            college,
            member.map(|id| id.0),
            open,
            page.after.map(|cursor| cursor.id),
            page.limit + 1,
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Decide on an open one, once; guarded by version. False where somebody was first.
    pub async fn decide_member_change(
        &mut self,
        (id, version): (MemberChangeId, i64),
        outcome: &str,
        by: MemberId,
        comment: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let decided = sqlx::query!(
            "UPDATE member_changes SET outcome = $4, decided_by = $5, comment = $6, decided_at = $7, version = version + 1
             WHERE college_id = $1 AND id = $2 AND version = $3 AND outcome IS NULL",
            college,
            id.0,
            version,
            outcome,
            by.0,
            comment,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(decided.rows_affected() == 1)
    }
}
