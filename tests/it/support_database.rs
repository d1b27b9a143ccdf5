//! A migrated database of its own for each test that asks.
//!
//! The server is the throw-away one of `tests/postgres.sh`, shared by all test processes, or the
//! one at `HUB_TEST_DATABASE_URL` (a role that may make databases and roles). A template is
//! migrated once per state of `migrations/`; each test gets a copy, which goes when it ends.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use hub::storage::{Database, DatabaseSettings};
use sha2::{Digest, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

/// A database that lives as long as this value.
pub struct TestDatabase {
    name: String,
    /// Its address, as its owner: what `HUB_DATABASE_URL` would be.
    pub url: String,
}

impl TestDatabase {
    /// A new database with the whole schema and no rows.
    pub async fn new() -> Self {
        let template = template().await;
        let name = format!("test_{}", Uuid::new_v4().simple());
        let mut server = PgConnection::connect(server()).await.unwrap();
        run(&mut server, format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"))
            .await;
        server.close().await.unwrap();
        let url = url_of(&name);
        Self { name, url }
    }

    /// What `Database::connect` takes.
    pub fn settings(&self) -> DatabaseSettings {
        DatabaseSettings { url: self.url.clone(), admin_url: None, connections: 4, pooled: false }
    }

    /// The hub's view of it: under the application role.
    pub async fn connect(&self) -> Database {
        Database::connect(&self.settings()).await.unwrap()
    }

    /// A connection as the owner, under row-level security like everybody else.
    pub async fn owner(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let name = std::mem::take(&mut self.name);
        // A thread, because a test's runtime cannot be entered a second time.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let mut server = PgConnection::connect(server()).await.unwrap();
                run(&mut server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
            });
        });
        if dropped.join().is_err() && !std::thread::panicking() {
            panic!("the test's database could not be dropped");
        }
    }
}

/// The address of the server.
fn server() -> &'static str {
    static SERVER: OnceLock<String> = OnceLock::new();
    SERVER.get_or_init(|| {
        if let Ok(url) = std::env::var("HUB_TEST_DATABASE_URL") {
            return url;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postgres.sh");
        let output = Command::new(script).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    })
}

fn url_of(database: &str) -> String {
    let mut url = server().to_owned();
    // A socket's path stands in the host, percent-encoded: the last slash starts the database.
    let (address, parameters) = url.split_once('?').unwrap_or((&url, ""));
    let slash = address.rfind('/').unwrap();
    let parameters = if parameters.is_empty() { String::new() } else { format!("?{parameters}") };
    url = format!("{}/{database}{parameters}", &address[..slash]);
    url
}

/// The name of the migrated template, made by whoever comes first.
async fn template() -> &'static str {
    static TEMPLATE: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
    TEMPLATE.get_or_init(make_template).await
}

async fn make_template() -> String {
    let name = format!("hub_template_{}", &migrations_digest()[..16]);
    let options: PgConnectOptions = server().parse().unwrap();
    let mut server = PgConnection::connect_with(&options).await.unwrap();
    run(&mut server, "SELECT pg_advisory_lock(7235420)").await;
    let exists = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
    let exists: bool = sqlx::query_scalar(exists).bind(&name).fetch_one(&mut server).await.unwrap();
    if !exists {
        // Under another name until it is whole.
        let draft = format!("{name}_new");
        run(&mut server, format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)")).await;
        run(&mut server, format!("CREATE DATABASE {draft}")).await;
        let settings = DatabaseSettings {
            url: url_of(&draft),
            admin_url: None,
            connections: 1,
            pooled: false,
        };
        Database::migrate(&settings).await.unwrap();
        run(&mut server, format!("ALTER DATABASE {draft} RENAME TO {name}")).await;
    }
    // The lock ends with the connection.
    server.close().await.unwrap();
    name
}

fn migrations_digest() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort_unstable();
    let mut digest = Sha256::new();
    for file in files {
        digest.update(file.file_name().unwrap().as_encoded_bytes());
        digest.update(std::fs::read(&file).unwrap());
    }
    hex::encode(digest.finalize())
}

async fn run(server: &mut PgConnection, statement: impl Into<String>) {
    let statement: String = statement.into();
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(server).await.unwrap();
}

#[tokio::test]
async fn every_test_gets_an_empty_migrated_database_of_its_own() {
    let (one, two) = tokio::join!(TestDatabase::new(), TestDatabase::new());
    assert_ne!(one.url, two.url);
    for database in [&one, &two] {
        let mut owner = database.owner().await;
        let colleges: i64 = sqlx::query_scalar("SELECT count(*) FROM colleges")
            .fetch_one(&mut owner)
            .await
            .unwrap();
        assert_eq!(colleges, 0);
        database.connect().await.check_migrated().await.unwrap();
    }
    let name = one.name.clone();
    drop(one);
    let mut owner = two.owner().await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_database WHERE datname = $1")
        .bind(name)
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(left, 0);
}
