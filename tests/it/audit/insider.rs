//! Whoever owns the database edits the audit past the hub (B13): each edit is found, and its place named.

use hub::app::issuance_log::audit;
use sqlx::PgConnection;

use super::{count, run, sign};
use crate::lifecycle::{approved, inside, submitted};
use crate::workflow::{Scene, reject};

/// What an insider would write to make the chain fit together again, from a place on.
const RECHAIN: &str = "CREATE FUNCTION pg_temp.rechain(start bigint) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE event record; link bytea;
    BEGIN
        SELECT hash INTO link FROM events WHERE seq = start - 1;
        FOR event IN SELECT * FROM events WHERE seq >= start ORDER BY seq LOOP
            link := sha256(link || sha256(convert_to(concat_ws(E'\\n', 'hub audit entry', event.seq, event.id,
                (extract(epoch FROM event.at) * 1000000)::bigint, event.kind, coalesce(event.actor_id::text, '-'),
                coalesce(event.actor_role, '-'), coalesce(event.achievement_id::text, '-'), coalesce(event.revision::text, '-'),
                encode(event.words_hash, 'hex')), 'UTF8')));
            UPDATE events SET hash = link WHERE id = event.id;
        END LOOP;
        UPDATE audit_chains SET size = (SELECT max(seq) FROM events), hash = link;
    END $$";

async fn fault(scene: &Scene) -> Option<String> {
    let audited = audit::verify(scene.college.id, &scene.hub.app).await.unwrap();
    audited.fault.map(|fault| fault.to_string())
}

async fn remember(owner: &mut PgConnection) {
    for table in ["events", "audit_chains", "log_checkpoints"] {
        run(&format!("CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}"), owner).await;
    }
}

async fn restore(owner: &mut PgConnection) {
    for table in ["events", "audit_chains", "log_checkpoints"] {
        run(&format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table}"), owner)
            .await;
    }
}

