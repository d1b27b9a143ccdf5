//! Clients that go at a random moment (B11h): what was acknowledged is there, and nothing is half done.

use std::time::Duration;

use futures_util::future::join_all;
use hub::app::work;
use rand::RngExt;
use serde_json::{Value, json};

use crate::invariants::check_invariants;
use crate::lifecycle::{act, content, picture, upload};
use crate::support::{Client, text};
use crate::workflow::{Scene, approve, propose_title, reject, retitle, send_back, undo};

/// How many requests are cut off here; `HUB_TEST_CANCELLED=5000` is the figure of the battery.
const FEW: usize = 600;
/// Side by side.
const AT_ONCE: usize = 8;
/// The latest moment a client goes.
const PATIENCE: Duration = Duration::from_millis(60);

/// Something that changes something, on one of the items or on none.
async fn anything(which: usize, scene: &Scene, seen: &Value) {
    let (student, first, second) = (&scene.student, &scene.first, &scene.second);
    let id = text(&seen["id"]);
    drop(match which {
        0 => student.post("/api/achievements/", content("Another")).await,
        1 => retitle(student, seen, "Relay, 4 × 100 m").await,
        2 | 3 => act(student, seen, "submit", Value::Null).await,
        4 => act(student, seen, "withdraw", Value::Null).await,
        5 | 6 => approve(first, seen).await,
        7 => reject(second, seen).await,
        8 => send_back(second, seen).await,
        9 => propose_title(first, seen, "Relay race").await,
        10 => act(student, seen, "correction/confirm", Value::Null).await,
        11 if seen["last_decision"].is_object() => undo(first, seen).await,
        12 => act(student, seen, "amend", Value::Null).await,
        13 => act(student, seen, "appeal", Value::Null).await,
        14 => {
            first
                .post(&format!("/api/achievements/{id}/comments/"), json!({ "text": "Seen." }))
                .await
        }
        15 => first.post(&format!("/api/achievements/{id}/claim/"), Value::Null).await,
        16 => upload(student, &id, "photo.jpg", picture(9), None).await,
        17 => {
            let items: Vec<Value> = vec![json!({ "id": id, "etag": seen["etag"] })];
            first.post("/api/decisions/bulk/", json!({ "action": "approve", "items": items })).await
        }
        18 => student.post("/api/portfolio/shares/", json!({})).await,
        _ => student.post("/api/portfolio/exports/", json!({})).await,
    });
}

/// An item in one of the states that the acts begin in.
async fn item(number: usize, scene: &Scene) -> Value {
    let made =
        scene.student.post("/api/achievements/", content(&format!("Item {number}"))).await.ok(201);
    upload(&scene.student, &text(&made["id"]), "photo.jpg", picture(number as u8), None)
        .await
        .ok(201);
    scene.seen(&scene.student, &made).await
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_nothing_half_done_when_clients_go_at_any_moment() {
    let wanted = std::env::var("HUB_TEST_CANCELLED").map_or(FEW, |it| it.parse().unwrap());
    let mut scene = Scene::set().await;
    let (mut cut, mut answered, mut asked) = (0, 0, 0);
    let mut items = Vec::new();
    while cut < wanted {
        asked += AT_ONCE;
        assert!(asked < wanted * 20, "{cut} of {asked} were cut off: nobody goes early enough");
        if asked % 800 == 0 {
            scene.later(chrono::Duration::minutes(11)).await;
        }
        // Some are worked on, and new ones come.
        if items.len() < 12 || rand::rng().random_range(0..6) == 0 {
            items.push(item(items.len(), &scene).await);
        }
        let mut at_once = Vec::new();
        for _ in 0..AT_ONCE {
            let latest = items.len().saturating_sub(12);
            let at = rand::rng().random_range(latest..items.len());
            let seen = scene.seen(&scene.student, &items[at]).await;
            let (which, patience) =
                (rand::rng().random_range(0..20), PATIENCE.mul_f64(rand::random::<f64>()));
            let scene = &scene;
            at_once.push(async move {
                // The future is dropped, and its connection with it.
                tokio::time::timeout(patience, anything(which, scene, &seen)).await.is_err()
            });
        }
        let gone = join_all(at_once).await.into_iter().filter(|gone| *gone).count();
        (cut, answered) = (cut + gone, answered + AT_ONCE - gone);
    }
    assert!(answered > wanted / 20, "{answered} were answered: everybody goes too early");
    scene.hub.app.finish_acts().await;
    work::drain(&scene.hub.app).await.unwrap();
    check_invariants(&scene.hub).await;
    pooled_connections_are_clean(&scene).await;
}

/// Nothing holds a lock, and no connection stands in a transaction, once each was taken again.
async fn pooled_connections_are_clean(scene: &Scene) {
    let people: Vec<&Client> = (0..40).map(|_| &scene.student).collect();
    for answer in join_all(people.iter().map(|person| person.get("/api/achievements/"))).await {
        answer.ok(200);
    }
    let mut owner = scene.hub.database.owner().await;
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL";
    for _ in 0..100 {
        let left: i64 = sqlx::query_scalar(open).fetch_one(&mut owner).await.unwrap();
        if left == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("a connection stands in a transaction that nobody ends");
}
