//! What lies beneath a store: one ordered map of bytes that can be read at a point, read in a
//! range, and written in one atomic batch that is durable when `write` returns. Calls block. Only
//! the committer writes, so an engine needs no transactions of its own.
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::panic::catch_unwind;
use std::path::Path;
use std::str::FromStr;

use crate::error::{OpenError, is_full};
use crate::key::successor;

mod redb;
mod sled;

pub(crate) trait Engine: Send + Sync {
    /// All from one state of the store, in the order of the keys asked for.
    fn get_many(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Fault>;

    /// All from one state of the store.
    fn scan(&self, range: &Range) -> Result<Vec<RawRow>, Fault>;

    /// All or nothing, also after a power cut, and durable when it returns.
    fn write(&self, writes: &Writes) -> Result<(), Fault>;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.get_many(&[key.to_vec()])?.pop().flatten())
    }
}

/// Key and value as the engine holds them.
pub(crate) type RawRow = (Vec<u8>, Vec<u8>);

/// The last word on each key: a value, or its removal.
pub(crate) type Writes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the disk is full")]
    Full,
    #[error("{0}")]
    Corrupt(String),
    #[error("{0}")]
    Other(String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        if is_full(&error) {
            Fault::Full
        } else {
            Fault::Other(error.to_string())
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    Forward,
    Backward,
}

/// A piece of the map: `from` is included, `to` is not, no `to` means up to the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Range {
    pub from: Vec<u8>,
    pub to: Option<Vec<u8>>,
    pub direction: Direction,
    pub limit: usize,
}

impl Range {
    /// The keys that start with `prefix`, beyond `after` in the direction of reading. A cursor from
    /// elsewhere never widens the range, since cursors come back from browsers.
    pub fn of(prefix: &[u8], after: Option<&[u8]>, direction: Direction, limit: usize) -> Self {
        let mut range = Range {
            from: prefix.to_vec(),
            to: successor(prefix),
            direction,
            limit,
        };
        match (after, direction) {
            (None, _) => {}
            (Some(after), Direction::Forward) => {
                // The next possible key after `after` is `after` with a zero byte behind it.
                let mut next = after.to_vec();
                next.push(0);
                range.from = range.from.max(next);
            }
            (Some(after), Direction::Backward) => {
                let after = after.to_vec();
                range.to = Some(range.to.map_or(after.clone(), |to| to.min(after)));
            }
        }
        range
    }

    /// Nothing can lie in it. Engines are never asked for such a range: some panic on it.
    pub fn is_empty(&self) -> bool {
        self.limit == 0 || self.to.as_ref().is_some_and(|to| self.from >= *to)
    }

    /// The first rows of an engine's iterator, as many as asked for, without filling the memory
    /// with a page of the largest values.
    pub fn take<E>(&self, rows: impl Iterator<Item = Result<RawRow, E>>) -> Result<Vec<RawRow>, E> {
        let mut page = Vec::new();
        let mut bytes = 0;
        for row in rows.take(self.limit) {
            let (key, value) = row?;
            bytes += key.len() + value.len();
            page.push((key, value));
            if bytes > PAGE_BYTES {
                break;
            }
        }
        Ok(page)
    }
}

/// A page ends early beyond this, and its cursor says where to go on.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Whether `take` may have stopped for the size of these rows.
pub(crate) fn is_cut(rows: &[RawRow]) -> bool {
    let bytes: usize = rows
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    bytes > PAGE_BYTES
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum EngineKind {
    #[default]
    Sled,
    Redb,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no storage engine; there are sled and redb")]
pub struct UnknownEngine(pub String);

impl FromStr for EngineKind {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, UnknownEngine> {
        match name {
            "sled" => Ok(EngineKind::Sled),
            "redb" => Ok(EngineKind::Redb),
            other => Err(UnknownEngine(other.to_owned())),
        }
    }
}

impl fmt::Display for EngineKind {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            EngineKind::Sled => "sled",
            EngineKind::Redb => "redb",
        })
    }
}

/// Opens what lies in `dir`, or makes it: whether it is there is known to the caller, and an engine
/// that finds nothing where something should be must refuse. Both engines panic on some damaged
/// files; that is an answer here, not an end of the process.
pub(crate) fn open(
    kind: EngineKind,
    dir: &Path,
    cache_bytes: u64,
    fresh: Fresh,
) -> Result<Box<dyn Engine>, OpenError> {
    let opened = catch_unwind(|| -> Result<Box<dyn Engine>, OpenError> {
        Ok(match kind {
            EngineKind::Sled => Box::new(sled::Sled::open(dir, cache_bytes, fresh)?),
            EngineKind::Redb => Box::new(redb::Redb::open(dir, cache_bytes, fresh)?),
        })
    });
    let damaged = format!("{kind} cannot read its own files in {}", dir.display());
    opened.unwrap_or(Err(OpenError::Engine(damaged)))
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fresh {
    Create,
    Existing,
}

#[cfg(test)]
mod tests;
