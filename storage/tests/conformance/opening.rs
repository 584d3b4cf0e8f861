//! Opening, closing, refusing, migrating and copying.
use std::fs;

use storage::{
    Batch, BlobId, CommitError, Content, Direction, EngineKind, INSIDE, Migration, OpenError,
    Options, ReadError, Store, copy, migrate, migrations_done,
};
use tokio::task::JoinSet;

use super::support::{A, B, in_directory, keys, open, options, put, value};

fn other(kind: EngineKind) -> EngineKind {
    match kind {
        EngineKind::Sled => EngineKind::Redb,
        EngineKind::Redb => EngineKind::Sled,
    }
}

pub fn committed_rows_are_there_after_reopening(kind: EngineKind) {
    in_directory(async |dir| {
        let mut last = 0;
        for round in 0..3u8 {
            let store = open(dir, kind);
            for earlier in 0..round {
                assert_eq!(value(&store, A, &[earlier]).await, Some(vec![earlier]));
            }
            assert_eq!(*store.changed().borrow(), last);
            let commit = put(&store, A, &[round], &[round]).await;
            assert!(commit.version > last);
            last = commit.version;
            store.close().await;
        }
    });
}

pub fn rows_are_there_after_the_last_handle_is_dropped(kind: EngineKind) {
    in_directory(async |dir| {
        let store = open(dir, kind);
        put(&store, A, b"k", b"1").await;
        drop(store);
        assert_eq!(value(&open(dir, kind), A, b"k").await, Some(b"1".to_vec()));
    });
}

pub fn second_opening_is_refused_while_the_first_lives(kind: EngineKind) {
    in_directory(async |dir| {
        let store = open(dir, kind);
        let second = Store::open(dir, &options(kind)).err().unwrap();
        assert!(matches!(second, OpenError::Locked { .. }));
        let clone = store.clone();
        store.close().await;
        drop(open(dir, kind));
        drop(clone);
    });
}

pub fn closed_store_answers_closed(kind: EngineKind) {
    in_directory(async |dir| {
        let store = open(dir, kind);
        let clone = store.clone();
        store.close().await;
        assert_eq!(clone.get(A, b"k").await, Err(ReadError::Closed));
        let mut batch = Batch::new();
        batch.put(A, vec![], vec![]);
        assert_eq!(clone.commit(batch).await, Err(CommitError::Closed));
        clone.close().await;
    });
}

pub fn newer_format_is_refused(kind: EngineKind) {
    in_directory(async |dir| {
        open(dir, kind).close().await;
        fs::write(dir.join("engine"), format!("{kind} 2\n")).unwrap();
        let newer = Store::open(dir, &Options::default()).err().unwrap();
        assert!(matches!(newer, OpenError::Newer { found: 2, known: 1 }));
        assert!(newer.to_string().contains("newer maildesk"));
    });
}

pub fn other_engine_is_refused_and_none_takes_what_is_there(kind: EngineKind) {
    in_directory(async |dir| {
        open(dir, kind).close().await;
        let wrong = Store::open(dir, &options(other(kind))).err().unwrap();
        assert!(
            matches!(wrong, OpenError::WrongEngine { found, asked } if found == kind && asked == other(kind))
        );
        let any = Store::open(dir, &Options::default()).unwrap();
        assert_eq!(any.engine(), kind);
    });
}

pub fn vanished_rows_are_not_mistaken_for_an_empty_store(kind: EngineKind) {
    in_directory(async |dir| {
        let store = open(dir, kind);
        put(&store, A, b"k", b"1").await;
        store.close().await;
        let rows = dir.join("store");
        for entry in fs::read_dir(&rows).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::remove_file(path).unwrap();
            }
        }
        let emptied = Store::open(dir, &options(kind)).err().unwrap();
        assert!(matches!(emptied, OpenError::LostData { .. }), "{emptied}");
        fs::remove_dir_all(rows).unwrap();
        let gone = Store::open(dir, &options(kind)).err().unwrap();
        assert!(matches!(gone, OpenError::LostData { .. }), "{gone}");
    });
}

pub fn overwritten_rows_are_refused_without_a_panic(kind: EngineKind) {
    in_directory(async |dir| {
        let store = open(dir, kind);
        for n in 0..50u8 {
            put(&store, A, &[n], &[n; 3000]).await;
        }
        store.close().await;
        for entry in fs::read_dir(dir.join("store")).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let len = fs::metadata(&path).unwrap().len() as usize;
                fs::write(path, vec![0x5A; len]).unwrap();
            }
        }
        assert!(Store::open(dir, &options(kind)).is_err());
    });
}

