//! The life of a college's keys over HTTP: who may do what, what everybody sees of it, what two persons do.

mod compromise;
mod freeze;
mod migration;
mod operator;
pub mod outside;
mod races;
mod thief;

use hub::app::lockout::Visit;
use serde_json::{Value, json};

use crate::lifecycle::{approved, hub_with_college, inside, state, verify};
use crate::support::{Answer, Client, TestCollege, TestHub, text};

/// The college's keys of a purpose, newest first.
pub async fn keys_of(person: &Client, purpose: &str) -> Vec<Value> {
    let keys = person.get("/api/keys/").await.ok(200);
    keys.as_array().unwrap().iter().filter(|key| key["purpose"] == purpose).cloned().collect()
}

/// The key that signs for a purpose.
pub async fn active(person: &Client, purpose: &str) -> Value {
    let keys = keys_of(person, purpose).await;
    keys.into_iter().find(|key| key["state"] == "active").expect("a key is active")
}

/// Ask for a step at the version of `seen`, which is a key.
pub async fn step(person: &Client, seen: &Value, step: &str, body: Value) -> Answer {
    send(person, &format!("/api/keys/{}/{step}/", text(&seen["id"])), seen, body).await
}

/// Decide on a confirmation at the version of `seen`.
pub async fn decide(person: &Client, seen: &Value, step: &str) -> Answer {
    let path = format!("/api/confirmations/{}/{step}/", text(&seen["id"]));
    send(person, &path, seen, json!({})).await
}

async fn send(person: &Client, path: &str, seen: &Value, body: Value) -> Answer {
    let request =
        person.request(reqwest::Method::POST, path).header("If-Match", text(&seen["etag"]));
    let request = if body.is_null() { request } else { request.json(&body) };
    person.send(request).await
}

/// A key as it stands now.
pub async fn now(person: &Client, key: &Value) -> Value {
    person.get(&format!("/api/keys/{}/", text(&key["id"]))).await.ok(200)
}

/// The bytes that an address of this hub serves.
pub async fn served(hub: &TestHub, url: &Value) -> Vec<u8> {
    let answer = hub.anonymous().get(text(url).strip_prefix(&hub.url).unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.bytes
}

/// How did.json has a key: as a verification method, and whether it may assert.
pub async fn published(hub: &TestHub, slug: &str, key: &Value) -> (Option<Value>, bool) {
    let document = hub.anonymous().get(&format!("/colleges/{slug}/did.json")).await.ok(200);
    let ends = |id: &Value| text(id).ends_with(&format!("#{}", text(&key["kid"])));
    let methods = document["verificationMethod"].as_array().unwrap();
    let asserts = document["assertionMethod"].as_array().unwrap();
    (methods.iter().find(|method| ends(&method["id"])).cloned(), asserts.iter().any(ends))
}

/// How keys.json has a key.
pub async fn history(hub: &TestHub, slug: &str, key: &Value) -> Option<Value> {
    let history = hub.anonymous().get(&format!("/colleges/{slug}/keys.json")).await.ok(200);
    let ends = |id: &Value| text(id).ends_with(&format!("#{}", text(&key["kid"])));
    history["keys"].as_array().unwrap().iter().find(|entry| ends(&entry["kid"])).cloned()
}

/// Whether the private part of a key is still there.
pub async fn has_private_part(hub: &TestHub, college: &TestCollege, key: &Value) -> bool {
    let mut owner = inside(hub, college).await;
    sqlx::query_scalar("SELECT sealed IS NOT NULL FROM signing_keys WHERE id = $1::uuid")
        .bind(text(&key["id"]))
        .fetch_one(&mut owner)
        .await
        .unwrap()
}

/// Do every job, also those that wait a while for others of their kind.
pub async fn settle(hub: &TestHub) {
    for _ in 0..3 {
        hub.wait(chrono::Duration::seconds(2));
        hub::app::work::drain(&hub.app).await.unwrap();
    }
}

/// The events of this kind: who acted, and the facts.
pub async fn events(hub: &TestHub, college: &TestCollege, kind: &str) -> Vec<Value> {
    let mut owner = inside(hub, college).await;
    let of_kind = "SELECT data FROM events WHERE kind = $1 ORDER BY id";
    let mut rows: Vec<Value> =
        sqlx::query_scalar(of_kind).bind(kind).fetch_all(&mut owner).await.unwrap();
    // Appointing the key managers of the scene took two persons too.
    rows.retain(|data| data["what"] != "key_manager_grant");
    rows
}

/// How many unread notices of this kind somebody has.
pub async fn notices(person: &Client, kind: &str) -> usize {
    let page = person.get("/api/notifications/?limit=100").await.ok(200);
    let rows = page["results"].as_array().unwrap().iter();
    rows.filter(|row| row["kind"] == kind && row["read_at"].is_null()).count()
}

#[tokio::test]
async fn a_key_is_made_put_to_use_and_the_one_before_it_retires() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let (student, faculty) = (college.student("Arun").await, college.faculty("Dr. Iyer").await);
    let seen = approved(&student, &faculty, "Relay, first place").await;
    let document = served(&hub, &seen["credential"]["url"]).await;
    let old = active(&manager, "credentials").await;

    let made = manager.post("/api/keys/", json!({ "purpose": "credentials" })).await;
    assert_eq!(made.header("etag"), "\"1\"");
    let new = made.ok(201);
    assert_eq!(
        (&new["state"], &new["allowed"]),
        (&json!("pending"), &json!(["activate", "retire"]))
    );
    assert_eq!(published(&hub, "anna", &new).await, (None, false));
    assert_eq!(history(&hub, "anna", &new).await, None);

    let path = format!("/api/keys/{}/activate/", text(&new["id"]));
    manager.post(&path, json!(null)).await.refused(428, "precondition_required");
    let stale = json!({ "id": new["id"], "etag": "\"7\"" });
    let problem =
        step(&manager, &stale, "activate", Value::Null).await.refused(412, "stale_version");
    assert_eq!(problem["current"], json!({ "status": "pending", "etag": "\"1\"" }));
    let new = step(&manager, &new, "activate", Value::Null).await.ok(200);
    assert_eq!(new["state"], "active");

    let old = now(&manager, &old).await;
    assert_eq!((&old["state"], &old["retired_at"].is_string()), (&json!("retired"), &true));
    assert!(!has_private_part(&hub, &college, &old).await);
    assert!(has_private_part(&hub, &college, &new).await);
    for key in [&old, &new] {
        let (method, asserts) = published(&hub, "anna", key).await;
        assert!(method.is_some_and(|method| method.get("revoked").is_none()) && asserts);
    }
    assert_eq!(history(&hub, "anna", &old).await.unwrap()["state"], "retired");
    assert_eq!(verify(&hub, document).await["verdict"], "valid");
    assert_eq!(
        events(&hub, &college, "key_activated").await[0]["replaced"],
        json!([old["kid"].clone()])
    );

    let waiting = manager.post("/api/keys/", json!({ "purpose": "credentials" })).await.ok(201);
    let waiting = step(&manager, &waiting, "retire", Value::Null).await.ok(200);
    assert_eq!((&waiting["state"], &waiting["allowed"]), (&json!("retired"), &json!([])));
    assert_eq!(history(&hub, "anna", &waiting).await, None, "it was never in use");
}

