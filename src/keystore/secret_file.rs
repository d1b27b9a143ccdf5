//! Files that hold a secret: read only where nobody but their owner can.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zeroize::Zeroizing;

/// What a secret file held; wiped when dropped. Its size is fixed: a growing buffer would leave copies behind.
pub(super) struct SecretText {
    bytes: Zeroizing<[u8; Self::ROOM]>,
    length: usize,
}

/// Why a secret file was not read.
pub(super) enum ReadSecretError {
    /// There is no such file.
    Missing,
    /// Others may read or write it: its permission bits.
    Loose(u32),
    /// The file system refused.
    Io(io::Error),
}

impl SecretText {
    /// More than any secret of the hub has: a longer file fills it, and is malformed.
    const ROOM: usize = 256;

    /// Without the white space at both ends; none where the file was longer than any secret is.
    pub(super) fn trimmed(&self) -> Option<&[u8]> {
        (self.length < Self::ROOM).then(|| self.bytes[..self.length].trim_ascii())
    }
}

/// Read a secret file of mode 0600 or stricter.
pub(super) fn read(path: &Path) -> Result<SecretText, ReadSecretError> {
    let mut file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ReadSecretError::Missing,
        _ => ReadSecretError::Io(error),
    })?;
    // Asked of the open file, not of the path: nothing can be swapped in between.
    let mode = file.metadata().map_err(ReadSecretError::Io)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(ReadSecretError::Loose(mode));
    }
    let mut text = SecretText { bytes: Zeroizing::new([0; SecretText::ROOM]), length: 0 };
    loop {
        match file.read(&mut text.bytes[text.length..]).map_err(ReadSecretError::Io)? {
            0 => return Ok(text),
            count => text.length += count,
        }
    }
}
