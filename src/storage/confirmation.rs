//! What waits for a second person.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{ConfirmationId, MemberId};

/// Something one person asked for.
#[derive(Clone, Debug)]
pub struct ConfirmationRow {
    /// Id.
    pub id: Uuid,
    /// Kind word.
    pub kind: String,
    /// What it is to be done to.
    pub subject_id: Uuid,
    /// What else has to be known to do it.
    pub details: Value,
    /// What the first person was shown.
    pub facts: Value,
    /// Why.
    pub reason: String,
    /// Who asked; none for the operator.
    pub requested_by: Option<Uuid>,
    /// Their name, or the operator's.
    pub requested_by_name: Option<String>,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// Until when it can be decided.
    pub expires_at: DateTime<Utc>,
    /// For If-Match.
    pub version: i64,
    /// Outcome word; none while open.
    pub outcome: Option<String>,
    /// Who decided; none for the operator, and while open.
    pub decided_by: Option<Uuid>,
    /// Their name, or the operator's.
    pub decided_by_name: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// What they said.
    pub comment: Option<String>,
}

/// Something to be asked for.
#[derive(Clone, Debug)]
pub struct NewConfirmation<'a> {
    /// Id.
    pub id: ConfirmationId,
    /// Kind word.
    pub kind: &'a str,
    /// What it is to be done to.
    pub subject: Uuid,
    /// What else has to be known to do it.
    pub details: Value,
    /// What the first person was shown.
    pub facts: Value,
    /// Why.
    pub reason: &'a str,
    /// Who asks, where it is a member.
    pub member: Option<MemberId>,
    /// Who asks, where it is the operator.
    pub operator: Option<&'a str>,
    /// Now.
    pub now: DateTime<Utc>,
    /// Until when it can be decided.
    pub expires_at: DateTime<Utc>,
}

/// What a second person decided.
#[derive(Clone, Debug)]
pub struct Verdict<'a> {
    /// Outcome word.
    pub outcome: &'a str,
    /// Who decides, where it is a member.
    pub member: Option<MemberId>,
    /// Who decides, where it is the operator.
    pub operator: Option<&'a str>,
    /// What they were shown.
    pub facts: Value,
    /// What they say.
    pub comment: Option<&'a str>,
    /// Now.
    pub now: DateTime<Utc>,
}

macro_rules! confirmation_rows {
    ($tail:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            ConfirmationRow,
            r#"SELECT c.id, c.kind, c.subject_id, c.details, c.facts, c.reason, c.requested_by,
                      coalesce(r.full_name, c.requested_by_operator) AS requested_by_name, c.requested_at, c.expires_at, c.version, c.outcome,
                      c.decided_by, coalesce(d.full_name, c.decided_by_operator) AS decided_by_name, c.decided_at, c.comment
               FROM confirmations c
               LEFT JOIN members r ON r.college_id = c.college_id AND r.id = c.requested_by
               LEFT JOIN members d ON d.college_id = c.college_id AND d.id = c.decided_by
               WHERE c.college_id = $1 "# + $tail,
            $($argument),*
        )
    };
}

impl TenantTx {
    /// The newest, open ones first, at most 100.
    pub async fn confirmations(&mut self) -> Result<Vec<ConfirmationRow>> {
        let college = self.college.0;
        Ok(confirmation_rows!("ORDER BY c.outcome IS NOT NULL, c.id DESC LIMIT 100", college)
            .fetch_all(self.connection())
            .await?)
    }

    /// One of them.
    pub async fn confirmation(&mut self, id: ConfirmationId) -> Result<Option<ConfirmationRow>> {
        let college = self.college.0;
        Ok(confirmation_rows!("AND c.id = $2", college, id.0)
            .fetch_optional(self.connection())
            .await?)
    }

    /// Ask. False where the same was asked for already and is open.
    pub async fn insert_confirmation(&mut self, new: &NewConfirmation<'_>) -> Result<bool> {
        let college = self.college.0;
        let asked = sqlx::query!(
            "INSERT INTO confirmations (college_id, id, kind, subject_id, details, facts, reason, requested_by, requested_by_operator,
                                        requested_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
            college,
            new.id.0,
            new.kind,
            new.subject,
            new.details,
            new.facts,
            new.reason,
            new.member.map(|id| id.0),
            new.operator,
            new.now,
            new.expires_at
        )
        .execute(self.connection())
        .await?;
        Ok(asked.rows_affected() == 1)
    }

    /// Decide on an open one, once; guarded by version and time. False where somebody was first, or it is too late.
    pub async fn decide_confirmation(
        &mut self,
        id: ConfirmationId,
        version: i64,
        verdict: &Verdict<'_>,
    ) -> Result<bool> {
        let college = self.college.0;
        let decided = sqlx::query!(
            "UPDATE confirmations SET outcome = $4, decided_by = $5, decided_by_operator = $6, decided_facts = $7, comment = $8, decided_at = $9,
                    version = version + 1
             WHERE college_id = $1 AND id = $2 AND version = $3 AND outcome IS NULL AND expires_at > $9",
            college,
            id.0,
            version,
            verdict.outcome,
            verdict.member.map(|id| id.0),
            verdict.operator,
            verdict.facts,
            verdict.comment,
            verdict.now
        )
        .execute(self.connection())
        .await?;
        Ok(decided.rows_affected() == 1)
    }

    /// Close what nobody decided in time, so that it can be asked for again.
    pub async fn expire_confirmations(&mut self, now: DateTime<Utc>) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE confirmations SET outcome = 'expired', decided_at = expires_at, version = version + 1
             WHERE college_id = $1 AND outcome IS NULL AND expires_at <= $2",
            college,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Close what is asked for of a subject that moved on, such as the freeze of a key that fell.
    pub async fn close_confirmations_of(
        &mut self,
        subject: Uuid,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE confirmations SET outcome = 'expired', decided_at = $3, version = version + 1
             WHERE college_id = $1 AND subject_id = $2 AND outcome IS NULL",
            college,
            subject,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
