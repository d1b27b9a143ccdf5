//! Facts that a reviewer proposes and the student confirms or declines (T6, T7, T12).

use serde_json::{Value, json};

use super::{Scene, approve, decide, notices, propose_title, timeline, undo, words};
use crate::invariants::check_invariants;
use crate::keys::served;
use crate::lifecycle::{act, approved, state, submitted, verify};
use crate::support::{pointers, text};

#[tokio::test]
async fn a_student_confirms_other_facts_and_it_is_approved_with_them() {
    let scene = Scene::set().await;
    let seen = submitted(&scene.student, "Winner, 1500 m").await;
    let changes = json!({ "title": "Runner-up, 1500 m", "level": "university", "ended_on": "2026-02-13", "category": "publication" });
    let body = json!({ "action": "propose_correction", "comment": "As on the certificate.", "changes": changes });
    let proposed = decide(&scene.first, &seen, body).await.ok(200);
    assert_eq!(proposed["status"], "correction_proposed");
    approve(&scene.second, &proposed).await.refused(409, "invalid_transition");

    let seen = scene.seen(&scene.student, &seen).await;
    assert_eq!(words(&seen["allowed"]), ["confirm_correction", "decline_correction"]);
    assert_eq!(seen["title"], "Winner, 1500 m", "nothing changes before the student agrees");
    assert_eq!(
        seen["last_decision"]["changes"],
        json!({
            "category": { "from": "competition", "to": "publication" },
            "ended_on": { "from": "2026-02-14", "to": "2026-02-13" },
            "level": { "from": "state", "to": "university" },
            "title": { "from": "Winner, 1500 m", "to": "Runner-up, 1500 m" },
        })
    );
    assert_eq!(notices(&scene.student).await[0], "correction_proposed");
    let stale = json!({ "id": seen["id"], "etag": "\"1\"" });
    act(&scene.student, &stale, "correction/confirm", Value::Null)
        .await
        .refused(412, "stale_version");
    act(&scene.first, &seen, "correction/confirm", Value::Null).await.refused(403, "forbidden");

    let done = act(&scene.student, &seen, "correction/confirm", Value::Null).await.ok(200);
    assert_eq!(
        (&done["status"], &done["title"], &done["level"], &done["category"]["code"]),
        (
            &json!("approved"),
            &json!("Runner-up, 1500 m"),
            &json!("university"),
            &json!("publication")
        )
    );
    assert_eq!(
        (&done["last_decision"]["action"], &done["last_decision"]["by"]),
        (&json!("approve"), &json!("Dr. Iyer"))
    );
    let report = verify(&scene.hub, served(&scene.hub, &done["credential"]["url"]).await).await;
    assert_eq!(
        (&report["verdict"], &report["content"]["name"]),
        (&json!("valid"), &json!("Runner-up, 1500 m"))
    );
    assert_eq!(
        timeline(&scene.student, &done).await,
        [
            "created",
            "submitted",
            "correction_proposed",
            "correction_confirmed",
            "approved",
            "issued"
        ]
    );
    assert!(notices(&scene.first).await.contains(&"correction_confirmed".to_owned()));
    let found = scene.first.get("/api/achievements/?q=runner").await.ok(200);
    assert_eq!(found["results"][0]["id"], done["id"], "it is found by what it says now");
    check_invariants(&scene.hub).await;

    // The proposer is the decider: theirs to take back.
    let done = scene.seen(&scene.first, &done).await;
    assert_eq!(undo(&scene.first, &done).await.ok(200)["status"], "submitted");
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn a_student_declines_with_a_text_and_it_waits_again() {
    let scene = Scene::set().await;
    let seen = submitted(&scene.student, "Debate, first place").await;
    propose_title(&scene.first, &seen, "Debate, second place").await.ok(200);
    let seen = scene.seen(&scene.student, &seen).await;
    act(&scene.student, &seen, "correction/decline", json!({ "text": " " }))
        .await
        .refused(422, "validation_failed");
    let text = json!({ "text": "The second page names me first." });
    let seen = act(&scene.student, &seen, "correction/decline", text).await.ok(200);
    assert_eq!(
        (&seen["status"], &seen["title"]),
        (&json!("submitted"), &json!("Debate, first place"))
    );
    assert_eq!(notices(&scene.first).await[0], "correction_declined");
    act(&scene.student, &seen, "correction/confirm", Value::Null)
        .await
        .refused(409, "invalid_transition");
    approve(&scene.second, &seen).await.ok(200);
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn only_facts_are_proposed_and_only_such_as_would_be_accepted() {
    let scene = Scene::set().await;
    let seen = submitted(&scene.student, "Essay").await;
    let propose = |changes: Value| {
        decide(&scene.first, &seen, json!({ "action": "propose_correction", "changes": changes }))
    };
    propose(json!({ "evidence": [] })).await.refused(400, "malformed");
    propose(json!({ "description": "Better words" })).await.refused(400, "malformed");
    for (changes, pointer) in [
        (json!({}), "/changes"),
        (json!({ "title": "Essay" }), "/changes"),
        (json!({ "title": "E" }), "/changes/title"),
        (json!({ "ended_on": "2036-01-01" }), "/changes/ended_on"),
        (json!({ "started_on": "2026-03-01" }), "/changes/ended_on"),
        (json!({ "category": "nonsense" }), "/changes/category"),
    ] {
        let problem = propose(changes.clone()).await.refused(422, "validation_failed");
        assert_eq!(pointers(&problem), [pointer], "{changes}");
    }
    let items = json!([{ "id": seen["id"], "etag": seen["etag"] }]);
    let bulk = json!({ "action": "propose_correction", "items": items });
    let problem = scene.first.post("/api/decisions/bulk/", bulk).await;
    assert_eq!(pointers(&problem.refused(422, "validation_failed")), ["/action"]);
}

#[tokio::test]
async fn whoever_lost_the_right_proposed_for_nothing() {
    let scene = Scene::set().await;
    let seen = submitted(&scene.student, "Quiz").await;
    propose_title(&scene.first, &seen, "Quiz, winner").await.ok(200);
    let ended = format!(
        "UPDATE role_grants SET ends_at = starts_at WHERE member_id = '{}'",
        scene.first.member.unwrap()
    );
    assert_eq!(scene.owner_runs(&ended).await, 1);
    let seen = scene.seen(&scene.student, &seen).await;
    act(&scene.student, &seen, "correction/confirm", Value::Null).await.refused(409, "conflict");
    let seen = scene.seen(&scene.student, &seen).await;
    assert_eq!((&seen["status"], &seen["title"]), (&json!("correction_proposed"), &json!("Quiz")));
    let text = json!({ "text": "They are gone." });
    act(&scene.student, &seen, "correction/decline", text).await.ok(200);
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn a_clerical_correction_of_what_is_live_takes_its_place_once_confirmed() {
    let scene = Scene::set().await;
    let live = approved(&scene.student, &scene.first, "Wrokshop on rockets").await;
    let old = served(&scene.hub, &live["credential"]["url"]).await;
    let proposed = propose_title(&scene.second, &live, "Workshop on rockets").await.ok(200);
    assert_eq!(
        (&proposed["revision"], &proposed["live_revision"], &proposed["credential"]["status"]),
        (&json!(2), &json!(1), &json!("active"))
    );
    check_invariants(&scene.hub).await;

    // Declined, and what is live is shown as it was.
    let seen = scene.seen(&scene.student, &live).await;
    let text_body = json!({ "text": "That is its name." });
    let kept = act(&scene.student, &seen, "correction/decline", text_body).await.ok(200);
    assert_eq!(
        (&kept["status"], &kept["revision"], &kept["title"]),
        (&json!("approved"), &json!(1), &json!("Wrokshop on rockets"))
    );
    check_invariants(&scene.hub).await;

    let kept = scene.seen(&scene.second, &kept).await;
    propose_title(&scene.second, &kept, "Workshop on rockets").await.ok(200);
    let seen = scene.seen(&scene.student, &live).await;
    assert_eq!(verify(&scene.hub, old.clone()).await["verdict"], "valid");
    let done = act(&scene.student, &seen, "correction/confirm", Value::Null).await.ok(200);
    assert_eq!(
        (
            &done["status"],
            &done["revision"],
            &done["title"],
            done["evidence"].as_array().map(Vec::len)
        ),
        (&json!("approved"), &json!(3), &json!("Workshop on rockets"), Some(1))
    );
    let report = verify(&scene.hub, old).await;
    assert_eq!(state(&report, "status"), [("warn", "superseded")], "{report:#}");
    let status = report["checks"].as_array().unwrap().iter().find(|check| check["id"] == "status");
    assert_eq!(status.unwrap()["link"], done["credential"]["url"]);
    let new = served(&scene.hub, &done["credential"]["url"]).await;
    assert_eq!(verify(&scene.hub, new).await["verdict"], "valid");
    let revisions = format!("/api/achievements/{}/revisions/", text(&done["id"]));
    let revisions = scene.student.get(&revisions).await.ok(200);
    let states: Vec<&str> =
        revisions.as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!(states, ["superseded", "withdrawn", "approved"]);
    check_invariants(&scene.hub).await;
}
