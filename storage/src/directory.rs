//! The data directory of one store: the lock, the marker that names engine and format, and the
//! places of rows, blobs and spool files.
//!
//! What must hold: one process at a time; the marker is written last, so a directory without it
//! holds nothing worth keeping, and one with it holds a complete store.
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::engine::{self, Engine, EngineKind, Fresh};
use crate::error::OpenError;
use crate::store::Options;

const LOCK: &str = "lock";
const MARKER: &str = "engine";
const MARKER_IN_THE_MAKING: &str = "engine.new";
const ROWS: &str = "store";
const ROWS_IN_THE_MAKING: &str = "store.new";
pub(crate) const BLOBS: &str = "blobs";
pub(crate) const SPOOL: &str = "spool";

/// Of the directory and the encoding of rows; records have schema numbers of their own.
const FORMAT: u32 = 1;

pub(crate) struct Directory {
    dir: PathBuf,
    kind: EngineKind,
    /// Released by the system when it is dropped, whatever way the process ends.
    _lock: File,
}

impl Directory {
    pub fn open(dir: &Path, options: &Options) -> Result<Self, OpenError> {
        make_root(dir, options.create)?;
        let marked = read_marker(&dir.join(MARKER))?;
        if marked.is_none() && !options.create {
            return Err(OpenError::Missing { dir: dir.into() });
        }
        let lock = lock(dir)?;
        // Another process may have made the store while we waited for nothing.
        let kind = match read_marker(&dir.join(MARKER))? {
            Some(found) => agree(found, options.engine)?,
            None => make(dir, options)?,
        };
        prepare(dir).map_err(|error| OpenError::from_io(dir, error))?;
        Ok(Directory {
            dir: dir.into(),
            kind,
            _lock: lock,
        })
    }

    pub fn kind(&self) -> EngineKind {
        self.kind
    }

    pub fn open_engine(&self, cache_bytes: u64) -> Result<Box<dyn Engine>, OpenError> {
        let rows = self.dir.join(ROWS);
        if !rows.is_dir() {
            return Err(OpenError::LostData { dir: rows });
        }
        engine::open(self.kind, &rows, cache_bytes, Fresh::Existing)
    }
}

/// Makes names in a directory survive a power cut.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

fn make_root(dir: &Path, create: bool) -> Result<(), OpenError> {
    match fs::metadata(dir) {
        Ok(data) if data.is_dir() => Ok(()),
        Ok(_) => Err(OpenError::NotADirectory { path: dir.into() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound && create => {
            create_durably(dir, create_private).map_err(|error| OpenError::from_io(dir, error))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(OpenError::Missing { dir: dir.into() })
        }
        Err(error) => Err(OpenError::from_io(dir, error)),
    }
}

/// With all directories above it, each made durable in the one that names it.
fn create_durably(dir: &Path, create: fn(&Path) -> io::Result<()>) -> io::Result<()> {
    let parent = match dir.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    if !parent.exists() {
        create_durably(parent, |dir| fs::create_dir(dir))?;
    }
    create(dir)?;
    sync_dir(parent)
}

/// Customers' mail, the hashes of passwords and the signing key lie in here, and the engines write
/// files that everybody may read: the directories keep other users of the machine out.
fn create_private(dir: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(dir)
}

fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join(LOCK);
    let opened = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let file = opened.map_err(|error| OpenError::from_io(&path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { dir: dir.into() }),
        Err(TryLockError::Error(error)) => Err(OpenError::from_io(&path, error)),
    }
}

fn agree(found: EngineKind, asked: Option<EngineKind>) -> Result<EngineKind, OpenError> {
    match asked {
        Some(asked) if asked != found => Err(OpenError::WrongEngine { found, asked }),
        _ => Ok(found),
    }
}

/// `None` when there is no store here.
fn read_marker(path: &Path) -> Result<Option<EngineKind>, OpenError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(OpenError::from_io(path, error)),
    };
    let unreadable = || OpenError::Engine(format!("{} is not ours", path.display()));
    let (name, format) = text.trim_end().split_once(' ').ok_or_else(unreadable)?;
    let format: u32 = format.parse().map_err(|_| unreadable())?;
    if format > FORMAT {
        return Err(OpenError::Newer {
            found: format,
            known: FORMAT,
        });
    }
    name.parse().map(Some).map_err(|_| unreadable())
}

/// Makes the rows aside and moves them into place when they are whole, so that a directory named
/// `store` was always complete once: found empty, it has lost data.
fn make(dir: &Path, options: &Options) -> Result<EngineKind, OpenError> {
    let kind = options.engine.unwrap_or_default();
    let aside = dir.join(ROWS_IN_THE_MAKING);
    let rows = dir.join(ROWS);
    let failed = |error| OpenError::from_io(dir, error);
    if rows.exists() {
        // A store that was made up to its last step, or one whose marker somebody removed.
        let marked = read_marker(&dir.join(MARKER_IN_THE_MAKING))?;
        let kind = marked.ok_or(OpenError::LostData { dir: rows })?;
        set_marker(dir).map_err(failed)?;
        return agree(kind, options.engine);
    }
    match fs::remove_dir_all(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    create_private(&aside).map_err(failed)?;
    drop(engine::open(
        kind,
        &aside,
        options.cache_bytes,
        Fresh::Create,
    )?);
    write_marker(dir, kind).map_err(failed)?;
    Ok(kind)
}

fn write_marker(dir: &Path, kind: EngineKind) -> io::Result<()> {
    let mut file = File::create(dir.join(MARKER_IN_THE_MAKING))?;
    writeln!(file, "{kind} {FORMAT}")?;
    file.sync_all()?;
    sync_dir(dir)?;
    fs::rename(dir.join(ROWS_IN_THE_MAKING), dir.join(ROWS))?;
    set_marker(dir)
}

fn set_marker(dir: &Path) -> io::Result<()> {
    sync_dir(dir)?;
    fs::rename(dir.join(MARKER_IN_THE_MAKING), dir.join(MARKER))?;
    sync_dir(dir)
}

/// The places that exist in every store. All blob directories are there from the start, so that
/// storing a blob never has to make one durable.
fn prepare(dir: &Path) -> io::Result<()> {
    let blobs = dir.join(BLOBS);
    let mut made = ensure_dir(&blobs)?;
    for first in 0..=u8::MAX {
        made |= ensure_dir(&blobs.join(format!("{first:02x}")))?;
    }
    if made {
        sync_dir(&blobs)?;
        sync_dir(dir)?;
    }
    let spool = dir.join(SPOOL);
    ensure_dir(&spool)?;
    empty_spool(&spool)?;
    probe_space(&spool)
}

fn ensure_dir(dir: &Path) -> io::Result<bool> {
    match create_private(dir) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Nothing in the spool was ever acknowledged.
fn empty_spool(spool: &Path) -> io::Result<()> {
    for entry in fs::read_dir(spool)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// A full disk is said at the start, in one line, and not by the first mail.
fn probe_space(spool: &Path) -> io::Result<()> {
    const PROBE: usize = 1024 * 1024;
    let path = spool.join("probe");
    let written = File::create(&path).and_then(|mut file| {
        file.write_all(&vec![0xA5; PROBE])?;
        file.sync_all()
    });
    let removed = fs::remove_file(&path);
    written.and(removed)
}

#[cfg(test)]
mod tests;
