//! Migrations: an append-only list of functions. The version of a store is how many of them it has
//! had. Each computes one batch, and the count goes up in that same batch, so none runs twice or
//! by half.
use std::future::Future;
use std::pin::Pin;

use crate::batch::{Batch, Check, META};
use crate::error::{CommitError, OpenError, ReadError};
use crate::key::encode;
use crate::store::Store;

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Reads, computes and returns one batch; changes nothing by itself. Records of an older shape need
/// no migration: `Record::upgrade` reads them.
pub type Migration = for<'a> fn(&'a Store) -> BoxFuture<'a, Result<Batch, MigrationError>>;

#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("{0}")]
    Refused(String),
}

/// Brings the store up to the list. A store that had more than the list is of a newer program.
pub async fn migrate(store: &Store, list: &[Migration]) -> Result<(), OpenError> {
    let known = u32::try_from(list.len()).expect("a list written by hand");
    loop {
        let done = migrations_done(store).await.map_err(unreadable)?;
        if done > known {
            return Err(OpenError::Newer { found: done, known });
        }
        let Some(next) = list.get(done as usize) else {
            return Ok(());
        };
        let failed = |why: String| OpenError::Engine(format!("migration {}: {why}", done + 1));
        let mut batch = next(store)
            .await
            .map_err(|error| failed(error.to_string()))?;
        count_up(&mut batch, done);
        match store.commit(batch).await {
            // On a conflict someone else has done it; the count tells.
            Ok(_) | Err(CommitError::Conflict { .. } | CommitError::Retry) => {}
            Err(error) => return Err(failed(error.to_string())),
        }
    }
}

/// How many migrations this store has had.
pub async fn migrations_done(store: &Store) -> Result<u32, ReadError> {
    let Some(stored) = store.get(META, &count_key()).await? else {
        return Ok(0);
    };
    let bytes = stored.value.try_into().map_err(|_| ReadError::Corrupt {
        space: "meta".into(),
        key: data_encoding::HEXLOWER.encode(&count_key()),
        why: "not a number".into(),
    })?;
    Ok(u32::from_be_bytes(bytes))
}

fn count_up(batch: &mut Batch, done: u32) {
    let before = match done {
        0 => Check::Absent,
        _ => Check::Equals(done.to_be_bytes().to_vec()),
    };
    batch.check(META, count_key(), before);
    batch.put(META, count_key(), (done + 1).to_be_bytes().to_vec());
}

fn count_key() -> Vec<u8> {
    encode(&"migrations")
}

fn unreadable(error: ReadError) -> OpenError {
    OpenError::Engine(error.to_string())
}
