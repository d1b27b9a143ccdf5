//! Revisions on their way: opened, moved from one status to the next, shown, compared.
//!
//! The database holds the same rules (migrations/20261123000004_workflow.sql): a step that they do not know is an error.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use super::{Result, TenantTx};
use crate::domain::achievement::Status;
use crate::domain::ids::{AchievementId, MemberId};

/// A revision as the history of its achievement shows it.
#[derive(Clone, Debug)]
pub struct RevisionRow {
    /// From 1.
    pub number: i32,
    /// Status word.
    pub status: String,
    /// When its draft was begun; none where that was not kept.
    pub opened_at: Option<DateTime<Utc>>,
    /// When it was handed in.
    pub submitted_at: Option<DateTime<Utc>>,
    /// The rejected revision that it appeals against.
    pub appeal_of: Option<i32>,
    /// Category code.
    pub category_code: String,
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
    /// What only some categories ask for, as it is kept.
    pub particulars: Value,
}

/// A revision to be opened, as a copy of an earlier one.
#[derive(Clone, Copy, Debug)]
pub struct NewRevision {
    /// Its achievement.
    pub achievement: AchievementId,
    /// The revision it copies.
    pub copy_of: i32,
    /// `Draft`, or `CorrectionProposed` beside a live one.
    pub status: Status,
    /// The rejection it appeals against, and by whom it was: the revision copied.
    pub appeal_against: Option<MemberId>,
    /// Whether whoever was barred from the revision copied stays so.
    pub keep_bar: bool,
    /// Now.
    pub opened_at: DateTime<Utc>,
}

/// When something was handed in, and who sees it first.
#[derive(Clone, Copy, Debug)]
pub struct Submission {
    /// When it was handed in.
    pub submitted_at: DateTime<Utc>,
    /// When it should be decided.
    pub due_at: DateTime<Utc>,
    /// Who sees it first, and from when everybody in scope does.
    pub routed: Option<(MemberId, DateTime<Utc>)>,
}

impl TenantTx {
    /// Every revision, oldest first.
    pub async fn revisions(&mut self, id: AchievementId) -> Result<Vec<RevisionRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            RevisionRow,
            "SELECT r.number, r.status, r.opened_at, r.submitted_at, r.appeal_of, c.code AS category_code, r.title, r.description,
                    r.organiser, r.role, r.level, r.outcome, r.started_on, r.ended_on, r.hours, r.skills, r.team,
                    r.particulars
             FROM revisions r JOIN categories c ON c.college_id = r.college_id AND c.id = r.category_id
             WHERE r.college_id = $1 AND r.achievement_id = $2 ORDER BY r.number",
            college,
            id.0
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Hand a draft in. False where it is none.
    pub async fn submit_revision(
        &mut self,
        id: AchievementId,
        revision: i32,
        submission: &Submission,
    ) -> Result<bool> {
        let college = self.college.0;
        let (routed_to, pool_at) = submission.routed.unzip();
        let moved = sqlx::query!(
            "UPDATE revisions SET status = 'submitted', submitted_at = $4, due_at = $5, routed_to = $6, pool_at = $7
             WHERE college_id = $1 AND achievement_id = $2 AND number = $3 AND status = 'draft'",
            college,
            id.0,
            revision,
            submission.submitted_at,
            submission.due_at,
            routed_to.map(|member| member.0),
            pool_at
        )
        .execute(self.connection())
        .await?;
        Ok(moved.rows_affected() == 1)
    }

    /// Move a revision from one status to another. False where it is not there any more.
    pub async fn move_revision(
        &mut self,
        id: AchievementId,
        revision: i32,
        (from, to): (Status, Status),
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let moved = sqlx::query!(
            "UPDATE revisions SET status = $5, closed_at = $6 WHERE college_id = $1 AND achievement_id = $2 AND number = $3 AND status = $4",
            college,
            id.0,
            revision,
            from.as_str(),
            to.as_str(),
            to.is_closed().then_some(now)
        )
        .execute(self.connection())
        .await?;
        Ok(moved.rows_affected() == 1)
    }

