//! The seals of all keys at once: looked at, and put under another master key.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use hub::app::lockout::Visit;
use hub::app::log_in::{self, Credentials};
use hub::app::{App, Parts, PublicUrl, seals};
use hub::blobs::Blobs;
use hub::keystore::{Keystore, MissingMasterKey};
use hub::mailer::Mailer;
use hub::renderer::Renderer;
use sqlx::Connection;

use crate::support::{PASSWORD, TestCollege, TestHub};

/// A command of the program, on this hub's database and master key.
pub fn command(arguments: &[&str], hub: &TestHub) -> Command {
    let mut command = hub.command();
    command.args(arguments);
    command
}

/// Whether it went well, and what it said on standard output and error.
pub fn run(mut command: Command) -> (bool, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.success(), text(stdout), text(stderr))
}

fn verify_seals(hub: &TestHub, master_key: &str) -> (bool, String, String) {
    let mut command = command(&["key", "verify-seals"], hub);
    command.env("HUB_MASTER_KEY_FILE", hub.folder().join(master_key));
    run(command)
}

fn rewrap(hub: &TestHub, old: &str, new: &str) -> (bool, String, String) {
    run(rewrap_command(hub, old, new))
}

fn rewrap_command(hub: &TestHub, old: &str, new: &str) -> Command {
    let new = hub.folder().join(new);
    let mut command =
        command(&["key", "rewrap", "--new-master-key-file", new.to_str().unwrap()], hub);
    command.env("HUB_MASTER_KEY_FILE", hub.folder().join(old));
    command
}

async fn inside(hub: &TestHub, college: &TestCollege) -> sqlx::PgConnection {
    let mut owner = hub.database.owner().await;
    sqlx::query("SELECT set_config('hub.college_id', $1, false)")
        .bind(college.id.to_string())
        .execute(&mut owner)
        .await
        .unwrap();
    owner
}

/// Every seal of a college, in a fixed order.
async fn seals_of(hub: &TestHub, college: &TestCollege) -> Vec<(Vec<u8>, i32)> {
    sqlx::query_as(
        "SELECT sealed, seal_version FROM signing_keys WHERE sealed IS NOT NULL ORDER BY id",
    )
    .fetch_all(&mut inside(hub, college).await)
    .await
    .unwrap()
}

/// Put the seal of one college's key into the row of another college's key; the kid of that row.
async fn move_a_seal(from: &TestCollege, to: &TestCollege, hub: &TestHub) -> String {
    let sealed: Vec<u8> =
        sqlx::query_scalar("SELECT sealed FROM signing_keys WHERE purpose = 'credentials'")
            .fetch_one(&mut inside(hub, from).await)
            .await
            .unwrap();
    sqlx::query_scalar(
        "UPDATE signing_keys SET sealed = $1 WHERE purpose = 'credentials' RETURNING kid",
    )
    .bind(sealed)
    .fetch_one(&mut inside(hub, to).await)
    .await
    .unwrap()
}

#[tokio::test]
async fn whole_seals_are_listed_and_a_moved_one_is_named() {
    let hub = TestHub::start().await;
    let (anna, bose) = (hub.college("anna").await, hub.college("bose").await);
    let (well, table, complaint) = verify_seals(&hub, "master.key");
    assert!(well, "{table}{complaint}");
    for word in
        ["platform", "receipts", "anna", "bose", "credentials", "documents", "authority", "whole"]
    {
        assert!(table.contains(word), "{word}: {table}");
    }

    let kid = move_a_seal(&anna, &bose, &hub).await;
    let (well, table, complaint) = verify_seals(&hub, "master.key");
    assert!(!well);
    assert!(complaint.contains(&format!("bose {kid}")), "{complaint}");
    assert_eq!(complaint.matches("does not open").count(), 1, "{complaint}");
    assert!(table.contains("whole"), "the others are still listed: {table}");
}

#[tokio::test]
async fn a_seal_over_the_wrong_public_key_is_named() {
    let hub = TestHub::start().await;
    let anna = hub.college("anna").await;
    sqlx::query("UPDATE signing_keys SET public_key = decode(repeat('58', 32), 'hex') WHERE purpose = 'credentials'")
        .execute(&mut inside(&hub, &anna).await)
        .await
        .unwrap();
    let (well, _, complaint) = verify_seals(&hub, "master.key");
    assert!(!well);
    assert!(complaint.contains("does not belong to this public key"), "{complaint}");
}

