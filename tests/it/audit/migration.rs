//! A hub that was used before there was a chain gets one, with everything in it.

use hub::domain::audit::{Entry, Head, Words};
use hub::domain::ids::CollegeId;
use sqlx::{Connection, Row};
use uuid::Uuid;

use super::run;
use crate::support_database::TestDatabase;

const THIS: &str = "20261123000010_audit_chain.sql";

#[tokio::test]
async fn what_was_done_before_there_was_a_chain_comes_first_in_it() {
    let database = TestDatabase::new().await;
    let mut owner = database.owner().await;
    run("DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE _sqlx_migrations (version bigint)", &mut owner).await;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.as_str() <= THIS)
        .collect();
    names.sort_unstable();
    assert_eq!(names.pop().as_deref(), Some(THIS));
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    for name in &names {
        run(&read(name), &mut owner).await;
    }
    let colleges = [Uuid::from_u128(1), Uuid::from_u128(2)];
    for (college, rows) in colleges.iter().zip([6, 0]) {
        run(&format!(
            "INSERT INTO colleges (id, slug, skeleton, name, consent_version, consent_text, created_at)
             VALUES ('{college}', 'college-{}', '{college}', 'College', '1', '-', now());
             SELECT set_config('hub.college_id', '{college}', false)", college.as_u128()
        ), &mut owner).await;
        for row in (0..rows).rev() {
            run(&format!(
                "INSERT INTO events VALUES ('{college}', '{}', {}, 'approved', {}, timestamptz '2026-01-01 10:00:00.123457+05:30', {}, '{}')",
                Uuid::from_u128(row + 1),
                if row % 2 == 0 { "NULL, NULL".to_owned() } else { format!("'{}', 2", Uuid::from_u128(9)) },
                if row % 3 == 0 { "NULL, NULL".to_owned() } else { format!("'{}', 'faculty'", Uuid::from_u128(8)) },
                ["NULL", "''", "'சான்று\n+2'"][row as usize % 3],
                if row == 4 { "{\"z\": 1.50, \"a\": [\"\\u00e9\", null]}" } else { "{}" },
            ), &mut owner).await;
        }
    }
    run("SELECT set_config('hub.college_id', '', false)", &mut owner).await;
    let mut migration = owner.begin().await.unwrap();
    run(&read(THIS), &mut migration).await;
    let left = "SELECT nullif(current_setting('hub.college_id', true), '')";
    let left: Option<String> = sqlx::query_scalar(left).fetch_one(&mut *migration).await.unwrap();
    assert_eq!(left, None, "no college is left set");
    migration.commit().await.unwrap();

    for (college, expected) in colleges.iter().zip([6_usize, 0]) {
        run(&format!("SELECT set_config('hub.college_id', '{college}', false)"), &mut owner).await;
        let rows = sqlx::query(
            "SELECT seq, id, at, kind, actor_id, actor_role, achievement_id, revision, salt, text, data::text, words_hash, hash
             FROM events ORDER BY seq",
        )
        .fetch_all(&mut owner)
        .await
        .unwrap();
        assert_eq!(rows.len(), expected);
        let mut head = Head::of_nothing(CollegeId(*college));
        for (row, place) in rows.iter().zip(1..) {
            let bytes = |column: usize| row.get::<Vec<u8>, _>(column);
            let words =
                Words { salt: bytes(8).try_into().unwrap(), text: row.get(9), data: row.get(10) };
            let entry = Entry {
                seq: row.get(0),
                id: row.get(1),
                at: row.get(2),
                kind: row.get(3),
                actor: row.get(4),
                role: row.get(5),
                achievement: row.get(6),
                revision: row.get(7),
                words_hash: words.commitment(),
                words: Some(words),
            };
            assert_eq!((entry.seq, entry.id), (place, Uuid::from_u128(place as u128)));
            assert_eq!(bytes(11), entry.words_hash);
            head = head.after(&entry.digest());
            assert_eq!(bytes(12), head.hash);
        }
        let kept =
            sqlx::query("SELECT size, hash FROM audit_chains").fetch_one(&mut owner).await.unwrap();
        assert_eq!(
            (kept.get::<i64, _>(0), kept.get::<Vec<u8>, _>(1)),
            (head.size, head.hash.to_vec())
        );
    }
}
