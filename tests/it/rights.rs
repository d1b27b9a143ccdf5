//! Who may do what inside a college (B1): every operation of the OpenAPI document by every role.
//!
//! The table is `rights.txt`, to be read beside docs/workflow.md. A cell says what the gate of an operation answers to a
//! role that asks it of a student's things in its own department:
//! `y` let in (whatever comes of it), `-` 403, `n` 404: nothing to know of, `!` 401.
//! After a change: `HUB_TEST_WRITE=1 cargo test --test it rights::`, and read the difference.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::reach::hub_admin;
use crate::strangers::{ask, everybody, private_probes, public_operations, targets};
use crate::support::{Answer, TestHub};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/rights.txt");

fn cell(answer: &Answer) -> char {
    match (answer.status, answer.body["code"].as_str()) {
        (401, _) => '!',
        (403, Some("forbidden")) => '-',
        (404, _) => 'n',
        (500.., _) => '#',
        _ => 'y',
    }
}

#[tokio::test]
async fn every_operation_lets_in_the_roles_of_the_table_and_nobody_else() {
    let hub = TestHub::start_named().await;
    let college = hub.college("alpha").await;
    let owner = college.student("Student Of Alpha").await;
    let targets = targets(&college, &owner, &hub).await;
    let mut people = vec![("nobody", hub.anonymous())];
    let staff = everybody(&college).await;
    people.extend(staff.iter().filter(|(role, _)| *role != "admin").cloned());
    // One after the other, and last those whose acts change the most.
    people.push(("owner", owner));
    people.push(("admin", college.admin.clone()));
    people.push(("hub admin", hub_admin(&hub, "A Hub Admin").await));
    let probes = private_probes();
    let mut cells = vec![String::new(); probes.len()];
    for (_, person) in &people {
        for (probe, cells) in probes.iter().zip(&mut cells) {
            write!(cells, "{:<4}", cell(&ask(probe, person, &targets).await)).unwrap();
        }
    }
    let mut rows = BTreeMap::new();
    for (at, (probe, cells)) in probes.iter().zip(&cells).enumerate() {
        let path = probe.path.split('?').next().unwrap();
        rows.insert((path, at), format!("{:<7}{path:<68}{}", probe.method, cells.trim_end()));
    }
    for (at, (method, path)) in public_operations().into_iter().enumerate() {
        rows.insert((path, at), format!("{method:<7}{path:<68}anybody"));
    }
    let roles: String = ["PU", "ST", "OR", "FA", "HD", "IQ", "KM", "own", "CA", "SA"]
        .map(|role| format!("{role:<4}"))
        .concat();
    let mut table = format!("{:<75}{}\n", "", roles.trim_end());
    for row in rows.values() {
        table += row;
        table.push('\n');
    }
    if std::env::var_os("HUB_TEST_WRITE").is_some() {
        std::fs::write(TABLE, &table).unwrap();
    }
    let expected = std::fs::read_to_string(TABLE).unwrap_or_default();
    let differences: Vec<String> = expected
        .lines()
        .filter(|line| !table.lines().any(|row| row == *line))
        .map(|line| format!("expected {line}"))
        .chain(
            table
                .lines()
                .filter(|row| !expected.lines().any(|line| line == *row))
                .map(|row| format!("found    {row}")),
        )
        .collect();
    assert!(
        differences.is_empty(),
        "tests/it/rights.txt says otherwise:\n{}",
        differences.join("\n")
    );
    assert!(!table.contains('#'), "a request broke:\n{table}");
}
