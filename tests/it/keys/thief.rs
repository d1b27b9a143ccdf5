//! Somebody who has a key itself: what they sign fails, whatever date they write and whichever key it is.

use chrono::{DateTime, Utc};
use hub::credential::proof::{self, ProofOptions};
use hub::keystore::{Algorithm, KeyOwner, SealedKeyRef};
use serde_json::{Value, json};

use super::{active, decide, served, step};
use crate::lifecycle::{approved, hub_with_college, inside, state, verify};
use crate::support::{TestCollege, TestHub, text};

/// A document signed anew with a key of the college, at a time the thief likes.
async fn forge(
    document: &Value,
    key: &Value,
    created: DateTime<Utc>,
    hub: &TestHub,
    college: &TestCollege,
) -> Vec<u8> {
    let mut owner = inside(hub, college).await;
    let (sealed, version): (Vec<u8>, i32) =
        sqlx::query_as("SELECT sealed, seal_version FROM signing_keys WHERE id = $1::uuid")
            .bind(text(&key["id"]))
            .fetch_one(&mut owner)
            .await
            .unwrap();
    let mut draft = document.clone();
    draft.as_object_mut().unwrap().remove("proof");
    let method = format!("{}#{}", text(&document["issuer"]["id"]), text(&key["kid"]));
    let prepared =
        proof::prepare(&draft, &ProofOptions { verification_method: method, created }).unwrap();
    let stolen = SealedKeyRef {
        owner: KeyOwner::College(college.id),
        key_id: text(&key["id"]).parse().unwrap(),
        algorithm: Algorithm::Ed25519,
        bytes: &sealed,
        version: u32::try_from(version).unwrap(),
    };
    let signatures = hub.keystore().sign_batch(&stolen, &prepared.messages()).unwrap();
    let public_key = hub.keystore().public_key(&stolen).unwrap();
    let pair = [signatures[0], signatures[1]];
    prepared.attach(&pair, &public_key.try_into().unwrap()).unwrap().to_string().into_bytes()
}

#[tokio::test]
async fn what_a_thief_signs_is_on_no_record_and_fails_before_and_after() {
    let (hub, college) = hub_with_college().await;
    let manager = college.key_manager("Ravi Menon").await;
    let (student, faculty) = (college.student("Arun").await, college.faculty("Dr. Iyer").await);
    let seen = approved(&student, &faculty, "Relay, third place").await;
    let genuine: Value =
        serde_json::from_slice(&served(&hub, &seen["credential"]["url"]).await).unwrap();
    let key = active(&manager, "credentials").await;
    let mut better = genuine.clone();
    better["credentialSubject"]["achievement"]["name"] = json!("Relay, first place");
    let created = text(&genuine["proof"][0]["created"]).parse().unwrap();
    let forged = forge(&better, &key, created, &hub, &college).await;
    // The signature is as genuine as any: only the record tells.
    let report = verify(&hub, forged.clone()).await;
    assert_eq!(state(&report, "signature"), [("pass", "ok"); 2]);
    assert_eq!(state(&report, "record"), [("fail", "not_the_record")]);
    assert_eq!(report["verdict"], "not_valid");
    better["id"] = json!(
        text(&genuine["id"])
            .replace(&text(&seen["credential"]["id"]), &uuid::Uuid::new_v4().to_string())
    );
    let elsewhere = forge(&better, &key, created, &hub, &college).await;
    let report = verify(&hub, elsewhere.clone()).await;
    assert_eq!(state(&report, "record"), [("fail", "no_record")]);
    assert_eq!(report["verdict"], "not_valid");

    // The log's key is Ed25519 too, and signs no credential.
    let log = active(&manager, "log").await;
    let wrong = forge(&genuine, &log, created, &hub, &college).await;
    let report = verify(&hub, wrong).await;
    assert_eq!(state(&report, "signature"), [("fail", "wrong_key_kind"); 2]);

    let affected = manager.get(&format!("/api/keys/{}/affected/", text(&key["id"]))).await.ok(200);
    let report = json!({ "since": hub.now(), "reason": "Forged documents turned up.", "affected": affected });
    let asked = step(&manager, &key, "compromise", report).await.ok(202);
    decide(&college.admin, &asked, "confirm").await.ok(200);
    for document in [forged, elsewhere] {
        let report = verify(&hub, document).await;
        assert_eq!(
            state(&report, "signature"),
            [("fail", "key_compromised"); 2],
            "dated before, and yet"
        );
        assert_eq!(report["verdict"], "not_valid");
    }
}
