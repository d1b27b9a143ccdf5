//! Schemes of activity points, and for whom they hold.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{Result, TenantTx};

/// A version of a scheme.
#[derive(Clone, Debug)]
pub struct PointSchemeRow {
    /// The same for every version.
    pub id: Uuid,
    /// From 1.
    pub version: i32,
    /// As people call it.
    pub name: String,
    /// What it says.
    pub content: Value,
    /// Name of who wrote it.
    pub made_by_name: String,
    /// When.
    pub made_at: DateTime<Utc>,
}

/// For whom a version of a scheme holds; what is left out means all.
#[derive(Clone, Debug)]
pub struct PointBindingRow {
    /// Id.
    pub id: Uuid,
    /// Programme.
    pub programme_id: Option<Uuid>,
    /// Its code.
    pub programme_code: Option<String>,
    /// Its department.
    pub department_id: Option<Uuid>,
    /// Batch.
    pub batch: Option<String>,
    /// Kind word.
    pub student_kind: Option<String>,
    /// The scheme.
    pub scheme_id: Uuid,
    /// Its version.
    pub scheme_version: i32,
    /// Its name.
    pub scheme_name: String,
}

impl TenantTx {
    /// Versions of one scheme, or of all, the newest of each first.
    pub async fn point_schemes(&mut self, id: Option<Uuid>) -> Result<Vec<PointSchemeRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            PointSchemeRow,
            "SELECT s.id, s.version, s.name, s.content, m.full_name AS made_by_name, s.made_at
             FROM point_schemes s JOIN members m ON m.college_id = s.college_id AND m.id = s.made_by
             WHERE s.college_id = $1 AND ($2::uuid IS NULL OR s.id = $2) ORDER BY s.id, s.version DESC",
            college,
            id
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Write the next version of a scheme; its number. The first of an id that is new.
    pub async fn insert_point_scheme(
        &mut self,
        id: Uuid,
        (name, content): (&str, &Value),
        by: Uuid,
        now: DateTime<Utc>,
    ) -> Result<i32> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            "INSERT INTO point_schemes (college_id, id, version, name, content, made_by, made_at)
             SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6 FROM point_schemes WHERE college_id = $1 AND id = $2
             RETURNING version",
            college,
            id,
            name,
            content,
            by,
            now
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Remove a scheme with its versions. False where there is none; an error that
    /// [breaks](super::StorageError::breaks) a key where one of them holds for somebody.
    pub async fn delete_point_scheme(&mut self, id: Uuid) -> Result<bool> {
        let college = self.college.0;
        let gone = sqlx::query!(
            "DELETE FROM point_schemes WHERE college_id = $1 AND id = $2
             AND NOT EXISTS (SELECT FROM point_bindings b WHERE b.college_id = $1 AND b.scheme_id = $2)
             AND NOT EXISTS (SELECT FROM point_totals t WHERE t.college_id = $1 AND t.scheme_id = $2)",
            college,
            id
        )
        .execute(self.connection())
        .await?;
        Ok(gone.rows_affected() > 0)
    }

    /// For whom which scheme holds, the closest first.
    pub async fn point_bindings(&mut self) -> Result<Vec<PointBindingRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            PointBindingRow,
            r#"SELECT b.id, b.programme_id, p.code AS "programme_code?", p.department_id AS "department_id?", b.batch, b.student_kind,
                      b.scheme_id, b.scheme_version, s.name AS scheme_name
               FROM point_bindings b
               JOIN point_schemes s ON s.college_id = b.college_id AND s.id = b.scheme_id AND s.version = b.scheme_version
               LEFT JOIN programmes p ON p.college_id = b.college_id AND p.id = b.programme_id
               WHERE b.college_id = $1
               ORDER BY b.programme_id IS NULL, p.code, b.batch NULLS LAST, b.student_kind NULLS LAST"#,
            college
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Say that a version holds for some, in the place of what held for the same.
    pub async fn bind_points(
        &mut self,
        row: &PointBindingRow,
        by: Uuid,
        now: DateTime<Utc>,
    ) -> Result<Uuid> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            "INSERT INTO point_bindings (college_id, id, programme_id, batch, student_kind, scheme_id, scheme_version, bound_by, bound_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (college_id, programme_id, batch, student_kind) DO UPDATE
             SET scheme_id = excluded.scheme_id, scheme_version = excluded.scheme_version, bound_by = excluded.bound_by,
                 bound_at = excluded.bound_at
             RETURNING id",
            college,
            row.id,
            row.programme_id,
            row.batch,
            row.student_kind,
            row.scheme_id,
            row.scheme_version,
            by,
            now
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// It holds for them no more. False where there was no such binding.
    pub async fn unbind_points(&mut self, id: Uuid) -> Result<bool> {
        let college = self.college.0;
        let gone = sqlx::query!(
            "DELETE FROM point_bindings WHERE college_id = $1 AND id = $2",
            college,
            id
        )
        .execute(self.connection())
        .await?;
        Ok(gone.rows_affected() == 1)
    }
}
