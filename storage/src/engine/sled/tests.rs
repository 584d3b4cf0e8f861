use std::fs;

use super::*;

const CACHE: u64 = 1 << 22;

fn create(dir: &Path) -> Sled {
    Sled::open(dir, CACHE, Fresh::Create).unwrap()
}

fn writes(rows: impl IntoIterator<Item = (Vec<u8>, Option<Vec<u8>>)>) -> Writes {
    rows.into_iter().collect()
}

fn strays(dir: &Path) -> usize {
    fs::read_dir(dir.join("blobs")).unwrap().count()
}

fn all_rows(engine: &Sled) -> usize {
    engine.db.len()
}

/// The page files that sled never syncs must not come to be, whatever the rows are like.
#[test]
fn long_keys_and_values_never_make_a_page_file() {
    let dir = tempfile::tempdir().unwrap();
    let engine = create(dir.path());
    for round in 0..4u16 {
        for n in 0..60u16 {
            // Different from the first byte on, so that no common prefix shortens them.
            let mut key = (n * 1031).to_be_bytes().to_vec();
            key.resize(crate::MAX_KEY, 0xAB);
            let len = [15_000, 16_384, 70_000, 300][usize::from((n + round) % 4)];
            engine
                .write(&writes([(key, Some(vec![round as u8; len]))]))
                .unwrap();
            assert_eq!(strays(dir.path()), 0, "round {round}, row {n}");
        }
    }
}

/// Proves the danger that the pieces are for; if it goes away, so may they.
#[test]
fn uncut_values_do_make_page_files() {
    let dir = tempfile::tempdir().unwrap();
    let engine = create(dir.path());
    for n in 0..30u8 {
        engine.db.insert([9, n], vec![n; 65_536]).unwrap();
    }
    engine.db.flush().unwrap();
    assert!(strays(dir.path()) > 0);
    engine.guard.sync().unwrap();
}

#[test]
fn pieces_go_with_their_value() {
    let dir = tempfile::tempdir().unwrap();
    let engine = create(dir.path());
    let key = b"key".to_vec();
    for (len, rows) in [(100_000, 8), (20_000, 3), (5, 1), (40_000, 4)] {
        let value = vec![1; len];
        engine
            .write(&writes([(key.clone(), Some(value.clone()))]))
            .unwrap();
        assert_eq!(engine.get(&key).unwrap(), Some(value));
        assert_eq!(all_rows(&engine), rows);
    }
    engine.write(&writes([(key.clone(), None)])).unwrap();
    assert_eq!((engine.get(&key).unwrap(), all_rows(&engine)), (None, 0));
}

/// Key and number of a piece are simply joined; keys that look like it must not meet.
#[test]
fn pieces_of_similar_keys_are_kept_apart() {
    let dir = tempfile::tempdir().unwrap();
    let engine = create(dir.path());
    let keys = [&b"k"[..], b"k\0", b"k\0\0", b"k\0\x01", b"k\0\0\0\0"];
    let value = |n: usize| vec![n as u8; 20_000 + n];
    let rows = keys.iter().enumerate();
    engine
        .write(&writes(rows.map(|(n, key)| (key.to_vec(), Some(value(n))))))
        .unwrap();
    for (n, key) in keys.iter().enumerate() {
        assert_eq!(engine.get(key).unwrap(), Some(value(n)));
    }
    engine.write(&writes([(keys[0].to_vec(), None)])).unwrap();
    for (n, key) in keys.iter().enumerate().skip(1) {
        assert_eq!(engine.get(key).unwrap(), Some(value(n)));
    }
}

#[test]
fn missing_piece_is_corruption_and_not_a_short_value() {
    let dir = tempfile::tempdir().unwrap();
    let engine = create(dir.path());
    let key = b"key".to_vec();
    engine
        .write(&writes([(key.clone(), Some(vec![1; 50_000]))]))
        .unwrap();
    let piece = [&[1], &key[..], &[0, 1]].concat();
    assert!(engine.db.remove(piece).unwrap().is_some());
    assert!(matches!(engine.get(&key), Err(Fault::Corrupt(_))));
}

#[test]
fn store_that_recovered_nothing_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    drop(create(dir.path()));
    drop(Sled::open(dir.path(), CACHE, Fresh::Existing).unwrap());
    // As a power cut leaves it when nothing was synced: the file is there, its contents are not.
    fs::write(dir.path().join("db"), b"").unwrap();
    for entry in fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        if path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("snap")
        {
            fs::remove_file(path).unwrap();
        }
    }
    let refused = Sled::open(dir.path(), CACHE, Fresh::Existing).err();
    assert!(matches!(refused, Some(OpenError::LostData { .. })));
}
