//! What one chooses about letters and pushes.

use serde_json::{Value, json};

use super::choose;
use crate::support::{TestHub, pointers};

const PATH: &str = "/api/notifications/preferences/";

fn topic<'a>(preferences: &'a Value, name: &str) -> &'a Value {
    let topics = preferences["topics"].as_array().unwrap();
    topics.iter().find(|row| row["topic"] == name).unwrap()
}

#[tokio::test]
async fn everybody_begins_with_defaults_and_changes_what_they_name() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let (student, other) = (college.student("Kavya").await, college.student("Arun").await);
    let before = student.get(PATH).await.ok(200);
    assert_eq!(
        topic(&before, "decisions"),
        &json!({ "topic": "decisions", "mail": "at_once", "push": true, "may_be_off": true })
    );
    assert_eq!(topic(&before, "review")["mail"], "digest");
    assert_eq!(topic(&before, "account")["may_be_off"], false);
    assert_eq!(
        (&before["time_zone"], &before["college_time_zone"], &before["quiet_hours"]),
        (&Value::Null, &json!("Asia/Kolkata"), &json!({ "from": "22:00", "until": "07:00" }))
    );

    let after = choose(
        &student,
        json!({
            "topics": [{ "topic": "decisions", "mail": "digest" }, { "topic": "comments", "push": false }],
            "time_zone": "Europe/Paris", "digest_hour": 18,
        }),
    )
    .await;
    assert_eq!(
        (&topic(&after, "decisions")["mail"], &topic(&after, "decisions")["push"]),
        (&json!("digest"), &json!(true))
    );
    assert_eq!(
        (&topic(&after, "comments")["mail"], &topic(&after, "comments")["push"]),
        (&json!("digest"), &json!(false))
    );
    assert_eq!((&after["time_zone"], &after["digest_hour"]), (&json!("Europe/Paris"), &json!(18)));
    assert_eq!(after["quiet_hours"], before["quiet_hours"], "what was left out stays");
    let after = choose(&student, json!({ "quiet_hours": null, "time_zone": null })).await;
    assert_eq!(
        (&after["quiet_hours"], &after["time_zone"], &after["digest_hour"]),
        (&Value::Null, &Value::Null, &json!(18))
    );
    assert_eq!(student.get(PATH).await.ok(200), after);
    assert_eq!(other.get(PATH).await.ok(200), before, "another's are their own");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_nothing_of_it_is_kept() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya").await;
    let before = student.get(PATH).await.ok(200);
    for (change, pointer) in [
        (
            json!({ "topics": [{ "topic": "comments", "mail": "off" }, { "topic": "keys", "mail": "off" }] }),
            "/topics/1/mail",
        ),
        (json!({ "topics": [{ "topic": "account", "mail": "off" }] }), "/topics/0/mail"),
        (json!({ "time_zone": "Asia/Nowhere" }), "/time_zone"),
        (json!({ "digest_hour": 24 }), "/digest_hour"),
        (json!({ "quiet_hours": { "from": "25:00", "until": "07:00" } }), "/quiet_hours/from"),
        (json!({ "quiet_hours": { "from": "22:00", "until": "soon" } }), "/quiet_hours/until"),
    ] {
        let problem = student.patch(PATH, change).await.refused(422, "validation_failed");
        assert_eq!(pointers(&problem), [pointer]);
    }
    for change in [
        json!({ "topics": [{ "topic": "gossip", "mail": "off" }] }),
        json!({ "topics": [{ "topic": "comments", "mail": "weekly" }] }),
        json!({ "volume": 11 }),
    ] {
        student.patch(PATH, change).await.refused(400, "malformed");
    }
    assert_eq!(student.get(PATH).await.ok(200), before);
}

#[tokio::test]
async fn a_notice_says_what_it_is_in_the_readers_language() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let (student, faculty) = (college.student("Kavya").await, college.faculty("Dr. Iyer").await);
    student.patch("/api/me/", json!({ "language": "ta" })).await.ok(200);
    crate::lifecycle::approved(&student, &faculty, "Relay").await;
    let notice = student.get("/api/notifications/").await.ok(200)["results"][0].clone();
    assert_eq!((&notice["kind"], &notice["heading"]), (&json!("approved"), &json!("ஏற்கப்பட்டது")));
}
