//! The people of a college.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::MemberId;
use crate::domain::page::PageRequest;

/// A member to be written.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Id.
    pub id: Uuid,
    /// Address as written.
    pub email: String,
    /// The name that is signed.
    pub full_name: String,
    /// The name in its own script.
    pub full_name_native: Option<String>,
    /// `hi` or `ta`.
    pub native_language: Option<String>,
    /// Language word.
    pub language: String,
    /// State word.
    pub state: String,
    /// Registered as a student.
    pub student: bool,
    /// Department.
    pub department_id: Option<Uuid>,
    /// Programme.
    pub programme_id: Option<Uuid>,
    /// As on the card.
    pub roll_number: Option<String>,
    /// `2023-2027`.
    pub batch: Option<String>,
    /// `credentialSubject.id`.
    pub subject_id: Uuid,
    /// SHA-256 of the paper code that was given.
    pub code_hash: Option<Vec<u8>>,
    /// Version of the consent text that was agreed to.
    pub consent_version: Option<String>,
    /// When they registered.
    pub created_at: DateTime<Utc>,
}

/// A member with department, programme and roles in words.
#[derive(Clone, Debug)]
pub struct MemberRow {
    /// Id.
    pub id: Uuid,
    /// Address as written.
    pub email: String,
    /// The name that is signed.
    pub full_name: String,
    /// The name in its own script.
    pub full_name_native: Option<String>,
    /// Language word.
    pub language: String,
    /// State word.
    pub state: String,
    /// Registered as a student.
    pub student: bool,
    /// Department.
    pub department_id: Option<Uuid>,
    /// Its code.
    pub department_code: Option<String>,
    /// Its name.
    pub department_name: Option<String>,
    /// Code of the programme.
    pub programme_code: Option<String>,
    /// Its name.
    pub programme_name: Option<String>,
    /// As on the card.
    pub roll_number: Option<String>,
    /// `2023-2027`.
    pub batch: Option<String>,
    /// SHA-256 of the paper code that was given at registration.
    pub code_hash: Option<Vec<u8>>,
    /// The ETag.
    pub version: i64,
    /// When they registered or joined.
    pub created_at: DateTime<Utc>,
    /// Role words of the grants in force.
    pub granted: Vec<String>,
}

/// Which members a list shows.
#[derive(Clone, Debug, Default)]
pub struct MemberFilter {
    /// State word.
    pub state: Option<String>,
    /// Part of a name, or the beginning of an address or roll number; lower case.
    pub text: Option<String>,
    /// Role word, `student` included.
    pub role: Option<String>,
    /// Only these departments.
    pub departments: Option<Vec<Uuid>>,
}

/// What a member is called once the college's roster vouches for them.
#[derive(Clone, Debug)]
pub struct MemberOnRoster {
    /// The name that is signed.
    pub full_name: String,
    /// The name in its own script, where the roster has it.
    pub full_name_native: Option<String>,
    /// Programme; the department follows.
    pub programme_id: Uuid,
    /// `2023-2027`.
    pub batch: String,
}

