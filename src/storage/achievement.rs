//! Achievements and their revisions.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::achievement::{Content, Status};
use crate::domain::ids::{AchievementId, CategoryId, DepartmentId, EventId, MemberId};
use crate::domain::member::Place;
use crate::domain::page::PageRequest;

/// An achievement with the revision it shows.
#[derive(Clone, Debug)]
pub struct AchievementRow {
    /// Id.
    pub id: Uuid,
    /// For If-Match.
    pub version: i64,
    /// Status word of the shown revision.
    pub status: String,
    /// Number of the shown revision.
    pub revision: i32,
    /// Owner.
    pub student_id: Uuid,
    /// Owner's name.
    pub student_name: String,
    /// Owner's name in their script.
    pub student_name_native: Option<String>,
    /// Owner's roll number.
    pub roll_number: Option<String>,
    /// Department the item was filed in.
    pub department_id: Uuid,
    /// Its name.
    pub department_name: String,
    /// Category.
    pub category_id: Uuid,
    /// Its code.
    pub category_code: String,
    /// Its name.
    pub category_name: String,
    /// Its icon.
    pub category_icon: String,
    /// Academic items are never an organizer's to decide.
    pub academic: bool,
    /// Whether a submission needs a file.
    pub evidence_required: bool,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// Organiser.
    pub organiser: String,
    /// Role.
    pub role: Option<String>,
    /// Level word.
    pub level: Option<String>,
    /// Outcome word.
    pub outcome: Option<String>,
    /// First day.
    pub started_on: Option<NaiveDate>,
    /// Last day.
    pub ended_on: Option<NaiveDate>,
    /// Hours.
    pub hours: Option<i32>,
    /// Skills.
    pub skills: Vec<String>,
    /// Team.
    pub team: Option<String>,
    /// The team, where it was entered.
    pub team_id: Option<Uuid>,
    /// The event that its team took part in.
    pub event_id: Option<Uuid>,
    /// What only some categories ask for, as it is kept.
    pub particulars: Value,
    /// When it was handed in.
    pub submitted_at: Option<DateTime<Utc>>,
    /// When it should be decided.
    pub due_at: Option<DateTime<Utc>>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
    /// Files at the shown revision.
    pub evidence_count: i64,
    /// First file, for the thumbnail.
    pub first_evidence: Option<Uuid>,
    /// A file of it stands at another achievement too.
    pub duplicate: bool,
}

/// Which achievements.
#[derive(Clone, Debug, Default)]
pub struct AchievementFilter {
    /// Status of the shown revision.
    pub status: Option<Status>,
    /// Category code.
    pub category: Option<String>,
    /// Owner.
    pub student: Option<MemberId>,
    /// Department code.
    pub department: Option<String>,
    /// The start of a word of title, organiser, name or roll number, normalised.
    pub word: Option<String>,
}

impl AchievementRow {
    /// What decides whose it is to see and to decide.
    pub fn place(&self) -> Place {
        Place {
            department: DepartmentId(self.department_id),
            category: CategoryId(self.category_id),
            event: self.event_id.map(EventId),
            academic: self.academic,
        }
    }
}

/// What somebody may see beside their own: everything, or some departments, categories and events.
#[derive(Clone, Debug, Default)]
pub struct ReviewScope {
    /// The whole college.
    pub all: bool,
    /// These departments.
    pub departments: Vec<DepartmentId>,
    /// These categories.
    pub categories: Vec<CategoryId>,
    /// What teams filed of these events.
    pub events: Vec<EventId>,
    /// Academic items are out of reach.
    pub no_academic: bool,
    /// Only what stands approved.
    pub approved_only: bool,
}

/// What waits for a reviewer.
#[derive(Clone, Debug)]
pub struct QueueStats {
    /// Category code, name and how many wait (capped at 100 in all).
    pub by_category: Vec<(String, String, i64)>,
    /// When the oldest was handed in.
    pub oldest: Option<DateTime<Utc>>,
}

