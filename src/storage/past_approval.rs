//! Past approvals: who stands in them, and writing them many at a time.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{CallerRow, Result, TenantTx};
use crate::domain::achievement::Content;

/// A student of the college, as a past approval may name them.
#[derive(Clone, Debug)]
pub struct StudentRow {
    /// Id.
    pub id: Uuid,
    /// Address as written.
    pub email: String,
    /// As on the card.
    pub roll_number: Option<String>,
    /// State word.
    pub state: String,
    /// Department.
    pub department_id: Option<Uuid>,
    /// The name that is signed.
    pub full_name: String,
    /// The name in its own script.
    pub full_name_native: Option<String>,
}

/// Somebody with one role that is in force.
#[derive(Clone, Debug)]
pub struct ApproverRow {
    /// Who.
    pub member: Uuid,
    /// Address as written.
    pub email: String,
    /// The person and the grant.
    pub grant: CallerRow,
}

/// A past approval to be written, with the credential that waits for its signature.
#[derive(Clone, Debug)]
pub struct NewPastApproval {
    /// Id of the achievement.
    pub achievement: Uuid,
    /// Whose it is.
    pub student: Uuid,
    /// Department it belongs to.
    pub department: Uuid,
    /// Category.
    pub category: Uuid,
    /// What it says.
    pub content: Content,
    /// Words it is found by.
    pub words: Vec<String>,
    /// Id of the decision.
    pub decision: Uuid,
    /// Who approved.
    pub approver: Uuid,
    /// When that was.
    pub decided_at: DateTime<Utc>,
    /// Id of the credential.
    pub credential: Uuid,
    /// Number of its status list, and the index in it.
    pub place: (i32, i32),
}

/// Between skills that go over as one text: no line of text can hold it.
const UNIT_SEPARATOR: &str = "\u{1f}";

impl TenantTx {
    /// Every student of the college.
    pub async fn students(&mut self) -> Result<Vec<StudentRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            StudentRow,
            "SELECT id, email, roll_number, state, department_id, full_name, full_name_native FROM members WHERE college_id = $1 AND student",
            college
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Everybody with a role in force at `now`: a row for each grant.
    pub async fn role_holders(&mut self, now: DateTime<Utc>) -> Result<Vec<ApproverRow>> {
        let college = self.college.0;
        let rows = sqlx::query!(
            r#"SELECT m.id, m.email, m.state, m.student, m.department_id, m.language, c.state AS college_state, g.role, g.scope_kind, g.scope_id,
                      g.may_revoke
               FROM role_grants g
               JOIN members m ON m.college_id = g.college_id AND m.id = g.member_id
               JOIN colleges c ON c.id = g.college_id
               WHERE g.college_id = $1 AND g.starts_at <= $2 AND (g.ends_at IS NULL OR g.ends_at > $2) ORDER BY m.id"#,
            college,
            now
        )
        .fetch_all(self.connection())
        .await?;
        let holders = rows.into_iter().map(|row| ApproverRow {
            member: row.id,
            email: row.email,
            grant: CallerRow {
                state: row.state,
                student: row.student,
                department_id: row.department_id,
                language: row.language,
                college_state: row.college_state,
                role: Some(row.role),
                scope_kind: Some(row.scope_kind),
                scope_id: row.scope_id,
                lent_by: None,
                may_revoke: Some(row.may_revoke),
            },
        });
        Ok(holders.collect())
    }