impl TenantTx {
    /// Write a member.
    pub async fn insert_member(&mut self, new: &NewMember) -> Result<()> {
        let college = self.college.0;
        let consent_at = new.consent_version.is_some().then_some(new.created_at);
        sqlx::query!(
            "INSERT INTO members (college_id, id, email, full_name, full_name_native, native_language, language, state, student,
                                  department_id, programme_id, roll_number, batch, subject_id, code_hash, consent_version,
                                  consent_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
            college,
            new.id,
            new.email,
            new.full_name,
            new.full_name_native,
            new.native_language,
            new.language,
            new.state,
            new.student,
            new.department_id,
            new.programme_id,
            new.roll_number,
            new.batch,
            new.subject_id,
            new.code_hash,
            new.consent_version,
            consent_at,
            new.created_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A member, with the roles in force at `now`.
    pub async fn member(&mut self, id: MemberId, now: DateTime<Utc>) -> Result<Option<MemberRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            MemberRow,
            r#"SELECT m.id, m.email, m.full_name, m.full_name_native, m.language, m.state, m.student, m.department_id,
                      d.code AS "department_code?", d.name AS "department_name?", p.code AS "programme_code?",
                      p.name AS "programme_name?", m.roll_number, m.batch, m.code_hash, m.version, m.created_at,
                      ARRAY(SELECT DISTINCT g.role FROM role_grants g WHERE g.college_id = $1 AND g.member_id = m.id
                            AND g.starts_at <= $3 AND (g.ends_at IS NULL OR g.ends_at > $3)) AS "granted!: Vec<String>"
               FROM members m
               LEFT JOIN departments d ON d.college_id = m.college_id AND d.id = m.department_id
               LEFT JOIN programmes p ON p.college_id = m.college_id AND p.id = m.programme_id
               WHERE m.college_id = $1 AND m.id = $2"#,
            college,
            id.0,
            now
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Members, newest first.
    pub async fn members(
        &mut self,
        filter: &MemberFilter,
        page: &PageRequest,
        now: DateTime<Utc>,
    ) -> Result<Vec<MemberRow>> {
        let college = self.college.0;
        let after = page.after.map(|cursor| cursor.id);
        Ok(sqlx::query_as!(
            MemberRow,
            r#"SELECT m.id, m.email, m.full_name, m.full_name_native, m.language, m.state, m.student, m.department_id,
                      d.code AS "department_code?", d.name AS "department_name?", p.code AS "programme_code?",
                      p.name AS "programme_name?", m.roll_number, m.batch, m.code_hash, m.version, m.created_at,
                      r.granted AS "granted!: Vec<String>"
               FROM members m
               LEFT JOIN departments d ON d.college_id = m.college_id AND d.id = m.department_id
               LEFT JOIN programmes p ON p.college_id = m.college_id AND p.id = m.programme_id
               CROSS JOIN LATERAL (SELECT ARRAY(
                   SELECT DISTINCT g.role FROM role_grants g WHERE g.college_id = $1 AND g.member_id = m.id
                   AND g.starts_at <= $2 AND (g.ends_at IS NULL OR g.ends_at > $2)) AS granted) r
               WHERE m.college_id = $1
                 AND ($3::text IS NULL OR m.state = $3)
                 AND ($4::text IS NULL OR strpos(lower(m.full_name), $4) > 0 OR strpos(m.full_name_native, $4) > 0
                      OR starts_with(lower(m.email), $4) OR starts_with(lower(m.roll_number), $4))
                 AND ($5::text IS NULL OR ($5 = 'student' AND m.student) OR $5 = ANY(r.granted))
                 AND ($6::uuid[] IS NULL OR m.department_id = ANY($6))
                 AND ($7::uuid IS NULL OR m.id < $7)
               ORDER BY m.id DESC LIMIT $8"#,
            college,
            now,
            filter.state,
            filter.text,
            filter.role,
            filter.departments.as_deref(),
            after,
            page.limit + 1
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// How many members the same filter has.
    pub async fn count_members(
        &mut self,
        filter: &MemberFilter,
        now: DateTime<Utc>,
    ) -> Result<i64> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM members m
               WHERE m.college_id = $1
                 AND ($3::text IS NULL OR m.state = $3)
                 AND ($4::text IS NULL OR strpos(lower(m.full_name), $4) > 0 OR strpos(m.full_name_native, $4) > 0
                      OR starts_with(lower(m.email), $4) OR starts_with(lower(m.roll_number), $4))
                 AND ($5::text IS NULL OR ($5 = 'student' AND m.student) OR EXISTS (
                      SELECT FROM role_grants g WHERE g.college_id = $1 AND g.member_id = m.id AND g.role = $5
                      AND g.starts_at <= $2 AND (g.ends_at IS NULL OR g.ends_at > $2)))
                 AND ($6::uuid[] IS NULL OR m.department_id = ANY($6))"#,
            college,
            now,
            filter.state,
            filter.text,
            filter.role,
            filter.departments.as_deref()
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Move a member from one state to another; false where they are not in the first one (any more).
    pub async fn move_member(&mut self, id: MemberId, from: &str, to: &str) -> Result<bool> {
        let college = self.college.0;
        let done = sqlx::query!(
            "UPDATE members SET state = $4, code_hash = NULL, version = version + 1 WHERE college_id = $1 AND id = $2 AND state = $3",
            college,
            id.0,
            from,
            to
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Take over what the roster says of a member.
    pub async fn write_roster_facts(&mut self, id: MemberId, facts: &MemberOnRoster) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE members SET full_name = $3, full_name_native = coalesce($4, full_name_native), programme_id = p.id,
                    department_id = p.department_id, batch = $6, version = members.version + 1
             FROM programmes p WHERE members.college_id = $1 AND members.id = $2 AND p.college_id = $1 AND p.id = $5",
            college,
            id.0,
            facts.full_name,
            facts.full_name_native,
            facts.programme_id,
            facts.batch
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Change what a member may change themselves.
    pub async fn update_profile(
        &mut self,
        id: MemberId,
        full_name_native: Option<&str>,
        language: &str,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "UPDATE members SET full_name_native = $3, language = $4, version = version + 1 WHERE college_id = $1 AND id = $2",
            college,
            id.0,
            full_name_native,
            language
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Forget a registration whose address was never proven.
    pub async fn delete_unverified_member(&mut self, id: MemberId) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "DELETE FROM members WHERE college_id = $1 AND id = $2 AND state = 'email_unverified'",
            college,
            id.0
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
