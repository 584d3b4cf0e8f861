//! Looks at everything a store holds and says what is damaged: rows without a version or of a
//! commit that never was, and blobs that do not hash to their name. What records
//! mean is for others to check.
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use crate::batch::{Batch, INSIDE_BLOBS, Keyspace};
use crate::blob::BlobId;
use crate::committer::last_commit_key;
use crate::directory::BLOBS;
use crate::engine::{Direction, Range};
use crate::error::ReadError;
use crate::key::{in_space, out_of_space};
use crate::store::{Store, Stored, read_error};

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verification {
    pub rows: u64,
    pub blobs_inside: u64,
    pub blobs_outside: u64,
    pub blob_bytes: u64,
    /// One sentence each; empty means that all is well.
    pub damaged: Vec<String>,
}

impl Store {
    pub async fn verify(&self) -> Result<Verification, ReadError> {
        let mut found = Verification::default();
        let mut after = None;
        loop {
            let rows = raw_page(self, after.clone(), PAGE).await?;
            let Some((space, key, _)) = rows.last() else {
                break;
            };
            after = Some((*space, key.clone()));
            let last = self.last_commit_seen_in(&rows).await;
            for (space, key, stored) in &rows {
                found.look_at_row(*space, key, stored, last);
            }
        }
        let dir = self.dir().to_path_buf();
        let failed = |error: io::Error| ReadError::Engine(format!("blobs: {error}"));
        let task = spawn_blocking(move || found.look_at_files(&dir).map(|()| found));
        task.await
            .map_err(io::Error::other)
            .map_err(failed)?
            .map_err(failed)
    }
}

impl Store {
    /// At least the number of every commit that these rows can come from. Rows become readable a
    /// moment before they are durable and counted; a batch sent now is answered after them.
    async fn last_commit_seen_in(&self, rows: &[(Keyspace, Vec<u8>, Stored)]) -> u64 {
        let last = *self.changed().borrow();
        if rows.iter().any(|(_, _, stored)| stored.version > last) {
            let _ = self.commit(Batch::new()).await;
        }
        *self.changed().borrow()
    }
}

impl Verification {
    fn look_at_row(&mut self, space: Keyspace, key: &[u8], stored: &Stored, last: u64) {
        if in_space(space, key) == last_commit_key() {
            return;
        }
        self.rows += 1;
        if stored.version == 0 || stored.version > last {
            self.damage(format!(
                "keyspace {} key {}: version {} was never committed",
                space.0,
                data_encoding::HEXLOWER.encode(key),
                stored.version
            ));
        }
        if space == INSIDE_BLOBS {
            self.blobs_inside += 1;
            self.blob_bytes += stored.value.len() as u64;
            let id = BlobId::of(&stored.value);
            if id.0 != *key {
                let named = data_encoding::HEXLOWER.encode(key);
                self.damage(format!("blob {named} inside the store hashes to {id}"));
            }
        }
    }

    fn look_at_files(&mut self, dir: &Path) -> io::Result<()> {
        for (path, id) in blob_files(dir)? {
            let Some(id) = id else {
                self.damage(format!("{} is not a blob of this store", path.display()));
                continue;
            };
            self.blobs_outside += 1;
            let file = File::open(&path)?;
            self.blob_bytes += file.metadata()?.len();
            let hash = BlobId::of_reader(file)?;
            if hash != id {
                self.damage(format!("{} hashes to {hash}", path.display()));
            }
        }
        Ok(())
    }

    fn damage(&mut self, what: String) {
        self.damaged.push(what);
    }
}

const PAGE: usize = 500;

/// Rows of all keyspaces in order, beyond one of them; empty at the end.
pub(crate) async fn raw_page(
    store: &Store,
    after: Option<(Keyspace, Vec<u8>)>,
    limit: usize,
) -> Result<Vec<(Keyspace, Vec<u8>, Stored)>, ReadError> {
    let after = after.map(|(space, key)| in_space(space, &key));
    let range = Range::of(&[], after.as_deref(), Direction::Forward, limit);
    let rows = store
        .inner()
        .read(move |engine| engine.scan(&range).map_err(read_error))
        .await?;
    rows.into_iter()
        .map(|(raw, row)| {
            let (space, key) = out_of_space(&raw).ok_or_else(|| unversioned(&raw))?;
            let stored = Stored::open(row).ok_or_else(|| unversioned(&raw))?;
            Ok((space, key.to_vec(), stored))
        })
        .collect()
}

/// Every file among the blobs, with the id that its place says; none for a stranger.
pub(crate) fn blob_files(dir: &Path) -> io::Result<Vec<(PathBuf, Option<BlobId>)>> {
    let mut files = Vec::new();
    for first in fs::read_dir(dir.join(BLOBS))? {
        let first = first?;
        if !first.file_type()?.is_dir() {
            files.push((first.path(), None));
            continue;
        }
        for rest in fs::read_dir(first.path())? {
            let rest = rest?;
            let name = [first.file_name(), rest.file_name()];
            let name: Option<String> = name.iter().map(|part| part.to_str()).collect();
            let id = name.and_then(|name| name.parse().ok());
            files.push((rest.path(), id));
        }
    }
    Ok(files)
}

fn unversioned(raw: &[u8]) -> ReadError {
    ReadError::Corrupt {
        space: "the whole store".into(),
        key: data_encoding::HEXLOWER.encode(raw),
        why: "a row without a version".into(),
    }
}

#[cfg(test)]
mod tests;
