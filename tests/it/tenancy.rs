//! The fence inside the database: what the catalogue promises, and what raw SQL gets to see.

use std::task::Poll;

use hub::domain::ids::CollegeId;
use hub::storage::{Database, DatabaseSettings};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use crate::support::{TestCollege, TestHub};
use crate::support_database::TestDatabase;

/// Tables that are read before a college is known; each row names its college all the same.
const PLATFORM: [&str; 7] = [
    "evidence_addresses",
    "jobs",
    "login_challenges",
    "logins",
    "one_time_tokens",
    "passkey_logins",
    "refresh_tokens",
];
/// Tables of no college.
const COMMON: [&str; 7] = [
    "_sqlx_migrations",
    "colleges",
    "held_colleges",
    "login_attempts",
    "login_places",
    "platform_keys",
    "platform_settings",
];

/// What is wrong with the fence, one sentence each.
async fn faults(owner: &mut PgConnection) -> Vec<String> {
    let mut faults = Vec::new();
    for (query, sentence) in [
        (
            "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relname = ANY($1)
               AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'college_id' AND NOT a.attisdropped)
               AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
            "lacks forced row-level security",
        ),
        (
            "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relname = ANY($1) AND NOT EXISTS (
                 SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'college_id' AND a.attnotnull)
               AND NOT c.relname = ANY($2)",
            "names no college and is not on the list of common tables",
        ),
        (
            "SELECT p.tablename || '.' || p.policyname FROM pg_policies p WHERE p.schemaname = 'public' AND NOT (
                 p.cmd = 'ALL' AND p.permissive = 'PERMISSIVE' AND p.policyname = 'one_college'
                 AND p.qual = p.with_check AND p.qual LIKE '(college_id = (NULLIF(current_setting(''hub.college_id''%')",
            "is a policy of another kind",
        ),
        (
            "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind = 'v'
               AND NOT coalesce(c.reloptions @> ARRAY['security_invoker=true'] OR c.reloptions @> ARRAY['security_invoker=on'], false)",
            "is a view with its owner's rights",
        ),
        (
            "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind IN ('m', 'f')",
            "is a materialised view or a foreign table",
        ),
        (
            "SELECT p.proname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public' AND p.prosecdef",
            "is a function with its owner's rights",
        ),
        (
            "SELECT f.conname::text FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE f.contype = 'f' AND n.nspname = 'public' AND f.confrelid::regclass::text <> 'colleges' AND NOT EXISTS (
                 SELECT FROM unnest(f.conkey, f.confkey) AS pair (here, there)
                 JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = pair.here AND a.attname = 'college_id'
                 JOIN pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = pair.there AND b.attname = 'college_id')",
            "is a foreign key that does not carry the college",
        ),
    ] {
        let query = sqlx::query_scalar::<_, String>(AssertSqlSafe(query));
        let query = match sentence {
            "lacks forced row-level security" => query.bind(PLATFORM.as_slice()),
            "names no college and is not on the list of common tables" => query.bind(PLATFORM.as_slice()).bind(COMMON.as_slice()),
            _ => query,
        };
        let names = query.fetch_all(&mut *owner).await.unwrap();
        faults.extend(names.into_iter().map(|name| format!("{name} {sentence}")));
    }
    faults
}

async fn run(sql: impl Into<String>, connection: &mut PgConnection) {
    let sql: String = sql.into();
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
}

