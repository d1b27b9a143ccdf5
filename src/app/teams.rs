//! Events that several achievements speak of, and the teams that took part: entered once.

use chrono::NaiveDate;
use serde_json::json;

use super::record::{Happening, record};
use super::{App, Refusal};
use crate::domain::achievement::Level;
use crate::domain::field::FieldErrors;
use crate::domain::ids::{EventId, MemberId, TeamId};
use crate::domain::member::Caller;
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::domain::text::{line, roll_key};
use crate::storage::{SharedEventRow, TeamRow};

/// Most members of one team.
const MOST_MEMBERS: usize = 60;

/// An event as somebody enters it.
#[derive(Clone, Debug)]
pub struct RawEvent {
    /// 3 to 200 characters.
    pub name: String,
    /// At most 200 characters.
    pub organiser: String,
    /// How far it reached.
    pub level: Option<Level>,
    /// First day.
    pub started_on: Option<NaiveDate>,
    /// Last day; not before the first.
    pub ended_on: Option<NaiveDate>,
}

/// The college's events, newest first.
pub async fn events(
    page: PageRequest,
    caller: &Caller,
    app: &App,
) -> Result<Page<SharedEventRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.shared_events(&page).await?;
    tx.commit().await?;
    Ok(Page::from_rows(rows, page.limit, |row| Cursor { micros: 0, id: row.id }))
}

/// Enter an event.
pub async fn enter_event(
    raw: RawEvent,
    caller: &Caller,
    app: &App,
) -> Result<SharedEventRow, Refusal> {
    let mut errors = FieldErrors::default();
    let name = errors.take("name", line(&raw.name, 3, 200));
    let organiser = errors.take("organiser", line(&raw.organiser, 0, 200));
    if raw.started_on.zip(raw.ended_on).is_some_and(|(start, end)| end < start) {
        errors.add("ended_on", "before_start", "The last day cannot be before the first.");
    }
    let (Some(name), Some(organiser)) = (name, organiser) else { return Err(errors.into()) };
    let row = errors.or(SharedEventRow {
        id: app.row_id(),
        name,
        organiser,
        level: raw.level.map(|level| level.as_str().to_owned()),
        started_on: raw.started_on,
        ended_on: raw.ended_on,
        created_at: app.now(),
    })?;
    let mut tx = app.database.tenant(caller.college).await?;
    tx.insert_shared_event(&row, caller.member).await?;
    let happening = Happening::in_college("event_entered", json!({ "event": row.id }));
    record(happening, caller.into(), &mut tx, app).await?;
    tx.commit().await?;
    Ok(row)
}

/// The teams that the caller is on.
pub async fn teams(caller: &Caller, app: &App) -> Result<Vec<TeamRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.teams_of(caller.member).await?;
    tx.commit().await?;
    Ok(rows)
}

/// Enter a team: the caller, and confirmed students by their roll numbers.
pub async fn enter_team(
    name: &str,
    event: Option<EventId>,
    roll_numbers: &[String],
    caller: &Caller,
    app: &App,
) -> Result<TeamRow, Refusal> {
    let mut errors = FieldErrors::default();
    let name = errors.take("name", line(name, 1, 120));
    if roll_numbers.len() >= MOST_MEMBERS {
        errors.add("roll_numbers", "too_many", "A team has at most 60 members.");
    }
    let Some(name) = name else { return Err(errors.into()) };
    errors.or(())?;
    let mut tx = app.database.tenant(caller.college).await?;
    if let Some(event) = event
        && !tx.shared_event_exists(event).await?
    {
        return Err(Refusal::field("event", "unknown", "Your college has no such event."));
    }
    let keys: Vec<String> = roll_numbers.iter().map(|number| roll_key(number)).collect();
    let found = tx.students_by_roll(&keys).await?;
    let mut errors = FieldErrors::default();
    for (place, key) in keys.iter().enumerate() {
        if !found.iter().any(|(known, _)| known == key) {
            let field = format!("roll_numbers/{place}");
            errors.add(&field, "unknown", "No confirmed student has this roll number.");
        }
    }
    errors.or(())?;
    let mut members: Vec<MemberId> = found.into_iter().map(|(_, member)| member).collect();
    members.push(caller.member);
    members.sort_unstable();
    members.dedup();
    let id = TeamId(app.row_id());
    tx.insert_team(id, (&name, event), &members, caller.member, app.now()).await?;
    let happening = Happening::in_college("team_entered", json!({ "team": id }));
    record(happening, caller.into(), &mut tx, app).await?;
    let row = tx.teams_of(caller.member).await?.into_iter().find(|row| row.id == id.0);
    tx.commit().await?;
    row.ok_or_else(|| Refusal::internal(anyhow::anyhow!("the team was entered a moment ago")))
}
