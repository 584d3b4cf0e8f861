//! A command's end of the control socket.

use std::io;
use std::path::Path;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::protocol::{LONGEST_LINE, Line, Request};
use super::{NAME, SocketPath};
use crate::fault::{Exit, Fault};

/// A connection to the server that runs on this data directory, if one does.
pub async fn connect(dir: &Path) -> Result<Option<UnixStream>, Fault> {
    let socket = match SocketPath::of(dir, NAME) {
        Ok(socket) => socket,
        // What is wrong with the directory is told by who opens the store.
        Err(_) => return Ok(None),
    };
    match UnixStream::connect(&socket.path).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let path = dir.join(NAME);
            let remedy = "run this as the user that runs the server";
            let line = format!("{} may not be used by this user; {remedy}", path.display());
            Err(Fault::new(Exit::NoPermission, line))
        }
        Err(_) => Ok(None),
    }
}

/// The answer lines of a server.
pub struct Lines {
    reading: BufReader<OwnedReadHalf>,
    writing: OwnedWriteHalf,
}

impl Lines {
    pub async fn ask(stream: UnixStream, request: &Request) -> Result<Lines, Fault> {
        let (reading, writing) = stream.into_split();
        let mut lines = Lines {
            reading: BufReader::new(reading),
            writing,
        };
        let mut text = serde_json::to_vec(request).map_err(|error| broken(&error))?;
        text.push(b'\n');
        lines.write(&text).await?;
        Ok(lines)
    }

    /// Sends a piece of the message that follows a deliver request.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let written = self.writing.write_all(bytes).await;
        written.map_err(|error| broken(&error))
    }

    pub async fn next(&mut self) -> Result<Line, Fault> {
        let mut text = Vec::new();
        let mut bounded = (&mut self.reading).take(LONGEST_LINE);
        let read = bounded.read_until(b'\n', &mut text).await;
        read.map_err(|error| broken(&error))?;
        if !text.ends_with(b"\n") {
            let line = "the server went away in the middle of its answer; try again";
            return Err(Fault::temporary(line));
        }
        serde_json::from_slice(&text).map_err(|error| broken(&error))
    }
}

fn broken(error: &dyn std::error::Error) -> Fault {
    Fault::temporary(format!("the server could not be asked: {error}; try again"))
}
