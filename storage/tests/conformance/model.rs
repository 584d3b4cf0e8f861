//! Random batches, scans and reopenings against a sorted map that does the same.
use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use storage::{Batch, Check, CommitError, Direction, EngineKind, Scan, Store};

use super::support::{A, in_directory, open};

#[derive(Clone, Debug)]
enum Step {
    Commit {
        check: Option<(Vec<u8>, bool)>,
        writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    },
    Page {
        prefix: Vec<u8>,
        after: Option<Vec<u8>>,
        backward: bool,
        limit: usize,
    },
    Reopen,
}

/// Few different bytes, so that keys meet, and the extremes among them.
fn key() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(vec![0, 1, 0x61, 0xFE, 0xFF]), 0..4)
}

fn a_value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => prop::collection::vec(any::<u8>(), 0..20),
        1 => (any::<u8>(), 16_000..40_000usize).prop_map(|(byte, len)| vec![byte; len]),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let write = (key(), prop::option::weighted(0.7, a_value()));
    let commit = (
        prop::option::of((key(), any::<bool>())),
        prop::collection::vec(write, 1..12),
    )
        .prop_map(|(check, writes)| Step::Commit { check, writes });
    let page = (key(), prop::option::of(key()), any::<bool>(), 1..6usize).prop_map(
        |(prefix, after, backward, limit)| Step::Page {
            prefix,
            after,
            backward,
            limit,
        },
    );
    prop_oneof![10 => commit, 10 => page, 1 => Just(Step::Reopen)]
}

pub fn store_behaves_like_a_sorted_map(kind: EngineKind) {
    let config = Config {
        cases: 12,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let steps = prop::collection::vec(step(), 1..60);
    let outcome = TestRunner::new(config).run(&steps, |steps| {
        in_directory(async |dir| {
            let mut store = open(dir, kind);
            let mut model = BTreeMap::new();
            for step in steps {
                if let Step::Reopen = step {
                    store.close().await;
                    store = open(dir, kind);
                } else {
                    take(&store, &mut model, step).await;
                }
            }
        });
        Ok(())
    });
    outcome.unwrap();
}

async fn take(store: &Store, model: &mut BTreeMap<Vec<u8>, Vec<u8>>, step: Step) {
    match step {
        Step::Commit { check, writes } => commit(store, model, check, writes).await,
        Step::Page {
            prefix,
            after,
            backward,
            limit,
        } => page(store, model, prefix, after, backward, limit).await,
        Step::Reopen => {}
    }
}

async fn commit(
    store: &Store,
    model: &mut BTreeMap<Vec<u8>, Vec<u8>>,
    check: Option<(Vec<u8>, bool)>,
    writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
) {
    let mut batch = Batch::new();
    let mut holds = true;
    if let Some((key, absent)) = check {
        let there = model.get(&key).cloned();
        holds = there.is_none() == absent;
        let wanted = if absent {
            Check::Absent
        } else {
            Check::Equals(there.unwrap_or_default())
        };
        batch.check(A, key, wanted);
    }
    for (key, value) in &writes {
        match value {
            Some(value) => batch.put(A, key.clone(), value.clone()),
            None => batch.delete(A, key.clone()),
        }
    }
    match store.commit(batch).await {
        Ok(_) => assert!(holds),
        Err(CommitError::Conflict { .. }) => {
            assert!(!holds);
            return;
        }
        Err(other) => panic!("{other}"),
    }
    for (key, value) in writes {
        match value {
            Some(value) => model.insert(key, value),
            None => model.remove(&key),
        };
    }
}

async fn page(
    store: &Store,
    model: &BTreeMap<Vec<u8>, Vec<u8>>,
    prefix: Vec<u8>,
    after: Option<Vec<u8>>,
    backward: bool,
    limit: usize,
) {
    let mut expected: Vec<_> = model
        .iter()
        .filter(|(key, _)| key.starts_with(&prefix))
        .filter(|(key, _)| match &after {
            None => true,
            Some(after) if backward => *key < after,
            Some(after) => *key > after,
        })
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if backward {
        expected.reverse();
    }
    let more = expected.len() > limit;
    expected.truncate(limit);
    let direction = if backward {
        Direction::Backward
    } else {
        Direction::Forward
    };
    let scan = Scan {
        space: A,
        prefix,
        after,
        direction,
        limit,
    };
    let found = store.scan(scan).await.unwrap();
    assert_eq!(found.next.is_some(), more);
    let rows: Vec<_> = found
        .rows
        .into_iter()
        .map(|(key, stored)| (key, stored.value))
        .collect();
    assert_eq!(rows, expected);
}
