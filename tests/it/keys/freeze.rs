//! One person stops a key at once; two persons agree that nothing was wrong.

use serde_json::{Value, json};

use super::{
    active, decide, events, has_private_part, history, notices, now, published, served, settle,
    step,
};
use crate::lifecycle::{act, approved, hub_with_college, state, submitted, verify};
use crate::support::text;

fn suspicion() -> Value {
    json!({ "reason": "A backup tape is missing." })
}

#[tokio::test]
async fn a_frozen_key_signs_nothing_and_everybody_sees_a_remark_at_once() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let (student, faculty) = (college.student("Arun").await, college.faculty("Dr. Iyer").await);
    let seen = approved(&student, &faculty, "Relay, first place").await;
    let document = served(&hub, &seen["credential"]["url"]).await;
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let file = student.get(&text(&export["file_url"])).await.bytes;

    let key = active(&manager, "credentials").await;
    let frozen = step(&college.admin, &key, "freeze", suspicion()).await.ok(200);
    assert_eq!(frozen["allowed"], json!(["rotate", "unfreeze", "compromise"]));
    assert!(has_private_part(&hub, &college, &key).await);
    let report = verify(&hub, document.clone()).await;
    assert_eq!(report["verdict"], "valid_with_remark");
    assert_eq!(state(&report, "signature"), [("warn", "key_frozen"); 2]);
    let (method, asserts) = published(&hub, "anna", &key).await;
    assert!(method.is_some() && asserts, "what it signed stands");
    let entry = history(&hub, "anna", &key).await.unwrap();
    assert_eq!((&entry["state"], entry["frozen"].is_string()), (&json!("frozen"), true));
    assert_eq!(entry["reason"], Value::Null, "a suspicion is not published");
    assert_eq!(
        (notices(&manager, "key_frozen").await, notices(&college.admin, "key_frozen").await),
        (1, 1)
    );

    // Approvals go on, and wait; the key managers are told once, not for each.
    let mut waiting = Vec::new();
    for title in ["Quiz, winner", "Debate, second place"] {
        let item = submitted(&student, title).await;
        let item = act(&faculty, &item, "decisions", json!({ "action": "approve" })).await.ok(200);
        assert_eq!(
            (&item["status"], &item["credential"]["status"]),
            (&json!("approved"), &json!("pending_issue"))
        );
        waiting.push(item);
    }
    assert_eq!(notices(&manager, "credentials_wait").await, 1);
    // Nor is a file signed with it, not even one of what was signed before.
    student
        .post("/api/portfolio/exports/", json!({ "template": "classic", "locale": "ta" }))
        .await
        .refused(409, "conflict");
    settle(&hub).await;
    let item =
        student.get(&format!("/api/achievements/{}/", text(&waiting[0]["id"]))).await.ok(200);
    assert_eq!(item["credential"]["status"], "pending_issue");

    // One asks, the same cannot agree, another does.
    let asked = step(&manager, &frozen, "unfreeze", json!({ "reason": "The tape was found." }))
        .await
        .ok(202);
    assert_eq!((&asked["kind"], &asked["state"]), (&json!("key_unfreeze"), &json!("open")));
    step(&manager, &frozen, "unfreeze", suspicion()).await.refused(409, "conflict");
    decide(&manager, &asked, "confirm").await.refused(403, "same_person");
    assert_eq!(now(&manager, &key).await["state"], "frozen");
    let done = decide(&college.admin, &asked, "confirm").await.ok(200);
    assert_eq!(
        (&done["state"], &done["decided_by_name"]),
        (&json!("confirmed"), &json!("Asha Menon"))
    );
    let key = now(&manager, &key).await;
    assert_eq!((&key["state"], &key["frozen_at"]), (&json!("active"), &Value::Null));

    settle(&hub).await;
    let timeline = format!("/api/achievements/{}/timeline/", text(&waiting[0]["id"]));
    let timeline = student.get(&timeline).await.ok(200);
    let kinds: Vec<&Value> =
        timeline.as_array().unwrap().iter().map(|entry| &entry["kind"]).collect();
    assert_eq!(kinds, ["created", "submitted", "approved", "issued"]);
    for item in waiting {
        let item = student.get(&format!("/api/achievements/{}/", text(&item["id"]))).await.ok(200);
        let document = served(&hub, &item["credential"]["url"]).await;
        assert_eq!(verify(&hub, document).await["verdict"], "valid");
    }
    assert_eq!(verify(&hub, document).await["verdict"], "valid");
    assert_eq!(verify(&hub, file).await["verdict"], "valid");
    settle(&hub).await;
    assert_eq!(hub.app.count_jobs().await.unwrap(), 0, "no job is left over");
}

