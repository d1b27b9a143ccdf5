//! Handing in, and the talk around it (T2, T3): what a category asks for, teams, claims, comments, revisions.

use chrono::Duration;
use serde_json::{Value, json};

use super::{Scene, approve, decide, notices, words};
use crate::invariants::check_invariants;
use crate::lifecycle::{act, content, draft, submitted, upload};
use crate::support::{pointers, text};

#[tokio::test]
async fn a_category_asks_for_fields_and_kinds_of_evidence() {
    let scene = Scene::set().await;
    scene
        .owner_runs(
            "UPDATE categories SET required_fields = '{organiser,role}', evidence_kinds = '{certificate,photo}' WHERE code = 'competition'",
        )
        .await;
    let categories = scene.student.get("/api/categories/").await.ok(200);
    assert_eq!(
        (&categories[0]["required_fields"], &categories[0]["requires_evidence"]),
        (&json!(["organiser", "role"]), &json!(["certificate", "photo"]))
    );
    let seen = draft(&scene.student, "Long jump").await;
    assert_eq!(
        words(&seen["missing"]),
        [
            "Say what you were in it.",
            "Add a file that is a certificate.",
            "Add a file that is a photo."
        ]
    );
    let refused = act(&scene.student, &seen, "submit", Value::Null).await;
    assert_eq!(pointers(&refused.refused(422, "validation_failed")), ["/role"]);

    let id = text(&seen["id"]);
    upload(&scene.student, &id, "two.jpg", crate::lifecycle::picture(8), None).await.ok(201);
    let seen = scene.seen(&scene.student, &seen).await;
    for (file, kind) in [(0, "certificate"), (1, "photo")] {
        let path =
            format!("/api/achievements/{id}/evidence/{}/", text(&seen["evidence"][file]["id"]));
        let kept = scene.student.patch(&path, json!({ "kind": kind })).await.ok(200);
        assert_eq!(kept["kind"], kind);
    }
    let seen = scene.seen(&scene.student, &seen).await;
    let request =
        scene.student.request(reqwest::Method::PATCH, &format!("/api/achievements/{id}/"));
    let request =
        request.header("If-Match", text(&seen["etag"])).json(&json!({ "role": "Jumper" }));
    let seen = scene.student.send(request).await.ok(200);
    assert_eq!(seen["missing"], json!([]));
    let seen = act(&scene.student, &seen, "submit", Value::Null).await.ok(200);
    assert_eq!((&seen["status"], seen["due_at"].is_string()), (&json!("submitted"), true));
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn the_same_file_again_only_warns() {
    let scene = Scene::set().await;
    submitted(&scene.student, "Once").await;
    let other = scene.college.student("Arun").await;
    let seen = submitted(&other, "Twice").await;
    assert_eq!(words(&seen["warnings"]), ["duplicate_file"]);
    approve(&scene.first, &seen).await.ok(200);
}

#[tokio::test]
async fn points_and_reasons_are_those_of_the_category_and_stay_with_the_decision() {
    let scene = Scene::set().await;
    let seen = submitted(&scene.student, "Essay").await;
    let wrong = json!({ "action": "request_changes", "checklist": ["The date is right", "The moon is full"] });
    let problem = decide(&scene.first, &seen, wrong).await.refused(422, "validation_failed");
    assert_eq!(pointers(&problem), ["/checklist/1"]);
    let wrong = json!({ "action": "reject", "reason": "too_late", "comment": "Too late." });
    let problem = decide(&scene.first, &seen, wrong).await.refused(422, "validation_failed");
    assert_eq!(pointers(&problem), ["/reason"]);
    let points = json!({ "action": "request_changes", "checklist": ["The date is right"] });
    let seen = decide(&scene.first, &seen, points).await.ok(200);
    assert_eq!(seen["last_decision"]["checklist"], json!(["The date is right"]));
}

#[tokio::test]
async fn nobody_decides_on_what_their_own_team_files() {
    let scene = Scene::set().await;
    let event = json!({ "name": "Smart India Hackathon", "organiser": "AICTE", "level": "national", "ended_on": "2026-02-14" });
    scene.student.post("/api/events/", event.clone()).await.refused(403, "forbidden");
    let event = scene.first.post("/api/events/", event).await.ok(201);
    assert_eq!(scene.student.get("/api/events/").await.ok(200)["results"][0]["id"], event["id"]);

    let mate = scene.college.student("Arun").await;
    let categories = scene.student.get("/api/categories/").await.ok(200);
    let organizer = json!({
        "member": mate.member.unwrap(), "role": "organizer", "ends_at": scene.hub.now() + chrono::Duration::days(9),
        "scope": { "kind": "category", "id": categories[0]["id"] },
    });
    scene.college.admin.post("/api/roles/grants/", organizer).await.ok(201);
    let roll = mate.get("/api/me/").await.ok(200)["roll_number"].clone();
    let unknown = json!({ "name": "Byte Force", "roll_numbers": [roll, "99XX0000"] });
    let problem =
        scene.student.post("/api/teams/", unknown).await.refused(422, "validation_failed");
    assert_eq!(pointers(&problem), ["/roll_numbers/1"]);
    let team = json!({ "name": "Byte Force", "event": event["id"], "roll_numbers": [roll] });
    let team = scene.student.post("/api/teams/", team).await.ok(201);
    assert_eq!(team["members"], json!(["Arun", "Kavya Subramanian"]));
    assert_eq!(mate.get("/api/teams/").await.ok(200)[0]["id"], team["id"]);

    let outsider = scene.college.student("Bala").await;
    let mut filed = content("Hackathon, winner");
    filed["team_id"] = team["id"].clone();
    let problem = outsider.post("/api/achievements/", filed.clone()).await;
    assert_eq!(pointers(&problem.refused(422, "validation_failed")), ["/team_id"]);
    let made = scene.student.post("/api/achievements/", filed).await.ok(201);
    upload(&scene.student, &text(&made["id"]), "a.jpg", crate::lifecycle::picture(3), None)
        .await
        .ok(201);
    let seen = scene.seen(&scene.student, &made).await;
    let seen = act(&scene.student, &seen, "submit", Value::Null).await.ok(200);

    // The organizer reviews what others file in this category, not what their own team does.
    let other = submitted(&outsider, "Hackathon, participant").await;
    assert_eq!(scene.queue(&mate).await, ["Hackathon, participant"]);
    approve(&mate, &seen).await.refused(403, "own_item");
    assert_eq!(scene.seen(&mate, &seen).await["allowed"], json!([]));
    approve(&mate, &other).await.ok(200);
    approve(&scene.first, &seen).await.ok(200);
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn a_claim_advises_others_for_fifteen_minutes_and_binds_nobody() {
    let mut scene = Scene::set().await;
    let seen = submitted(&scene.student, "Essay").await;
    scene.student.post(&path(&seen, "claim"), json!({})).await.refused(403, "forbidden");
    let claimed = scene.first.post(&path(&seen, "claim"), json!({})).await.ok(200);
    assert_eq!(claimed["claim"]["by"], "Dr. Iyer");
    assert_eq!(claimed["etag"], seen["etag"], "nothing was changed");
    scene.second.post(&path(&seen, "claim"), json!({})).await.refused(409, "conflict");
    assert_eq!(scene.second.delete(&path(&seen, "claim")).await.status, 204);
    assert_eq!(scene.seen(&scene.second, &seen).await["claim"]["by"], "Dr. Iyer", "not theirs");
    scene.later(Duration::minutes(15)).await;
    let claimed = scene.second.post(&path(&seen, "claim"), json!({})).await.ok(200);
    assert_eq!(claimed["claim"]["by"], "Dr. Rao");
    assert_eq!(scene.second.delete(&path(&seen, "claim")).await.status, 204);
    assert_eq!(scene.seen(&scene.second, &seen).await["claim"], Value::Null);

    // A decision ends it, and so does taking the submission back.
    scene.second.post(&path(&seen, "claim"), json!({})).await.ok(200);
    let draft = act(&scene.student, &seen, "withdraw", Value::Null).await.ok(200);
    assert_eq!(draft["claim"], Value::Null);
    scene.second.post(&path(&seen, "claim"), json!({})).await.refused(409, "invalid_transition");
    let seen = act(&scene.student, &draft, "submit", Value::Null).await.ok(200);
    scene.second.post(&path(&seen, "claim"), json!({})).await.ok(200);
    approve(&scene.first, &seen).await.ok(200);
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn student_and_reviewers_talk_and_each_side_hears_of_it() {
    let scene = Scene::set().await;
    let seen = submitted(&scene.student, "Essay").await;
    let comments = path(&seen, "comments");
    scene.first.post(&comments, json!({ "text": " " })).await.refused(422, "validation_failed");
    let said = scene.first.post(&comments, json!({ "text": "Which date?" })).await.ok(201);
    assert_eq!((&said["by"], &said["revision"]), (&json!("Dr. Iyer"), &json!(1)));
    assert_eq!(notices(&scene.student).await[0], "commented");
    scene.student.post(&comments, json!({ "text": "The 14th." })).await.ok(201);
    assert_eq!(notices(&scene.first).await[0], "commented");
    assert!(!notices(&scene.second).await.contains(&"commented".to_owned()), "took no part");
    let all = scene.second.get(&comments).await.ok(200);
    let texts: Vec<&Value> = all.as_array().unwrap().iter().map(|one| &one["text"]).collect();
    assert_eq!(texts, ["Which date?", "The 14th."]);
    let stranger = scene.college.student("Arun").await;
    stranger.get(&comments).await.refused(404, "not_found");
    stranger.post(&comments, json!({ "text": "Hello" })).await.refused(404, "not_found");
    // A first draft is its owner's alone.
    let draft = draft(&scene.student, "Private").await;
    scene.first.get(&path(&draft, "comments")).await.refused(404, "not_found");
}

#[tokio::test]
async fn revisions_are_kept_and_compared_and_a_draft_is_its_owners() {
    let scene = Scene::set().await;
    let seen = submitted(&scene.student, "Sculpture").await;
    let draft = act(&scene.student, &seen, "withdraw", Value::Null).await.ok(200);
    let gone = path(&draft, &format!("evidence/{}", text(&draft["evidence"][0]["id"])));
    assert_eq!(scene.student.delete(&gone).await.status, 204);
    upload(&scene.student, &text(&draft["id"]), "b.jpg", crate::lifecycle::picture(77), None)
        .await
        .ok(201);
    let own = scene.student.get(&path(&seen, "revisions")).await.ok(200);
    assert_eq!(own.as_array().unwrap().len(), 2);
    assert_eq!((&own[0]["status"], &own[1]["status"]), (&json!("withdrawn"), &json!("draft")));
    let theirs = scene.first.get(&path(&seen, "revisions")).await.ok(200);
    assert_eq!(theirs.as_array().unwrap().len(), 1);
    let diff = format!("{}?from=1&to=2", path(&seen, "diff"));
    let found = scene.student.get(&diff).await.ok(200);
    assert_eq!(
        (
            &found["fields"],
            found["evidence"]["added"].as_array().map(Vec::len),
            found["evidence"]["removed"].as_array().map(Vec::len)
        ),
        (&json!([]), Some(1), Some(1))
    );
    scene.first.get(&diff).await.refused(404, "not_found");
    scene
        .student
        .get(&format!("{}?from=1&to=9", path(&seen, "diff")))
        .await
        .refused(404, "not_found");
    scene.student.get(&format!("{}?from=1", path(&seen, "diff"))).await.refused(400, "malformed");
}

fn path(seen: &Value, what: &str) -> String {
    format!("/api/achievements/{}/{what}/", text(&seen["id"]))
}
