//! A store copied into another, usually of another engine: every row with its version, every blob.
//! Nobody may change the source meanwhile; its lock sees to other processes, the caller to this one.
use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

use crate::batch::{Batch, META};
use crate::blob::{BlobId, keep};
use crate::committer::last_commit_key;
use crate::directory::SPOOL;
use crate::error::{CommitError, ReadError};
use crate::store::{Store, Stored};
use crate::verify::{blob_files, raw_page};

#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error("the target already holds data; name an empty directory")]
    NotEmpty,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error("a blob could not be copied: {0}")]
    Blob(#[from] io::Error),
}

/// Rows per batch of the target. Small enough to stay below `MAX_BATCH` with inside blobs.
const CHUNK: usize = 200;

/// Returns the number of rows copied; `progress` is told it after each batch.
pub async fn copy(
    from: &Store,
    to: &Store,
    mut progress: impl FnMut(u64),
) -> Result<u64, CopyError> {
    refuse_full_target(to).await?;
    copy_blob_files(from, to).await?;
    let last = *from.changed().borrow();
    let mut copied = 0;
    let mut after = None;
    loop {
        let rows = raw_page(from, after.clone(), CHUNK).await?;
        let Some((space, key, _)) = rows.last() else {
            break;
        };
        after = Some((*space, key.clone()));
        let mut batch = Batch {
            floor: last,
            ..Batch::default()
        };
        for (space, key, Stored { version, value }) in rows {
            // The target counts its own commits, from where the source ended.
            if crate::key::in_space(space, &key) != last_commit_key() {
                batch.restore(space, key, version, value);
            }
        }
        copied += batch.len() as u64;
        to.commit(batch).await?;
        progress(copied);
    }
    Ok(copied)
}

async fn refuse_full_target(to: &Store) -> Result<(), CopyError> {
    let mut after = None;
    loop {
        let rows = raw_page(to, after.clone(), CHUNK).await?;
        let Some((space, key, _)) = rows.last() else {
            return Ok(());
        };
        if *space != META {
            return Err(CopyError::NotEmpty);
        }
        after = Some((*space, key.clone()));
    }
}

async fn copy_blob_files(from: &Store, to: &Store) -> Result<(), CopyError> {
    let (from, to) = (from.dir().to_path_buf(), to.dir().to_path_buf());
    let copied = spawn_blocking(move || {
        for (path, id) in blob_files(&from)? {
            if let Some(id) = id {
                copy_blob(&path, id, &to)?;
            }
        }
        Ok(())
    });
    copied.await.map_err(io::Error::other)?
}

fn copy_blob(path: &Path, id: BlobId, to: &Path) -> Result<(), CopyError> {
    let mut source = File::open(path)?;
    let mut spooled = NamedTempFile::new_in(to.join(SPOOL))?;
    let size = io::copy(&mut source, &mut spooled)?;
    let spooled = spooled.into_temp_path();
    if fs::metadata(&spooled)?.len() != size {
        return Err(io::Error::other("short write").into());
    }
    Ok(keep(to, id, &spooled, size)?)
}
