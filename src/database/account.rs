//! Whom Postgres runs as: the hub's own user, or, under root, somebody with fewer rights.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{StartError, io_error};

/// An account, and whether rights must be dropped to become it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
    dropped: bool,
}

impl Account {
    /// The account for this cluster: its owner, where it exists; else ourselves, or, under root,
    /// the user asked for.
    pub(super) fn choose(cluster: &Path, user: Option<&str>) -> Result<Self, StartError> {
        let owner = match std::fs::metadata(cluster) {
            Ok(metadata) => Some((metadata.uid(), metadata.gid())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(io_error(cluster)(error)),
        };
        let own = rustix::process::geteuid();
        if !own.is_root() {
            return match owner {
                Some((uid, _)) if uid != own.as_raw() => {
                    Err(StartError::Foreign { folder: cluster.to_owned(), uid })
                }
                _ => Ok(Self {
                    uid: own.as_raw(),
                    gid: rustix::process::getegid().as_raw(),
                    dropped: false,
                }),
            };
        }
        if let Some((uid, gid)) = owner.filter(|(uid, _)| *uid != 0) {
            return Ok(Self { uid, gid, dropped: true });
        }
        let passwd = Path::new("/etc/passwd");
        let passwd = std::fs::read_to_string(passwd).map_err(io_error(passwd))?;
        let names = match user {
            Some(user) => vec![user],
            None => vec!["postgres", "nobody"],
        };
        names
            .iter()
            .find_map(|name| find_in(&passwd, name))
            .filter(|(uid, _)| *uid != 0)
            .map(|(uid, gid)| Self { uid, gid, dropped: true })
            .ok_or_else(|| StartError::NoAccount(names.join(" or ")))
    }

    /// A command that runs as this account, in a bare environment, and gets `signal` when the
    /// hub dies, however it dies (`prctl(2)`, `PR_SET_PDEATHSIG`).
    pub(super) fn command(&self, signal: &str, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--no-new-privs", "--pdeathsig", signal]);
        if self.dropped {
            let (uid, gid) = (self.uid, self.gid);
            command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}"));
            command.args(["--clear-groups", "--inh-caps=-all"]);
        }
        command.arg("--").arg(program);
        command.env_clear().env("LC_ALL", "C");
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        // Postgres needs a folder it may be in; ours may be closed to it.
        command.current_dir("/").stdin(Stdio::null());
        command
    }

    /// Make a folder of this account's own.
    pub(super) fn own(&self, folder: &Path) -> std::io::Result<()> {
        if self.dropped { chown(folder, Some(self.uid), Some(self.gid)) } else { Ok(()) }
    }

    /// Whether this account can work in a folder: asked of the system, by doing it.
    pub(super) fn reaches(&self, folder: &Path) -> Result<bool, StartError> {
        if !self.dropped {
            return Ok(true);
        }
        let mut asking = self.command("KILL", Path::new("test"));
        asking.arg("-w").arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(asking.status().map_err(no_setpriv)?.success())
    }
}

/// An error of starting `setpriv` itself.
pub(super) fn no_setpriv(error: std::io::Error) -> StartError {
    match error.kind() {
        std::io::ErrorKind::NotFound => StartError::NoSetpriv,
        _ => io_error(Path::new("setpriv"))(error),
    }
}

/// A user's numbers in the text of passwd(5).
fn find_in(passwd: &str, name: &str) -> Option<(u32, u32)> {
    let fields = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let user = fields.into_iter().find(|fields| fields.first() == Some(&name))?;
    Some((user.get(2)?.parse().ok()?, user.get(3)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name_only() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgres-old:x:7:7:::\npostgres:x:101:104:::\n";
        assert_eq!(find_in(passwd, "postgres"), Some((101, 104)));
        assert_eq!(find_in(passwd, "post"), None);
        assert_eq!(find_in("postgres:x:not a number", "postgres"), None);
    }
}
