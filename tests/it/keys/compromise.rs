//! Two persons declare a key to be in other hands: what falls, what is made anew, what is never lost.

use serde_json::{Value, json};

use super::{
    active, decide, events, has_private_part, history, keys_of, notices, now, published, served,
    settle, step,
};
use crate::lifecycle::{approved, hub_with_college, inside, state, verify};
use crate::support::{Client, text};

/// A report with the numbers that the hub itself names.
async fn report(person: &Client, key: &Value) -> Value {
    let affected = person.get(&format!("/api/keys/{}/affected/", text(&key["id"]))).await.ok(200);
    json!({ "since": key["created_at"], "reason": "The server was broken into.", "affected": affected })
}

#[tokio::test]
async fn a_key_is_given_up_by_two_persons_who_looked_and_everything_is_signed_anew() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let admin = &college.admin;
    let (student, faculty) = (college.student("Arun").await, college.faculty("Dr. Iyer").await);
    let seen = approved(&student, &faculty, "Relay, first place").await;
    let other = approved(&student, &faculty, "Quiz, winner").await;
    let revoke = format!("/api/credentials/{}/revoke/", text(&other["credential"]["id"]));
    admin.post(&revoke, json!({ "reason": "error", "text": "Wrong event." })).await.ok(200);
    let document = served(&hub, &seen["credential"]["url"]).await;
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let file = student.get(&text(&export["file_url"])).await.bytes;

    let key = active(&manager, "credentials").await;
    let affected = manager.get(&format!("/api/keys/{}/affected/", text(&key["id"]))).await.ok(200);
    assert_eq!(
        affected,
        json!({ "credentials": 1, "portfolios": 1 }),
        "what was revoked does not count"
    );

    // Nobody reports without having looked, for a time to come, or without a word why.
    let good = report(&manager, &key).await;
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    let unseen = json!({ "credentials": 0, "portfolios": 1 });
    step(&manager, &key, "compromise", with("affected", unseen)).await.refused(409, "conflict");
    for (field, value) in [
        ("since", json!(hub.now() + chrono::Duration::hours(1))),
        ("since", json!("2020-01-01T00:00:00Z")),
        ("reason", json!("")),
    ] {
        step(&manager, &key, "compromise", with(field, value))
            .await
            .refused(422, "validation_failed");
    }
    assert_eq!(
        now(&manager, &key).await["state"],
        "active",
        "a report that is refused does nothing"
    );

    let asked = step(&manager, &key, "compromise", good.clone()).await.ok(202);
    assert_eq!((&asked["kind"], &asked["facts"]), (&json!("key_compromise"), &affected));
    assert_eq!(now(&manager, &key).await["state"], "frozen", "it signs nothing from here on");
    assert_eq!(
        (
            notices(admin, "confirmation_requested").await,
            notices(&manager, "confirmation_requested").await
        ),
        (1, 1)
    );
    decide(&manager, &asked, "confirm").await.refused(403, "same_person");
    faculty
        .post(&format!("/api/confirmations/{}/confirm/", text(&asked["id"])), json!({}))
        .await
        .refused(403, "forbidden");
    // Declined, nothing more happens; it can be reported again.
    decide(admin, &asked, "decline").await.ok(200);
    assert_eq!(now(&manager, &key).await["state"], "frozen");
    assert!(has_private_part(&hub, &college, &key).await);
    let frozen = now(&manager, &key).await;
    let asked = step(admin, &frozen, "compromise", good).await.ok(202);
    let waiting = manager.get("/api/confirmations/").await.ok(200);
    assert_eq!((&waiting[0]["id"], &waiting[0]["facts_now"]), (&asked["id"], &affected));
    decide(&manager, &asked, "confirm").await.ok(200);

    // At once: out of assertionMethod, private part destroyed, another key in its place.
    let fallen = now(&manager, &key).await;
    assert_eq!((&fallen["state"], &fallen["allowed"]), (&json!("compromised"), &json!([])));
    assert!(!has_private_part(&hub, &college, &key).await);
    let (method, asserts) = published(&hub, "anna", &key).await;
    let method = method.expect("its public part stays published");
    assert!(!asserts && method["revoked"].is_string(), "{method}");
    let entry = history(&hub, "anna", &key).await.unwrap();
    assert_eq!(
        (&entry["state"], &entry["reason"]),
        (&json!("compromised"), &json!("The server was broken into."))
    );
    assert_eq!(entry["compromisedSince"], method["revoked"]);
    let new = active(&manager, "credentials").await;
    let (method, asserts) = published(&hub, "anna", &new).await;
    assert!(method.is_some() && asserts);

    // Until everything is signed anew, no portfolio is made of what a thief may have signed.
    student.post("/api/portfolio/exports/", json!({})).await.refused(409, "conflict");
    let old = verify(&hub, document.clone()).await;
    assert_eq!(
        (&old["verdict"], state(&old, "signature")),
        (&json!("not_valid"), vec![("fail", "key_compromised"); 2])
    );
    settle(&hub).await;

    // The address serves the next generation, at the same status index, and it is good.
    let fresh = served(&hub, &seen["credential"]["url"]).await;
    assert_ne!(fresh, document);
    let (before, after): (Value, Value) =
        (serde_json::from_slice(&document).unwrap(), serde_json::from_slice(&fresh).unwrap());
    for part in ["id", "credentialStatus", "credentialSubject", "validFrom"] {
        assert_eq!(before[part], after[part], "{part}");
    }
    let good = verify(&hub, fresh).await;
    assert_eq!(good["verdict"], "valid", "{good:#}");
    assert!(text(&good["checks"][1]["key"]).ends_with(&text(&new["kid"])));
    // The old bytes are known, and say so; they do not count.
    let old = verify(&hub, document).await;
    assert_eq!(old["verdict"], "not_valid");
    assert_eq!(state(&old, "signature"), [("fail", "key_compromised"); 2]);
    assert_eq!(state(&old, "record"), [("warn", "older_generation")]);
    let generation = |report: &Value| {
        let mut checks = report["checks"].as_array().unwrap().iter();
        checks.find(|check| check["id"] == "record").unwrap()["generation"].clone()
    };
    assert_eq!((generation(&old), generation(&good)), (json!(1), json!(2)));
    let mut owner = inside(&hub, &college).await;
    let generations: Vec<i32> = sqlx::query_scalar(
        "SELECT generation FROM issued_records WHERE document_id = $1::uuid ORDER BY generation",
    )
    .bind(text(&seen["credential"]["id"]))
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(generations, [1, 2]);
    // What was revoked before is not brought back to life.
    let revoked = served(&hub, &other["credential"]["url"]).await;
    assert_eq!(verify(&hub, revoked).await["verdict"], "not_valid");

    // The portfolio is out of date; the next export is another one.
    let old = verify(&hub, file).await;
    assert_eq!(old["verdict"], "not_valid");
    assert_eq!(state(&old, "status"), [("fail", "revoked")]);
    let reason = old["checks"].as_array().unwrap().iter().find(|check| check["id"] == "status");
    assert_eq!(reason.unwrap()["reason"], "key_compromised");
    assert_eq!(student.get("/api/portfolio/exports/").await.ok(200)[0]["out_of_date"], true);
    let again = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    assert_ne!(again["id"], export["id"]);
    let file = student.get(&text(&again["file_url"])).await.bytes;
    let good = verify(&hub, file).await;
    assert_eq!(good["verdict"], "valid", "{good:#}");

    // The list is signed by the key that took its place.
    let list: Value = serde_json::from_slice(
        &served(&hub, &after["credentialStatus"]["statusListCredential"]).await,
    )
    .unwrap();
    assert!(text(&list["proof"][0]["verificationMethod"]).ends_with(&text(&new["kid"])));
    assert_eq!(events(&hub, &college, "key_compromised").await[0]["successor"], new["kid"]);
    assert_eq!(notices(&manager, "key_compromised").await, 1);
    settle(&hub).await;
    assert_eq!(hub.app.count_jobs().await.unwrap(), 0, "no job is left over");
}