#[tokio::test]
async fn every_edit_of_what_was_done_is_found_and_named() {
    let scene = Scene::set().await;
    approved(&scene.student, &scene.first, "Long jump").await;
    sign(&scene).await;
    let seen = submitted(&scene.student, "Relay").await;
    reject(&scene.second, &seen).await.ok(200);
    sign(&scene).await;
    assert_eq!(fault(&scene).await, None);

    let mut owner = inside(&scene.hub, &scene.college).await;
    let last = count("SELECT max(seq) FROM events", &mut owner).await;
    let checkpoints = count("SELECT max(number) FROM log_checkpoints", &mut owner).await;
    let covered = count("SELECT min(audit_size) FROM log_checkpoints", &mut owner).await;
    assert!(covered > 6 && covered + 2 < last, "{covered} of {last}");
    run("ALTER TABLE events DISABLE TRIGGER events_only_erased", &mut owner).await;
    run(RECHAIN, &mut owner).await;
    remember(&mut owner).await;
    let forged = "INSERT INTO events (college_id, seq, id, kind, at, salt, words_hash, hash)
                  SELECT college_id, %, gen_random_uuid(), 'approved', at, salt, words_hash, hash FROM events WHERE seq = 3";
    let place = |place: i64| format!("place {place} ");
    let edits = [
        // An entry.
        ("UPDATE events SET kind = 'approved' WHERE seq = 5".to_owned(), format!("{}|not the one", place(5))),
        ("UPDATE events SET at = at - interval '1 day' WHERE seq = 5".to_owned(), place(5)),
        ("UPDATE events SET actor_id = gen_random_uuid() WHERE seq = 5".to_owned(), place(5)),
        ("UPDATE events SET actor_role = 'head' WHERE seq = 5".to_owned(), place(5)),
        ("UPDATE events SET achievement_id = gen_random_uuid(), revision = 1 WHERE seq = 5".to_owned(), place(5)),
        ("UPDATE events SET id = gen_random_uuid() WHERE seq = 5".to_owned(), place(5)),
        ("UPDATE events SET hash = sha256('x') WHERE seq = 5".to_owned(), place(5)),
        ("UPDATE events SET text = 'I did not say that' WHERE seq = 5".to_owned(), format!("{}|says is not", place(5))),
        ("UPDATE events SET data = '{\"a\":1}' WHERE seq = 5".to_owned(), format!("{}|says is not", place(5))),
        ("UPDATE events SET salt = substr(sha256('x'), 1, 16) WHERE seq = 5".to_owned(), place(5)),
        ("UPDATE events SET words_hash = sha256('x') WHERE seq = 5".to_owned(), format!("{}|not the one", place(5))),
        // Words that went without an erasure.
        ("UPDATE events SET salt = NULL, text = NULL, data = '{}' WHERE seq = 5".to_owned(), format!("{}|no erasure", place(5))),
        // Deleted, reordered, inserted.
        ("DELETE FROM events WHERE seq = 5".to_owned(), format!("no entry stands at {}", place(5))),
        ("DELETE FROM events WHERE seq = 5; UPDATE events SET seq = -seq WHERE seq > 5; UPDATE events SET seq = -seq - 1 WHERE seq < 0; UPDATE audit_chains SET size = size - 1".to_owned(), "holds".to_owned()),
        ("UPDATE events SET seq = -seq WHERE seq IN (5, 6); UPDATE events SET seq = 11 + seq WHERE seq < 0".to_owned(), place(5)),
        (format!("UPDATE events SET seq = -seq WHERE seq >= 5; UPDATE events SET seq = 1 - seq WHERE seq < 0; {}; UPDATE audit_chains SET size = size + 1", forged.replace('%', "5")), place(5)),
        (forged.replace('%', &(last + 1).to_string()), format!("place {}, behind the end", last + 1)),
        // The tail and the head.
        (format!("DELETE FROM events WHERE seq = {last}"), format!("no entry stands at {}", place(last))),
        (format!("DELETE FROM events WHERE seq = {last}; UPDATE audit_chains SET size = {last} - 1, hash = (SELECT hash FROM events WHERE seq = {last} - 1)"), format!("holds {} entries|checkpoint {checkpoints} was signed over {last}", last - 1)),
        ("UPDATE audit_chains SET hash = sha256('x')".to_owned(), format!("audit_chains|{}", place(last))),
        ("UPDATE audit_chains SET size = size + 1".to_owned(), format!("no entry stands at {}", place(last + 1))),
        ("DELETE FROM audit_chains".to_owned(), "audit_chains|holds 0 entries".to_owned()),
        // Everything made to fit together again, so that only the signatures tell.
        ("UPDATE events SET kind = 'approved' WHERE seq = 5; SELECT pg_temp.rechain(5)".to_owned(), format!("from place 1 to {covered} |checkpoint 1 ")),
        (format!("UPDATE events SET kind = 'approved' WHERE seq = {last}; SELECT pg_temp.rechain({last})"), format!("to {last} |checkpoint {checkpoints} ")),
        ("UPDATE log_checkpoints SET audit_size = 5, audit_hash = (SELECT hash FROM events WHERE seq = 5) WHERE number = 1".to_owned(), "log_checkpoints|checkpoint 1|another end of the audit".to_owned()),
        ("UPDATE log_checkpoints SET audit_size = NULL, audit_hash = NULL WHERE number = 1".to_owned(), "log_checkpoints|checkpoint 1|another end of the audit".to_owned()),
    ];
    for (edit, expected) in edits {
        run(&edit, &mut owner).await;
        let found = fault(&scene).await.unwrap_or_else(|| panic!("not found: {edit}"));
        for part in expected.split('|') {
            assert!(found.contains(part), "{edit}\n  says: {found}\n  lacks: {part}");
        }
        restore(&mut owner).await;
        assert_eq!(fault(&scene).await, None, "whole again after: {edit}");
    }
}

#[tokio::test]
async fn nothing_is_signed_over_an_audit_that_was_edited_since_the_last_checkpoint() {
    let scene = Scene::set().await;
    approved(&scene.student, &scene.first, "Long jump").await;
    sign(&scene).await;
    let seen = submitted(&scene.student, "Relay").await;
    reject(&scene.second, &seen).await.ok(200);
    let mut owner = inside(&scene.hub, &scene.college).await;
    let signed = "SELECT max(audit_size) FROM log_checkpoints";
    let before = count(signed, &mut owner).await;
    run("ALTER TABLE events DISABLE TRIGGER events_only_erased", &mut owner).await;
    run("UPDATE events SET kind = 'approved' WHERE kind = 'rejected'", &mut owner).await;
    sign(&scene).await;
    assert_eq!(count(signed, &mut owner).await, before);
    let alarms = "SELECT count(*) FROM events WHERE kind = 'issuance_log_alarm' AND text LIKE '%of the audit%'";
    assert_eq!(count(alarms, &mut owner).await, 1);

    run(
        "UPDATE events SET kind = 'rejected' WHERE kind = 'approved' AND text IS NOT NULL",
        &mut owner,
    )
    .await;
    assert_eq!(fault(&scene).await, None);
    sign(&scene).await;
    assert!(count(signed, &mut owner).await > before + 2);
}
