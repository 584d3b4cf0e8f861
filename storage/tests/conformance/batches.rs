//! A batch is atomic, its checks hold, and its operations mean what they say.
use std::time::Duration;

use storage::{Batch, Check, CommitError, EngineKind, MAX_KEY, MAX_VALUE};
use tokio::task::JoinSet;

use super::support::{A, B, is_conflict, put, put_if, value, with_store};

pub fn put_is_read_back_with_its_commit_number(kind: EngineKind) {
    with_store(kind, async |store| {
        let first = put(&store, A, b"key", b"one").await;
        let second = put(&store, A, b"key", b"two").await;
        assert!(second.version > first.version);
        let stored = store.get(A, b"key").await.unwrap().unwrap();
        assert_eq!(
            (stored.version, stored.value),
            (second.version, b"two".to_vec())
        );
        assert_eq!(*store.changed().borrow(), second.version);
        assert_eq!(store.get(A, b"other").await.unwrap(), None);
    });
}

pub fn empty_values_and_empty_keys_are_values_and_keys(kind: EngineKind) {
    with_store(kind, async |store| {
        put(&store, A, b"", b"").await;
        assert_eq!(value(&store, A, b"").await, Some(Vec::new()));
        assert_eq!(value(&store, B, b"").await, None);
        assert!(is_conflict(&put_if(&store, b"", Check::Absent, b"x").await));
        assert!(
            put_if(&store, b"", Check::Equals(vec![]), b"x")
                .await
                .is_ok()
        );
    });
}

pub fn absent_check_refuses_the_second_writer(kind: EngineKind) {
    with_store(kind, async |store| {
        assert!(put_if(&store, b"k", Check::Absent, b"1").await.is_ok());
        let second = put_if(&store, b"k", Check::Absent, b"2").await;
        let expected = CommitError::Conflict {
            space: A,
            key: b"k".to_vec(),
        };
        assert_eq!(second, Err(expected));
        assert_eq!(value(&store, A, b"k").await, Some(b"1".to_vec()));

        let mut delete = Batch::new();
        delete.delete(A, b"k".to_vec());
        store.commit(delete).await.unwrap();
        assert!(put_if(&store, b"k", Check::Absent, b"3").await.is_ok());
    });
}

pub fn version_check_refuses_an_outdated_writer(kind: EngineKind) {
    with_store(kind, async |store| {
        let absent = put_if(&store, b"k", Check::Version(0), b"x").await;
        assert!(is_conflict(&absent));
        let seen = put(&store, A, b"k", b"1").await.version;
        assert!(
            put_if(&store, b"k", Check::Version(seen), b"2")
                .await
                .is_ok()
        );
        let outdated = put_if(&store, b"k", Check::Version(seen), b"3").await;
        assert!(is_conflict(&outdated));
        assert_eq!(value(&store, A, b"k").await, Some(b"2".to_vec()));
    });
}

pub fn equals_check_compares_the_bytes(kind: EngineKind) {
    with_store(kind, async |store| {
        let absent = put_if(&store, b"k", Check::Equals(vec![]), b"x").await;
        assert!(is_conflict(&absent));
        put(&store, A, b"k", b"1").await;
        let longer = put_if(&store, b"k", Check::Equals(b"11".to_vec()), b"x").await;
        assert!(is_conflict(&longer));
        let equal = put_if(&store, b"k", Check::Equals(b"1".to_vec()), b"2").await;
        assert!(equal.is_ok());
    });
}

pub fn failed_check_leaves_nothing_of_its_batch(kind: EngineKind) {
    with_store(kind, async |store| {
        put(&store, A, b"taken", b"").await;
        let mut batch = Batch::new();
        batch.put(A, b"a".to_vec(), b"1".to_vec());
        batch.put(B, b"b".to_vec(), b"1".to_vec());
        batch.add(B, b"n".to_vec(), 5);
        batch.append(storage::Keyspace(18), b"event".to_vec());
        batch.delete(A, b"taken".to_vec());
        batch.check(A, b"taken".to_vec(), Check::Absent);
        assert!(is_conflict(&store.commit(batch).await));
        assert_eq!(value(&store, A, b"a").await, None);
        assert_eq!(value(&store, B, b"b").await, None);
        assert_eq!(value(&store, B, b"n").await, None);
        assert_eq!(value(&store, A, b"taken").await, Some(vec![]));
        let mut next = Batch::new();
        next.append(storage::Keyspace(18), b"event".to_vec());
        assert_eq!(store.commit(next).await.unwrap().positions, [1]);
    });
}

