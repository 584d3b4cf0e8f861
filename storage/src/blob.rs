//! Blobs by the hash of their content: raw mail and uploads. Small ones lie inside the engine and
//! come with the batch that names them; large ones are files, durable before that batch is.
//!
//! What must hold: a blob that a committed record names is there, whole. A blob nobody names is
//! harmless and may be swept. Never two sources of truth: a blob's place follows from its size.
use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

use crate::batch::{Batch, INSIDE_BLOBS};
use crate::directory::{BLOBS, SPOOL, sync_dir};
use crate::engine::Engine;
use crate::error::ReadError;
use crate::key::Key;
use crate::store::{Inner, Stored, get_many};

/// Up to here a blob inside the engine is faster: it shares the sync of its batch.
pub const INSIDE: usize = 64 * 1024;

/// SHA-256 of the content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BlobId(pub [u8; 32]);

pub enum Content {
    Memory(Vec<u8>),
    /// A finished file in `spool_dir()`, with what its writer counted and hashed on the way. A
    /// large one is moved away by `put`; a small one stays for its writer to remove.
    File {
        path: PathBuf,
        size: u64,
        sha256: [u8; 32],
    },
}

#[derive(Clone)]
pub struct Blobs {
    dir: PathBuf,
    inner: Arc<Inner>,
}

impl Blobs {
    pub(crate) fn new(dir: &Path, inner: &Arc<Inner>) -> Self {
        Blobs {
            dir: dir.to_path_buf(),
            inner: inner.clone(),
        }
    }

    /// On the file system of the blobs, so that a spooled file can be moved. Emptied at each start.
    pub fn spool_dir(&self) -> PathBuf {
        self.dir.join(SPOOL)
    }

    /// The blob is durable at the latest with the batch. May be called again with the same content,
    /// as a change that is computed again after a conflict does.
    pub async fn put(&self, batch: &mut Batch, content: Content) -> io::Result<BlobId> {
        let dir = self.dir.clone();
        let placed = spawn_blocking(move || place(&dir, content));
        let (id, inside) = placed.await.map_err(io::Error::other)??;
        if let Some(bytes) = inside {
            batch.put(INSIDE_BLOBS, id.0.to_vec(), bytes);
        }
        Ok(id)
    }

    pub async fn open(&self, id: &BlobId) -> Result<Option<BlobReader>, ReadError> {
        let (dir, id) = (self.dir.clone(), *id);
        self.inner
            .clone()
            .read(move |engine| open(engine, &dir, id))
            .await
    }

    pub async fn size(&self, id: &BlobId) -> Result<Option<u64>, ReadError> {
        Ok(self.open(id).await?.map(|blob| blob.len()))
    }
}

/// A blob being read, from memory or from its file.
#[derive(Debug)]
pub struct BlobReader {
    len: u64,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Memory(Cursor<Vec<u8>>),
    File(File),
}

impl BlobReader {
    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Read for BlobReader {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match &mut self.source {
            Source::Memory(bytes) => bytes.read(to),
            Source::File(file) => file.read(to),
        }
    }
}

impl Seek for BlobReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.source {
            Source::Memory(bytes) => bytes.seek(to),
            Source::File(file) => file.seek(to),
        }
    }
}

impl BlobId {
    pub fn of(content: &[u8]) -> Self {
        BlobId(Sha256::digest(content).into())
    }

    /// The id of whatever the reader still holds.
    pub(crate) fn of_reader(mut content: impl Read) -> io::Result<Self> {
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match content.read(&mut buffer)? {
                0 => return Ok(BlobId(hasher.finalize().into())),
                read => hasher.update(&buffer[..read]),
            }
        }
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "BlobId({self})")
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this is no SHA-256 in lower-case hexadecimal")]
pub struct BadBlobId;

impl FromStr for BlobId {
    type Err = BadBlobId;

    fn from_str(text: &str) -> Result<Self, BadBlobId> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| BadBlobId)?;
        bytes.try_into().map(BlobId).map_err(|_| BadBlobId)
    }
}

impl Key for BlobId {
    fn write(&self, to: &mut Vec<u8>) {
        self.0.write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Key::read(from).map(BlobId)
    }
}

/// The id, and the bytes when they belong into the batch.
fn place(dir: &Path, content: Content) -> io::Result<(BlobId, Option<Vec<u8>>)> {
    match content {
        Content::Memory(bytes) if bytes.len() <= INSIDE => Ok((BlobId::of(&bytes), Some(bytes))),
        Content::Memory(bytes) => {
            let id = BlobId::of(&bytes);
            let mut file = NamedTempFile::new_in(dir.join(SPOOL))?;
            file.write_all(&bytes)?;
            let path = file.into_temp_path();
            keep(dir, id, &path, bytes.len() as u64)?;
            Ok((id, None))
        }
        Content::File { path, size, sha256 } if size <= INSIDE as u64 => {
            let bytes = std::fs::read(path)?;
            if bytes.len() as u64 != size {
                return Err(io::Error::other(
                    "the spool file is not of the size it is said to be",
                ));
            }
            Ok((BlobId(sha256), Some(bytes)))
        }
        Content::File { path, size, sha256 } => {
            let id = BlobId(sha256);
            keep(dir, id, &path, size)?;
            Ok((id, None))
        }
    }
}

/// Moves the file to its place: contents durable, then the name, then the name durable. Where the
/// blob exists its name is synced all the same, since whoever put it may not have got that far.
pub(crate) fn keep(dir: &Path, id: BlobId, spooled: &Path, size: u64) -> io::Result<()> {
    let place = path_of(dir, id);
    let parent = place.parent().expect("a blob lies in a directory");
    if place.metadata().is_ok_and(|there| there.len() == size) {
        match std::fs::remove_file(spooled) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => return sync_dir(parent),
        }
    }
    let file = File::open(spooled)?;
    if file.metadata()?.len() != size {
        return Err(io::Error::other(
            "the spool file is not of the size it is said to be",
        ));
    }
    file.sync_all()?;
    std::fs::rename(spooled, &place)?;
    sync_dir(parent)
}

pub(crate) fn path_of(dir: &Path, id: BlobId) -> PathBuf {
    let name = id.to_string();
    let (first, rest) = name.split_at(2);
    dir.join(BLOBS).join(first).join(rest)
}

fn open(engine: &dyn Engine, dir: &Path, id: BlobId) -> Result<Option<BlobReader>, ReadError> {
    let inside = get_many(engine, &[(INSIDE_BLOBS, id.0.to_vec())])?;
    if let Some(Stored { value, .. }) = inside.into_iter().next().flatten() {
        return Ok(Some(BlobReader {
            len: value.len() as u64,
            source: Source::Memory(Cursor::new(value)),
        }));
    }
    let failed = |error: io::Error| ReadError::Engine(format!("blob {id}: {error}"));
    match File::open(path_of(dir, id)) {
        Ok(file) => Ok(Some(BlobReader {
            len: file.metadata().map_err(failed)?.len(),
            source: Source::File(file),
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests;
