//! The colleges of this hub with their keys, as one list to keep: for checks without a network.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{App, Refusal, keys, publish};
use crate::credential::build::timestamp;
use crate::domain::page::PageRequest;

/// More colleges than one hub will have; whoever has more keeps lists of their own.
const MOST: i64 = 5_000;
/// How long one that was drawn up is handed out.
const KEPT_FOR: TimeDelta = TimeDelta::minutes(5);

/// The list as it was drawn up last.
#[derive(Debug, Default)]
pub(crate) struct KeptList(Mutex<Option<(DateTime<Utc>, String)>>);

/// Name, DID and credential keys of every active college, with the time it was drawn up; at most five minutes old.
pub async fn college_list(app: &App) -> Result<String, Refusal> {
    // Held while it is drawn up: many who ask at once cost one look at the colleges.
    let mut kept = app.college_list.0.lock().await;
    let now = app.now();
    if let Some((at, text)) = kept.as_ref()
        && (TimeDelta::zero()..KEPT_FOR).contains(&(now - *at))
    {
        return Ok(text.clone());
    }
    let text = draw_up(now, app).await?.to_string();
    *kept = Some((now, text.clone()));
    Ok(text)
}

async fn draw_up(now: DateTime<Utc>, app: &App) -> Result<Value, Refusal> {
    let page = PageRequest { limit: MOST, after: None };
    let mut colleges = Vec::new();
    for college in app.database.college_page(&page).await? {
        let history = publish::key_history(&college.slug, app).await?;
        let signs = |key: &&Value| key["purpose"] == keys::CREDENTIALS;
        let keys: Vec<&Value> =
            history["keys"].as_array().into_iter().flatten().filter(signs).collect();
        colleges.push(json!({
            "did": history["id"],
            "name": college.name,
            "city": college.city,
            "keys": keys,
        }));
    }
    Ok(json!({
        "type": "CollegeList",
        "source": app.public_url.as_str(),
        "as_of": timestamp(now),
        "colleges": colleges,
    }))
}
