use super::*;

fn open(dir: &Path) -> Result<Directory, OpenError> {
    Directory::open(dir, &Options::default())
}

fn without_create() -> Options {
    Options {
        create: false,
        ..Options::default()
    }
}

#[test]
fn directory_is_made_with_all_its_places() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("new/data");
    drop(open(&dir).unwrap());
    assert_eq!(fs::read_to_string(dir.join("engine")).unwrap(), "sled 1\n");
    assert!(dir.join("blobs/ff").is_dir() && dir.join("blobs/00").is_dir());
    assert!(dir.join("spool").is_dir() && dir.join("store").is_dir());
    assert!(!dir.join("store.new").exists() && !dir.join("engine.new").exists());
}

#[test]
fn other_users_of_the_machine_are_kept_out() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let given = root.path().join("given");
    fs::create_dir(&given).unwrap();
    let made = root.path().join("between/made");
    for dir in [&given, &made] {
        drop(open(dir).unwrap());
    }
    let mode = |dir: &Path| fs::metadata(dir).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&made), 0o700);
    for place in ["store", "blobs", "spool"] {
        assert_eq!(mode(&given.join(place)), 0o700, "{place}");
    }
}

#[test]
fn absent_and_empty_directories_are_missing_stores_unless_to_be_created() {
    let root = tempfile::tempdir().unwrap();
    for dir in [root.path().to_path_buf(), root.path().join("absent")] {
        let error = Directory::open(&dir, &without_create()).err().unwrap();
        assert!(matches!(error, OpenError::Missing { .. }), "{error}");
    }
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn file_in_place_of_the_directory_is_said_so() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(open(&file), Err(OpenError::NotADirectory { .. })));
    let below = file.join("data");
    assert!(matches!(open(&below), Err(OpenError::NotADirectory { .. })));
}

#[test]
fn making_that_was_broken_off_early_starts_again() {
    let root = tempfile::tempdir().unwrap();
    let aside = root.path().join("store.new");
    fs::create_dir(&aside).unwrap();
    fs::write(aside.join("db"), "half").unwrap();
    fs::write(root.path().join("engine.new"), "sl").unwrap();
    let directory = open(root.path()).unwrap();
    directory.open_engine(1 << 20).map(drop).unwrap();
}

#[test]
fn making_that_was_broken_off_before_its_last_step_is_finished() {
    let root = tempfile::tempdir().unwrap();
    drop(open(root.path()).unwrap());
    fs::rename(root.path().join("engine"), root.path().join("engine.new")).unwrap();
    let directory = open(root.path()).unwrap();
    assert_eq!(directory.kind(), EngineKind::Sled);
    directory.open_engine(1 << 20).map(drop).unwrap();
}

#[test]
fn rows_without_a_marker_are_never_overwritten() {
    let root = tempfile::tempdir().unwrap();
    drop(open(root.path()).unwrap());
    fs::remove_file(root.path().join("engine")).unwrap();
    assert!(open(root.path()).is_err());
    assert!(root.path().join("store/db").exists());
}

#[test]
fn marker_of_something_else_is_refused() {
    let root = tempfile::tempdir().unwrap();
    for text in ["", "sled", "rocks 1", "sled one", "sled 1 2"] {
        fs::write(root.path().join("engine"), text).unwrap();
        let error = open(root.path()).err().unwrap();
        assert!(matches!(error, OpenError::Engine(_)), "{text:?}: {error}");
    }
}

#[test]
fn spool_is_emptied_at_each_opening() {
    let root = tempfile::tempdir().unwrap();
    drop(open(root.path()).unwrap());
    let spool = root.path().join("spool");
    fs::write(spool.join("left"), "x").unwrap();
    fs::create_dir(spool.join("deep")).unwrap();
    fs::write(spool.join("deep/left"), "x").unwrap();
    drop(open(root.path()).unwrap());
    assert_eq!(fs::read_dir(spool).unwrap().count(), 0);
}

#[test]
fn every_refusal_is_one_line_with_a_remedy() {
    let path = PathBuf::from("/data");
    let full = io::Error::from(io::ErrorKind::StorageFull);
    let denied = io::Error::from(io::ErrorKind::PermissionDenied);
    let refusals = [
        OpenError::Locked { dir: path.clone() },
        OpenError::Newer { found: 2, known: 1 },
        OpenError::Missing { dir: path.clone() },
        OpenError::LostData { dir: path.clone() },
        OpenError::from_io(&path, full),
        OpenError::from_io(&path, denied),
        OpenError::from_io(&path, io::Error::other("cable cut")),
    ];
    for refusal in refusals {
        let text = refusal.to_string();
        assert!(!text.contains('\n') && text.contains(';'), "{text}");
    }
}
