//! The control socket: how commands reach a running server. `DATA/control.sock`, for the user
//! that runs the server and nobody else.
//!
//! Only the holder of the store's lock binds it, so a socket that nobody answers on is a
//! leftover of a server that was killed, and may be replaced.

mod client;
mod protocol;
mod server;

pub use client::{Lines, connect};
pub use protocol::{Delivery, LONGEST_LINE, LONGEST_REQUEST, Line, Request};
pub use server::{Control, bind};

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

const NAME: &str = "control.sock";

/// Takes the socket away, so that a command after the end need not find out that it is dead.
pub fn unbind(dir: &Path) {
    if let Err(error) = std::fs::remove_file(dir.join(NAME)) {
        tracing::debug!(%error, "the control socket could not be removed");
    }
}

/// A path to a socket in `dir` that fits into a socket address.
///
/// An address holds 108 bytes (unix(7)) and a data directory may lie deeper. The directory is
/// held open and named by its number then, which is short wherever it lies.
struct SocketPath {
    path: PathBuf,
    _directory: Option<File>,
}

impl SocketPath {
    fn of(dir: &Path, name: &str) -> io::Result<SocketPath> {
        let path = dir.join(name);
        if path.as_os_str().len() < LONGEST_PATH {
            return Ok(SocketPath {
                path,
                _directory: None,
            });
        }
        let directory = File::open(dir)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}/{name}", directory.as_raw_fd()));
        Ok(SocketPath {
            path,
            _directory: Some(directory),
        })
    }
}

const LONGEST_PATH: usize = 100;
