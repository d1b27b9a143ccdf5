//! Who hears of what: in the app, by letter, by push.

mod digests;
mod mail_server;
mod mails;
mod preferences;
pub mod push;
mod transitions;

use chrono::{Duration, FixedOffset, Timelike};
use hub::app::notifications::write_digests;
use hub::app::work;
use serde_json::{Value, json};

use crate::support::{Client, TestHub};

/// Where the colleges of the tests are.
fn hour_in_india(hub: &TestHub) -> u32 {
    let zone = FixedOffset::east_opt(5 * 3600 + 1800).unwrap();
    hub.now().with_timezone(&zone).hour()
}

/// Choose.
async fn choose(person: &Client, change: Value) -> Value {
    person.patch("/api/notifications/preferences/", change).await.ok(200)
}

/// How letters of a topic come.
async fn choose_mail(person: &Client, topic: &str, mail: &str) {
    choose(person, json!({ "topics": [{ "topic": topic, "mail": mail }] })).await;
}

/// Let an hour pass that holds the moment of these people's daily letters.
async fn pass_the_hour_of_digests(hub: &TestHub, people: &[&Client]) {
    let next = (hour_in_india(hub) + 1) % 24;
    for person in people {
        choose(person, json!({ "digest_hour": next })).await;
    }
    hub.wait(Duration::hours(1));
}

/// What the hub does every quarter of an hour.
async fn look_after(hub: &TestHub) {
    write_digests(&hub.app).await.unwrap();
    work::drain(&hub.app).await.unwrap();
}
