//! A whole hub with its keys in a hardware module: the real SoftHSM 2, with a token of its own for each test.

use std::fs;
use std::path::PathBuf;

use chrono::Duration;
use hub::app::seals;
use hub::domain::ids::CollegeId;
use hub::keystore::{Algorithm, HsmSettings, KeyOwner, Keystore};
use serde_json::{Value, json};
use uuid::{NoContext, Timestamp, Uuid};

use crate::keys::outside;
use crate::lifecycle::{act, approved, submitted};
use crate::seals::{command, run};
use crate::softhsm::{self, MODULE, PIN, TOKEN};
use crate::support::{TestHub, text};

/// The token of one test.
struct Token {
    folder: PathBuf,
}

impl Token {
    /// None in the process that was asked for the test.
    fn of(test: &str) -> Option<Self> {
        let folder = softhsm::in_a_process_of_its_own(&format!("hsm::{test}"), &[])?;
        Some(Self { folder })
    }

    fn settings(&self) -> HsmSettings {
        HsmSettings {
            module: MODULE.into(),
            token: TOKEN.to_owned(),
            pin_file: self.folder.join("pin"),
        }
    }

    async fn hub(&self) -> TestHub {
        let settings = self.settings();
        TestHub::start_with(|keystore| keystore.with_hsm(&settings).unwrap()).await
    }

    fn keystore(&self, hub: &TestHub) -> Keystore {
        hub.keystore().with_hsm(&self.settings()).unwrap()
    }

    fn put_away(&self) {
        fs::rename(self.folder.join("tokens"), self.folder.join("away")).unwrap();
    }

    fn bring_back(&self) {
        fs::rename(self.folder.join("away"), self.folder.join("tokens")).unwrap();
    }

    /// A command of the program that knows of the token.
    fn run(&self, arguments: &[&str], hub: &TestHub) -> (bool, String, String) {
        let mut command = command(arguments, hub);
        command
            .env("HUB_PKCS11_MODULE", MODULE)
            .env("HUB_PKCS11_TOKEN", TOKEN)
            .env("HUB_PKCS11_PIN_FILE", self.folder.join("pin"));
        run(command)
    }
}

async fn verdict(document: Vec<u8>, hub: &TestHub) -> Value {
    let anyone = hub.anonymous();
    let request = anyone.request(reqwest::Method::POST, "/api/verify/").body(document);
    let report = anyone.send(request).await.ok(200);
    report["verdict"].clone()
}

#[tokio::test]
async fn keys_in_a_token_issue_export_and_rotate() {
    let Some(token) = Token::of("keys_in_a_token_issue_export_and_rotate") else { return };
    let hub = token.hub().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Meena Iyer").await;
    let reports = seals::verify(&hub.app).await.unwrap();
    assert!(reports.len() >= 4, "{reports:?}");
    for report in &reports {
        assert_eq!((report.place.as_str(), &report.fault), ("token hub tests", &None));
    }

    let seen = approved(&student, &faculty, "Winner, 1500 m").await;
    let address = text(&seen["credential"]["url"]);
    let path = address.strip_prefix(&hub.url).unwrap();
    let old = hub.anonymous().get(path).await.bytes;
    assert_eq!(verdict(old.clone(), &hub).await, "valid");

    // ECDSA of a token is not repeatable, and need not be: the stored file is the export.
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let again = student.post("/api/portfolio/exports/", json!({})).await.ok(200);
    assert_eq!(export["id"], again["id"]);
    let file = student.get(&text(&export["file_url"])).await.bytes;
    assert_eq!(student.get(&text(&again["file_url"])).await.bytes, file);
    assert_eq!(verdict(file.clone(), &hub).await, "valid");

    let before = seals::look_into_hsm(&hub.app).await.unwrap();
    assert_eq!((before.in_use, before.foreign, before.young), (reports.len(), 0, 0));
    let manager = college.key_manager("Lata Shukla").await;
    for purpose in ["credentials", "documents"] {
        let keys = manager.get("/api/keys/").await.ok(200);
        let active = keys
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["purpose"] == purpose && key["state"] == "active")
            .unwrap();
        let path = format!("/api/keys/{}/rotate/", text(&active["id"]));
        let rotate = manager.request(reqwest::Method::POST, &path);
        manager.send(rotate.header("If-Match", text(&active["etag"]))).await.ok(201);
    }
    let keystore = token.keystore(&hub);
    assert_eq!(keystore.hsm_objects().unwrap().len(), before.in_use + 2, "not before the commit");
    hub.mails().await;
    assert_eq!(keystore.hsm_objects().unwrap().len(), before.in_use, "the old two are destroyed");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs WHERE kind = 'destroy_key'")
        .fetch_one(&mut hub.database.owner().await)
        .await
        .unwrap();
    assert_eq!(left, 0, "and none of them twice");

    let seen = approved(&student, &faculty, "Second").await;
    let address = text(&seen["credential"]["url"]);
    let new = hub.anonymous().get(address.strip_prefix(&hub.url).unwrap()).await.bytes;
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let newer = student.get(&text(&export["file_url"])).await.bytes;
    for document in [old, file, new, newer] {
        assert_eq!(verdict(document, &hub).await, "valid");
    }

    let keys = manager.get("/api/keys/").await.ok(200);
    let documents = |key: &&Value| key["purpose"] == "documents" && key["state"] == "active";
    let kid = text(&keys.as_array().unwrap().iter().find(documents).unwrap()["kid"]);
    let retire = ["key", "retire", "--college", "anna", "--operator", "Lata Shukla", &kid];
    let (well, _, complaint) = token.run(&retire, &hub);
    assert!(well, "{complaint}");
    hub.mails().await;
    assert_eq!(keystore.hsm_objects().unwrap().len(), before.in_use - 1, "a retired one as well");
}

