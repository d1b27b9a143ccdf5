//! Sessions: one log-in each, with every token that grew from it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{MemberId, SessionId};

/// A session to be opened.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The family of its refresh tokens.
    pub id: SessionId,
    /// Whose it is.
    pub member: MemberId,
    /// `web`, or empty.
    pub client: String,
    /// Browser and system in words.
    pub device: String,
    /// Method words.
    pub methods: Vec<String>,
    /// Whether a second factor was among them.
    pub second_factor: bool,
    /// When.
    pub now: DateTime<Utc>,
}

/// A session that is alive, as a request needs it.
#[derive(Clone, Debug)]
pub struct LiveSessionRow {
    /// Method words of the last time.
    pub methods: Vec<String>,
    /// A second factor was shown in it at any time.
    pub second_factor: bool,
    /// When its person last showed who they are.
    pub authenticated_at: DateTime<Utc>,
    /// Whether the college withholds roles without a second factor.
    pub staff_second_factor: bool,
}

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Id.
    pub id: Uuid,
    /// `web`, or empty.
    pub client: String,
    /// Browser and system in words.
    pub device: String,
    /// Method words.
    pub methods: Vec<String>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When a token was last exchanged.
    pub last_used_at: DateTime<Utc>,
}

impl TenantTx {
    /// Open a session.
    pub async fn insert_session(&mut self, new: &NewSession) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO sessions (college_id, id, member_id, client, device, methods, second_factor, authenticated_at, created_at, last_used_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8)",
            college,
            new.id.0,
            new.member.0,
            new.client,
            new.device,
            &new.methods,
            new.second_factor,
            new.now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A member's session that has not ended, with what the college asks of its staff.
    pub async fn live_session(
        &mut self,
        id: SessionId,
        member: MemberId,
    ) -> Result<Option<LiveSessionRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            LiveSessionRow,
            r#"SELECT s.methods, s.second_factor, s.authenticated_at, coalesce(p.staff_second_factor, false) AS "staff_second_factor!"
               FROM sessions s LEFT JOIN identity_policies p ON p.college_id = s.college_id
               WHERE s.college_id = $1 AND s.id = $2 AND s.member_id = $3 AND s.ended_at IS NULL"#,
            college,
            id.0,
            member.0
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// A member's sessions that are alive: not ended, with a refresh token that still holds; newest first.
    pub async fn live_sessions(
        &mut self,
        member: MemberId,
        now: DateTime<Utc>,
    ) -> Result<Vec<SessionRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            SessionRow,
            "SELECT s.id, s.client, s.device, s.methods, s.created_at, s.last_used_at FROM sessions s
             WHERE s.college_id = $1 AND s.member_id = $2 AND s.ended_at IS NULL AND EXISTS (
                 SELECT FROM refresh_tokens t WHERE t.family_id = s.id AND t.college_id = $1 AND t.consumed_at IS NULL
                 AND t.revoked_at IS NULL AND t.expires_at > $3)
             ORDER BY s.last_used_at DESC, s.id DESC LIMIT 100",
            college,
            member.0,
            now
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// A token of the session was exchanged; false where it has ended.
    pub async fn touch_session(&mut self, id: SessionId, now: DateTime<Utc>) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE sessions SET last_used_at = $3 WHERE college_id = $1 AND id = $2 AND ended_at IS NULL",
            college,
            id.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The session's person showed anew who they are; false where it has ended.
    pub async fn renew_session(
        &mut self,
        id: SessionId,
        methods: &[String],
        second_factor: bool,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE sessions SET methods = $3, second_factor = second_factor OR $4, authenticated_at = $5
             WHERE college_id = $1 AND id = $2 AND ended_at IS NULL",
            college,
            id.0,
            methods,
            second_factor,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Whether this living session is the member's.
    pub async fn owns_session(&mut self, id: SessionId, member: MemberId) -> Result<bool> {
        Ok(self.live_session(id, member).await?.is_some())
    }
}
