//! The JavaScript reference, measured in the same run, where Node and its modules are there.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

/// CPU nanoseconds of one document.
#[derive(Deserialize)]
pub(super) struct Measured {
    pub(super) issue: f64,
    pub(super) verify: f64,
}

/// The folder of the reference: the one named, or the one of a source tree.
pub(super) fn room(named: Option<&Path>) -> Option<PathBuf> {
    let room = named.unwrap_or_else(|| Path::new("tests/interop"));
    let is_there = room.join("bench.mjs").is_file() && room.join("node_modules").is_dir();
    (named.is_some() || is_there).then(|| room.to_owned())
}

/// Let it sign and check this document for some seconds.
pub(super) fn measure(room: &Path, credential: &Value) -> anyhow::Result<Measured> {
    let mut node = Command::new("node")
        .arg(room.join("bench.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("node cannot be started")?;
    let mut input = node.stdin.take().context("node has no input")?;
    input.write_all(credential.to_string().as_bytes())?;
    drop(input);
    let output = node.wait_with_output()?;
    anyhow::ensure!(output.status.success(), "the JavaScript reference has failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}