#[tokio::test]
async fn a_key_in_the_token_gets_a_certificate_from_outside_and_never_leaves() {
    let test = "a_key_in_the_token_gets_a_certificate_from_outside_and_never_leaves";
    let Some(token) = Token::of(test) else { return };
    let hub = token.hub().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Meena Iyer").await;
    approved(&student, &faculty, "Winner, 1500 m").await;
    let manager = college.key_manager("Lata Shukla").await;
    outside::certify_and_use(&outside::Licensed::new(), &manager).await;
    let export = student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    let file = student.get(&text(&export["file_url"])).await.bytes;
    assert_eq!(verdict(file, &hub).await, "valid");
    let reports = seals::verify(&hub.app).await.unwrap();
    let alive = reports.iter().filter(|report| report.place != "destroyed");
    assert!(alive.clone().count() >= 5, "{reports:?}");
    for report in alive {
        assert_eq!((report.place.as_str(), &report.fault), ("token hub tests", &None));
    }
}

#[tokio::test]
async fn while_the_token_is_away_nothing_is_half_done() {
    let Some(token) = Token::of("while_the_token_is_away_nothing_is_half_done") else { return };
    let hub = token.hub().await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Meena Iyer").await;
    let seen = submitted(&student, "Winner, 1500 m").await;
    assert_eq!(hub.anonymous().get("/readyz").await.status, 200);

    token.put_away();
    assert_eq!(hub.anonymous().get("/readyz").await.status, 503);
    let approve = json!({ "action": "approve" });
    act(&faculty, &seen, "decisions", approve.clone()).await.ok(500);
    let (well, _, complaint) = token.run(&["check-config"], &hub);
    assert!(!well && complaint.contains("hardware module"), "{complaint}");

    token.bring_back();
    assert_eq!(hub.anonymous().get("/readyz").await.status, 200);
    let unchanged = student.get(&format!("/api/achievements/{}/", text(&seen["id"]))).await.ok(200);
    assert_eq!(unchanged["status"], seen["status"]);
    let seen = act(&faculty, &seen, "decisions", approve).await.ok(200);
    assert_eq!(seen["credential"]["status"], "active");
}

#[tokio::test]
async fn sealed_keys_sign_on_when_a_token_is_added() {
    let Some(token) = Token::of("sealed_keys_sign_on_when_a_token_is_added") else { return };
    let hub = TestHub::start().await;
    hub.college("anna").await;
    let (well, table, complaint) = token.run(&["key", "verify-seals"], &hub);
    assert!(well, "{table}{complaint}");
    assert!(table.contains("sealed") && !table.contains("token hub tests"), "{table}");
    // A college that joins from now on has its keys in the token.
    let description = hub.folder().join("bose.toml");
    fs::write(&description, COLLEGE).unwrap();
    let password = hub.folder().join("password");
    fs::write(&password, "a quiet village lane").unwrap();
    let add = [
        "college",
        "add",
        description.to_str().unwrap(),
        "--admin-email",
        "registrar@bose.example",
        "--admin-name",
        "Lata Shukla",
        "--admin-password-file",
        password.to_str().unwrap(),
    ];
    let (well, said, complaint) = token.run(&add, &hub);
    assert!(well, "{said}{complaint}");
    let (well, table, complaint) = token.run(&["key", "verify-seals"], &hub);
    assert!(well, "{table}{complaint}");
    for line in table.lines() {
        assert!(!line.starts_with("anna") || !line.contains("token"), "{line}");
        assert!(!line.starts_with("bose") || line.contains("token hub tests"), "{line}");
    }
    // Without the settings, the keys in the token cannot sign, and are named.
    let (well, _, complaint) = run(command(&["key", "verify-seals"], &hub));
    assert!(!well && complaint.contains("which the settings do not name"), "{complaint}");
    assert!(!complaint.contains("anna"), "{complaint}");

    // A new master key needs no token: the keys stay where they are.
    let next = hub.folder().join("next.key");
    let (well, _, complaint) =
        run(command(&["key", "rewrap", "--new-master-key-file", next.to_str().unwrap()], &hub));
    assert!(well, "{complaint}");
    fs::rename(&next, hub.folder().join("master.key")).unwrap();
    let (well, table, complaint) = token.run(&["key", "verify-seals"], &hub);
    assert!(well, "{table}{complaint}");
}

