//! Pushes, received by a push service of the test's own and read with a browser's private key.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes128Gcm, Nonce};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{Duration, FixedOffset};
use hkdf::Hkdf;
use hub::app::work;
use hub::mailer::Mailer;
use hub::push::Pusher;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, SecretKey};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;

use super::choose;
use crate::lifecycle::{approved, submitted};
use crate::support::{Client, Outside, TestCollege, TestHub, pointers, sign_in, text};

const PATH: &str = "/api/push-subscriptions/";
const AUTH: [u8; 16] = *b"sixteen octets !";

/// What came for a browser.
#[derive(Clone, Debug)]
struct Pushed {
    browser: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// A push service that answers as it is told, 201 where nothing was said.
#[derive(Clone, Default)]
struct PushService {
    url: String,
    answers: Arc<Mutex<VecDeque<u16>>>,
    pushed: Arc<Mutex<Vec<Pushed>>>,
}

impl PushService {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = Self { url, ..Self::default() };
        let router = Router::new().route("/send/{browser}", post(take)).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        service
    }

    fn answer(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses);
    }

    fn pushed(&self) -> Vec<Pushed> {
        self.pushed.lock().unwrap().clone()
    }
}

async fn take(
    State(service): State<PushService>,
    Path(browser): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    service.pushed.lock().unwrap().push(Pushed { browser, headers, body: body.to_vec() });
    let status = service.answers.lock().unwrap().pop_front().unwrap_or(201);
    StatusCode::from_u16(status).unwrap()
}

/// The private key of a browser.
fn private_key(browser: u8) -> SecretKey {
    SecretKey::from_slice(&[browser; 32]).unwrap()
}

fn subscription(endpoint: &str, browser: u8) -> Value {
    let point = private_key(browser).public_key().to_sec1_point(false);
    let keys = json!({
        "p256dh": URL_SAFE_NO_PAD.encode(point.as_bytes()), "auth": URL_SAFE_NO_PAD.encode(AUTH),
    });
    json!({ "endpoint": endpoint, "expirationTime": null, "keys": keys })
}

/// Read a message as a browser does: RFC 8291 §3.4, RFC 8188 §2, from the other side.
fn decrypt(body: &[u8], browser: u8) -> Value {
    let (salt, rest) = body.split_at(16);
    let (record_size, rest) = rest.split_at(4);
    assert!(u32::from_be_bytes(record_size.try_into().unwrap()) as usize >= rest.len() - 66);
    assert_eq!(rest[0], 65);
    let (sender, sealed) = rest[1..].split_at(65);
    let own = private_key(browser);
    let shared = p256::ecdh::diffie_hellman(
        own.to_nonzero_scalar(),
        PublicKey::from_sec1_bytes(sender).unwrap().as_affine(),
    );
    let expand = |salt: &[u8], secret: &[u8], info: &[u8], length: usize| {
        let mut out = vec![0; length];
        Hkdf::<Sha256>::new(Some(salt), secret).expand(info, &mut out).unwrap();
        out
    };
    let own_point = own.public_key().to_sec1_point(false);
    let info = [b"WebPush: info\0", own_point.as_bytes(), sender].concat();
    let secret = expand(&AUTH, shared.raw_secret_bytes(), &info, 32);
    let key = expand(salt, &secret, b"Content-Encoding: aes128gcm\0", 16);
    let nonce = expand(salt, &secret, b"Content-Encoding: nonce\0", 12);
    let key: [u8; 16] = key.try_into().unwrap();
    let nonce: [u8; 12] = nonce.try_into().unwrap();
    let mut record = Aes128Gcm::new(&key.into()).decrypt(&Nonce::from(nonce), sealed).unwrap();
    assert_eq!(record.pop(), Some(2), "the last record");
    serde_json::from_slice(&record).unwrap()
}

/// The claims of a VAPID header (RFC 8292 §3) that holds under the key it names, which has to be the hub's.
fn check_vapid(headers: &HeaderMap, server_key: &str) -> Value {
    let header = headers["authorization"].to_str().unwrap();
    let (token, key) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
    assert_eq!(key, server_key);
    let point = URL_SAFE_NO_PAD.decode(key).unwrap();
    let encode = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
    let key =
        DecodingKey::from_ec_components(&encode(&point[1..33]), &encode(&point[33..])).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_required_spec_claims(&["exp", "aud", "sub"]);
    validation.validate_aud = false;
    decode::<Value>(token, &key, &validation).unwrap().claims
}

/// A browser of this person, by a push service that nobody asks.
pub async fn subscribed(person: &Client) -> String {
    let body = subscription("https://push.example/send/a", 9);
    text(&person.post(PATH, body).await.ok(201)["id"])
}

struct Scene {
    hub: TestHub,
    college: TestCollege,
    service: PushService,
    student: Client,
    faculty: Client,
}

