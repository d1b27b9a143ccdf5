//! Daily letters: one a day and member, never empty, never another's.

use chrono::Duration;
use futures_util::future::join_all;
use hub::app::notifications::write_due;
use hub::mailer::RememberedMail;
use serde_json::json;

use super::{choose_mail, look_after, pass_the_hour_of_digests};
use crate::lifecycle::submitted;
use crate::support::{Client, TestHub, sign_in};

async fn digests_to(hub: &TestHub, person: &Client) -> Vec<RememberedMail> {
    let mails = hub.mails().await.into_iter();
    mails.filter(|mail| mail.kind == "notices" && mail.to == person.email).collect()
}

async fn comment(student: &Client, item: &serde_json::Value, text: &str) {
    let path = format!("/api/achievements/{}/comments/", item["id"].as_str().unwrap());
    student.post(&path, json!({ "text": text })).await.ok(201);
}

#[tokio::test]
async fn a_daily_letter_holds_what_was_not_read_and_comes_once() {
    let hub = TestHub::start().await;
    let (anna, beta) = (hub.college("anna").await, hub.college("beta").await);
    let (student, first) = (anna.student("Kavya").await, anna.faculty("Dr. Iyer").await);
    let idle = anna.faculty("Dr. Rao").await;
    let elsewhere = beta.faculty("Dr. Das").await;
    submitted(&beta.student("Student Of Beta").await, "Of beta").await;
    let item = submitted(&student, "Relay").await;
    comment(&first, &item, "Which round?").await;
    comment(&student, &item, "The third.").await;
    // One who read everything gets nothing.
    let newest = idle.get("/api/notifications/").await.ok(200)["results"][0]["id"].clone();
    idle.post("/api/notifications/read/", json!({ "up_to": newest })).await;
    choose_mail(&elsewhere, "review", "off").await;

    look_after(&hub).await;
    assert_eq!(digests_to(&hub, &first).await.len(), 0, "its hour has not come");
    pass_the_hour_of_digests(&hub, &[&first, &idle, &elsewhere, &student]).await;
    // Several workers at once.
    let workers = (0..4).map(|_| write_due(anna.id, &hub.app));
    assert!(join_all(workers).await.into_iter().all(|done| done.is_ok()));
    look_after(&hub).await;
    look_after(&hub).await;

    let letters = digests_to(&hub, &first).await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].subject, "2 notices from College of anna");
    let lines: Vec<_> = letters[0].text.lines().filter(|line| line.ends_with(": Relay")).collect();
    assert_eq!(lines, ["A new comment: Relay", "Something waits for your review: Relay"]);
    assert!(!letters[0].text.contains("third"), "what people wrote stays in the app");
    assert!(!letters[0].text.contains("beta"));
    let of_student = digests_to(&hub, &student).await;
    assert_eq!(of_student.len(), 1);
    assert_eq!(of_student[0].subject, "A new comment: Relay");
    assert_eq!(digests_to(&hub, &idle).await.len(), 0, "all was read");
    assert_eq!(digests_to(&hub, &elsewhere).await.len(), 0, "off");

    // Days without news are days without letters.
    for _ in 0..3 {
        hub.wait(Duration::days(1));
        look_after(&hub).await;
    }
    assert_eq!(digests_to(&hub, &first).await.len(), 1);
}

#[tokio::test]
async fn what_comes_after_the_letter_waits_for_the_next_day() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let (student, faculty) = (college.student("Kavya").await, college.faculty("Dr. Iyer").await);
    let item = submitted(&student, "Relay").await;
    student.patch("/api/me/", json!({ "language": "ta" })).await.ok(200);
    comment(&faculty, &item, "One").await;
    pass_the_hour_of_digests(&hub, &[&student]).await;
    look_after(&hub).await;
    assert_eq!(digests_to(&hub, &student).await[0].subject, "புதிய கருத்து: Relay");
    let faculty = sign_in(&faculty.email, "anna", &hub.app).await;
    comment(&faculty, &item, "Two").await;
    comment(&faculty, &item, "Three").await;
    look_after(&hub).await;
    assert_eq!(digests_to(&hub, &student).await.len(), 1, "not twice a day");
    hub.wait(Duration::days(1));
    look_after(&hub).await;
    let letters = digests_to(&hub, &student).await;
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0].subject, "College of anna: 2 அறிவிப்புகள்");

    // The way out of the daily letter: what may be off is off, the rest comes at once.
    let student = sign_in(&student.email, "anna", &hub.app).await;
    choose_mail(&student, "account", "digest").await;
    let link = letters[0].text.lines().last().unwrap().strip_prefix(&hub.url).unwrap();
    assert_eq!(hub.anonymous().post(link, json!({})).await.status, 200);
    let now = student.get("/api/notifications/preferences/").await.ok(200);
    let mail = |topic: &str| {
        let rows = now["topics"].as_array().unwrap();
        rows.iter().find(|row| row["topic"] == topic).unwrap()["mail"].clone()
    };
    assert_eq!((mail("comments"), mail("review")), (json!("off"), json!("off")));
    assert_eq!((mail("account"), mail("decisions")), (json!("at_once"), json!("at_once")));
}
