//! The issuance log over HTTP: what is published, that it only grows, who saw it, and who edited it.

pub mod authority;
mod cost;
mod insider;
mod migration;
mod stamps;
mod tree;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{TimeDelta, Utc};
use hub::app::{issuance_log, work};
use hub::credential::log::TreeHead;
use hub::credential::proof::record_hash;
use hub::storage::NewRecord;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::lifecycle::approved;
use crate::support::{Answer, Client, TestCollege, TestHub, text};
use authority::{Authority, Keys, openssl};
use tree::{consistency_holds, inclusion_holds, merkle_tree_hash};

/// The owner's connection, inside the college.
async fn inside(hub: &TestHub, college: &TestCollege) -> PgConnection {
    let mut owner = hub.database.owner().await;
    run(&format!("SELECT set_config('hub.college_id', '{}', false)", college.id), &mut owner).await;
    owner
}

async fn run(sql: &str, connection: &mut PgConnection) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.unwrap();
}

/// Let the debounce of the checkpoint pass, and do what is due.
async fn settle(hub: &TestHub) {
    hub.wait(TimeDelta::seconds(2));
    work::drain(&hub.app).await.unwrap();
}

/// Note documents in the record that nobody made, as many as are asked for.
async fn record_some(count: usize, first: u64, hub: &TestHub, college: &TestCollege) {
    let database = hub.database.connect().await;
    let mut tx = database.tenant(college.id).await.unwrap();
    let records: Vec<NewRecord> = (first..first + count as u64)
        .map(|number| NewRecord {
            document: Uuid::new_v4(),
            generation: 1,
            kind: "achievement",
            record_hash: Sha256::digest(number.to_be_bytes()).into(),
        })
        .collect();
    tx.record_issues(&records, hub.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// GET below the college's log.
async fn log(path: &str, hub: &TestHub, college: &TestCollege) -> Answer {
    hub.anonymous().get(&format!("/colleges/{}/log/{path}", college.slug)).await
}

/// The published head, checked with the published key as tools for signed notes do it.
async fn published_head(hub: &TestHub, college: &TestCollege) -> (TreeHead, String) {
    let answer = log("checkpoint", hub, college).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let note = String::from_utf8(answer.bytes).unwrap();
    let keys = String::from_utf8(log("keys", hub, college).await.bytes).unwrap();
    let verifiers: Vec<Box<dyn signed_note::Verifier>> = keys
        .lines()
        .map(|key| Box::new(signed_note::StandardVerifier::new(key).unwrap()) as Box<_>)
        .collect();
    let known = signed_note::VerifierList::new(verifiers);
    let signed = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
    assert_eq!(signed.verify(&known).unwrap().0.len(), 1, "{note}");
    let lines: Vec<&str> = note.lines().collect();
    let host = hub.url.strip_prefix("http://").unwrap();
    assert_eq!(lines[0], format!("{host}/colleges/{}/log", college.slug));
    let root = STANDARD.decode(lines[2]).unwrap().try_into().unwrap();
    (TreeHead { size: lines[1].parse().unwrap(), root }, note)
}

async fn hub_with_people() -> (TestHub, TestCollege, Client, Client) {
    hub_with_people_and(None).await
}

async fn hub_with_people_and(
    authority: Option<&Authority>,
) -> (TestHub, TestCollege, Client, Client) {
    let hub = TestHub::start_stamped(authority.map(Authority::timestamper)).await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Meena Iyer").await;
    (hub, college, student, faculty)
}

/// The published document of an approved item.
async fn document(item: &Value, hub: &TestHub) -> Value {
    let address = text(&item["credential"]["url"]);
    hub.anonymous().get(address.strip_prefix(&hub.url).unwrap()).await.ok(200)
}

async fn verify(document: &Value, hub: &TestHub) -> Value {
    let anyone = hub.anonymous();
    let request = anyone.request(reqwest::Method::POST, "/api/verify/").body(document.to_string());
    anyone.send(request).await.ok(200)
}

fn signature_code(report: &Value) -> &str {
    let checks = report["checks"].as_array().unwrap();
    checks.iter().find(|check| check["id"] == "signature").unwrap()["code"].as_str().unwrap()
}

#[tokio::test]
async fn an_approval_stands_in_the_log_and_anybody_can_prove_it() {
    let (hub, college, student, faculty) = hub_with_people().await;
    assert_eq!(log("checkpoint", &hub, &college).await.status, 404, "nothing was issued yet");
    let mut documents = Vec::new();
    for title in ["Long jump", "High jump", "Relay"] {
        let item = approved(&student, &faculty, title).await;
        documents.push(document(&item, &hub).await);
    }
    student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    settle(&hub).await;

    let (head, note) = published_head(&hub, &college).await;
    assert_eq!(head.size, 4, "three achievements and a portfolio");
    for (index, document) in documents.iter().enumerate() {
        let hash = record_hash(document);
        let anyone = hub.anonymous();
        let path = format!("/colleges/{}/log/proof/{}", college.slug, hex::encode(hash));
        let request =
            anyone.request(reqwest::Method::GET, &path).header("Accept", "application/json");
        let proof = anyone.send(request).await.ok(200);
        assert_eq!((&proof["index"], &proof["size"]), (&json!(index), &json!(4)));
        let hashes: Vec<[u8; 32]> = proof["hashes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hash| hex::decode(hash.as_str().unwrap()).unwrap().try_into().unwrap())
            .collect();
        assert!(inclusion_holds(&hash, index as u64, 4, &hashes, &head.root));

        let plain = String::from_utf8(anyone.get(&path).await.bytes).unwrap();
        let lines: String = hashes.iter().map(|hash| STANDARD.encode(hash) + "\n").collect();
        assert_eq!(plain, format!("c2sp.org/tlog-proof@v1\nindex {index}\n{lines}\n{note}"));
        assert_eq!(proof["tlog_proof"], json!(plain));
        assert!(!document.to_string().contains(&college.slug.repeat(2)), "the proof is beside it");
    }
    // Nobody is named: the log holds hashes and nothing else.
    let entries = log("tile/entries/000.p/4", &hub, &college).await;
    assert_eq!(entries.bytes.len(), 4 * 34);
    for (entry, document) in entries.bytes.chunks(34).zip(&documents) {
        assert_eq!(entry, [&[0, 32], record_hash(document).as_slice()].concat());
    }
    let unknown = hex::encode([1; 32]);
    log(&format!("proof/{unknown}"), &hub, &college).await.refused(404, "not_found");
    log("proof/xyz", &hub, &college).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_client_of_tiles_rebuilds_the_tree_and_sees_that_it_only_grew() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let mut heads = Vec::new();
    let mut held = 0;
    for step in [1, 254, 1, 1, 300, 143] {
        record_some(step, held, &hub, &college).await;
        held += step as u64;
        settle(&hub).await;
        heads.push(published_head(&hub, &college).await.0);
    }
    let head = heads.last().unwrap();
    assert_eq!(head.size, 700);

    let mut entries: Vec<[u8; 32]> = Vec::new();
    for (path, width) in [("000", 256), ("001", 256), ("002.p/188", 188)] {
        let bundle = log(&format!("tile/entries/{path}"), &hub, &college).await;
        let tile = log(&format!("tile/0/{path}"), &hub, &college).await;
        assert_eq!((bundle.bytes.len(), tile.bytes.len()), (width * 34, width * 32));
        assert_eq!(tile.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(tile.header("access-control-allow-origin"), "*");
        for (entry, hash) in bundle.bytes.chunks(34).zip(tile.bytes.chunks(32)) {
            entries.push(entry[2..].try_into().unwrap());
            assert_eq!(merkle_tree_hash(&entries[entries.len() - 1..]), hash);
        }
    }
    for head in &heads {
        assert_eq!(head.root, merkle_tree_hash(&entries[..head.size as usize]));
        // Partial tiles of every head that was signed.
        let width = head.size % 256;
        let path = format!("tile/0/{:03}.p/{width}", head.size / 256);
        assert_eq!(log(&path, &hub, &college).await.status, if width == 0 { 404 } else { 200 });
    }
    let upper = log("tile/1/000.p/2", &hub, &college).await;
    assert_eq!(upper.bytes[..32], merkle_tree_hash(&entries[..256]));
    assert_eq!(upper.bytes[32..], merkle_tree_hash(&entries[256..512]));

    for (first, second) in heads.iter().zip(&heads[1..]) {
        let path = format!("consistency/{}/{}", first.size, second.size);
        let proof = log(&path, &hub, &college).await.ok(200);
        let hashes: Vec<[u8; 32]> = proof["hashes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hash| hex::decode(hash.as_str().unwrap()).unwrap().try_into().unwrap())
            .collect();
        assert!(consistency_holds(first, second, &hashes), "{path}");
        assert_eq!(proof["from_root"], json!(hex::encode(first.root)));
        assert_eq!(proof["to_root"], json!(hex::encode(second.root)));
    }
    for path in [
        "tile/0/002",
        "tile/0/002.p/189",
        "tile/0/003.p/1",
        "tile/1/000",
        "tile/1/000.p/3",
        "tile/2/000.p/1",
        "tile/63/000",
        "tile/64/000",
        "tile/0/000.p/0",
        "tile/0/x000/000",
        "tile/entries/002",
        "tile/entries/002.p/189",
        "tile/entries/x999/x999/x999/x999/x999/x999/999",
        "tile/data/000",
        "consistency/0/5",
        "consistency/5/701",
        "consistency/9/8",
        "consistency/x/8",
        "checkpoints/7",
        "checkpoints/0",
        "checkpoints/1.tsr",
        "checkpoint.tsr",
        "checkpoints/-1",
    ] {
        log(path, &hub, &college).await.refused(404, "not_found");
    }
    hub.anonymous().get("/colleges/nobody/log/checkpoint").await.refused(404, "not_found");
    let past = log("checkpoints/2", &hub, &college).await;
    assert!(String::from_utf8(past.bytes).unwrap().contains("\n255\n"));
}

#[tokio::test]
async fn places_are_dense_and_an_issue_that_is_rolled_back_leaves_no_gap() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let database = hub.database.connect().await;
    let record = |generation| NewRecord {
        document: Uuid::new_v4(),
        generation,
        kind: "achievement",
        record_hash: [generation as u8; 32],
    };
    let mut kept = database.tenant(college.id).await.unwrap();
    kept.record_issues(&[record(1), record(2)], hub.now()).await.unwrap();
    // Whoever comes next waits for the first, and gives up; who comes after that stands where it would have stood.
    let waiting = database.clone();
    let (id, now) = (college.id, hub.now());
    let given_up = tokio::spawn(async move {
        let mut tx = waiting.tenant(id).await.unwrap();
        tx.record_issues(&[record(3)], now).await.unwrap();
        drop(tx);
    });
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(!given_up.is_finished(), "the head of the log is held");
    kept.commit().await.unwrap();
    given_up.await.unwrap();
    let mut next = database.tenant(college.id).await.unwrap();
    next.record_issues(&[record(4)], hub.now()).await.unwrap();
    next.record_issues(&[], hub.now()).await.unwrap();
    next.commit().await.unwrap();
    let mut tx = database.tenant(college.id).await.unwrap();
    let rows = tx.logged(0, 10).await.unwrap();
    let places: Vec<_> = rows.iter().map(|row| (row.log_index, row.generation)).collect();
    assert_eq!(places, [(0, 1), (1, 2), (2, 4)]);
    assert_eq!(tx.log_sizes().await.unwrap(), (3, 0));
}

#[tokio::test]
async fn a_checkpoint_waits_for_issues_under_way_and_covers_a_whole_batch() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    for first in 0..20 {
        record_some(3, first * 3, &hub, &college).await;
    }
    let database = hub.database.connect().await;
    let mut open = database.tenant(college.id).await.unwrap();
    let late = NewRecord {
        document: Uuid::new_v4(),
        generation: 1,
        kind: "achievement",
        record_hash: [5; 32],
    };
    open.record_issues(&[late], hub.now()).await.unwrap();
    let (app, id) = (hub.app.clone(), college.id);
    let publishing = tokio::spawn(async move { issuance_log::publish(id, &app).await.unwrap() });
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    assert!(
        !publishing.is_finished(),
        "its job may have been the one that was to cover this issue"
    );
    open.commit().await.unwrap();
    publishing.await.unwrap();
    assert_eq!(published_head(&hub, &college).await.0.size, 61);
    settle(&hub).await;
    let mut tx = database.tenant(college.id).await.unwrap();
    assert_eq!(tx.checkpoints(1, 10).await.unwrap().len(), 1, "one for all of them");
    assert_eq!(hub.app.count_jobs().await.unwrap(), 0);
}

#[tokio::test]
async fn after_a_rotation_the_new_key_signs_and_old_checkpoints_still_verify() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let manager = college.key_manager("Lata Rao").await;
    record_some(5, 0, &hub, &college).await;
    settle(&hub).await;
    let (before, old_note) = published_head(&hub, &college).await;

    let keys = manager.get("/api/keys/").await.ok(200);
    let key = keys
        .as_array()
        .or(keys["results"].as_array())
        .unwrap()
        .iter()
        .find(|key| key["purpose"] == "log")
        .unwrap();
    let path = format!("/api/keys/{}/rotate/", text(&key["id"]));
    let etag = text(&key["etag"]);
    let request = manager.request(reqwest::Method::POST, &path).header("If-Match", etag);
    let rotated = manager.send(request).await;
    assert!(rotated.status < 300, "{}", rotated.body);
    settle(&hub).await;
    let (after, new_note) = published_head(&hub, &college).await;
    assert_eq!(after, before, "the same tree");
    assert_ne!(old_note, new_note, "by another key");
    let keys = String::from_utf8(log("keys", &hub, &college).await.bytes).unwrap();
    let signed_by = |note: &str| {
        keys.lines().position(|key| {
            let verifier = signed_note::StandardVerifier::new(key).unwrap();
            let known = signed_note::VerifierList::new(vec![Box::new(verifier)]);
            signed_note::Note::from_bytes(note.as_bytes()).unwrap().verify(&known).is_ok()
        })
    };
    assert_eq!((signed_by(&old_note), signed_by(&new_note)), (Some(0), Some(1)));
    assert_eq!(log("checkpoints/1", &hub, &college).await.bytes, old_note.as_bytes());
    record_some(5, 5, &hub, &college).await;
    settle(&hub).await;
    assert_eq!(published_head(&hub, &college).await.0.size, 10);
}

#[tokio::test]
async fn a_day_brings_one_stamp_that_standard_tools_accept() {
    let authority = Authority::start(Keys::Rsa).await;
    let (hub, college, student, faculty) = hub_with_people_and(Some(&authority)).await;
    approved(&student, &faculty, "Long jump").await;
    settle(&hub).await;
    issuance_log::look_after(&hub.app).await.unwrap();
    issuance_log::look_after(&hub.app).await.unwrap();
    settle(&hub).await;
    assert_eq!(authority.times_asked(), 1);

    let leads = log("checkpoint.tsr", &hub, &college).await;
    assert_eq!(
        (leads.status, leads.header("location")),
        (302, "/colleges/anna/log/checkpoints/1.tsr")
    );
    let stamp = log("checkpoints/1.tsr", &hub, &college).await;
    assert_eq!(stamp.header("content-type"), "application/timestamp-reply");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("1.tsr"), &stamp.bytes).unwrap();
    std::fs::write(folder.path().join("1"), log("checkpoints/1", &hub, &college).await.bytes)
        .unwrap();
    let trusted = authority.trusted();
    let said = openssl(
        &["ts", "-verify", "-data", "1", "-in", "1.tsr", "-CAfile", trusted.to_str().unwrap()],
        folder.path(),
    );
    assert!(said.contains("Verification: OK"), "{said}");

    // Nothing new, no new stamp; something new, one after a day.
    hub.wait(TimeDelta::days(2));
    issuance_log::look_after(&hub.app).await.unwrap();
    settle(&hub).await;
    assert_eq!(authority.times_asked(), 1);
    let student = crate::support::sign_in(&student.email, "anna", &hub.app).await;
    let faculty = crate::support::sign_in(&faculty.email, "anna", &hub.app).await;
    approved(&student, &faculty, "High jump").await;
    settle(&hub).await;
    issuance_log::look_after(&hub.app).await.unwrap();
    settle(&hub).await;
    assert_eq!(authority.times_asked(), 2);
    approved(&student, &faculty, "Relay").await;
    settle(&hub).await;
    issuance_log::look_after(&hub.app).await.unwrap();
    settle(&hub).await;
    assert_eq!(authority.times_asked(), 2, "not twice a day");
    let audit = issuance_log::audit::verify(college.id, &hub.app).await.unwrap();
    assert_eq!((audit.fault, audit.stamps, audit.checkpoints), (None, 2, 3));
}

/// Say that the credentials key fell into other hands, as if two persons had.
async fn compromise(since: chrono::DateTime<Utc>, hub: &TestHub, college: &TestCollege) {
    let mut owner = inside(hub, college).await;
    sqlx::query(
        "UPDATE signing_keys SET state = 'compromised', sealed = NULL, compromised_since = $1, compromised_at = $1
         WHERE purpose = 'credentials' AND state = 'active'",
    )
    .bind(since)
    .execute(&mut owner)
    .await
    .unwrap();
}

#[tokio::test]
async fn what_was_stamped_before_a_theft_is_believed_with_a_remark_and_nothing_else_is() {
    let authority = Authority::start(Keys::P256).await;
    let (hub, college, student, faculty) = hub_with_people_and(Some(&authority)).await;
    let seen = document(&approved(&student, &faculty, "Long jump").await, &hub).await;
    settle(&hub).await;
    issuance_log::look_after(&hub.app).await.unwrap();
    settle(&hub).await;
    assert_eq!(authority.times_asked(), 1);
    let unseen = document(&approved(&student, &faculty, "High jump").await, &hub).await;
    settle(&hub).await;
    assert_eq!(verify(&seen, &hub).await["verdict"], "valid");

    compromise(Utc::now() + TimeDelta::hours(1), &hub, &college).await;
    let report = verify(&seen, &hub).await;
    assert_eq!(signature_code(&report), "recorded_before_compromise", "{report:#}");
    assert_eq!(report["verdict"], "valid_with_remark");
    let report = verify(&unseen, &hub).await;
    assert_eq!(
        (signature_code(&report), &report["verdict"]),
        ("key_compromised", &json!("not_valid"))
    );

    // The owner of the database, who has the stolen key, puts a document of today in the place of the old one …
    let mut owner = inside(&hub, &college).await;
    let places = "UPDATE issued_records SET log_index = log_index + 10; UPDATE issued_records SET log_index = 11 - log_index";
    run(places, &mut owner).await;
    assert_eq!(signature_code(&verify(&unseen, &hub).await), "key_compromised");
    run("UPDATE issued_records SET log_index = log_index + 10; UPDATE issued_records SET log_index = 11 - log_index", &mut owner).await;
    assert_eq!(signature_code(&verify(&seen, &hub).await), "recorded_before_compromise");
    // … or says that the stamp is over the later head, or a stamp is his own, or of another time.
    let later = "UPDATE log_timestamps SET checkpoint = 2";
    run(later, &mut owner).await;
    assert_eq!(signature_code(&verify(&unseen, &hub).await), "key_compromised");
    run("UPDATE log_timestamps SET checkpoint = 1", &mut owner).await;
    let note = String::from_utf8(log("checkpoints/2", &hub, &college).await.bytes).unwrap();
    let stranger = Authority::start(Keys::P256).await;
    let own = stranger.timestamper().stamp(&Sha256::digest(&note).into(), [9; 16]).await.unwrap();
    sqlx::query("INSERT INTO log_timestamps (college_id, checkpoint, token, stamped_at, asked_at) VALUES ($1, 2, $2, $3, $3)")
        .bind(college.id.0)
        .bind(&own.token)
        .bind(own.at)
        .execute(&mut owner)
        .await
        .unwrap();
    assert_eq!(signature_code(&verify(&unseen, &hub).await), "key_compromised");
    run("DELETE FROM log_timestamps WHERE checkpoint = 2; UPDATE log_timestamps SET stamped_at = stamped_at - interval '9 years'", &mut owner).await;
    compromise_again(Utc::now() - TimeDelta::days(400), &mut owner).await;
    assert_eq!(
        signature_code(&verify(&seen, &hub).await),
        "key_compromised",
        "the token's time counts"
    );
    assert_eq!(authority.times_asked(), 1, "to verify is to ask nobody");
}

async fn compromise_again(since: chrono::DateTime<Utc>, owner: &mut PgConnection) {
    sqlx::query("UPDATE signing_keys SET compromised_since = $1 WHERE state = 'compromised'")
        .bind(since)
        .execute(owner)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_authority_out_of_reach_is_asked_again_and_nothing_is_left_over() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let authority = Authority::start(Keys::P256).await;
    let url = format!("http://{gone}/");
    let timestamper =
        hub::timestamper::Timestamper::open(Some(&url), &authority.trusted()).unwrap();
    let hub = TestHub::start_stamped(Some(timestamper)).await;
    let college = hub.college("anna").await;
    let student = college.student("Kavya Subramanian").await;
    let faculty = college.faculty("Dr. Meena Iyer").await;
    approved(&student, &faculty, "Long jump").await;
    settle(&hub).await;
    for _ in 0..2 {
        issuance_log::look_after(&hub.app).await.unwrap();
        assert_eq!(hub.app.count_jobs().await.unwrap(), 1, "it is still due");
        settle(&hub).await;
        assert_eq!(hub.app.count_jobs().await.unwrap(), 0);
    }
    assert_eq!(log("checkpoint.tsr", &hub, &college).await.status, 404);
    let mut owner = inside(&hub, &college).await;
    let alarms: i64 =
        sqlx::query_scalar("SELECT count(*) FROM events WHERE kind = 'issuance_log_alarm'")
            .fetch_one(&mut owner)
            .await
            .unwrap();
    assert_eq!(alarms, 0);
}
