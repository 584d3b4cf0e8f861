//! What the disk can do: the yardstick for everything that promises to be durable.

use anyhow::Result;
use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

/// How often 4 KiB can be appended and forced to the disk, one after the other.
pub fn syncs_per_second() -> Result<f64> {
    let dir = tempfile::tempdir_in(super::desk_of::root()?)?;
    let mut file = File::create(dir.path().join("log"))?;
    let block = [0x5a; 4096];
    let (begin, mut done) = (Instant::now(), 0u32);
    while begin.elapsed() < Duration::from_secs(3) {
        file.write_all(&block)?;
        file.sync_data()?;
        done += 1;
    }
    Ok(f64::from(done) / begin.elapsed().as_secs_f64())
}
