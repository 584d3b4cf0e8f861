//! kill -9 in the middle of writing: what was acknowledged is there, each batch whole or absent.
//! The writer is this test binary itself, started again as a child. A power cut is another matter;
//! this says nothing about it.
#![forbid(unsafe_code)]
use std::collections::BTreeSet;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use storage::{Batch, Content, Direction, EngineKind, Keyspace, Options, Scan, Store};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

const DIR: &str = "STORAGE_KILLED_DIR";
const ENGINE: &str = "STORAGE_KILLED_ENGINE";
const ROUNDS: u64 = 6;
const WRITERS: u64 = 6;

const ROWS: Keyspace = Keyspace(16);
const COPIES: Keyspace = Keyspace(17);
const LOG: Keyspace = Keyspace(18);
const COUNT: Keyspace = Keyspace(19);

#[test]
fn sled_keeps_what_it_acknowledged() {
    acknowledged_batches_survive(EngineKind::Sled);
}

#[test]
fn redb_keeps_what_it_acknowledged() {
    acknowledged_batches_survive(EngineKind::Redb);
}

fn acknowledged_batches_survive(kind: EngineKind) {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        let before = acknowledged.len();
        // Unequal times, so that the kill falls into different moments of a commit.
        let time = Duration::from_millis(60 + 47 * round);
        acknowledged.extend(write_until_killed(dir.path(), kind, time));
        assert!(acknowledged.len() > before, "the child wrote nothing");
        Runtime::new()
            .unwrap()
            .block_on(check(dir.path(), kind, &acknowledged));
    }
}

fn write_until_killed(dir: &Path, kind: EngineKind, time: Duration) -> Vec<u64> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child_that_writes", "--ignored", "--nocapture"])
        .env(DIR, dir)
        .env(ENGINE, kind.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    let mut kill_at = None;
    // What the child said before it died still lies in the pipe and is read to its end.
    while let Some(Ok(line)) = lines.next() {
        let Some(number) = line.strip_prefix("stored ") else {
            continue;
        };
        acknowledged.extend(number.parse::<u64>());
        let kill_at = *kill_at.get_or_insert_with(|| Instant::now() + time);
        if Instant::now() >= kill_at {
            child.kill().unwrap();
        }
    }
    assert!(!child.wait().unwrap().success(), "it ended by itself");
    acknowledged
}

async fn check(dir: &Path, kind: EngineKind, acknowledged: &BTreeSet<u64>) {
    let store = open(dir, kind);
    let rows = numbers(&store, ROWS).await;
    for number in acknowledged {
        assert!(rows.contains(number), "batch {number} is lost");
    }
    assert_eq!(rows, numbers(&store, COPIES).await, "half a batch");
    for number in &rows {
        let stored = store.get(COPIES, &number.to_be_bytes()).await.unwrap();
        assert_eq!(stored.unwrap().value, content(*number));
    }
    let positions = numbers(&store, LOG).await;
    assert_eq!(positions.len(), rows.len());
    assert_eq!(positions.last().copied().unwrap(), rows.len() as u64);
    let count = store.get(COUNT, b"").await.unwrap().unwrap().value;
    assert_eq!(
        u64::from_be_bytes(count.try_into().unwrap()),
        rows.len() as u64
    );
    assert_eq!(store.verify().await.unwrap().damaged, Vec::<String>::new());
    store.close().await;
}

async fn numbers(store: &Store, space: Keyspace) -> BTreeSet<u64> {
    let mut numbers = BTreeSet::new();
    let mut after = None;
    loop {
        let scan = Scan {
            space,
            prefix: Vec::new(),
            after,
            direction: Direction::Forward,
            limit: 500,
        };
        let page = store.scan(scan).await.unwrap();
        let keys = page.rows.into_iter().map(|(key, _)| key);
        numbers.extend(keys.map(|key| u64::from_be_bytes(key.try_into().unwrap())));
        after = page.next;
        if after.is_none() {
            return numbers;
        }
    }
}

/// Some short, some long enough to be cut into pieces.
fn content(number: u64) -> Vec<u8> {
    let len = if number.is_multiple_of(5) {
        40_000
    } else {
        300
    };
    vec![(number % 251) as u8; len]
}

fn open(dir: &Path, kind: EngineKind) -> Store {
    let options = Options {
        engine: Some(kind),
        ..Options::default()
    };
    Store::open(dir, &options).unwrap()
}

#[test]
#[ignore = "the child process of the tests above; it writes until it is killed"]
fn child_that_writes() {
    let Ok(dir) = env::var(DIR) else { return };
    let kind = env::var(ENGINE).unwrap().parse().unwrap();
    Runtime::new().unwrap().block_on(async {
        let store = open(Path::new(&dir), kind);
        let next = 1 + numbers(&store, ROWS).await.last().copied().unwrap_or(0);
        static NEXT: AtomicU64 = AtomicU64::new(0);
        NEXT.store(next, Ordering::SeqCst);
        let mut writers = JoinSet::new();
        for _ in 0..WRITERS {
            let store = store.clone();
            writers.spawn(async move {
                loop {
                    write(&store, NEXT.fetch_add(1, Ordering::SeqCst)).await;
                }
            });
        }
        writers.join_all().await;
    });
}

async fn write(store: &Store, number: u64) {
    let mut batch = Batch::new();
    let key = number.to_be_bytes().to_vec();
    let blob = Content::Memory(content(number));
    store.blobs().put(&mut batch, blob).await.unwrap();
    batch.put(ROWS, key.clone(), Vec::new());
    batch.put(COPIES, key, content(number));
    batch.append(LOG, Vec::new());
    batch.add(COUNT, Vec::new(), 1);
    store.commit(batch).await.unwrap();
    // Not `println!`: it goes through the test harness. One write, so that lines stay whole.
    let line = format!("stored {number}\n");
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}