#[tokio::test]
async fn a_new_key_lets_work_go_on_and_clears_no_suspicion() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let (student, faculty) = (college.student("Arun").await, college.faculty("Dr. Iyer").await);
    let seen = approved(&student, &faculty, "Relay, first place").await;
    let document = served(&hub, &seen["credential"]["url"]).await;
    let key = active(&manager, "credentials").await;
    let frozen = step(&manager, &key, "freeze", suspicion()).await.ok(200);
    let item = submitted(&student, "Quiz, winner").await;
    let item = act(&faculty, &item, "decisions", json!({ "action": "approve" })).await.ok(200);

    let new = step(&manager, &frozen, "rotate", Value::Null).await.ok(201);
    settle(&hub).await;
    let item = student.get(&format!("/api/achievements/{}/", text(&item["id"]))).await.ok(200);
    let fresh = served(&hub, &item["credential"]["url"]).await;
    let report = verify(&hub, fresh).await;
    assert_eq!(report["verdict"], "valid");
    assert!(text(&report["checks"][1]["key"]).ends_with(&text(&new["kid"])));

    let replaced = now(&manager, &key).await;
    assert_eq!(
        (&replaced["state"], &replaced["allowed"]),
        (&json!("frozen"), &json!(["unfreeze", "compromise"]))
    );
    assert!(!has_private_part(&hub, &college, &key).await);
    assert_eq!(
        state(&verify(&hub, document.clone()).await, "signature"),
        [("warn", "key_frozen"); 2]
    );

    // The false alarm leads it back to retired: the new one goes on.
    let asked = step(&college.admin, &replaced, "unfreeze", suspicion()).await.ok(202);
    decide(&manager, &asked, "confirm").await.ok(200);
    assert_eq!(now(&manager, &key).await["state"], "retired");
    assert_eq!(active(&manager, "credentials").await["id"], new["id"]);
    assert_eq!(verify(&hub, document).await["verdict"], "valid");
}

#[tokio::test]
async fn a_frozen_key_for_files_shows_at_the_file() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let (student, faculty) = (college.student("Arun").await, college.faculty("Dr. Iyer").await);
    approved(&student, &faculty, "Relay, first place").await;
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let file = student.get(&text(&export["file_url"])).await.bytes;
    hub.wait(chrono::Duration::seconds(5));
    let key = active(&manager, "documents").await;
    step(&manager, &key, "freeze", suspicion()).await.ok(200);
    let report = verify(&hub, file).await;
    assert_eq!(
        (&report["verdict"], state(&report, "pdf")),
        (&json!("valid_with_remark"), vec![("warn", "key_frozen")])
    );
    student.post("/api/portfolio/exports/", json!({})).await.refused(409, "conflict");
}

#[tokio::test]
async fn what_nobody_agreed_to_in_time_has_to_be_asked_for_again() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let key = active(&manager, "log").await;
    let frozen = step(&manager, &key, "freeze", suspicion()).await.ok(200);
    let asked = step(&manager, &frozen, "unfreeze", suspicion()).await.ok(202);
    hub.wait(chrono::Duration::days(8));
    let (admin, manager) = (
        crate::support::sign_in(&college.admin.email, "anna", &hub.app).await,
        crate::support::sign_in(&manager.email, "anna", &hub.app).await,
    );
    decide(&admin, &asked, "confirm").await.refused(409, "conflict");
    let list = admin.get("/api/confirmations/").await.ok(200);
    assert_eq!(list[0]["state"], "expired");
    let again = step(&manager, &frozen, "unfreeze", suspicion()).await.ok(202);
    assert_ne!(again["id"], asked["id"]);
    // Who asked may take it back; nobody decides on it afterwards.
    let declined = decide(&manager, &again, "decline").await.ok(200);
    assert_eq!(declined["state"], "declined");
    let problem = decide(&admin, &again, "confirm").await.refused(412, "stale_version");
    assert_eq!(problem["current"]["status"], "declined");
    assert_eq!(now(&manager, &key).await["state"], "frozen");
    assert_eq!(events(&hub, &college, "confirmation_decided").await.len(), 1);
}