pub fn checks_look_at_the_store_before_the_batch(kind: EngineKind) {
    with_store(kind, async |store| {
        let mut batch = Batch::new();
        batch.put(A, b"k".to_vec(), b"1".to_vec());
        batch.check(A, b"k".to_vec(), Check::Absent);
        assert!(store.commit(batch).await.is_ok());
    });
}

pub fn last_operation_on_a_key_wins(kind: EngineKind) {
    with_store(kind, async |store| {
        put(&store, A, b"gone", b"1").await;
        let mut batch = Batch::new();
        batch.delete(A, b"kept".to_vec());
        batch.put(A, b"kept".to_vec(), b"1".to_vec());
        batch.put(A, b"kept".to_vec(), b"2".to_vec());
        batch.put(A, b"gone".to_vec(), b"2".to_vec());
        batch.delete(A, b"gone".to_vec());
        batch.put(A, b"n".to_vec(), 40i64.to_be_bytes().to_vec());
        batch.add(A, b"n".to_vec(), 2);
        store.commit(batch).await.unwrap();
        assert_eq!(value(&store, A, b"kept").await, Some(b"2".to_vec()));
        assert_eq!(value(&store, A, b"gone").await, None);
        assert_eq!(
            value(&store, A, b"n").await,
            Some(42i64.to_be_bytes().to_vec())
        );
    });
}

pub fn checks_alone_commit_nothing_and_still_answer(kind: EngineKind) {
    with_store(kind, async |store| {
        let version = put(&store, A, b"k", b"1").await.version;
        let mut holds = Batch::new();
        holds.check(A, b"k".to_vec(), Check::Version(version));
        assert_eq!(store.commit(holds).await.unwrap().version, version);
        let mut fails = Batch::new();
        fails.check(A, b"k".to_vec(), Check::Absent);
        assert!(is_conflict(&store.commit(fails).await));
    });
}

pub fn one_of_many_racing_writers_wins(kind: EngineKind) {
    with_store(kind, async |store| {
        for round in 0..5u8 {
            let mut racing = JoinSet::new();
            for writer in 0..40u8 {
                let store = store.clone();
                racing.spawn(async move {
                    let won = put_if(&store, &[round], Check::Absent, &[writer]).await;
                    won.is_ok().then_some(writer)
                });
            }
            let winners: Vec<u8> = racing.join_all().await.into_iter().flatten().collect();
            assert_eq!(winners.len(), 1);
            assert_eq!(value(&store, A, &[round]).await, Some(winners));
        }
    });
}

/// Each writer replaces what it has read; a lost update would make the end too small.
pub fn conflicts_inside_one_group_are_seen(kind: EngineKind) {
    with_store(kind, async |store| {
        put(&store, A, b"sum", &0u64.to_be_bytes()).await;
        let mut writers = JoinSet::new();
        for _ in 0..8 {
            let store = store.clone();
            writers.spawn(async move {
                for _ in 0..5 {
                    increment(&store).await;
                }
            });
        }
        writers.join_all().await;
        assert_eq!(
            value(&store, A, b"sum").await,
            Some(40u64.to_be_bytes().to_vec())
        );
    });
}

