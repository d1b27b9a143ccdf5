//! What becomes of an account: closed, opened again, changed in the records, graduated.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{MemberId, ProgrammeId};

/// What the records are to say of a member; nothing where they stay as they are.
#[derive(Clone, Debug, Default)]
pub struct RecordChange {
    /// The name that is signed.
    pub full_name: Option<String>,
    /// The name in its own script.
    pub full_name_native: Option<String>,
    /// Programme; the department follows.
    pub programme: Option<ProgrammeId>,
    /// Department, of somebody without a programme.
    pub department: Option<Uuid>,
}

/// A credential that stands, with what it is about.
#[derive(Clone, Debug)]
pub struct StandingTitleRow {
    /// Id.
    pub id: Uuid,
    /// Title of the achievement.
    pub title: String,
    /// When it was first issued.
    pub created_at: DateTime<Utc>,
}

impl TenantTx {
    /// Close an account, guarded by version. False where somebody was first, or it is closed. The last admin's cannot
    /// be (HB010).
    pub async fn deactivate_member(
        &mut self,
        id: MemberId,
        version: i64,
        by: Option<MemberId>,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE members SET deactivated_from = state, state = 'deactivated', deactivated_at = $6, deactivated_by = $4,
                    deactivate_reason = $5, version = version + 1
             WHERE college_id = $1 AND id = $2 AND version = $3 AND state IN ('unconfirmed', 'confirmed', 'alumnus')",
            college,
            id.0,
            version,
            by.map(|id| id.0),
            reason,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Let go of everything that a member said they were reviewing.
    pub async fn drop_claims_of(&mut self, id: MemberId) -> Result<()> {
        let college = self.college.0;
        sqlx::query!("DELETE FROM claims WHERE college_id = $1 AND member_id = $2", college, id.0)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Open a closed account again, in the state it had; guarded by version.
    pub async fn reactivate_member(&mut self, id: MemberId, version: i64) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE members SET state = deactivated_from, version = version + 1
             WHERE college_id = $1 AND id = $2 AND version = $3 AND state = 'deactivated' AND deactivated_from IS NOT NULL",
            college,
            id.0,
            version
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Change what the records say of a member, on the roster too; guarded by version.
    pub async fn change_records(
        &mut self,
        id: MemberId,
        version: i64,
        change: &RecordChange,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "WITH changed AS (
                 UPDATE members m SET full_name = coalesce($4, m.full_name), full_name_native = coalesce($5, m.full_name_native),
                        programme_id = coalesce($6, m.programme_id),
                        department_id = coalesce((SELECT p.department_id FROM programmes p WHERE p.college_id = $1 AND p.id = $6),
                                                 $7, m.department_id),
                        version = m.version + 1
                 WHERE m.college_id = $1 AND m.id = $2 AND m.version = $3
                 RETURNING m.id, m.full_name, m.full_name_native, m.programme_id),
             listed AS (
                 UPDATE roster r SET full_name = c.full_name, full_name_native = c.full_name_native, programme_id = c.programme_id
                 FROM changed c WHERE r.college_id = $1 AND r.member_id = c.id AND c.programme_id IS NOT NULL)
             SELECT id FROM changed",
            college,
            id.0,
            version,
            change.full_name,
            change.full_name_native,
            change.programme.map(|id| id.0),
            change.department
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(done.is_some())
    }

    /// A confirmed student is an alumnus from now on. False where they are not (any more) a confirmed student.
    pub async fn graduate_member(&mut self, id: MemberId, now: DateTime<Utc>) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE members SET state = 'alumnus', graduated_at = $3, version = version + 1
             WHERE college_id = $1 AND id = $2 AND student AND state = 'confirmed'",
            college,
            id.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Move a log-in to another address. False where another account of the college has it.
    pub async fn move_login(
        &mut self,
        id: MemberId,
        address: &str,
        email_key: &str,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "WITH free AS (
                 UPDATE logins SET email_key = $4 WHERE college_id = $1 AND member_id = $2 AND NOT EXISTS (
                     SELECT FROM logins l WHERE l.college_id = $1 AND l.email_key = $4 AND l.member_id <> $2)
                 RETURNING member_id)
             UPDATE members m SET email = $3, version = version + 1 FROM free WHERE m.college_id = $1 AND m.id = free.member_id",
            college,
            id.0,
            address,
            email_key
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Students by the keys of their roll numbers: key, member and state.
    pub async fn graduates_by_roll(
        &mut self,
        keys: &[String],
    ) -> Result<Vec<(String, MemberId, String)>> {
        let college = self.college.0;
        let rows = sqlx::query!(
            r#"SELECT r.roll_key AS "key!", m.id, m.state FROM roster r JOIN members m ON m.college_id = r.college_id AND m.id = r.member_id
               WHERE r.college_id = $1 AND r.roll_key = ANY($2) AND m.student"#,
            college,
            keys
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| (row.key, MemberId(row.id), row.state)).collect())
    }

    /// A student's credentials that stand, oldest first: what could be issued anew.
    pub async fn standing_of(&mut self, student: MemberId) -> Result<Vec<StandingTitleRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            StandingTitleRow,
            "SELECT c.id, r.title, c.created_at FROM credentials c
             JOIN revisions r ON r.college_id = c.college_id AND r.achievement_id = c.achievement_id AND r.number = c.revision
             WHERE c.college_id = $1 AND c.student_id = $2 AND c.status = 'active' ORDER BY c.created_at, c.id",
            college,
            student.0
        )
        .fetch_all(self.connection())
        .await?)
    }
}