#[tokio::test]
async fn rotating_moves_the_lists_to_the_new_key_and_leaves_documents_alone() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let (student, faculty) = (college.student("Arun").await, college.faculty("Dr. Iyer").await);
    let seen = approved(&student, &faculty, "Relay, first place").await;
    let document = served(&hub, &seen["credential"]["url"]).await;
    let old = active(&manager, "credentials").await;
    let list = |document: &[u8]| {
        let document: Value = serde_json::from_slice(document).unwrap();
        document["credentialStatus"]["statusListCredential"].clone()
    };
    let list = list(&document);

    let answer = step(&manager, &old, "rotate", Value::Null).await;
    let new = answer.ok(201);
    assert_ne!(new["id"], old["id"]);
    settle(&hub).await;
    let republished: Value = serde_json::from_slice(&served(&hub, &list).await).unwrap();
    let method = text(&republished["proof"][0]["verificationMethod"]);
    assert!(method.ends_with(&text(&new["kid"])), "{method}");
    assert_eq!(served(&hub, &seen["credential"]["url"]).await, document);
    let report = verify(&hub, document).await;
    assert_eq!(report["verdict"], "valid");
    assert_eq!(state(&report, "record"), [("pass", "recorded")]);

    for purpose in ["documents", "log"] {
        let old = active(&manager, purpose).await;
        let new = step(&manager, &old, "rotate", Value::Null).await.ok(201);
        assert_eq!(new["purpose"], purpose);
        assert!(!has_private_part(&hub, &college, &old).await);
    }
    let authority = active(&manager, "authority").await;
    step(&manager, &authority, "rotate", Value::Null).await.refused(409, "conflict");
    settle(&hub).await;
    assert_eq!(hub.app.count_jobs().await.unwrap(), 0, "no job is left over");
}

