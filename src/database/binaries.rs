//! The system's Postgres: from a setting, else the newest installed, else on the PATH.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::StartError;

/// Where Debian keeps its versions, each in a folder named by its number.
const INSTALLED: &str = "/usr/lib/postgresql";

/// A folder with `postgres` and `initdb`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binaries {
    folder: PathBuf,
    major: u32,
}

impl Binaries {
    /// The binaries to use: of the major version `wanted`, where there is a cluster already.
    pub(super) fn find(
        setting: Option<&Path>,
        cluster: &Path,
        wanted: Option<u32>,
    ) -> Result<Self, StartError> {
        let folders = match setting {
            Some(folder) => vec![folder.to_owned()],
            None => installed(Path::new(INSTALLED)).into_iter().chain(on_path()).collect(),
        };
        let found: Vec<_> = folders.into_iter().filter_map(Self::in_folder).collect();
        let chosen = found.iter().find(|one| wanted.is_none_or(|major| one.major == major));
        match (chosen, wanted) {
            (Some(chosen), _) => Ok(chosen.clone()),
            (None, Some(wanted)) if !found.is_empty() => Err(StartError::OtherVersion {
                cluster: cluster.to_owned(),
                wanted,
                found: found.iter().map(|one| one.major.to_string()).collect::<Vec<_>>().join(", "),
            }),
            (None, _) => {
                let at = setting.map(|folder| format!(" in {}", folder.display()));
                Err(StartError::NoBinaries(at.unwrap_or_default()))
            }
        }
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    fn in_folder(folder: PathBuf) -> Option<Self> {
        if !folder.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
        let major = major_in(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { folder, major })
    }
}

/// The folders below `root`, newest version first.
fn installed(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(root) else { return Vec::new() };
    let mut versions: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let major = entry.file_name().to_str()?.parse().ok()?;
            Some((major, entry.path().join("bin")))
        })
        .collect();
    versions.sort_unstable_by(|one, other| other.cmp(one));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

/// The folders of the PATH that hold a `postgres`, behind links: `initdb` may have none there.
fn on_path() -> Vec<PathBuf> {
    let Some(path) = std::env::var_os("PATH") else { return Vec::new() };
    std::env::split_paths(&path)
        .filter_map(|folder| {
            let program = folder.join("postgres");
            let real = program.canonicalize().ok()?;
            let beside = real.parent()?;
            // A wrapper script stands alone; then both names must be on the PATH.
            Some(if beside.join("initdb").is_file() { beside.to_owned() } else { folder })
        })
        .collect()
}

/// The number in `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`, or in `… 18beta1`.
fn major_in(version: &str) -> Option<u32> {
    let number = version.strip_prefix("postgres (PostgreSQL) ")?;
    let digits = number.find(|character: char| !character.is_ascii_digit()).unwrap_or(number.len());
    number[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_prints() {
        let debian = "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n";
        assert_eq!(major_in(debian), Some(15));
        assert_eq!(major_in("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_in("something else 15\n"), None);
    }

    #[test]
    fn the_newest_is_the_highest_number_not_the_last_word() {
        let folder = TempDir::new().unwrap();
        for name in ["9", "15", "17", "common"] {
            fs::create_dir_all(folder.path().join(name).join("bin")).unwrap();
        }
        let names: Vec<_> = installed(folder.path())
            .iter()
            .map(|path| path.strip_prefix(folder.path()).unwrap().display().to_string())
            .collect();
        assert_eq!(names, ["17/bin", "15/bin", "9/bin"]);
        assert!(installed(&folder.path().join("missing")).is_empty());
    }

    #[test]
    fn a_cluster_is_run_by_its_own_major_version_or_not_at_all() {
        let folder = TempDir::new().unwrap();
        for name in ["postgres", "initdb"] {
            let path = folder.path().join(name);
            fs::write(&path, "#!/bin/sh\necho 'postgres (PostgreSQL) 16.4'\n").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let find = |wanted| Binaries::find(Some(folder.path()), Path::new("/cluster"), wanted);
        assert_eq!(find(None).unwrap().major, 16);
        assert_eq!(find(Some(16)).unwrap().major, 16);
        let error = find(Some(15)).unwrap_err().to_string();
        assert!(error.contains("made by Postgres 15") && error.contains("found: 16"), "{error}");
    }

    #[test]
    fn a_setting_without_postgres_in_it_is_named() {
        let folder = TempDir::new().unwrap();
        let error = Binaries::find(Some(folder.path()), Path::new("/cluster"), None).unwrap_err();
        assert!(error.to_string().contains(&folder.path().display().to_string()), "{error}");
    }
}
