//! Other programs: whether they are there, what they say, what memory they have.

use std::path::Path;
use std::process::{Command, Stdio};

/// Whether a peer's program is missing. A test may then end, with the message printed here; where
/// the variable CI is set nothing may be missing.
pub fn is_missing(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let sbin = ["/usr/sbin", "/sbin"].map(Into::into);
    let found = std::env::split_paths(&path)
        .chain(sbin)
        .any(|dir| dir.join(program).exists());
    if !found {
        skip(&format!("{program} is not installed"));
    }
    !found
}

/// Says why a test is not done here; in CI that is a failure.
pub fn skip(why: &str) {
    assert!(
        std::env::var_os("CI").is_none(),
        "{why}, and in CI it must be"
    );
    println!("skipped: {why}");
}

/// Runs a command that must end well, and returns what it wrote to standard output.
#[track_caller]
pub fn run(command: &mut Command) -> String {
    let output = command
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{out}\n{err}");
    out
}

/// Lets a process, or this one, hold so many files open. There is no way to ask for it from safe
/// Rust, so prlimit(1) of util-linux does.
pub fn limit_files(pid: u32, files: usize) {
    let [pid, limit] = [format!("--pid={pid}"), format!("--nofile={files}:")];
    run(Command::new("prlimit").args([pid, limit]));
}

/// The memory of a process in KiB.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    pub resident: u64,
    /// The most it had since the start or since `forget_peak`.
    pub peak: u64,
}

impl Memory {
    pub fn of(pid: u32) -> Memory {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"));
        let status = status.expect("the process runs");
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|rest| rest.split_whitespace().nth(0)?.parse().ok());
            number.unwrap_or_else(|| panic!("{name} in {status}"))
        };
        Memory {
            resident: field("VmRSS:"),
            peak: field("VmHWM:"),
        }
    }

    /// proc(5): writing 5 makes the peak what is resident at this moment.
    pub fn forget_peak(pid: u32) {
        let path = format!("/proc/{pid}/clear_refs");
        std::fs::write(Path::new(&path), "5").expect("the process is ours");
    }
}
