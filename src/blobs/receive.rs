//! Receiving a file: temporary file, sync, rename to the digest's path, sync the folder.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::io::{AsyncWriteExt, BufWriter};
use uuid::Uuid;

use crate::domain::ids::CollegeId;

use super::{Digest, blocking, parent, path_of};

/// Where unfinished files of a college lie: on the same file system as the finished ones.
pub(super) const INCOMING: &str = "incoming";

/// How much is gathered before the disk is asked: uploads arrive in small pieces.
const BUFFER: usize = 256 * 1024;

/// Why a file was not received.
#[derive(Debug, Error)]
pub enum ReceiveError {
    /// More bytes than were allowed; nothing is kept.
    #[error("the file is larger than {max_bytes} bytes")]
    TooLarge {
        /// The limit.
        max_bytes: u64,
    },
    /// The file system refused, or is full; nothing is kept.
    #[error("could not store a file: {0}")]
    Io(#[from] io::Error),
}

/// What was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// The SHA-256 of the bytes: what `Blobs` knows the file by.
    pub digest: Digest,
    /// How many bytes.
    pub size: u64,
}

/// A file that is being received. Dropped before `finish`, it leaves nothing.
pub struct BlobWriter {
    root: PathBuf,
    college: CollegeId,
    max_bytes: u64,
    size: u64,
    hasher: Sha256,
    file: BufWriter<tokio::fs::File>,
    temporary: Temporary,
}

impl BlobWriter {
    pub(super) async fn begin(
        root: &Path,
        college: CollegeId,
        max_bytes: u64,
    ) -> Result<Self, ReceiveError> {
        let folder = root.join(college.to_string()).join(INCOMING);
        create_folder(&folder).await?;
        #[expect(clippy::disallowed_methods, reason = "a name nobody reads; O_EXCL settles a tie")]
        let path = folder.join(Uuid::new_v4().to_string());
        let file = blocking({
            let path = path.clone();
            move || OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
        })
        .await?;
        Ok(Self {
            root: root.to_owned(),
            college,
            max_bytes,
            size: 0,
            hasher: Sha256::new(),
            file: BufWriter::with_capacity(BUFFER, tokio::fs::File::from_std(file)),
            temporary: Temporary(Some(path)),
        })
    }

    /// Take the next bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), ReceiveError> {
        let size = self.size.saturating_add(bytes.len() as u64);
        if size > self.max_bytes {
            return Err(ReceiveError::TooLarge { max_bytes: self.max_bytes });
        }
        self.size = size;
        self.hasher.update(bytes);
        Ok(self.file.write_all(bytes).await?)
    }

    /// How many bytes were taken so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Keep the file under its digest. When this returns, it survives a power cut.
    pub async fn finish(mut self) -> Result<Received, ReceiveError> {
        self.file.flush().await?;
        self.file.get_ref().sync_all().await?;
        let received =
            Received { digest: Digest(self.hasher.clone().finalize().into()), size: self.size };

        let target = path_of(&self.root, self.college, received.digest);
        create_folder(parent(&target)).await?;
        // Over a file of the same digest, too: the same bytes, whole, even if those were damaged.
        let temporary = self.temporary.0.as_ref().expect("only finish takes it, and only once");
        tokio::fs::rename(temporary, &target).await?;
        self.temporary.0 = None;
        sync_folder(parent(&target)).await?;
        Ok(received)
    }
}

/// The temporary file's path, until it is renamed; dropped earlier, the file goes.
struct Temporary(Option<PathBuf>);

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // One unlink, no data to wait for. If it fails, the sweeper finds the file.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Make a folder (0700) with its parents, each of them synced into the one above.
pub(super) async fn create_folder(folder: &Path) -> io::Result<()> {
    let folder = folder.to_owned();
    blocking(move || create_folder_now(&folder)).await
}

fn create_folder_now(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => sync_folder_now(above(folder)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create_folder_now(above(folder))?;
            create_folder_now(folder)
        }
        Err(error) => Err(error),
    }
}

/// Write the folder's entries to the disk: a rename is lasting only after this.
pub(super) async fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = folder.to_owned();
    blocking(move || sync_folder_now(&folder)).await
}

fn sync_folder_now(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn above(folder: &Path) -> &Path {
    folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
