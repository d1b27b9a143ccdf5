//! Where the cluster, its socket and its log lie.

use std::fs::{DirBuilder, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::account::Account;
use super::{StartError, io_error};

/// Where clusters go that cannot lie in the hub's own folder.
const ELSEWHERE: &str = "/var/lib/smart-student-hub";

/// `sun_path` has 108 bytes (unix(7)), with the final zero and the socket's own name in them.
const LONGEST_SOCKET_FOLDER: usize = 107 - "/.s.PGSQL.5432".len();

/// The places of one cluster. Holds the lock that keeps a second hub out.
pub(super) struct Place {
    /// The folder that is the account's own: the cluster and its drafts.
    pub(super) base: PathBuf,
    /// Who runs it.
    pub(super) account: Account,
    /// The folder of the socket.
    pub(super) socket: PathBuf,
    /// What Postgres prints; beside the base, where the account cannot swap it for a link.
    pub(super) log: PathBuf,
    _lock: File,
}

impl Place {
    pub(super) fn find(data_dir: &Path, user: Option<&str>) -> Result<Self, StartError> {
        // Passable, not readable: the account must get through to its own folder below.
        DirBuilder::new()
            .recursive(true)
            .mode(0o711)
            .create(data_dir)
            .map_err(io_error(data_dir))?;
        let data_dir = data_dir.canonicalize().map_err(io_error(data_dir))?;
        let lock = lock(&data_dir)?;
        let (base, account) = find_base(&data_dir, user)?;
        let socket = make_socket_folder(&base, &account)?;
        Ok(Self { base, account, socket, log: data_dir.join("postgres.log"), _lock: lock })
    }

    /// The finished cluster.
    pub(super) fn cluster(&self) -> PathBuf {
        self.base.join("cluster")
    }

    /// The cluster while it is being made.
    pub(super) fn draft(&self) -> PathBuf {
        self.base.join("cluster.new")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.socket.starts_with(&self.base) {
            // Only where it is empty, as it is after a clean stop.
            let _ = std::fs::remove_dir(&self.socket);
        }
    }
}

/// The system gives the lock back when the process ends, however it ends.
fn lock(data_dir: &Path) -> Result<File, StartError> {
    let path = data_dir.join("postgres.lock");
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(io_error(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::InUse(data_dir.to_owned())),
        Err(TryLockError::Error(error)) => Err(io_error(&path)(error)),
    }
}

/// `data_dir/postgres`; where the account cannot get there (a home folder of root, say), a folder
/// under /var/lib, noted in a file so that the data finds it again.
fn find_base(data_dir: &Path, user: Option<&str>) -> Result<(PathBuf, Account), StartError> {
    let note = data_dir.join("postgres.elsewhere");
    let noted = match std::fs::read_to_string(&note) {
        Ok(text) => Some(PathBuf::from(text.trim_end())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(io_error(&note)(error)),
    };
    let base = noted.unwrap_or_else(|| data_dir.join("postgres"));
    let cluster = base.join("cluster");
    let account = Account::choose(&cluster, user)?;
    make_base(&base, &account)?;
    if account.reaches(&base)? {
        return Ok((base, account));
    }
    let unreachable = StartError::Unreachable {
        because: closed_folder(&base)
            .map(|folder| format!(", because {} is closed to others", folder.display()))
            .unwrap_or_default(),
        folder: base.clone(),
        uid: account.uid,
    };
    if cluster.exists() {
        // Never quietly a second, empty database.
        return Err(unreachable);
    }
    #[expect(clippy::disallowed_methods, reason = "a name that no earlier cluster has")]
    let name = uuid::Uuid::new_v4().simple().to_string();
    let elsewhere = Path::new(ELSEWHERE).join(&name[..8]);
    let parent = DirBuilder::new().recursive(true).mode(0o711).create(ELSEWHERE);
    parent.map_err(io_error(Path::new(ELSEWHERE)))?;
    make_base(&elsewhere, &account)?;
    if !account.reaches(&elsewhere)? {
        return Err(unreachable);
    }
    write_note(&note, &elsewhere).map_err(io_error(&note))?;
    tracing::warn!(
        folder = %elsewhere.display(),
        note = %note.display(),
        "{unreachable}; until then the database lies elsewhere"
    );
    Ok((elsewhere, account))
}

fn make_base(base: &Path, account: &Account) -> Result<(), StartError> {
    DirBuilder::new().recursive(true).mode(0o700).create(base).map_err(io_error(base))?;
    match account.own(base) {
        // A file system that knows no owners: whether it works all the same is asked next.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        done => done.map_err(io_error(base)),
    }
}

fn write_note(note: &Path, elsewhere: &Path) -> io::Result<()> {
    let draft = note.with_extension("elsewhere.new");
    let mut file = File::create(&draft)?;
    writeln!(file, "{}", elsewhere.display())?;
    file.sync_all()?;
    std::fs::rename(&draft, note)?;
    sync_folder(note.parent().expect("the note lies in the data folder"))
}

/// Make what was renamed in a folder lasting.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The first folder on the way down that others may not pass.
fn closed_folder(folder: &Path) -> Option<&Path> {
    let parents: Vec<_> = folder.ancestors().skip(1).collect();
    parents.into_iter().rev().find(|parent| {
        std::fs::metadata(parent).is_ok_and(|metadata| metadata.permissions().mode() & 0o001 == 0)
    })
}

/// Beside the cluster where the path is short enough, else in a short folder of our own.
fn make_socket_folder(base: &Path, account: &Account) -> Result<PathBuf, StartError> {
    let beside = base.join("socket");
    let folder = if beside.as_os_str().len() <= LONGEST_SOCKET_FOLDER {
        beside
    } else {
        let digest = hex::encode(&Sha256::digest(base.as_os_str().as_encoded_bytes())[..8]);
        let runtime = std::env::var_os("XDG_RUNTIME_DIR")
            .map(PathBuf::from)
            .filter(|runtime| {
                runtime.metadata().is_ok_and(|metadata| metadata.uid() == account.uid)
                    && runtime.as_os_str().len() + 40 <= LONGEST_SOCKET_FOLDER
            })
            .unwrap_or_else(|| PathBuf::from("/tmp"));
        runtime.join(format!("hub-postgres-{digest}"))
    };
    match DirBuilder::new().mode(0o700).create(&folder) {
        Ok(()) => account.own(&folder).map_err(io_error(&folder))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(io_error(&folder)(error)),
    }
    // /tmp is everybody's: what stands there must be a folder, ours, and closed.
    let metadata = std::fs::symlink_metadata(&folder).map_err(io_error(&folder))?;
    let private = metadata.is_dir()
        && metadata.uid() == account.uid
        && metadata.permissions().mode() & 0o077 == 0;
    if private { Ok(folder) } else { Err(StartError::SocketFolder(folder)) }
}
