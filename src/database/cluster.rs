//! Making a cluster, and the processes that work in it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::account::no_setpriv;
use super::binaries::Binaries;
use super::place::{Place, sync_folder};
use super::{PORT, SUPERUSER, StartError, io_error};

/// A log larger than this begins anew at the next start.
const LONGEST_LOG: u64 = 8 << 20;

/// How long processes of an earlier run may take to end, before they are ended.
const PATIENCE_WITH_LEFTOVERS: Duration = Duration::from_secs(30);

/// What the settings of every cluster here are. Durability is spelt out: it is a promise.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "max_connections=100",
    "shared_buffers=128MB",
    "fsync=on",
    "full_page_writes=on",
    "synchronous_commit=on",
    // Small transactions, and a container's /dev/shm is small, too.
    "jit=off",
    "max_parallel_workers_per_gather=0",
    "timezone=UTC",
    "log_timezone=UTC",
    // No values in the log: statements and details name people.
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
];

/// The major version of the cluster, where there is one.
pub(super) fn version(place: &Place) -> Result<Option<u32>, StartError> {
    let cluster = place.cluster();
    if !cluster.exists() {
        return Ok(None);
    }
    // Read under root or as the owner; made by a rename, so never half there.
    let text = std::fs::read_to_string(cluster.join("PG_VERSION"))
        .map_err(|_| StartError::NotACluster(cluster.clone()))?;
    text.trim().parse().map(Some).map_err(|_| StartError::NotACluster(cluster))
}

/// Make a cluster beside its place, then rename it: one that is there is whole. What a crash left
/// of an earlier attempt is thrown away.
pub(super) fn make(place: &Place, binaries: &Binaries) -> Result<(), StartError> {
    let draft = place.draft();
    end_leftovers(&draft, Signal::KILL)?;
    match std::fs::remove_dir_all(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(io_error(&draft)(error));
        }
        Ok(()) | Err(_) => {}
    }
    let mut initdb = place.account.command("KILL", &binaries.initdb());
    initdb.arg("--pgdata").arg(&draft);
    initdb.args(["--username", SUPERUSER, "--auth-local=trust", "--auth-host=reject"]);
    initdb.args(["--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]);
    let output = initdb.output().map_err(no_setpriv)?;
    if !output.status.success() {
        return Err(StartError::Initdb(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    std::fs::rename(&draft, place.cluster()).map_err(io_error(&draft))?;
    sync_folder(&place.base).map_err(io_error(&place.base))
}

/// Start the postmaster. The caller's thread must outlive it: the signal at the hub's death is
/// tied to the thread that started the process.
pub(super) fn spawn(place: &Place, binaries: &Binaries) -> Result<Child, StartError> {
    let log = open_log(&place.log).map_err(io_error(&place.log))?;
    let mut postgres = place.account.command("INT", &binaries.postgres());
    postgres.arg("-D").arg(place.cluster());
    postgres.arg("-k").arg(&place.socket);
    postgres.arg("-p").arg(PORT.to_string());
    for setting in SETTINGS {
        postgres.arg("-c").arg(setting);
    }
    postgres.stdout(log.try_clone().map_err(io_error(&place.log))?).stderr(log);
    postgres.spawn().map_err(no_setpriv)
}

/// Wait until no process works in a cluster any more, having told its postmaster to stop.
///
/// After a hub was killed, its Postgres is still writing; after a postmaster was killed, its
/// children take a moment to notice. Then the number in `postmaster.pid` may by now belong to
/// some other process, for which Postgres would refuse to start for ever (in a container, where
/// numbers repeat, it does): with nobody left inside, and no second hub, the file is stale.
pub(super) fn end_leftovers(cluster: &Path, signal: Signal) -> Result<(), StartError> {
    let pause = Duration::from_millis(20);
    let rounds = PATIENCE_WITH_LEFTOVERS.as_millis() / pause.as_millis();
    for round in 0..rounds {
        let leftovers = processes_in(cluster);
        if leftovers.is_empty() {
            break;
        }
        if round == 0 {
            tracing::warn!(
                processes = leftovers.len(),
                "Postgres of an earlier run is still there"
            );
            signal_postmaster(cluster, &leftovers, signal);
        }
        std::thread::sleep(pause);
    }
    for process in processes_in(cluster) {
        let _ = kill_process(process, Signal::KILL);
    }
    let file = cluster.join("postmaster.pid");
    match std::fs::remove_file(&file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(&file)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The last lines of a log, for an error message.
pub(super) fn end_of_log(log: &Path) -> String {
    let read = || -> io::Result<String> {
        let mut file = File::open(log)?;
        let start = file.metadata()?.len().saturating_sub(2000);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    };
    read().unwrap_or_else(|error| format!("(unreadable: {error})"))
}

fn open_log(path: &Path) -> io::Result<File> {
    let file = File::options().append(true).create(true).mode(0o600).open(path)?;
    if file.metadata()?.len() > LONGEST_LOG {
        file.set_len(0)?;
    }
    Ok(file)
}

/// Every process of Postgres has the cluster as its working folder.
fn processes_in(cluster: &Path) -> Vec<Pid> {
    let Ok(cluster) = cluster.canonicalize() else { return Vec::new() };
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw)?;
            let folder = std::fs::read_link(entry.path().join("cwd")).ok()?;
            (folder == cluster).then_some(pid)
        })
        .collect()
}

fn signal_postmaster(cluster: &Path, leftovers: &[Pid], signal: Signal) {
    let postmaster = std::fs::read_to_string(cluster.join("postmaster.pid"))
        .ok()
        // A postgres without a postmaster, as initdb runs it, writes its number as a negative one.
        .and_then(|text| text.lines().next()?.trim().parse::<i32>().ok()?.checked_abs())
        .and_then(Pid::from_raw)
        .filter(|pid| leftovers.contains(pid));
    if let Some(postmaster) = postmaster {
        // It may have ended in this moment: the caller looks again.
        let _ = kill_process(postmaster, signal);
    }
}
