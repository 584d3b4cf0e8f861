//! A page is ordered, stays inside its prefix, and its cursor goes on exactly where it ended.
use storage::{Batch, Direction, EngineKind, Store};

use super::support::{A, B, keys, page, put, with_store};
use Direction::{Backward, Forward};

async fn fill(store: &Store, names: &[&[u8]]) {
    let mut batch = Batch::new();
    for name in names {
        batch.put(A, name.to_vec(), name.to_vec());
    }
    store.commit(batch).await.unwrap();
}

async fn fill_numbers(store: &Store, count: u16) {
    let mut batch = Batch::new();
    for n in 0..count {
        batch.put(A, n.to_be_bytes().to_vec(), vec![]);
    }
    store.commit(batch).await.unwrap();
}

pub fn prefix_is_never_left(kind: EngineKind) {
    with_store(kind, async |store| {
        fill(
            &store,
            &[b"a", b"ab", b"ab\x00", b"abc", b"ab\xFF", b"ac", b"b"],
        )
        .await;
        let expected: Vec<&[u8]> = vec![b"ab", b"ab\x00", b"abc", b"ab\xFF"];
        assert_eq!(keys(&store, b"ab", Forward, 10).await, expected);
        let reversed: Vec<&[u8]> = expected.into_iter().rev().collect();
        assert_eq!(keys(&store, b"ab", Backward, 10).await, reversed);
        assert!(keys(&store, b"x", Forward, 10).await.is_empty());
    });
}

pub fn both_directions_give_the_same_rows(kind: EngineKind) {
    with_store(kind, async |store| {
        fill_numbers(&store, 300).await;
        let forward = keys(&store, b"", Forward, 1000).await;
        let mut backward = keys(&store, b"", Backward, 1000).await;
        backward.reverse();
        assert_eq!(forward.len(), 300);
        assert!(forward.is_sorted());
        assert_eq!(forward, backward);
    });
}

pub fn cursors_at_page_edges_miss_and_double_nothing(kind: EngineKind) {
    with_store(kind, async |store| {
        fill_numbers(&store, 60).await;
        let all = keys(&store, b"", Forward, 1000).await;
        for direction in [Forward, Backward] {
            let mut expected = all.clone();
            if direction == Backward {
                expected.reverse();
            }
            for limit in [1, 2, 7, 20, 59, 60, 61] {
                let paged = keys(&store, b"", direction, limit).await;
                assert_eq!(paged, expected, "pages of {limit}, {direction:?}");
            }
        }
    });
}

pub fn page_that_ends_with_the_last_row_has_no_next(kind: EngineKind) {
    with_store(kind, async |store| {
        fill_numbers(&store, 20).await;
        for direction in [Forward, Backward] {
            let exact = page(&store, b"", None, direction, 20).await;
            assert_eq!((exact.rows.len(), exact.next), (20, None));
            let less = page(&store, b"", None, direction, 19).await;
            assert_eq!(less.next.as_ref(), less.rows.last().map(|(key, _)| key));
            assert_eq!(less.rows.len(), 19);
            let none = page(&store, b"", None, direction, 0).await;
            assert_eq!((none.rows.len(), none.next), (0, None));
        }
    });
}

pub fn foreign_cursors_stay_inside_the_prefix(kind: EngineKind) {
    with_store(kind, async |store| {
        fill(&store, &[b"a1", b"m1", b"m2", b"z1"]).await;
        let from = |cursor, direction| page(&store, b"m", Some(cursor), direction, 10);
        assert_eq!(from(b"a1", Forward).await.rows.len(), 2);
        assert_eq!(from(b"z1", Forward).await.rows.len(), 0);
        assert_eq!(from(b"z1", Backward).await.rows.len(), 2);
        assert_eq!(from(b"a1", Backward).await.rows.len(), 0);
        assert_eq!(from(b"m1\x00", Forward).await.rows.len(), 1);
        assert_eq!(from(b"m1\x00", Backward).await.rows.len(), 1);
        assert_eq!(from(b"", Forward).await.rows.len(), 2);
        assert_eq!(from(b"", Backward).await.rows.len(), 0);
    });
}

pub fn prefixes_of_0xff_have_an_end(kind: EngineKind) {
    with_store(kind, async |store| {
        fill(&store, &[b"\xFE", b"\xFF", b"\xFF\xFF", b"\xFF\xFF\xFF"]).await;
        put(&store, B, b"\x00", b"").await;
        let last = storage::Keyspace(u16::MAX);
        put(&store, last, b"\xFF\xFF", b"").await;
        for direction in [Forward, Backward] {
            assert_eq!(keys(&store, b"\xFF", direction, 2).await.len(), 3);
            assert_eq!(keys(&store, b"\xFF\xFF", direction, 2).await.len(), 2);
            let scan = storage::Scan {
                space: last,
                prefix: vec![0xFF],
                after: None,
                direction,
                limit: 5,
            };
            assert_eq!(store.scan(scan).await.unwrap().rows.len(), 1);
        }
    });
}

pub fn large_rows_make_short_pages_with_a_cursor(kind: EngineKind) {
    with_store(kind, async |store| {
        for n in 0..9u8 {
            put(&store, A, &[n], &vec![n; 1_000_000]).await;
        }
        let first = page(&store, b"", None, Forward, 100).await;
        assert!((1..9).contains(&first.rows.len()));
        assert!(first.next.is_some());
        assert_eq!(keys(&store, b"", Forward, 100).await.len(), 9);
        assert_eq!(keys(&store, b"", Backward, 100).await.len(), 9);
    });
}

pub fn get_many_keeps_the_order_asked_for(kind: EngineKind) {
    with_store(kind, async |store| {
        fill(&store, &[b"a", b"b", b"c"]).await;
        let wanted = [b"c", b"x", b"a", b"c"];
        let wanted = wanted.iter().map(|key| (A, key.to_vec())).collect();
        let found = store.get_many(wanted).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|row| Some(row?.value)).collect();
        let is = |key: &[u8]| Some(key.to_vec());
        assert_eq!(found, [is(b"c"), None, is(b"a"), is(b"c")]);
    });
}

pub fn neighbouring_keyspaces_do_not_mix(kind: EngineKind) {
    with_store(kind, async |store| {
        put(&store, A, b"\xFF\xFF", b"a").await;
        put(&store, B, b"", b"b").await;
        put(&store, B, b"k", b"b").await;
        assert_eq!(keys(&store, b"", Forward, 10).await, [b"\xFF\xFF"]);
        assert_eq!(keys(&store, b"", Backward, 10).await, [b"\xFF\xFF"]);
    });
}

/// Not a promise over several pages, but within one.
pub fn page_never_shows_half_a_batch(kind: EngineKind) {
    with_store(kind, async |store| {
        let write = async |store: &Store, round: u8| {
            let mut batch = Batch::new();
            for n in 0..200u8 {
                batch.put(A, vec![n], vec![round]);
            }
            store.commit(batch).await.unwrap();
        };
        write(&store, 0).await;
        let reader = tokio::spawn({
            let store = store.clone();
            async move {
                let mut rounds = 0;
                while rounds < 40 {
                    let rows = page(&store, b"", None, Forward, 200).await.rows;
                    let first = rows[0].1.value[0];
                    assert!(rows.iter().all(|(_, stored)| stored.value == [first]));
                    rounds = first;
                }
            }
        });
        for round in 1..=40 {
            write(&store, round).await;
        }
        reader.await.unwrap();
    });
}
