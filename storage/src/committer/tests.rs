use std::sync::Mutex;
use std::sync::mpsc::sync_channel;

use super::*;
use crate::batch::{Check, Keyspace};
use crate::engine::{Range, RawRow, Writes};

const SPACE: Keyspace = Keyspace(16);

/// An engine in memory that fails when told to, and remembers how often it was written.
#[derive(Default)]
struct Memory {
    rows: Mutex<Writes>,
    writes: Mutex<usize>,
    trouble: Option<Trouble>,
}

enum Trouble {
    Fault(Fault),
    Panic,
}

impl Engine for Memory {
    fn get_many(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Fault> {
        let rows = self.rows.lock().unwrap();
        let get = |key| rows.get(key).cloned().flatten();
        Ok(keys.iter().map(get).collect())
    }

    fn scan(&self, _: &Range) -> Result<Vec<RawRow>, Fault> {
        Ok(Vec::new())
    }

    fn write(&self, writes: &Writes) -> Result<(), Fault> {
        *self.writes.lock().unwrap() += 1;
        match &self.trouble {
            Some(Trouble::Fault(fault)) => Err(fault.clone()),
            Some(Trouble::Panic) => panic!("as asked for"),
            None => {
                self.rows.lock().unwrap().extend(writes.clone());
                Ok(())
            }
        }
    }
}

/// Hands all batches over before the committer looks, so they form groups as large as may be.
fn commit_together(
    engine: &Arc<Memory>,
    batches: Vec<Batch>,
) -> (Vec<Result<Commit, CommitError>>, Option<String>) {
    let (queue, requests) = sync_channel(batches.len());
    let answers: Vec<_> = batches
        .into_iter()
        .map(|batch| {
            let (answer, answered) = oneshot::channel();
            queue.try_send(Request { batch, answer }).ok().unwrap();
            answered
        })
        .collect();
    drop(queue);
    let poison = Arc::new(OnceLock::new());
    let last = read_last_commit(engine.as_ref()).unwrap();
    let committer = Committer {
        engine: engine.clone(),
        queue: requests,
        last: watch::channel(last).0,
        poison: poison.clone(),
    };
    committer.run();
    let results = answers
        .into_iter()
        .map(|mut answer| answer.try_recv().unwrap());
    (results.collect(), poison.get().cloned())
}

fn put(key: u8, check: Option<Check>) -> Batch {
    let mut batch = Batch::new();
    if let Some(check) = check {
        batch.check(SPACE, vec![key], check);
    }
    batch.put(SPACE, vec![key], vec![key]);
    batch
}

fn versions(results: &[Result<Commit, CommitError>]) -> Vec<Option<u64>> {
    let version = |result: &Result<Commit, CommitError>| Some(result.as_ref().ok()?.version);
    results.iter().map(version).collect()
}

#[test]
fn waiting_batches_share_one_write() {
    let engine = Arc::new(Memory::default());
    let (results, poison) =
        commit_together(&engine, (0..GROUP as u8).map(|n| put(n, None)).collect());
    let expected: Vec<_> = (1..=GROUP as u64).map(Some).collect();
    assert_eq!(versions(&results), expected);
    assert_eq!((*engine.writes.lock().unwrap(), poison), (1, None));
}

#[test]
fn group_is_bounded_in_number_and_in_bytes() {
    let engine = Arc::new(Memory::default());
    let many = (0..=GROUP).map(|n| put((n % 256) as u8, None)).collect();
    commit_together(&engine, many);
    assert_eq!(*engine.writes.lock().unwrap(), 2);

    let engine = Arc::new(Memory::default());
    let large = |_| {
        let mut batch = Batch::new();
        batch.put(SPACE, vec![1], vec![0; GROUP_BYTES / 8]);
        batch
    };
    commit_together(&engine, (0..16).map(large).collect());
    assert_eq!(*engine.writes.lock().unwrap(), 2);
}

#[test]
fn batch_sees_the_batches_before_it_in_its_group() {
    let engine = Arc::new(Memory::default());
    let (results, _) = commit_together(
        &engine,
        vec![
            put(1, Some(Check::Absent)),
            put(1, Some(Check::Absent)),
            put(1, Some(Check::Version(1))),
            put(1, Some(Check::Equals(vec![1]))),
            put(1, Some(Check::Version(1))),
        ],
    );
    assert_eq!(versions(&results), [Some(1), None, Some(2), Some(3), None]);
    assert_eq!(*engine.writes.lock().unwrap(), 1);
}

#[test]
fn refused_batch_uses_up_neither_number_nor_position() {
    let engine = Arc::new(Memory::default());
    let append = |check: Option<Check>| {
        let mut batch = put(9, check);
        batch.append(Keyspace(17), vec![]);
        batch.append(Keyspace(17), vec![]);
        batch
    };
    let batches = vec![append(None), append(Some(Check::Absent)), append(None)];
    let (results, _) = commit_together(&engine, batches);
    assert_eq!(versions(&results), [Some(1), None, Some(2)]);
    assert_eq!(results[2].as_ref().unwrap().positions, [3, 4]);
}

#[test]
fn group_of_refusals_writes_nothing() {
    let engine = Arc::new(Memory::default());
    let refused = vec![put(1, Some(Check::Version(7))), Batch::new()];
    let (results, _) = commit_together(&engine, refused);
    assert_eq!(versions(&results), [None, Some(0)]);
    assert_eq!(*engine.writes.lock().unwrap(), 0);
}

#[test]
fn numbers_go_on_where_an_earlier_run_ended() {
    let engine = Arc::new(Memory::default());
    commit_together(&engine, vec![put(1, None), put(2, None)]);
    let (results, _) = commit_together(&engine, vec![put(3, None)]);
    assert_eq!(versions(&results), [Some(3)]);
}

#[test]
fn failed_write_answers_all_and_ends_writing() {
    let engine = Arc::new(Memory {
        trouble: Some(Trouble::Fault(Fault::Other("cable cut".into()))),
        ..Memory::default()
    });
    let many = (0..=GROUP).map(|n| put((n % 256) as u8, None)).collect();
    let (results, poison) = commit_together(&engine, many);
    let poisoned = Err(CommitError::Poisoned("cable cut".into()));
    assert!(results.iter().all(|result| *result == poisoned));
    assert_eq!(results.len(), GROUP + 1);
    assert_eq!(poison, Some("cable cut".into()));
    // The second group was not even tried.
    assert_eq!(*engine.writes.lock().unwrap(), 1);
}

#[test]
fn conflict_stays_a_conflict_when_the_write_fails() {
    let engine = Arc::new(Memory {
        trouble: Some(Trouble::Fault(Fault::Full)),
        ..Memory::default()
    });
    let batches = vec![put(1, None), put(2, Some(Check::Version(5)))];
    let (results, poison) = commit_together(&engine, batches);
    assert_eq!(results[0], Err(CommitError::Full));
    assert!(matches!(results[1], Err(CommitError::Conflict { .. })));
    assert!(poison.is_some());
}

#[test]
fn panic_inside_the_engine_poisons_and_answers() {
    let engine = Arc::new(Memory {
        trouble: Some(Trouble::Panic),
        ..Memory::default()
    });
    let (results, poison) = commit_together(&engine, vec![put(1, None), put(2, None)]);
    assert!(
        results
            .iter()
            .all(|result| matches!(result, Err(CommitError::Poisoned(_))))
    );
    assert!(poison.is_some());
}

#[test]
fn counter_stops_at_its_limit() {
    let engine = Arc::new(Memory::default());
    let add = |delta| {
        let mut batch = Batch::new();
        batch.add(SPACE, vec![1], delta);
        batch
    };
    commit_together(&engine, vec![add(i64::MAX), add(5)]);
    let raw = engine.get(&in_space(SPACE, &[1])).unwrap().unwrap();
    assert_eq!(raw[8..], i64::MAX.to_be_bytes());
}
