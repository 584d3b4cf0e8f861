use proptest::prelude::*;

use super::*;
use crate::store::{Options, Store};

fn open_store(dir: &Path) -> Store {
    Store::open(dir, &Options::default()).unwrap()
}

async fn put(store: &Store, content: Content) -> BlobId {
    let mut batch = Batch::new();
    let id = store.blobs().put(&mut batch, content).await.unwrap();
    store.commit(batch).await.unwrap();
    id
}

async fn read(store: &Store, id: BlobId) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut reader = store.blobs().open(&id).await.unwrap().unwrap();
    reader.read_to_end(&mut bytes).unwrap();
    assert_eq!(reader.len(), bytes.len() as u64);
    bytes
}

fn spool(store: &Store, bytes: &[u8]) -> Content {
    let path = store.blobs().spool_dir().join("spooled");
    std::fs::write(&path, bytes).unwrap();
    Content::File {
        path,
        size: bytes.len() as u64,
        sha256: BlobId::of(bytes).0,
    }
}

fn files(store: &Store) -> usize {
    crate::verify::blob_files(store.dir()).unwrap().len()
}

#[tokio::test]
async fn size_decides_between_inside_and_file() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path());
    for (len, expected_files) in [(0, 0), (INSIDE, 0), (INSIDE + 1, 1)] {
        let bytes = vec![7; len];
        let id = put(&store, Content::Memory(bytes.clone())).await;
        assert_eq!(id, BlobId::of(&bytes));
        assert_eq!(read(&store, id).await, bytes);
        assert_eq!(files(&store), expected_files);
    }
}

#[tokio::test]
async fn spooled_files_are_kept_the_same_way() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path());
    for len in [10, INSIDE + 10] {
        let bytes = vec![3; len];
        let content = spool(&store, &bytes);
        let id = put(&store, content).await;
        assert_eq!(read(&store, id).await, bytes);
    }
    assert_eq!(files(&store), 1);
}

#[tokio::test]
async fn large_blob_is_there_before_its_batch() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path());
    let mut batch = Batch::new();
    let content = Content::Memory(vec![1; INSIDE + 1]);
    let id = store.blobs().put(&mut batch, content).await.unwrap();
    assert!(batch.is_empty());
    assert_eq!(store.blobs().size(&id).await, Ok(Some(INSIDE as u64 + 1)));
}

#[tokio::test]
async fn small_blob_comes_with_its_batch() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path());
    let mut batch = Batch::new();
    let content = Content::Memory(b"mail".to_vec());
    let id = store.blobs().put(&mut batch, content).await.unwrap();
    assert_eq!(store.blobs().size(&id).await, Ok(None));
    store.commit(batch).await.unwrap();
    assert_eq!(store.blobs().size(&id).await, Ok(Some(4)));
}

#[tokio::test]
async fn same_content_twice_is_one_blob_also_when_the_spool_file_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path());
    let bytes = vec![9; INSIDE + 5];
    let again = |path: &Path| Content::File {
        path: path.into(),
        size: bytes.len() as u64,
        sha256: BlobId::of(&bytes).0,
    };
    let path = store.blobs().spool_dir().join("spooled");
    put(&store, spool(&store, &bytes)).await;
    assert!(!path.exists());
    // A change that is computed again after a conflict names the same file again.
    put(&store, again(&path)).await;
    put(&store, spool(&store, &bytes)).await;
    assert!(!path.exists());
    assert_eq!(files(&store), 1);
}

#[tokio::test]
async fn truncated_blob_file_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path());
    let bytes = vec![9; INSIDE + 5];
    let id = put(&store, Content::Memory(bytes.clone())).await;
    std::fs::write(path_of(dir.path(), id), b"cut").unwrap();
    put(&store, Content::Memory(bytes.clone())).await;
    assert_eq!(read(&store, id).await, bytes);
}

#[tokio::test]
async fn spool_file_of_another_size_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path());
    for len in [10, INSIDE as u64 + 10] {
        let path = store.blobs().spool_dir().join("spooled");
        std::fs::write(&path, b"short").unwrap();
        let content = Content::File {
            path,
            size: len,
            sha256: [0; 32],
        };
        let mut batch = Batch::new();
        assert!(store.blobs().put(&mut batch, content).await.is_err());
        assert!(batch.is_empty());
    }
    assert_eq!(files(&store), 0);
}

#[tokio::test]
async fn reader_can_seek_in_both_kinds() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path());
    for len in [100, INSIDE + 100] {
        let bytes: Vec<u8> = (0..len).map(|n| (n % 256) as u8).collect();
        let id = put(&store, Content::Memory(bytes.clone())).await;
        let mut reader = store.blobs().open(&id).await.unwrap().unwrap();
        reader.seek(SeekFrom::End(-10)).unwrap();
        let mut end = Vec::new();
        reader.read_to_end(&mut end).unwrap();
        assert_eq!(end, bytes[len - 10..]);
    }
}

#[tokio::test]
async fn unknown_blob_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path());
    let open = store.blobs().open(&BlobId([0; 32])).await.unwrap();
    assert!(open.is_none());
}

proptest! {
    #[test]
    fn text_of_an_id_is_read_back(bytes in any::<[u8; 32]>()) {
        let id = BlobId(bytes);
        prop_assert_eq!(id.to_string().parse::<BlobId>().ok(), Some(id));
    }

    #[test]
    fn any_text_is_an_id_or_none(text in ".{0,70}") {
        if let Ok(id) = text.parse::<BlobId>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }
}
