use std::fs;

use crate::batch::{Batch, INSIDE_BLOBS};
use crate::blob::{BlobId, Content, INSIDE, path_of};
use crate::store::{Options, Store};
use crate::verify::Verification;

async fn store_with_two_blobs(dir: &std::path::Path) -> (Store, [BlobId; 2]) {
    let store = Store::open(dir, &Options::default()).unwrap();
    let mut batch = Batch::new();
    let small = Content::Memory(vec![1; 100]);
    let large = Content::Memory(vec![2; INSIDE + 1]);
    let small = store.blobs().put(&mut batch, small).await.unwrap();
    let large = store.blobs().put(&mut batch, large).await.unwrap();
    store.commit(batch).await.unwrap();
    (store, [small, large])
}

async fn verify(store: &Store) -> Verification {
    store.verify().await.unwrap()
}

#[tokio::test]
async fn whole_store_is_counted_and_clean() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = store_with_two_blobs(dir.path()).await;
    let expected = Verification {
        rows: 1,
        blobs_inside: 1,
        blobs_outside: 1,
        blob_bytes: 100 + INSIDE as u64 + 1,
        damaged: vec![],
    };
    assert_eq!(verify(&store).await, expected);
}

#[tokio::test]
async fn damaged_blobs_inside_and_outside_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let (store, [small, large]) = store_with_two_blobs(dir.path()).await;
    let mut batch = Batch::new();
    batch.put(INSIDE_BLOBS, small.0.to_vec(), b"other".to_vec());
    store.commit(batch).await.unwrap();
    fs::write(path_of(dir.path(), large), b"other").unwrap();
    let damaged = verify(&store).await.damaged;
    assert_eq!(damaged.len(), 2);
    assert!(damaged[0].contains(&small.to_string()));
    assert!(damaged[1].contains(&large.to_string()[2..]));
}

#[tokio::test]
async fn stranger_among_the_blobs_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = store_with_two_blobs(dir.path()).await;
    fs::write(dir.path().join("blobs/ab/notes.txt"), b"").unwrap();
    let damaged = verify(&store).await.damaged;
    assert_eq!(damaged.len(), 1);
    assert!(damaged[0].contains("notes.txt"));
}

#[tokio::test]
async fn version_that_was_never_committed_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = store_with_two_blobs(dir.path()).await;
    let mut batch = Batch::new();
    batch.restore(crate::Keyspace(20), vec![1], 999, vec![]);
    store.commit(batch).await.unwrap();
    let damaged = verify(&store).await.damaged;
    assert_eq!(damaged.len(), 1);
    assert!(damaged[0].contains("999"));
}

/// Rows become readable a moment before they are durable; that is no damage.
#[tokio::test(flavor = "multi_thread")]
async fn running_store_is_clean_too() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = store_with_two_blobs(dir.path()).await;
    let writing = store.clone();
    let writer = tokio::spawn(async move {
        for n in 0..300u16 {
            let mut batch = Batch::new();
            batch.put(crate::Keyspace(20), n.to_be_bytes().to_vec(), vec![]);
            writing.commit(batch).await.unwrap();
        }
    });
    while !writer.is_finished() {
        assert_eq!(verify(&store).await.damaged, Vec::<String>::new());
    }
    writer.await.unwrap();
}
