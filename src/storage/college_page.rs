//! The public list of colleges.

use uuid::Uuid;

use super::{Database, Result};
use crate::domain::page::PageRequest;

/// A college as the list shows it.
#[derive(Clone, Debug)]
pub struct CollegeSummaryRow {
    /// Id.
    pub id: Uuid,
    /// Part of its address.
    pub slug: String,
    /// Name.
    pub name: String,
    /// City.
    pub city: Option<String>,
}

impl Database {
    /// Active colleges by name.
    pub async fn college_page(&self, page: &PageRequest) -> Result<Vec<CollegeSummaryRow>> {
        let after = page.after.map(|cursor| cursor.id);
        Ok(sqlx::query_as!(
            CollegeSummaryRow,
            "SELECT id, slug, name, city FROM colleges
             WHERE state = 'active' AND NOT platform AND ($1::uuid IS NULL OR (name, id) > (SELECT name, id FROM colleges WHERE id = $1))
             ORDER BY name, id LIMIT $2",
            after,
            page.limit + 1
        )
        .fetch_all(self.alone())
        .await?)
    }

    /// How many active colleges there are.
    pub async fn count_colleges(&self) -> Result<i64> {
        Ok(sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM colleges WHERE state = 'active' AND NOT platform"#
        )
        .fetch_one(self.alone())
        .await?)
    }
}
