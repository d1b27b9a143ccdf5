//! A transaction inside one college.

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};

use super::{Database, NewEvent, Result};
use crate::domain::ids::CollegeId;

/// A transaction in which the rows of one college exist and no others. Rolled back unless committed.
#[derive(Debug)]
pub struct TenantTx {
    pub(super) college: CollegeId,
    /// What the audit is to say of this act.
    pub(super) noted: Vec<NewEvent>,
    transaction: Transaction<'static, Postgres>,
}

impl Database {
    /// Begin inside a college. One round trip; the setting dies with the transaction, so that a pooler is safe.
    pub async fn tenant(&self, college: CollegeId) -> Result<TenantTx> {
        // A UUID's text is hexadecimal digits and dashes: nothing in it can end the literal.
        let begin = self.begin("BEGIN");
        let begin = format!("{begin}; SELECT set_config('hub.college_id', '{college}', true)");
        TenantTx::begin_with(college, AssertSqlSafe(begin), &self.pool).await
    }
}

impl TenantTx {
    /// `begin` opens a transaction and sets the college in it.
    pub(super) async fn begin_with(
        college: CollegeId,
        begin: AssertSqlSafe<String>,
        pool: &PgPool,
    ) -> Result<Self> {
        Ok(Self { college, noted: Vec::new(), transaction: pool.begin_with(begin).await? })
    }

    /// The college this transaction is inside of.
    pub fn college(&self) -> CollegeId {
        self.college
    }

    /// Make it so, with what was noted of it.
    pub async fn commit(mut self) -> Result<()> {
        self.write_noted().await?;
        Ok(self.transaction.commit().await?)
    }

    /// Go on in another college, in the same transaction: for what has to happen in all colleges or in none. The rows
    /// of the college before are out of reach from here on.
    pub async fn enter(mut self, college: CollegeId) -> Result<Self> {
        self.write_noted().await?;
        sqlx::query!("SELECT set_config('hub.college_id', $1, true)", college.to_string())
            .fetch_one(&mut *self.transaction)
            .await?;
        Ok(Self { college, ..self })
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }
}
