//! A hub that issued before it had a log gets one, with everything in it.

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use uuid::Uuid;

use crate::support_database::TestDatabase;

/// The migrations before this one, and this one.
const BEFORE: [&str; 3] = [
    include_str!("../../../migrations/20261122000001_platform.sql"),
    include_str!("../../../migrations/20261122000002_college.sql"),
    include_str!("../../../migrations/20261122000003_key_life.sql"),
];
const THIS: &str = include_str!("../../../migrations/20261122000004_issuance_log.sql");

async fn run(sql: impl Into<String>, connection: &mut PgConnection) {
    let sql: String = sql.into();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

#[tokio::test]
async fn what_was_issued_before_there_was_a_log_comes_first_in_it() {
    let database = TestDatabase::new().await;
    let mut owner = database.owner().await;
    run("DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE _sqlx_migrations (version bigint)", &mut owner).await;
    for migration in BEFORE {
        run(migration, &mut owner).await;
    }
    let colleges = [Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3)];
    for (college, rows) in colleges.iter().zip([5, 2, 0]) {
        run(format!(
            "INSERT INTO colleges (id, slug, skeleton, name, consent_version, consent_text, created_at)
             VALUES ('{college}', 'college-{}', '{college}', 'College', '1', '-', now());
             SELECT set_config('hub.college_id', '{college}', false)", college.as_u128()
        ), &mut owner).await;
        for row in 0..rows {
            // Written in another order than that of their issue; two of one moment.
            run(format!(
                "INSERT INTO issued_records VALUES ('{college}', '{}', {}, 'achievement', sha256('{row}'), timestamptz '2026-01-01' - interval '{} days')",
                Uuid::from_u128(row / 2), row % 2 + 1, row / 2
            ), &mut owner).await;
        }
    }
    run("SELECT set_config('hub.college_id', '', false)", &mut owner).await;
    let mut migration = owner.begin().await.unwrap();
    run(THIS, &mut migration).await;
    let left: Option<String> =
        sqlx::query_scalar("SELECT nullif(current_setting('hub.college_id', true), '')")
            .fetch_one(&mut *migration)
            .await
            .unwrap();
    assert_eq!(left, None, "no college is left set");
    migration.commit().await.unwrap();

    for (college, expected) in colleges.iter().zip([5_i64, 2, 0]) {
        run(format!("SELECT set_config('hub.college_id', '{college}', false)"), &mut owner).await;
        let rows = sqlx::query("SELECT log_index, row_number() OVER (ORDER BY issued_at, document_id, generation) - 1 FROM issued_records ORDER BY log_index")
            .fetch_all(&mut owner).await.unwrap();
        assert_eq!(rows.len() as i64, expected);
        for (row, place) in rows.iter().zip(0_i64..) {
            assert_eq!((row.get::<i64, _>(0), row.get::<i64, _>(1)), (place, place));
        }
        let size: i64 = sqlx::query_scalar("SELECT size FROM issuance_logs")
            .fetch_one(&mut owner)
            .await
            .unwrap();
        assert_eq!(size, expected);
    }
}

#[tokio::test]
async fn the_application_adds_to_the_log_and_rewrites_nothing_of_it() {
    let database = TestDatabase::new().await;
    let mut owner = database.owner().await;
    for table in
        ["issued_records", "log_hashes", "log_checkpoints", "log_timestamps", "issuance_logs"]
    {
        for right in ["UPDATE", "DELETE", "TRUNCATE"] {
            let query = format!("SELECT has_table_privilege('hub_app', '{table}', '{right}')");
            let may: bool =
                sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut owner).await.unwrap();
            assert!(!may, "{right} on {table}");
        }
    }
    let columns = "SELECT string_agg(table_name || '.' || column_name, ' ' ORDER BY 1) FROM information_schema.column_privileges
                   WHERE grantee = 'hub_app' AND privilege_type = 'UPDATE' AND (table_name ~ '^log_' OR table_name IN ('issuance_logs', 'issued_records'))";
    let columns: Option<String> = sqlx::query_scalar(columns).fetch_one(&mut owner).await.unwrap();
    assert_eq!(columns.as_deref(), Some("issuance_logs.size"));
}
