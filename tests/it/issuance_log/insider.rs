//! Whoever owns the database edits it past the hub (reliability.md B13): each edit is found and named.

use hub::app::issuance_log::{self, LogFault, audit};
use serde_json::json;
use sqlx::PgConnection;

use super::authority::{Authority, Keys};
use super::{document, hub_with_people_and, inside, log, published_head, record_some, run, settle};
use crate::lifecycle::approved;
use crate::seals;
use crate::support::{TestCollege, TestHub};

/// Tables that an edit may touch, such that a later one may refer to an earlier.
const TABLES: [&str; 7] = [
    "issued_records",
    "issuance_logs",
    "log_hashes",
    "log_checkpoints",
    "log_timestamps",
    "events",
    "audit_chains",
];

async fn fault(hub: &TestHub, college: &TestCollege) -> Option<LogFault> {
    audit::verify(college.id, &hub.app).await.unwrap().fault
}

/// Remember the tables as they are.
async fn remember(owner: &mut PgConnection) {
    for table in TABLES {
        run(&format!("CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}"), owner).await;
    }
    run("CREATE TEMP TABLE kept_documents AS SELECT id, document FROM credentials", owner).await;
}

/// Make them again as they were.
async fn restore(owner: &mut PgConnection) {
    for table in TABLES.iter().rev() {
        run(&format!("DELETE FROM {table}"), owner).await;
    }
    for table in TABLES {
        run(&format!("INSERT INTO {table} SELECT * FROM kept_{table}"), owner).await;
    }
    run(
        "UPDATE credentials c SET document = k.document FROM kept_documents k WHERE k.id = c.id",
        owner,
    )
    .await;
}

