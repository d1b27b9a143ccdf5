//! A token of the real SoftHSM 2 for each test, here and in `src/keystore/hsm`. Its library is initialised once for each
//! process and reads its configuration from the environment, so each test runs once more in a process of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Debian's.
pub(crate) const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
/// Its label.
pub(crate) const TOKEN: &str = "hub tests";
/// For its user.
pub(crate) const PIN: &str = "quiet-lane-7";
/// Where a process of its own has its token.
const FOLDER: &str = "HUB_TEST_HSM_FOLDER";

/// The folder with the token, and a file `pin`. None in the process that was asked for the test: it has run it in
/// another one, which has a token. `test` is the test's whole name; `options` go to the other process.
pub(crate) fn in_a_process_of_its_own(test: &str, options: &[&str]) -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return Some(folder.into());
    }
    let folder = TempDir::new().unwrap();
    let configuration = make_token(folder.path());
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .args(options)
        .env("SOFTHSM2_CONF", configuration)
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "no test is called {test}: {said}");
    if options.contains(&"--ignored") {
        // A measurement: its figures are what it is for.
        println!("{said}");
    }
    None
}

/// Put another PIN into a folder's file, for its owner only.
pub(crate) fn write_pin(pin: &str, folder: &Path) {
    let file = folder.join("pin");
    fs::write(&file, pin).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
}

fn make_token(folder: &Path) -> PathBuf {
    let configuration = folder.join("softhsm2.conf");
    let tokens = folder.join("tokens");
    fs::create_dir(&tokens).unwrap();
    let text = format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display());
    fs::write(&configuration, text).unwrap();
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", "so-quiet-7"])
        .env("SOFTHSM2_CONF", &configuration)
        .output()
        .expect("softhsm2 is installed: ./test does it");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    write_pin(&format!("{PIN}\n"), folder);
    configuration
}
