//! What crashes leave: temporary files, and files without a row.

use std::fs::DirEntry;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use crate::domain::ids::CollegeId;

use super::receive::INCOMING;
use super::{Blobs, Digest, blocking};

impl Blobs {
    /// Remove unfinished files last written before `older_than`; returns how many.
    ///
    /// `older_than` must lie further back than the longest upload takes.
    pub async fn sweep_temporaries(&self, older_than: SystemTime) -> io::Result<usize> {
        let root = self.root.clone();
        blocking(move || {
            let mut removed = 0;
            for college in entries(&root)? {
                for file in entries(&college.path().join(INCOMING))? {
                    removed += usize::from(remove_if_older(&file, older_than)?);
                }
            }
            Ok(removed)
        })
        .await
    }

    /// The files of a college that were stored before `older_than`, in the order of their digests.
    ///
    /// Those of them that no row names are orphans. `older_than` must lie further back than the
    /// longest transaction takes, for a file is stored before its row.
    pub async fn stored_before(
        &self,
        college: CollegeId,
        older_than: SystemTime,
    ) -> io::Result<Vec<Digest>> {
        let folder = self.root.join(college.to_string());
        blocking(move || {
            let mut digests = Vec::new();
            for outer in entries(&folder)?.iter().filter(|entry| entry.file_name() != INCOMING) {
                for inner in entries(&outer.path())? {
                    for file in entries(&inner.path())? {
                        let digest = file.file_name().to_str().and_then(|name| name.parse().ok());
                        let Some(digest) = digest else { continue };
                        if modified(&file)?.is_some_and(|at| at < older_than) {
                            digests.push(digest);
                        }
                    }
                }
            }
            digests.sort_unstable();
            Ok(digests)
        })
        .await
    }
}

fn remove_if_older(file: &DirEntry, older_than: SystemTime) -> io::Result<bool> {
    if modified(file)?.is_none_or(|at| at >= older_than) {
        return Ok(false);
    }
    match std::fs::remove_file(file.path()) {
        Ok(()) => Ok(true),
        // Finished or given up in this very moment.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// When a file was last written; `None` where it has gone meanwhile.
fn modified(file: &DirEntry) -> io::Result<Option<SystemTime>> {
    match file.metadata() {
        Ok(metadata) => metadata.modified().map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a folder holds; nothing where it is missing or no folder.
fn entries(folder: &Path) -> io::Result<Vec<DirEntry>> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.collect(),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(Vec::new()),
            _ => Err(error),
        },
    }
}
