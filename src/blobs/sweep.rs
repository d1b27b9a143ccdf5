//! What crashes leave: temporary files, and files without a row.

use std::fs::DirEntry;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use crate::domain::ids::CollegeId;

use super::receive::INCOMING;
use super::{Blobs, Digest, blocking, parent};

/// What a file is called while it is being swept.
const SWEPT: &str = "swept";

impl Blobs {
    /// Remove unfinished files last written before `older_than`; returns how many.
    ///
    /// `older_than` must lie further back than the longest upload takes.
    pub async fn sweep_temporaries(&self, older_than: SystemTime) -> io::Result<usize> {
        let root = self.root.clone();
        blocking(move || {
            let mut removed = 0;
            for college in entries(&root)? {
                let unfinished =
                    |file: &DirEntry| !file.file_name().to_string_lossy().ends_with(SWEPT);
                let incoming = entries(&college.path().join(INCOMING))?;
                for file in incoming.into_iter().filter(unfinished) {
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

impl Blobs {
    /// Remove a file that was stored before `older_than`; false where there is none, or where it was stored anew.
    ///
    /// The same bytes may be received in this very moment, for a row that is not there yet. So the file is moved aside
    /// first and looked at then: what was renamed over it meanwhile is put back, and what comes later stays.
    pub async fn sweep(
        &self,
        college: CollegeId,
        digest: Digest,
        older_than: SystemTime,
    ) -> io::Result<bool> {
        let path = self.path(college, digest);
        let aside =
            self.root.join(college.to_string()).join(INCOMING).join(format!("{digest}.{SWEPT}"));
        super::receive::create_folder(parent(&aside)).await?;
        blocking(move || {
            match std::fs::rename(&path, &aside) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(error),
            }
            let decided =
                std::fs::metadata(&aside).and_then(|file| file.modified()).and_then(|at| {
                    if at >= older_than {
                        std::fs::rename(&aside, &path).map(|()| false)
                    } else {
                        std::fs::remove_file(&aside).map(|()| true)
                    }
                });
            match decided {
                // Another process that sweeps put it back: it will be looked at again.
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                decided => decided,
            }
        })
        .await
    }

    /// Put back what a crash left aside while it was being swept; returns how many.
    pub async fn restore_swept(&self, college: CollegeId) -> io::Result<usize> {
        let blobs = self.clone();
        blocking(move || {
            let mut restored = 0;
            for file in entries(&blobs.root.join(college.to_string()).join(INCOMING))? {
                let name = file.file_name();
                let name =
                    name.to_str().and_then(|name| name.strip_suffix(SWEPT)?.strip_suffix('.'));
                let Some(digest) = name.and_then(|name| name.parse().ok()) else { continue };
                match std::fs::rename(file.path(), blobs.path(college, digest)) {
                    Ok(()) => restored += 1,
                    // Another process that sweeps was quicker.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(restored)
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
