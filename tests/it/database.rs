//! The embedded Postgres, for real: start, stop, kill, start again.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hub::database::{EmbeddedPostgres, PostgresOptions, StartError};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

/// A data folder that the account of Postgres can get to, also when the tests run as root.
fn data_dir() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let data = folder.path().join("data");
    (folder, data)
}

async fn start(data: &Path) -> EmbeddedPostgres {
    EmbeddedPostgres::start(data, &PostgresOptions::default()).await.unwrap()
}

async fn connect(postgres: &EmbeddedPostgres) -> PgConnection {
    PgConnection::connect(&postgres.url()).await.unwrap()
}

async fn write_note(postgres: &EmbeddedPostgres) {
    let mut connection = connect(postgres).await;
    sqlx::raw_sql("CREATE TABLE notes (text text); INSERT INTO notes VALUES ('kept')")
        .execute(&mut connection)
        .await
        .unwrap();
}

async fn note(postgres: &EmbeddedPostgres) -> String {
    let mut connection = connect(postgres).await;
    sqlx::query_scalar("SELECT text FROM notes").fetch_one(&mut connection).await.unwrap()
}

async fn setting(connection: &mut PgConnection, name: &str) -> String {
    sqlx::query_scalar("SELECT current_setting($1)").bind(name).fetch_one(connection).await.unwrap()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

/// Not gone, and not merely waiting for somebody to take note of its end: a zombie has no folder.
fn is_running(pid: u32) -> bool {
    fs::read_link(format!("/proc/{pid}/cwd")).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cluster_is_private_durable_and_not_run_by_root() {
    let (_folder, data) = data_dir();
    let postgres = start(&data).await;
    let mut connection = connect(&postgres).await;

    for (name, value) in [
        ("listen_addresses", ""),
        ("data_checksums", "on"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("server_encoding", "UTF8"),
        ("unix_socket_permissions", "0700"),
    ] {
        assert_eq!(setting(&mut connection, name).await, value, "{name}");
    }
    let (superuser, database): (bool, String) = sqlx::query_as(
        "SELECT rolsuper, current_database()::text FROM pg_roles WHERE rolname = current_user",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert!(!superuser, "the owner stands under row-level security");
    assert_eq!(database, "hub");
    let postmaster = postgres.postmaster().unwrap();
    let uid = fs::metadata(format!("/proc/{postmaster}")).unwrap().uid();
    assert_ne!(uid, 0);
    for folder in ["postgres", "postgres/cluster", "postgres/socket"] {
        let metadata = fs::metadata(data.join(folder)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o700, "{folder}");
        assert_eq!(metadata.uid(), uid, "{folder}");
    }
    connection.close().await.unwrap();
    postgres.stop().await;
    assert!(!is_running(postmaster));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_keeps_the_data() {
    let (_folder, data) = data_dir();
    let postgres = start(&data).await;
    write_note(&postgres).await;
    postgres.stop().await;

    let postgres = start(&data).await;
    assert_eq!(note(&postgres).await, "kept");
    postgres.stop().await;
    assert!(
        fs::read_to_string(data.join("postgres.log"))
            .unwrap()
            .contains("database system was shut down at")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_postmaster_is_started_again_with_the_data() {
    let (_folder, data) = data_dir();
    let postgres = start(&data).await;
    write_note(&postgres).await;
    let first = postgres.postmaster().unwrap();

    kill(first);

    let recovered = async {
        loop {
            if postgres.postmaster().is_some_and(|pid| pid != first)
                && PgConnection::connect(&postgres.url()).await.is_ok()
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), recovered).await.unwrap();
    assert_eq!(note(&postgres).await, "kept");
    postgres.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_hub_on_the_same_data_is_refused() {
    let (_folder, data) = data_dir();
    let postgres = start(&data).await;
    let second = EmbeddedPostgres::start(&data, &PostgresOptions::default()).await;
    assert!(matches!(second, Err(StartError::InUse(_))));
    postgres.stop().await;
    start(&data).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_that_was_cut_off_begins_anew() {
    let (_folder, data) = data_dir();
    // What initdb leaves when it is killed: a folder with some files, no finished cluster.
    let draft = data.join("postgres/cluster.new");
    fs::create_dir_all(draft.join("base/1")).unwrap();
    fs::write(draft.join("PG_VERSION"), "15\n").unwrap();

    let postgres = start(&data).await;

    write_note(&postgres).await;
    assert!(!draft.exists());
    postgres.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_number_of_a_postmaster_does_not_keep_postgres_down() {
    let (_folder, data) = data_dir();
    let postgres = start(&data).await;
    write_note(&postgres).await;
    postgres.stop().await;
    // After a crash in a container, the old number often belongs to another process: here, to us.
    let file = data.join("postgres/cluster/postmaster.pid");
    let cluster = data.join("postgres/cluster");
    let text = format!("{}\n{}\n0\n5432\n", std::process::id(), cluster.display());
    fs::write(&file, text).unwrap();

    let postgres = start(&data).await;
    assert_eq!(note(&postgres).await, "kept");
    postgres.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_data_path_gets_its_socket_in_a_short_folder() {
    let (folder, _) = data_dir();
    let data = folder.path().join("d".repeat(80)).join("e".repeat(80));
    fs::create_dir_all(&data).unwrap();
    let postgres = start(&data).await;
    write_note(&postgres).await;
    assert!(!data.join("postgres/socket").exists());
    let options: PgConnectOptions = postgres.url().parse().unwrap();
    let socket = options.get_socket().unwrap().clone();
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o700);
    postgres.stop().await;
    assert!(!socket.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn under_root_a_closed_folder_on_the_way_moves_the_cluster_elsewhere_for_good() {
    if !is_root() {
        eprintln!("not run as root: Postgres then runs as ourselves, who reach the folder");
        return;
    }
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let data = folder.path().join("data");
    let postgres = start(&data).await;
    write_note(&postgres).await;
    postgres.stop().await;
    let noted = fs::read_to_string(data.join("postgres.elsewhere")).unwrap();
    let elsewhere = PathBuf::from(noted.trim());
    assert!(elsewhere.starts_with("/var/lib/smart-student-hub"), "{elsewhere:?}");

    let postgres = start(&data).await;
    assert_eq!(note(&postgres).await, "kept");
    postgres.stop().await;
    fs::remove_dir_all(elsewhere).unwrap();
}

/// A process of its own that runs Postgres until it is killed: this test binary, once more.
struct OtherHub(Child);

impl OtherHub {
    fn start(data: &Path) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "database::the_other_hub_of_the_tests_here", "--ignored"])
            .env("HUB_TEST_OTHER_DATA", data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by other tests, in a process of its own"]
async fn the_other_hub_of_the_tests_here() {
    let Some(data) = std::env::var_os("HUB_TEST_OTHER_DATA").map(PathBuf::from) else { return };
    let postgres = start(&data).await;
    write_note(&postgres).await;
    fs::write(data.join("ready"), postgres.postmaster().unwrap().to_string()).unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_stops_cleanly_when_its_hub_is_killed_and_the_next_start_is_at_once() {
    let (_folder, data) = data_dir();
    let other = OtherHub::start(&data);
    let postmaster = wait_for(|| fs::read_to_string(data.join("ready")).ok()?.parse().ok()).await;

    other.kill();

    // Not waiting for the old one to end: that is the start's own task.
    let postgres = start(&data).await;
    assert!(!is_running(postmaster));
    assert_eq!(note(&postgres).await, "kept");
    postgres.stop().await;
    let log = fs::read_to_string(data.join("postgres.log")).unwrap();
    assert!(log.contains("received fast shutdown request"), "{log}");
    assert!(!log.contains("not properly shut down"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_killed_at_any_moment_of_its_first_start_starts_the_next_time() {
    let (_folder, data) = data_dir();
    for pause in [100, 400, 900, 1600] {
        let other = OtherHub::start(&data);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        other.kill();
    }
    let postgres = start(&data).await;
    connect(&postgres).await.close().await.unwrap();
    postgres.stop().await;
}

async fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), found).await.unwrap()
}
