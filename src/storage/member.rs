//! Who is asking: the member behind a token, with the grants that hold now.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::MemberId;

/// A member with one grant, lent ones too (or none): a row per grant.
#[derive(Clone, Debug)]
pub struct CallerRow {
    /// Account state word.
    pub state: String,
    /// Registered as a student.
    pub student: bool,
    /// Department, if any.
    pub department_id: Option<Uuid>,
    /// Language word.
    pub language: String,
    /// `colleges.state`.
    pub college_state: String,
    /// Role word of the grant.
    pub role: Option<String>,
    /// Scope word of the grant.
    pub scope_kind: Option<String>,
    /// What the scope names.
    pub scope_id: Option<Uuid>,
    /// Whether the grant lets its holder revoke credentials of their own approvals.
    pub may_revoke: Option<bool>,
    /// Whose grant it is, where it is another's whose queue the member has in hand.
    pub lent_by: Option<Uuid>,
}

impl TenantTx {
    /// The member with the grants in force at `now`; no rows where there is no such member.
    pub async fn caller(&mut self, member: MemberId, now: DateTime<Utc>) -> Result<Vec<CallerRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            CallerRow,
            r#"SELECT m.state, m.student, m.department_id, m.language, c.state AS college_state,
                      g.role AS "role?", g.scope_kind AS "scope_kind?", g.scope_id AS "scope_id?", g.may_revoke AS "may_revoke?",
                      g.lent_by AS "lent_by?"
               FROM members m
               JOIN colleges c ON c.id = m.college_id
               LEFT JOIN (
                    SELECT g.role, g.scope_kind, g.scope_id, g.may_revoke, NULL::uuid AS lent_by FROM role_grants g
                    WHERE g.college_id = $1 AND g.member_id = $2 AND g.starts_at <= $3 AND (g.ends_at IS NULL OR g.ends_at > $3)
                    UNION ALL
                    SELECT g.role, g.scope_kind, g.scope_id, false, d.from_member FROM delegations d
                    JOIN members f ON f.college_id = $1 AND f.id = d.from_member AND f.state = 'confirmed'
                    JOIN role_grants g ON g.college_id = $1 AND g.member_id = d.from_member
                         AND g.role IN ('faculty', 'head', 'college_admin')
                         AND g.starts_at <= $3 AND (g.ends_at IS NULL OR g.ends_at > $3)
                    WHERE d.college_id = $1 AND d.to_member = $2 AND d.ended_at IS NULL AND d.starts_at <= $3 AND d.ends_at > $3
               ) g ON true
               WHERE m.college_id = $1 AND m.id = $2"#,
            college,
            member.0,
            now
        )
        .fetch_all(self.connection())
        .await?)
    }
}