impl Scene {
    async fn set() -> Self {
        let service = PushService::start().await;
        let outside = Outside { mailer: Mailer::memory(), pusher: Pusher::with_loopback() };
        let hub = TestHub::start_outside(outside).await;
        let college = hub.college("anna").await;
        let (student, faculty) =
            (college.student("Kavya").await, college.faculty("Dr. Iyer").await);
        for person in [&student, &faculty] {
            choose(person, json!({ "quiet_hours": null })).await;
        }
        Self { hub, college, service, student, faculty }
    }

    async fn subscribe(&self, person: &Client, browser: u8) -> Value {
        let endpoint = format!("{}/send/{browser}", self.service.url);
        person.post(PATH, subscription(&endpoint, browser)).await.ok(201)
    }

    /// What came, after all that is due was done.
    async fn pushed(&self) -> Vec<Pushed> {
        work::drain(&self.hub.app).await.unwrap();
        self.service.pushed()
    }

    async fn browsers_of(&self, person: &Client) -> usize {
        person.get(PATH).await.ok(200)["results"].as_array().unwrap().len()
    }
}

#[tokio::test]
async fn a_browser_reads_its_message_and_knows_the_hub_by_its_key() {
    let scene = Scene::set().await;
    scene.subscribe(&scene.student, 1).await;
    scene.student.patch("/api/me/", json!({ "language": "hi" })).await.ok(200);
    let seen = approved(&scene.student, &scene.faculty, "Relay <b>").await;

    let pushed = scene.pushed().await;
    assert_eq!(pushed.len(), 1);
    let Pushed { headers, body, .. } = &pushed[0];
    assert_eq!(
        decrypt(body, 1),
        json!({
            "title": "स्वीकृत", "body": "Relay <b>", "tag": seen["id"],
            "path": format!("/app/achievements/{}", text(&seen["id"])),
        })
    );
    assert_eq!(headers["content-encoding"], "aes128gcm");
    assert_eq!(headers["ttl"], "86400");
    let topic = headers["topic"].to_str().unwrap();
    assert!(topic.len() <= 32 && topic.bytes().all(|letter| letter.is_ascii_alphanumeric()));
    let key = text(&scene.student.get(PATH).await.ok(200)["application_server_key"]);
    let claims = check_vapid(headers, &key);
    assert_eq!(
        (&claims["aud"], &claims["sub"]),
        (&json!(scene.service.url), &json!(scene.hub.url))
    );
    let left = claims["exp"].as_i64().unwrap() - scene.hub.now().timestamp();
    assert!((1..=86_400).contains(&left), "RFC 8292 §2: a day at most, {left}");
    let nothing_twice = scene.pushed().await;
    assert_eq!(nothing_twice.len(), 1);
}

#[tokio::test]
async fn a_service_that_is_busy_is_asked_again_and_a_browser_that_is_gone_is_forgotten() {
    let scene = Scene::set().await;
    scene.subscribe(&scene.student, 1).await;
    scene.subscribe(&scene.student, 2).await;
    // Newest first: the second is gone; the first is busy, then limited, then takes it.
    scene.service.answer(&[410, 503]);
    approved(&scene.student, &scene.faculty, "Relay").await;
    assert_eq!(scene.pushed().await.len(), 2);
    assert_eq!(scene.browsers_of(&scene.student).await, 1);
    scene.service.answer(&[429]);
    for _ in 0..3 {
        scene.hub.wait(Duration::seconds(40));
        scene.pushed().await;
    }
    let to: Vec<_> = scene.pushed().await.into_iter().map(|pushed| pushed.browser).collect();
    let again = to[2..].to_vec();
    assert_eq!(again, [to[1].clone(), to[1].clone()], "503, 429, 201");
    assert_ne!(to[0], to[1]);
    scene.service.answer(&[404]);
    approved(&scene.student, &scene.faculty, "Debate").await;
    scene.pushed().await;
    assert_eq!(scene.browsers_of(&scene.student).await, 0);
    approved(&scene.student, &scene.faculty, "Chess").await;
    assert_eq!(scene.pushed().await.len(), 5, "nobody is left");
}

#[tokio::test]
async fn at_night_a_push_waits_for_the_morning_and_what_was_read_is_not_pushed() {
    let scene = Scene::set().await;
    scene.subscribe(&scene.student, 1).await;
    let zone = FixedOffset::east_opt(5 * 3600 + 1800).unwrap();
    let here = scene.hub.now().with_timezone(&zone).time();
    let clock = |hours| (here + Duration::hours(hours)).format("%H:%M").to_string();
    let quiet = json!({ "from": clock(-1), "until": clock(1) });
    choose(&scene.student, json!({ "quiet_hours": quiet })).await;
    approved(&scene.student, &scene.faculty, "Relay").await;
    assert_eq!(scene.pushed().await.len(), 0);
    scene.hub.wait(Duration::minutes(30));
    assert_eq!(scene.pushed().await.len(), 0);
    scene.hub.wait(Duration::minutes(31));
    assert_eq!(scene.pushed().await.len(), 1, "the hour is over");

    let student = sign_in(&scene.student.email, "anna", &scene.hub.app).await;
    let faculty = sign_in(&scene.faculty.email, "anna", &scene.hub.app).await;
    approved(&student, &faculty, "Debate").await;
    let newest = student.get("/api/notifications/").await.ok(200)["results"][0]["id"].clone();
    student.post("/api/notifications/read/", json!({ "up_to": newest })).await;
    assert_eq!(scene.pushed().await.len(), 1, "it was read in the app meanwhile");
    approved(&student, &faculty, "Chess").await;
    assert_eq!(scene.pushed().await.len(), 2);
}

