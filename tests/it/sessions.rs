//! Sessions seen and ended, showing anew who one is, and guesses at passwords counted.

use chrono::Duration;
use hub::app::Refusal;
use hub::app::lockout::Visit;
use hub::app::log_in::{self, Credentials};
use hub::app::session;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::keys::{active, step};
use crate::lifecycle::submitted;
use crate::support::{Answer, Client, PASSWORD, TestHub, text};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// What came of a log-in.
struct Device {
    client: Client,
    refresh: String,
}

/// Log in over HTTP from an address, with a browser's name.
async fn log_in_from(address: &str, body: Value, hub: &TestHub) -> Answer {
    let client = hub.anonymous();
    let request = client.request(Method::POST, "/api/token/").header("X-Forwarded-For", address);
    client.send(request.header("User-Agent", FIREFOX).json(&body)).await
}

async fn device(email: &str, hub: &TestHub) -> Device {
    let body = json!({ "email": email, "password": PASSWORD });
    let tokens = log_in_from("198.51.100.1", body, hub).await.ok(200);
    Device {
        client: hub.anonymous().with_token(tokens["access"].as_str().unwrap()),
        refresh: text(&tokens["refresh"]),
    }
}

async fn refresh(token: &str, hub: &TestHub) -> Answer {
    hub.anonymous().post("/api/token/refresh/", json!({ "refresh": token })).await
}

async fn sessions(client: &Client) -> Vec<Value> {
    client.get("/api/sessions/").await.ok(200).as_array().unwrap().clone()
}

#[tokio::test]
async fn somebody_sees_where_they_are_logged_in_and_ends_one_at_once() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let student = college.student("Kavya Iyer").await;
    hub.wait(Duration::minutes(1));
    let lost = device(&student.email, &hub).await;
    hub.wait(Duration::minutes(1));
    let own = device(&student.email, &hub).await;

    let seen = sessions(&own.client).await;
    assert_eq!(seen.len(), 3);
    assert_eq!(seen.iter().filter(|row| row["current"] == true).count(), 1);
    assert_eq!((&seen[0]["current"], &seen[0]["device"]), (&json!(true), &json!("Firefox, Linux")));
    assert_eq!((&seen[1]["methods"], &seen[1]["web"]), (&json!(["password"]), &json!(false)));
    assert_eq!(seen[2]["device"], "");
    let used = seen[1]["last_used_at"].clone();

    hub.wait(Duration::minutes(5));
    let next = text(&refresh(&lost.refresh, &hub).await.ok(200)["refresh"]);
    let seen = sessions(&own.client).await;
    assert_ne!(seen[0]["last_used_at"], used, "an exchange is a use");
    let path = format!("/api/sessions/{}/", text(&seen[0]["id"]));
    college.admin.delete(&path).await.refused(404, "not_found");
    own.client.delete(&path).await.ok(204);
    own.client.delete(&path).await.refused(404, "not_found");

    // Its token was good for five more minutes: it is refused from the next request on.
    lost.client.get("/api/me/").await.refused(401, "unauthenticated");
    refresh(&next, &hub).await.refused(401, "unauthenticated");
    own.client.get("/api/me/").await.ok(200);
    assert_eq!(sessions(&own.client).await.len(), 2);
}

#[tokio::test]
async fn all_others_end_or_all() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let student = college.student("Kavya Iyer").await;
    let other = college.student("Rohan Das").await;
    let (one, two) = (device(&student.email, &hub).await, device(&student.email, &hub).await);
    two.client.delete("/api/sessions/?others_only=true").await.ok(204);
    one.client.get("/api/me/").await.refused(401, "unauthenticated");
    refresh(&one.refresh, &hub).await.refused(401, "unauthenticated");
    assert_eq!(sessions(&two.client).await.len(), 1);
    two.client.delete("/api/sessions/?everything=1").await.refused(400, "malformed");
    two.client.delete("/api/sessions/").await.ok(204);
    two.client.get("/api/me/").await.refused(401, "unauthenticated");
    refresh(&two.refresh, &hub).await.refused(401, "unauthenticated");
    other.get("/api/me/").await.ok(200);
}

