//! Credentials that fall: what would, and that it does.

use chrono::{DateTime, Utc};

use super::{Result, TenantTx};
use crate::domain::achievement::RevokeReason;
use crate::domain::ids::{CredentialId, MemberId};

impl TenantTx {
    /// What a member approved since a time and was not revoked, oldest first.
    pub async fn credentials_approved_by(
        &mut self,
        approver: MemberId,
        since: DateTime<Utc>,
        most: i64,
    ) -> Result<Vec<CredentialId>> {
        let college = self.college.0;
        let ids = sqlx::query_scalar!(
            "SELECT id FROM credentials WHERE college_id = $1 AND approved_by = $2 AND created_at >= $3 AND status <> 'revoked'
             ORDER BY created_at, id LIMIT $4",
            college,
            approver.0,
            since,
            most
        )
        .fetch_all(self.connection())
        .await?;
        Ok(ids.into_iter().map(CredentialId).collect())
    }

    /// How many credentials of a member's approvals since a time were not revoked, and how many portfolios hold one.
    pub async fn count_approved_by(
        &mut self,
        approver: MemberId,
        since: DateTime<Utc>,
    ) -> Result<(i64, i64)> {
        let college = self.college.0;
        let row = sqlx::query!(
            r#"WITH fallen AS (
                   SELECT id FROM credentials WHERE college_id = $1 AND approved_by = $2 AND created_at >= $3 AND status <> 'revoked')
               SELECT (SELECT count(*) FROM fallen) AS "credentials!",
                      (SELECT count(DISTINCT p.id) FROM portfolio_items i JOIN portfolios p ON p.college_id = i.college_id AND p.id = i.portfolio_id
                       WHERE i.college_id = $1 AND p.status = 'active' AND i.credential_id IN (SELECT id FROM fallen)) AS "portfolios!""#,
            college,
            approver.0,
            since
        )
        .fetch_one(self.connection())
        .await?;
        Ok((row.credentials, row.portfolios))
    }

    /// How many portfolios that hold contain a credential.
    pub async fn count_portfolios_with(&mut self, id: CredentialId) -> Result<i64> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT count(DISTINCT p.id) AS "count!" FROM portfolio_items i
               JOIN portfolios p ON p.college_id = i.college_id AND p.id = i.portfolio_id
               WHERE i.college_id = $1 AND i.credential_id = $2 AND p.status = 'active'"#,
            college,
            id.0
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Revoke a credential that was not yet. False where somebody was first.
    pub async fn revoke_credential(
        &mut self,
        id: CredentialId,
        by: Option<MemberId>,
        reason: RevokeReason,
        text: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let revoked = sqlx::query!(
            "UPDATE credentials SET status = 'revoked', revoked_at = $4, revoked_by = $3, revoke_reason = $5, revoke_text = $6
             WHERE college_id = $1 AND id = $2 AND status IN ('active', 'pending_issue', 'superseded')",
            college,
            id.0,
            by.map(|member| member.0),
            now,
            reason.as_str(),
            text
        )
        .execute(self.connection())
        .await?;
        Ok(revoked.rows_affected() == 1)
    }

    /// Let a living credential make way for the next one of its achievement. False where it does not live.
    pub async fn supersede_credential(
        &mut self,
        id: CredentialId,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let superseded = sqlx::query!(
            "UPDATE credentials SET status = 'superseded', revoked_at = $3
             WHERE college_id = $1 AND id = $2 AND status IN ('active', 'pending_issue')",
            college,
            id.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(superseded.rows_affected() == 1)
    }
}