#[tokio::test]
async fn a_retired_key_that_falls_takes_only_its_own_documents_along() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let (student, faculty) = (college.student("Arun").await, college.faculty("Dr. Iyer").await);
    let first = approved(&student, &faculty, "Relay, first place").await;
    let old = active(&manager, "credentials").await;
    let new = step(&manager, &old, "rotate", Value::Null).await.ok(201);
    let second = approved(&student, &faculty, "Quiz, winner").await;
    let document = served(&hub, &second["credential"]["url"]).await;
    // Signed by the new key, with a credential of the old one inside: the same inputs as after the compromise.
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);

    let old = now(&manager, &old).await;
    let asked = step(&manager, &old, "compromise", report(&manager, &old).await).await.ok(202);
    assert_eq!(asked["facts"], json!({ "credentials": 1, "portfolios": 1 }));
    decide(&college.admin, &asked, "confirm").await.ok(200);
    assert_eq!(active(&manager, "credentials").await["id"], new["id"], "the active one goes on");
    student.post("/api/portfolio/exports/", json!({})).await.refused(409, "conflict");
    settle(&hub).await;
    assert_eq!(served(&hub, &second["credential"]["url"]).await, document);
    assert_eq!(verify(&hub, document).await["verdict"], "valid");
    let fresh = served(&hub, &first["credential"]["url"]).await;
    assert_eq!(verify(&hub, fresh).await["verdict"], "valid");
    let again = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    assert_ne!(again["id"], export["id"]);
}

