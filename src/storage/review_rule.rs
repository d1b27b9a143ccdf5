//! Which achievements two different persons have to approve.

use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::achievement::Level;
use crate::domain::ids::CategoryId;

/// A rule.
#[derive(Clone, Debug)]
pub struct ReviewRuleRow {
    /// Code of the category; none for every category without a rule of its own.
    pub category_code: Option<String>,
    /// Level word from which on.
    pub min_level: String,
}

impl TenantTx {
    /// The rules, the one for all last.
    pub async fn review_rules(&mut self) -> Result<Vec<ReviewRuleRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            ReviewRuleRow,
            r#"SELECT c.code AS "category_code?", r.min_level FROM review_rules r
               LEFT JOIN categories c ON c.college_id = r.college_id AND c.id = r.category_id
               WHERE r.college_id = $1 ORDER BY c.position NULLS LAST"#,
            college
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Put these rules in the place of all there are.
    pub async fn set_review_rules(
        &mut self,
        rules: &[(Uuid, Option<CategoryId>, Level)],
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!("DELETE FROM review_rules WHERE college_id = $1", college)
            .execute(self.connection())
            .await?;
        for (id, category, level) in rules {
            sqlx::query!(
                "INSERT INTO review_rules (college_id, id, category_id, min_level) VALUES ($1, $2, $3, $4)",
                college,
                id,
                category.map(|category| category.0),
                level.as_str()
            )
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }
}
