//! GET /api/notifications/ , POST /api/notifications/read/ , GET, PATCH /api/notifications/preferences/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::achievements::present;
use super::page::PageResponse;
use crate::app::notifications::preferences::{self, Choice, PreferenceChange, Preferences};
use crate::app::rows::NotificationRow;
use crate::app::{App, Refusal, notifications};
use crate::domain::field::FieldErrors;
use crate::domain::ids::NotificationId;
use crate::domain::member::Language;
use crate::domain::notice::{MailChoice, NoticeKind, Topic};
use crate::http::extract::{Filter, SignedIn, ValidJson, page_request};
use crate::http::problem::Problem;

/// How a time of day is written.
const CLOCK: &str = "%H:%M";

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(preferences, choose))
}

/// A notice to the caller.
#[derive(Serialize, ToSchema)]
struct Notification {
    id: uuid::Uuid,
    kind: String,
    /// What it is about, in the reader's language.
    heading: &'static str,
    text: String,
    achievement_id: Option<uuid::Uuid>,
    created_at: DateTime<Utc>,
    read: bool,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NotificationFilter {
    limit: Option<i64>,
    cursor: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadRequest {
    /// The newest notice that was seen.
    up_to: NotificationId,
}

/// What somebody is told, and when.
#[derive(Serialize, ToSchema)]
struct NotificationPreferences {
    /// Every topic; notices in the app always come.
    topics: Vec<TopicChoice>,
    /// IANA name of one's own zone; null: the college's.
    time_zone: Option<String>,
    /// IANA name.
    college_time_zone: String,
    /// When pushes wait; null: they never do.
    quiet_hours: Option<QuietHours>,
    /// The hour of one's day from which the daily letter goes, 0 to 23.
    digest_hour: i16,
}

/// What holds for notices of a topic.
#[derive(Serialize, ToSchema)]
struct TopicChoice {
    topic: Topic,
    mail: MailChoice,
    push: bool,
    /// Whether `mail` may be `off`.
    may_be_off: bool,
}

/// Times of day where one is, `22:00`; past midnight where `until` is the earlier one.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuietHours {
    from: String,
    until: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PreferencesRequest {
    /// Those that change.
    #[serde(default)]
    topics: Vec<TopicRequest>,
    /// IANA name; null: the college's.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    time_zone: Option<Option<String>>,
    /// Null: pushes come at any time.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<QuietHours>)]
    quiet_hours: Option<Option<QuietHours>>,
    /// 0 to 23.
    digest_hour: Option<i16>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TopicRequest {
    topic: Topic,
    mail: Option<MailChoice>,
    push: Option<bool>,
}

/// The caller's notices, newest first.
#[utoipa::path(get, path = "/api/notifications", tag = "notifications", security(("bearer" = [])), params(NotificationFilter),
    responses((status = 200, body = PageResponse<Notification>), (status = 401)))]
async fn list(
    SignedIn(caller): SignedIn,
    Filter(filter): Filter<NotificationFilter>,
    State(app): State<Arc<App>>,
) -> Result<Json<PageResponse<Notification>>, Problem> {
    let page = page_request(filter.limit, filter.cursor.as_deref())?;
    let page = notifications::list(page, &caller, &app).await?;
    Ok(Json(PageResponse::from_page(page, |row| shape(row, caller.language))))
}

/// Mark notices read, up to and with one.
#[utoipa::path(post, path = "/api/notifications/read", tag = "notifications", security(("bearer" = [])), request_body = ReadRequest,
    responses((status = 204), (status = 401)))]
async fn read(
    SignedIn(caller): SignedIn,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<ReadRequest>,
) -> Result<StatusCode, Problem> {
    notifications::mark_read(request.up_to, &caller, &app).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the caller is told by letter and push, and when.
#[utoipa::path(get, path = "/api/notifications/preferences", tag = "notifications", security(("bearer" = [])),
    responses((status = 200, body = NotificationPreferences), (status = 401)))]
async fn preferences(
    SignedIn(caller): SignedIn,
    State(app): State<Arc<App>>,
) -> Result<Json<NotificationPreferences>, Problem> {
    Ok(Json(preferences::preferences(&caller, &app).await?.into()))
}

/// Choose what one is told by letter and push, and when. What is left out stays.
#[utoipa::path(patch, path = "/api/notifications/preferences", tag = "notifications", security(("bearer" = [])),
    request_body = PreferencesRequest,
    responses((status = 200, body = NotificationPreferences), (status = 400), (status = 401), (status = 422)))]
async fn choose(
    SignedIn(caller): SignedIn,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<PreferencesRequest>,
) -> Result<Json<NotificationPreferences>, Problem> {
    let change = request.parse()?;
    Ok(Json(preferences::change(change, &caller, &app).await?.into()))
}

impl PreferencesRequest {
    fn parse(self) -> Result<PreferenceChange, Problem> {
        let mut errors = FieldErrors::default();
        let mut time = |field: &str, text: &str| {
            let parsed = NaiveTime::parse_from_str(text, CLOCK);
            parsed
                .map_err(|_| errors.add(field, "malformed", "A time of day is written as 22:30."))
                .ok()
        };
        let quiet_hours = self.quiet_hours.map(|quiet| {
            let quiet = quiet?;
            let from = time("quiet_hours/from", &quiet.from);
            from.zip(time("quiet_hours/until", &quiet.until))
        });
        let topics = self.topics.into_iter().map(|topic| (topic.topic, topic.mail, topic.push));
        let change = PreferenceChange {
            choices: topics.collect(),
            time_zone: self.time_zone,
            quiet_hours,
            digest_hour: self.digest_hour,
        };
        Ok(errors.or(change).map_err(Refusal::from)?)
    }
}

impl From<Preferences> for NotificationPreferences {
    fn from(preferences: Preferences) -> Self {
        let times = preferences.times;
        let clock = |time: NaiveTime| time.format(CLOCK).to_string();
        Self {
            topics: preferences.choices.into_iter().map(TopicChoice::from).collect(),
            time_zone: times.time_zone,
            college_time_zone: times.college_time_zone,
            quiet_hours: times
                .quiet_from
                .zip(times.quiet_until)
                .map(|(from, until)| QuietHours { from: clock(from), until: clock(until) }),
            digest_hour: times.digest_hour,
        }
    }
}

impl From<Choice> for TopicChoice {
    fn from(choice: Choice) -> Self {
        Self {
            topic: choice.topic,
            mail: choice.mail,
            push: choice.push,
            may_be_off: choice.topic.may_be_off(),
        }
    }
}

fn shape(row: NotificationRow, language: Language) -> Notification {
    Notification {
        id: row.id,
        heading: NoticeKind::of(&row.kind).heading(language),
        kind: row.kind,
        text: row.text,
        achievement_id: row.achievement_id,
        created_at: row.created_at,
        read: row.read_at.is_some(),
    }
}
