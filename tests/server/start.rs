//! Bad luck at the start that only a whole machine can have: a disk without room. The rest of the
//! bad input stands in `tests/cli/bad_input.rs`.

use std::path::Path;
use std::process::Command;

use storage::EngineKind;

use crate::harness::{Program, in_runtime, run, skip};

#[test]
fn a_full_disk_is_one_line_with_its_remedy() {
    let is_root = run(Command::new("id").arg("-u")).trim() == "0";
    if !is_root {
        return skip("a small file system is mounted by root");
    }
    for engine in [EngineKind::Sled, EngineKind::Redb] {
        let directory = tempfile::tempdir().expect("a directory");
        let Some(disk) = Disk::mount(directory.path()) else {
            return skip("a small file system cannot be mounted here");
        };
        let data = disk.0.join("data");
        in_runtime(Program::make(&data, engine));
        // On a disk that ran full under a desk, and on one that was full before.
        fill(disk.0);
        for data in [&data, &disk.0.join("fresh")] {
            let output = Command::new(env!("CARGO_BIN_EXE_maildesk"))
                .args([
                    "demo",
                    "--smtp",
                    "127.0.0.1:0",
                    "--web",
                    "127.0.0.1:0",
                    "--data",
                ])
                .arg(data)
                .output()
                .expect("the program starts");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let last = said.lines().last().unwrap_or_default();
            assert_eq!(output.status.code(), Some(75), "{engine:?}: {said}");
            assert!(
                last.starts_with("maildesk: ") && last.contains("no space is left"),
                "{engine:?}: {said}"
            );
            assert!(!said.contains("panicked"), "{engine:?}: {said}");
        }
    }
}

struct Disk<'a>(&'a Path);

impl Disk<'_> {
    fn mount(path: &Path) -> Option<Disk<'_>> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m", "maildesk-test"])
            .arg(path)
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then_some(Disk(path))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(self.0).status());
    }
}

/// Writes until no byte fits any more.
fn fill(disk: &Path) {
    use std::io::Write;
    let mut file = std::fs::File::create(disk.join("ballast")).expect("a file");
    for piece in [1 << 20, 4096, 1] {
        while file.write_all(&vec![0; piece]).is_ok() {}
    }
}
