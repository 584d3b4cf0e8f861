//! The one thread that writes. It takes the batches that wait, tests the checks of each against the
//! store and the batches before it, drops the conflicting ones, writes the rest in one engine
//! batch with one sync, and answers all. As the only writer it makes compare-and-set, counters and
//! positions exact on every engine.
//!
//! What must hold: nobody is told of success before the sync; after a failed write nothing is
//! written any more, because the engine's state in memory may be ahead of its disk.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, OnceLock};

use tokio::sync::{oneshot, watch};

use crate::batch::{Batch, META};
use crate::engine::{Engine, Fault};
use crate::error::CommitError;
use crate::key::{encode, in_space};
use crate::store::Commit;

mod group;

use group::Group;

/// Enough to share one sync, not so many that the first waits long for the last.
const GROUP: usize = 128;
const GROUP_BYTES: usize = 8 * 1024 * 1024;

pub(crate) struct Request {
    pub batch: Batch,
    pub answer: oneshot::Sender<Result<Commit, CommitError>>,
}

pub(crate) struct Committer {
    pub engine: Arc<dyn Engine>,
    pub queue: Receiver<Request>,
    /// The number of the last durable commit.
    pub last: watch::Sender<u64>,
    pub poison: Arc<OnceLock<String>>,
}

impl Committer {
    /// Ends when every sender of the queue is gone, and all that waited is answered.
    pub fn run(self) {
        while let Ok(first) = self.queue.recv() {
            let requests = self.gather(first);
            let (batches, answers): (Vec<_>, Vec<_>) = requests
                .into_iter()
                .map(|request| (request.batch, request.answer))
                .unzip();
            let results = self.commit_or_poison(batches);
            for (answer, result) in answers.into_iter().zip(results) {
                // Whoever asked may have gone; the change stands all the same.
                let _ = answer.send(result);
            }
        }
    }

    fn gather(&self, first: Request) -> Vec<Request> {
        let mut bytes = first.batch.bytes();
        let mut requests = vec![first];
        while requests.len() < GROUP && bytes < GROUP_BYTES {
            let Ok(next) = self.queue.try_recv() else {
                break;
            };
            bytes += next.batch.bytes();
            requests.push(next);
        }
        requests
    }

    /// A panic inside an engine is a failed write like any other.
    fn commit_or_poison(&self, batches: Vec<Batch>) -> Vec<Result<Commit, CommitError>> {
        let count = batches.len();
        let outcome = catch_unwind(AssertUnwindSafe(|| self.commit(batches)));
        outcome.unwrap_or_else(|_| {
            let error = self.poisoned_by(&Fault::Other("the engine panicked".into()));
            vec![Err(error); count]
        })
    }

    fn commit(&self, batches: Vec<Batch>) -> Vec<Result<Commit, CommitError>> {
        if let Some(why) = self.poison.get() {
            return vec![Err(CommitError::Poisoned(why.clone())); batches.len()];
        }
        let mut group = Group::new(self.engine.as_ref(), *self.last.borrow());
        let results: Vec<_> = batches.into_iter().map(|batch| group.add(batch)).collect();
        let (last, mut writes) = group.finish();
        if writes.is_empty() {
            return results;
        }
        writes.insert(last_commit_key(), Some(last.to_be_bytes().to_vec()));
        match self.engine.write(&writes) {
            Ok(()) => {
                self.last.send_replace(last);
                results
            }
            Err(fault) => {
                let error = self.poisoned_by(&fault);
                let failed = |result: Result<Commit, CommitError>| result.and(Err(error.clone()));
                results.into_iter().map(failed).collect()
            }
        }
    }

    fn poisoned_by(&self, fault: &Fault) -> CommitError {
        let why = fault.to_string();
        tracing::error!(
            why,
            "the store could not be written and takes no more changes"
        );
        let _ = self.poison.set(why.clone());
        match fault {
            Fault::Full => CommitError::Full,
            Fault::Corrupt(_) => CommitError::Corrupt(why),
            Fault::Other(_) => CommitError::Poisoned(why),
        }
    }
}

/// Where the number of the last commit lies, without a version in front.
pub(crate) fn last_commit_key() -> Vec<u8> {
    in_space(META, &encode(&"commit"))
}

pub(crate) fn read_last_commit(engine: &dyn Engine) -> Result<u64, Fault> {
    let Some(value) = engine.get(&last_commit_key())? else {
        return Ok(0);
    };
    let bytes = value.try_into();
    let bytes = bytes.map_err(|_| Fault::Corrupt("the commit number is not a number".into()))?;
    Ok(u64::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests;
