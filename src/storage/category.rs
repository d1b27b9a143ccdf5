//! Kinds of achievement.

use serde_json::Value;
use uuid::Uuid;

use super::{Result, TenantTx};

/// A category with its checklist and reasons.
#[derive(Clone, Debug)]
pub struct CategoryRow {
    /// Id.
    pub id: Uuid,
    /// Code, unique in the college.
    pub code: String,
    /// Name.
    pub name: String,
    /// For whom it is.
    pub description: String,
    /// Icon name.
    pub icon: String,
    /// Organizers never decide on academic ones.
    pub academic: bool,
    /// Open Badges achievementType.
    pub achievement_type: String,
    /// What had to be shown, in the credential.
    pub criteria_narrative: String,
    /// What a reviewer looks at.
    pub checklist: Vec<String>,
    /// `[{"code":…, "label":…}]`.
    pub reject_reasons: Value,
    /// Whether a submission needs a file.
    pub evidence_required: bool,
    /// Fields that a submission must fill.
    pub required_fields: Vec<String>,
    /// Which particulars its form has.
    pub particulars: Vec<String>,
    /// Of each of these kinds it needs a file.
    pub evidence_kinds: Vec<String>,
    /// Order of display.
    pub position: i32,
}

impl TenantTx {
    /// Every category, in the college's order.
    pub async fn categories(&mut self) -> Result<Vec<CategoryRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            CategoryRow,
            "SELECT id, code, name, description, icon, academic, achievement_type, criteria_narrative, checklist, reject_reasons,
                    evidence_required, required_fields, particulars, evidence_kinds, position
             FROM categories WHERE college_id = $1 ORDER BY position, code",
            college
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Write a category.
    pub async fn insert_category(&mut self, row: &CategoryRow) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO categories (college_id, id, code, name, description, icon, academic, achievement_type, criteria_narrative,
                                     checklist, reject_reasons, evidence_required, position, required_fields, evidence_kinds, particulars)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            college,
            row.id,
            row.code,
            row.name,
            row.description,
            row.icon,
            row.academic,
            row.achievement_type,
            row.criteria_narrative,
            &row.checklist,
            row.reject_reasons,
            row.evidence_required,
            row.position,
            &row.required_fields,
            &row.evidence_kinds,
            &row.particulars
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
