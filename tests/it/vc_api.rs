//! The VC-API of a college's hub: software issues for its college, anybody verifies.

use hub::app::create_college;
use serde_json::{Value, json};

use crate::keys::{active, decide, served, settle, step};
use crate::lifecycle::{approved, state, verify as verify_with_hub};
use crate::outsider::{JCS, Outsider, RDFC};
use crate::support::{Client, TestCollege, TestHub, pointers, text};

const V2: &str = "https://www.w3.org/ns/credentials/v2";

/// An achievement as a college's own software would draft it.
pub fn draft() -> Value {
    json!({
        "@context": [
            V2,
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
        ],
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Library orientation",
        "credentialSubject": {
            "id": "urn:uuid:0d5dd8a2-8f1f-4d51-9a1c-0f8a3f8f7a11",
            "type": ["AchievementSubject"],
            "identifier": [{ "type": "IdentityObject", "hashed": false, "identityHash": "Kavya S", "identityType": "name" }],
            "achievement": {
                "id": "https://library.example/orientation",
                "type": ["Achievement"],
                "achievementType": "CertificateOfCompletion",
                "name": "Library orientation",
                "description": "Knows the way around the library.",
                "criteria": { "narrative": "Attended, and passed the quiz." },
            },
        },
        "evidence": [{ "id": "urn:uuid:1d5dd8a2-8f1f-4d51-9a1c-0f8a3f8f7a11", "type": ["Evidence"], "name": "Approval", "genre": "Approval", "narrative": "Quiz passed." }],
    })
}

/// A client with the token of a fresh service account.
async fn software(hub: &TestHub, college: &TestCollege) -> (Client, String) {
    let made = college.admin.post("/api/service-accounts/", json!({ "name": "Library" })).await;
    assert_eq!(made.header("cache-control"), "no-store");
    let made = made.ok(201);
    (hub.anonymous().with_token(&text(&made["token"])), text(&made["id"]))
}

async fn issue(client: &Client, credential: Value) -> crate::support::Answer {
    client.post("/credentials/issue", json!({ "credential": credential, "options": {} })).await
}

async fn verify(client: &Client, credential: &Value, options: Value) -> (u16, Value) {
    let body = json!({ "verifiableCredential": credential, "options": options });
    let answer = client.post("/credentials/verify", body).await;
    (answer.status, answer.body)
}

