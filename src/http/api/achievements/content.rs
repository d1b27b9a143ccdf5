//! What a student writes of an achievement, in JSON.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::known;
use crate::app::Refusal;
use crate::app::rows::AchievementRow;
use crate::domain::achievement::{Level, Outcome, RawContent};
use crate::domain::ids::TeamId;
use crate::domain::particulars::Particulars;

/// What an achievement says, as the student writes it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct ContentRequest {
    /// Code of the category.
    category: String,
    /// 3 to 200 characters.
    #[schema(min_length = 3, max_length = 200)]
    title: String,
    #[serde(default)]
    #[schema(max_length = 4000)]
    description: String,
    /// Who held it or gave it; needed to submit.
    #[serde(default)]
    organiser: String,
    role: Option<String>,
    level: Option<Level>,
    outcome: Option<Outcome>,
    started_on: Option<NaiveDate>,
    /// Last day, or the day of the award; needed to submit.
    ended_on: Option<NaiveDate>,
    /// 1 to 10,000.
    hours: Option<i32>,
    /// At most 12.
    #[serde(default)]
    skills: Vec<String>,
    team: Option<String>,
    /// A team that was entered and that the student is on: nobody on it decides.
    team_id: Option<TeamId>,
    /// What only some categories ask for: their `particulars` name the fields.
    #[serde(default)]
    particulars: Particulars,
}

/// Fields of a draft to change: an absent one stays, null clears it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct ContentPatch {
    category: Option<String>,
    title: Option<String>,
    description: Option<String>,
    organiser: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    role: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Level>)]
    level: Option<Option<Level>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Outcome>)]
    outcome: Option<Option<Outcome>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>)]
    started_on: Option<Option<NaiveDate>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>)]
    ended_on: Option<Option<NaiveDate>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i32>)]
    hours: Option<Option<i32>>,
    skills: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    team: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<TeamId>)]
    team_id: Option<Option<TeamId>>,
    /// In the place of all there were.
    particulars: Option<Particulars>,
}

impl From<ContentRequest> for RawContent {
    fn from(request: ContentRequest) -> Self {
        Self {
            category: request.category,
            title: request.title,
            description: request.description,
            organiser: request.organiser,
            role: request.role,
            level: request.level,
            outcome: request.outcome,
            started_on: request.started_on,
            ended_on: request.ended_on,
            hours: request.hours,
            skills: request.skills,
            team: request.team,
            team_id: request.team_id,
            particulars: request.particulars,
        }
    }
}

impl ContentPatch {
    /// What the draft says when this is written over it.
    pub(super) fn over(self, row: &AchievementRow) -> Result<RawContent, Refusal> {
        let level = row.level.as_deref().map(known::<Level>).transpose()?;
        let outcome = row.outcome.as_deref().map(known::<Outcome>).transpose()?;
        Ok(RawContent {
            category: self.category.unwrap_or_else(|| row.category_code.clone()),
            title: self.title.unwrap_or_else(|| row.title.clone()),
            description: self.description.unwrap_or_else(|| row.description.clone()),
            organiser: self.organiser.unwrap_or_else(|| row.organiser.clone()),
            role: self.role.unwrap_or_else(|| row.role.clone()),
            level: self.level.unwrap_or(level),
            outcome: self.outcome.unwrap_or(outcome),
            started_on: self.started_on.unwrap_or(row.started_on),
            ended_on: self.ended_on.unwrap_or(row.ended_on),
            hours: self.hours.unwrap_or(row.hours),
            skills: self.skills.unwrap_or_else(|| row.skills.clone()),
            team: self.team.unwrap_or_else(|| row.team.clone()),
            team_id: self.team_id.unwrap_or(row.team_id.map(TeamId)),
            particulars: self.particulars.unwrap_or_else(|| Particulars::read(&row.particulars)),
        })
    }
}

/// Tells null from absent.
pub(in crate::http::api) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}