    /// Give a revision the facts that were proposed last, and move it on. False where nothing is proposed.
    pub async fn correct_revision(
        &mut self,
        id: AchievementId,
        revision: i32,
        to: Status,
        submission: &Submission,
    ) -> Result<bool> {
        let college = self.college.0;
        let moved = sqlx::query!(
            "UPDATE revisions r SET status = $4,
                    title = coalesce(p.changes -> 'title' ->> 'to', r.title),
                    level = CASE WHEN p.changes ? 'level' THEN p.changes -> 'level' ->> 'to' ELSE r.level END,
                    category_id = coalesce((SELECT c.id FROM categories c WHERE c.college_id = $1 AND c.code = p.changes -> 'category' ->> 'to'),
                                           r.category_id),
                    started_on = CASE WHEN p.changes ? 'started_on' THEN (p.changes -> 'started_on' ->> 'to')::date ELSE r.started_on END,
                    ended_on = CASE WHEN p.changes ? 'ended_on' THEN (p.changes -> 'ended_on' ->> 'to')::date ELSE r.ended_on END,
                    submitted_at = coalesce(r.submitted_at, $5), due_at = coalesce(r.due_at, $6)
             FROM (SELECT d.changes FROM decisions d
                   WHERE d.college_id = $1 AND d.achievement_id = $2 AND d.revision = $3 AND d.action = 'propose_correction'
                   ORDER BY d.decided_at DESC, d.id DESC LIMIT 1) p
             WHERE r.college_id = $1 AND r.achievement_id = $2 AND r.number = $3 AND r.status = 'correction_proposed'",
            college,
            id.0,
            revision,
            to.as_str(),
            submission.submitted_at,
            submission.due_at
        )
        .execute(self.connection())
        .await?;
        Ok(moved.rows_affected() == 1)
    }

    /// Show the open revision if there is one, else the live one, else the last closed one, and count the version on.
    /// False where somebody was first.
    pub async fn show_revision(
        &mut self,
        id: AchievementId,
        version: i64,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let college = self.college.0;
        let shown = sqlx::query!(
            "UPDATE achievements a SET shown_revision = s.number, status = s.status, version = a.version + 1, updated_at = $4
             FROM (SELECT r.number, r.status FROM revisions r WHERE r.college_id = $1 AND r.achievement_id = $2
                   ORDER BY CASE WHEN r.status IN ('draft', 'submitted', 'correction_proposed') THEN 0
                                 WHEN r.status = 'approved' THEN 1 ELSE 2 END, r.closed_at DESC NULLS LAST, r.number DESC LIMIT 1) s
             WHERE a.college_id = $1 AND a.id = $2 AND a.version = $3",
            college,
            id.0,
            version,
            now
        )
        .execute(self.connection())
        .await?;
        Ok(shown.rows_affected() == 1)
    }

    /// Open the next revision as a copy, files and all; its number.
    pub async fn open_revision(&mut self, new: &NewRevision) -> Result<i32> {
        let college = self.college.0;
        let number = sqlx::query_scalar!(
            "INSERT INTO revisions (college_id, achievement_id, number, status, student_id, department_id, category_id, title, description,
                                    organiser, role, level, outcome, started_on, ended_on, hours, skills, team, team_id, particulars, opened_at,
                                    appeal_of, barred_reviewer)
             SELECT college_id, achievement_id, (SELECT max(number) + 1 FROM revisions WHERE college_id = $1 AND achievement_id = $2), $4,
                    student_id, department_id, category_id, title, description, organiser, role, level, outcome, started_on, ended_on,
                    hours, skills, team, team_id, particulars, $5, CASE WHEN $6::uuid IS NOT NULL THEN number END,
                    coalesce($6::uuid, CASE WHEN $7 THEN barred_reviewer END)
             FROM revisions WHERE college_id = $1 AND achievement_id = $2 AND number = $3
             RETURNING number",
            college,
            new.achievement.0,
            new.copy_of,
            new.status.as_str(),
            new.opened_at,
            new.appeal_against.map(|member| member.0),
            new.keep_bar
        )
        .fetch_one(self.connection())
        .await?;
        sqlx::query!(
            "INSERT INTO evidence (college_id, id, achievement_id, revision, public_id, position, name, media_type, size, sha256,
                                   rendition_sha256, print_sha256, thumb_sha256, pages, caption, kind, created_at)
             SELECT college_id, gen_random_uuid(), achievement_id, $4, gen_random_uuid(), position, name, media_type, size, sha256,
                    rendition_sha256, print_sha256, thumb_sha256, pages, caption, kind, created_at
             FROM evidence WHERE college_id = $1 AND achievement_id = $2 AND revision = $3",
            college,
            new.achievement.0,
            new.copy_of,
            number
        )
        .execute(self.connection())
        .await?;
        Ok(number)
    }

    /// Throw the open draft away, with its files. False where there is none.
    pub async fn drop_draft(&mut self, id: AchievementId) -> Result<bool> {
        let college = self.college.0;
        let gone = sqlx::query!(
            "DELETE FROM revisions WHERE college_id = $1 AND achievement_id = $2 AND status = 'draft' AND number > 1",
            college,
            id.0
        )
        .execute(self.connection())
        .await?;
        Ok(gone.rows_affected() == 1)
    }
}
