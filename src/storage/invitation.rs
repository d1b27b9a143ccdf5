//! Invitations of staff.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::InvitationId;
use crate::domain::page::PageRequest;

/// An invitation.
#[derive(Clone, Debug)]
pub struct InvitationRow {
    /// Id.
    pub id: Uuid,
    /// Address as written.
    pub email: String,
    /// `[{"role":…, "scope":{"kind":…, "id":…}}]`.
    pub roles: Value,
    /// Who invited, where it was a member.
    pub created_by: Option<Uuid>,
    /// Who invited, where it was somebody who runs the hub.
    pub created_by_operator: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
    /// When it was accepted.
    pub accepted_at: Option<DateTime<Utc>>,
    /// When it was withdrawn.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl TenantTx {
    /// Write an invitation.
    pub async fn insert_invitation(&mut self, row: &InvitationRow) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO invitations (college_id, id, email, roles, created_by, created_by_operator, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            college,
            row.id,
            row.email,
            row.roles,
            row.created_by,
            row.created_by_operator,
            row.created_at,
            row.expires_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// An invitation, whatever became of it.
    pub async fn invitation(&mut self, id: InvitationId) -> Result<Option<InvitationRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            InvitationRow,
            "SELECT id, email, roles, created_by, created_by_operator, created_at, expires_at, accepted_at, revoked_at FROM invitations
             WHERE college_id = $1 AND id = $2",
            college,
            id.0
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Invitations that were not withdrawn, newest first.
    pub async fn invitations(&mut self, page: &PageRequest) -> Result<Vec<InvitationRow>> {
        let college = self.college.0;
        let after = page.after.map(|cursor| cursor.id);
        Ok(sqlx::query_as!(
            InvitationRow,
            "SELECT id, email, roles, created_by, created_by_operator, created_at, expires_at, accepted_at, revoked_at FROM invitations
             WHERE college_id = $1 AND revoked_at IS NULL AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
            college,
            after,
            page.limit + 1
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// How many there are of these.
    pub async fn count_invitations(&mut self) -> Result<i64> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM invitations WHERE college_id = $1 AND revoked_at IS NULL"#,
            college
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Accept an open invitation; false where it is open no more.
    pub async fn accept_invitation(
        &mut self,
        id: InvitationId,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE invitations SET accepted_at = $3
             WHERE college_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $3",
            college,
            id.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Withdraw an invitation that was not accepted; false where it was, or was withdrawn before.
    pub async fn withdraw_invitation(
        &mut self,
        id: InvitationId,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE invitations SET revoked_at = $3 WHERE college_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL",
            college,
            id.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Withdraw every open invitation of an address, because a new one takes its place.
    pub async fn withdraw_invitations_of(
        &mut self,
        email_key: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE invitations SET revoked_at = $3 WHERE college_id = $1 AND lower(email) = $2 AND accepted_at IS NULL AND revoked_at IS NULL",
            college,
            email_key,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