async fn count(sql: String, connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn the_catalogue_holds_what_the_architecture_promises() {
    let database = TestDatabase::new().await;
    assert_eq!(faults(&mut database.owner().await).await, [""; 0]);
}

#[tokio::test]
async fn the_lint_of_the_catalogue_finds_each_kind_of_hole() {
    let database = TestDatabase::new().await;
    let mut owner = database.owner().await;
    for (hole, expected) in [
        (
            "CREATE TABLE notes (college_id uuid NOT NULL, text text)",
            "notes lacks forced row-level security",
        ),
        (
            "ALTER TABLE members NO FORCE ROW LEVEL SECURITY",
            "members lacks forced row-level security",
        ),
        (
            "ALTER TABLE members DISABLE ROW LEVEL SECURITY",
            "members lacks forced row-level security",
        ),
        (
            "CREATE TABLE notes (text text)",
            "notes names no college and is not on the list of common tables",
        ),
        (
            "CREATE POLICY everybody ON members USING (true)",
            "members.everybody is a policy of another kind",
        ),
        (
            "ALTER POLICY one_college ON members WITH CHECK (true)",
            "members.one_college is a policy of another kind",
        ),
        (
            "CREATE VIEW everybody AS SELECT * FROM members",
            "everybody is a view with its owner's rights",
        ),
        (
            "CREATE MATERIALIZED VIEW everybody AS SELECT * FROM members",
            "everybody is a materialised view or a foreign table",
        ),
        (
            "CREATE FUNCTION peek() RETURNS bigint SECURITY DEFINER LANGUAGE sql AS 'SELECT 1::bigint'",
            "peek is a function with its owner's rights",
        ),
        (
            "CREATE UNIQUE INDEX members_by_id ON members (id); ALTER TABLE decisions ADD CONSTRAINT shortcut FOREIGN KEY (decided_by) REFERENCES members (id)",
            "shortcut is a foreign key that does not carry the college",
        ),
    ] {
        let mut transaction = owner.begin().await.unwrap();
        run(hole, &mut transaction).await;
        assert_eq!(faults(&mut transaction).await, [expected], "{hole}");
        transaction.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn the_application_role_owns_nothing_and_rewrites_no_history() {
    let database = TestDatabase::new().await;
    let mut owner = database.owner().await;
    let row = sqlx::query(
        "SELECT r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolcanlogin,
                (SELECT count(*) FROM pg_class c WHERE c.relowner = r.oid),
                (SELECT count(*) FROM pg_auth_members m WHERE m.member = r.oid)
         FROM pg_roles r WHERE r.rolname = 'hub_app'",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!((row.get::<bool, _>(0), row.get::<i64, _>(1), row.get::<i64, _>(2)), (false, 0, 0));
    for table in ["events", "issued_records"] {
        for right in ["UPDATE", "DELETE", "TRUNCATE"] {
            let may =
                format!("SELECT has_table_privilege('hub_app', '{table}', '{right}')::int::bigint");
            assert_eq!(count(may, &mut owner).await, 0, "{right} on {table}");
        }
    }
    let truncates = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                     WHERE n.nspname = 'public' AND c.relkind = 'r' AND has_table_privilege('hub_app', c.oid, 'TRUNCATE')";
    assert_eq!(
        count(truncates.to_owned(), &mut owner).await,
        0,
        "TRUNCATE knows no row-level security"
    );
}

/// Two colleges with people in them, and a connection under the application role.
async fn two_colleges() -> (TestHub, TestCollege, TestCollege, PgConnection) {
    let hub = TestHub::start().await;
    let (one, two) = (hub.college("sarvodaya").await, hub.college("vidyapeeth").await);
    for college in [&one, &two] {
        college.student("Kavya Iyer").await;
        college.unconfirmed_student("Rohan Das").await;
    }
    let mut connection = hub.database.owner().await;
    run("SET ROLE hub_app", &mut connection).await;
    (hub, one, two, connection)
}

async fn tenant_tables(connection: &mut PgConnection) -> Vec<String> {
    let query = "SELECT tablename::text FROM pg_policies WHERE schemaname = 'public' ORDER BY 1";
    let tables: Vec<String> = sqlx::query_scalar(query).fetch_all(connection).await.unwrap();
    assert!(tables.len() >= 20, "{tables:?}");
    tables
}

async fn enter(college: CollegeId, connection: &mut PgConnection) {
    run(format!("SELECT set_config('hub.college_id', '{college}', true)"), connection).await;
}

#[tokio::test]
async fn without_a_college_there_are_no_rows_and_inside_one_only_its_own() {
    let (_hub, one, two, mut connection) = two_colleges().await;
    let tables = tenant_tables(&mut connection).await;
    for table in &tables {
        assert_eq!(
            count(format!("SELECT count(*) FROM {table}"), &mut connection).await,
            0,
            "{table}"
        );
    }
    let mut filled = 0;
    for college in [&one, &two] {
        let mut transaction = connection.begin().await.unwrap();
        enter(college.id, &mut transaction).await;
        for table in &tables {
            let foreign =
                format!("SELECT count(*) FROM {table} WHERE college_id <> '{}'", college.id);
            assert_eq!(count(foreign, &mut transaction).await, 0, "{table}");
            filled +=
                count(format!("SELECT least(count(*), 1) FROM {table}"), &mut transaction).await;
        }
        transaction.commit().await.unwrap();
    }
    assert!(filled >= 14, "the probes ran against rows: {filled}");
    // The setting died with its transaction: what a pooler hands on sees nothing.
    assert_eq!(count("SELECT count(*) FROM members".to_owned(), &mut connection).await, 0);
}

#[tokio::test]
async fn nothing_is_written_into_or_moved_to_another_college() {
    let (_hub, one, two, mut connection) = two_colleges().await;
    let mut transaction = connection.begin().await.unwrap();
    enter(one.id, &mut transaction).await;
    let foreign = two.id;
    for statement in [
        format!(
            "INSERT INTO departments (college_id, id, code, name) VALUES ('{foreign}', gen_random_uuid(), 'X', 'X')"
        ),
        format!("UPDATE departments SET college_id = '{foreign}'"),
        format!(
            "INSERT INTO events (college_id, id, kind, at) VALUES ('{foreign}', gen_random_uuid(), 'forged', now())"
        ),
    ] {
        let mut savepoint = transaction.begin().await.unwrap();
        let error =
            savepoint.execute(sqlx::raw_sql(AssertSqlSafe(statement.clone()))).await.unwrap_err();
        assert!(error.to_string().contains("row-level security"), "{statement}: {error}");
        savepoint.rollback().await.unwrap();
    }
    for statement in [
        format!("UPDATE members SET state = 'deactivated' WHERE college_id = '{foreign}'"),
        format!("DELETE FROM roster WHERE college_id = '{foreign}'"),
    ] {
        let done = transaction.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await.unwrap();
        assert_eq!(done.rows_affected(), 0);
    }
}

#[tokio::test]
async fn switching_the_row_security_or_the_role_off_shows_nothing() {
    let (hub, _one, _two, mut connection) = two_colleges().await;
    run("SET row_security = off", &mut connection).await;
    let error = connection.execute("SELECT * FROM members").await.unwrap_err();
    assert!(error.to_string().contains("row-level security"), "{error}");
    run("SET row_security = on; RESET ROLE", &mut connection).await;
    assert_eq!(
        count("SELECT count(*) FROM members".to_owned(), &mut connection).await,
        0,
        "the owner stands behind the fence too"
    );
    run("SET ROLE hub_app", &mut connection).await;
    assert!(connection.execute("ALTER TABLE members DISABLE ROW LEVEL SECURITY").await.is_err());
    assert!(connection.execute("CREATE POLICY everybody ON members USING (true)").await.is_err());
    assert!(connection.execute("SET SESSION AUTHORIZATION postgres").await.is_err());

    let pool = hub.database.connect().await;
    let mut stranger = pool.tenant(CollegeId(uuid::Uuid::from_u128(7))).await.unwrap();
    assert_eq!(stranger.departments().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_connection_that_a_client_left_in_a_transaction_is_cleaned_before_the_next_use() {
    let test = TestDatabase::new().await;
    let settings = DatabaseSettings { connections: 1, ..test.settings() };
    let database = Database::connect(&settings).await.unwrap();
    let college = CollegeId(uuid::Uuid::from_u128(7));
    let mut cut_off = 0;
    for round in 0..300 {
        // A request whose client leaves after some steps: axum drops its future where it stands.
        if cancel_after(round % 3, database.tenant(college)).await {
            cut_off += 1;
        }
        database.fix_setting(&format!("round {round}"), "kept").await.unwrap();
    }
    assert!(cut_off >= 100, "{cut_off} were cut off");
    let mut owner = test.owner().await;
    let kept = count("SELECT count(*) FROM platform_settings".to_owned(), &mut owner).await;
    assert_eq!(kept, 300, "every acknowledged write is there");
}

/// Let a future take this many steps and drop it. True where it was not finished.
async fn cancel_after<T>(steps: u32, future: impl Future<Output = T>) -> bool {
    let mut future = std::pin::pin!(future);
    let mut left = steps;
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(false),
        Poll::Pending if left == 0 => Poll::Ready(true),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}
