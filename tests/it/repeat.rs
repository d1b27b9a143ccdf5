//! Idempotency-Key: a request that comes again acts once.

use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestHub, sign_in, text};

fn achievement(title: &str) -> Value {
    json!({ "title": title, "category": "competition" })
}

async fn create(student: &Client, key: &str, body: &Value) -> Answer {
    let request =
        student.request(Method::POST, "/api/achievements/").header("Idempotency-Key", key);
    student.send(request.json(body)).await
}

async fn count(student: &Client) -> usize {
    student.get("/api/achievements/").await.ok(200)["results"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_hundred_requests_with_one_key_make_one_achievement_and_get_one_answer() {
    let hub = TestHub::start().await;
    let college = hub.college("kaveri").await;
    let student = college.student("Meena Rao").await;
    let body = achievement("State chess championship");
    let attempts = (0..100).map(|_| create(&student, "one-intention", &body));
    let answers = futures_util::future::join_all(attempts).await;
    let mut made = Vec::new();
    for answer in answers {
        match answer.status {
            201 => made.push(answer.bytes),
            _ => drop(answer.refused(409, "idempotency_conflict")),
        }
    }
    assert!(!made.is_empty());
    assert!(made.iter().all(|bytes| *bytes == made[0]), "every answer is the first one");
    assert_eq!(count(&student).await, 1);
    let again = create(&student, "one-intention", &body).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((again.status, &again.bytes), (201, &made[0]));
}

#[tokio::test]
async fn a_key_stands_for_one_request_of_one_person() {
    let hub = TestHub::start().await;
    let college = hub.college("kaveri").await;
    let student = college.student("Meena Rao").await;
    let other = college.student("Ravi Kumar").await;
    let body = achievement("State chess championship");
    let first = create(&student, "k", &body).await.ok(201);
    create(&student, "k", &achievement("Another")).await.refused(422, "idempotency_conflict");
    let request = student.request(Method::POST, "/api/notifications/read/");
    let request = request.header("Idempotency-Key", "k").json(&body);
    student.send(request).await.refused(422, "idempotency_conflict");
    let of_other = create(&other, "k", &body).await.ok(201);
    assert_ne!(text(&first["id"]), text(&of_other["id"]));
    assert_eq!((count(&student).await, count(&other).await), (1, 1));
}

#[tokio::test]
async fn a_refused_request_gives_its_key_back() {
    let hub = TestHub::start().await;
    let college = hub.college("kaveri").await;
    let student = college.student("Meena Rao").await;
    let refused = create(&student, "k", &json!({ "title": "x", "category": "no-such" })).await;
    assert!((400..500).contains(&refused.status), "{}", refused.body);
    create(&student, "k", &achievement("Mended")).await.ok(201);
}

#[tokio::test]
async fn a_key_is_remembered_for_seven_days() {
    let hub = TestHub::start().await;
    let college = hub.college("kaveri").await;
    let student = college.student("Meena Rao").await;
    let body = achievement("State chess championship");
    create(&student, "k", &body).await.ok(201);
    hub.wait(Duration::days(7) - Duration::minutes(1));
    hub::app::repeat::forget_old(&hub.app).await.unwrap();
    let student = sign_in(&student.email, "kaveri", &hub.app).await;
    create(&student, "k", &body).await.ok(201);
    assert_eq!(count(&student).await, 1);
    hub.wait(Duration::minutes(2));
    hub::app::repeat::forget_old(&hub.app).await.unwrap();
    create(&student, "k", &body).await.ok(201);
    assert_eq!(count(&student).await, 2);
}

#[tokio::test]
async fn a_request_that_never_ended_may_be_taken_up_again() {
    let hub = TestHub::start().await;
    let college = hub.college("kaveri").await;
    let student = college.student("Meena Rao").await;
    let body = achievement("State chess championship");
    create(&student, "k", &body).await.ok(201);
    // As a hub leaves it that was killed before it answered.
    let mut owner = hub.database.owner().await;
    sqlx::query("SELECT set_config('hub.college_id', $1, false)")
        .bind(college.id.to_string())
        .execute(&mut owner)
        .await
        .unwrap();
    let killed =
        sqlx::query("UPDATE repeatable_requests SET status = NULL, headers = NULL, body = NULL")
            .execute(&mut owner)
            .await
            .unwrap();
    assert_eq!(killed.rows_affected(), 1);
    create(&student, "k", &body).await.refused(409, "idempotency_conflict");
    hub.wait(Duration::minutes(6));
    let student = sign_in(&student.email, "kaveri", &hub.app).await;
    create(&student, "k", &body).await.ok(201);
}

#[tokio::test]
async fn a_key_of_odd_letters_is_refused() {
    let hub = TestHub::start().await;
    let college = hub.college("kaveri").await;
    let student = college.student("Meena Rao").await;
    create(&student, &"k".repeat(256), &achievement("Chess")).await.refused(400, "malformed");
    assert_eq!(count(&student).await, 0);
}
