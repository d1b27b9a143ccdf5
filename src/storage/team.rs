//! Events that several achievements speak of, and the teams that took part.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::{EventId, MemberId, TeamId};
use crate::domain::page::PageRequest;

/// An event.
#[derive(Clone, Debug)]
pub struct SharedEventRow {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Who held it.
    pub organiser: String,
    /// Level word.
    pub level: Option<String>,
    /// First day.
    pub started_on: Option<NaiveDate>,
    /// Last day.
    pub ended_on: Option<NaiveDate>,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
}

/// A team, with the names of those on it.
#[derive(Clone, Debug)]
pub struct TeamRow {
    /// Id.
    pub id: Uuid,
    /// The event.
    pub event_id: Option<Uuid>,
    /// Name.
    pub name: String,
    /// Names of its members.
    pub members: Vec<String>,
}

impl TenantTx {
    /// Enter an event.
    pub async fn insert_shared_event(&mut self, row: &SharedEventRow, by: MemberId) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO college_events (college_id, id, name, organiser, level, started_on, ended_on, created_by, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            college,
            row.id,
            row.name,
            row.organiser,
            row.level,
            row.started_on,
            row.ended_on,
            by.0,
            row.created_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The events, newest first.
    pub async fn shared_events(&mut self, page: &PageRequest) -> Result<Vec<SharedEventRow>> {
        let college = self.college.0;
        let after = page.after.map(|cursor| cursor.id);
        Ok(sqlx::query_as!(
            SharedEventRow,
            "SELECT id, name, organiser, level, started_on, ended_on, created_at FROM college_events
             WHERE college_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
            college,
            after,
            page.limit + 1
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Whether there is such an event.
    pub async fn shared_event_exists(&mut self, id: EventId) -> Result<bool> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM college_events WHERE college_id = $1 AND id = $2) AS "there!""#,
            college,
            id.0
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Enter a team with its members.
    pub async fn insert_team(
        &mut self,
        id: TeamId,
        (name, event): (&str, Option<EventId>),
        members: &[MemberId],
        by: MemberId,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO teams (college_id, id, event_id, name, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            college,
            id.0,
            event.map(|event| event.0),
            name,
            by.0,
            now
        )
        .execute(self.connection())
        .await?;
        let members: Vec<Uuid> = members.iter().map(|member| member.0).collect();
        sqlx::query!(
            "INSERT INTO team_members (college_id, team_id, member_id) SELECT $1, $2, member FROM unnest($3::uuid[]) AS member",
            college,
            id.0,
            &members
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The teams that a member is on, newest first, at most 200.
    pub async fn teams_of(&mut self, member: MemberId) -> Result<Vec<TeamRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            TeamRow,
            r#"SELECT t.id, t.event_id, t.name,
                      ARRAY(SELECT m.full_name FROM team_members o JOIN members m ON m.college_id = o.college_id AND m.id = o.member_id
                            WHERE o.college_id = t.college_id AND o.team_id = t.id ORDER BY m.full_name) AS "members!"
               FROM teams t JOIN team_members own ON own.college_id = t.college_id AND own.team_id = t.id AND own.member_id = $2
               WHERE t.college_id = $1 ORDER BY t.id DESC LIMIT 200"#,
            college,
            member.0
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Whether a member is on a team.
    pub async fn is_on_team(&mut self, team: TeamId, member: MemberId) -> Result<bool> {
        let college = self.college.0;
        Ok(sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM team_members WHERE college_id = $1 AND team_id = $2 AND member_id = $3) AS "on!""#,
            college,
            team.0,
            member.0
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// The confirmed students of these roll numbers, in the form they are matched in.
    pub async fn students_by_roll(&mut self, keys: &[String]) -> Result<Vec<(String, MemberId)>> {
        let college = self.college.0;
        let rows = sqlx::query!(
            r#"SELECT r.roll_key, r.member_id AS "member_id!" FROM roster r
               JOIN members m ON m.college_id = r.college_id AND m.id = r.member_id
               WHERE r.college_id = $1 AND r.roll_key = ANY($2) AND m.state = 'confirmed'"#,
            college,
            keys
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| (row.roll_key, MemberId(row.member_id))).collect())
    }
}