#[tokio::test]
async fn a_log_out_a_replay_and_a_new_password_end_what_was_handed_out() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let student = college.student("Kavya Iyer").await;
    let gone = device(&student.email, &hub).await;
    let body = json!({ "refresh": gone.refresh });
    hub.anonymous().post("/api/token/revoke/", body).await.ok(204);
    gone.client.get("/api/me/").await.refused(401, "unauthenticated");

    let stolen = device(&student.email, &hub).await;
    let second = text(&refresh(&stolen.refresh, &hub).await.ok(200)["refresh"]);
    refresh(&second, &hub).await.ok(200);
    refresh(&stolen.refresh, &hub).await.refused(401, "unauthenticated");
    stolen.client.get("/api/me/").await.refused(401, "unauthenticated");

    let before = device(&student.email, &hub).await;
    hub.anonymous().post("/api/password/reset/", json!({ "email": student.email })).await.ok(202);
    hub.app.finish_acts().await;
    let mut token = None;
    for _ in 0..200 {
        if hub.mails().await.iter().any(|mail| mail.kind == "reset_password") {
            token = Some(hub.mailed_token(&student.email, "reset_password").await);
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let body =
        json!({ "token": token.expect("a letter came"), "password": "an uncommonly loud bazaar" });
    hub.anonymous().post("/api/password/reset/confirm/", body).await.ok(204);
    before.client.get("/api/me/").await.refused(401, "unauthenticated");
    student.get("/api/me/").await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_key_is_changed_only_by_whoever_showed_who_they_are_a_short_time_ago() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let manager = college.key_manager("Dr. Sen").await;
    let log = active(&manager, "log").await;
    let old = device(&manager.email, &hub).await;
    let student = college.student("Kavya Iyer").await;
    hub.wait(Duration::minutes(10));
    let tokens = refresh(&old.refresh, &hub).await.ok(200);
    let late = hub.anonymous().with_token(tokens["access"].as_str().unwrap());

    let reason = json!({ "reason": "It looks wrong." });
    for (what, body) in [("rotate", json!({})), ("retire", json!({})), ("freeze", reason.clone())] {
        let problem = step(&late, &log, what, body).await.refused(403, "step_up_required");
        assert_eq!(problem["ways"], json!([["password"]]), "{what}");
    }
    late.post("/api/keys/", json!({ "purpose": "log" })).await.refused(403, "step_up_required");
    late.get("/api/keys/").await.ok(200);
    let wrong = json!({ "password": "not the password" });
    late.post("/api/step-up/", wrong).await.refused(422, "validation_failed");
    step(&late, &log, "rotate", json!({})).await.refused(403, "step_up_required");
    late.post("/api/step-up/", json!({})).await.refused(403, "step_up_required");
    late.post("/api/step-up/", json!({ "password": PASSWORD })).await.ok(200);
    // With the same token: the session is what was renewed.
    step(&late, &log, "rotate", json!({})).await.ok(201);

    // Whoever lacks the right is told so, and not asked for a password.
    let fresh = device(&student.email, &hub).await;
    fresh.client.post("/api/keys/", json!({ "purpose": "log" })).await.refused(403, "forbidden");
}

#[tokio::test]
async fn many_are_decided_at_once_only_after_a_step_up() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let rao = college.faculty("Dr. Rao").await;
    let old = device(&rao.email, &hub).await;
    let student = college.student("Kavya Iyer").await;
    let item = submitted(&student, "Waiting").await;
    hub.wait(Duration::minutes(10));
    let tokens = refresh(&old.refresh, &hub).await.ok(200);
    let late = hub.anonymous().with_token(tokens["access"].as_str().unwrap());
    let bulk =
        json!({ "action": "approve", "items": [{ "id": item["id"], "etag": item["etag"] }] });
    late.post("/api/decisions/bulk/", bulk.clone()).await.refused(403, "step_up_required");
    late.post("/api/step-up/", json!({ "password": PASSWORD })).await.ok(200);
    let done = late.post("/api/decisions/bulk/", bulk).await.ok(200);
    assert_eq!(done["summary"], json!({ "done": 1, "failed": 0 }));
}

#[tokio::test]
async fn a_stolen_token_is_no_way_to_guess_the_password() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let mut looked_at = 0;
    for _ in 0..14 {
        let body = json!({ "password": "not the password" });
        looked_at += usize::from(college.admin.post("/api/step-up/", body).await.status == 422);
    }
    assert_eq!(looked_at, 10);
    let right = json!({ "password": PASSWORD });
    let answer = college.admin.post("/api/step-up/", right).await;
    assert!(answer.header("retry-after").parse::<i64>().unwrap() <= 901);
    answer.refused(429, "rate_limited");
}

