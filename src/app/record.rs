//! What every act leaves behind: an event in its own transaction, and jobs for its after-effects.

use serde_json::json;

use super::{App, Refusal};
use crate::domain::audit::Salt;
use crate::domain::ids::AchievementId;
use crate::domain::ids::MemberId;
use crate::domain::job::Job;
use crate::domain::member::{Caller, Role};
use crate::storage::{NewEvent, TenantTx};

/// Who acted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Actor {
    /// The member; none where the hub itself acted.
    pub(crate) member: Option<MemberId>,
    /// The role the act is recorded under.
    pub(crate) role: Option<Role>,
}

impl Actor {
    /// The hub itself.
    pub(crate) const HUB: Self = Self { member: None, role: None };
}

impl From<&Caller> for Actor {
    fn from(caller: &Caller) -> Self {
        Self { member: Some(caller.member), role: Some(caller.leading_role()) }
    }
}

impl From<&crate::domain::member::Reviewer> for Actor {
    fn from(reviewer: &crate::domain::member::Reviewer) -> Self {
        Self { member: Some(reviewer.member()), role: Some(reviewer.role()) }
    }
}

/// What happened to what.
#[derive(Clone, Debug)]
pub(crate) struct Happening<'a> {
    /// `submitted`, `approved`, `key_rotated` …
    pub(crate) kind: &'a str,
    /// The achievement it belongs to, and which revision.
    pub(crate) achievement: Option<(AchievementId, i32)>,
    /// What the actor said.
    pub(crate) text: Option<&'a str>,
    /// Further facts; no names of people.
    pub(crate) data: serde_json::Value,
}

impl<'a> Happening<'a> {
    /// Something that happened to an achievement.
    pub(crate) fn to(achievement: AchievementId, revision: i32, kind: &'a str) -> Self {
        Self { kind, achievement: Some((achievement, revision)), text: None, data: json!({}) }
    }

    /// Something that happened to the college.
    pub(crate) fn in_college(kind: &'a str, data: serde_json::Value) -> Self {
        Self { kind, achievement: None, text: None, data }
    }

    /// With what the actor said.
    pub(crate) fn saying(self, text: Option<&'a str>) -> Self {
        Self { text, ..self }
    }
}

/// Have the event written: the transaction cannot commit without it.
pub(crate) async fn record(
    happening: Happening<'_>,
    actor: Actor,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let mut salt = Salt::default();
    salt.copy_from_slice(&app.random_bytes()[..16]);
    tx.note(NewEvent {
        id: app.row_id(),
        achievement_id: happening.achievement.map(|(id, _)| id.0),
        revision: happening.achievement.map(|(_, revision)| revision),
        kind: happening.kind.to_owned(),
        actor_id: actor.member.map(|id| id.0),
        actor_role: actor.role.map(|role| role.as_str().to_owned()),
        at: app.now(),
        text: happening.text.map(str::to_owned),
        data: happening.data,
        salt,
    });
    Ok(())
}

/// Enqueue an after-effect.
pub(crate) async fn enqueue(job: &Job, tx: &mut TenantTx, app: &App) -> Result<(), Refusal> {
    enqueue_later(job, chrono::Duration::seconds(job.delay_seconds()), tx, app).await
}

/// Enqueue an after-effect that is not due before some time.
pub(crate) async fn enqueue_later(
    job: &Job,
    delay: chrono::Duration,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let payload = serde_json::to_value(job).map_err(Refusal::internal)?;
    let dedupe = job.dedupe_key(tx.college());
    let run_at = app.now() + delay;
    Ok(tx.enqueue(app.row_id(), job.kind(), &payload, dedupe.as_deref(), run_at).await?)
}