pub fn full_queue_answers_busy_at_once(kind: EngineKind) {
    in_directory(async |dir| {
        let narrow = Options {
            queue: 1,
            ..options(kind)
        };
        let store = Store::open(dir, &narrow).unwrap();
        let mut writers = JoinSet::new();
        for n in 0..200u8 {
            let store = store.clone();
            writers.spawn(async move {
                let mut batch = Batch::new();
                batch.put(A, vec![n], vec![n]);
                (n, store.commit(batch).await)
            });
        }
        let mut busy = 0;
        for (n, result) in writers.join_all().await {
            let there = value(&store, A, &[n]).await.is_some();
            match result {
                Ok(_) => assert!(there),
                Err(CommitError::Busy) => {
                    assert!(!there);
                    busy += 1;
                }
                Err(other) => panic!("{other}"),
            }
        }
        assert!(busy > 0);
    });
}

pub fn migrations_run_once_each(kind: EngineKind) {
    const FIRST: Migration = |_| {
        Box::pin(async {
            let mut batch = Batch::new();
            batch.add(A, b"first".to_vec(), 1);
            Ok(batch)
        })
    };
    const SECOND: Migration = |store| {
        Box::pin(async {
            let first = store.get(A, b"first").await?.expect("the first has run");
            let mut batch = Batch::new();
            batch.put(B, b"second".to_vec(), first.value);
            Ok(batch)
        })
    };
    in_directory(async |dir| {
        let store = open(dir, kind);
        migrate(&store, &[FIRST]).await.unwrap();
        migrate(&store, &[FIRST]).await.unwrap();
        store.close().await;
        let store = open(dir, kind);
        migrate(&store, &[FIRST, SECOND]).await.unwrap();
        assert_eq!(migrations_done(&store).await, Ok(2));
        let once = Some(1i64.to_be_bytes().to_vec());
        assert_eq!(value(&store, A, b"first").await, once);
        assert_eq!(value(&store, B, b"second").await, once);
        let older_program = migrate(&store, &[FIRST]).await;
        assert!(matches!(
            older_program,
            Err(OpenError::Newer { found: 2, known: 1 })
        ));
    });
}

pub fn copy_to_the_other_engine_keeps_everything(kind: EngineKind) {
    in_directory(async |dir| {
        let from = open(&dir.join("from"), kind);
        let mut batch = Batch::new();
        let small = vec![1; INSIDE];
        let large = vec![2; INSIDE + 1];
        from.blobs()
            .put(&mut batch, Content::Memory(small.clone()))
            .await
            .unwrap();
        from.blobs()
            .put(&mut batch, Content::Memory(large.clone()))
            .await
            .unwrap();
        for n in 0..500u16 {
            batch.put(A, n.to_be_bytes().to_vec(), vec![0; usize::from(n)]);
        }
        batch.append(B, b"event".to_vec());
        from.commit(batch).await.unwrap();
        let version = put(&from, A, b"k", b"1").await.version;

        let to = open(&dir.join("to"), other(kind));
        let mut told = 0;
        let copied = copy(&from, &to, |rows| told = rows).await.unwrap();
        assert_eq!(copied, told);
        let all = keys(&from, b"", Direction::Forward, 100).await;
        assert_eq!(keys(&to, b"", Direction::Forward, 100).await, all);
        assert_eq!(to.get(A, b"k").await, from.get(A, b"k").await);
        assert_eq!(to.get(A, b"k").await.unwrap().unwrap().version, version);
        for blob in [small, large] {
            let size = to.blobs().size(&BlobId::of(&blob)).await.unwrap();
            assert_eq!(size, Some(blob.len() as u64));
        }
        assert_eq!(to.verify().await.unwrap().damaged, Vec::<String>::new());

        let mut next = Batch::new();
        next.append(B, b"event".to_vec());
        let commit = to.commit(next).await.unwrap();
        assert!(commit.version > version);
        assert_eq!(commit.positions, [2]);
        assert!(matches!(
            copy(&from, &to, |_| {}).await,
            Err(storage::CopyError::NotEmpty)
        ));
    });
}
