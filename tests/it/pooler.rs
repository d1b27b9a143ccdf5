//! The fence through a pooler that hands servers on after each transaction (B2): Debian's pgbouncer.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::future::join_all;
use hub::storage::DatabaseSettings;
use serde_json::json;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

use crate::invariants::check_invariants;
use crate::lifecycle::{approved, submitted};
use crate::support::{TestCollege, TestHub};
use crate::support_database::TestDatabase;
use crate::workflow::approve;

/// A role as a pooled hub needs it: it owns nothing and is a plain member of the application's.
const ROLE: &str = "hub_pooled";

/// A pgbouncer with two servers for each database. Ends with the test.
struct Pooler {
    child: Child,
    folder: TempDir,
    database: String,
}

impl Pooler {
    async fn start(database: &TestDatabase) -> Self {
        let options: PgConnectOptions = database.url.parse().unwrap();
        let mut owner = database.owner().await;
        // Roles belong to the whole cluster, and other tests make this one too.
        let role = format!(
            "SELECT pg_advisory_lock(7235421); DO $$ BEGIN CREATE ROLE {ROLE} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
             GRANT hub_app TO {ROLE}; SELECT pg_advisory_unlock(7235421)"
        );
        owner.execute(sqlx::raw_sql(AssertSqlSafe(role))).await.unwrap();
        let folder = TempDir::new().unwrap();
        let server = options
            .get_socket()
            .map_or_else(|| options.get_host().to_owned(), |it| it.display().to_string());
        let settings = format!(
            "[databases]\n* = host={server} port={} user={ROLE}\n[pgbouncer]\nunix_socket_dir = {}\nlisten_port = 6432\n\
             auth_type = any\npool_mode = transaction\ndefault_pool_size = 2\nmax_client_conn = 100\n\
             ignore_startup_parameters = extra_float_digits\nlog_connections = 0\nlog_disconnections = 0\n",
            options.get_port(),
            folder.path().display()
        );
        std::fs::write(folder.path().join("pgbouncer.ini"), settings).unwrap();
        let child = start(folder.path());
        let pooler = Self { child, folder, database: options.get_database().unwrap().to_owned() };
        for _ in 0..200 {
            if PgConnection::connect(&pooler.url()).await.is_ok() {
                return pooler;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("pgbouncer does not answer");
    }

    fn url(&self) -> String {
        let socket = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://{ROLE}@{socket}:6432/{}", self.database)
    }

    async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.unwrap()
    }

    fn settings(&self, database: &TestDatabase) -> DatabaseSettings {
        let admin_url = Some(database.url.clone());
        DatabaseSettings { url: self.url(), admin_url, connections: 8, pooled: true }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// It refuses to run as root, as Postgres does.
fn start(folder: &Path) -> Child {
    let program = ["/usr/sbin/pgbouncer", "pgbouncer"]
        .into_iter()
        .find(|it| Command::new(it).arg("--version").output().is_ok());
    let mut command = Command::new(program.expect("there is pgbouncer: apt-get install pgbouncer"));
    let ids = Command::new("id").args(["-u", "postgres"]).output().unwrap();
    let postgres = String::from_utf8(ids.stdout).unwrap().trim().parse::<u32>();
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    if let (true, Ok(user)) = (root, postgres) {
        std::os::unix::fs::chown(folder, Some(user), None).unwrap();
        command.uid(user);
    }
    command
        .arg("pgbouncer.ini")
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

async fn count(sql: &str, connection: &mut PgConnection) -> i64 {
    let rows = connection.fetch_all(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await.unwrap();
    sqlx::Row::get(rows.last().unwrap(), 0)
}

fn inside(college: &TestCollege) -> String {
    format!("SELECT set_config('hub.college_id', '{}', true)", college.id)
}

#[tokio::test]
async fn a_handed_on_server_shows_the_rows_of_the_transactions_own_college_and_no_others() {
    let hub = TestHub::start().await;
    let colleges = [hub.college("sarvodaya").await, hub.college("vidyapeeth").await];
    colleges[0].student("Kavya Iyer").await;
    let pooler = Pooler::start(&hub.database).await;
    let mut clients = join_all((0..12).map(|_| pooler.connect())).await;
    for round in 0..20 {
        let asked = clients.iter_mut().enumerate().map(async |(number, client)| {
            let college = &colleges[(number + round) % 2];
            // Between its transactions, whatever server it meets, there is nothing.
            assert_eq!(count("SELECT count(*) FROM members", client).await, 0);
            let sql = format!(
                "BEGIN; {}; SELECT count(*) * 1000 + count(*) FILTER (WHERE college_id <> '{}') FROM members",
                inside(college),
                college.id
            );
            let found = count(&sql, client).await;
            assert_eq!((found % 1000, found >= 1000), (0, true));
            client.execute("COMMIT").await.unwrap();
        });
        join_all(asked).await;
    }
    // The probe can fail: a setting of the session, which the hub never makes, is handed on with the server.
    let leak = format!("SELECT set_config('hub.college_id', '{}', false)", colleges[0].id);
    clients[0].execute(sqlx::raw_sql(AssertSqlSafe(leak))).await.unwrap();
    let mut seen = 0;
    for client in &mut clients[1..] {
        seen += count("SELECT count(*) FROM members", client).await;
    }
    assert!(seen > 0, "this pooler keeps sessions apart: it proves nothing");
}

#[tokio::test]
async fn a_pooled_role_can_neither_step_up_nor_switch_the_fence_off() {
    let hub = TestHub::start().await;
    let college = hub.college("sarvodaya").await;
    let pooler = Pooler::start(&hub.database).await;
    let mut client = pooler.connect().await;
    for statement in [
        "SET ROLE hub",
        "SET SESSION AUTHORIZATION hub",
        "ALTER TABLE members DISABLE ROW LEVEL SECURITY",
        "CREATE POLICY everybody ON members USING (true)",
        "UPDATE events SET kind = 'x'",
        "DELETE FROM issued_records",
        "BEGIN; SET LOCAL row_security = off; SELECT * FROM members",
    ] {
        client.execute(statement).await.unwrap_err();
        client.execute("ROLLBACK").await.unwrap();
    }
    let foreign = Uuid::new_v4();
    let insert = format!(
        "BEGIN; {}; INSERT INTO departments (college_id, id, code, name) VALUES ('{foreign}', gen_random_uuid(), 'X', 'X')",
        inside(&college)
    );
    let error = client.execute(sqlx::raw_sql(AssertSqlSafe(insert))).await.unwrap_err();
    assert!(error.to_string().contains("row-level security"), "{error}");
}

#[tokio::test]
async fn the_main_flow_runs_through_a_pooler() {
    let database = TestDatabase::new().await;
    let pooler = Pooler::start(&database).await;
    let settings = pooler.settings(&database);
    let hub = TestHub::start_reaching(database, settings).await;
    let colleges = [hub.college("sarvodaya").await, hub.college("vidyapeeth").await];
    let mut people = Vec::new();
    for college in &colleges {
        let student = college.student("Kavya Iyer").await;
        let faculty = college.faculty("Dr. Rao").await;
        approved(&student, &faculty, "Relay").await;
        let mut items = Vec::new();
        for number in 0..6 {
            items.push(submitted(&student, &format!("Item {number}")).await);
        }
        people.push((student, faculty, items));
    }
    // Two servers for eight connections of the hub: each meets what another prepared.
    let at_once = people.iter().flat_map(|(student, faculty, items)| {
        items.iter().map(async move |seen| {
            let (decided, list) =
                tokio::join!(approve(faculty, seen), student.get("/api/achievements/"));
            decided.ok(200);
            assert_eq!(list.ok(200)["results"].as_array().unwrap().len(), 7);
        })
    });
    join_all(at_once).await;
    for (student, _, _) in &people {
        student.post("/api/portfolio/exports/", json!({})).await.ok(201);
    }
    hub.mails().await;
    check_invariants(&hub).await;
    // Nobody may end another role's connections: the database could not be dropped with its own open.
    drop(pooler);
}
