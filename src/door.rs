//! The door of the pages: how many connections may be open, and how long one may say nothing.
//! Whoever opens connections and leaves them must not use up the descriptors that mail needs.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

pub struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
    patience: Duration,
}

impl Door {
    pub fn new(listener: TcpListener) -> Door {
        Door::with(listener, MOST_AT_ONCE, PATIENCE)
    }

    fn with(listener: TcpListener, most: usize, patience: Duration) -> Door {
        Door {
            listener,
            places: Arc::new(Semaphore::new(most)),
            patience,
        }
    }
}

impl Listener for Door {
    type Io = Guest;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Guest, SocketAddr) {
        // Taken before accepting, so that further callers wait in the kernel's queue.
        let place = self.places.clone().acquire_owned().await;
        let (stream, peer) = Listener::accept(&mut self.listener).await;
        let guest = Guest {
            stream,
            patience: self.patience,
            silence: Box::pin(sleep(self.patience)),
            _place: place.ok(),
        };
        (guest, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that ends when nothing moves on it in either direction. A page that follows changes
/// hears a comment more often than that.
pub struct Guest {
    stream: TcpStream,
    patience: Duration,
    silence: Pin<Box<Sleep>>,
    /// `None` only if the door were closed, which it never is.
    _place: Option<OwnedSemaphorePermit>,
}

impl Guest {
    fn timed<T>(
        &mut self,
        context: &mut Context<'_>,
        moved: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if moved.is_ready() {
            let until = Instant::now() + self.patience;
            self.silence.as_mut().reset(until);
            return moved;
        }
        match self.silence.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Guest {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let moved = Pin::new(&mut self.stream).poll_read(context, to);
        self.timed(context, moved)
    }
}

impl AsyncWrite for Guest {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let moved = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.timed(context, moved)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let moved = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.timed(context, moved)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

const MOST_AT_ONCE: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(120);

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::timeout;

    async fn open(most: usize, patience: Duration) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let door = Door::with(listener, most, patience);
        let pages = Router::new().route("/", get(async || "hello"));
        tokio::spawn(async move { axum::serve(door, pages).await });
        address
    }

    async fn ask(stream: &mut TcpStream) -> String {
        let request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    }

    #[tokio::test]
    async fn who_says_nothing_is_shown_out() {
        let address = open(10, Duration::from_millis(100)).await;
        let mut silent = TcpStream::connect(address).await.expect("a connection");
        let ended = timeout(Duration::from_secs(10), silent.read(&mut [0; 10])).await;
        assert!(matches!(ended, Ok(Ok(0) | Err(_))), "{ended:?}");
    }

    #[tokio::test]
    async fn further_callers_wait_for_a_place() {
        let address = open(1, Duration::from_secs(60)).await;
        let first = TcpStream::connect(address).await.expect("a connection");
        let mut second = TcpStream::connect(address).await.expect("a connection");
        let early = timeout(Duration::from_millis(200), ask(&mut second)).await;
        assert!(early.is_err(), "{early:?}");
        drop(first);
        let mut third = TcpStream::connect(address).await.expect("a connection");
        drop(second);
        let answer = timeout(Duration::from_secs(10), ask(&mut third)).await;
        assert!(answer.is_ok_and(|answer| answer.ends_with("hello")));
    }
}
