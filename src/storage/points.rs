//! What students' achievements come to: read to be counted, and kept.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{AchievementId, MemberId};
use crate::domain::points::{StudentKind, Tally};

/// A student, with the version of the scheme that holds for them.
#[derive(Clone, Debug)]
pub struct CountedStudentRow {
    /// Kind word.
    pub student_kind: String,
    /// Department.
    pub department_id: Option<Uuid>,
    /// The name that is signed.
    pub full_name: String,
    /// The scheme; none where no binding reaches them.
    pub scheme_id: Option<Uuid>,
    /// Its version.
    pub scheme_version: Option<i32>,
    /// Its name.
    pub scheme_name: Option<String>,
    /// What it says.
    pub scheme_content: Option<Value>,
}

/// What a scheme looks at in a revision.
#[derive(Clone, Debug)]
pub struct CountableRow {
    /// The achievement.
    pub achievement: Uuid,
    /// Title.
    pub title: String,
    /// Category code.
    pub category_code: String,
    /// Level word.
    pub level: Option<String>,
    /// Outcome word.
    pub outcome: Option<String>,
    /// Hours.
    pub hours: Option<i32>,
    /// Last day.
    pub ended_on: Option<NaiveDate>,
    /// What only some categories ask for, as it is kept.
    pub particulars: Value,
    /// The event that its team was entered for.
    pub event_id: Option<Uuid>,
}

/// One text for the columns.
macro_rules! countable_rows {
    ($tail:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            CountableRow,
            "SELECT r.achievement_id AS achievement, r.title, c.code AS category_code, r.level, r.outcome, r.hours, r.ended_on,
                    r.particulars, t.event_id
             FROM revisions r
             JOIN categories c ON c.college_id = r.college_id AND c.id = r.category_id
             LEFT JOIN teams t ON t.college_id = r.college_id AND t.id = r.team_id
             WHERE r.college_id = $1 " + $tail,
            $($argument),*
        )
    };
}

impl TenantTx {
    /// A student with the scheme that holds for them: that of the closest binding.
    pub async fn counted_student(&mut self, id: MemberId) -> Result<Option<CountedStudentRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            CountedStudentRow,
            r#"SELECT m.student_kind, m.department_id, m.full_name, s.id AS "scheme_id?", s.version AS "scheme_version?",
                      s.name AS "scheme_name?", s.content AS "scheme_content?"
               FROM members m
               LEFT JOIN LATERAL (
                   SELECT b.scheme_id, b.scheme_version FROM point_bindings b
                   WHERE b.college_id = m.college_id AND coalesce(b.programme_id = m.programme_id, b.programme_id IS NULL)
                     AND coalesce(b.batch = m.batch, b.batch IS NULL) AND coalesce(b.student_kind = m.student_kind, true)
                   ORDER BY b.programme_id IS NULL, b.batch IS NULL, b.student_kind IS NULL LIMIT 1) held ON true
               LEFT JOIN point_schemes s ON s.college_id = m.college_id AND s.id = held.scheme_id AND s.version = held.scheme_version
               WHERE m.college_id = $1 AND m.id = $2 AND m.student"#,
            college,
            id.0
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// A student's approved achievements.
    pub async fn countable(&mut self, student: MemberId) -> Result<Vec<CountableRow>> {
        let college = self.college.0;
        Ok(countable_rows!(
            "AND r.student_id = $2 AND r.status = 'approved' ORDER BY r.achievement_id",
            college,
            student.0
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The shown revision of an achievement.
    pub async fn countable_draft(&mut self, id: AchievementId) -> Result<Option<CountableRow>> {
        let college = self.college.0;
        Ok(countable_rows!(
            "AND r.achievement_id = $2 AND r.number = (SELECT a.shown_revision FROM achievements a WHERE a.college_id = $1 AND a.id = $2)",
            college,
            id.0
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// The next students in the order of their ids.
    pub async fn next_students(
        &mut self,
        after: Option<MemberId>,
        most: i64,
    ) -> Result<Vec<MemberId>> {
        let college = self.college.0;
        let ids = sqlx::query_scalar!(
            "SELECT id FROM members WHERE college_id = $1 AND student AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3",
            college,
            after.map(|id| id.0),
            most
        )
        .fetch_all(self.connection())
        .await?;
        Ok(ids.into_iter().map(MemberId).collect())
    }

    /// Say of what kind a student is. False where there is no such student.
    pub async fn set_student_kind(&mut self, student: MemberId, kind: StudentKind) -> Result<bool> {
        let college = self.college.0;
        let set = sqlx::query!(
            "UPDATE members SET student_kind = $3 WHERE college_id = $1 AND id = $2 AND student",
            college,
            student.0,
            kind.as_str()
        )
        .execute(self.connection())
        .await?;
        Ok(set.rows_affected() == 1)
    }

    /// Hold a student's points until the transaction ends: whoever counts next sees what this one approved.
    pub async fn hold_points(&mut self, student: MemberId, now: DateTime<Utc>) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO point_totals (college_id, student_id, counted_at) VALUES ($1, $2, $3)
             ON CONFLICT (college_id, student_id) DO UPDATE SET counted_at = excluded.counted_at",
            college,
            student.0,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Keep what was counted, in the place of what was kept before.
    pub async fn keep_points(
        &mut self,
        student: MemberId,
        (scheme, version): (Uuid, i32),
        tally: &Tally,
    ) -> Result<()> {
        let college = self.college.0;
        let number = |points: u32| i32::try_from(points).unwrap_or(i32::MAX);
        sqlx::query!(
            "UPDATE point_totals SET scheme_id = $3, scheme_version = $4, target = $5, counted = $6, missing = $7, fulfilled = $8
             WHERE college_id = $1 AND student_id = $2",
            college,
            student.0,
            scheme,
            version,
            number(tally.target),
            number(tally.counted),
            number(tally.missing),
            tally.fulfilled
        )
        .execute(self.connection())
        .await?;
        self.forget_points_of(student).await?;
        sqlx::query!(
            r#"INSERT INTO points (college_id, achievement_id, revision, student_id, group_code, activity_code, claimed, awarded, counted,
                                   cuts, nothing)
               SELECT $1, i.id, r.number, $2, i."group", i.activity, i.claimed, i.awarded, i.counted, i.cuts, i.nothing
               FROM jsonb_to_recordset($3) AS i (id uuid, "group" text, activity text, claimed integer, awarded integer,
                    counted integer, cuts jsonb, nothing text)
               JOIN revisions r ON r.college_id = $1 AND r.achievement_id = i.id AND r.status = 'approved'"#,
            college,
            student.0,
            serde_json::to_value(&tally.items).expect("plain fields make JSON")
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Keep nothing of a student for whom no scheme holds.
    pub async fn drop_points(&mut self, student: MemberId) -> Result<()> {
        let college = self.college.0;
        self.forget_points_of(student).await?;
        sqlx::query!(
            "DELETE FROM point_totals WHERE college_id = $1 AND student_id = $2",
            college,
            student.0
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn forget_points_of(&mut self, student: MemberId) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "DELETE FROM points WHERE college_id = $1 AND student_id = $2",
            college,
            student.0
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
