//! The master key: 32 random bytes in a file outside the database, as 64 hex digits.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rand::TryRng;
use rand::rngs::SysRng;
use thiserror::Error;
use zeroize::Zeroizing;

use super::secret_file::{self, ReadSecretError};

/// The bytes of a master key, wiped when dropped.
pub(super) type MasterKey = Zeroizing<[u8; 32]>;

/// What to do where there is no master key file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingMasterKey {
    /// Make one: the first start of a hub.
    Create,
    /// Refuse to open.
    Refuse,
}

/// Why the master key could not be had.
#[derive(Debug, Error)]
pub enum OpenError {
    /// There is no such file, and none was to be made.
    #[error("there is no master key at {0}: restore it from its backup")]
    Missing(PathBuf),
    /// Others than the owner may read or write it.
    #[error(
        "the master key {path} has mode {mode:03o}: others could read it; run chmod 600 {path}"
    )]
    LoosePermissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not 64 hex digits.
    #[error("the file {0} is not a master key: 64 hex digits are expected")]
    Malformed(PathBuf),
    /// The system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Randomness,
    /// The file system refused.
    #[error("the master key {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Read the master key, or make one where it is missing and that was asked for.
pub(super) fn read_or_create(
    path: &Path,
    missing: MissingMasterKey,
) -> Result<MasterKey, OpenError> {
    match (read(path), missing) {
        (Err(OpenError::Missing(_)), MissingMasterKey::Create) => create(path),
        (found, MissingMasterKey::Create | MissingMasterKey::Refuse) => found,
    }
}

fn read(path: &Path) -> Result<MasterKey, OpenError> {
    let text = secret_file::read(path).map_err(|error| match error {
        ReadSecretError::Missing => OpenError::Missing(path.into()),
        ReadSecretError::Loose(mode) => OpenError::LoosePermissions { path: path.into(), mode },
        ReadSecretError::Io(source) => io_error(path)(source),
    })?;
    let mut key = MasterKey::default();
    let digits = text.trimmed().ok_or_else(|| OpenError::Malformed(path.into()))?;
    hex::decode_to_slice(digits, key.as_mut_slice())
        .map_err(|_| OpenError::Malformed(path.into()))?;
    Ok(key)
}

/// A new master key, which stands nowhere yet.
pub(super) fn draw() -> Result<MasterKey, OpenError> {
    let mut key = MasterKey::default();
    SysRng.try_fill_bytes(key.as_mut_slice()).map_err(|_| OpenError::Randomness)?;
    Ok(key)
}

fn create(path: &Path) -> Result<MasterKey, OpenError> {
    let key = draw()?;
    let mut text = Zeroizing::new([b'\n'; 65]);
    hex::encode_to_slice(key.as_slice(), &mut text[..64]).expect("32 bytes are 64 hex digits");

    // A half-written key under the final name would be taken for damage: write beside it, sync,
    // then link, which (unlike rename) never replaces a key that another process just made.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(io_error(folder))?;
    let mut draft = path.as_os_str().to_owned();
    let mut attempt = [0_u8; 8];
    SysRng.try_fill_bytes(&mut attempt).map_err(|_| OpenError::Randomness)?;
    draft.push(format!(".{}.new", hex::encode(attempt)));
    let draft = PathBuf::from(draft);
    let written = write_synced(&draft, text.as_slice())
        .and_then(|()| std::fs::hard_link(&draft, path))
        .and_then(|()| File::open(folder)?.sync_all());
    let removed = std::fs::remove_file(&draft);
    match written {
        Ok(()) => removed.map_err(io_error(&draft)).map(|()| key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(path),
        Err(error) => Err(io_error(path)(error)),
    }
}

fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_owned();
    move |source| OpenError::Io { path, source }
}
