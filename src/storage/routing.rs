//! Who sees what first in the queue.

use uuid::Uuid;

use super::{Result, TenantTx};

/// A rule; the first that fits counts, those of a department before those of the college.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutingRuleRow {
    /// Id.
    pub id: Uuid,
    /// Only for items of this department.
    pub department_id: Option<Uuid>,
    /// Only for items of this category.
    pub category_id: Option<Uuid>,
    /// Only from this level on, as a word.
    pub min_level: Option<String>,
    /// Whoever holds this role, as a word.
    pub reviewer_role: Option<String>,
    /// Or these members.
    pub reviewers: Vec<Uuid>,
    /// After this time everybody in scope sees it, hours.
    pub pool_after_hours: i32,
}

impl TenantTx {
    /// The rules in their order.
    pub async fn routing_rules(&mut self) -> Result<Vec<RoutingRuleRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            RoutingRuleRow,
            "SELECT id, department_id, category_id, min_level, reviewer_role, reviewers, pool_after_hours FROM routing_rules
             WHERE college_id = $1 ORDER BY department_id IS NULL, position",
            college
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// How often they were changed: the ETag.
    pub async fn routing_version(&mut self) -> Result<i64> {
        let college = self.college.0;
        let version = sqlx::query_scalar!(
            "SELECT version FROM routing_versions WHERE college_id = $1",
            college
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(version.unwrap_or(0))
    }

    /// Count a change on, guarded by version. False where somebody was first.
    pub async fn count_routing_change(&mut self, version: i64) -> Result<bool> {
        let college = self.college.0;
        let counted = sqlx::query!(
            "INSERT INTO routing_versions (college_id, version) SELECT $1, 1 WHERE $2::bigint = 0
             ON CONFLICT DO NOTHING",
            college,
            version
        )
        .execute(self.connection())
        .await?;
        if counted.rows_affected() == 1 {
            return Ok(true);
        }
        let counted = sqlx::query!(
            "UPDATE routing_versions SET version = version + 1 WHERE college_id = $1 AND version = $2 AND $2 > 0",
            college,
            version
        )
        .execute(self.connection())
        .await?;
        Ok(counted.rows_affected() == 1)
    }

    /// Put these rules in the place of those of some departments, or of all.
    pub async fn replace_routing_rules(
        &mut self,
        departments: Option<&[Uuid]>,
        rules: &[RoutingRuleRow],
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "DELETE FROM routing_rules WHERE college_id = $1 AND ($2::uuid[] IS NULL OR department_id = ANY($2))",
            college,
            departments
        )
        .execute(self.connection())
        .await?;
        for (position, rule) in (0_i32..).zip(rules) {
            sqlx::query!(
                "INSERT INTO routing_rules (college_id, id, position, department_id, category_id, min_level, reviewer_role, reviewers,
                                            pool_after_hours)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                college,
                rule.id,
                position,
                rule.department_id,
                rule.category_id,
                rule.min_level,
                rule.reviewer_role,
                &rule.reviewers,
                rule.pool_after_hours
            )
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }
}
