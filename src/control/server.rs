//! The server's end: one request to a connection, bounded in number, size and time.

use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::timeout;

use super::protocol::{LONGEST_REQUEST, Line, Request};
use super::{NAME, SocketPath};
use crate::answer::Answerer;
use crate::fault::Fault;

/// Binds the socket so that nobody else can connect to it at any moment: it is made in a
/// directory of our own, given its mode there and moved into place.
pub fn bind(dir: &Path) -> io::Result<UnixListener> {
    let nursery = dir.join(".control");
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&nursery)?;
    let made = SocketPath::of(&nursery, NAME)?;
    if made.path.exists() {
        std::fs::remove_file(&made.path)?;
    }
    let listener = UnixListener::bind(&made.path)?;
    std::fs::set_permissions(&made.path, PermissionsExt::from_mode(0o600))?;
    std::fs::rename(nursery.join(NAME), dir.join(NAME))?;
    std::fs::remove_dir(&nursery)?;
    Ok(listener)
}

/// Answers whoever connects, until told to stop.
pub struct Control {
    pub listener: UnixListener,
    pub answerer: Arc<Answerer>,
}

impl Control {
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let places = Arc::new(Semaphore::new(MOST_AT_ONCE));
        loop {
            // Taken before accepting, so that further callers wait in the kernel's queue.
            let Ok(place) = places.clone().acquire_owned().await else {
                return;
            };
            let stream = tokio::select! {
                accepted = self.listener.accept() => accepted,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let answerer = self.answerer.clone();
            match stream {
                Ok((stream, _)) => drop(tokio::spawn(async move {
                    converse(stream, answerer).await;
                    drop(place);
                })),
                // Out of file descriptors, most likely; there may be some in a moment.
                Err(error) => {
                    tracing::warn!(%error, "a control connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
        // The requests in hand end before the store closes.
        let all = u32::try_from(MOST_AT_ONCE).unwrap_or(u32::MAX);
        let ended = timeout(LONGEST_GOODBYE, places.acquire_many(all)).await;
        if ended.is_err() {
            tracing::warn!("a control connection was still open at the end");
        }
    }
}

async fn converse(stream: UnixStream, answerer: Arc<Answerer>) {
    let (reading, writing) = stream.into_split();
    let mut reading = BufReader::new(reading);
    let (out, lines) = mpsc::channel(16);
    let asking = async move {
        let last = match read_request(&mut reading).await {
            Ok(request) => answerer.answer(request, &mut reading, &out).await,
            Err(fault) => Err(fault),
        };
        let last = last.map_or_else(Line::from, Line::Done);
        // Nobody listens any more: the caller has gone away.
        drop(out.send(last).await);
    };
    tokio::join!(asking, tell(lines, writing));
}

/// Ends with the answer, or with the caller; then nobody takes rows any more, which ends a
/// listing that is still going on.
async fn tell(mut lines: mpsc::Receiver<Line>, mut writing: OwnedWriteHalf) {
    while let Some(line) = lines.recv().await {
        if let Err(error) = write_line(&mut writing, &line).await {
            tracing::debug!(%error, "a control caller went away");
            return;
        }
    }
}

async fn read_request<R>(reading: &mut BufReader<R>) -> Result<Request, Fault>
where
    R: tokio::io::AsyncRead + Unpin,
{
    let mut line = Vec::new();
    let mut bounded = reading.take(LONGEST_REQUEST);
    let read = timeout(LONGEST_WAIT, bounded.read_until(b'\n', &mut line)).await;
    match read {
        Ok(Ok(_)) if line.ends_with(b"\n") => serde_json::from_slice(&line)
            .map_err(|error| Fault::input(format!("not a request of this version: {error}"))),
        Ok(Ok(_)) => Err(Fault::input("a request is one line of at most 64 KiB")),
        Ok(Err(error)) => Err(Fault::input(format!("the request broke off: {error}"))),
        Err(_) => Err(Fault::temporary("no request came within ten seconds")),
    }
}

async fn write_line<W>(writing: &mut W, line: &Line) -> io::Result<()>
where
    W: tokio::io::AsyncWrite + Unpin,
{
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    let written = timeout(LONGEST_SILENCE, writing.write_all(&text)).await;
    written.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

const MOST_AT_ONCE: usize = 16;
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// A pager may hold a listing up for a while, and may not hold a place for ever.
const LONGEST_SILENCE: Duration = Duration::from_secs(300);
const LONGEST_GOODBYE: Duration = Duration::from_secs(5);
