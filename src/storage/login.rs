//! Log-ins: which members an e-mail address leads to. Known before a college is.

use uuid::Uuid;

use super::{Database, Result, TenantTx};
use crate::domain::ids::MemberId;

/// One account behind an e-mail address.
#[derive(Clone, Debug)]
pub struct LoginRow {
    /// Its college.
    pub college_id: Uuid,
    /// The member.
    pub member_id: Uuid,
    /// `colleges.slug`.
    pub slug: String,
    /// `colleges.name`.
    pub college_name: String,
    /// `colleges.state`.
    pub college_state: String,
    /// PHC string; none until a password was set.
    pub password_hash: Option<String>,
}

impl Database {
    /// Every account of this address, at most one in a college.
    pub async fn logins(&self, email_key: &str) -> Result<Vec<LoginRow>> {
        Ok(sqlx::query_as!(
            LoginRow,
            "SELECT l.college_id, l.member_id, c.slug, c.name AS college_name, c.state AS college_state, l.password_hash
             FROM logins l JOIN colleges c ON c.id = l.college_id WHERE l.email_key = $1 ORDER BY c.name",
            email_key
        )
        .fetch_all(self.alone())
        .await?)
    }
}

impl TenantTx {
    /// Who logs in to this college with that address.
    pub async fn member_of_login(&mut self, email_key: &str) -> Result<Option<MemberId>> {
        let college = self.college.0;
        let id = sqlx::query_scalar!(
            "SELECT member_id FROM logins WHERE college_id = $1 AND email_key = $2",
            college,
            email_key
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(id.map(MemberId))
    }

    /// Open a log-in; false where the address is taken in this college.
    pub async fn insert_login(
        &mut self,
        member: MemberId,
        email_key: &str,
        password_hash: &str,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "INSERT INTO logins (college_id, member_id, email_key, password_hash) VALUES ($1, $2, $3, $4)
             ON CONFLICT (college_id, email_key) DO NOTHING",
            college,
            member.0,
            email_key,
            password_hash
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Open a log-in that has no password: its person comes by the college's own. False where the address is taken.
    pub async fn insert_login_without_password(
        &mut self,
        member: MemberId,
        email_key: &str,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "INSERT INTO logins (college_id, member_id, email_key) VALUES ($1, $2, $3) ON CONFLICT (college_id, email_key) DO NOTHING",
            college,
            member.0,
            email_key
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Give a member a new password.
    pub async fn set_password(&mut self, member: MemberId, password_hash: &str) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE logins SET password_hash = $3 WHERE college_id = $1 AND member_id = $2",
            college,
            member.0,
            password_hash
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Close a log-in.
    pub async fn delete_login(&mut self, member: MemberId) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "DELETE FROM logins WHERE college_id = $1 AND member_id = $2",
            college,
            member.0
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