/// One text for the columns, so that every list shows the same.
macro_rules! achievement_rows {
    ($tail:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            AchievementRow,
            r#"SELECT a.id, a.version, a.status, a.shown_revision AS revision, a.student_id, m.full_name AS student_name,
                      m.full_name_native AS student_name_native, m.roll_number, r.department_id, d.name AS department_name,
                      r.category_id, c.code AS category_code, c.name AS category_name, c.icon AS category_icon, c.academic,
                      c.evidence_required, r.title, r.description, r.organiser, r.role, r.level, r.outcome, r.started_on,
                      r.ended_on, r.hours, r.skills, r.team, r.team_id, t.event_id AS "event_id?", r.particulars,
                      r.submitted_at, r.due_at, a.updated_at,
                      (SELECT count(*) FROM evidence e WHERE e.college_id = a.college_id AND e.achievement_id = a.id
                          AND e.revision = a.shown_revision) AS "evidence_count!",
                      (SELECT e.id FROM evidence e WHERE e.college_id = a.college_id AND e.achievement_id = a.id
                          AND e.revision = a.shown_revision ORDER BY e.position LIMIT 1) AS first_evidence,
                      EXISTS (SELECT FROM evidence e JOIN evidence o ON o.college_id = e.college_id AND o.sha256 = e.sha256
                          AND o.achievement_id <> e.achievement_id WHERE e.college_id = a.college_id AND e.achievement_id = a.id
                          AND e.revision = a.shown_revision) AS "duplicate!"
               FROM achievements a
               JOIN revisions r ON r.college_id = a.college_id AND r.achievement_id = a.id AND r.number = a.shown_revision
               JOIN members m ON m.college_id = a.college_id AND m.id = a.student_id
               JOIN departments d ON d.college_id = r.college_id AND d.id = r.department_id
               JOIN categories c ON c.college_id = r.college_id AND c.id = r.category_id
               LEFT JOIN teams t ON t.college_id = r.college_id AND t.id = r.team_id
               WHERE a.college_id = $1 "# + $tail,
            $($argument),*
        )
    };
}

impl TenantTx {
    /// One achievement.
    pub async fn achievement(&mut self, id: AchievementId) -> Result<Option<AchievementRow>> {
        let college = self.college.0;
        Ok(achievement_rows!("AND a.id = $2", college, id.0)
            .fetch_optional(self.connection())
            .await?)
    }

    /// One achievement, held against every other change until the transaction ends.
    pub async fn lock_achievement(&mut self, id: AchievementId) -> Result<Option<AchievementRow>> {
        let college = self.college.0;
        let there = sqlx::query_scalar!(
            r#"SELECT 1 AS "one!" FROM achievements WHERE college_id = $1 AND id = $2 FOR UPDATE"#,
            college,
            id.0
        )
        .fetch_optional(self.connection())
        .await?;
        if there.is_some() { self.achievement(id).await } else { Ok(None) }
    }

