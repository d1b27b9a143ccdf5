//! What those see and change who run the hub: the register of colleges, what waits for a decision, the outbox.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{Database, Result, TenantTx};
use crate::domain::ids::{CollegeId, HeldCollegeId, MemberId};
use crate::domain::page::PageRequest;

/// A college as those see it who run the hub.
#[derive(Clone, Debug)]
pub struct AdminCollegeRow {
    /// Id.
    pub id: Uuid,
    /// Part of its DID.
    pub slug: String,
    /// Name.
    pub name: String,
    /// City.
    pub city: Option<String>,
    /// `active` or `suspended`.
    pub state: String,
    /// Since when.
    pub suspended_at: Option<DateTime<Utc>>,
    /// Why.
    pub suspend_reason: Option<String>,
    /// Slug of the college that it looks like, where both may stand.
    pub look_alike_of: Option<String>,
    /// For If-Match.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// A college that waits for a decision, because it looks like another.
#[derive(Clone, Debug)]
pub struct HeldCollegeRow {
    /// Id.
    pub id: Uuid,
    /// As it was asked for.
    pub application: Value,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Slug of the college it looks like.
    pub looks_like: String,
    /// Id of that college.
    pub looks_like_id: Uuid,
    /// Who asked.
    pub asked_by: Uuid,
    /// Their name.
    pub asked_by_name: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// For If-Match.
    pub version: i64,
    /// Outcome word; none while open.
    pub outcome: Option<String>,
    /// Who decided.
    pub decided_by_name: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// Why.
    pub reason: Option<String>,
    /// The college that came of it.
    pub created: Option<Uuid>,
}

/// A college to be held.
#[derive(Clone, Debug)]
pub struct NewHeldCollege<'a> {
    /// Id.
    pub id: HeldCollegeId,
    /// As it was asked for.
    pub application: Value,
    /// Its slug.
    pub slug: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The college it looks like.
    pub looks_like: Uuid,
    /// Who asked.
    pub by: MemberId,
    /// Their name.
    pub by_name: &'a str,
    /// When.
    pub now: DateTime<Utc>,
}

/// What was decided on one that is held.
#[derive(Clone, Debug)]
pub struct HeldVerdict<'a> {
    /// Outcome word.
    pub outcome: &'static str,
    /// Who decides.
    pub by: MemberId,
    /// Their name.
    pub by_name: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The college that came of it.
    pub created: Option<CollegeId>,
    /// When.
    pub now: DateTime<Utc>,
}

/// A job of the outbox, without what it is about.
#[derive(Clone, Debug)]
pub struct JobStateRow {
    /// Id.
    pub id: Uuid,
    /// What it does.
    pub kind: String,
    /// Slug of its college.
    pub college: Option<String>,
    /// When it is tried next.
    pub run_at: DateTime<Utc>,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was given up.
    pub failed_at: Option<DateTime<Utc>>,
    /// What went wrong the last time; of mail nothing, which names addresses.
    pub last_error: Option<String>,
}

macro_rules! college_rows {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            AdminCollegeRow,
            r#"SELECT c.id, c.slug, c.name, c.city, c.state, c.suspended_at, c.suspend_reason,
                      l.slug AS "look_alike_of?", c.version, c.created_at
               FROM colleges c LEFT JOIN colleges l ON l.id = c.look_alike_of
               WHERE NOT c.platform "# + $tail
            $(, $argument)*
        )
    };
}

macro_rules! held_rows {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            HeldCollegeRow,
            "SELECT h.id, h.application, h.slug, h.name, l.slug AS looks_like, h.looks_like AS looks_like_id, h.asked_by, h.asked_by_name,
                    h.asked_at, h.version, h.outcome, h.decided_by_name, h.decided_at, h.reason, h.created
             FROM held_colleges h JOIN colleges l ON l.id = h.looks_like " + $tail
            $(, $argument)*
        )
    };
}

impl Database {
    /// Colleges by slug.
    pub async fn admin_colleges(
        &self,
        state: Option<&str>,
        page: &PageRequest,
    ) -> Result<Vec<AdminCollegeRow>> {
        let after = page.after.map(|cursor| cursor.id);
        Ok(college_rows!(
            "AND ($1::text IS NULL OR c.state = $1)
             AND ($2::uuid IS NULL OR c.slug > (SELECT slug FROM colleges WHERE id = $2)) ORDER BY c.slug LIMIT $3",
            state,
            after,
            page.limit + 1,
        )
        .fetch_all(self.alone())
        .await?)
    }

    /// One college.
    pub async fn admin_college(&self, id: CollegeId) -> Result<Option<AdminCollegeRow>> {
        Ok(college_rows!("AND c.id = $1", id.0).fetch_optional(self.alone()).await?)
    }

