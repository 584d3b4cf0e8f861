use super::*;
use crate::store::Options;

const LOG: Log<()> = Log::new(30, "log");

/// A store with the durable entries 1 and 2, and one more of a commit that is not durable yet, as
/// an engine shows it between the write and its sync.
async fn store_with_one_entry_ahead(dir: &std::path::Path) -> Store {
    let store = Store::open(dir, &Options::default()).unwrap();
    let mut batch = Batch::new();
    LOG.append(&mut batch, &());
    LOG.append(&mut batch, &());
    batch.restore(LOG.space(), encode(&3u64), 1_000, seal(&()));
    store.commit(batch).await.unwrap();
    store
}

#[tokio::test]
async fn entries_ahead_of_the_disk_are_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_with_one_entry_ahead(dir.path()).await;
    let all = LOG.after(&store, 0, 10).await.unwrap();
    assert_eq!(all, [(1, ()), (2, ())]);
    assert!(LOG.after(&store, 2, 10).await.unwrap().is_empty());
    assert_eq!(LOG.last(&store).await, Ok(2));
}

#[tokio::test]
async fn newest_shown_is_the_newest_durable() {
    let dir = tempfile::tempdir().unwrap();
    let store = store_with_one_entry_ahead(dir.path()).await;
    let newest = LOG.before(&store, None, 1).await.unwrap();
    assert_eq!(newest, [(2, ())]);
}
