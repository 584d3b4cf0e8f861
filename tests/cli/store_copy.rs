//! The store moves to another engine and back, with everything in it.

use crate::program::Here;

#[test]
fn a_copy_takes_the_stores_place_and_keeps_the_old_one() {
    let here = Here::new();
    here.desk("sled");
    here.deliver("Moved").well();
    let before = here.call(&["tickets", "--json", "--data", "d"]).well();
    here.call(&["store", "copy", "--to", "redb", "--data", "d"])
        .well();
    let marker = std::fs::read_to_string(here.path("d/engine")).expect("the marker");
    assert!(marker.starts_with("redb"), "{marker}");
    let old = std::fs::read_to_string(here.path("d.sled/engine")).expect("the old marker");
    assert!(old.starts_with("sled"), "{old}");
    assert_eq!(
        here.call(&["tickets", "--json", "--data", "d"]).well(),
        before
    );
    assert_eq!(
        here.call(&["tickets", "--json", "--data", "d.sled"]).well(),
        before
    );
    here.call(&["fsck", "--data", "d"]).well();
    // Changes go on where they were: versions and counters came along.
    here.deliver("Afterwards").well();
    here.call(&["fsck", "--data", "d"]).well();
    here.call(&["store", "copy", "--to", "sled", "--data", "d"])
        .well();
    assert!(
        here.call(&["tickets", "--data", "d"])
            .well()
            .contains("Afterwards")
    );
}

#[test]
fn a_copy_is_refused_when_it_makes_no_sense() {
    let here = Here::new();
    here.desk("sled");
    let line = here
        .call(&["store", "copy", "--to", "sled", "--data", "d"])
        .refused(65);
    assert!(line.contains("kept by sled already"), "{line}");
    std::fs::create_dir(here.path("d.sled")).expect("a directory");
    let line = here
        .call(&["store", "copy", "--to", "redb", "--data", "d"])
        .refused(65);
    assert!(line.contains("left from an earlier copy"), "{line}");
    here.call(&["store", "copy", "--to", "redb", "--data", "absent"])
        .refused(65);
}

#[test]
fn a_copy_is_refused_while_a_server_runs() {
    let here = Here::new();
    let _server = here.demo();
    let line = here
        .call(&["store", "copy", "--to", "redb", "--data", "d"])
        .refused(75);
    assert!(line.contains("a server runs on"), "{line}");
}