#[tokio::test]
async fn every_edit_of_what_was_issued_is_found_and_named() {
    let authority = Authority::start(Keys::P256).await;
    let (hub, college, student, faculty) = hub_with_people_and(Some(&authority)).await;
    let mut ids = Vec::new();
    for title in ["Long jump", "High jump", "Relay", "Shot put"] {
        let item = approved(&student, &faculty, title).await;
        ids.push(
            document(&item, &hub).await["id"]
                .as_str()
                .unwrap()
                .rsplit('/')
                .next()
                .unwrap()
                .to_owned(),
        );
        settle(&hub).await;
    }
    student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    settle(&hub).await;
    issuance_log::look_after(&hub.app).await.unwrap();
    settle(&hub).await;
    let whole = audit::verify(college.id, &hub.app).await.unwrap();
    assert_eq!(
        (whole.fault, whole.records, whole.checkpoints, whole.stamps, whole.documents),
        (None, 5, 5, 1, 5)
    );

    let mut owner = inside(&hub, &college).await;
    remember(&mut owner).await;
    let place = |at: usize| format!("index {at} ");
    let edits = [
        // The record.
        ("UPDATE issued_records SET record_hash = sha256('x') WHERE log_index = 2".to_owned(), ["issued_records", &place(2), &ids[2]].join("|")),
        ("DELETE FROM issued_records WHERE log_index = 1".to_owned(), "issued_records|no document stands at index 1".to_owned()),
        ("DELETE FROM issued_records WHERE log_index = 4".to_owned(), "issued_records|no document stands at index 4".to_owned()),
        ("UPDATE issued_records SET log_index = log_index + 9 WHERE log_index IN (1, 3); UPDATE issued_records SET log_index = 13 - log_index WHERE log_index > 5".to_owned(), "issued_records|index 1 ".to_owned()),
        ("UPDATE issued_records SET log_index = log_index + 100; UPDATE issued_records SET log_index = log_index - 100 WHERE log_index < 102; UPDATE issued_records SET log_index = log_index - 99 WHERE log_index > 100;
          INSERT INTO issued_records SELECT college_id, gen_random_uuid(), 1, kind, sha256('forged'), issued_at, 2 FROM issued_records WHERE log_index = 0; UPDATE issuance_logs SET size = 6".to_owned(), "issued_records|index 2 ".to_owned()),
        ("INSERT INTO issued_records SELECT college_id, gen_random_uuid(), 1, kind, sha256('forged'), issued_at, 5 FROM issued_records WHERE log_index = 0".to_owned(), "issued_records|index 5, behind the end".to_owned()),
        ("INSERT INTO issued_records SELECT college_id, gen_random_uuid(), 1, kind, sha256('forged'), issued_at, 5 FROM issued_records WHERE log_index = 0; UPDATE issuance_logs SET size = 6".to_owned(), "issued_records|index 5 |is not here".to_owned()),
        ("DELETE FROM issued_records WHERE log_index = 4; UPDATE issuance_logs SET size = 4".to_owned(), "the log holds 4 documents|5".to_owned()),
        // The tiles.
        ("UPDATE log_hashes SET hashes = sha256('x') WHERE start = 3".to_owned(), "log_hashes|hash 3 of level 0".to_owned()),
        ("DELETE FROM log_hashes WHERE start = 2".to_owned(), "log_hashes|hash 2 of level 0".to_owned()),
        ("INSERT INTO log_hashes SELECT college_id, 0, 5, sha256('x') FROM log_hashes WHERE start = 0".to_owned(), "log_hashes|level 0 holds 6".to_owned()),
        ("INSERT INTO log_hashes SELECT college_id, 1, 0, sha256('x') FROM log_hashes WHERE start = 0".to_owned(), "log_hashes|level 1 holds 1".to_owned()),
        // Both alike, so that only the signatures tell.
        ("UPDATE issued_records SET record_hash = sha256('x') WHERE log_index = 2; UPDATE log_hashes SET hashes = sha256('\\x00'::bytea || sha256('x')) WHERE start = 2".to_owned(), "issued_records|from index 2 to before 3|checkpoint 3".to_owned()),
        // The checkpoints.
        ("UPDATE log_checkpoints SET note = replace(note, E'\\n3\\n', E'\\n4\\n') WHERE number = 3".to_owned(), "log_checkpoints|checkpoint 3|signature".to_owned()),
        ("UPDATE log_checkpoints SET root = sha256('x') WHERE number = 2".to_owned(), "log_checkpoints|checkpoint 2|another size or root".to_owned()),
        ("UPDATE log_checkpoints SET size = 1 WHERE number = 2".to_owned(), "log_checkpoints|checkpoint 2|another size or root".to_owned()),
        ("DELETE FROM log_checkpoints WHERE number = 2".to_owned(), "log_checkpoints|checkpoint 2|missing".to_owned()),
        ("UPDATE log_checkpoints a SET note = b.note, root = b.root, size = b.size, audit_size = b.audit_size, audit_hash = b.audit_hash FROM log_checkpoints b WHERE a.number = 4 AND b.number = 2".to_owned(), "log_checkpoints|checkpoint 4|smaller".to_owned()),
        ("UPDATE log_checkpoints SET key_id = (SELECT id FROM signing_keys WHERE purpose = 'credentials') WHERE number = 1".to_owned(), "log_checkpoints|checkpoint 1|no log key".to_owned()),
        // The stamp.
        ("UPDATE log_timestamps SET stamped_at = stamped_at - interval '1 year'".to_owned(), "log_timestamps|checkpoint 5|another time".to_owned()),
        ("UPDATE log_timestamps SET checkpoint = 4".to_owned(), "log_timestamps|checkpoint 4|something else".to_owned()),
        ("UPDATE log_timestamps SET token = token || '\\x00'".to_owned(), "log_timestamps|checkpoint 5|cannot be read".to_owned()),
        // The documents.
        (format!("UPDATE credentials SET document = replace(document, 'Relay', 'Decathlon') WHERE id = '{}'", ids[2]), format!("{}|is not the one on record", ids[2])),
        (format!("UPDATE credentials SET document = 'gone' WHERE id = '{}'", ids[1]), format!("{}|is no document any more", ids[1])),
    ];
    for (edit, expected) in edits {
        run(&edit, &mut owner).await;
        let found =
            fault(&hub, &college).await.unwrap_or_else(|| panic!("not found: {edit}")).to_string();
        for part in expected.split('|') {
            assert!(found.contains(part), "{edit}\n  says: {found}\n  lacks: {part}");
        }
        restore(&mut owner).await;
        assert_eq!(fault(&hub, &college).await, None, "whole again after: {edit}");
    }
}

#[tokio::test]
async fn an_edit_deep_in_a_large_log_is_found_where_it_is() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    for (step, first) in [(5_000, 0), (1, 5_000), (6_000, 5_001)] {
        record_some(step, first, &hub, &college).await;
        settle(&hub).await;
    }
    // Nobody made these documents, and that is the last thing an audit looks for.
    let end = fault(&hub, &college).await;
    assert!(matches!(end, Some(LogFault::UnknownDocument { index: 0, .. })), "{end:?}");
    let mut owner = inside(&hub, &college).await;
    remember(&mut owner).await;
    let other = "overlay(hashes PLACING sha256('x') FROM";
    for (edit, expected) in [
        (
            "UPDATE issued_records SET record_hash = sha256('x') WHERE log_index = 7777".to_owned(),
            "row at index 7777 ",
        ),
        (
            "DELETE FROM issued_records WHERE log_index = 5120".to_owned(),
            "no document stands at index 5120 ",
        ),
        (
            format!(
                "UPDATE log_hashes SET hashes = {other} 5 * 32 + 1) WHERE level = 0 AND start = 9984"
            ),
            "hash 9989 of level 0",
        ),
        (
            format!("UPDATE log_hashes SET hashes = {other} 1) WHERE level = 1 AND start = 0"),
            "hash 0 of level 1",
        ),
        (
            format!(
                "UPDATE log_hashes SET hashes = {other} 20 * 32 + 1) WHERE level = 1 AND start = 19"
            ),
            "hash 39 of level 1",
        ),
    ] {
        run(&edit, &mut owner).await;
        let found = fault(&hub, &college).await.unwrap().to_string();
        assert!(found.contains(expected), "{edit}: {found}");
        restore(&mut owner).await;
    }
    assert_eq!(fault(&hub, &college).await, end);
}

