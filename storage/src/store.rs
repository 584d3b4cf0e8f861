//! A store: one directory, one engine, one committer. Reads leave the async threads for one hop per
//! call; changes go through the committer's bounded queue. When the last handle goes, or at
//! `close`, what waits is written, then the engine is let go, then the lock.
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::thread::JoinHandle;

use tokio::sync::{oneshot, watch};
use tokio::task::spawn_blocking;

use crate::batch::{Batch, Keyspace};
use crate::blob::Blobs;
use crate::committer::{Committer, Request, read_last_commit};
use crate::directory::Directory;
use crate::engine::{Direction, Engine, EngineKind};
use crate::error::{CommitError, OpenError, ReadError};

mod read;

pub(crate) use read::{get_many, read_error, scan_page};

/// Cheap to clone: all clones are the same store.
#[derive(Clone)]
pub struct Store {
    blobs: Blobs,
    inner: Arc<Inner>,
}

#[derive(Clone, Debug)]
pub struct Options {
    /// `None` takes what the directory holds, or sled in an empty one.
    pub engine: Option<EngineKind>,
    pub cache_bytes: u64,
    /// How many changes may wait before further ones are told `Busy`.
    pub queue: usize,
    /// Whether an empty or absent directory becomes a store.
    pub create: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            engine: None,
            cache_bytes: 64 * 1024 * 1024,
            queue: 1024,
            create: true,
        }
    }
}

/// A value with the number of the commit that wrote it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stored {
    pub version: u64,
    pub value: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commit {
    /// Commit numbers only grow. This one is the version of every value the batch put.
    pub version: u64,
    /// Where the batch's appends went, in their order.
    pub positions: Vec<u64>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scan {
    pub space: Keyspace,
    pub prefix: Vec<u8>,
    /// A key as a page gave it; the page starts beyond it.
    pub after: Option<Vec<u8>>,
    pub direction: Direction,
    pub limit: usize,
}

/// May hold fewer rows than asked for although more follow, when they are large: `next` tells.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Page {
    pub rows: Vec<(Vec<u8>, Stored)>,
    pub next: Option<Vec<u8>>,
}

impl Store {
    /// Blocks: it takes the lock, reads what the engine must recover and starts the committer.
    pub fn open(dir: &Path, options: &Options) -> Result<Store, OpenError> {
        let directory = Directory::open(dir, options)?;
        let engine: Arc<dyn Engine> = Arc::from(directory.open_engine(options.cache_bytes)?);
        let last = read_last_commit(engine.as_ref())
            .map_err(|fault| OpenError::Engine(fault.to_string()))?;
        let (last, changed) = watch::channel(last);
        let poison = Arc::new(OnceLock::new());
        let (queue, requests) = sync_channel(options.queue.max(1));
        let committer = Committer {
            engine: engine.clone(),
            queue: requests,
            last,
            poison: poison.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("committer".into())
            .spawn(move || committer.run())
            .map_err(|error| OpenError::from_io(dir, error))?;
        let inner = Arc::new(Inner {
            kind: directory.kind(),
            dir: dir.to_path_buf(),
            changed,
            poison,
            open: RwLock::new(Some(Open { queue, engine })),
            rest: Mutex::new(Some((thread, directory))),
        });
        let blobs = Blobs::new(dir, &inner);
        Ok(Store { blobs, inner })
    }

    pub async fn get(&self, space: Keyspace, key: &[u8]) -> Result<Option<Stored>, ReadError> {
        let mut found = self.get_many(vec![(space, key.to_vec())]).await?;
        Ok(found.pop().flatten())
    }

    /// In the order of the keys, all from one state of the store.
    pub async fn get_many(
        &self,
        keys: Vec<(Keyspace, Vec<u8>)>,
    ) -> Result<Vec<Option<Stored>>, ReadError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.inner
            .clone()
            .read(move |engine| get_many(engine, &keys))
            .await
    }

    pub async fn scan(&self, scan: Scan) -> Result<Page, ReadError> {
        self.inner
            .clone()
            .read(move |engine| scan_page(engine, &scan))
            .await
    }

    /// Durable when it returns `Ok`. A batch that was handed over is carried out even when the
    /// caller stops waiting.
    pub async fn commit(&self, batch: Batch) -> Result<Commit, CommitError> {
        batch.check_limits()?;
        if let Some(why) = self.poisoned() {
            return Err(CommitError::Poisoned(why));
        }
        let (answer, answered) = oneshot::channel();
        self.inner.enqueue(Request { batch, answer })?;
        answered.await.unwrap_or(Err(CommitError::Unknown))
    }

    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// The number of the last durable commit: a hint for followers, who then read the log.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.inner.changed.clone()
    }

    /// Why no change is taken any more, when that is so.
    pub fn poisoned(&self) -> Option<String> {
        self.inner.poison.get().cloned()
    }

    pub fn engine(&self) -> EngineKind {
        self.inner.kind
    }

    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// Writes what waits, closes the engine and gives up the lock, also when clones exist: those
    /// are told `Closed`.
    pub async fn close(self) {
        let inner = self.inner.clone();
        if spawn_blocking(move || inner.shut()).await.is_err() {
            tracing::error!("the store did not close cleanly");
        }
    }
}

impl Store {
    pub(crate) fn inner(&self) -> Arc<Inner> {
        self.inner.clone()
    }
}

pub(crate) struct Inner {
    kind: EngineKind,
    dir: PathBuf,
    changed: watch::Receiver<u64>,
    poison: Arc<OnceLock<String>>,
    open: RwLock<Option<Open>>,
    rest: Mutex<Option<(JoinHandle<()>, Directory)>>,
}

struct Open {
    queue: SyncSender<Request>,
    engine: Arc<dyn Engine>,
}

impl Inner {
    /// Runs one blocking read away from the async threads.
    pub async fn read<T: Send + 'static>(
        self: Arc<Self>,
        read: impl FnOnce(&dyn Engine) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let task = spawn_blocking(move || {
            // Held for the read, so that closing waits for it.
            let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
            let open = open.as_ref().ok_or(ReadError::Closed)?;
            read(open.engine.as_ref())
        });
        let failed = |_| ReadError::Engine("the read was broken off".into());
        task.await.map_err(failed)?
    }

    fn enqueue(&self, request: Request) -> Result<(), CommitError> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_ref().ok_or(CommitError::Closed)?;
        open.queue.try_send(request).map_err(|error| match error {
            TrySendError::Full(_) => CommitError::Busy,
            TrySendError::Disconnected(_) => CommitError::Closed,
        })
    }

    /// The committer ends when its queue has no sender, after answering everything in it.
    fn shut(&self) {
        let open = self
            .open
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let rest = self
            .rest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let (Some(Open { queue, engine }), Some((thread, directory))) = (open, rest) else {
            return;
        };
        drop(queue);
        if thread.join().is_err() {
            tracing::error!("the committer ended in a panic");
        }
        // The lock outlives the engine.
        drop(engine);
        drop(directory);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shut();
    }
}
