//! Portfolios under way: what was asked for, how far it is, what came of it.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{MemberId, PortfolioId};

/// A portfolio that is made in the background.
#[derive(Clone, Debug)]
pub struct PortfolioExportRow {
    /// Id, also of the portfolio it makes.
    pub id: Uuid,
    /// Whose it is.
    pub student_id: Uuid,
    /// What was asked for.
    pub request: Value,
    /// How many achievements go into it.
    pub achievements: i32,
    /// `waiting`, `running`, `done` or `failed`.
    pub state: String,
    /// Per cent.
    pub progress: i32,
    /// Why it failed, a code.
    pub reason: Option<String>,
    /// What came of it.
    pub portfolio_id: Option<Uuid>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
}

/// One to be made.
#[derive(Clone, Debug)]
pub struct NewPortfolioExport<'a> {
    /// Id, also of the portfolio.
    pub id: PortfolioId,
    /// Whose it is.
    pub student: MemberId,
    /// Of the request and the record.
    pub inputs_hash: [u8; 32],
    /// What was asked for.
    pub request: &'a Value,
    /// How many achievements go into it.
    pub achievements: i32,
    /// Now.
    pub created_at: DateTime<Utc>,
}

impl TenantTx {
    /// Write an export that is to be made; the one of the same inputs that is under way, where there is one. True where it
    /// was written now.
    pub async fn begin_portfolio_export(
        &mut self,
        new: &NewPortfolioExport<'_>,
    ) -> Result<(PortfolioExportRow, bool)> {
        let college = self.college.0;
        let written = sqlx::query!(
            "INSERT INTO portfolio_exports (college_id, id, student_id, inputs_hash, request, achievements, state, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7) ON CONFLICT DO NOTHING",
            college,
            new.id.0,
            new.student.0,
            &new.inputs_hash[..],
            new.request,
            new.achievements,
            new.created_at
        )
        .execute(self.connection())
        .await?
        .rows_affected();
        let row = sqlx::query_as!(
            PortfolioExportRow,
            "SELECT id, student_id, request, achievements, state, progress, reason, portfolio_id, created_at FROM portfolio_exports
             WHERE college_id = $1 AND student_id = $2 AND inputs_hash = $3 AND state IN ('waiting', 'running')",
            college,
            new.student.0,
            &new.inputs_hash[..]
        )
        .fetch_one(self.connection())
        .await?;
        Ok((row, written > 0))
    }

    /// One export.
    pub async fn portfolio_export(
        &mut self,
        id: PortfolioId,
    ) -> Result<Option<PortfolioExportRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            PortfolioExportRow,
            "SELECT id, student_id, request, achievements, state, progress, reason, portfolio_id, created_at FROM portfolio_exports
             WHERE college_id = $1 AND id = $2",
            college,
            id.0
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// A student's exports that are under way or failed since `since`, newest first, at most 10.
    pub async fn open_portfolio_exports(
        &mut self,
        student: MemberId,
        since: DateTime<Utc>,
    ) -> Result<Vec<PortfolioExportRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            PortfolioExportRow,
            "SELECT id, student_id, request, achievements, state, progress, reason, portfolio_id, created_at FROM portfolio_exports
             WHERE college_id = $1 AND student_id = $2 AND (state IN ('waiting', 'running') OR (state = 'failed' AND created_at > $3))
             ORDER BY created_at DESC, id LIMIT 10",
            college,
            student.0,
            since
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// It is being made, and this far.
    pub async fn advance_portfolio_export(&mut self, id: PortfolioId, progress: i32) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE portfolio_exports SET state = 'running', progress = $3 WHERE college_id = $1 AND id = $2 AND state IN ('waiting', 'running')",
            college,
            id.0,
            progress
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// It is made.
    pub async fn finish_portfolio_export(
        &mut self,
        id: PortfolioId,
        portfolio: PortfolioId,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE portfolio_exports SET state = 'done', progress = 100, portfolio_id = $3, finished_at = $4
             WHERE college_id = $1 AND id = $2 AND state IN ('waiting', 'running')",
            college,
            id.0,
            portfolio.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// It cannot be made.
    pub async fn fail_portfolio_export(
        &mut self,
        id: PortfolioId,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE portfolio_exports SET state = 'failed', reason = $3, finished_at = $4
             WHERE college_id = $1 AND id = $2 AND state IN ('waiting', 'running')",
            college,
            id.0,
            reason,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
