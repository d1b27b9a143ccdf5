//! Status lists as the world reads them: how soon a revocation stands there, how often they are signed, and what
//! happens when somebody has been at them.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use hub::app::{compare_lists, status_lists, work};
use hub::credential::status_list::BitString;
use hub::credential::verify::Verdict;
use hub::storage::StatusListKind;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::lifecycle::approved;
use crate::support::{Client, TestCollege, TestHub, text};

/// A hub with a college and this many issued credentials.
async fn with_credentials(count: usize) -> (TestHub, TestCollege, Client, Vec<Value>) {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Meena Iyer").await;
    let mut items = Vec::new();
    for number in 0..count {
        items.push(approved(&student, &faculty, &format!("Event {number}")).await);
    }
    work::drain(&hub.app).await.unwrap();
    (hub, college, student, items)
}

async fn revoke(college: &TestCollege, item: &Value) {
    let path = format!("/api/credentials/{}/revoke/", text(&item["credential"]["id"]));
    college.admin.post(&path, json!({ "reason": "error", "text": "Wrong event." })).await.ok(200);
}

async fn document(hub: &TestHub, item: &Value) -> Value {
    let path = text(&item["credential"]["url"]);
    hub.anonymous().get(path.strip_prefix(&hub.url).unwrap()).await.ok(200)
}

/// The published list of achievements.
async fn list(hub: &TestHub) -> Value {
    hub.anonymous().get("/colleges/anna/status/achievements-1").await.ok(200)
}

fn bits(list: &Value) -> BitString {
    BitString::decode(list["credentialSubject"]["encodedList"].as_str().unwrap()).unwrap()
}

fn index(document: &Value) -> u32 {
    text(&document["credentialStatus"]["statusListIndex"]).parse().unwrap()
}

async fn verified(hub: &TestHub, document: &Value) -> Value {
    let anyone = hub.anonymous();
    let request = anyone.request(reqwest::Method::POST, "/api/verify/").body(document.to_string());
    anyone.send(request).await.ok(200)
}

/// State and code of the status check.
fn status(report: &Value) -> (String, String) {
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["id"] == "status").unwrap();
    (text(&check["state"]), text(&check["code"]))
}

/// The owner's connection, inside the college: what an insider at the database has.
async fn insider(hub: &TestHub, college: &TestCollege) -> sqlx::PgConnection {
    let mut owner = hub.database.owner().await;
    sqlx::query("SELECT set_config('hub.college_id', $1, false)")
        .bind(college.id.to_string())
        .execute(&mut owner)
        .await
        .unwrap();
    owner
}