async fn verify_presentation(client: &Client, presentation: &Value) -> (u16, Value) {
    let body = json!({ "verifiablePresentation": presentation, "options": { "challenge": "c", "domain": "d" } });
    let answer = client.post("/presentations/verify", body).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn software_issues_a_credential_like_any_other_of_the_college_and_an_admin_revokes_it() {
    let hub = TestHub::start().await;
    let college = hub.college("alpha").await;
    let (library, _) = software(&hub, &college).await;
    let anybody = hub.anonymous();
    let issued = issue(&library, draft()).await.ok(201)["verifiableCredential"].take();
    let id = text(&issued["id"]);
    let path = id.strip_prefix(&hub.url).unwrap();
    assert!(path.starts_with("/colleges/alpha/credentials/"), "{id}");
    assert_eq!(issued["issuer"]["id"], hub.app.public_url().did("alpha"));
    assert_eq!(issued["proof"].as_array().unwrap().len(), 2);
    assert!(
        issued["validFrom"].is_string()
            && issued["credentialStatus"]["statusListIndex"].is_string()
    );

    // At its address, in the report, in the VC-API: one and the same.
    assert_eq!(anybody.get(path).await.ok(200), issued);
    assert_eq!(anybody.post("/api/verify/", issued.clone()).await.ok(200)["verdict"], "valid");
    let (status, answer) = verify(&anybody, &issued, json!({ "checks": ["proof"] })).await;
    assert_eq!((status, &answer["verified"]), (200, &json!(true)), "{answer}");
    for (name, value) in [
        ("challenge", json!("c")),
        ("domain", json!("d")),
        ("expectedProofPurpose", json!("authentication")),
    ] {
        assert_eq!(verify(&anybody, &issued, json!({ name: value })).await.0, 400, "{name}");
    }
    let mut changed = issued.clone();
    changed["name"] = "Doctor of Science".into();
    let (status, answer) = verify(&anybody, &changed, json!({})).await;
    assert_eq!((status, &answer["verified"]), (400, &json!(false)));
    // The jcs proof alone holds by the recommendations; a document of the hub carries both.
    let mut stripped = issued.clone();
    stripped["proof"] = issued["proof"][1].clone();
    assert_eq!(verify(&anybody, &stripped, json!({})).await.0, 400);

    let revocation =
        format!("/api/service-credentials/{}/revoke/", path.rsplit('/').next().unwrap());
    let reason = json!({ "reason": "issued_in_error", "text": "The quiz was another one's." });
    college
        .student("Student Of Alpha")
        .await
        .post(&revocation, reason.clone())
        .await
        .refused(403, "forbidden");
    let stranger = hub.college("beta").await;
    stranger.admin.post(&revocation, reason.clone()).await.refused(404, "not_found");
    let revoked = college.admin.post(&revocation, reason.clone()).await.ok(200);
    assert_eq!(
        (&revoked["status"], &revoked["revoke_reason"]),
        (&json!("revoked"), &json!("issued_in_error"))
    );
    college.admin.post(&revocation, reason).await.refused(409, "invalid_transition");
    let (status, answer) = verify(&anybody, &issued, json!({})).await;
    assert_eq!(status, 400, "{answer}");
    assert_eq!(
        answer["type"],
        "https://www.w3.org/ns/credentials/status-list#STATUS_VERIFICATION_ERROR"
    );
    hub.wait(chrono::Duration::seconds(5));
    hub.mails().await;
    let list = text(&issued["credentialStatus"]["statusListCredential"]);
    let list = anybody.get(list.strip_prefix(&hub.url).unwrap()).await.ok(200);
    let bits = hub::credential::status_list::BitString::decode(
        list["credentialSubject"]["encodedList"].as_str().unwrap(),
    )
    .unwrap();
    let index = text(&issued["credentialStatus"]["statusListIndex"]).parse().unwrap();
    assert!(bits.is_set(index).unwrap(), "the list that is served says so too");
    let disagreeing = hub::app::compare_lists::compare_all(&hub.app).await.unwrap();
    assert_eq!(disagreeing, 0, "the comparison of lists with the record knows of it");
    let report = anybody.post("/api/verify/", issued.clone()).await.ok(200);
    let checks = report["checks"].as_array().unwrap();
    let status = checks.iter().find(|check| check["id"] == "status").unwrap();
    assert_eq!((&status["state"], &status["reason"]), (&json!("fail"), &json!("issued_in_error")));
}

#[tokio::test]
async fn a_token_is_shown_once_opens_issuing_alone_and_can_be_taken_back() {
    let hub = TestHub::start().await;
    let college = hub.college("alpha").await;
    let (library, account) = software(&hub, &college).await;
    let listed = college.admin.get("/api/service-accounts/").await;
    assert!(!String::from_utf8_lossy(&listed.bytes).contains("hub_sa_"));
    let listed = listed.ok(200);
    assert_eq!((&listed[0]["name"], &listed[0]["last_used_at"]), (&json!("Library"), &Value::Null));

    for path in ["/api/me/", "/api/service-accounts/", "/api/keys/"] {
        library.get(path).await.refused(401, "unauthenticated");
    }
    for (person, name) in [(&hub.anonymous(), "nobody"), (&college.admin, "an admin")] {
        let answer = issue(person, draft()).await;
        assert_eq!(answer.status, 401, "{name}");
    }
    for forged in [
        "hub_sa_".to_owned(),
        format!("hub_sa_{}_", college.id.0.simple()),
        format!("hub_sa_{}_AAAA", college.id.0.simple()),
        library_token_of_another(&hub, &library, &college).await,
    ] {
        let answer = issue(&hub.anonymous().with_token(&forged), draft()).await;
        assert_eq!(answer.status, 401, "{forged}");
    }
    let students = college.student("Student Of Alpha").await;
    students
        .post("/api/service-accounts/", json!({ "name": "Mine" }))
        .await
        .refused(403, "forbidden");
    college
        .admin
        .post("/api/service-accounts/", json!({ "name": " " }))
        .await
        .refused(422, "validation_failed");

    issue(&library, draft()).await.ok(201);
    assert!(
        college.admin.get("/api/service-accounts/").await.ok(200)[0]["last_used_at"].is_string()
    );
    hub.college("beta")
        .await
        .admin
        .delete(&format!("/api/service-accounts/{account}/"))
        .await
        .refused(404, "not_found");
    assert_eq!(
        college.admin.delete(&format!("/api/service-accounts/{account}/")).await.status,
        204
    );
    college
        .admin
        .delete(&format!("/api/service-accounts/{account}/"))
        .await
        .refused(404, "not_found");
    issue(&library, draft()).await.refused(401, "unauthenticated");
}

/// The library's secret under the name of another college.
async fn library_token_of_another(
    hub: &TestHub,
    library: &Client,
    college: &TestCollege,
) -> String {
    let other = create_college_named(hub, "gamma").await;
    library.token().replace(&college.id.0.simple().to_string(), &other)
}

async fn create_college_named(hub: &TestHub, slug: &str) -> String {
    let id =
        create_college::create_college(crate::support::new_college(slug), &hub.app).await.unwrap();
    id.0.simple().to_string()
}

#[tokio::test]
async fn what_is_not_of_the_profile_never_reaches_a_key() {
    let hub = TestHub::start().await;
    let college = hub.college("alpha").await;
    let (library, _) = software(&hub, &college).await;
    let keys = || async {
        let keys = college.admin.get("/api/keys/").await.ok(200);
        keys.as_array().unwrap().iter().map(|key| key["signatures"].as_i64().unwrap()).sum::<i64>()
    };
    let before = keys().await;
    for (code, member, value) in [
        ("given_by_hub", "id", json!("https://library.example/credentials/1")),
        ("given_by_hub", "credentialStatus", json!({ "type": "BitstringStatusListEntry" })),
        ("given_by_hub", "proof", json!({})),
        ("wrong_issuer", "issuer", json!("did:web:evil.example")),
        ("wrong_issuer", "issuer", json!({ "name": "Nobody" })),
        ("wrong_context", "@context", json!([V2])),
        ("wrong_context", "@context", json!([V2, { "@vocab": "https://evil.example/#" }])),
        ("wrong_type", "type", json!(["VerifiableCredential"])),
        ("wrong_type", "type", json!(["VerifiableCredential", "ClrCredential"])),
        ("malformed_time", "validFrom", json!("2026-01-05T10:00:00+05:30")),
        ("undefined_term", "favourite", json!("blue")),
        ("unsafe_number", "image", json!(0.5)),
        ("missing_member", "evidence", Value::Null),
        (
            "malformed_subject",
            "credentialSubject",
            json!({ "id": "urn:uuid:0d5dd8a2-8f1f-4d51-9a1c-0f8a3f8f7a11", "type": ["AchievementSubject"] }),
        ),
    ] {
        let mut credential = draft();
        match value {
            Value::Null => drop(credential.as_object_mut().unwrap().remove(member)),
            value => credential[member] = value,
        }
        let problem = issue(&library, credential).await.refused(422, "validation_failed");
        assert_eq!(pointers(&problem), ["/credential"]);
        assert_eq!(problem["errors"][0]["code"], code, "{member}: {problem}");
    }
    for body in [json!({}), json!({ "credential": 7 })] {
        library.post("/credentials/issue", body).await.refused(422, "validation_failed");
    }
    library.post("/credentials/issue", json!([])).await.refused(400, "malformed");
    assert_eq!(keys().await, before, "a key was used");
    // The college itself may be named, and is written as the register has it.
    let mut credential = draft();
    credential["issuer"] =
        json!({ "id": hub.app.public_url().did("alpha"), "name": "University of Nowhere" });
    let issued = issue(&library, credential).await.ok(201);
    assert_ne!(issued["verifiableCredential"]["issuer"]["name"], "University of Nowhere");
}

#[tokio::test]
async fn documents_of_others_are_judged_by_what_they_say_themselves() {
    let hub = TestHub::start().await;
    hub.college("alpha").await;
    let anybody = hub.anonymous();
    let somebody = Outsider::new(7);
    let document = json!({
        "@context": [V2, "https://www.w3.org/ns/credentials/examples/v2"], "type": ["VerifiableCredential"],
        "issuer": somebody.did(), "credentialSubject": { "id": "did:example:subject" },
    });
    for suite in [RDFC, JCS] {
        let signed = somebody.signed(&document, suite);
        let (status, answer) = verify(&anybody, &signed, json!({})).await;
        assert_eq!((status, &answer["verified"]), (200, &json!(true)), "{answer}");
        let mut changed = signed;
        changed["credentialSubject"]["id"] = "did:example:other".into();
        assert_eq!(verify(&anybody, &changed, json!({})).await.0, 400);
    }
    // A college elsewhere: its key would have to be fetched.
    let mut elsewhere = document.clone();
    elsewhere["issuer"] = "did:web:hub.example:colleges:alpha".into();
    let mut options = somebody.options(RDFC);
    options["verificationMethod"] = "did:web:hub.example:colleges:alpha#key-2026-01-8d20e7".into();
    let (status, answer) =
        verify(&anybody, &somebody.signed_with(&elsewhere, options), json!({})).await;
    assert_eq!((status, &answer["verified"]), (400, &json!(false)));
    assert!(text(&answer["detail"]).contains("could not be checked"), "{answer}");
    // In a college's name, with one's own key: judged as the college's, and refused.
    let mut posing = document.clone();
    posing["issuer"] = hub.app.public_url().did("alpha").into();
    let (status, answer) = verify(&anybody, &somebody.signed(&posing, RDFC), json!({})).await;
    assert_eq!((status, &answer["verified"]), (400, &json!(false)), "{answer}");
}

#[tokio::test]
async fn a_presentation_holds_with_a_college_s_credential_and_falls_with_it() {
    let hub = TestHub::start().await;
    let college = hub.college("alpha").await;
    let (library, _) = software(&hub, &college).await;
    let anybody = hub.anonymous();
    let holder = Outsider::new(9);
    let issued = issue(&library, draft()).await.ok(201)["verifiableCredential"].take();
    let presented = |credentials: Value| {
        let presentation = json!({ "@context": [V2], "type": ["VerifiablePresentation"], "holder": holder.did(), "verifiableCredential": credentials });
        holder.presents(&presentation, "d", "c")
    };
    let (status, answer) = verify_presentation(&anybody, &presented(json!([issued]))).await;
    assert_eq!((status, &answer["verified"]), (200, &json!(true)), "{answer}");
    let id = text(&issued["id"]);
    let revocation = format!("/api/service-credentials/{}/revoke/", id.rsplit('/').next().unwrap());
    college
        .admin
        .post(&revocation, json!({ "reason": "error", "text": "Another person." }))
        .await
        .ok(200);
    let (status, answer) = verify_presentation(&anybody, &presented(json!([issued]))).await;
    assert_eq!((status, &answer["verified"]), (400, &json!(false)), "{answer}");
    let many: Vec<Value> = (0..51).map(|_| json!({})).collect();
    assert_eq!(verify_presentation(&anybody, &presented(json!(many))).await.0, 400);
    let body = vec![b' '; hub::app::vc_api::MAX_REQUEST + 1];
    let request = anybody.request(reqwest::Method::POST, "/credentials/verify").body(body);
    assert_eq!(anybody.send(request).await.status, 413);
}

/// What an address of the hub serves.
fn path(hub: &TestHub, document: &Value) -> String {
    text(&document["id"]).strip_prefix(&hub.url).unwrap().to_owned()
}

#[tokio::test]
async fn what_software_issued_under_a_key_that_falls_is_signed_anew_like_everything_else() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let manager = college.key_manager("Ravi Menon").await;
    let (student, faculty) = (college.student("Arun").await, college.faculty("Dr. Iyer").await);
    let (library, _) = software(&hub, &college).await;
    let anybody = hub.anonymous();
    let seen = approved(&student, &faculty, "Relay, first place").await;
    let approved = served(&hub, &seen["credential"]["url"]).await;
    let mut issued = Vec::new();
    for _ in 0..3 {
        issued.push(issue(&library, draft()).await.ok(201)["verifiableCredential"].take());
    }
    let (old, fallen) = (issued[0].clone(), issued[2].clone());
    let revoke = format!("/api/service-credentials/{}/revoke/", id_of(&fallen));
    let reason = json!({ "reason": "error", "text": "Another person." });
    college.admin.post(&revoke, reason.clone()).await.ok(200);

    // The fire drill counts both kinds, without what was revoked; so does the one who agrees.
    let key = active(&manager, "credentials").await;
    let affected = manager.get(&format!("/api/keys/{}/affected/", text(&key["id"]))).await.ok(200);
    assert_eq!(affected, json!({ "credentials": 3, "portfolios": 0 }));
    let report =
        json!({ "since": key["created_at"], "reason": "Broken into.", "affected": affected });
    let asked = step(&manager, &key, "compromise", report).await.ok(202);
    decide(&college.admin, &asked, "confirm").await.ok(200);
    let report = verify_with_hub(&hub, old.to_string().into_bytes()).await;
    assert_eq!(state(&report, "signature"), [("fail", "key_compromised"); 2]);
    settle(&hub).await;

    let new = active(&manager, "credentials").await;
    let fresh = anybody.get(&path(&hub, &old)).await.ok(200);
    assert_ne!(fresh, old);
    for part in ["id", "credentialStatus", "credentialSubject", "validFrom", "evidence"] {
        assert_eq!(fresh[part], old[part], "{part}");
    }
    assert!(text(&fresh["proof"][0]["verificationMethod"]).ends_with(&text(&new["kid"])));
    let good = verify_with_hub(&hub, fresh.to_string().into_bytes()).await;
    assert_eq!(good["verdict"], "valid", "{good:#}");
    assert_eq!(state(&good, "record"), [("pass", "recorded")]);
    let (status, answer) = verify(&anybody, &fresh, json!({})).await;
    assert_eq!((status, &answer["verified"]), (200, &json!(true)), "{answer}");
    // The old bytes are known, and say why they do not count.
    let report = verify_with_hub(&hub, old.to_string().into_bytes()).await;
    assert_eq!(report["verdict"], "not_valid");
    assert_eq!(state(&report, "signature"), [("fail", "key_compromised"); 2]);
    assert_eq!(state(&report, "record"), [("warn", "older_generation")]);
    assert_eq!(verify(&anybody, &old, json!({})).await.0, 400);
    let anew = served(&hub, &seen["credential"]["url"]).await;
    assert_ne!(anew, approved);
    assert_eq!(verify_with_hub(&hub, anew).await["verdict"], "valid", "the other kind as well");
    // What was revoked is not brought back.
    assert_eq!(anybody.get(&path(&hub, &fallen)).await.ok(200), fallen);

    let batches = college.admin.get("/api/credentials/batch/").await.ok(200);
    let batch = &batches["results"][0];
    assert_eq!(
        (&batch["total"], &batch["issued"], &batch["failed"], &batch["skipped"]),
        (&json!(3), &json!(3), &json!(0), &json!(0)),
        "{batch:#}"
    );
    let affected = format!("/api/keys/{}/affected/", text(&new["id"]));
    assert_eq!(manager.get(&affected).await.ok(200)["credentials"], 3);
    let listed = manager.get("/api/service-credentials/?status=active").await.ok(200);
    let generations: Vec<&Value> =
        listed["results"].as_array().unwrap().iter().map(|row| &row["generation"]).collect();
    assert_eq!(generations, [&json!(2), &json!(2)]);
    // It can still be revoked, and then both generations have fallen.
    let revoke = format!("/api/service-credentials/{}/revoke/", id_of(&old));
    college.admin.post(&revoke, reason).await.ok(200);
    for document in [&old, &fresh] {
        let report = verify_with_hub(&hub, document.to_string().into_bytes()).await;
        assert_eq!(state(&report, "status"), [("fail", "revoked")]);
    }
    settle(&hub).await;
    assert_eq!(hub.app.count_jobs().await.unwrap(), 0, "no job is left over");
    // The log has each generation of both kinds, and what is at hand is what was noted last.
    let audit = hub::app::issuance_log::audit::verify(college.id, &hub.app).await.unwrap();
    assert_eq!((audit.records, audit.documents, audit.fault), (7, 4, None));
}

