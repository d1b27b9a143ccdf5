//! What one is told by letter and push, and when.

use std::sync::Arc;

use chrono::NaiveTime;

use crate::app::authenticate::word;
use crate::app::{App, Refusal};
use crate::domain::field::FieldErrors;
use crate::domain::ids::MemberId;
use crate::domain::member::Caller;
use crate::domain::notice::{MailChoice, NoticeKind, Topic};
use crate::storage::{TenantTx, TimesRow};

/// What holds for a topic.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// Which.
    pub topic: Topic,
    /// How letters come.
    pub mail: MailChoice,
    /// Whether browsers are told too.
    pub push: bool,
}

/// Everything one may choose, as it stands.
#[derive(Clone, Debug)]
pub struct Preferences {
    /// One for each topic.
    pub choices: Vec<Choice>,
    /// When one is told.
    pub times: TimesRow,
}

/// What is to be different; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct PreferenceChange {
    /// Topics with what changes of them.
    pub choices: Vec<(Topic, Option<MailChoice>, Option<bool>)>,
    /// An IANA name; `Some(None)`: as the college.
    pub time_zone: Option<Option<String>>,
    /// From, until; `Some(None)`: pushes never rest.
    pub quiet_hours: Option<Option<(NaiveTime, NaiveTime)>>,
    /// 0 to 23.
    pub digest_hour: Option<i16>,
}

/// What the caller chose.
pub async fn preferences(caller: &Caller, app: &App) -> Result<Preferences, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let choices = all_choices(caller.member, &mut tx).await?;
    let times = tx.notification_times(caller.member).await?;
    tx.commit().await?;
    Ok(Preferences { choices, times })
}

/// Choose.
///
/// # Errors
/// `Invalid` at `/topics/{n}/mail` for what may not be off, `/time_zone` and `/digest_hour`.
pub async fn change(
    change: PreferenceChange,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<Preferences, Refusal> {
    check(&change, app).await?;
    let (hub, person) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = hub.database.tenant(person.college).await?;
        let before = all_choices(person.member, &mut tx).await?;
        for (topic, mail, push) in &change.choices {
            let Some(old) = before.iter().find(|old| old.topic == *topic) else { continue };
            let (mail, push) = (mail.unwrap_or(old.mail), push.unwrap_or(old.push));
            choose(person.member, Choice { topic: *topic, mail, push }, &mut tx).await?;
        }
        let times = tx.notification_times(person.member).await?;
        let wanted = times_after(&change, &times);
        if wanted != times {
            tx.set_notification_times(person.member, &wanted).await?;
        }
        Ok(tx.commit().await?)
    })
    .await?;
    preferences(caller, app).await
}

/// What a member chose of every topic, or the topic's default.
pub(super) async fn all_choices(
    member: MemberId,
    tx: &mut TenantTx,
) -> Result<Vec<Choice>, Refusal> {
    let chosen = tx.notification_choices(member).await?;
    Topic::ALL
        .iter()
        .map(|topic| {
            let row = chosen.iter().find(|row| row.topic == topic.as_str());
            let mail = row.map(|row| word(&row.mail)).transpose()?;
            Ok(Choice {
                topic: *topic,
                mail: mail.unwrap_or(topic.default_mail()),
                push: row.map_or(topic.default_push(), |row| row.push),
            })
        })
        .collect()
}

/// Write a choice. What was chosen not to come by letter does not come by the next daily one either.
pub(super) async fn choose(
    member: MemberId,
    choice: Choice,
    tx: &mut TenantTx,
) -> Result<(), Refusal> {
    let Choice { topic, mail, push } = choice;
    tx.choose(member, topic, mail, push).await?;
    if mail == MailChoice::Off {
        let kinds = NoticeKind::ALL.iter().filter(|kind| kind.topic() == topic);
        let kinds: Vec<String> = kinds.map(|kind| kind.as_str().to_owned()).collect();
        tx.keep_from_digest(member, &kinds).await?;
    }
    Ok(())
}

async fn check(change: &PreferenceChange, app: &App) -> Result<(), Refusal> {
    let mut errors = FieldErrors::default();
    for (place, (topic, mail, _)) in change.choices.iter().enumerate() {
        if *mail == Some(MailChoice::Off) && !topic.may_be_off() {
            let field = format!("topics/{place}/mail");
            errors.add(&field, "not_optional", "Letters of this kind cannot be turned off.");
        }
    }
    if let Some(Some(zone)) = &change.time_zone
        && !app.database.knows_time_zone(zone).await?
    {
        errors.add("time_zone", "unknown", "This names no time zone, as Asia/Kolkata does.");
    }
    if change.digest_hour.is_some_and(|hour| !(0..24).contains(&hour)) {
        errors.add("digest_hour", "out_of_range", "An hour of the day is 0 to 23.");
    }
    Ok(errors.or(())?)
}

fn times_after(change: &PreferenceChange, before: &TimesRow) -> TimesRow {
    let quiet = change.quiet_hours.unwrap_or(before.quiet_from.zip(before.quiet_until));
    TimesRow {
        time_zone: change.time_zone.clone().unwrap_or_else(|| before.time_zone.clone()),
        college_time_zone: before.college_time_zone.clone(),
        quiet_from: quiet.map(|(from, _)| from),
        quiet_until: quiet.map(|(_, until)| until),
        digest_hour: change.digest_hour.unwrap_or(before.digest_hour),
    }
}
