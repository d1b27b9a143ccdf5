//! Who looks at the hub as somebody else sees it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{ImpersonationId, MemberId};

/// One look, of half an hour at most.
#[derive(Clone, Debug)]
pub struct ImpersonationRow {
    /// Id.
    pub id: Uuid,
    /// As whom.
    pub member_id: Uuid,
    /// Their name.
    pub member_name: String,
    /// Who looks, where it is an admin of the college.
    pub by_member: Option<Uuid>,
    /// Who looks, where it is somebody who runs the hub.
    pub by_operator: Option<Uuid>,
    /// Their name.
    pub by_name: String,
    /// Why.
    pub reason: String,
    /// From when.
    pub started_at: DateTime<Utc>,
    /// Until when at most.
    pub ends_at: DateTime<Utc>,
    /// When they stopped before.
    pub ended_at: Option<DateTime<Utc>>,
}

/// A look to be begun.
#[derive(Clone, Debug)]
pub struct NewImpersonation<'a> {
    /// Id.
    pub id: ImpersonationId,
    /// As whom.
    pub member: MemberId,
    /// Who looks, where it is an admin of the college.
    pub by_member: Option<MemberId>,
    /// Who looks, where it is somebody who runs the hub.
    pub by_operator: Option<MemberId>,
    /// Their name.
    pub by_name: &'a str,
    /// Why.
    pub reason: &'a str,
    /// From when.
    pub started_at: DateTime<Utc>,
    /// Until when at most.
    pub ends_at: DateTime<Utc>,
}

macro_rules! impersonation_rows {
    ($tail:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            ImpersonationRow,
            "SELECT i.id, i.member_id, m.full_name AS member_name, i.by_member, i.by_operator, i.by_name, i.reason, i.started_at,
                    i.ends_at, i.ended_at
             FROM impersonations i JOIN members m ON m.college_id = i.college_id AND m.id = i.member_id
             WHERE i.college_id = $1 " + $tail,
            $($argument),*
        )
    };
}

impl TenantTx {
    /// Begin to look.
    pub async fn insert_impersonation(&mut self, new: &NewImpersonation<'_>) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO impersonations (college_id, id, member_id, by_member, by_operator, by_name, reason, started_at, ends_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            college,
            new.id.0,
            new.member.0,
            new.by_member.map(|id| id.0),
            new.by_operator.map(|id| id.0),
            new.by_name,
            new.reason,
            new.started_at,
            new.ends_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// One of them.
    pub async fn impersonation(&mut self, id: ImpersonationId) -> Result<Option<ImpersonationRow>> {
        let college = self.college.0;
        Ok(impersonation_rows!("AND i.id = $2", college, id.0)
            .fetch_optional(self.connection())
            .await?)
    }

    /// The newest hundred of the college, or those in which one member was looked at.
    pub async fn impersonations(&mut self, of: Option<MemberId>) -> Result<Vec<ImpersonationRow>> {
        let college = self.college.0;
        Ok(impersonation_rows!(
            "AND ($2::uuid IS NULL OR i.member_id = $2) ORDER BY i.id DESC LIMIT 100",
            college,
            of.map(|id| id.0),
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Stop looking. False where that is over.
    pub async fn end_impersonation(
        &mut self,
        id: ImpersonationId,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let ended = sqlx::query!(
            "UPDATE impersonations SET ended_at = $3 WHERE college_id = $1 AND id = $2 AND ended_at IS NULL AND ends_at > $3",
            college,
            id.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(ended.rows_affected() == 1)
    }
}
