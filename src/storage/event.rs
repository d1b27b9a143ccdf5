//! Events: who did what. Written in the act's own transaction; the application role cannot change them.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{Result, TenantTx};
use crate::domain::ids::AchievementId;

/// An event to be written.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// UUIDv7: events are in the order of their ids.
    pub id: Uuid,
    /// The achievement it belongs to.
    pub achievement_id: Option<Uuid>,
    /// Its revision.
    pub revision: Option<i32>,
    /// What happened.
    pub kind: String,
    /// Who acted; none for the hub itself.
    pub actor_id: Option<Uuid>,
    /// Under which role.
    pub actor_role: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// What the actor said.
    pub text: Option<String>,
    /// Further facts.
    pub data: Value,
}

/// An event as a timeline shows it.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// Id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: String,
    /// Name of who acted.
    pub actor_name: Option<String>,
    /// Under which role.
    pub actor_role: Option<String>,
    /// What they said.
    pub text: Option<String>,
    /// Which revision.
    pub revision: Option<i32>,
}

impl TenantTx {
    /// Write an event.
    pub async fn insert_event(&mut self, event: &NewEvent) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO events (college_id, id, achievement_id, revision, kind, actor_id, actor_role, at, text, data)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            college,
            event.id,
            event.achievement_id,
            event.revision,
            event.kind,
            event.actor_id,
            event.actor_role,
            event.at,
            event.text,
            event.data
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Write many events in one statement.
    pub async fn insert_events(&mut self, events: &[NewEvent]) -> Result<()> {
        let college = self.college.0;
        let ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
        let achievements: Vec<Option<Uuid>> =
            events.iter().map(|event| event.achievement_id).collect();
        let revisions: Vec<Option<i32>> = events.iter().map(|event| event.revision).collect();
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
        let actors: Vec<Option<Uuid>> = events.iter().map(|event| event.actor_id).collect();
        let roles: Vec<Option<&str>> =
            events.iter().map(|event| event.actor_role.as_deref()).collect();
        let times: Vec<DateTime<Utc>> = events.iter().map(|event| event.at).collect();
        let texts: Vec<Option<&str>> = events.iter().map(|event| event.text.as_deref()).collect();
        let data: Vec<Value> = events.iter().map(|event| event.data.clone()).collect();
        sqlx::query!(
            "INSERT INTO events (college_id, id, achievement_id, revision, kind, actor_id, actor_role, at, text, data)
             SELECT $1, * FROM UNNEST($2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::uuid[], $7::text[], $8::timestamptz[], $9::text[], $10::jsonb[])",
            college,
            &ids,
            &achievements as &[Option<Uuid>],
            &revisions as &[Option<i32>],
            &kinds as &[&str],
            &actors as &[Option<Uuid>],
            &roles as &[Option<&str>],
            &times,
            &texts as &[Option<&str>],
            &data
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// What happened to an achievement, oldest first.
    pub async fn timeline(&mut self, achievement: AchievementId) -> Result<Vec<EventRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            EventRow,
            r#"SELECT e.id, e.at, e.kind, m.full_name AS "actor_name?", e.actor_role, e.text, e.revision
               FROM events e LEFT JOIN members m ON m.college_id = e.college_id AND m.id = e.actor_id
               WHERE e.college_id = $1 AND e.achievement_id = $2 ORDER BY e.id"#,
            college,
            achievement.0
        )
        .fetch_all(self.connection())
        .await?)
    }
}
