//! A store in a directory that is gone after the test.
use std::path::Path;

use storage::{
    Batch, Check, Commit, CommitError, Direction, EngineKind, Keyspace, Options, Page, Scan, Store,
};

pub const A: Keyspace = Keyspace(16);
pub const B: Keyspace = Keyspace(17);

pub fn with_store(kind: EngineKind, test: impl AsyncFnOnce(Store)) {
    in_directory(async |dir| test(open(dir, kind)).await);
}

pub fn in_directory(test: impl AsyncFnOnce(&Path)) {
    let dir = tempfile::tempdir().unwrap();
    run(test(dir.path()));
}

pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

pub fn options(kind: EngineKind) -> Options {
    Options {
        engine: Some(kind),
        cache_bytes: 8 * 1024 * 1024,
        ..Options::default()
    }
}

pub fn open(dir: &Path, kind: EngineKind) -> Store {
    Store::open(dir, &options(kind)).unwrap()
}

pub async fn put(store: &Store, space: Keyspace, key: &[u8], value: &[u8]) -> Commit {
    let mut batch = Batch::new();
    batch.put(space, key.to_vec(), value.to_vec());
    store.commit(batch).await.unwrap()
}

pub async fn put_if(
    store: &Store,
    key: &[u8],
    check: Check,
    value: &[u8],
) -> Result<Commit, CommitError> {
    let mut batch = Batch::new();
    batch.check(A, key.to_vec(), check);
    batch.put(A, key.to_vec(), value.to_vec());
    store.commit(batch).await
}

pub async fn value(store: &Store, space: Keyspace, key: &[u8]) -> Option<Vec<u8>> {
    Some(store.get(space, key).await.unwrap()?.value)
}

pub fn is_conflict<T>(result: &Result<T, CommitError>) -> bool {
    matches!(result, Err(CommitError::Conflict { .. }))
}

pub async fn page(
    store: &Store,
    prefix: &[u8],
    after: Option<&[u8]>,
    direction: Direction,
    limit: usize,
) -> Page {
    let scan = Scan {
        space: A,
        prefix: prefix.to_vec(),
        after: after.map(<[u8]>::to_vec),
        direction,
        limit,
    };
    store.scan(scan).await.unwrap()
}

/// All keys with the prefix, gathered page by page.
pub async fn keys(
    store: &Store,
    prefix: &[u8],
    direction: Direction,
    limit: usize,
) -> Vec<Vec<u8>> {
    let mut keys = Vec::new();
    let mut after = None;
    loop {
        let found = page(store, prefix, after.as_deref(), direction, limit).await;
        assert!(found.rows.len() <= limit);
        keys.extend(found.rows.into_iter().map(|(key, _)| key));
        after = found.next;
        if after.is_none() {
            return keys;
        }
    }
}