#[tokio::test]
async fn with_a_key_for_files_fall_the_files_it_signed() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let (student, faculty) = (college.student("Arun").await, college.faculty("Dr. Iyer").await);
    let seen = approved(&student, &faculty, "Relay, first place").await;
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let file = student.get(&text(&export["file_url"])).await.bytes;
    let key = active(&manager, "documents").await;
    let asked = step(&manager, &key, "compromise", report(&manager, &key).await).await.ok(202);
    assert_eq!(asked["facts"], json!({ "credentials": 0, "portfolios": 1 }));
    decide(&college.admin, &asked, "confirm").await.ok(200);
    settle(&hub).await;
    let old = verify(&hub, file).await;
    assert_eq!(state(&old, "pdf"), [("fail", "pdf_key_compromised")]);
    assert_eq!(notices(&student, "portfolio_outdated").await, 1);
    let document = served(&hub, &seen["credential"]["url"]).await;
    assert_eq!(verify(&hub, document).await["verdict"], "valid", "credentials stay as they were");
    let again = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    assert_ne!(again["id"], export["id"]);
    let file = student.get(&text(&again["file_url"])).await.bytes;
    assert_eq!(verify(&hub, file).await["verdict"], "valid");
}

#[tokio::test]
async fn an_authority_that_falls_takes_the_key_it_certified_along_and_a_log_key_nobody() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    for (purpose, active_before) in [("authority", 1), ("log", 1)] {
        let key = active(&manager, purpose).await;
        let documents = active(&manager, "documents").await;
        let asked =
            step(&college.admin, &key, "compromise", report(&manager, &key).await).await.ok(202);
        decide(&manager, &asked, "confirm").await.ok(200);
        assert_eq!(now(&manager, &key).await["state"], "compromised");
        assert_eq!(keys_of(&manager, purpose).await.len(), active_before + 1);
        assert_ne!(active(&manager, purpose).await["id"], key["id"]);
        let fallen = history(&hub, "anna", &key).await.unwrap();
        assert_eq!(
            (&fallen["purpose"], &fallen["state"]),
            (&json!(purpose), &json!("compromised"))
        );
        let is_same = active(&manager, "documents").await["id"] == documents["id"];
        assert_eq!(is_same, purpose == "log");
    }
    // The new key for files carries a certificate that readers accept with the new authority.
    let (student, faculty) = (college.student("Arun").await, college.faculty("Dr. Iyer").await);
    approved(&student, &faculty, "Relay, first place").await;
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let file = student.get(&text(&export["file_url"])).await.bytes;
    assert_eq!(verify(&hub, file).await["verdict"], "valid");
}