#[tokio::test]
async fn nothing_is_signed_over_tables_that_were_edited_and_an_alarm_is_raised_once() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    record_some(300, 0, &hub, &college).await;
    settle(&hub).await;
    let (head, _) = published_head(&hub, &college).await;
    let mut owner = inside(&hub, &college).await;
    remember(&mut owner).await;
    let alarms = "SELECT count(*) FROM events WHERE kind = 'issuance_log_alarm'";
    for edit in [
        "UPDATE log_hashes SET hashes = overlay(hashes PLACING sha256('x') FROM 1) WHERE level = 1",
        "UPDATE log_hashes SET hashes = overlay(hashes PLACING sha256('x') FROM 1) WHERE level = 0 AND start = 256",
        "DELETE FROM log_hashes WHERE level = 0 AND start = 256",
        "UPDATE log_checkpoints SET size = 299",
        "UPDATE log_checkpoints SET note = replace(note, E'\\n300\\n', E'\\n301\\n')",
        "DELETE FROM issued_records WHERE log_index = 299; UPDATE issuance_logs SET size = 299",
        "UPDATE issuance_logs SET size = 305",
    ] {
        run(edit, &mut owner).await;
        if !edit.contains("issuance_logs") {
            record_some(1, 300, &hub, &college).await;
        }
        issuance_log::publish(college.id, &hub.app).await.unwrap();
        issuance_log::publish(college.id, &hub.app).await.unwrap();
        let count: i64 = sqlx::query_scalar(alarms).fetch_one(&mut owner).await.unwrap();
        assert_eq!(count, 1, "{edit}");
        let mut tx = hub.database.connect().await.tenant(college.id).await.unwrap();
        assert_eq!(tx.checkpoints(1, 9).await.unwrap().len(), 1, "{edit}");
        restore(&mut owner).await;
    }
    record_some(1, 300, &hub, &college).await;
    settle(&hub).await;
    assert_eq!(
        published_head(&hub, &college).await.0.size,
        head.size + 1,
        "once it is whole again"
    );
}

#[tokio::test]
async fn a_tile_that_was_edited_gives_an_error_and_never_a_false_proof() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    record_some(600, 0, &hub, &college).await;
    settle(&hub).await;
    let mut owner = inside(&hub, &college).await;
    run("UPDATE log_hashes SET hashes = overlay(hashes PLACING sha256('x') FROM 33) WHERE level = 0 AND start = 0", &mut owner).await;
    let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(0_u64.to_be_bytes()));
    log(&format!("proof/{hash}"), &hub, &college).await.refused(500, "internal");
    log("consistency/2/600", &hub, &college).await.refused(500, "internal");
    log("consistency/256/600", &hub, &college).await.ok(200);
}

#[tokio::test]
async fn the_command_says_what_is_broken_and_its_status_too() {
    let (hub, college, student, faculty) = hub_with_people_and(None).await;
    approved(&student, &faculty, "Long jump").await;
    settle(&hub).await;
    let audit = |arguments: Vec<&'static str>| {
        let command = seals::command(&[&["audit", "verify"], &arguments[..]].concat(), &hub);
        let mut command = tokio::process::Command::from(command);
        async move {
            let output = command.output().await.unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            (output.status.code(), said, String::from_utf8_lossy(&output.stderr).into_owned())
        }
    };
    let (status, said, errors) = audit(vec![]).await;
    assert_eq!(status, Some(0), "{said}{errors}");
    assert!(said.contains("anna: whole: 1 issued documents, 1 checkpoints"), "{said}");
    let mut owner = inside(&hub, &college).await;
    run(
        "UPDATE credentials SET document = replace(document, 'Long jump', 'Decathlon')",
        &mut owner,
    )
    .await;
    let (status, said, _) = audit(vec!["--college", "anna"]).await;
    assert_eq!(status, Some(1));
    assert!(said.contains("anna: BROKEN: credentials or portfolios: document"), "{said}");
    assert_ne!(audit(vec!["--college", "nobody"]).await.0, Some(0));
}
