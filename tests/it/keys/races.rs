//! Many at once: one effect each, and nothing signed by a key that was stopped.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{active, decide, events, keys_of, now, served, settle, step};
use crate::invariants::check_invariants;
use crate::lifecycle::{act, hub_with_college, inside, submitted, verify};
use crate::support::text;

#[tokio::test]
async fn of_many_rotations_at_once_one_takes_place() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    for purpose in ["credentials", "documents", "log"] {
        let key = active(&manager, purpose).await;
        let all = (0..20).map(|_| step(&manager, &key, "rotate", Value::Null));
        let mut statuses: Vec<u16> =
            join_all(all).await.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [vec![201], vec![412; 19]].concat(), "{purpose}");
        let states: Vec<Value> =
            keys_of(&manager, purpose).await.iter().map(|key| key["state"].clone()).collect();
        assert_eq!(states, ["active", "retired"], "{purpose}");
    }
    assert_eq!(events(&hub, &college, "key_rotated").await.len(), 3);
    check_invariants(&hub).await;
}

#[tokio::test]
async fn fifty_approvals_while_the_key_is_rotated_ten_times_lose_nothing() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let (student, faculty) = (college.student("Arun").await, college.faculty("Dr. Iyer").await);
    let mut items = Vec::new();
    for number in 0..50 {
        items.push(submitted(&student, &format!("Race {number}")).await);
    }
    let approvals = join_all(items.iter().enumerate().map(|(number, item)| {
        let faculty = &faculty;
        async move {
            // Spread over the time of the rotations.
            tokio::time::sleep(std::time::Duration::from_millis(20 * number as u64)).await;
            act(faculty, item, "decisions", json!({ "action": "approve" })).await.ok(200)
        }
    }));
    let rotations = async {
        for _ in 0..10 {
            let key = active(&manager, "credentials").await;
            step(&manager, &key, "rotate", Value::Null).await.ok(201);
            tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        }
    };
    let jobs = async {
        for _ in 0..20 {
            hub::app::work::drain(&hub.app).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let (approved, (), ()) = tokio::join!(approvals, rotations, jobs);
    settle(&hub).await;
    for item in &approved {
        assert_eq!(item["credential"]["status"], "active", "rotating, there always is a key");
        let document = served(&hub, &item["credential"]["url"]).await;
        let report = verify(&hub, document).await;
        assert_eq!(report["verdict"], "valid", "{report:#}");
    }
    let mut owner = inside(&hub, &college).await;
    let (issued, late, used): (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM issued_records),
                (SELECT count(*) FROM credentials c JOIN signing_keys k ON k.college_id = c.college_id AND k.id = c.key_id
                 WHERE c.issued_at > k.retired_at),
                (SELECT count(DISTINCT key_id) FROM credentials)",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!((issued, late), (50, 0));
    assert!(used > 1, "the rotations fell between the approvals");
    assert_eq!(keys_of(&manager, "credentials").await.len(), 11);
    settle(&hub).await;
    assert_eq!(hub.app.count_jobs().await.unwrap(), 0, "no job is left over");
    check_invariants(&hub).await;
}

#[tokio::test]
async fn approvals_beside_a_freeze_are_signed_before_it_or_wait_and_none_is_forgotten() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let (student, faculty) = (college.student("Arun").await, college.faculty("Dr. Iyer").await);
    let mut items = Vec::new();
    for number in 0..24 {
        items.push(submitted(&student, &format!("Race {number}")).await);
    }
    let key = active(&manager, "credentials").await;
    let approvals = join_all(items.iter().enumerate().map(|(number, item)| {
        let faculty = &faculty;
        async move {
            tokio::time::sleep(std::time::Duration::from_millis(15 * number as u64)).await;
            act(faculty, item, "decisions", json!({ "action": "approve" })).await.ok(200)
        }
    }));
    let freeze_and_thaw = async {
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        let frozen =
            step(&manager, &key, "freeze", json!({ "reason": "A disk is missing." })).await.ok(200);
        let asked =
            step(&manager, &frozen, "unfreeze", json!({ "reason": "It was found." })).await.ok(202);
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        decide(&college.admin, &asked, "confirm").await.ok(200);
    };
    let (approved, ()) = tokio::join!(approvals, freeze_and_thaw);
    let waited = approved.iter().filter(|item| item["credential"]["status"] == "pending_issue");
    assert!(waited.count() > 0, "the freeze fell between the approvals");
    settle(&hub).await;
    let mut owner = inside(&hub, &college).await;
    let (issued, waiting): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM issued_records), (SELECT count(*) FROM credentials WHERE status <> 'active')",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!((issued, waiting), (24, 0));
    check_invariants(&hub).await;
}

#[tokio::test]
async fn of_many_confirmations_at_once_one_takes_effect() {
    let (hub, college) = hub_with_college().await;
    let managers = [
        college.key_manager("Ravi Menon").await,
        college.key_manager("Leela Rao").await,
        college.key_manager("Imran Khan").await,
    ];
    let key = active(&managers[0], "credentials").await;
    let report = json!({ "since": key["created_at"], "reason": "The server was broken into.",
                         "affected": { "credentials": 0, "portfolios": 0 } });
    let asked = step(&college.admin, &key, "compromise", report).await.ok(202);
    let all = (0..12).map(|number| {
        decide(&managers[number % 3], &asked, if number % 4 == 3 { "decline" } else { "confirm" })
    });
    let statuses: Vec<u16> = join_all(all).await.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 412)), "{statuses:?}");
    assert_eq!(events(&hub, &college, "confirmation_decided").await.len(), 1);
    let fallen = now(&managers[0], &key).await["state"] == "compromised";
    assert_eq!(events(&hub, &college, "key_compromised").await.len(), usize::from(fallen));
    assert_eq!(keys_of(&managers[0], "credentials").await.len(), 1 + usize::from(fallen));
    check_invariants(&hub).await;
}

#[tokio::test]
async fn a_file_begun_with_a_key_that_is_replaced_meanwhile_is_begun_anew() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let (student, faculty) = (college.student("Arun").await, college.faculty("Dr. Iyer").await);
    crate::lifecycle::approved(&student, &faculty, "Relay, first place").await;
    let exports = student.post("/api/portfolio/exports/", json!({}));
    let rotations = async {
        for purpose in ["credentials", "documents"] {
            tokio::time::sleep(std::time::Duration::from_millis(40)).await;
            let key = active(&manager, purpose).await;
            step(&manager, &key, "rotate", Value::Null).await.ok(201);
        }
    };
    let (export, ()) = tokio::join!(exports, rotations);
    let export = export.ok(201);
    let file = student.get(&text(&export["file_url"])).await.bytes;
    assert_eq!(verify(&hub, file).await["verdict"], "valid");
    let mut owner = inside(&hub, &college).await;
    let late: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM portfolios p JOIN signing_keys k ON k.college_id = p.college_id AND k.id IN (p.key_id, p.document_key_id)
         JOIN issued_records i ON i.college_id = p.college_id AND i.document_id = p.id
         WHERE i.issued_at > k.retired_at",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(late, 0);
    check_invariants(&hub).await;
}