#[tokio::test]
async fn only_whom_it_concerns_is_pushed_to_and_only_what_they_chose() {
    let scene = Scene::set().await;
    let classmate = scene.college.student("Arun").await;
    choose(&classmate, json!({ "quiet_hours": null })).await;
    scene.subscribe(&classmate, 1).await;
    scene.subscribe(&scene.faculty, 2).await;
    approved(&scene.student, &scene.faculty, "Relay").await;
    assert_eq!(scene.pushed().await.len(), 0, "reviewers are not pushed to unless they choose so");
    choose(&scene.faculty, json!({ "topics": [{ "topic": "review", "push": true }] })).await;
    let newest = scene.faculty.get("/api/notifications/").await.ok(200)["results"][0]["id"].clone();
    scene.faculty.post("/api/notifications/read/", json!({ "up_to": newest })).await;
    let seen = submitted(&scene.student, "Debate").await;
    let pushed = scene.pushed().await;
    assert_eq!(pushed.len(), 1);
    let said = decrypt(&pushed[0].body, 2);
    assert_eq!(said["path"], format!("/app/review/{}", text(&seen["id"])));
    choose(&classmate, json!({ "topics": [{ "topic": "decisions", "push": false }] })).await;
    approved(&classmate, &scene.faculty, "Chess").await;
    assert_eq!(scene.pushed().await.len(), 1);
}

#[tokio::test]
async fn a_browser_is_told_while_its_session_lasts_and_belongs_to_who_is_signed_in() {
    let scene = Scene::set().await;
    let mine = scene.subscribe(&scene.student, 1).await;
    assert_eq!(scene.subscribe(&scene.student, 1).await["id"], mine["id"], "renewed, not doubled");
    // A phone that two share: whoever subscribed last.
    let classmate = scene.college.student("Arun").await;
    scene.subscribe(&classmate, 1).await;
    assert_eq!(scene.browsers_of(&scene.student).await, 0);
    approved(&scene.student, &scene.faculty, "Relay").await;
    assert_eq!(scene.pushed().await.len(), 0);

    let other = scene.subscribe(&scene.student, 2).await;
    let path = format!("{PATH}{}/", text(&other["id"]));
    classmate.delete(&path).await.refused(404, "not_found");
    let lost = sign_in(&scene.student.email, "anna", &scene.hub.app).await;
    scene.subscribe(&lost, 3).await;
    assert_eq!(scene.browsers_of(&scene.student).await, 2);
    let ended = scene.student.delete("/api/sessions/?others_only=true").await;
    assert!(ended.status < 300, "{}", ended.body);
    assert_eq!(scene.browsers_of(&scene.student).await, 1, "the lost phone hears nothing more");
    approved(&scene.student, &scene.faculty, "Debate").await;
    let to: Vec<_> = scene.pushed().await.into_iter().map(|pushed| pushed.browser).collect();
    assert_eq!(to, ["2"]);
    assert_eq!(scene.student.delete(&path).await.status, 204);
    scene.student.delete(&path).await.refused(404, "not_found");
    for browser in 10..25 {
        scene.subscribe(&scene.student, browser).await;
    }
    assert_eq!(scene.browsers_of(&scene.student).await, 10, "the newest");
}

#[tokio::test]
async fn what_a_browser_would_not_say_is_refused() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya").await;
    let good = subscription("https://push.example/send/a", 1);
    let with = |place: &[&str], value: &str| {
        let mut body = good.clone();
        let field = place.iter().fold(&mut body, |inside, name| &mut inside[*name]);
        *field = json!(value);
        body
    };
    for (body, pointer) in [
        (with(&["endpoint"], "http://push.example/send/a"), "/endpoint"),
        (with(&["endpoint"], "https://127.0.0.1:5432/"), "/endpoint"),
        (with(&["endpoint"], "https://169.254.169.254/latest"), "/endpoint"),
        (with(&["endpoint"], &format!("https://push.example/{}", "x".repeat(2048))), "/endpoint"),
        (with(&["keys", "p256dh"], "AAAA"), "/keys/p256dh"),
        (with(&["keys", "p256dh"], &URL_SAFE_NO_PAD.encode([4; 65])), "/keys/p256dh"),
        (with(&["keys", "auth"], "AAAA"), "/keys/auth"),
    ] {
        let problem = student.post(PATH, body).await.refused(422, "validation_failed");
        assert_eq!(pointers(&problem), [pointer]);
    }
    student.post(PATH, good).await.ok(201);
}