    /// The tenant of those who run the hub, once there is one.
    pub async fn platform_tenant(&self) -> Result<Option<CollegeId>> {
        let id = sqlx::query_scalar!("SELECT id FROM colleges WHERE platform")
            .fetch_optional(self.alone())
            .await?;
        Ok(id.map(CollegeId))
    }

    /// Id, slug and skeleton of every college.
    pub async fn college_faces(&self) -> Result<Vec<(Uuid, String, String)>> {
        let rows = sqlx::query!("SELECT id, slug, skeleton FROM colleges ORDER BY created_at, id")
            .fetch_all(self.alone())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.slug, row.skeleton)).collect())
    }

    /// What waits for a decision, then what was decided; the newest hundred.
    pub async fn held_colleges(&self) -> Result<Vec<HeldCollegeRow>> {
        Ok(held_rows!("ORDER BY h.outcome IS NOT NULL, h.id DESC LIMIT 100")
            .fetch_all(self.alone())
            .await?)
    }

    /// One of them.
    pub async fn held_college(&self, id: HeldCollegeId) -> Result<Option<HeldCollegeRow>> {
        Ok(held_rows!("WHERE h.id = $1", id.0).fetch_optional(self.alone()).await?)
    }

    /// Jobs that wait or were given up, the next due first.
    pub async fn job_states(
        &self,
        failed: Option<bool>,
        kind: Option<&str>,
        page: &PageRequest,
    ) -> Result<Vec<JobStateRow>> {
        let (micros, id) = page.after.map(|cursor| (cursor.micros, cursor.id)).unzip();
        let after = micros.and_then(DateTime::from_timestamp_micros);
        Ok(sqlx::query_as!(
            JobStateRow,
            r#"SELECT j.id, j.kind, c.slug AS "college?", j.run_at, j.attempts, j.failed_at,
                      CASE WHEN j.kind = 'send_mail' THEN NULL ELSE j.last_error END AS last_error
               FROM jobs j LEFT JOIN colleges c ON c.id = j.college_id
               WHERE ($1::bool IS NULL OR (j.failed_at IS NOT NULL) = $1) AND ($2::text IS NULL OR j.kind = $2)
                 AND ($3::timestamptz IS NULL OR (j.run_at, j.id) > ($3, $4::uuid))
               ORDER BY j.run_at, j.id LIMIT $5"#,
            failed,
            kind,
            after,
            id,
            page.limit + 1
        )
        .fetch_all(self.alone())
        .await?)
    }
}

impl TenantTx {
    /// This college has no transitions and no log-ins from now on. False where it is suspended, or was changed since.
    pub async fn suspend_college(
        &mut self,
        version: i64,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE colleges SET state = 'suspended', suspended_at = $4, suspend_reason = $3, version = version + 1
             WHERE id = $1 AND version = $2 AND state = 'active' AND NOT platform",
            college,
            version,
            reason,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// This college goes on. False where it is active, or was changed since.
    pub async fn resume_college(&mut self, version: i64) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE colleges SET state = 'active', suspended_at = NULL, suspend_reason = NULL, version = version + 1
             WHERE id = $1 AND version = $2 AND state = 'suspended'",
            college,
            version
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Count a change of this college's entry on. False where it was changed since.
    pub async fn count_college_change(&mut self, version: i64) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE colleges SET version = version + 1 WHERE id = $1 AND version = $2 AND NOT platform",
            college,
            version
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Hold a college for a decision. False where one of its slug is held.
    pub async fn hold_college(&mut self, new: &NewHeldCollege<'_>) -> Result<bool> {
        let held = sqlx::query!(
            "INSERT INTO held_colleges (id, application, slug, name, looks_like, asked_by, asked_by_name, asked_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            new.id.0,
            new.application,
            new.slug,
            new.name,
            new.looks_like,
            new.by.0,
            new.by_name,
            new.now
        )
        .execute(self.connection())
        .await?;
        Ok(held.rows_affected() == 1)
    }

    /// Decide on one that is held, once; guarded by version. False where somebody was first.
    pub async fn decide_held_college(
        &mut self,
        id: HeldCollegeId,
        version: i64,
        verdict: &HeldVerdict<'_>,
    ) -> Result<bool> {
        let decided = sqlx::query!(
            "UPDATE held_colleges SET outcome = $3, decided_by = $4, decided_by_name = $5, reason = $6, created = $7, decided_at = $8,
                    version = version + 1
             WHERE id = $1 AND version = $2 AND outcome IS NULL",
            id.0,
            version,
            verdict.outcome,
            verdict.by.0,
            verdict.by_name,
            verdict.reason,
            verdict.created.map(|id| id.0),
            verdict.now
        )
        .execute(self.connection())
        .await?;
        Ok(decided.rows_affected() == 1)
    }
}