#[tokio::test]
async fn a_thousand_guesses_from_fifty_addresses_are_ten_and_the_owner_comes_in() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let email = &college.admin.email;
    let right = json!({ "email": email, "password": PASSWORD });
    let wrong = json!({ "email": email, "password": "not the password" });
    let home = "203.0.113.7";
    let known = text(&log_in_from(home, right.clone(), &hub).await.ok(200)["device"]);

    let mut looked_at = 0;
    for guess in 0..1000 {
        let answer = log_in_from(&format!("192.0.2.{}", guess % 50), wrong.clone(), &hub).await;
        match answer.status {
            401 => looked_at += 1,
            status => assert_eq!(status, 429, "{}", answer.body),
        }
    }
    assert!(looked_at <= 10, "{looked_at} were hashed");

    log_in_from("192.0.2.99", right.clone(), &hub).await.refused(429, "rate_limited");
    log_in_from(home, wrong.clone(), &hub).await.refused(401, "wrong_password");
    log_in_from(home, right.clone(), &hub).await.ok(200);
    let elsewhere = |device: &str, address: &str| {
        let client = hub.anonymous();
        let request = client.request(Method::POST, "/api/token/").header("X-Hub-Device", device);
        let request = request.header("X-Forwarded-For", address).json(&right);
        async move { client.send(request).await }
    };
    elsewhere(&known, "192.0.2.3").await.ok(200);
    elsewhere(&"A".repeat(43), "192.0.2.4").await.refused(429, "rate_limited");
    // For whoever comes from a new place it is a quarter of an hour, and no longer.
    hub.wait(Duration::minutes(15));
    log_in_from("192.0.2.99", right, &hub).await.ok(200);
}

#[tokio::test]
async fn guesses_at_nobody_are_counted_like_guesses_at_somebody() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let statuses = async |email: &str| {
        let mut statuses = Vec::new();
        for guess in 0..12 {
            let body = json!({ "email": email, "password": "not the password" });
            statuses.push(log_in_from(&format!("192.0.2.{guess}"), body, &hub).await.status);
        }
        statuses
    };
    let somebody = statuses(&college.admin.email).await;
    assert_eq!(somebody, statuses("nobody@sarvodaya.example").await);
    assert_eq!(somebody.iter().filter(|status| **status == 429).count(), 2);
}

#[tokio::test]
async fn two_processes_and_forty_guesses_at_once_count_together() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let other = hub.again_with(hub.keystore()).await;
    let guess = |number: usize| {
        let credentials = Credentials {
            email: college.admin.email.clone(),
            password: "not the password".into(),
            college: None,
        };
        let app = if number.is_multiple_of(2) { hub.app.clone() } else { other.clone() };
        async move { log_in::log_in(credentials, Visit::default(), &app).await }
    };
    let answers = futures_util::future::join_all((0..40).map(guess)).await;
    let count = |wanted: fn(&Refusal) -> bool| {
        answers.iter().filter(|answer| answer.as_ref().is_err_and(wanted)).count()
    };
    assert_eq!(count(|refusal| matches!(refusal, Refusal::WrongPassword)), 10);
    assert_eq!(count(|refusal| matches!(refusal, Refusal::RateLimited { .. })), 30);
}

#[tokio::test]
async fn a_stranger_does_not_choose_the_address_they_are_counted_under() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let right = json!({ "email": college.admin.email, "password": PASSWORD });
    let wrong = json!({ "email": college.admin.email, "password": "not the password" });
    log_in_from("203.0.113.7", right, &hub).await.ok(200);
    let mut looked_at = 0;
    for _ in 0..15 {
        // What the client wrote stands before what the proxy added.
        let answer = log_in_from("203.0.113.7, 192.0.2.1", wrong.clone(), &hub).await;
        looked_at += usize::from(answer.status == 401);
    }
    assert_eq!(looked_at, 10);
    log_in_from("203.0.113.7", wrong, &hub).await.refused(401, "wrong_password");
}

#[tokio::test]
async fn fifty_refreshes_at_once_of_each_of_a_hundred_tokens_leave_one_lineage_each() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let mut tokens = Vec::new();
    for _ in 0..100 {
        let credentials = Credentials {
            email: college.admin.email.clone(),
            password: PASSWORD.into(),
            college: None,
        };
        let logged_in = log_in::log_in(credentials, Visit::default(), &hub.app).await.unwrap();
        tokens.push(logged_in.session.refresh.reveal().to_owned());
    }
    for first in &tokens {
        let race = (0..50).map(|_| session::refresh(first.clone(), &hub.app));
        let answers = futures_util::future::join_all(race).await;
        assert!(answers.iter().all(Result::is_ok));
    }
    let firsts: Vec<Vec<u8>> =
        tokens.iter().map(|token| Sha256::digest(token.as_bytes()).to_vec()).collect();
    let mut owner = hub.database.owner().await;
    let alive: Vec<i64> = sqlx::query_scalar(
        "SELECT count(*) FILTER (WHERE t.consumed_at IS NULL AND t.revoked_at IS NULL) FROM refresh_tokens t
         WHERE t.family_id IN (SELECT family_id FROM refresh_tokens WHERE token_hash = ANY($1)) GROUP BY t.family_id",
    )
    .bind(firsts)
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(alive, vec![1; 100]);
}