async fn increment(store: &storage::Store) {
    loop {
        let seen = store.get(A, b"sum").await.unwrap().unwrap();
        let sum = u64::from_be_bytes(seen.value.try_into().unwrap()) + 1;
        let sum = sum.to_be_bytes();
        match put_if(store, b"sum", Check::Version(seen.version), &sum).await {
            Ok(_) => return,
            Err(CommitError::Conflict { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

pub fn counters_lose_no_addition(kind: EngineKind) {
    with_store(kind, async |store| {
        let mut writers = JoinSet::new();
        for delta in 1..=100i64 {
            let store = store.clone();
            writers.spawn(async move {
                let mut batch = Batch::new();
                batch.add(A, b"n".to_vec(), delta);
                batch.add(A, b"n".to_vec(), -1);
                store.commit(batch).await.unwrap();
            });
        }
        writers.join_all().await;
        let sum: i64 = 5050 - 100;
        assert_eq!(
            value(&store, A, b"n").await,
            Some(sum.to_be_bytes().to_vec())
        );
    });
}

pub fn addition_to_something_else_is_refused_whole(kind: EngineKind) {
    with_store(kind, async |store| {
        put(&store, A, b"text", b"not a number").await;
        let mut batch = Batch::new();
        batch.put(A, b"other".to_vec(), vec![]);
        batch.add(A, b"text".to_vec(), 1);
        assert!(matches!(
            store.commit(batch).await,
            Err(CommitError::Corrupt(_))
        ));
        assert_eq!(value(&store, A, b"other").await, None);
        assert_eq!(store.poisoned(), None);
        put(&store, A, b"after", b"").await;
    });
}

pub fn oversized_keys_and_values_are_refused(kind: EngineKind) {
    with_store(kind, async |store| {
        put(&store, A, &[0xFF; MAX_KEY], b"1").await;
        assert_eq!(
            value(&store, A, &[0xFF; MAX_KEY]).await,
            Some(b"1".to_vec())
        );
        for (key, len) in [(MAX_KEY + 1, 1), (1, MAX_VALUE + 1)] {
            let mut batch = Batch::new();
            batch.put(A, vec![1; key], vec![1; len]);
            let refused = store.commit(batch).await;
            assert!(matches!(refused, Err(CommitError::TooLarge(_))));
        }
    });
}

pub fn long_values_come_back_whole(kind: EngineKind) {
    with_store(kind, async |store| {
        for len in [16 * 1024 - 9, 16 * 1024 - 8, 16 * 1024, 65_536, MAX_VALUE] {
            let long: Vec<u8> = (0..len).map(|n| (n % 251) as u8).collect();
            put(&store, A, &len.to_be_bytes(), &long).await;
            assert_eq!(
                value(&store, A, &len.to_be_bytes()).await,
                Some(long),
                "{len}"
            );
        }
        let lengths = super::support::keys(&store, b"", storage::Direction::Forward, 2).await;
        assert_eq!(lengths.len(), 5);
    });
}

pub fn long_value_made_short_leaves_nothing_behind(kind: EngineKind) {
    with_store(kind, async |store| {
        put(&store, A, b"k", &vec![7; 100_000]).await;
        put(&store, A, b"k", &vec![8; 40_000]).await;
        assert_eq!(value(&store, A, b"k").await, Some(vec![8; 40_000]));
        put(&store, A, b"k", b"short").await;
        assert_eq!(value(&store, A, b"k").await, Some(b"short".to_vec()));
        let mut delete = Batch::new();
        delete.delete(A, b"k".to_vec());
        store.commit(delete).await.unwrap();
        assert_eq!(value(&store, A, b"k").await, None);
        put(&store, A, b"k", &vec![9; 50_000]).await;
        assert_eq!(value(&store, A, b"k").await, Some(vec![9; 50_000]));
    });
}

pub fn commits_of_a_cancelled_caller_stand(kind: EngineKind) {
    with_store(kind, async |store| {
        let mut batch = Batch::new();
        batch.put(A, b"k".to_vec(), b"1".to_vec());
        let cancelled = tokio::time::timeout(Duration::ZERO, store.commit(batch)).await;
        let _ = cancelled;
        // The queue is in order: when this one stands, the earlier one does.
        put(&store, A, b"later", b"").await;
        assert_eq!(value(&store, A, b"k").await, Some(b"1".to_vec()));
    });
}
