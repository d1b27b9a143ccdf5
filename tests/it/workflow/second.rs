//! Where a rule asks for two persons (T8).

use serde_json::{Value, json};

use super::{
    Scene, approve, ask_for_two, decide, notices, propose_title, reject, timeline, undo, words,
};
use crate::invariants::check_invariants;
use crate::lifecycle::{act, submitted};
use crate::support::pointers;

/// From state level on, two.
async fn with_rule() -> Scene {
    let scene = Scene::set().await;
    let rules = json!([{ "category": null, "min_level": "state" }]);
    let set = ask_for_two(&scene.college.admin, rules.clone()).await.ok(200);
    assert_eq!(set["second_reviewer"], rules);
    scene
}

#[tokio::test]
async fn the_first_approval_waits_for_a_second_person() {
    let scene = with_rule().await;
    let seen = submitted(&scene.student, "State champion").await;
    assert_eq!(seen["approvals"], json!({ "given": 0, "needed": 2 }));
    let half = approve(&scene.first, &seen).await.ok(200);
    assert_eq!(
        (
            &half["status"],
            &half["awaiting_second"],
            &half["approvals"]["given"],
            &half["credential"]
        ),
        (&json!("submitted"), &json!(true), &json!(1), &Value::Null)
    );
    assert_eq!(words(&half["allowed"]), ["reject", "request_changes", "undo"]);
    approve(&scene.first, &half).await.refused(403, "same_person");
    approve(&scene.second, &seen).await.refused(412, "stale_version");
    propose_title(&scene.second, &half, "District champion")
        .await
        .refused(409, "invalid_transition");
    assert_eq!(scene.queue(&scene.first).await, [""; 0]);
    assert_eq!(scene.queue(&scene.second).await, ["State champion"]);
    assert_eq!(notices(&scene.student).await[0], "first_approval");
    check_invariants(&scene.hub).await;

    let done = approve(&scene.second, &half).await.ok(200);
    assert_eq!(
        (&done["status"], &done["awaiting_second"], &done["credential"]["status"]),
        (&json!("approved"), &json!(false), &json!("active"))
    );
    assert_eq!(
        timeline(&scene.student, &done).await,
        ["created", "submitted", "first_approval", "approved", "issued"]
    );
    check_invariants(&scene.hub).await;
    // The second falls, the first stands.
    let half = undo(&scene.second, &done).await.ok(200);
    assert_eq!((&half["status"], &half["approvals"]["given"]), (&json!("submitted"), &json!(1)));
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn the_first_may_take_it_back_and_either_may_refuse() {
    let scene = with_rule().await;
    let seen = submitted(&scene.student, "State champion").await;
    let half = approve(&scene.first, &seen).await.ok(200);
    let whole = undo(&scene.first, &half).await.ok(200);
    assert_eq!((&whole["status"], &whole["approvals"]["given"]), (&json!("submitted"), &json!(0)));
    check_invariants(&scene.hub).await;
    let half = approve(&scene.first, &whole).await.ok(200);
    assert_eq!(reject(&scene.second, &half).await.ok(200)["status"], "rejected");
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn a_bulk_decision_says_which_wait_for_a_second() {
    let scene = with_rule().await;
    let seen = submitted(&scene.student, "State champion").await;
    let low = {
        let made = crate::lifecycle::draft(&scene.student, "College champion").await;
        let path = format!("/api/achievements/{}/", made["id"].as_str().unwrap());
        let request = scene.student.request(reqwest::Method::PATCH, &path);
        let request = request.header("If-Match", made["etag"].as_str().unwrap());
        let made = scene.student.send(request.json(&json!({ "level": "college" }))).await.ok(200);
        act(&scene.student, &made, "submit", Value::Null).await.ok(200)
    };
    let items: Vec<Value> =
        [&seen, &low].iter().map(|one| json!({ "id": one["id"], "etag": one["etag"] })).collect();
    let bulk = json!({ "action": "approve", "items": items });
    let bulk = scene.first.post("/api/decisions/bulk/", bulk).await.ok(200);
    assert_eq!(bulk["summary"], json!({ "done": 2, "failed": 0 }));
    let outcomes: Vec<&Value> =
        bulk["results"].as_array().unwrap().iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, ["awaiting_second", "done"]);
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn a_correction_counts_as_the_proposers_approval_under_the_rule_of_what_it_becomes() {
    let scene = with_rule().await;
    let seen = submitted(&scene.student, "Champion").await;
    let lower = json!({ "action": "propose_correction", "changes": { "level": "zonal" } });
    decide(&scene.first, &seen, lower).await.ok(200);
    let seen = scene.seen(&scene.student, &seen).await;
    let done = act(&scene.student, &seen, "correction/confirm", Value::Null).await.ok(200);
    assert_eq!(done["status"], "approved", "one is enough at zonal level");

    let seen = submitted(&scene.student, "Champion again").await;
    propose_title(&scene.first, &seen, "Champion once more").await.ok(200);
    let seen = scene.seen(&scene.student, &seen).await;
    let half = act(&scene.student, &seen, "correction/confirm", Value::Null).await.ok(200);
    assert_eq!(
        (&half["status"], &half["title"], &half["awaiting_second"]),
        (&json!("submitted"), &json!("Champion once more"), &json!(true))
    );
    approve(&scene.first, &half).await.refused(403, "same_person");
    assert_eq!(approve(&scene.second, &half).await.ok(200)["status"], "approved");
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn rules_are_the_college_admins_and_one_for_each_category() {
    let scene = Scene::set().await;
    let admin = &scene.college.admin;
    let rule = |category: Value| json!({ "category": category, "min_level": "national" });
    ask_for_two(&scene.first, json!([])).await.refused(403, "forbidden");
    let head = scene.college.head("Dr. Nair", "CSE").await;
    ask_for_two(&head, json!([])).await.refused(403, "forbidden");
    let twice =
        ask_for_two(admin, json!([rule(json!("publication")), rule(json!("publication"))])).await;
    assert_eq!(pointers(&twice.refused(422, "validation_failed")), ["/second_reviewer/1/category"]);
    let unknown = ask_for_two(admin, json!([rule(json!("nonsense"))])).await;
    assert_eq!(
        pointers(&unknown.refused(422, "validation_failed")),
        ["/second_reviewer/0/category"]
    );
    // The category's own rule comes before the one for all.
    let own = json!([
        { "category": "competition", "min_level": "international" },
        rule(Value::Null),
    ]);
    ask_for_two(admin, own.clone()).await.ok(200);
    assert_eq!(scene.first.get("/api/review/routing/").await.ok(200)["second_reviewer"], own);
    let seen = submitted(&scene.student, "State champion").await;
    assert_eq!(seen["approvals"]["needed"], 1);
    ask_for_two(admin, json!([])).await.ok(200);
}
