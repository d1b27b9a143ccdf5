//! Revoking: who may, fraud by two persons, all that one reviewer approved (T13).

use serde_json::{Value, json};

use super::{Scene, notices, words};
use crate::invariants::check_invariants;
use crate::keys::{decide, served};
use crate::lifecycle::{approved, state, verify};
use crate::support::{Answer, Client, text};

async fn revoke(person: &Client, seen: &Value, reason: &str) -> Answer {
    let path = format!("/api/credentials/{}/revoke/", text(&seen["credential"]["id"]));
    person.post(&path, json!({ "reason": reason, "text": "The certificate is not theirs." })).await
}

#[tokio::test]
async fn fraud_is_said_by_two_persons() {
    let scene = Scene::set().await;
    let seen = approved(&scene.student, &scene.first, "Winner").await;
    scene.student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let document = served(&scene.hub, &seen["credential"]["url"]).await;
    let head = scene.college.head("Dr. Bose", "CSE").await;
    let foreign = scene.college.head("Dr. Jain", "ECE").await;

    let asked = revoke(&scene.college.admin, &seen, "fraud").await.ok(202);
    assert_eq!(
        (&asked["kind"], &asked["facts"], &asked["details"]["reason"]),
        (
            &json!("credential_revocation"),
            &json!({ "credentials": 1, "portfolios": 1 }),
            &json!("fraud")
        )
    );
    assert_eq!(verify(&scene.hub, document.clone()).await["verdict"], "valid", "nothing fell yet");
    revoke(&scene.college.admin, &seen, "fraud").await.refused(409, "conflict");
    assert_eq!(notices(&head).await[0], "confirmation_requested");
    assert!(!notices(&foreign).await.contains(&"confirmation_requested".to_owned()));

    decide(&scene.college.admin, &asked, "confirm").await.refused(403, "same_person");
    decide(&foreign, &asked, "confirm").await.refused(404, "not_found");
    assert_eq!(foreign.get("/api/confirmations/").await.ok(200), json!([]));
    decide(&scene.first, &asked, "confirm").await.refused(403, "forbidden");
    let keys = scene.college.key_manager("Dr. Sonkar").await;
    decide(&keys, &asked, "confirm").await.refused(404, "not_found");
    let done = decide(&head, &asked, "confirm").await.ok(200);
    assert_eq!(done["state"], "confirmed");

    let report = verify(&scene.hub, document).await;
    assert_eq!(state(&report, "status"), [("fail", "revoked")]);
    let seen = scene.seen(&scene.student, &seen).await;
    assert_eq!(
        (&seen["status"], &seen["credential"]["reason"]),
        (&json!("revoked"), &json!("fraud"))
    );
    let told = notices(&scene.student).await;
    assert_eq!(told[..2], ["portfolio_outdated", "revoked"]);
    decide(&head, &asked, "confirm").await.refused(412, "stale_version");
    revoke(&head, &seen, "error").await.refused(409, "invalid_transition");
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn a_declined_fraud_changes_nothing_and_may_be_asked_again() {
    let scene = Scene::set().await;
    let seen = approved(&scene.student, &scene.first, "Winner").await;
    let head = scene.college.head("Dr. Bose", "CSE").await;
    let asked = revoke(&head, &seen, "fraud").await.ok(202);
    decide(&scene.college.admin, &asked, "decline").await.ok(200);
    assert_eq!(scene.seen(&scene.student, &seen).await["status"], "approved");
    revoke(&head, &seen, "fraud").await.ok(202);
    // Another reason needs one person, and settles it.
    revoke(&scene.college.admin, &seen, "error").await.ok(200);
    let open = scene.college.admin.get("/api/confirmations/").await.ok(200);
    assert!(open.as_array().unwrap().iter().all(|one| one["state"] != "open"), "{open}");
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn a_decider_revokes_their_own_where_that_was_granted() {
    let scene = Scene::set().await;
    let mine = approved(&scene.student, &scene.first, "Mine").await;
    let theirs = approved(&scene.student, &scene.second, "Theirs").await;
    revoke(&scene.first, &mine, "error").await.refused(403, "forbidden");
    let granted = format!(
        "UPDATE role_grants SET may_revoke = true WHERE member_id = '{}'",
        scene.first.member.unwrap()
    );
    scene.owner_runs(&granted).await;
    revoke(&scene.first, &theirs, "error").await.refused(404, "not_found");
    assert!(words(&scene.seen(&scene.first, &mine).await["allowed"]).contains(&"revoke"));
    assert!(!words(&scene.seen(&scene.first, &theirs).await["allowed"]).contains(&"revoke"));
    revoke(&scene.first, &mine, "issued_in_error").await.ok(200);
    // Nobody revokes their own: a head of department who is a student elsewhere is none here.
    revoke(&scene.student, &theirs, "error").await.refused(403, "forbidden");
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn all_that_one_reviewer_approved_since_a_time_falls() {
    let scene = Scene::set().await;
    let early = approved(&scene.student, &scene.first, "Early").await;
    scene.hub.wait(chrono::Duration::minutes(1));
    let since = scene.hub.now();
    let mut fakes = Vec::new();
    for number in 0..3 {
        fakes.push(approved(&scene.student, &scene.first, &format!("Fake {number}")).await);
    }
    let honest = approved(&scene.student, &scene.second, "Honest").await;
    scene.student.post("/api/portfolio/exports/", json!({})).await.ok(201);

    let path = "/api/credentials/revocations/";
    let body = |approver: &Client, reason: &str| json!({ "approver": approver.member.unwrap(), "since": since, "reason": reason, "text": "Nobody looked at any evidence." });
    scene.second.post(path, body(&scene.first, "fraud")).await.refused(403, "forbidden");
    let admin = &scene.college.admin;
    admin.post(path, body(admin, "fraud")).await.refused(403, "own_item");
    admin.post(path, body(&scene.student, "fraud")).await.refused(422, "validation_failed");
    let mut nobody = body(&scene.first, "fraud");
    nobody["approver"] = json!(uuid::Uuid::new_v4());
    admin.post(path, nobody).await.refused(404, "not_found");

    let asked = admin.post(path, body(&scene.first, "fraud")).await.ok(202);
    assert_eq!((&asked["credentials"], &asked["portfolios"]), (&json!(3), &json!(1)));
    let confirmation = &asked["confirmation"];
    decide(admin, confirmation, "confirm").await.refused(403, "same_person");
    let other = scene.college.staff("Ms. Sen", &[admin_role()]).await;
    decide(&other, confirmation, "confirm").await.ok(200);
    work_off(&scene).await;
    for fake in &fakes {
        assert_eq!(scene.seen(&scene.student, fake).await["status"], "revoked");
    }
    for good in [&early, &honest] {
        assert_eq!(scene.seen(&scene.student, good).await["status"], "approved");
    }
    let told = notices(&scene.student).await;
    assert_eq!(told.iter().filter(|kind| *kind == "revoked").count(), 3);
    assert_eq!(scene.hub.app.count_jobs().await.unwrap(), 0, "no job is left over");
    check_invariants(&scene.hub).await;

    // Another reason needs no second person.
    let body = body(&scene.second, "issued_in_error");
    let answer = admin.post(path, body).await.ok(202);
    assert_eq!(answer["confirmation"], Value::Null);
    work_off(&scene).await;
    assert_eq!(scene.seen(&scene.student, &honest).await["status"], "revoked");
    check_invariants(&scene.hub).await;
}

/// A second admin.
fn admin_role() -> hub::app::invitations::OfferedRole {
    hub::app::invitations::OfferedRole {
        role: hub::domain::member::Role::CollegeAdmin,
        scope: hub::domain::member::Scope::College,
    }
}

/// Every job, and those that they leave behind a moment later.
async fn work_off(scene: &Scene) {
    for _ in 0..3 {
        scene.hub.wait(chrono::Duration::seconds(2));
        hub::app::work::drain(&scene.hub.app).await.unwrap();
    }
}
