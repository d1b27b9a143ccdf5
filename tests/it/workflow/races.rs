//! Many at once (B10): exactly one effect each, and nothing half done.

use futures_util::future::{join_all, join3};
use serde_json::{Value, json};

use super::{Scene, approve, ask_for_two, propose_title, reject, retitle, send_back, undo};
use crate::invariants::check_invariants;
use crate::keys;
use crate::lifecycle::{act, approved, submitted};
use crate::support::{Answer, text};

fn done(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status < 300).count()
}

/// Every answer is one of these; anything else is a fault.
#[track_caller]
fn assert_statuses(answers: &[Answer], expected: &[u16]) {
    for answer in answers {
        assert!(expected.contains(&answer.status), "{}: {}", answer.status, answer.body);
    }
}

#[tokio::test]
async fn a_hundred_approvals_of_each_item_approve_it_once() {
    let scene = Scene::set().await;
    let mut items = Vec::new();
    for number in 0..8 {
        items.push(submitted(&scene.student, &format!("Item {number}")).await);
    }
    let all = (0..100).flat_map(|number| {
        let reviewer = if number % 2 == 0 { &scene.first } else { &scene.second };
        items.iter().map(move |seen| approve(reviewer, seen))
    });
    let answers = join_all(all).await;
    assert_eq!(done(&answers), items.len());
    assert_statuses(&answers, &[200, 412]);
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn of_an_approval_a_refusal_and_a_return_one_counts() {
    let scene = Scene::set().await;
    for number in 0..12 {
        let seen = submitted(&scene.student, &format!("Item {number}")).await;
        let (one, two, three) = join3(
            approve(&scene.first, &seen),
            reject(&scene.second, &seen),
            send_back(&scene.second, &seen),
        )
        .await;
        let answers = [one, two, three];
        assert_eq!(done(&answers), 1);
        assert_statuses(&answers, &[200, 412]);
    }
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn an_approval_and_a_withdrawal_never_both_count() {
    let scene = Scene::set().await;
    for number in 0..12 {
        let seen = submitted(&scene.student, &format!("Item {number}")).await;
        let answers = join_all([
            Box::pin(approve(&scene.first, &seen)) as futures_util::future::LocalBoxFuture<'_, _>,
            Box::pin(act(&scene.student, &seen, "withdraw", Value::Null)),
        ])
        .await;
        assert_eq!(done(&answers), 1);
        assert_statuses(&answers, &[200, 412]);
    }
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn a_correction_is_confirmed_or_declined_and_never_both() {
    let scene = Scene::set().await;
    for number in 0..8 {
        let seen = submitted(&scene.student, &format!("Item {number}")).await;
        propose_title(&scene.first, &seen, &format!("Item number {number}")).await.ok(200);
        let seen = scene.seen(&scene.student, &seen).await;
        let decline = json!({ "text": "No." });
        let answers = join_all([
            Box::pin(act(&scene.student, &seen, "correction/confirm", Value::Null))
                as futures_util::future::LocalBoxFuture<'_, _>,
            Box::pin(act(&scene.student, &seen, "correction/decline", decline.clone())),
            Box::pin(act(&scene.student, &seen, "correction/confirm", Value::Null)),
            Box::pin(act(&scene.student, &seen, "correction/decline", decline)),
        ])
        .await;
        assert_eq!(done(&answers), 1);
        assert_statuses(&answers, &[200, 412]);
    }
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn an_amendment_is_approved_while_what_is_live_is_revoked() {
    let scene = Scene::set().await;
    for number in 0..6 {
        let live = approved(&scene.student, &scene.first, &format!("Item {number}")).await;
        let live = scene.seen(&scene.student, &live).await;
        let draft = act(&scene.student, &live, "amend", Value::Null).await.ok(200);
        let seen = act(&scene.student, &draft, "submit", Value::Null).await.ok(200);
        let revoke = format!("/api/credentials/{}/revoke/", text(&live["credential"]["id"]));
        let body = json!({ "reason": "error", "text": "Wrong." });
        let answers = join_all([
            Box::pin(approve(&scene.second, &seen)) as futures_util::future::LocalBoxFuture<'_, _>,
            Box::pin(scene.college.admin.post(&revoke, body.clone())),
            Box::pin(scene.college.admin.post(&revoke, body)),
        ])
        .await;
        assert_statuses(&answers, &[200, 409, 412]);
        assert_eq!(answers[1..].iter().filter(|answer| answer.status == 200).count(), 1);
    }
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn what_is_taken_back_while_it_is_exported_is_in_no_portfolio_that_holds() {
    let scene = Scene::set().await;
    for number in 0..6 {
        let seen = approved(&scene.student, &scene.first, &format!("Item {number}")).await;
        let exported = scene.student.post("/api/portfolio/exports/", json!({ "locale": "en" }));
        let answers = join_all([
            Box::pin(undo(&scene.first, &seen)) as futures_util::future::LocalBoxFuture<'_, _>,
            Box::pin(exported),
            Box::pin(undo(&scene.first, &seen)),
        ])
        .await;
        assert_statuses(&answers[1..2], &[200, 201, 409]);
        assert_statuses(&[&answers[0], &answers[2]].map(clone_status), &[200, 404, 409]);
        check_invariants(&scene.hub).await;
    }
}

fn clone_status(answer: &Answer) -> Answer {
    Answer {
        status: answer.status,
        headers: answer.headers.clone(),
        body: answer.body.clone(),
        bytes: Vec::new(),
    }
}

#[tokio::test]
async fn an_appeal_an_amendment_and_a_first_approval_are_opened_once() {
    let scene = Scene::set().await;
    let seen = submitted(&scene.student, "Refused").await;
    reject(&scene.first, &seen).await.ok(200);
    let seen = scene.seen(&scene.student, &seen).await;
    let answers =
        join_all((0..20).map(|_| act(&scene.student, &seen, "appeal", Value::Null))).await;
    assert_eq!(done(&answers), 1);
    assert_statuses(&answers, &[200, 412]);

    let live = approved(&scene.student, &scene.first, "Live").await;
    let live = scene.seen(&scene.student, &live).await;
    let answers = join_all((0..20).map(|_| act(&scene.student, &live, "amend", Value::Null))).await;
    assert_eq!(done(&answers), 1);
    assert_statuses(&answers, &[200, 412]);

    let rules = json!([{ "category": null, "min_level": "state" }]);
    ask_for_two(&scene.college.admin, rules).await.ok(200);
    let seen = submitted(&scene.student, "For two").await;
    let answers =
        join_all((0..40).map(|number| {
            approve(if number % 2 == 0 { &scene.first } else { &scene.second }, &seen)
        }))
        .await;
    assert_eq!(done(&answers), 1, "two approvals of the same version are one too many");
    let seen = scene.seen(&scene.student, &seen).await;
    assert_eq!((&seen["status"], &seen["approvals"]["given"]), (&json!("submitted"), &json!(1)));
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn a_decision_is_taken_back_or_its_draft_edited_and_never_both() {
    let scene = Scene::set().await;
    for number in 0..10 {
        let seen = submitted(&scene.student, &format!("Item {number}")).await;
        let back = send_back(&scene.first, &seen).await.ok(200);
        let draft = scene.seen(&scene.student, &seen).await;
        let answers = join_all([
            Box::pin(undo(&scene.first, &back)) as futures_util::future::LocalBoxFuture<'_, _>,
            Box::pin(retitle(&scene.student, &draft, "Edited by its owner")),
        ])
        .await;
        assert_eq!(done(&answers), 1, "{}: {}", answers[0].body, answers[1].body);
        assert_statuses(&answers, &[200, 409, 412]);
    }
    check_invariants(&scene.hub).await;
}

#[tokio::test]
async fn a_fraud_is_confirmed_or_declined_once() {
    let scene = Scene::set().await;
    let head = scene.college.head("Dr. Bose", "CSE").await;
    let other = scene.college.head("Dr. Sen", "CSE").await;
    for number in 0..4 {
        let seen = approved(&scene.student, &scene.first, &format!("Item {number}")).await;
        let path = format!("/api/credentials/{}/revoke/", text(&seen["credential"]["id"]));
        let body = json!({ "reason": "fraud", "text": "Forged." });
        let asked = scene.college.admin.post(&path, body).await.ok(202);
        let answers = join_all((0..10).map(|turn| {
            let (person, step) =
                if turn % 2 == 0 { (&head, "confirm") } else { (&other, "decline") };
            keys::decide(person, &asked, step)
        }))
        .await;
        assert_eq!(done(&answers), 1);
        assert_statuses(&answers, &[200, 412]);
    }
    check_invariants(&scene.hub).await;
}