    /// Write past approvals: achievement, revision, decision and the credential that waits for its signature. Nobody
    /// approves their own: such a row fails all of them.
    pub async fn insert_past_approvals(
        &mut self,
        new: &[NewPastApproval],
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        let achievements: Vec<Uuid> = new.iter().map(|row| row.achievement).collect();
        let students: Vec<Uuid> = new.iter().map(|row| row.student).collect();
        sqlx::query!(
            "INSERT INTO achievements (college_id, id, student_id, status, created_at, updated_at)
             SELECT $1, id, student, 'approved', $4, $4 FROM UNNEST($2::uuid[], $3::uuid[]) AS new (id, student)",
            college,
            &achievements,
            &students,
            now
        )
        .execute(self.connection())
        .await?;
        self.insert_past_revisions(new, &achievements, &students).await?;
        let decisions: Vec<Uuid> = new.iter().map(|row| row.decision).collect();
        let approvers: Vec<Uuid> = new.iter().map(|row| row.approver).collect();
        let times: Vec<DateTime<Utc>> = new.iter().map(|row| row.decided_at).collect();
        sqlx::query!(
            "INSERT INTO decisions (college_id, id, achievement_id, revision, action, decided_by, decided_at)
             SELECT $1, id, achievement, 1, 'approve', approver, at
             FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[]) AS new (id, achievement, approver, at)",
            college,
            &decisions,
            &achievements,
            &approvers,
            &times
        )
        .execute(self.connection())
        .await?;
        let credentials: Vec<Uuid> = new.iter().map(|row| row.credential).collect();
        let lists: Vec<i32> = new.iter().map(|row| row.place.0).collect();
        let indices: Vec<i32> = new.iter().map(|row| row.place.1).collect();
        sqlx::query!(
            "INSERT INTO credentials (college_id, id, achievement_id, revision, student_id, status, list_number, list_index, approved_by, created_at)
             SELECT $1, id, achievement, 1, student, 'pending_issue', list, index, approver, $8
             FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::integer[], $6::integer[], $7::uuid[])
                  AS new (id, achievement, student, list, index, approver)",
            college,
            &credentials,
            &achievements,
            &students,
            &lists,
            &indices,
            &approvers,
            now
        )
        .execute(self.connection())
        .await?;
        let words: Vec<&str> =
            new.iter().flat_map(|row| row.words.iter().map(String::as_str)).collect();
        let of: Vec<Uuid> = new
            .iter()
            .flat_map(|row| std::iter::repeat_n(row.achievement, row.words.len()))
            .collect();
        sqlx::query!(
            "INSERT INTO search_terms (college_id, term, achievement_id)
             SELECT $1, term, achievement FROM UNNEST($2::text[], $3::uuid[]) AS new (term, achievement)
             ORDER BY term, achievement ON CONFLICT DO NOTHING",
            college,
            &words as &[&str],
            &of
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn insert_past_revisions(
        &mut self,
        new: &[NewPastApproval],
        achievements: &[Uuid],
        students: &[Uuid],
    ) -> Result<()> {
        let college = self.college.0;
        let departments: Vec<Uuid> = new.iter().map(|row| row.department).collect();
        let categories: Vec<Uuid> = new.iter().map(|row| row.category).collect();
        let titles: Vec<&str> = new.iter().map(|row| row.content.title.as_str()).collect();
        let descriptions: Vec<&str> =
            new.iter().map(|row| row.content.description.as_str()).collect();
        let organisers: Vec<&str> = new.iter().map(|row| row.content.organiser.as_str()).collect();
        let roles: Vec<Option<&str>> = new.iter().map(|row| row.content.role.as_deref()).collect();
        let levels: Vec<Option<&str>> =
            new.iter().map(|row| row.content.level.map(|level| level.as_str())).collect();
        let outcomes: Vec<Option<&str>> =
            new.iter().map(|row| row.content.outcome.map(|outcome| outcome.as_str())).collect();
        let starts: Vec<_> = new.iter().map(|row| row.content.started_on).collect();
        let ends: Vec<_> = new.iter().map(|row| row.content.ended_on).collect();
        let hours: Vec<Option<i32>> = new.iter().map(|row| row.content.hours).collect();
        let teams: Vec<Option<&str>> = new.iter().map(|row| row.content.team.as_deref()).collect();
        // `unnest` flattens an array of arrays.
        let skills: Vec<String> =
            new.iter().map(|row| row.content.skills.join(UNIT_SEPARATOR)).collect();
        sqlx::query!(
            "INSERT INTO revisions (college_id, achievement_id, number, status, student_id, department_id, category_id, title, description,
                                    organiser, role, level, outcome, started_on, ended_on, hours, skills, team)
             SELECT $1, achievement, 1, 'approved', student, department, category, title, description, organiser, role, level, outcome,
                    started_on, ended_on, hours, string_to_array(skills, $16), team
             FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                         $11::text[], $12::date[], $13::date[], $14::integer[], $15::text[], $17::text[])
                  AS new (achievement, student, department, category, title, description, organiser, role, level, outcome, started_on,
                          ended_on, hours, team, skills)",
            college,
            achievements,
            students,
            &departments,
            &categories,
            &titles as &[&str],
            &descriptions as &[&str],
            &organisers as &[&str],
            &roles as &[Option<&str>],
            &levels as &[Option<&str>],
            &outcomes as &[Option<&str>],
            &starts as &[Option<chrono::NaiveDate>],
            &ends as &[Option<chrono::NaiveDate>],
            &hours as &[Option<i32>],
            &teams as &[Option<&str>],
            UNIT_SEPARATOR,
            &skills
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