#[tokio::test]
async fn check_config_says_whether_the_token_is_there() {
    let Some(token) = Token::of("check_config_says_whether_the_token_is_there") else { return };
    let hub = TestHub::start().await;
    let (well, said, complaint) = token.run(&["check-config"], &hub);
    assert!(well && said.contains("hub tests is there"), "{said}{complaint}");
    assert!(!said.contains(PIN), "{said}");

    let mut other = command(&["check-config"], &hub);
    other.env("HUB_PKCS11_MODULE", MODULE).env("HUB_PKCS11_TOKEN", "another");
    other.env("HUB_PKCS11_PIN_FILE", token.folder.join("pin"));
    let (well, _, complaint) = run(other);
    assert!(!well && complaint.contains("there is no token another"), "{complaint}");

    let mut half = command(&["check-config"], &hub);
    half.env("HUB_PKCS11_MODULE", MODULE);
    let (well, _, complaint) = run(half);
    assert!(!well && complaint.contains("all three, or none"), "{complaint}");
}

#[tokio::test]
async fn what_is_left_over_in_the_token_is_listed_and_swept_and_nothing_else() {
    let Some(token) =
        Token::of("what_is_left_over_in_the_token_is_listed_and_swept_and_nothing_else")
    else {
        return;
    };
    let hub = token.hub().await;
    let college = hub.college("anna").await;
    let keystore = token.keystore(&hub);
    let ours = seals::verify(&hub.app).await.unwrap().len();
    let id_of = |age: Duration| {
        let made = (hub.now() - age).timestamp().cast_unsigned();
        Uuid::new_v7(Timestamp::from_unix(NoContext, made, 0))
    };
    let make = |owner, id| keystore.create(owner, id, Algorithm::Ed25519).unwrap();
    let owner = KeyOwner::College(college.id);
    let left_over = id_of(Duration::hours(2));
    make(owner, left_over);
    make(owner, id_of(Duration::minutes(5)));
    make(KeyOwner::College(CollegeId(Uuid::new_v4())), id_of(Duration::hours(2)));
    make(KeyOwner::Platform, id_of(Duration::hours(2)));

    let (well, said, complaint) = token.run(&["key", "sweep-hsm"], &hub);
    assert!(well, "{complaint}");
    let counts =
        format!("{ours} private keys in use, 1 made within the hour, 2 of no college of this hub");
    assert!(said.contains(&counts), "{said}");
    assert!(said.contains(&format!("left over: {left_over} of anna")), "{said}");
    assert_eq!(keystore.hsm_objects().unwrap().len(), ours + 4, "listing removes nothing");

    let (well, said, complaint) = token.run(&["key", "sweep-hsm", "--delete"], &hub);
    assert!(well && said.contains("1 removed"), "{said}{complaint}");
    let kept = keystore.hsm_objects().unwrap();
    assert_eq!(kept.len(), ours + 3);
    assert!(kept.iter().all(|object| object.key_id != Some(left_over)));
    assert!(seals::verify(&hub.app).await.unwrap().iter().all(|report| report.fault.is_none()));
}

#[tokio::test]
async fn a_job_that_names_a_key_in_use_destroys_nothing() {
    let Some(token) = Token::of("a_job_that_names_a_key_in_use_destroys_nothing") else { return };
    let hub = token.hub().await;
    let college = hub.college("anna").await;
    let keys = token.keystore(&hub).hsm_objects().unwrap();
    let mut owner = hub.database.owner().await;
    for key in keys.iter().filter(|key| key.owner == Some(KeyOwner::College(college.id))) {
        let id = key.key_id.unwrap();
        sqlx::query(
            "INSERT INTO jobs (id, kind, college_id, payload, run_at) VALUES ($1, 'destroy_key', $2, $3, $4)",
        )
        .bind(Uuid::new_v4())
        .bind(college.id.0)
        .bind(json!({ "kind": "destroy_key", "key": id }))
        .bind(hub.now() - Duration::minutes(1))
        .execute(&mut owner)
        .await
        .unwrap();
    }
    hub.mails().await;
    let complaints: Vec<String> = sqlx::query_scalar(
        "SELECT last_error FROM jobs WHERE kind = 'destroy_key' AND last_error LIKE '%still in use'",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(complaints.len(), keys.len() - 4, "each job of the college says why it did nothing");
    assert_eq!(token.keystore(&hub).hsm_objects().unwrap().len(), keys.len());
}

const COLLEGE: &str = r#"
slug = "bose"
name = "Bose College of Science"
consent_version = "2026-01"
consent_text = "What a student agrees to."

[[departments]]
code = "PHY"
name = "Physics"
programmes = [["BSC-PHY", "B.Sc. Physics"]]
"#;
