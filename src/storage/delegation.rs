//! Queues in other hands.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{DelegationId, MemberId};

/// A queue in other hands for a time.
#[derive(Clone, Debug)]
pub struct DelegationRow {
    /// Id.
    pub id: Uuid,
    /// Whose queue.
    pub from_member: Uuid,
    /// Their name.
    pub from_name: String,
    /// Who decides for them.
    pub to_member: Uuid,
    /// Their name.
    pub to_name: String,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// Why.
    pub reason: Option<String>,
    /// Name of who made it.
    pub created_by_name: String,
    /// When it was ended before its time.
    pub ended_at: Option<DateTime<Utc>>,
}

/// A queue to be put into other hands.
#[derive(Clone, Debug)]
pub struct NewDelegation {
    /// Id.
    pub id: DelegationId,
    /// Whose queue.
    pub from: MemberId,
    /// Who is to decide for them.
    pub to: MemberId,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// Why.
    pub reason: Option<String>,
    /// Who makes it.
    pub by: MemberId,
    /// Now.
    pub now: DateTime<Utc>,
}

macro_rules! delegation_rows {
    ($tail:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            DelegationRow,
            "SELECT d.id, d.from_member, f.full_name AS from_name, d.to_member, t.full_name AS to_name, d.starts_at, d.ends_at, d.reason,
                    b.full_name AS created_by_name, d.ended_at
             FROM delegations d
             JOIN members f ON f.college_id = d.college_id AND f.id = d.from_member
             JOIN members t ON t.college_id = d.college_id AND t.id = d.to_member
             JOIN members b ON b.college_id = d.college_id AND b.id = d.created_by
             WHERE d.college_id = $1 " + $tail,
            $($argument),*
        )
    };
}

impl TenantTx {
    /// Put a queue into other hands. False where these hands have it at that time.
    pub async fn insert_delegation(&mut self, new: &NewDelegation) -> Result<bool> {
        let college = self.college.0;
        let made = sqlx::query!(
            "INSERT INTO delegations (college_id, id, from_member, to_member, starts_at, ends_at, reason, created_by, created_at)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE NOT EXISTS (
                 SELECT FROM delegations WHERE college_id = $1 AND from_member = $3 AND to_member = $4 AND ended_at IS NULL
                     AND starts_at < $6 AND ends_at > $5)",
            college,
            new.id.0,
            new.from.0,
            new.to.0,
            new.starts_at,
            new.ends_at,
            new.reason,
            new.by.0,
            new.now
        )
        .execute(self.connection())
        .await?;
        Ok(made.rows_affected() == 1)
    }

    /// One of them.
    pub async fn delegation(&mut self, id: DelegationId) -> Result<Option<DelegationRow>> {
        let college = self.college.0;
        Ok(delegation_rows!("AND d.id = $2", college, id.0)
            .fetch_optional(self.connection())
            .await?)
    }

    /// Those that hold or will hold, the next to end first: from or to one member, or all.
    pub async fn delegations(
        &mut self,
        member: Option<MemberId>,
        now: DateTime<Utc>,
    ) -> Result<Vec<DelegationRow>> {
        let college = self.college.0;
        Ok(delegation_rows!(
            "AND ($2::uuid IS NULL OR d.from_member = $2 OR d.to_member = $2) AND d.ended_at IS NULL AND d.ends_at > $3
             ORDER BY d.ends_at, d.id LIMIT 500",
            college,
            member.map(|id| id.0),
            now,
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// End one before its time. False where that is over.
    pub async fn end_delegation(
        &mut self,
        id: DelegationId,
        by: MemberId,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let ended = sqlx::query!(
            "UPDATE delegations SET ended_by = $3, ended_at = $4
             WHERE college_id = $1 AND id = $2 AND ended_at IS NULL AND ends_at > $4",
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
