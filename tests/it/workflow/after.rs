//! What comes after a decision: appeals, amendments, the same reviewer first, taking it back (T5, T10, T11, T12).

use chrono::Duration;
use serde_json::{Value, json};

use super::{Scene, approve, notices, reject, retitle, send_back, timeline, undo, words};
use crate::invariants::check_invariants;
use crate::keys::served;
use crate::lifecycle::{act, approved, state, submitted, verify};
use crate::support::text;

#[tokio::test]
async fn an_appeal_goes_to_somebody_else_and_is_open_once() {
    let scene = Scene::set().await;
    let seen = submitted(&scene.student, "Painting, special mention").await;
    reject(&scene.first, &seen).await.ok(200);
    let seen = scene.seen(&scene.student, &seen).await;
    assert_eq!(words(&seen["allowed"]), ["appeal"]);
    let draft = act(&scene.student, &seen, "appeal", Value::Null).await.ok(200);
    assert_eq!((&draft["status"], &draft["revision"]), (&json!("draft"), &json!(2)));
    let draft = retitle(&scene.student, &draft, "Painting, special mention by the jury").await;
    let seen = act(&scene.student, &draft.ok(200), "submit", Value::Null).await.ok(200);

    assert_eq!(scene.queue(&scene.first).await, [""; 0], "whoever refused it does not see it");
    assert_eq!(scene.queue(&scene.second).await.len(), 1);
    assert_eq!(scene.seen(&scene.first, &seen).await["allowed"], json!([]));
    approve(&scene.first, &seen).await.refused(403, "own_item");
    reject(&scene.first, &seen).await.refused(403, "own_item");
    act(&scene.first, &seen, "claim", Value::Null).await.refused(403, "own_item");
    // Whoever is barred stays so after changes were asked for.
    send_back(&scene.second, &seen).await.ok(200);
    let draft = scene.seen(&scene.student, &seen).await;
    let seen = act(&scene.student, &draft, "submit", Value::Null).await.ok(200);
    approve(&scene.first, &seen).await.refused(403, "own_item");
    reject(&scene.second, &seen).await.ok(200);
    let seen = scene.seen(&scene.student, &seen).await;
    assert_eq!((&seen["status"], &seen["allowed"]), (&json!("rejected"), &json!([])));
    act(&scene.student, &seen, "appeal", Value::Null).await.refused(409, "invalid_transition");
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn after_thirty_days_a_rejection_stands() {
    let mut scene = Scene::set().await;
    let seen = submitted(&scene.student, "Essay").await;
    reject(&scene.first, &seen).await.ok(200);
    scene.later(Duration::days(30) + Duration::minutes(1)).await;
    let seen = scene.seen(&scene.student, &seen).await;
    act(&scene.student, &seen, "appeal", Value::Null).await.refused(409, "invalid_transition");
}

#[tokio::test]
async fn what_was_sent_back_returns_to_the_same_reviewer_first() {
    let mut scene = Scene::set().await;
    let seen = submitted(&scene.student, "Model rocket").await;
    assert_eq!(notices(&scene.second).await, ["review_waits"]);
    send_back(&scene.first, &seen).await.ok(200);
    let draft = scene.seen(&scene.student, &seen).await;
    let draft = retitle(&scene.student, &draft, "Model rocket, final round").await.ok(200);
    let seen = act(&scene.student, &draft, "submit", Value::Null).await.ok(200);
    assert_eq!(scene.queue(&scene.first).await, ["Model rocket, final round"]);
    assert_eq!(scene.queue(&scene.second).await, [""; 0]);
    assert_eq!(notices(&scene.first).await[0], "resubmitted");
    let me = scene.second.get("/api/me/").await.ok(200);
    assert_eq!(me["counts"]["waiting_for_review"], 0);

    let path = format!("/api/achievements/{}/diff/?from=1&to=2", text(&seen["id"]));
    let diff = scene.first.get(&path).await.ok(200);
    assert_eq!(
        diff["fields"],
        json!([{ "field": "title", "from": "Model rocket", "to": "Model rocket, final round" }])
    );
    assert_eq!(diff["evidence"], json!({ "added": [], "removed": [] }));

    scene.later(Duration::hours(72)).await;
    assert_eq!(scene.queue(&scene.second).await, ["Model rocket, final round"]);
    approve(&scene.second, &seen).await.ok(200);
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn an_amendment_leaves_the_old_credential_valid_until_it_is_approved() {
    let scene = Scene::set().await;
    let live = approved(&scene.student, &scene.first, "Chess, third place").await;
    let old = served(&scene.hub, &live["credential"]["url"]).await;
    scene.student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let live = scene.seen(&scene.student, &live).await;
    assert_eq!(words(&live["allowed"]), ["amend"]);

    // Begun and dropped.
    let draft = act(&scene.student, &live, "amend", Value::Null).await.ok(200);
    assert_eq!(words(&draft["allowed"]), ["edit", "drop_amendment", "submit"]);
    let path = format!("/api/achievements/{}/amend/", text(&draft["id"]));
    scene.student.delete(&path).await.refused(428, "precondition_required");
    let request = scene.student.request(reqwest::Method::DELETE, &path);
    let request = request.header("If-Match", text(&draft["etag"]));
    let live = scene.student.send(request).await.ok(200);
    assert_eq!((&live["status"], &live["revision"]), (&json!("approved"), &json!(1)));

    let draft = act(&scene.student, &live, "amend", Value::Null).await.ok(200);
    let draft = retitle(&scene.student, &draft, "Chess, second place").await.ok(200);
    let seen = act(&scene.student, &draft, "submit", Value::Null).await.ok(200);
    assert_eq!(
        (&seen["credential"]["status"], &seen["live_revision"]),
        (&json!("active"), &json!(1))
    );
    assert_eq!(verify(&scene.hub, old.clone()).await["verdict"], "valid");
    check_invariants(&scene.hub).await;

    let done = approve(&scene.second, &seen).await.ok(200);
    assert_eq!(
        (&done["status"], &done["revision"], &done["live_revision"]),
        (&json!("approved"), &json!(2), &json!(2))
    );
    let report = verify(&scene.hub, old).await;
    assert_eq!(
        (&report["verdict"], state(&report, "status")),
        (&json!("valid_with_remark"), vec![("warn", "superseded")])
    );
    check_invariants(&scene.hub).await;

    // Others read the list: the bit is set there, and the hub's own comparison agrees.
    scene.hub.wait(Duration::seconds(2));
    hub::app::work::drain(&scene.hub.app).await.unwrap();
    assert_eq!(hub::app::compare_lists::compare_all(&scene.hub.app).await.unwrap(), 0);
    let exports = scene.student.get("/api/portfolio/exports/").await.ok(200);
    assert_eq!(exports[0]["out_of_date"], true);
}

#[tokio::test]
async fn a_rejected_amendment_leaves_what_is_live() {
    let scene = Scene::set().await;
    let live = approved(&scene.student, &scene.first, "Relay").await;
    let live = scene.seen(&scene.student, &live).await;
    let draft = act(&scene.student, &live, "amend", Value::Null).await.ok(200);
    let seen = act(&scene.student, &draft, "submit", Value::Null).await.ok(200);
    let shown = reject(&scene.second, &seen).await.ok(200);
    assert_eq!(
        (&shown["status"], &shown["revision"], &shown["credential"]["status"]),
        (&json!("approved"), &json!(1), &json!("active"))
    );
    check_invariants(&scene.hub).await;
    // Taken back, the amendment waits again beside what is live.
    let again = undo(&scene.second, &shown).await.ok(200);
    assert_eq!((&again["status"], &again["revision"]), (&json!("submitted"), &json!(2)));
    check_invariants(&scene.hub).await;
    reject(&scene.second, &again).await.ok(200);
    let live = scene.seen(&scene.student, &live).await;
    act(&scene.student, &live, "amend", Value::Null).await.ok(200);
    let shown = scene.seen(&scene.second, &live).await;
    undo(&scene.second, &shown).await.refused(409, "invalid_transition");
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn an_approval_that_is_taken_back_gives_back_what_it_had_superseded() {
    let scene = Scene::set().await;
    let live = approved(&scene.student, &scene.first, "Marathon, finisher").await;
    let live = scene.seen(&scene.student, &live).await;
    let draft = act(&scene.student, &live, "amend", Value::Null).await.ok(200);
    let draft = retitle(&scene.student, &draft, "Marathon, winner").await.ok(200);
    let seen = act(&scene.student, &draft, "submit", Value::Null).await.ok(200);
    let wrong = approve(&scene.second, &seen).await.ok(200);
    let wrong_document = served(&scene.hub, &wrong["credential"]["url"]).await;

    let seen = undo(&scene.second, &wrong).await.ok(200);
    assert_eq!(
        (&seen["status"], &seen["revision"], &seen["live_revision"]),
        (&json!("submitted"), &json!(2), &json!(1))
    );
    let report = verify(&scene.hub, wrong_document).await;
    assert_eq!(state(&report, "status"), [("fail", "revoked")]);
    let fresh = served(&scene.hub, &seen["credential"]["url"]).await;
    assert_ne!(seen["credential"]["url"], live["credential"]["url"], "no bit is ever cleared");
    let report = verify(&scene.hub, fresh).await;
    assert_eq!(
        (&report["verdict"], &report["content"]["name"]),
        (&json!("valid"), &json!("Marathon, finisher"))
    );
    let old = served(&scene.hub, &live["credential"]["url"]).await;
    let report = verify(&scene.hub, old).await;
    assert_eq!(state(&report, "status"), [("warn", "superseded")]);
    check_invariants(&scene.hub).await;
    reject(&scene.first, &seen).await.ok(200);
    let shown = scene.seen(&scene.student, &seen).await;
    assert_eq!(
        (&shown["status"], &shown["title"]),
        (&json!("approved"), &json!("Marathon, finisher"))
    );
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn nothing_is_taken_back_once_somebody_acted_on_it() {
    let scene = Scene::set().await;
    // An export holds it.
    let seen = approved(&scene.student, &scene.first, "Quiz").await;
    scene.student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    assert!(!words(&scene.seen(&scene.first, &seen).await["allowed"]).contains(&"undo"));
    undo(&scene.first, &seen).await.refused(409, "invalid_transition");
    // The draft was touched.
    let seen = submitted(&scene.student, "Debate").await;
    let back = send_back(&scene.first, &seen).await.ok(200);
    let draft = scene.seen(&scene.student, &seen).await;
    retitle(&scene.student, &draft, "Debate, final").await.ok(200);
    undo(&scene.first, &back).await.refused(409, "invalid_transition");
    // Untouched, it falls, and the draft with it.
    let seen = submitted(&scene.student, "Sculpture").await;
    let back = send_back(&scene.first, &seen).await.ok(200);
    undo(&scene.second, &back).await.refused(409, "invalid_transition");
    let again = undo(&scene.first, &back).await.ok(200);
    assert_eq!((&again["status"], &again["revision"]), (&json!("submitted"), &json!(1)));
    assert_eq!(
        timeline(&scene.student, &again).await,
        ["created", "submitted", "changes_requested", "undone"]
    );
    check_invariants(&scene.hub).await;
}
