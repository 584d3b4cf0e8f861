//! Typed tables, counters, logs and blobs over one small engine contract.
//!
//! What holds here: a commit is durable when it returns, atomic over all keyspaces, and refused
//! whole when one of its checks fails. No iterator outlives a call, no closure reaches an engine,
//! and a scan promises no snapshot beyond its own page: readers re-check what they follow. No
//! other crate names an engine.
#![forbid(unsafe_code)]

mod batch;
mod blob;
mod committer;
mod copy;
mod counter;
mod directory;
mod engine;
mod error;
mod key;
mod log;
mod migrate;
mod record;
mod store;
mod table;
mod verify;

pub use batch::{Batch, Check, Keyspace, MAX_BATCH, MAX_KEY, MAX_VALUE};
pub use blob::{BadBlobId, BlobId, BlobReader, Blobs, Content, INSIDE};
pub use copy::{CopyError, copy};
pub use counter::Counter;
pub use engine::{Direction, EngineKind, UnknownEngine};
pub use error::{CommitError, OpenError, ReadError};
pub use key::{Key, StartsWith, encode};
pub use log::Log;
pub use migrate::{BoxFuture, Migration, MigrationError, migrate, migrations_done};
pub use record::Record;
pub use store::{Commit, Options, Page, Scan, Store, Stored};
pub use table::{BadCursor, Cursor, Row, Rows, Table};
pub use verify::Verification;
