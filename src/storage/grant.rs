//! Dated roles.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::MemberId;

/// A role to be granted.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// Id.
    pub id: Uuid,
    /// Who gets it.
    pub member: MemberId,
    /// Role word.
    pub role: String,
    /// Scope word.
    pub scope_kind: String,
    /// What the scope names; none for the college.
    pub scope_id: Option<Uuid>,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Who granted it; none for the hub's operator.
    pub granted_by: Option<Uuid>,
    /// Whether its holder may revoke credentials of their own approvals.
    pub may_revoke: bool,
}

/// A role in force, with the name of its scope.
#[derive(Clone, Debug)]
pub struct GrantRow {
    /// Role word.
    pub role: String,
    /// Scope word.
    pub scope_kind: String,
    /// What the scope names.
    pub scope_id: Option<Uuid>,
    /// Its name.
    pub scope_name: Option<String>,
    /// Until when.
    pub ends_at: Option<DateTime<Utc>>,
}

impl TenantTx {
    /// Write a grant.
    pub async fn insert_grant(&mut self, new: &NewGrant) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO role_grants (college_id, id, member_id, role, scope_kind, scope_id, starts_at, granted_by, may_revoke)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            college,
            new.id,
            new.member.0,
            new.role,
            new.scope_kind,
            new.scope_id,
            new.starts_at,
            new.granted_by,
            new.may_revoke
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A member's roles in force at `now`.
    pub async fn grants(&mut self, member: MemberId, now: DateTime<Utc>) -> Result<Vec<GrantRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            GrantRow,
            r#"SELECT g.role, g.scope_kind, g.scope_id, coalesce(d.name, c.name, e.name) AS "scope_name?", g.ends_at
               FROM role_grants g
               LEFT JOIN departments d ON d.college_id = g.college_id AND d.id = g.scope_id AND g.scope_kind = 'department'
               LEFT JOIN categories c ON c.college_id = g.college_id AND c.id = g.scope_id AND g.scope_kind = 'category'
               LEFT JOIN college_events e ON e.college_id = g.college_id AND e.id = g.scope_id AND g.scope_kind = 'event'
               WHERE g.college_id = $1 AND g.member_id = $2 AND g.starts_at <= $3 AND (g.ends_at IS NULL OR g.ends_at > $3)
               ORDER BY g.id"#,
            college,
            member.0,
            now
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Whether somebody holds a role now.
    pub async fn role_is_held(&mut self, role: &str, now: DateTime<Utc>) -> Result<bool> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM role_grants WHERE college_id = $1 AND role = $2
                              AND starts_at <= $3 AND (ends_at IS NULL OR ends_at > $3)) AS "held!""#,
            college,
            role,
            now
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Members in good standing who hold one of these roles now, each once.
    pub async fn holders(&mut self, roles: &[&str], now: DateTime<Utc>) -> Result<Vec<MemberId>> {
        let college = self.college.0;
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        let ids = sqlx::query_scalar!(
            "SELECT DISTINCT g.member_id FROM role_grants g JOIN members m ON m.college_id = g.college_id AND m.id = g.member_id
             WHERE g.college_id = $1 AND g.role = ANY($2) AND g.starts_at <= $3 AND (g.ends_at IS NULL OR g.ends_at > $3)
               AND m.state IN ('confirmed', 'alumnus')
             ORDER BY g.member_id",
            college,
            &roles,
            now
        )
        .fetch_all(self.connection())
        .await?;
        Ok(ids.into_iter().map(MemberId).collect())
    }
}
