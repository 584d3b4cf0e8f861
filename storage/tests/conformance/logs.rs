//! A log shows each entry once and in commit order to whoever follows it.
use storage::{Batch, EngineKind, Log, Record, Store};
use tokio::task::JoinSet;

use super::support::{in_directory, open, put, with_store};

#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Event(u32);

impl Record for Event {
    const SCHEMA: u16 = 1;
}

const EVENTS: Log<Event> = Log::new(30, "events");

async fn append(store: &Store, events: &[u32]) -> Vec<u64> {
    let mut batch = Batch::new();
    for event in events {
        EVENTS.append(&mut batch, &Event(*event));
    }
    store.commit(batch).await.unwrap().positions
}

pub fn positions_follow_commit_order_without_gaps(kind: EngineKind) {
    with_store(kind, async |store| {
        assert_eq!(EVENTS.last(&store).await.unwrap(), 0);
        assert_eq!(append(&store, &[10, 11]).await, [1, 2]);
        assert_eq!(append(&store, &[12]).await, [3]);
        assert_eq!(EVENTS.last(&store).await.unwrap(), 3);
        let rest = EVENTS.after(&store, 1, 10).await.unwrap();
        assert_eq!(rest, [(2, Event(11)), (3, Event(12))]);
        assert!(EVENTS.after(&store, 3, 10).await.unwrap().is_empty());
    });
}

/// A follower that reads while others write must never step over an entry.
pub fn follower_sees_every_entry_exactly_once(kind: EngineKind) {
    const WRITERS: u32 = 8;
    const EACH: u32 = 40;
    with_store(kind, async |store| {
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let store = store.clone();
            writers.spawn(async move {
                for n in 0..EACH {
                    append(&store, &[writer * 1000 + n, 0]).await;
                }
            });
        }
        let mut expected = 1;
        let mut changed = store.changed();
        while expected <= u64::from(WRITERS * EACH * 2) {
            let entries = EVENTS.after(&store, expected - 1, 7).await.unwrap();
            if entries.is_empty() {
                changed.changed().await.unwrap();
            }
            for (position, _) in entries {
                assert_eq!(position, expected);
                expected += 1;
            }
        }
        writers.join_all().await;
        assert!(
            EVENTS
                .after(&store, expected - 1, 1)
                .await
                .unwrap()
                .is_empty()
        );
    });
}

pub fn position_is_never_given_twice(kind: EngineKind) {
    in_directory(async |dir| {
        let store = open(dir, kind);
        append(&store, &[1, 2, 3]).await;
        let mut trim = Batch::new();
        for position in 1..=3u64 {
            trim.delete(EVENTS.space(), position.to_be_bytes().to_vec());
        }
        store.commit(trim).await.unwrap();
        assert_eq!(EVENTS.last(&store).await.unwrap(), 0);
        store.close().await;
        let store = open(dir, kind);
        assert_eq!(append(&store, &[4]).await, [4]);
    });
}

pub fn damaged_entries_do_not_look_like_the_end(kind: EngineKind) {
    with_store(kind, async |store| {
        append(&store, &[1, 2, 3, 4, 5]).await;
        for position in 2..=4u64 {
            put(&store, EVENTS.space(), &position.to_be_bytes(), b"rubbish").await;
        }
        assert_eq!(EVENTS.after(&store, 1, 1).await.unwrap(), [(5, Event(5))]);
        let before = EVENTS.before(&store, Some(5), 1).await.unwrap();
        assert_eq!(before, [(1, Event(1))]);
    });
}

pub fn newest_first_ends_at_the_beginning(kind: EngineKind) {
    with_store(kind, async |store| {
        append(&store, &[1, 2, 3, 4]).await;
        let newest = EVENTS.before(&store, None, 3).await.unwrap();
        assert_eq!(newest, [(4, Event(4)), (3, Event(3)), (2, Event(2))]);
        let rest = EVENTS.before(&store, Some(2), 3).await.unwrap();
        assert_eq!(rest, [(1, Event(1))]);
        assert!(EVENTS.before(&store, Some(1), 3).await.unwrap().is_empty());
    });
}