    /// A student's own achievements, newest first.
    pub async fn achievements_of(
        &mut self,
        student: MemberId,
        filter: &AchievementFilter,
        page: &PageRequest,
    ) -> Result<Vec<AchievementRow>> {
        let college = self.college.0;
        let after = page.after.map(|cursor| cursor.id);
        Ok(achievement_rows!(
            "AND a.student_id = $2 AND ($3::text IS NULL OR a.status = $3) AND ($4::text IS NULL OR c.code = $4)
             AND ($5::text IS NULL OR EXISTS (SELECT FROM search_terms s WHERE s.college_id = a.college_id
                  AND s.achievement_id = a.id AND starts_with(s.term, $5)))
             AND ($6::uuid IS NULL OR a.id < $6) ORDER BY a.id DESC LIMIT $7",
            college,
            student.0,
            filter.status.map(Status::as_str),
            filter.category.as_deref(),
            filter.word.as_deref(),
            after,
            page.limit + 1,
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Achievements inside a scope, newest first; drafts are their owner's alone.
    pub async fn achievements_in(
        &mut self,
        scope: &ReviewScope,
        filter: &AchievementFilter,
        page: &PageRequest,
    ) -> Result<Vec<AchievementRow>> {
        let college = self.college.0;
        let after = page.after.map(|cursor| cursor.id);
        Ok(achievement_rows!(
            "AND (a.status <> 'draft' OR a.shown_revision > 1) AND ($2 OR r.department_id = ANY($3) OR r.category_id = ANY($4) OR t.event_id = ANY($13))
             AND NOT ($5 AND c.academic) AND ($6::text IS NULL OR a.status = $6) AND ($7::text IS NULL OR c.code = $7)
             AND ($8::uuid IS NULL OR a.student_id = $8) AND ($9::text IS NULL OR d.code = $9)
             AND ($10::text IS NULL OR a.id IN (SELECT s.achievement_id FROM search_terms s WHERE s.college_id = $1
                  AND s.term >= $10 AND starts_with(s.term, $10)))
             AND (NOT $14 OR a.status = 'approved')
             AND ($11::uuid IS NULL OR a.id < $11) ORDER BY a.id DESC LIMIT $12",
            college,
            scope.all,
            &scope.department_ids(),
            &scope.category_ids(),
            scope.no_academic,
            filter.status.map(Status::as_str),
            filter.category.as_deref(),
            filter.student.map(|id| id.0),
            filter.department.as_deref(),
            filter.word.as_deref(),
            after,
            page.limit + 1,
            &scope.event_ids(),
            scope.approved_only,
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// What waits inside a scope for this reviewer, oldest first: never their own or their team's, no appeal against
    /// them, nothing they approved already as the first of two, nothing that somebody else sees first.
    pub async fn queue(
        &mut self,
        scope: &ReviewScope,
        reviewer: MemberId,
        filter: &AchievementFilter,
        page: &PageRequest,
        now: DateTime<Utc>,
    ) -> Result<Vec<AchievementRow>> {
        let college = self.college.0;
        let after_time =
            page.after.and_then(|cursor| DateTime::from_timestamp_micros(cursor.micros));
        let after_id = page.after.map(|cursor| cursor.id);
        Ok(achievement_rows!(
            "AND r.status = 'submitted' AND ($2 OR r.department_id = ANY($3) OR r.category_id = ANY($4) OR t.event_id = ANY($14))
             AND NOT ($5 AND c.academic)
             AND a.student_id <> $6 AND ($7::text IS NULL OR c.code = $7) AND ($8::text IS NULL OR d.code = $8)
             AND ($9::text IS NULL OR EXISTS (SELECT FROM search_terms s WHERE s.college_id = a.college_id
                  AND s.achievement_id = a.id AND starts_with(s.term, $9)))
             AND NOT (r.submitted_at > (SELECT $13::timestamptz - make_interval(hours => coalesce(max(pool_after_hours), 0)) FROM routing_rules
                                      WHERE college_id = $1)
                      AND kept_for_others($1, r.department_id, r.category_id, t.event_id, r.level, r.submitted_at, $6, $13))
             AND r.barred_reviewer IS DISTINCT FROM $6 AND (r.routed_to IS NULL OR r.routed_to = $6 OR r.pool_at <= $13)
             AND NOT EXISTS (SELECT FROM team_members o WHERE o.college_id = $1 AND o.team_id = r.team_id AND o.member_id = $6)
             AND NOT EXISTS (SELECT FROM decisions x WHERE x.college_id = $1 AND x.achievement_id = r.achievement_id AND x.revision = r.number
                  AND x.action = 'approve' AND x.undone_at IS NULL AND x.decided_by = $6)
             AND ($10::timestamptz IS NULL OR (r.submitted_at, r.achievement_id) > ($10, $11::uuid))
             ORDER BY r.submitted_at, r.achievement_id LIMIT $12",
            college,
            scope.all,
            &scope.department_ids(),
            &scope.category_ids(),
            scope.no_academic,
            reviewer.0,
            filter.category.as_deref(),
            filter.department.as_deref(),
            filter.word.as_deref(),
            after_time,
            after_id,
            page.limit + 1,
            now,
            &scope.event_ids(),
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Counts of what waits inside a scope; looks at no more than 100 items.
    pub async fn queue_stats(
        &mut self,
        scope: &ReviewScope,
        reviewer: MemberId,
        now: DateTime<Utc>,
    ) -> Result<QueueStats> {
        let college = self.college.0;
        let rows = sqlx::query!(
            r#"SELECT c.code, c.name, count(*) AS "count!", min(waiting.submitted_at) AS oldest
               FROM (SELECT r.category_id, r.submitted_at FROM revisions r
                     JOIN categories k ON k.college_id = r.college_id AND k.id = r.category_id
                     LEFT JOIN teams t ON t.college_id = r.college_id AND t.id = r.team_id
                     WHERE r.college_id = $1 AND r.status = 'submitted'
                           AND ($2 OR r.department_id = ANY($3) OR r.category_id = ANY($4) OR t.event_id = ANY($8))
                           AND NOT ($5 AND k.academic) AND r.student_id <> $6
                           AND NOT (r.submitted_at > (SELECT $7::timestamptz - make_interval(hours => coalesce(max(pool_after_hours), 0)) FROM routing_rules
                                                    WHERE college_id = $1)
                                    AND kept_for_others($1, r.department_id, r.category_id, t.event_id, r.level, r.submitted_at, $6, $7))
                           AND r.barred_reviewer IS DISTINCT FROM $6 AND (r.routed_to IS NULL OR r.routed_to = $6 OR r.pool_at <= $7)
             AND NOT EXISTS (SELECT FROM team_members o WHERE o.college_id = $1 AND o.team_id = r.team_id AND o.member_id = $6)
             AND NOT EXISTS (SELECT FROM decisions x WHERE x.college_id = $1 AND x.achievement_id = r.achievement_id AND x.revision = r.number
                  AND x.action = 'approve' AND x.undone_at IS NULL AND x.decided_by = $6)
                     ORDER BY r.submitted_at LIMIT 100) AS waiting
               JOIN categories c ON c.college_id = $1 AND c.id = waiting.category_id
               GROUP BY c.code, c.name ORDER BY count(*) DESC, c.name"#,
            college,
            scope.all,
            &scope.department_ids(),
            &scope.category_ids(),
            scope.no_academic,
            reviewer.0,
            now,
            &scope.event_ids()
        )
        .fetch_all(self.connection())
        .await?;
        let oldest = rows.iter().filter_map(|row| row.oldest).min();
        Ok(QueueStats {
            by_category: rows.into_iter().map(|row| (row.code, row.name, row.count)).collect(),
            oldest,
        })
    }

    /// How many of a student's achievements need them: drafts, those sent back, and proposals to confirm.
    pub async fn count_needing(&mut self, student: MemberId) -> Result<i64> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM (SELECT FROM achievements WHERE college_id = $1 AND student_id = $2
               AND status IN ('draft', 'correction_proposed') LIMIT 100) AS waiting"#,
            college,
            student.0
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// How many of a student's achievements were approved.
    pub async fn count_approved(&mut self, student: MemberId) -> Result<i64> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM achievements WHERE college_id = $1 AND student_id = $2 AND status = 'approved'"#,
            college,
            student.0
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Begin an achievement with its first draft; false where the id is taken.
    pub async fn insert_achievement(
        &mut self,
        id: AchievementId,
        student: MemberId,
        department: DepartmentId,
        category: CategoryId,
        content: &Content,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let made = sqlx::query!(
            "INSERT INTO achievements (college_id, id, student_id, status, created_at, updated_at) VALUES ($1, $2, $3, 'draft', $4, $4)
             ON CONFLICT DO NOTHING",
            college,
            id.0,
            student.0,
            now
        )
        .execute(self.connection())
        .await?;
        if made.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query!(
            "INSERT INTO revisions (college_id, achievement_id, number, status, student_id, department_id, category_id, title, description,
                                    organiser, role, level, outcome, started_on, ended_on, hours, skills, team, team_id, opened_at,
                                    particulars)
             VALUES ($1, $2, 1, 'draft', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
            college,
            id.0,
            student.0,
            department.0,
            category.0,
            content.title,
            content.description,
            content.organiser,
            content.role,
            content.level.map(|level| level.as_str()),
            content.outcome.map(|outcome| outcome.as_str()),
            content.started_on,
            content.ended_on,
            content.hours,
            &content.skills,
            content.team,
            content.team_id.map(|team| team.0),
            now,
            content.particulars.to_kept()
        )
        .execute(self.connection())
        .await?;
        Ok(true)
    }

    /// Write a draft anew, if it still is one.
    pub async fn update_draft(
        &mut self,
        id: AchievementId,
        category: CategoryId,
        content: &Content,
    ) -> Result<bool> {
        let college = self.college.0;
        let changed = sqlx::query!(
            "UPDATE revisions SET category_id = $3, title = $4, description = $5, organiser = $6, role = $7, level = $8, outcome = $9,
                    started_on = $10, ended_on = $11, hours = $12, skills = $13, team = $14, team_id = $15, particulars = $16
             WHERE college_id = $1 AND achievement_id = $2 AND status = 'draft'",
            college,
            id.0,
            category.0,
            content.title,
            content.description,
            content.organiser,
            content.role,
            content.level.map(|level| level.as_str()),
            content.outcome.map(|outcome| outcome.as_str()),
            content.started_on,
            content.ended_on,
            content.hours,
            &content.skills,
            content.team,
            content.team_id.map(|team| team.0),
            content.particulars.to_kept()
        )
        .execute(self.connection())
        .await?;
        Ok(changed.rows_affected() == 1)
    }

    /// Count a change that is no transition, such as an edit; guarded by version. False where somebody was first.
    pub async fn touch_achievement(
        &mut self,
        id: AchievementId,
        version: i64,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let touched = sqlx::query!(
            "UPDATE achievements SET version = version + 1, updated_at = $4 WHERE college_id = $1 AND id = $2 AND version = $3",
            college,
            id.0,
            version,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(touched.rows_affected() == 1)
    }

    /// Remove an achievement that was never handed in; guarded by version.
    pub async fn delete_achievement(&mut self, id: AchievementId, version: i64) -> Result<bool> {
        let college = self.college.0;
        let gone = sqlx::query!(
            "DELETE FROM achievements WHERE college_id = $1 AND id = $2 AND version = $3 AND status = 'draft' AND shown_revision = 1",
            college,
            id.0,
            version
        )
        .execute(self.connection())
        .await?;
        Ok(gone.rows_affected() == 1)
    }

    /// Say which words an achievement is found by.
    pub async fn index_achievement(&mut self, id: AchievementId, words: &[String]) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "DELETE FROM search_terms WHERE college_id = $1 AND achievement_id = $2",
            college,
            id.0
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "INSERT INTO search_terms (college_id, term, achievement_id) SELECT $1, term, $2 FROM unnest($3::text[]) AS term ON CONFLICT DO NOTHING",
            college,
            id.0,
            words
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

impl ReviewScope {
    fn department_ids(&self) -> Vec<Uuid> {
        self.departments.iter().map(|id| id.0).collect()
    }

    fn category_ids(&self) -> Vec<Uuid> {
        self.categories.iter().map(|id| id.0).collect()
    }

    fn event_ids(&self) -> Vec<Uuid> {
        self.events.iter().map(|id| id.0).collect()
    }
}