#[tokio::test]
async fn each_right_is_held_by_those_who_should_hold_it() {
    let (_hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let faculty = college.faculty("Dr. Iyer").await;
    let student = college.student("Arun").await;
    let key = active(&manager, "log").await;
    let reason = || json!({ "reason": "It looks wrong." });
    let compromise = || {
        json!({ "since": key["created_at"], "reason": "It is gone.",
                "affected": { "credentials": 0, "portfolios": 0 } })
    };
    let path = |step: &str| format!("/api/keys/{}/{step}/", text(&key["id"]));
    for person in [&faculty, &student] {
        person.get("/api/keys/").await.refused(403, "forbidden");
        person.get("/api/confirmations/").await.refused(403, "forbidden");
        person.get(&path("affected")).await.refused(403, "forbidden");
        for (name, body) in [
            ("activate", Value::Null),
            ("rotate", Value::Null),
            ("retire", Value::Null),
            ("freeze", reason()),
            ("unfreeze", reason()),
            ("compromise", compromise()),
        ] {
            step(person, &key, name, body).await.refused(403, "forbidden");
        }
    }
    // A college admin sees keys and can stop one, and does not make them.
    let admin = &college.admin;
    admin.post("/api/keys/", json!({ "purpose": "log" })).await.refused(403, "forbidden");
    for name in ["activate", "rotate", "retire"] {
        step(admin, &key, name, Value::Null).await.refused(403, "forbidden");
    }
    let frozen = step(admin, &key, "freeze", reason()).await.ok(200);
    assert_eq!(
        (&frozen["state"], &frozen["frozen_reason"]),
        (&json!("frozen"), &json!("It looks wrong."))
    );
    manager.post("/api/keys/", json!({ "purpose": "authority" })).await.refused(400, "malformed");
}

#[tokio::test]
async fn a_step_that_the_state_does_not_allow_is_refused_with_what_is() {
    let (_hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let old = active(&manager, "credentials").await;
    step(&manager, &old, "rotate", Value::Null).await.ok(201);
    let retired = now(&manager, &old).await;
    let reason = || json!({ "reason": "A second look is needed." });
    for (name, body) in [
        ("activate", Value::Null),
        ("rotate", Value::Null),
        ("retire", Value::Null),
        ("unfreeze", reason()),
    ] {
        let problem = step(&manager, &retired, name, body).await.refused(409, "invalid_transition");
        assert_eq!(problem["allowed"], json!(["freeze", "compromise"]), "{name}");
    }
    step(&manager, &retired, "freeze", json!({ "reason": " " }))
        .await
        .refused(422, "validation_failed");
    let frozen = step(&manager, &retired, "freeze", reason()).await.ok(200);
    let problem =
        step(&manager, &frozen, "freeze", reason()).await.refused(409, "invalid_transition");
    assert_eq!(problem["allowed"], json!(["unfreeze", "compromise"]));
    // Who saw an older version is told before anything else.
    step(&manager, &retired, "freeze", reason()).await.refused(412, "stale_version");
}

#[tokio::test]
async fn published_keys_carry_a_tag_and_are_kept_for_less_than_a_quarter_of_an_hour() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    for name in ["did.json", "keys.json"] {
        let path = format!("/colleges/anna/{name}");
        let anyone = hub.anonymous();
        let first = anyone.get(&path).await;
        let cache = first.header("cache-control").to_owned();
        let seconds: u32 = cache.strip_prefix("public, max-age=").unwrap().parse().unwrap();
        assert!(seconds < 900, "{cache}");
        let tag = first.header("etag").to_owned();
        let ask = |tag: &str| {
            anyone.request(reqwest::Method::GET, &path).header("If-None-Match", tag.to_owned())
        };
        let same = anyone.send(ask(&tag)).await;
        assert_eq!((same.status, same.bytes.len(), same.header("etag")), (304, 0, tag.as_str()));
        let key = active(&manager, "credentials").await;
        step(&manager, &key, "rotate", Value::Null).await.ok(201);
        assert_eq!(anyone.send(ask(&tag)).await.status, 200);
    }
}

#[tokio::test]
async fn a_dump_without_its_master_key_signs_nothing_and_yields_no_token() {
    use hub::keystore::{Algorithm, KeyOwner, Keystore, MissingMasterKey, SealedKeyRef, SignError};

    let (hub, college) = hub_with_college().await;
    let folder = tempfile::TempDir::new().unwrap();
    let other =
        || Keystore::open(&folder.path().join("other.key"), MissingMasterKey::Create).unwrap();
    let mut owner = inside(&hub, &college).await;
    let rows: Vec<(uuid::Uuid, String, Vec<u8>, i32)> =
        sqlx::query_as("SELECT id, algorithm, sealed, seal_version FROM signing_keys")
            .fetch_all(&mut owner)
            .await
            .unwrap();
    assert_eq!(rows.len(), 4);
    for (key_id, algorithm, bytes, version) in &rows {
        let algorithm = if algorithm == "Ed25519" { Algorithm::Ed25519 } else { Algorithm::P256 };
        let key = SealedKeyRef {
            owner: KeyOwner::College(college.id),
            key_id: *key_id,
            algorithm,
            bytes,
            version: u32::try_from(*version).unwrap(),
        };
        assert_eq!(other().sign_batch(&key, &[b"x"]), Err(SignError::OtherMasterKey));
        assert!(hub.keystore().sign_batch(&key, &[b"x"]).is_ok());
    }

    // The whole hub over the same rows and files, under another master key.
    let thief = hub.again_with(other()).await;
    let credentials = hub::app::log_in::Credentials {
        email: college.admin.email.clone(),
        password: crate::support::PASSWORD.to_owned(),
        college: Some("anna".to_owned()),
    };
    let refused = hub::app::log_in::log_in(credentials, Visit::default(), &thief).await;
    assert!(
        matches!(&refused, Err(hub::app::Refusal::Internal(error)) if format!("{error:#}").contains("another master key")),
        "{:?}",
        refused.err()
    );
}
