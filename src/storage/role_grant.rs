//! Grants as those see them who give and end them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{ConfirmationId, GrantId, MemberId};
use crate::domain::page::PageRequest;

/// A role for a time, to be written.
#[derive(Clone, Debug)]
pub struct DatedGrant {
    /// Id.
    pub id: GrantId,
    /// Who gets it.
    pub member: MemberId,
    /// Role word.
    pub role: &'static str,
    /// Scope word.
    pub scope_kind: &'static str,
    /// What the scope names; none for the college.
    pub scope_id: Option<Uuid>,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when; none for no end.
    pub ends_at: Option<DateTime<Utc>>,
    /// Who grants it; none for whoever runs the hub.
    pub granted_by: Option<MemberId>,
    /// What two persons agreed on, where it takes two.
    pub confirmation: Option<ConfirmationId>,
    /// Whether its holder may revoke credentials of their own approvals.
    pub may_revoke: bool,
}

/// A role that somebody holds, held, or will hold.
#[derive(Clone, Debug)]
pub struct RoleGrantRow {
    /// Id.
    pub id: Uuid,
    /// Whose.
    pub member_id: Uuid,
    /// Their name.
    pub member_name: String,
    /// Their department, if they have one.
    pub member_department: Option<Uuid>,
    /// Role word.
    pub role: String,
    /// Scope word.
    pub scope_kind: String,
    /// What the scope names.
    pub scope_id: Option<Uuid>,
    /// Its name.
    pub scope_name: Option<String>,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether its holder may revoke credentials of their own approvals.
    pub may_revoke: bool,
    /// Name of who granted it; none for whoever runs the hub.
    pub granted_by_name: Option<String>,
    /// When it was ended before its time.
    pub ended_at: Option<DateTime<Utc>>,
    /// Name of who ended it.
    pub ended_by_name: Option<String>,
}

/// Which grants a list shows.
#[derive(Clone, Debug, Default)]
pub struct GrantFilter {
    /// Of this member.
    pub member: Option<MemberId>,
    /// Role word.
    pub role: Option<String>,
    /// `current` or `ended`; those to come are current.
    pub state: Option<String>,
    /// Only those for these departments, or of people in them.
    pub departments: Option<Vec<Uuid>>,
}

macro_rules! grant_rows {
    ($tail:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            RoleGrantRow,
            r#"SELECT g.id, g.member_id, m.full_name AS member_name, m.department_id AS member_department, g.role, g.scope_kind, g.scope_id,
                      coalesce(d.name, c.name, o.name) AS "scope_name?", g.starts_at, g.ends_at, g.may_revoke, b.full_name AS "granted_by_name?",
                      g.ended_at, e.full_name AS "ended_by_name?"
               FROM role_grants g
               JOIN members m ON m.college_id = g.college_id AND m.id = g.member_id
               LEFT JOIN departments d ON d.college_id = g.college_id AND d.id = g.scope_id AND g.scope_kind = 'department'
               LEFT JOIN categories c ON c.college_id = g.college_id AND c.id = g.scope_id AND g.scope_kind = 'category'
               LEFT JOIN college_events o ON o.college_id = g.college_id AND o.id = g.scope_id AND g.scope_kind = 'event'
               LEFT JOIN members b ON b.college_id = g.college_id AND b.id = g.granted_by
               LEFT JOIN members e ON e.college_id = g.college_id AND e.id = g.ended_by
               WHERE g.college_id = $1 "# + $tail,
            $($argument),*
        )
    };
}

impl TenantTx {
    /// Write a grant for a time.
    pub async fn insert_dated_grant(&mut self, new: &DatedGrant) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO role_grants (college_id, id, member_id, role, scope_kind, scope_id, starts_at, ends_at, granted_by, confirmation_id,
                                      may_revoke)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            college,
            new.id.0,
            new.member.0,
            new.role,
            new.scope_kind,
            new.scope_id,
            new.starts_at,
            new.ends_at,
            new.granted_by.map(|id| id.0),
            new.confirmation.map(|id| id.0),
            new.may_revoke
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Grants, newest first.
    pub async fn role_grants(
        &mut self,
        filter: &GrantFilter,
        page: &PageRequest,
        now: DateTime<Utc>,
    ) -> Result<Vec<RoleGrantRow>> {
        let college = self.college.0;
        Ok(grant_rows!(
            "AND ($2::uuid IS NULL OR g.member_id = $2) AND ($3::text IS NULL OR g.role = $3)
             AND ($4::text IS NULL OR ($4 = 'current') = (g.ends_at IS NULL OR g.ends_at > $5))
             AND ($6::uuid[] IS NULL OR m.department_id = ANY($6) OR g.scope_kind = 'department' AND g.scope_id = ANY($6))
             AND ($7::uuid IS NULL OR g.id < $7) ORDER BY g.id DESC LIMIT $8",
            college,
            filter.member.map(|id| id.0),
            filter.role,
            filter.state,
            now,
            filter.departments.as_deref(),
            page.after.map(|cursor| cursor.id),
            page.limit + 1,
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// One grant.
    pub async fn role_grant(&mut self, id: GrantId) -> Result<Option<RoleGrantRow>> {
        let college = self.college.0;
        Ok(grant_rows!("AND g.id = $2", college, id.0).fetch_optional(self.connection()).await?)
    }

    /// Whether the member holds this role for this scope at some time in `from..until` already.
    pub async fn grant_overlaps(&mut self, new: &DatedGrant) -> Result<bool> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM role_grants WHERE college_id = $1 AND member_id = $2 AND role = $3
                   AND scope_kind = $4 AND scope_id IS NOT DISTINCT FROM $5
                   AND (ends_at IS NULL OR ends_at > $6) AND ($7::timestamptz IS NULL OR starts_at < $7)) AS "held!""#,
            college,
            new.member.0,
            new.role,
            new.scope_kind,
            new.scope_id,
            new.starts_at,
            new.ends_at
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// End a grant now; one to come never begins. False where it has ended. The last admin's cannot be (HB010).
    pub async fn end_grant(
        &mut self,
        id: GrantId,
        by: MemberId,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let ended = sqlx::query!(
            "UPDATE role_grants SET ends_at = greatest(starts_at, $4), ended_by = $3, ended_at = $4
             WHERE college_id = $1 AND id = $2 AND ended_at IS NULL AND (ends_at IS NULL OR ends_at > $4)",
            college,
            id.0,
            by.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(ended.rows_affected() == 1)
    }
}
