//! Letters by a real conversation with a mail server, and the way out of them.

use std::collections::BTreeMap;

use chrono::Duration;
use hub::app::work;
use hub::push::Pusher;
use serde_json::json;

use super::choose_mail;
use super::mail_server::{Day, MailServer};
use crate::lifecycle::{act, approved, inside, submitted};
use crate::support::{Outside, TestCollege, TestHub, text};
use crate::workflow::notices;

async fn with_server() -> (TestHub, TestCollege, MailServer) {
    let server = MailServer::start().await;
    let hub =
        TestHub::start_outside(Outside { mailer: server.mailer(), pusher: Pusher::public() }).await;
    let college = hub.college("anna").await;
    (hub, college, server)
}

/// Let the hub try until nothing waits any more.
async fn settle(hub: &TestHub, college: &TestCollege) {
    for _ in 0..20 {
        work::drain(&hub.app).await.unwrap();
        let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs WHERE failed_at IS NULL")
            .fetch_one(&mut inside(hub, college).await)
            .await
            .unwrap();
        if waiting == 0 {
            return;
        }
        hub.wait(Duration::minutes(2));
    }
    panic!("jobs go on waiting");
}

#[tokio::test]
async fn no_letter_is_lost_and_none_doubled_on_a_bad_day_of_the_mail_server() {
    let (hub, college, server) = with_server().await;
    let faculty = college.faculty("Dr. Iyer").await;
    let mut students = Vec::new();
    for name in ["Kavya", "Arun", "Meena", "Ravi"] {
        students.push(college.student(name).await);
    }
    settle(&hub, &college).await;
    let before = server.taken().len();
    for student in &students {
        approved(student, &faculty, "Relay").await;
    }
    server.expect(&[Day::Away, Day::Busy, Day::BreaksOff, Day::Away, Day::BreaksOff, Day::Busy]);
    settle(&hub, &college).await;

    let letters = &server.taken()[before..];
    let mut to: Vec<_> = letters.iter().map(|letter| letter.to.clone()).collect();
    to.sort();
    let mut expected: Vec<_> = students.iter().map(|student| student.email.clone()).collect();
    expected.sort();
    assert_eq!(to, expected, "one each");
    for letter in letters {
        let way_out = letter.header("List-Unsubscribe").unwrap_or_default();
        assert!(way_out.starts_with(&format!("<{}/unsubscribe/", hub.url)), "{}", letter.data);
        assert_eq!(letter.header("List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
    }
}

#[tokio::test]
async fn a_server_that_takes_a_letter_and_does_not_say_so_gets_it_twice_under_one_message_id() {
    let (hub, college, server) = with_server().await;
    let (student, faculty) = (college.student("Kavya").await, college.faculty("Dr. Iyer").await);
    settle(&hub, &college).await;
    let before = server.taken().len();
    approved(&student, &faculty, "Relay").await;
    server.expect(&[Day::TakesAndBreaksOff]);
    settle(&hub, &college).await;

    let letters = &server.taken()[before..];
    let ids: Vec<_> = letters.iter().map(|letter| letter.header("Message-ID")).collect();
    assert_eq!(ids.len(), 2, "RFC 5321 §4.5.4.1 cannot do better");
    assert!(ids[0].is_some() && ids[0] == ids[1], "{ids:?}");
}

#[tokio::test]
async fn a_recipient_whom_the_server_does_not_know_is_tried_once_and_kept_for_somebody_to_look_at()
{
    let (hub, college, server) = with_server().await;
    let (student, faculty) = (college.student("Kavya").await, college.faculty("Dr. Iyer").await);
    settle(&hub, &college).await;
    approved(&student, &faculty, "Relay").await;
    server.expect(&[Day::NoSuchUser]);
    settle(&hub, &college).await;
    let failed: Vec<(String, i32, String)> =
        sqlx::query_as("SELECT kind, attempts, last_error FROM jobs WHERE failed_at IS NOT NULL")
            .fetch_all(&mut inside(&hub, &college).await)
            .await
            .unwrap();
    assert_eq!(failed.len(), 1);
    assert_eq!((failed[0].0.as_str(), failed[0].1), ("send_mail", 1));
    assert!(failed[0].2.contains("no such user"), "{failed:?}");
}

#[tokio::test]
async fn a_mail_server_may_be_away_for_days() {
    let (hub, college, server) = with_server().await;
    let (student, faculty) = (college.student("Kavya").await, college.faculty("Dr. Iyer").await);
    settle(&hub, &college).await;
    let before = server.taken().len();
    approved(&student, &faculty, "Relay").await;
    server.expect(&[Day::Away; 60]);
    for _ in 0..80 {
        work::drain(&hub.app).await.unwrap();
        hub.wait(Duration::hours(1));
    }
    let letters = &server.taken()[before..];
    assert_eq!(letters.len(), 1, "after two days and a half");
}

#[tokio::test]
async fn a_link_in_the_letter_is_the_way_out_and_needs_no_log_in() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let (student, faculty) = (college.student("Kavya").await, college.faculty("Dr. Iyer").await);
    approved(&student, &faculty, "Relay").await;
    let mail = hub.mail(&student.email, "decision").await;
    let link = mail.text.lines().last().unwrap().strip_prefix(&hub.url).unwrap().to_owned();
    let stranger = hub.anonymous();

    let asked = stranger.get(&link).await;
    assert_eq!(asked.status, 200);
    assert!(String::from_utf8_lossy(&asked.bytes).contains("<form method=\"post\">"));
    assert!(asked.header("content-security-policy").contains("form-action 'self'"));
    let now = student.get("/api/notifications/preferences/").await.ok(200);
    assert_eq!(now["topics"][0]["mail"], "at_once", "a program that follows links changes nothing");

    let body = "List-Unsubscribe=One-Click";
    for _ in 0..2 {
        let request = stranger.request(reqwest::Method::POST, &link);
        let request =
            request.header("content-type", "application/x-www-form-urlencoded").body(body);
        assert_eq!(stranger.send(request).await.status, 200);
    }
    let now = student.get("/api/notifications/preferences/").await.ok(200);
    let mails: BTreeMap<_, _> = now["topics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(&row["topic"]), text(&row["mail"])))
        .collect();
    assert_eq!((mails["decisions"].as_str(), mails["comments"].as_str()), ("off", "digest"));
    let before = hub.mails().await.len();
    approved(&student, &faculty, "Debate").await;
    assert_eq!(hub.mails().await.len(), before);
    assert_eq!(notices(&student).await, ["approved", "approved"], "the app tells all the same");

    // Another's wish cannot be made up.
    let token = link.rsplit('/').next().unwrap();
    let changed = if token.starts_with('A') { "B" } else { "A" };
    for wrong in [format!("{changed}{}", &token[1..]), "x".to_owned(), token[..40].to_owned()] {
        let path = format!("/unsubscribe/{wrong}");
        assert_eq!(stranger.get(&path).await.status, 404);
        assert_eq!(stranger.post(&path, json!({})).await.status, 404);
    }
}

#[tokio::test]
async fn what_ends_a_credential_is_written_whatever_was_chosen_and_offers_no_way_out() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let (student, faculty) = (college.student("Kavya").await, college.faculty("Dr. Iyer").await);
    for topic in ["decisions", "comments", "records", "review"] {
        choose_mail(&student, topic, "off").await;
    }
    student.patch("/api/me/", json!({ "language": "hi" })).await.ok(200);
    let seen = approved(&student, &faculty, "Relay").await;
    let path = format!("/api/credentials/{}/revoke/", text(&seen["credential"]["id"]));
    let body = json!({ "reason": "error", "text": "Wrong event." });
    college.admin.post(&path, body).await.ok(200);
    let mail = hub.mail(&student.email, "notices").await;
    assert_eq!(mail.subject, "एक प्रमाणपत्र रद्द किया गया: Relay");
    assert!(!mail.text.contains("/unsubscribe/"), "{}", mail.text);
    assert!(mail.text.contains(&format!("{}/app/achievements/{}", hub.url, text(&seen["id"]))));
}

#[tokio::test]
async fn letters_at_once_lead_where_their_reader_works() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let (student, faculty) = (college.student("Kavya").await, college.faculty("Dr. Iyer").await);
    choose_mail(&faculty, "review", "at_once").await;
    let seen = submitted(&student, "Relay").await;
    let mail = hub.mail(&faculty.email, "notices").await;
    assert_eq!(mail.subject, "Something waits for your review: Relay");
    assert!(mail.text.contains(&format!("{}/app/review/{}", hub.url, text(&seen["id"]))));
    let back = json!({ "action": "request_changes", "comment": "Which round?" });
    act(&faculty, &seen, "decisions", back).await.ok(200);
    let mail = hub.mail(&student.email, "decision").await;
    assert!(mail.text.contains("Which round?") && mail.text.contains("/unsubscribe/"));
}
