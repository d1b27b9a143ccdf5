//! What reviewers decided.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{AchievementId, DecisionId, MemberId};

/// A decision.
#[derive(Clone, Debug)]
pub struct DecisionRow {
    /// Id.
    pub id: Uuid,
    /// On which revision.
    pub revision: i32,
    /// Action word.
    pub action: String,
    /// By whom.
    pub decided_by: Uuid,
    /// Their name.
    pub decided_by_name: String,
    /// When.
    pub decided_at: DateTime<Utc>,
    /// What they wrote.
    pub comment: Option<String>,
    /// Reason code.
    pub reason: Option<String>,
    /// Points of the checklist they ticked.
    pub checklist: Vec<String>,
    /// Of a proposal: `{"title": {"from": …, "to": …}}`.
    pub changes: Option<Value>,
    /// Name of whose queue it was, where it was not their own.
    pub on_behalf_of_name: Option<String>,
}

/// A decision to be written.
#[derive(Clone, Debug)]
pub struct NewDecision<'a> {
    /// Id.
    pub id: DecisionId,
    /// On what.
    pub achievement: AchievementId,
    /// On which revision.
    pub revision: i32,
    /// Action word.
    pub action: &'static str,
    /// By whom.
    pub by: MemberId,
    /// When.
    pub at: DateTime<Utc>,
    /// What they wrote.
    pub comment: Option<&'a str>,
    /// Reason code.
    pub reason: Option<&'a str>,
    /// Points of the checklist they ticked.
    pub checklist: &'a [String],
    /// Of a proposal: `{"title": {"from": …, "to": …}}`.
    pub changes: Option<&'a Value>,
    /// The student who confirmed what the decider had proposed.
    pub confirmed_by: Option<MemberId>,
    /// Whose queue it was, where it is not their own.
    pub on_behalf_of: Option<MemberId>,
}

impl TenantTx {
    /// Write a decision.
    pub async fn insert_decision(&mut self, new: &NewDecision<'_>) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO decisions (college_id, id, achievement_id, revision, action, decided_by, decided_at, comment, reason, checklist,
                                    changes, confirmed_by, on_behalf_of)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            college,
            new.id.0,
            new.achievement.0,
            new.revision,
            new.action,
            new.by.0,
            new.at,
            new.comment,
            new.reason,
            new.checklist,
            new.changes,
            new.confirmed_by.map(|member| member.0),
            new.on_behalf_of.map(|id| id.0)
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The newest decision on an achievement that was not undone.
    pub async fn last_decision(
        &mut self,
        achievement: AchievementId,
    ) -> Result<Option<DecisionRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            DecisionRow,
            r#"SELECT d.id, d.revision, d.action, d.decided_by, m.full_name AS decided_by_name, d.decided_at, d.comment, d.reason, d.checklist,
                    d.changes, b.full_name AS "on_behalf_of_name?"
             FROM decisions d JOIN members m ON m.college_id = d.college_id AND m.id = d.decided_by
             LEFT JOIN members b ON b.college_id = d.college_id AND b.id = d.on_behalf_of
             WHERE d.college_id = $1 AND d.achievement_id = $2 AND d.undone_at IS NULL ORDER BY d.decided_at DESC, d.id DESC LIMIT 1"#,
            college,
            achievement.0
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Take a decision back, once.
    pub async fn undo_decision(&mut self, id: DecisionId, now: DateTime<Utc>) -> Result<bool> {
        let college = self.college.0;
        let undone = sqlx::query!("UPDATE decisions SET undone_at = $3 WHERE college_id = $1 AND id = $2 AND undone_at IS NULL", college, id.0, now)
            .execute(self.connection())
            .await?;
        Ok(undone.rows_affected() == 1)
    }

    /// How many decisions a reviewer took since a moment.
    pub async fn count_decisions(
        &mut self,
        reviewer: MemberId,
        since: DateTime<Utc>,
    ) -> Result<i64> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM decisions WHERE college_id = $1 AND decided_by = $2 AND decided_at >= $3 AND undone_at IS NULL"#,
            college,
            reviewer.0,
            since
        )
        .fetch_one(self.connection())
        .await?)
    }
}
