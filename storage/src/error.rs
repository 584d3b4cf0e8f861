//! What can go wrong, as values that callers and tests can name. The text of an `OpenError` is one
//! line with the remedy, because it is what a person reads when the server does not start.
use std::io;
use std::path::{Path, PathBuf};

use crate::batch::Keyspace;
use crate::engine::EngineKind;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("the store could not be read: {0}")]
    Engine(String),
    /// A record that exists and cannot be understood. Lists skip it; a single read reports it.
    #[error("damaged record in {space}, key {key}: {why}")]
    Corrupt {
        space: String,
        /// In hexadecimal.
        key: String,
        why: String,
    },
    #[error("the store is closed")]
    Closed,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A check failed: read again, compute again.
    #[error("a record changed in between ({space:?})")]
    Conflict { space: Keyspace, key: Vec<u8> },
    /// Nothing was written; the same batch may be sent again.
    #[error("the store asks to try again")]
    Retry,
    /// The batch may or may not stand: read before doing it again.
    #[error("it is not known whether the change was stored")]
    Unknown,
    #[error("the disk is full; free space and restart")]
    Full,
    /// An earlier write failed. Nothing is stored until the store is opened again.
    #[error("the store takes no changes until it is reopened: {0}")]
    Poisoned(String),
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    #[error("the change is too large for the store: {0}")]
    TooLarge(String),
    /// The queue of waiting changes is full.
    #[error("too many changes are waiting")]
    Busy,
    #[error("the store is closed")]
    Closed,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{} is in use by another process; stop that one, or use another data directory", dir.display())]
    Locked { dir: PathBuf },
    #[error(
        "the data is of version {found} and this program knows versions up to {known}; use a newer maildesk"
    )]
    Newer { found: u32, known: u32 },
    #[error("{} is not a directory; name a directory for the data", path.display())]
    NotADirectory { path: PathBuf },
    #[error("{} holds no store; check the path, or create one there with `maildesk init`", dir.display())]
    Missing { dir: PathBuf },
    #[error("the store cannot be opened: {0}; restore a backup, or ask for help with this line")]
    Engine(String),
    #[error(
        "the store in {} exists but its contents are gone; do not start on it, restore a backup", dir.display()
    )]
    LostData { dir: PathBuf },
    #[error("no space is left for {}; free some and start again", dir.display())]
    DiskFull { dir: PathBuf },
    #[error("{} may not be read or written by this user; change its owner or mode", path.display())]
    Permission { path: PathBuf },
    #[error(
        "the store is kept by {found} and {asked} was asked for; leave the engine out, or move it with `maildesk store copy --to {asked}`"
    )]
    WrongEngine {
        found: EngineKind,
        asked: EngineKind,
    },
    #[error("{}: {source}; check the disk and the path", path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl OpenError {
    /// Sorts an error of the file system into the cases that have a remedy of their own.
    pub(crate) fn from_io(path: &Path, error: io::Error) -> Self {
        let path = path.to_path_buf();
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                OpenError::Permission { path }
            }
            io::ErrorKind::NotADirectory => OpenError::NotADirectory { path },
            _ if is_full(&error) => OpenError::DiskFull { dir: path },
            _ => OpenError::Io {
                path,
                source: error,
            },
        }
    }
}

/// A quota counts as a full disk: the remedy is the same.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