fn id_of(document: &Value) -> String {
    text(&document["id"]).rsplit('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn what_software_issued_is_listed_a_page_at_a_time_for_those_who_answer_for_it() {
    let hub = TestHub::start().await;
    let college = hub.college("alpha").await;
    let (library, account) = software(&hub, &college).await;
    let (sports, other) = software(&hub, &college).await;
    let manager = college.key_manager("Ravi Menon").await;
    let mut ids = Vec::new();
    for client in [&library, &sports, &library, &library, &sports] {
        let issued = issue(client, draft()).await.ok(201);
        ids.push(id_of(&issued["verifiableCredential"]));
        // Two of them in one second.
        hub.wait(chrono::Duration::milliseconds(600));
    }
    let revoke = format!("/api/service-credentials/{}/revoke/", ids[2]);
    let reason = json!({ "reason": "error", "text": "Another person." });
    college.admin.post(&revoke, reason).await.ok(200);

    for person in [&college.admin, &manager] {
        for limit in [1, 2, 100] {
            let mut seen = Vec::new();
            let mut cursor = String::new();
            loop {
                let path = format!("/api/service-credentials/?limit={limit}&cursor={cursor}");
                let page = person.get(&path).await.ok(200);
                let rows = page["results"].as_array().unwrap();
                assert!(rows.len() <= limit);
                seen.extend(rows.iter().map(|row| (text(&row["created_at"]), text(&row["id"]))));
                match page["next"].as_str() {
                    Some(next) => cursor = next.to_owned(),
                    None => break,
                }
            }
            assert!(seen.windows(2).all(|pair| pair[0].0 >= pair[1].0), "{seen:?}");
            let mut found: Vec<String> = seen.into_iter().map(|(_, id)| id).collect();
            let mut all = ids.clone();
            found.sort_unstable();
            all.sort_unstable();
            assert_eq!(found, all, "each once, {limit} a page");
        }
    }
    let count = async |query: String| {
        let page = manager.get(&format!("/api/service-credentials/?{query}")).await.ok(200);
        page["results"].as_array().unwrap().len()
    };
    assert_eq!(count(format!("account={account}")).await, 3);
    assert_eq!(count(format!("account={other}")).await, 2);
    assert_eq!(count("status=active".into()).await, 4);
    assert_eq!(count(format!("account={account}&status=revoked")).await, 1);
    assert_eq!(count(format!("account={}", ids[0])).await, 0, "no account of this college");
    let row = &manager.get("/api/service-credentials/?status=revoked").await.ok(200)["results"][0];
    assert_eq!(
        (&row["id"], &row["account_name"], &row["name"], &row["revoke_reason"]),
        (&json!(ids[2]), &json!("Library"), &json!("Library orientation"), &json!("error"))
    );
    assert_eq!(row["url"], format!("{}/colleges/alpha/credentials/{}", hub.url, ids[2]));
    for query in ["status=pending_issue", "account=x", "limit=0", "cursor=x", "colour=red"] {
        let path = format!("/api/service-credentials/?{query}");
        manager.get(&path).await.refused(400, "malformed");
    }
    for person in [college.student("Kavya").await, college.faculty("Dr. Iyer").await] {
        person.get("/api/service-credentials/").await.refused(403, "forbidden");
    }
    let stranger = hub.college("beta").await;
    let theirs = stranger.admin.get("/api/service-credentials/").await.ok(200);
    assert_eq!(theirs["results"], json!([]));
}

#[tokio::test]
async fn whoever_verifies_too_often_is_told_when_to_come_back() {
    let hub = TestHub::start().await;
    let anybody = hub.anonymous();
    let ask = async |turn: usize| {
        let path = ["/credentials/verify", "/presentations/verify"][turn % 2];
        anybody.post(path, json!({})).await
    };
    // A hundred at once, then twenty a second: whatever the machine's pace, 400 are too many.
    let answers = futures_util::future::join_all((0..400).map(ask)).await;
    let (refused, judged): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 429);
    assert!(judged.len() >= 100, "{} were judged", judged.len());
    assert!(judged.iter().all(|answer| answer.status == 400), "an empty request is no document");
    assert!(!refused.is_empty());
    for answer in refused {
        let wait: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=10).contains(&wait), "{wait}");
        answer.refused(429, "rate_limited");
    }
    // Whoever waits as long as told is heard again.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert_eq!(ask(0).await.status, 400);
}
