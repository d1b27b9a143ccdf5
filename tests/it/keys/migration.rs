//! A hub that had keys and portfolios before this migration keeps them, and knows which key signed what.

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use uuid::Uuid;

use crate::support_database::TestDatabase;

/// The migrations before this one, and this one.
const BEFORE: [&str; 2] = [
    include_str!("../../../migrations/20261122000001_platform.sql"),
    include_str!("../../../migrations/20261122000002_college.sql"),
];
const THIS: &str = include_str!("../../../migrations/20261122000003_key_life.sql");

async fn run(sql: impl Into<String>, connection: &mut PgConnection) {
    let sql: String = sql.into();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

#[tokio::test]
async fn portfolios_from_before_get_the_keys_that_signed_them() {
    let database = TestDatabase::new().await;
    let mut owner = database.owner().await;
    run("DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE _sqlx_migrations (version bigint)", &mut owner).await;
    for migration in BEFORE {
        run(migration, &mut owner).await;
    }
    let colleges = [Uuid::from_u128(1), Uuid::from_u128(2)];
    for college in colleges {
        let number = college.as_u128();
        run(format!(
            "INSERT INTO colleges (id, slug, skeleton, name, consent_version, consent_text, created_at)
             VALUES ('{college}', 'college-{number}', '{college}', 'College', '1', '-', now());
             SELECT set_config('hub.college_id', '{college}', false);
             INSERT INTO members (college_id, id, email, full_name, state, student, subject_id, created_at)
             VALUES ('{college}', '{college}', 's@x.example', 'Arun', 'confirmed', true, '{college}', now())"
        ), &mut owner).await;
        // A key for credentials and one for files until March, another of each since.
        for (id, purpose, from, until) in [
            (11, "credentials", "2026-01-01", Some("2026-03-01")),
            (12, "credentials", "2026-03-01", None),
            (21, "documents", "2026-01-01", Some("2026-03-01")),
            (22, "documents", "2026-03-01", None),
        ] {
            let (state, sealed, retired) = match until {
                Some(until) => ("retired", "NULL", format!("'{until}'")),
                None => ("active", "'x'", "NULL".to_owned()),
            };
            run(format!(
                "INSERT INTO signing_keys (college_id, id, purpose, algorithm, kid, public_key, sealed, seal_version, state, created_at, activated_at, retired_at)
                 VALUES ('{college}', '{}', '{purpose}', 'Ed25519', 'key-{number}-{id}', 'x', {sealed}, 1, '{state}', '{from}', '{from}', {retired})",
                Uuid::from_u128(number * 100 + id)
            ), &mut owner).await;
        }
        for (id, key, at, status) in
            [(1, 11, "2026-02-01", "active"), (2, 12, "2026-04-01", "revoked")]
        {
            run(format!(
                "INSERT INTO portfolios (college_id, id, student_id, inputs_hash, locale, template, partial, list_number, list_index, status,
                                         document, compact, file_sha256, file_size, created_at)
                 VALUES ('{college}', '{}', '{college}', sha256('{id}'), 'en', 'classic', false, 1, {id}, '{status}',
                         '{{\"proof\": [{{\"verificationMethod\": \"did:web:x:colleges:college-{number}#key-{number}-{key}\"}}]}}', 'x', 'x', 1, '{at}')",
                Uuid::from_u128(number * 100 + id)
            ), &mut owner).await;
        }
    }
    run("SELECT set_config('hub.college_id', '', false)", &mut owner).await;
    let mut migration = owner.begin().await.unwrap();
    run(THIS, &mut migration).await;
    migration.commit().await.unwrap();

    let forced: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_class WHERE relname IN ('signing_keys', 'portfolios', 'members', 'confirmations') AND relforcerowsecurity")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(forced, 4, "the fence stands again");
    for college in colleges {
        let number = college.as_u128();
        run(format!("SELECT set_config('hub.college_id', '{college}', false)"), &mut owner).await;
        let rows = sqlx::query(
            "SELECT key_id, document_key_id, revoke_reason FROM portfolios ORDER BY list_index",
        )
        .fetch_all(&mut owner)
        .await
        .unwrap();
        let key = |id: u128| Some(Uuid::from_u128(number * 100 + id));
        let expected = [(key(11), key(21), None), (key(12), key(22), Some("contains_revoked"))];
        assert_eq!(rows.len(), expected.len());
        for (row, (credentials, documents, reason)) in rows.iter().zip(expected) {
            assert_eq!(row.get::<Option<Uuid>, _>(0), credentials);
            assert_eq!(row.get::<Option<Uuid>, _>(1), documents);
            assert_eq!(row.get::<Option<&str>, _>(2), reason);
        }
    }
}
