//! redb: a copy-on-write b-tree in one file. Its commits are durable by themselves. Quick repair is
//! on, because without it the whole file is read at the first start after a crash.
use std::fs::File;
use std::path::Path;

use redb::{Database, Durability, ReadableDatabase, TableDefinition};

use super::{Direction, Engine, Fault, Fresh, Range, RawRow, Writes};
use crate::directory::sync_dir;
use crate::error::OpenError;

const ROWS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("rows");
const FILE: &str = "rows.redb";

pub(super) struct Redb {
    db: Database,
}

impl Redb {
    pub fn open(dir: &Path, cache_bytes: u64, fresh: Fresh) -> Result<Self, OpenError> {
        let file = dir.join(FILE);
        let mut builder = Database::builder();
        builder.set_cache_size(usize::try_from(cache_bytes).unwrap_or(usize::MAX));
        if fresh == Fresh::Existing {
            let len = file.metadata().map_or(0, |data| data.len());
            if len == 0 {
                return Err(OpenError::LostData { dir: dir.into() });
            }
            let db = builder.open(&file).map_err(|error| refused(dir, error))?;
            return Ok(Redb { db });
        }
        let db = builder.create(&file).map_err(|error| refused(dir, error))?;
        let engine = Redb { db };
        // Readers expect the table to exist.
        let made = engine.write(&Writes::new());
        made.map_err(|fault| match fault {
            Fault::Full => OpenError::DiskFull { dir: dir.into() },
            other => OpenError::Engine(other.to_string()),
        })?;
        File::open(&file)
            .and_then(|file| file.sync_all())
            .and_then(|()| sync_dir(dir))
            .map_err(|error| OpenError::from_io(dir, error))?;
        Ok(engine)
    }
}

impl Engine for Redb {
    fn get_many(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Fault> {
        let read = self.db.begin_read().map_err(fault)?;
        let rows = read.open_table(ROWS).map_err(fault)?;
        keys.iter()
            .map(|key| {
                let value = rows.get(key.as_slice()).map_err(fault)?;
                Ok(value.map(|value| value.value().to_vec()))
            })
            .collect()
    }

    fn scan(&self, range: &Range) -> Result<Vec<RawRow>, Fault> {
        let read = self.db.begin_read().map_err(fault)?;
        let rows = read.open_table(ROWS).map_err(fault)?;
        let from = range.from.as_slice();
        let found = match &range.to {
            Some(to) => rows.range(from..to.as_slice()),
            None => rows.range(from..),
        }
        .map_err(fault)?;
        let found = found.map(|row| {
            let (key, value) = row.map_err(fault)?;
            Ok((key.value().to_vec(), value.value().to_vec()))
        });
        match range.direction {
            Direction::Forward => range.take(found),
            Direction::Backward => range.take(found.rev()),
        }
    }

    fn write(&self, writes: &Writes) -> Result<(), Fault> {
        let mut write = self.db.begin_write().map_err(fault)?;
        write.set_durability(Durability::Immediate).map_err(fault)?;
        write.set_quick_repair(true);
        {
            let mut rows = write.open_table(ROWS).map_err(fault)?;
            for (key, value) in writes {
                match value {
                    Some(value) => rows.insert(key.as_slice(), value.as_slice()),
                    None => rows.remove(key.as_slice()),
                }
                .map_err(fault)?;
            }
        }
        write.commit().map_err(fault)
    }
}

fn refused(dir: &Path, error: redb::DatabaseError) -> OpenError {
    match error {
        redb::DatabaseError::Storage(redb::StorageError::Io(error)) => {
            OpenError::from_io(dir, error)
        }
        other => OpenError::Engine(other.to_string()),
    }
}

fn fault(error: impl Into<redb::Error>) -> Fault {
    match error.into() {
        redb::Error::Io(error) => error.into(),
        redb::Error::Corrupted(why) => Fault::Corrupt(why),
        other => Fault::Other(other.to_string()),
    }
}
