//! A child process that ends with its owner, and what the kernel says of it.

use anyhow::{Context, Result};
use std::process::Child;

pub struct Process(pub Child);

impl Process {
    /// Bytes of memory in use now.
    pub fn resident(&self) -> Result<u64> {
        self.status("VmRSS:")
    }

    /// The most that was ever in use.
    pub fn peak(&self) -> Result<u64> {
        self.status("VmHWM:")
    }

    fn status(&self, field: &str) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kib = line.and_then(|line| line.split_whitespace().next());
        let kib: u64 = kib.context("no such field in /proc")?.parse()?;
        Ok(kib * 1024)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