#[tokio::test]
async fn a_new_master_key_opens_every_key_and_the_old_one_none() {
    let hub = TestHub::start().await;
    let colleges = [hub.college("anna").await, hub.college("bose").await];
    let keys =
        2 + seals_of(&hub, &colleges[0]).await.len() + seals_of(&hub, &colleges[1]).await.len();

    let (well, said, complaint) = rewrap(&hub, "master.key", "next.key");
    assert!(well, "{complaint}");
    assert!(said.contains(&format!("{keys} keys of 2 colleges")), "{said}");
    assert!(said.contains("hub key verify-seals"), "{said}");

    let (well, table, complaint) = verify_seals(&hub, "next.key");
    assert!(well, "{table}{complaint}");
    let (well, _, complaint) = verify_seals(&hub, "master.key");
    assert!(!well);
    assert_eq!(complaint.matches("another master key").count(), keys, "{complaint}");

    // Once more: everything is there already.
    let before = seals_of(&hub, &colleges[0]).await;
    let (well, said, complaint) = rewrap(&hub, "master.key", "next.key");
    assert!(well, "{complaint}");
    assert!(
        said.contains("0 keys of 2 colleges and the platform were sealed anew under"),
        "{said}"
    );
    assert!(said.contains(&format!("{keys} were before")), "{said}");
    assert_eq!(seals_of(&hub, &colleges[0]).await, before);

    for college in &colleges {
        let told: i64 =
            sqlx::query_scalar("SELECT count(*) FROM events WHERE kind = 'keys_sealed_anew'")
                .fetch_one(&mut inside(&hub, college).await)
                .await
                .unwrap();
        assert_eq!(told, 1, "each college is told once");
    }
}

#[tokio::test]
async fn the_present_master_key_is_no_new_one() {
    let hub = TestHub::start().await;
    let (well, _, complaint) = rewrap(&hub, "master.key", "master.key");
    assert!(!well);
    assert!(complaint.contains("is the present one"), "{complaint}");
}

#[tokio::test]
async fn a_rewrap_killed_between_two_colleges_changes_nothing_and_can_be_done_again() {
    let hub = TestHub::start().await;
    let (anna, bose) = (hub.college("anna").await, hub.college("bose").await);
    let before = [seals_of(&hub, &anna).await, seals_of(&hub, &bose).await];

    // Whoever holds the keys of the second college makes it wait there.
    let mut holder = inside(&hub, &bose).await;
    let mut held = holder.begin().await.unwrap();
    sqlx::query("SELECT id FROM signing_keys FOR UPDATE").execute(&mut *held).await.unwrap();
    let mut rewrapping = rewrap_command(&hub, "master.key", "next.key")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut watcher = hub.database.owner().await;
    loop {
        let waits: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                            AND wait_event_type = 'Lock' AND query LIKE '%signing_keys%FOR UPDATE%')",
        )
        .fetch_one(&mut watcher)
        .await
        .unwrap();
        if waits {
            break;
        }
        assert!(rewrapping.try_wait().unwrap().is_none(), "it ended before it was killed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    rewrapping.kill().unwrap();
    rewrapping.wait().unwrap();
    held.rollback().await.unwrap();

    // The killed one's connection may still be ending: its locks go with it.
    let mut held = holder.begin().await.unwrap();
    sqlx::query("SELECT id FROM signing_keys FOR UPDATE").execute(&mut *held).await.unwrap();
    held.rollback().await.unwrap();
    assert_eq!([seals_of(&hub, &anna).await, seals_of(&hub, &bose).await], before);
    let (well, table, complaint) = verify_seals(&hub, "master.key");
    assert!(well, "{table}{complaint}");

    let (well, _, complaint) = rewrap(&hub, "master.key", "next.key");
    assert!(well, "{complaint}");
    let (well, table, complaint) = verify_seals(&hub, "next.key");
    assert!(well, "{table}{complaint}");
}

#[tokio::test]
async fn a_broken_seal_stops_a_rewrap_before_anything_is_changed() {
    let hub = TestHub::start().await;
    let (anna, bose) = (hub.college("anna").await, hub.college("bose").await);
    let kid = move_a_seal(&anna, &bose, &hub).await;
    let before = [seals_of(&hub, &anna).await, seals_of(&hub, &bose).await];
    let (well, _, complaint) = rewrap(&hub, "master.key", "next.key");
    assert!(!well);
    assert!(complaint.contains("nothing was changed"), "{complaint}");
    assert!(complaint.contains(&format!("bose {kid}")), "{complaint}");
    assert_eq!([seals_of(&hub, &anna).await, seals_of(&hub, &bose).await], before);
}

#[tokio::test]
async fn the_dump_and_the_files_without_the_master_key_sign_nothing() {
    let hub = TestHub::start().await;
    let college = hub.college("anna").await;
    let stolen = hub.folder().join("stolen.key");
    let parts = Parts {
        database: hub.database.connect().await,
        keystore: Keystore::open(&stolen, MissingMasterKey::Create).unwrap(),
        blobs: Blobs::open(hub.folder().join("blobs")).await.unwrap(),
        pusher: hub::push::Pusher::public(),
        mailer: Mailer::memory(),
        renderer: Renderer::start(env!("CARGO_BIN_EXE_hub").into(), 1),
        timestamper: None,
        public_url: PublicUrl::parse(&hub.url).unwrap(),
        clock: chrono::Utc::now,
    };
    let thief = App::assemble(parts).await.unwrap();

    let reports = seals::verify(&thief).await.unwrap();
    assert_eq!(reports.len(), 2 + seals_of(&hub, &college).await.len());
    for report in reports {
        assert_eq!(report.fault.as_deref(), Some("the key is sealed under another master key"));
    }
    let credentials = Credentials {
        email: college.admin.email.clone(),
        password: PASSWORD.to_owned(),
        college: Some("anna".to_owned()),
    };
    assert!(log_in::log_in(credentials, Visit::default(), &thief).await.is_err(), "0 tokens");
    thief.close().await;
}
