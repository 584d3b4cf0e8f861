//! sled, guarded. As documented, sled 0.34 is not durable on Linux: its `flush` asks for
//! `sync_file_range`, which writes neither file-system metadata nor the device's cache. So every
//! write here ends in an fdatasync of its data file, creation syncs everything around it, and a
//! store that opens empty where one existed is refused.
//!
//! sled also moves a page above a quarter of a segment into a file of its own and never syncs that
//! file. A page holds up to twenty rows whatever their size, so long values are cut into pieces
//! (`piece.rs`) that keep each page well below that limit; should such a file appear after all, the
//! guard syncs it before the write is acknowledged.
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

use sled::{Batch, Db};

use super::{Direction, Engine, Fault, Fresh, Range, RawRow, Writes};
use crate::directory::sync_dir;
use crate::error::OpenError;

mod piece;

/// With pages of at most `piece::PAGE_BOUND` bytes, sled's limit for a page is twice as high.
const SEGMENT: usize = 2 * 1024 * 1024;

pub(super) struct Sled {
    db: Db,
    guard: Guard,
    /// sled shows half of a batch to readers while it applies it, in no order. A follower of a log
    /// would step over a position that appears late, so readers wait while a batch is applied. They
    /// do not wait for its sync.
    applying: RwLock<()>,
}

impl Sled {
    pub fn open(dir: &Path, cache_bytes: u64, fresh: Fresh) -> Result<Self, OpenError> {
        let db = open_db(dir, cache_bytes)?;
        // This is how a total loss shows: sled finds nothing it knows and silently starts anew.
        if fresh == Fresh::Existing && !db.was_recovered() {
            return Err(OpenError::LostData { dir: dir.into() });
        }
        let guard = Guard::new(dir).map_err(|error| OpenError::from_io(dir, error))?;
        let engine = Sled {
            db,
            guard,
            applying: RwLock::new(()),
        };
        engine
            .flush()
            .and_then(|()| engine.guard.sync_surroundings().map_err(Fault::from))
            .map_err(|fault| open_fault(dir, fault))?;
        Ok(engine)
    }

    fn flush(&self) -> Result<(), Fault> {
        self.db.flush().map_err(fault)?;
        self.guard.sync().map_err(Fault::from)
    }

    fn apply(&self, writes: &Writes) -> Result<(), Fault> {
        let mut batch = Batch::default();
        for (key, value) in writes {
            let old = self.db.get(piece::row(key)).map_err(fault)?;
            piece::remove(&mut batch, key, old.as_deref());
            if let Some(value) = value {
                piece::put(&mut batch, key, value);
            }
        }
        let _applying = self
            .applying
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        self.db.apply_batch(batch).map_err(fault)
    }

    fn whole(&self, key: &[u8], row: &[u8]) -> Result<Vec<u8>, Fault> {
        piece::join(key, row, |piece| self.db.get(piece).map_err(fault))
    }
}

impl Engine for Sled {
    fn get_many(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Fault> {
        let _whole_batches = self.applying.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter()
            .map(|key| {
                let row = self.db.get(piece::row(key)).map_err(fault)?;
                row.map(|row| self.whole(key, &row)).transpose()
            })
            .collect()
    }

    fn scan(&self, range: &Range) -> Result<Vec<RawRow>, Fault> {
        let _whole_batches = self.applying.read().unwrap_or_else(PoisonError::into_inner);
        let to = range
            .to
            .as_ref()
            .map_or(piece::rows_end(), |to| piece::row(to));
        let rows = self.db.range(piece::row(&range.from)..to);
        let read = |row: sled::Result<(sled::IVec, sled::IVec)>| {
            let (key, row) = row.map_err(fault)?;
            let key = piece::key_of(&key);
            let value = self.whole(&key, &row)?;
            Ok((key, value))
        };
        match range.direction {
            Direction::Forward => range.take(rows.map(read)),
            Direction::Backward => range.take(rows.rev().map(read)),
        }
    }

    fn write(&self, writes: &Writes) -> Result<(), Fault> {
        self.apply(writes)?;
        self.flush()
    }
}

/// What sled leaves undone for a write to survive a power cut.
struct Guard {
    dir: PathBuf,
    data: File,
}

impl Guard {
    fn new(dir: &Path) -> io::Result<Self> {
        Ok(Guard {
            dir: dir.into(),
            data: File::options().write(true).open(dir.join("db"))?,
        })
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_strays()?;
        self.data.sync_data()
    }

    /// Files of oversized pages. There are none, so this is one look into an empty directory.
    fn sync_strays(&self) -> io::Result<()> {
        let strays = self.dir.join("blobs");
        let mut found = false;
        for stray in fs::read_dir(&strays)? {
            found = true;
            match File::open(stray?.path()) {
                Ok(file) => file.sync_data()?,
                // sled removes such files when their page is rewritten.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        if found { sync_dir(&strays) } else { Ok(()) }
    }

    /// The configuration file, the recovery snapshot, and the names of them all. `conf` was found
    /// empty after a power cut.
    fn sync_surroundings(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                File::open(entry.path())?.sync_all()?;
            }
        }
        sync_dir(&self.dir)?;
        match self.dir.parent() {
            Some(parent) => sync_dir(parent),
            None => Ok(()),
        }
    }
}

fn open_db(dir: &Path, cache_bytes: u64) -> Result<Db, OpenError> {
    let config = sled::Config::new()
        .path(dir)
        .cache_capacity(cache_bytes)
        .segment_size(SEGMENT);
    // sled's own background threads may hold its lock for a moment after the last handle is gone.
    // Our own lock is held by now, so whoever holds this one is about to let go.
    let patience = Instant::now() + Duration::from_secs(5);
    loop {
        match config.open() {
            Ok(db) => return Ok(db),
            Err(sled::Error::Io(error))
                if error.to_string().contains("could not acquire lock")
                    && Instant::now() < patience =>
            {
                sleep(Duration::from_millis(10));
            }
            Err(sled::Error::Io(error)) => return Err(OpenError::from_io(dir, error)),
            Err(error) => return Err(OpenError::Engine(error.to_string())),
        }
    }
}

fn open_fault(dir: &Path, fault: Fault) -> OpenError {
    match fault {
        Fault::Full => OpenError::DiskFull { dir: dir.into() },
        other => OpenError::Engine(other.to_string()),
    }
}

fn fault(error: sled::Error) -> Fault {
    match error {
        sled::Error::Io(error) => error.into(),
        sled::Error::Corruption { .. } => Fault::Corrupt(error.to_string()),
        other => Fault::Other(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
