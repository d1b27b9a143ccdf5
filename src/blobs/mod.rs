//! Evidence bytes, kept by digest.
//!
//! A file lies at `<root>/<college>/ab/cd/<sha-256>`: it belongs to one college, and the same
//! bytes in two colleges are two files. What `finish` has returned survives a power cut, so the
//! row that names the digest may be committed after it, never before. A crash in between leaves
//! a file without a row, or a temporary one; `stored_before` and `sweep_temporaries` find them.
#![forbid(unsafe_code)]

mod receive;
mod sweep;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sha2::Digest as _;
use thiserror::Error;

use crate::domain::ids::CollegeId;

pub use receive::{BlobWriter, ReceiveError, Received};

/// The SHA-256 of a file: its name here.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

/// Why a file could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// This college has no such file.
    #[error("the college has no file {0}")]
    Missing(Digest),
    /// The bytes on the disk are no longer those that were received.
    #[error("the file {0} is damaged: its bytes have another digest")]
    Damaged(Digest),
    /// The file system refused.
    #[error("could not read a file: {0}")]
    Io(#[from] io::Error),
}

/// Files on this machine's file system.
#[derive(Clone, Debug)]
pub struct Blobs {
    root: PathBuf,
}

impl Blobs {
    /// Files under this folder, which is made (0700) where it is missing.
    pub async fn open(root: impl Into<PathBuf>) -> io::Result<Self> {
        let root = root.into();
        receive::create_folder(&root).await?;
        Ok(Self { root })
    }

    /// Begin to receive a file of at most `max_bytes` for a college.
    pub async fn receive(
        &self,
        college: CollegeId,
        max_bytes: u64,
    ) -> Result<BlobWriter, ReceiveError> {
        BlobWriter::begin(&self.root, college, max_bytes).await
    }

    /// All bytes of a file, checked against its digest.
    pub async fn read(&self, college: CollegeId, digest: Digest) -> Result<Vec<u8>, ReadError> {
        let bytes =
            tokio::fs::read(self.path(college, digest)).await.map_err(missing_or_io(digest))?;
        if Digest::of(&bytes) != digest {
            return Err(ReadError::Damaged(digest));
        }
        Ok(bytes)
    }

    /// A file to stream from; its bytes are not checked against the digest.
    pub async fn open_file(
        &self,
        college: CollegeId,
        digest: Digest,
    ) -> Result<tokio::fs::File, ReadError> {
        tokio::fs::File::open(self.path(college, digest)).await.map_err(missing_or_io(digest))
    }

    /// Whether the college has this file.
    pub async fn exists(&self, college: CollegeId, digest: Digest) -> io::Result<bool> {
        tokio::fs::try_exists(self.path(college, digest)).await
    }

    /// Remove a file for good; `false` where there was none.
    ///
    /// Erasure: after this returns, a power cut does not bring the file back.
    pub async fn remove(&self, college: CollegeId, digest: Digest) -> io::Result<bool> {
        let path = self.path(college, digest);
        match tokio::fs::remove_file(&path).await {
            Ok(()) => receive::sync_folder(parent(&path)).await.map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn path(&self, college: CollegeId, digest: Digest) -> PathBuf {
        path_of(&self.root, college, digest)
    }
}

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Digest {
    /// 64 lower-case hex digits.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for Digest {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

fn path_of(root: &Path, college: CollegeId, digest: Digest) -> PathBuf {
    let name = digest.to_string();
    root.join(college.to_string()).join(&name[..2]).join(&name[2..4]).join(&name)
}

fn parent(path: &Path) -> &Path {
    path.parent().expect("every path here lies under the root")
}

/// File system work away from the threads that serve requests.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

fn missing_or_io(digest: Digest) -> impl FnOnce(io::Error) -> ReadError {
    move |error| match error.kind() {
        io::ErrorKind::NotFound => ReadError::Missing(digest),
        _ => ReadError::Io(error),
    }
}

#[cfg(test)]
mod tests;
