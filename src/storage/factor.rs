//! Second factors: authenticator apps and recovery codes.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::MemberId;

/// What a member has to log in with.
#[derive(Clone, Copy, Debug)]
pub struct FactorsRow {
    /// There is a password.
    pub password: bool,
    /// A confirmed authenticator app.
    pub totp: bool,
    /// Passkeys.
    pub passkeys: i64,
    /// Recovery codes that were not used.
    pub recovery_codes: i64,
}

/// An authenticator app.
#[derive(Clone, Debug)]
pub struct TotpRow {
    /// Its sealed secret.
    pub secret_id: Uuid,
    /// When a first code proved that the app has it.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// Time step of the last code that was taken.
    pub last_step: i64,
}

impl TenantTx {
    /// What a member has to log in with.
    pub async fn factors(&mut self, member: MemberId) -> Result<FactorsRow> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            FactorsRow,
            r#"SELECT EXISTS (SELECT FROM logins WHERE college_id = $1 AND member_id = $2 AND password_hash IS NOT NULL) AS "password!",
                      EXISTS (SELECT FROM totp_factors WHERE college_id = $1 AND member_id = $2 AND confirmed_at IS NOT NULL) AS "totp!",
                      (SELECT count(*) FROM passkeys WHERE college_id = $1 AND member_id = $2) AS "passkeys!",
                      (SELECT count(*) FROM recovery_codes WHERE college_id = $1 AND member_id = $2 AND used_at IS NULL) AS "recovery_codes!""#,
            college,
            member.0
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// A member's authenticator app, held until the transaction ends.
    pub async fn hold_totp(&mut self, member: MemberId) -> Result<Option<TotpRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            TotpRow,
            "SELECT secret_id, confirmed_at, last_step FROM totp_factors WHERE college_id = $1 AND member_id = $2 FOR UPDATE",
            college,
            member.0
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Begin with an authenticator app; one that was never confirmed gives way. False where one is confirmed.
    pub async fn insert_totp(
        &mut self,
        member: MemberId,
        secret: Uuid,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "INSERT INTO totp_factors (college_id, member_id, secret_id, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (college_id, member_id) DO UPDATE SET secret_id = excluded.secret_id, created_at = excluded.created_at, last_step = 0
             WHERE totp_factors.confirmed_at IS NULL",
            college,
            member.0,
            secret,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Take a code of this time step, and confirm the app with it where it was not; false where one of it or after was taken.
    pub async fn take_totp_step(
        &mut self,
        member: MemberId,
        step: i64,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE totp_factors SET last_step = $3, confirmed_at = coalesce(confirmed_at, $4)
             WHERE college_id = $1 AND member_id = $2 AND last_step < $3",
            college,
            member.0,
            step,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Take a member's authenticator app away, with its recovery codes; gives its secret.
    pub async fn delete_totp(&mut self, member: MemberId) -> Result<Option<Uuid>> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            "WITH codes AS (DELETE FROM recovery_codes WHERE college_id = $1 AND member_id = $2)
             DELETE FROM totp_factors WHERE college_id = $1 AND member_id = $2 RETURNING secret_id",
            college,
            member.0
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Give a member other recovery codes: the ones before work no more.
    pub async fn replace_recovery_codes(
        &mut self,
        member: MemberId,
        hashes: &[Vec<u8>],
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "DELETE FROM recovery_codes WHERE college_id = $1 AND member_id = $2",
            college,
            member.0
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "INSERT INTO recovery_codes (college_id, member_id, code_hash) SELECT $1, $2, unnest($3::bytea[])",
            college,
            member.0,
            hashes
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Use a recovery code up; false where it is none of the member's, or was used.
    pub async fn use_recovery_code(
        &mut self,
        member: MemberId,
        hash: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE recovery_codes SET used_at = $4 WHERE college_id = $1 AND member_id = $2 AND code_hash = $3 AND used_at IS NULL",
            college,
            member.0,
            &hash[..],
            now
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// A member's password hash.
    pub async fn password_hash(&mut self, member: MemberId) -> Result<Option<String>> {
        let college = self.college.0;
        let row = sqlx::query_scalar!(
            "SELECT password_hash FROM logins WHERE college_id = $1 AND member_id = $2",
            college,
            member.0
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.flatten())
    }
}
