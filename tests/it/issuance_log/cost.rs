//! What the log costs. Measurements, so they are run by hand:
//! `cargo test --test it issuance_log::cost -- --ignored --nocapture --test-threads 1`.

use std::time::Instant;

use futures_util::future::join_all;
use hub::app::issuance_log;
use hub::credential::log::{Checkpoint, Edge, Growth};
use serde_json::json;

use super::{record_some, settle};
use crate::lifecycle::{act, submitted};
use crate::support::TestHub;

#[test]
#[ignore = "a measurement"]
fn an_append_and_a_checkpoint() {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let (mut edge, count) = (Edge::default(), 1_000_000_u32);
    let started = Instant::now();
    for number in 0..count {
        let mut growth = Growth::default();
        let mut record = [0; 32];
        record[..4].copy_from_slice(&number.to_be_bytes());
        edge.append(&record, &mut growth);
    }
    println!("append: {:.2} µs", started.elapsed().as_secs_f64() * 1e6 / f64::from(count));
    let started = Instant::now();
    for _ in 0..1_000 {
        let checkpoint = Checkpoint::of(edge.head(), "hub.example/colleges/anna/log").unwrap();
        let signature = ed25519_dalek::Signer::sign(&key, checkpoint.message());
        checkpoint.note(&key.verifying_key().to_bytes(), &signature.to_bytes()).unwrap();
    }
    println!("checkpoint: {:.1} µs", started.elapsed().as_secs_f64() * 1e3);
    println!("proof at a million documents: {} octets", 20 * 32);
}

#[tokio::test]
#[ignore = "a measurement"]
async fn a_published_checkpoint_in_a_long_log() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    for thousand in 0..100 {
        record_some(1_000, thousand * 1_000, &hub, &college).await;
    }
    let started = Instant::now();
    settle(&hub).await;
    println!("the first checkpoint over 100,000 documents: {:?}", started.elapsed());
    for first in 100_000..100_003 {
        record_some(1, first, &hub, &college).await;
        let started = Instant::now();
        issuance_log::publish(college.id, &hub.app).await.unwrap();
        println!("a checkpoint over one more: {:?}", started.elapsed());
    }
    let started = Instant::now();
    let _ = issuance_log::audit::verify(college.id, &hub.app).await.unwrap();
    println!("audit of 100,000 rows: {:?}", started.elapsed());
}

#[tokio::test]
#[ignore = "a measurement"]
async fn a_hundred_approvals_at_once() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Meena Iyer").await;
    for round in 0..3 {
        let mut items = Vec::new();
        for number in 0..100 {
            items.push(submitted(&student, &format!("Item {round} {number}")).await);
        }
        let started = Instant::now();
        let approve = json!({ "action": "approve" });
        let acts = items.iter().map(|seen| act(&faculty, seen, "decisions", approve.clone()));
        assert!(join_all(acts).await.iter().all(|answer| answer.status == 200));
        println!("a hundred approvals at once: {:?}", started.elapsed());
    }
}
