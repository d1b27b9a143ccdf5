//! The main job over HTTP: file, decide, issue, export, verify, revoke.

use serde_json::{Value, json};

use crate::invariants::check_invariants;
use crate::keys;
use crate::pdf_signature::readers::{self, pyhanko_at};
use crate::support::{Client, TestCollege, TestHub, text};

/// A small picture that reads as a photo.
pub fn picture(shade: u8) -> Vec<u8> {
    let image = image::RgbImage::from_fn(320, 240, |x, y| {
        image::Rgb([shade.wrapping_add((x / 4) as u8), (y % 251) as u8, shade])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

pub fn content(title: &str) -> Value {
    json!({
        "category": "competition", "title": title, "description": "Three rounds against eleven colleges.",
        "organiser": "State Athletics Association", "level": "state", "outcome": "winner",
        "ended_on": "2026-02-14", "hours": 12, "skills": ["Endurance"],
    })
}

/// A draft with one picture, by this student.
pub async fn draft(student: &Client, title: &str) -> Value {
    let made = student.post("/api/achievements/", content(title)).await.ok(201);
    let id = text(&made["id"]);
    upload(student, &id, "photo.jpg", picture(7), Some("On the track")).await.ok(201);
    student.get(&format!("/api/achievements/{id}/")).await.ok(200)
}

pub async fn upload(
    student: &Client,
    id: &str,
    name: &str,
    bytes: Vec<u8>,
    caption: Option<&str>,
) -> crate::support::Answer {
    let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
    let mut form = reqwest::multipart::Form::new().part("file", part);
    if let Some(caption) = caption {
        form = form.text("caption", caption.to_owned());
    }
    let request =
        student.request(reqwest::Method::POST, &format!("/api/achievements/{id}/evidence/"));
    student.send(request.multipart(form)).await
}

/// Ask for an act on an item at the version of `seen`.
pub async fn act(person: &Client, seen: &Value, step: &str, body: Value) -> crate::support::Answer {
    let path = format!("/api/achievements/{}/{step}/", text(&seen["id"]));
    let request =
        person.request(reqwest::Method::POST, &path).header("If-Match", text(&seen["etag"]));
    let request = if body.is_null() { request } else { request.json(&body) };
    person.send(request).await
}

/// A submitted item of this student.
pub async fn submitted(student: &Client, title: &str) -> Value {
    let seen = draft(student, title).await;
    act(student, &seen, "submit", Value::Null).await.ok(200)
}

/// An approved item of this student.
pub async fn approved(student: &Client, faculty: &Client, title: &str) -> Value {
    let seen = submitted(student, title).await;
    act(faculty, &seen, "decisions", json!({ "action": "approve" })).await.ok(200)
}

pub async fn verify(hub: &TestHub, body: Vec<u8>) -> Value {
    let anyone = hub.anonymous();
    anyone.send(anyone.request(reqwest::Method::POST, "/api/verify/").body(body)).await.ok(200)
}

/// State and code of every check of this id.
pub fn state<'a>(report: &'a Value, id: &str) -> Vec<(&'a str, &'a str)> {
    let checks = report["checks"].as_array().unwrap();
    checks
        .iter()
        .filter(|check| check["id"] == id)
        .map(|check| (check["state"].as_str().unwrap(), check["code"].as_str().unwrap()))
        .collect()
}

/// The owner's connection, inside the college.
pub async fn inside(hub: &TestHub, college: &TestCollege) -> sqlx::PgConnection {
    let mut owner = hub.database.owner().await;
    sqlx::query("SELECT set_config('hub.college_id', $1, false)")
        .bind(college.id.to_string())
        .execute(&mut owner)
        .await
        .unwrap();
    owner
}

pub async fn hub_with_college() -> (TestHub, TestCollege) {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    (hub, college)
}

#[tokio::test]
async fn the_main_job_from_draft_to_revocation() {
    let (hub, college) = hub_with_college().await;
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Meena Iyer").await;

    let seen = draft(&student, "Winner, 1500 m, state meet").await;
    assert_eq!(seen["missing"], json!([]));
    assert_eq!(seen["allowed"], json!(["edit", "delete", "submit"]));
    let seen = act(&student, &seen, "submit", Value::Null).await.ok(200);

    let queue = faculty.get("/api/review/queue/").await.ok(200);
    assert_eq!(queue["results"][0]["id"], seen["id"]);
    let seen =
        act(&faculty, &seen, "decisions", json!({ "action": "approve", "comment": "Well run." }))
            .await
            .ok(200);
    assert_eq!(
        (&seen["status"], &seen["credential"]["status"]),
        (&json!("approved"), &json!("active"))
    );

    let address = text(&seen["credential"]["url"]);
    let anyone = hub.anonymous();
    let document = anyone.get(address.strip_prefix(&hub.url).unwrap()).await;
    assert_eq!(document.header("content-type"), "application/vc");
    let report = verify(&hub, document.bytes.clone()).await;
    assert_eq!(report["verdict"], "valid", "{report:#}");
    assert_eq!(report["content"]["name"], "Winner, 1500 m, state meet");

    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let again = student.post("/api/portfolio/exports/", json!({})).await.ok(200);
    assert_eq!(export["id"], again["id"], "the same inputs give the same export");
    let file = student.get(&text(&export["file_url"])).await;
    let report = verify(&hub, file.bytes.clone()).await;
    assert_eq!(report["verdict"], "valid", "{report:#}");
    assert_eq!(state(&report, "pdf"), [("pass", "exactly_issued")]);
    assert_eq!(report["nested"].as_array().unwrap().len(), 1);

    let credential = text(&seen["credential"]["id"]);
    let revoke = format!("/api/credentials/{credential}/revoke/");
    faculty
        .post(&revoke, json!({ "reason": "error", "text": "Wrong event." }))
        .await
        .refused(403, "forbidden");
    college
        .admin
        .post(&revoke, json!({ "reason": "error", "text": " " }))
        .await
        .refused(422, "validation_failed");
    let revoked = college
        .admin
        .post(&revoke, json!({ "reason": "error", "text": "Wrong event." }))
        .await
        .ok(200);
    assert_eq!(revoked["status"], "revoked");

    let report = verify(&hub, document.bytes).await;
    assert_eq!(
        (report["verdict"].as_str(), state(&report, "status")),
        (Some("not_valid"), vec![("fail", "revoked")])
    );
    let report = verify(&hub, file.bytes).await;
    assert_eq!(
        report["verdict"], "not_valid",
        "a portfolio that contains a revoked item is out of date"
    );
    let exports = student.get("/api/portfolio/exports/").await.ok(200);
    assert_eq!(exports[0]["out_of_date"], true);
    student.post("/api/portfolio/exports/", json!({})).await.refused(409, "conflict");

    let timeline =
        student.get(&format!("/api/achievements/{}/timeline/", text(&seen["id"]))).await.ok(200);
    let kinds: Vec<&str> =
        timeline.as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["created", "submitted", "approved", "issued", "revoked"]);
    check_invariants(&hub).await;
}

#[tokio::test]
async fn a_revocation_stands_in_the_published_list() {
    let (hub, college) = hub_with_college().await;
    let student = college.student("Arun").await;
    let faculty = college.faculty("Dr. Meena Iyer").await;
    let seen = approved(&student, &faculty, "Runner, relay").await;

    let document = hub
        .anonymous()
        .get(text(&seen["credential"]["url"]).strip_prefix(&hub.url).unwrap())
        .await
        .ok(200);
    let status = &document["credentialStatus"];
    let list = text(&status["statusListCredential"]);
    let index: u32 = text(&status["statusListIndex"]).parse().unwrap();
    let path = list.strip_prefix(&hub.url).unwrap();
    let bit = |list: &Value| {
        let encoded = list["credentialSubject"]["encodedList"].as_str().unwrap();
        hub::credential::status_list::BitString::decode(encoded).unwrap().is_set(index).unwrap()
    };
    // Published with the approval: nobody waits for a job to look a fresh credential up.
    let before = hub.anonymous().get(path).await;
    assert_eq!(before.header("cache-control"), "public, max-age=900");
    let tag = before.header("etag").to_owned();
    assert!(!bit(&before.body));

    let revoke = format!("/api/credentials/{}/revoke/", text(&seen["credential"]["id"]));
    college.admin.post(&revoke, json!({ "reason": "error", "text": "Wrong event." })).await.ok(200);
    hub.wait(chrono::Duration::seconds(2));
    hub::app::work::drain(&hub.app).await.unwrap();
    let after = hub.anonymous().get(path).await;
    assert!(bit(&after.body));
    assert_ne!(after.header("etag"), tag);
    assert_eq!(hub.app.count_jobs().await.unwrap(), 0, "no job is left over");
    check_invariants(&hub).await;
}

#[tokio::test]
async fn nobody_decides_twice_or_on_a_version_they_did_not_see() {
    let (hub, college) = hub_with_college().await;
    let student = college.student("Arun").await;
    let (first, second) = (college.faculty("Dr. Iyer").await, college.faculty("Dr. Rao").await);
    let seen = submitted(&student, "Debate, second place").await;

    let id = text(&seen["id"]);
    let bare = first
        .post(&format!("/api/achievements/{id}/decisions/"), json!({ "action": "approve" }))
        .await;
    bare.refused(428, "precondition_required");
    act(&first, &seen, "decisions", json!({ "action": "reject" }))
        .await
        .refused(422, "validation_failed");
    act(&first, &seen, "decisions", json!({ "action": "approve" })).await.ok(200);
    let late = act(
        &second,
        &seen,
        "decisions",
        json!({ "action": "reject", "reason": "not_verifiable", "comment": "Blurred." }),
    )
    .await;
    let problem = late.refused(412, "stale_version");
    assert_eq!(problem["current"]["status"], "approved");
    assert_eq!(problem["current"]["decided_by"], "Dr. Iyer");
    check_invariants(&hub).await;
}

#[tokio::test]
async fn a_hundred_approvals_at_once_make_one_credential() {
    let (hub, college) = hub_with_college().await;
    let student = college.student("Arun").await;
    let faculty = college.faculty("Dr. Iyer").await;
    let seen = submitted(&student, "Poster, first place").await;
    let all = (0..100).map(|_| act(&faculty, &seen, "decisions", json!({ "action": "approve" })));
    let answers = futures_util::future::join_all(all).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(
        answers.iter().all(|answer| matches!(answer.status, 200 | 412)),
        "{:?}",
        answers.iter().map(|a| a.status).collect::<Vec<_>>()
    );
    let mut owner = inside(&hub, &college).await;
    let issued: i64 = sqlx::query_scalar("SELECT count(*) FROM issued_records")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    let entries: i64 = sqlx::query_scalar("SELECT count(*) FROM status_entries")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!((issued, entries), (1, 1));
    check_invariants(&hub).await;
}

#[tokio::test]
async fn a_decision_can_be_taken_back_for_ten_minutes_and_its_credential_falls() {
    let (hub, college) = hub_with_college().await;
    let student = college.student("Arun").await;
    let faculty = college.faculty("Dr. Iyer").await;
    let seen = approved(&student, &faculty, "Quiz, winner").await;
    let document =
        hub.anonymous().get(text(&seen["credential"]["url"]).strip_prefix(&hub.url).unwrap()).await;
    let undo = format!(
        "/api/achievements/{}/decisions/{}/undo/",
        text(&seen["id"]),
        text(&seen["last_decision"]["id"])
    );
    let seen = faculty.post(&undo, json!({})).await.ok(200);
    assert_eq!(seen["status"], "submitted");
    faculty.post(&undo, json!({})).await.refused(404, "not_found");
    let report = verify(&hub, document.bytes).await;
    assert_eq!(state(&report, "status"), [("fail", "revoked")]);

    let seen = act(
        &faculty,
        &seen,
        "decisions",
        json!({ "action": "request_changes", "comment": "Add the certificate." }),
    )
    .await
    .ok(200);
    assert_eq!((&seen["status"], &seen["revision"]), (&json!("draft"), &json!(2)));
    hub.wait(chrono::Duration::minutes(11));
    let faculty = crate::support::sign_in(&faculty.email, "anna", &hub.app).await;
    let undo = format!(
        "/api/achievements/{}/decisions/{}/undo/",
        text(&seen["id"]),
        text(&seen["last_decision"]["id"])
    );
    faculty.post(&undo, json!({})).await.refused(409, "invalid_transition");
    check_invariants(&hub).await;
}

#[tokio::test]
async fn changes_asked_for_open_a_draft_that_goes_back_to_review() {
    let (hub, college) = hub_with_college().await;
    let student = college.student("Arun").await;
    let faculty = college.faculty("Dr. Iyer").await;
    let seen = submitted(&student, "Workshop on rockets").await;
    act(
        &faculty,
        &seen,
        "decisions",
        json!({ "action": "request_changes", "comment": "Which rocket?" }),
    )
    .await
    .ok(200);
    let seen = student.get(&format!("/api/achievements/{}/", text(&seen["id"]))).await.ok(200);
    assert_eq!(
        (&seen["status"], seen["evidence"].as_array().map(Vec::len)),
        (&json!("draft"), Some(1))
    );
    let path = format!("/api/achievements/{}/", text(&seen["id"]));
    let patch = student
        .request(reqwest::Method::PATCH, &path)
        .header("If-Match", text(&seen["etag"]))
        .json(&json!({ "title": "Workshop on model rockets" }));
    let seen = student.send(patch).await.ok(200);
    assert_eq!(seen["organiser"], "State Athletics Association", "what is not named stays");
    let seen = act(&student, &seen, "submit", Value::Null).await.ok(200);
    assert_eq!(seen["status"], "submitted");
    student.delete(&path).await.refused(428, "precondition_required");
    check_invariants(&hub).await;
}

#[tokio::test]
async fn an_unconfirmed_student_drafts_and_does_not_submit() {
    let (_hub, college) = hub_with_college().await;
    let student = college.unconfirmed_student("Nobody On The Roster").await;
    let seen = draft(&student, "Solo trek").await;
    assert_eq!(seen["allowed"], json!(["edit", "delete"]));
    act(&student, &seen, "submit", Value::Null).await.refused(403, "not_confirmed");
    student.post("/api/portfolio/exports/", json!({})).await.refused(403, "forbidden");
}

#[tokio::test]
async fn evidence_is_told_by_its_content_and_kept_unchanged() {
    let (_hub, college) = hub_with_college().await;
    let student = college.student("Arun").await;
    let faculty = college.faculty("Dr. Iyer").await;
    let made = student.post("/api/achievements/", content("Sculpture, first place")).await.ok(201);
    let id = text(&made["id"]);
    upload(&student, &id, "certificate.pdf", b"<html><script>alert(1)</script>".to_vec(), None)
        .await
        .refused(415, "unsupported_type");
    upload(&student, &id, "photo.jpg", picture(3)[..600].to_vec(), None)
        .await
        .refused(415, "unsupported_type");
    let bytes = picture(9);
    let kept =
        upload(&student, &id, "../../my photo.PDF", bytes.clone(), Some("It stands")).await.ok(201);
    assert_eq!(
        (&kept[0]["media_type"], &kept[0]["name"], &kept[0]["caption"]),
        (&json!("image/jpeg"), &json!("my photo.PDF"), &json!("It stands"))
    );
    let original = student.get(&text(&kept[0]["content_url"])).await;
    assert_eq!(original.bytes, bytes);
    assert_eq!(original.header("x-content-type-options"), "nosniff");
    assert!(original.header("content-security-policy").contains("sandbox"));
    let thumb = student.get(&text(&kept[0]["thumb_url"])).await;
    assert_eq!(thumb.header("content-type"), "image/jpeg");
    faculty.get(&text(&kept[0]["content_url"])).await.refused(404, "not_found");
    let gone = format!("/api/achievements/{id}/evidence/{}/", text(&kept[0]["id"]));
    assert_eq!(student.delete(&gone).await.status, 204);
    assert_eq!(
        student.get(&format!("/api/achievements/{id}/")).await.ok(200)["missing"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_phone_may_put_the_same_draft_again() {
    let (_hub, college) = hub_with_college().await;
    let (student, other) = (college.student("Arun").await, college.student("Bala").await);
    let path = format!("/api/achievements/{}/", uuid::Uuid::new_v4());
    let put = |person: &Client, body: Value| {
        let request =
            person.request(reqwest::Method::PUT, &path).header("If-None-Match", "*").json(&body);
        let person = person.clone();
        async move { person.send(request).await }
    };
    put(&student, content("Chess, winner")).await.ok(201);
    put(&student, content("Chess, winner")).await.ok(200);
    put(&other, content("Chess, winner")).await.refused(404, "not_found");
    let bare =
        student.send(student.request(reqwest::Method::PUT, &path).json(&content("Chess"))).await;
    bare.refused(428, "precondition_required");
    let mut unknown = content("Chess, winner");
    unknown["status"] = json!("approved");
    put(&student, unknown).await.refused(400, "malformed");
}

#[tokio::test]
async fn a_rotated_key_leaves_old_documents_valid_and_signs_new_ones() {
    let (hub, college) = hub_with_college().await;
    let student = college.student("Arun").await;
    let faculty = college.faculty("Dr. Iyer").await;
    let manager = college.key_manager("Dr. Sonkar").await;
    let old = approved(&student, &faculty, "First").await;
    let old =
        hub.anonymous().get(text(&old["credential"]["url"]).strip_prefix(&hub.url).unwrap()).await;
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let file = student.get(&text(&export["file_url"])).await.bytes;

    for purpose in ["credentials", "documents"] {
        let keys = manager.get("/api/keys/").await.ok(200);
        let active = keys
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["purpose"] == purpose && key["state"] == "active")
            .unwrap()
            .clone();
        let path = format!("/api/keys/{}/rotate/", text(&active["id"]));
        college
            .admin
            .send(college.admin.request(reqwest::Method::POST, &path).header("If-Match", "\"1\""))
            .await
            .refused(403, "forbidden");
        let rotate = || {
            manager.send(
                manager
                    .request(reqwest::Method::POST, &path)
                    .header("If-Match", text(&active["etag"])),
            )
        };
        let made = rotate().await.ok(201);
        assert_eq!((&made["state"], &made["purpose"]), (&json!("active"), &json!(purpose)));
        rotate().await.refused(412, "stale_version");
    }
    let keys = manager.get("/api/keys/").await.ok(200);
    let authority =
        keys.as_array().unwrap().iter().find(|key| key["purpose"] == "authority").unwrap();
    assert_eq!(authority["signatures"], 3, "its own certificate and those of two document keys");
    let new = approved(&student, &faculty, "Second").await;
    let new =
        hub.anonymous().get(text(&new["credential"]["url"]).strip_prefix(&hub.url).unwrap()).await;
    assert_ne!(
        old.body["proof"][0]["verificationMethod"],
        new.body["proof"][0]["verificationMethod"]
    );
    for document in [old.bytes, new.bytes, file] {
        let report = verify(&hub, document).await;
        assert_eq!(report["verdict"], "valid", "{report:#}");
    }
    let did = hub.anonymous().get("/colleges/anna/did.json").await.ok(200);
    assert_eq!(
        did["assertionMethod"].as_array().map(Vec::len),
        Some(2),
        "retired keys stay published"
    );
    let mut owner = inside(&hub, &college).await;
    let kept: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM signing_keys WHERE state = 'retired' AND sealed IS NOT NULL",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(kept, 0, "the private part of a retired key is destroyed");
    check_invariants(&hub).await;
}

#[tokio::test]
async fn what_was_changed_does_not_verify() {
    let (hub, college) = hub_with_college().await;
    let student = college.student("Arun").await;
    let faculty = college.faculty("Dr. Iyer").await;
    let seen = approved(&student, &faculty, "Hackathon, participant").await;
    let document =
        hub.anonymous().get(text(&seen["credential"]["url"]).strip_prefix(&hub.url).unwrap()).await;
    let forged = String::from_utf8(document.bytes)
        .unwrap()
        .replace("Hackathon, participant", "Hackathon, winner");
    let report = verify(&hub, forged.into_bytes()).await;
    assert_eq!(report["verdict"], "not_valid");
    assert!(
        state(&report, "signature")
            .iter()
            .all(|(state, code)| (*state, *code) == ("fail", "bad_signature")),
        "{report:#}"
    );

    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let mut file = student.get(&text(&export["file_url"])).await.bytes;
    file.extend_from_slice(b"\n% one more line\n");
    let report = verify(&hub, file).await;
    assert_eq!(
        (report["verdict"].as_str(), state(&report, "pdf")[0].0),
        (Some("not_valid"), "fail")
    );
    for nonsense in
        [&b"hello"[..], b"%PDF-1.7 nothing", b"{}", b"{\"a\":1,\"a\":2}", b"", b"\xff\xfe"]
    {
        assert_eq!(verify(&hub, nonsense.to_vec()).await["verdict"], "not_valid", "{nonsense:?}");
    }
}

#[tokio::test]
async fn the_code_on_paper_says_the_same_as_the_record() {
    let (hub, college) = hub_with_college().await;
    let student = college.student("Arun").await;
    let faculty = college.faculty("Dr. Iyer").await;
    let seen = approved(&student, &faculty, "Tree planting").await;
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let mut owner = inside(&hub, &college).await;
    let card: Vec<u8> =
        sqlx::query_scalar("SELECT compact FROM portfolios").fetch_one(&mut owner).await.unwrap();
    let code = format!("{}/v#{}", hub.url, hub::credential::compact::to_base32(&card));
    let report = verify(&hub, code.clone().into_bytes()).await;
    assert_eq!(
        (report["verdict"].as_str(), report["kind"].as_str()),
        (Some("valid"), Some("portfolio")),
        "{report:#}"
    );
    let report = verify(&hub, text(&export["url"]).into_bytes()).await;
    assert_eq!(report["verdict"], "valid");
    let report = verify(
        &hub,
        text(&seen["credential"]["url"]).to_uppercase().replace("HTTP://", "http://").into_bytes(),
    )
    .await;
    assert_eq!(report["verdict"], "valid", "an all-capitals address works");

    let close = format!("/api/credentials/{}/", text(&seen["credential"]["id"]));
    student.patch(&close, json!({ "visibility": "closed" })).await.ok(200);
    hub.anonymous()
        .get(text(&seen["credential"]["url"]).strip_prefix(&hub.url).unwrap())
        .await
        .refused(404, "not_found");
    assert_eq!(
        verify(&hub, code.into_bytes()).await["verdict"],
        "valid",
        "file and code still verify"
    );
}

#[tokio::test]
async fn independent_readers_accept_an_exported_portfolio() {
    let (hub, college) = hub_with_college().await;
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Iyer").await;
    approved(&student, &faculty, "Robotics, runner-up").await;
    let export = student.post("/api/portfolio/exports/", json!({ "locale": "ta" })).await.ok(201);
    let file = student.get(&text(&export["file_url"])).await.bytes;

    let pem = hub.anonymous().get("/colleges/anna/certificates.pem").await.bytes;
    let pem = String::from_utf8(pem).unwrap();
    let first = pem.split("-----END").next().unwrap().replace("-----BEGIN CERTIFICATE-----", "");
    let authority = data_encoding::BASE64.decode(first.replace('\n', "").as_bytes()).unwrap();
    let verdict = pyhanko_at(&file, &authority, hub.now());
    assert_eq!(
        (&verdict["bottom_line"], &verdict["coverage"], &verdict["modification"]),
        (&json!(true), &json!("ENTIRE_FILE"), &json!("NONE")),
        "{verdict:#}"
    );
    let on_disk = readers::on_disk(&file);
    let said = readers::run(std::process::Command::new("pdfsig").arg(on_disk.path()));
    assert!(
        said.contains("Signature is Valid.") && said.contains("Total document signed"),
        "{said}"
    );
    let checked =
        readers::run(std::process::Command::new("qpdf").arg("--check").arg(on_disk.path()));
    assert!(checked.contains("No syntax or stream encoding errors found"), "{checked}");
}

#[tokio::test]
async fn an_approval_without_a_key_waits_and_is_issued_by_the_next_one() {
    let (hub, college) = hub_with_college().await;
    let student = college.student("Arun").await;
    let faculty = college.faculty("Dr. Iyer").await;
    let manager = college.key_manager("Dr. Sonkar").await;
    let key = keys::active(&manager, "credentials").await;
    let suspicion = json!({ "reason": "A backup is missing." });
    let frozen = keys::step(&manager, &key, "freeze", suspicion).await.ok(200);
    let seen = approved(&student, &faculty, "Marathon").await;
    assert_eq!(
        (&seen["status"], &seen["credential"]["status"]),
        (&json!("approved"), &json!("pending_issue"))
    );
    keys::step(&manager, &frozen, "rotate", Value::Null).await.ok(201);
    hub.wait(chrono::Duration::seconds(2));
    hub::app::work::drain(&hub.app).await.unwrap();
    let seen = student.get(&format!("/api/achievements/{}/", text(&seen["id"]))).await.ok(200);
    assert_eq!(seen["credential"]["status"], "active");
    let report = verify(&hub, text(&seen["credential"]["url"]).into_bytes()).await;
    assert_eq!(report["verdict"], "valid", "{report:#}");
    check_invariants(&hub).await;
}

#[tokio::test]
async fn clients_that_leave_lose_nothing_and_break_nothing() {
    let (hub, college) = hub_with_college().await;
    let student = college.student("Arun").await;
    for patience in 0..300_u64 {
        let request = student.post("/api/achievements/", content(&format!("Attempt {patience}")));
        let patience = std::time::Duration::from_micros(patience * 60);
        drop(tokio::time::timeout(patience, request).await);
    }
    hub.app.finish_acts().await;
    let mut owner = inside(&hub, &college).await;
    let made: i64 = sqlx::query_scalar("SELECT count(*) FROM achievements")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    let noted: i64 = sqlx::query_scalar("SELECT count(*) FROM events WHERE kind = 'created'")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(made, noted, "no act without its event");
    assert!(made > 0, "the patience reaches far enough for some");
    for number in 0..20 {
        let title = format!("After the storm {number}");
        let kept = student.post("/api/achievements/", content(&title)).await.ok(201);
        let read = student.get(&format!("/api/achievements/{}/", text(&kept["id"]))).await.ok(200);
        assert_eq!(read["title"], title, "what was acknowledged is there");
    }
    check_invariants(&hub).await;
}

#[tokio::test]
async fn several_items_are_decided_at_once_each_with_its_own_result() {
    let (hub, college) = hub_with_college().await;
    let student = college.student("Arun").await;
    let faculty = college.faculty("Dr. Iyer").await;
    let (one, two) =
        (submitted(&student, "Essay, first").await, submitted(&student, "Essay, second").await);
    let refusal = json!({ "action": "reject", "reason": "not_verifiable", "comment": "No seal." });
    let rejected = act(&faculty, &two, "decisions", refusal).await.ok(200);
    assert_eq!(
        (&rejected["status"], &rejected["credential"], &rejected["last_decision"]["reason"]),
        (&json!("rejected"), &Value::Null, &json!("not_verifiable"))
    );
    let items =
        json!([{ "id": one["id"], "etag": one["etag"] }, { "id": two["id"], "etag": two["etag"] }]);
    let bulk = faculty
        .post("/api/decisions/bulk/", json!({ "action": "approve", "items": items }))
        .await
        .ok(200);
    assert_eq!(bulk["summary"], json!({ "done": 1, "failed": 1 }));
    assert_eq!(bulk["results"][0]["outcome"], "done");
    assert_eq!(bulk["results"][1]["problem"]["code"], "stale_version");
    let first = student.get(&format!("/api/achievements/{}/", text(&one["id"]))).await.ok(200);
    assert_eq!(first["credential"]["status"], "active");
    let none =
        faculty.post("/api/decisions/bulk/", json!({ "action": "approve", "items": [] })).await;
    none.refused(422, "validation_failed");
    check_invariants(&hub).await;
}