async fn signatures(hub: &TestHub, college: &TestCollege) -> i64 {
    let mut owner = insider(hub, college).await;
    sqlx::query_scalar(
        "SELECT signatures FROM signing_keys WHERE purpose = 'credentials' AND state = 'active'",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap()
}

/// Jobs of a kind that are not done.
async fn waiting(hub: &TestHub, kind: &str) -> i64 {
    let mut owner = hub.database.owner().await;
    sqlx::query_scalar("SELECT count(*) FROM jobs WHERE kind = $1")
        .bind(kind)
        .fetch_one(&mut owner)
        .await
        .unwrap()
}

async fn events(hub: &TestHub, college: &TestCollege, kind: &str) -> Vec<Value> {
    let mut owner = insider(hub, college).await;
    sqlx::query_scalar("SELECT data FROM events WHERE kind = $1 ORDER BY id")
        .bind(kind)
        .fetch_all(&mut owner)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_revocation_is_public_within_two_seconds_of_its_answer() {
    let (hub, college, _, items) = with_credentials(5).await;
    let stop = CancellationToken::new();
    let jobs = tokio::spawn(hub::jobs::run(hub.app.clone(), stop.clone()));
    let mut waits = Vec::new();
    for item in &items {
        let index = index(&document(&hub, item).await);
        revoke(&college, item).await;
        let answered = Instant::now();
        while !bits(&list(&hub).await).is_set(index).unwrap() {
            assert!(answered.elapsed() < Duration::from_secs(60), "it never became public");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        waits.push(answered.elapsed());
    }
    waits.sort();
    // The middle one, so that a machine that does something else for a moment does not decide.
    assert!(waits[2] <= Duration::from_secs(2), "{waits:?}");
    stop.cancel();
    jobs.await.unwrap();
}

#[tokio::test]
async fn many_changes_within_a_second_are_signed_once() {
    let (hub, college, _, items) = with_credentials(6).await;
    let before = signatures(&hub, &college).await;
    for item in &items {
        revoke(&college, item).await;
    }
    hub.wait(TimeDelta::seconds(2));
    work::drain(&hub.app).await.unwrap();
    assert_eq!(signatures(&hub, &college).await - before, 2, "one proof set");
    assert_eq!(bits(&list(&hub).await).count(), 6);
}

#[tokio::test]
async fn lists_do_not_wait_behind_other_jobs() {
    let (hub, college, _, items) = with_credentials(1).await;
    let database = hub.database.connect().await;
    let mut tx = database.tenant(college.id).await.unwrap();
    let letter = json!({ "kind": "nothing a worker could read" });
    tx.enqueue(Uuid::now_v7(), "send_mail", &letter, None, hub.now()).await.unwrap();
    tx.commit().await.unwrap();
    revoke(&college, &items[0]).await;
    hub.wait(TimeDelta::seconds(2));
    assert!(work::publish_next(&hub.app).await.unwrap());
    assert_eq!(bits(&list(&hub).await).count(), 1);
    assert!(!work::publish_next(&hub.app).await.unwrap(), "the letter is not its business");
    assert_eq!(waiting(&hub, "send_mail").await, 1);
}

#[tokio::test]
async fn a_job_that_an_unfinished_act_counts_on_is_not_taken_before_the_act_is_done() {
    let (hub, college, ..) = with_credentials(1).await;
    let database = hub.database.connect().await;
    let (payload, key) = (
        json!({ "kind": "publish_status_list", "list": "achievements", "number": 1 }),
        Some("the list"),
    );
    let enqueue = async |now| {
        let mut tx = database.tenant(college.id).await.unwrap();
        tx.enqueue(Uuid::now_v7(), "publish_status_list", &payload, key, now).await.unwrap();
        tx
    };
    enqueue(hub.now()).await.commit().await.unwrap();
    // A second revocation is covered by the waiting job, but has not committed yet: what a worker published now
    // would lack it, and nobody would publish again.
    let act = enqueue(hub.now()).await;
    assert!(!work::publish_next(&hub.app).await.unwrap(), "taken too early");
    act.commit().await.unwrap();
    assert!(work::publish_next(&hub.app).await.unwrap());
    assert_eq!(waiting(&hub, "publish_status_list").await, 0);
    // And where the waiting job was taken in between, the act brings another.
    enqueue(hub.now()).await.commit().await.unwrap();
    let taken = database.take_job(&["publish_status_list"], &[], hub.now()).await.unwrap().unwrap();
    enqueue(hub.now()).await.commit().await.unwrap();
    database.finish_job(taken.id).await.unwrap();
    assert!(work::publish_next(&hub.app).await.unwrap());
}

#[tokio::test]
async fn an_unchanged_list_is_answered_by_its_tag_alone() {
    let (hub, ..) = with_credentials(1).await;
    let path = "/colleges/anna/status/achievements-1";
    let anyone = hub.anonymous();
    let first = anyone.get(path).await;
    let tag = first.header("etag").to_owned();
    assert_eq!(first.header("content-type"), "application/vc");
    assert_eq!(first.header("cache-control"), "public, max-age=900");
    assert_eq!(first.body["credentialSubject"]["ttl"], 900_000);
    for seen in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".into()] {
        let again = anyone
            .send(anyone.request(reqwest::Method::GET, path).header("if-none-match", &seen))
            .await;
        assert_eq!((again.status, again.bytes.len()), (304, 0), "{seen}");
        assert_eq!(again.header("etag"), tag);
        assert_eq!(again.header("cache-control"), "public, max-age=900");
    }
    for seen in ["\"other\"".to_owned(), tag.trim_matches('"').to_owned()] {
        let again = anyone
            .send(anyone.request(reqwest::Method::GET, path).header("if-none-match", &seen))
            .await;
        assert_eq!((again.status, again.body == first.body), (200, true), "{seen}");
    }
    // Whoever asks leaves no trace: no cookie is set.
    assert!(first.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn a_list_is_signed_anew_daily_and_holds_for_a_week() {
    let (hub, college, ..) = with_credentials(1).await;
    let first = list(&hub).await;
    let before = signatures(&hub, &college).await;
    hub.wait(TimeDelta::hours(23));
    status_lists::refresh_old(&hub.app).await.unwrap();
    hub.wait(TimeDelta::seconds(2));
    work::drain(&hub.app).await.unwrap();
    assert_eq!(list(&hub).await, first, "not a day old yet");
    hub.wait(TimeDelta::hours(2));
    for _ in 0..2 {
        status_lists::refresh_old(&hub.app).await.unwrap();
        hub.wait(TimeDelta::seconds(2));
        work::drain(&hub.app).await.unwrap();
    }
    let second = list(&hub).await;
    assert!(second["validUntil"].as_str() > first["validUntil"].as_str());
    assert_eq!(signatures(&hub, &college).await - before, 2, "once for the day");
    assert_eq!(verified(&hub, &second).await["verdict"], json!(Verdict::Valid));
    // Nobody kept it fresh: a list older than a week is not believed, ours as little as another's.
    hub.wait(TimeDelta::days(8));
    let report = verified(&hub, &second).await;
    let validity =
        report["checks"].as_array().unwrap().iter().find(|check| check["id"] == "validity");
    assert_eq!(validity.unwrap()["code"], "expired");
    assert_eq!(
        compare_lists::compare_all(&hub.app).await.unwrap(),
        1,
        "and the comparison says so"
    );
    assert_eq!(events(&hub, &college, "status_mismatch").await[0]["fault"], "expired");
}

#[tokio::test]
async fn an_expired_list_that_waits_to_be_signed_anew_is_no_alarm() {
    let (hub, college, ..) = with_credentials(1).await;
    hub.wait(TimeDelta::days(8));
    // As a hub does that starts after a week: look for what is old, then compare at once.
    status_lists::refresh_old(&hub.app).await.unwrap();
    assert_eq!(compare_lists::compare_all(&hub.app).await.unwrap(), 0);
    assert_eq!(events(&hub, &college, "status_mismatch").await, Vec::<Value>::new());
    // A worker that stands still is an alarm after a minute.
    hub.wait(TimeDelta::seconds(62));
    assert_eq!(compare_lists::compare_all(&hub.app).await.unwrap(), 1);
    assert_eq!(events(&hub, &college, "status_mismatch").await[0]["fault"], "expired");
    work::drain(&hub.app).await.unwrap();
    assert_eq!(compare_lists::compare_all(&hub.app).await.unwrap(), 0);
}

#[tokio::test]
async fn a_rotated_key_signs_the_lists_anew() {
    let (hub, college, ..) = with_credentials(1).await;
    let manager = college.key_manager("Dr. Sonkar").await;
    let before = list(&hub).await;
    let keys = manager.get("/api/keys/").await.ok(200);
    let is_active = |key: &&Value| key["purpose"] == "credentials" && key["state"] == "active";
    let active = keys.as_array().unwrap().iter().find(is_active).unwrap();
    let path = format!("/api/keys/{}/rotate/", text(&active["id"]));
    let request = manager.request(reqwest::Method::POST, &path);
    manager.send(request.header("If-Match", text(&active["etag"]))).await.ok(201);
    hub.wait(TimeDelta::seconds(2));
    work::drain(&hub.app).await.unwrap();
    let after = list(&hub).await;
    let method = |list: &Value| list["proof"][0]["verificationMethod"].clone();
    assert_ne!(method(&after), method(&before));
    for list in [before, after] {
        assert_eq!(verified(&hub, &list).await["verdict"], json!(Verdict::Valid));
    }
}

#[tokio::test]
async fn an_index_is_drawn_once_for_good_by_however_many_at_once() {
    let (hub, college, ..) = with_credentials(0).await;
    let database = hub.database.connect().await;
    let kind = StatusListKind::Portfolios;
    let draw = async |candidates: Vec<i32>| {
        let mut tx = database.tenant(college.id).await.unwrap();
        let drawn = tx.draw_status_index(kind, &candidates).await.unwrap();
        tx.commit().await.unwrap();
        drawn
    };
    // Thirty at once, all after the same thirty indices, in the same order.
    let offered: Vec<i32> = (500..530).collect();
    let drawn = futures_util::future::join_all((0..30).map(|_| draw(offered.clone()))).await;
    let mut drawn: Vec<i32> = drawn.into_iter().map(|place| place.unwrap().1).collect();
    drawn.sort_unstable();
    assert_eq!(drawn, offered);
    assert_eq!(draw(offered).await, None, "none is drawn twice");
    // At 60 % use, a new list.
    let mut owner = insider(&hub, &college).await;
    sqlx::query("UPDATE status_lists SET used = 78643").execute(&mut owner).await.unwrap();
    assert_eq!(draw(vec![500]).await, Some((2, 500)));
}

/// What was logged while it lives, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// The alarm rings: count, log line; then the event.
async fn alarm(hub: &TestHub, college: &TestCollege) -> Value {
    let log = Log::default();
    let lines = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_ansi(false).with_writer(move || lines.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    assert_eq!(compare_lists::compare_all(&hub.app).await.unwrap(), 1);
    drop(guard);
    let said = log.text();
    assert!(
        said.contains("ERROR") && said.contains("disagree") && said.contains("achievements"),
        "{said}"
    );
    assert!(!said.contains("Kavya"), "{said}");
    events(hub, college, "status_mismatch").await.pop().unwrap()
}

#[tokio::test]
async fn what_is_revoked_and_published_agrees_also_while_it_is_on_its_way() {
    let (hub, college, _, items) = with_credentials(2).await;
    assert_eq!(compare_lists::compare_all(&hub.app).await.unwrap(), 0);
    revoke(&college, &items[0]).await;
    assert_eq!(compare_lists::compare_all(&hub.app).await.unwrap(), 0, "a second ago");
    hub.wait(TimeDelta::seconds(2));
    work::drain(&hub.app).await.unwrap();
    assert_eq!(compare_lists::compare_all(&hub.app).await.unwrap(), 0);
    assert_eq!(events(&hub, &college, "status_mismatch").await, Vec::<Value>::new());
    // A worker that stands still is an alarm after a minute.
    revoke(&college, &items[1]).await;
    hub.wait(TimeDelta::seconds(61));
    let event = alarm(&hub, &college).await;
    assert_eq!(event["indices"], json!([index(&document(&hub, &items[1]).await)]));
    work::drain(&hub.app).await.unwrap();
    assert_eq!(compare_lists::compare_all(&hub.app).await.unwrap(), 0);
    assert_eq!(events(&hub, &college, "status_agrees").await.len(), 1);
}

#[tokio::test]
async fn an_insider_who_edits_the_published_list_rings_the_alarm() {
    let (hub, college, _, items) = with_credentials(3).await;
    let victim = document(&hub, &items[0]).await;
    let friend = document(&hub, &items[1]).await;
    revoke(&college, &items[1]).await;
    hub.wait(TimeDelta::minutes(2));
    work::drain(&hub.app).await.unwrap();
    assert_eq!(verified(&hub, &victim).await["verdict"], "valid");

    // The list is made to say that the victim's credential fell and the friend's did not.
    let mut edited = list(&hub).await;
    let forged = BitString::with([index(&victim)]).unwrap().encode();
    edited["credentialSubject"]["encodedList"] = forged.into();
    let mut owner = insider(&hub, &college).await;
    sqlx::query("UPDATE status_lists SET document = $1 WHERE kind = 'achievements'")
        .bind(edited.to_string())
        .execute(&mut owner)
        .await
        .unwrap();
    let event = alarm(&hub, &college).await;
    let mut named = [index(&victim), index(&friend)];
    named.sort_unstable();
    assert_eq!((&event["indices"], &event["fault"]), (&json!(named), &json!("bad_signature")));
    let report = verified(&hub, &victim).await;
    assert_eq!(status(&report), ("fail".into(), "status_mismatch".into()), "{report:#}");
    assert_eq!(report["verdict"], "not_valid");
    assert_eq!(status(&verified(&hub, &friend).await), ("fail".into(), "revoked".into()));
    let bystander = document(&hub, &items[2]).await;
    assert_eq!(verified(&hub, &bystander).await["verdict"], "valid", "nobody touched this one");
    // The same finding again is no second event.
    assert_eq!(compare_lists::compare_all(&hub.app).await.unwrap(), 1);
    assert_eq!(events(&hub, &college, "status_mismatch").await.len(), 1);
    // Signed anew from the record, everything is well again.
    hub.wait(TimeDelta::hours(25));
    status_lists::refresh_old(&hub.app).await.unwrap();
    hub.wait(TimeDelta::seconds(2));
    work::drain(&hub.app).await.unwrap();
    assert_eq!(compare_lists::compare_all(&hub.app).await.unwrap(), 0);
    assert_eq!(verified(&hub, &victim).await["verdict"], "valid");
}

#[tokio::test]
async fn an_insider_who_clears_a_set_bit_brings_nothing_back_to_life() {
    let (hub, college, student, items) = with_credentials(2).await;
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let portfolio = text(&export["url"]);
    let portfolio = hub.anonymous().get(portfolio.strip_prefix(&hub.url).unwrap()).await.ok(200);
    let fallen = document(&hub, &items[0]).await;
    revoke(&college, &items[0]).await;
    hub.wait(TimeDelta::minutes(2));
    work::drain(&hub.app).await.unwrap();
    assert!(bits(&list(&hub).await).is_set(index(&fallen)).unwrap());

    let mut owner = insider(&hub, &college).await;
    sqlx::query("UPDATE status_entries SET set_at = NULL").execute(&mut owner).await.unwrap();
    // Both kinds of lists disagree now: the portfolio fell with its credential.
    assert_eq!(compare_lists::compare_all(&hub.app).await.unwrap(), 2);
    let named: Vec<Value> = events(&hub, &college, "status_mismatch").await;
    assert_eq!(
        named.iter().map(|event| &event["list"]).collect::<Vec<_>>(),
        ["achievements-1", "portfolios-1"]
    );
    // The next list still has the bit, for the document is revoked on record.
    hub.wait(TimeDelta::hours(25));
    status_lists::refresh_old(&hub.app).await.unwrap();
    hub.wait(TimeDelta::seconds(2));
    work::drain(&hub.app).await.unwrap();
    assert!(bits(&list(&hub).await).is_set(index(&fallen)).unwrap(), "un-revoked");
    assert_eq!(
        compare_lists::compare_all(&hub.app).await.unwrap(),
        2,
        "until somebody mends the table"
    );
    for document in [&fallen, &portfolio] {
        let report = verified(&hub, document).await;
        assert_eq!(status(&report), ("fail".into(), "revoked".into()), "{report:#}");
    }

    // Clearing the record besides: the world still reads "revoked", and the hub says that something is wrong.
    sqlx::query(
        "UPDATE credentials SET status = 'active', revoked_at = NULL WHERE status = 'revoked'",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    assert_eq!(compare_lists::compare_all(&hub.app).await.unwrap(), 2);
    let report = verified(&hub, &fallen).await;
    assert_eq!(status(&report), ("fail".into(), "status_mismatch".into()), "{report:#}");
}

#[tokio::test]
async fn a_set_bit_without_a_revocation_is_an_alarm_before_its_index_is_drawn() {
    let (hub, college, ..) = with_credentials(1).await;
    let mut owner = insider(&hub, &college).await;
    sqlx::query(
        "INSERT INTO status_entries (college_id, kind, number, index, set_at) VALUES ($1, 'achievements', 1, 77, now())
         ON CONFLICT (college_id, kind, number, index) DO UPDATE SET set_at = now()",
    )
    .bind(college.id.0)
    .execute(&mut owner)
    .await
    .unwrap();
    assert_eq!(alarm(&hub, &college).await["indices"], json!([77]));
}
