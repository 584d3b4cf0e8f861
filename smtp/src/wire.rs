//! A byte stream whose read buffer exists only while it holds something, so
//! that thousands of idle connections cost next to nothing.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::ready;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

pub(crate) struct Wire {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
    /// How much of the buffer has been consumed.
    start: usize,
}

/// One read; the kernel's buffers do the rest.
const CHUNK: usize = 16 << 10;

impl Wire {
    pub(crate) fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
            start: 0,
        }
    }

    /// What has been read and not yet consumed.
    pub(crate) fn buffered(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    pub(crate) fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.buffer.len());
        if self.start == self.buffer.len() {
            // An idle connection holds no buffer.
            self.buffer = Vec::new();
            self.start = 0;
        }
    }

    /// Reads once and appends; 0 is the end of the stream. The chunk lives on
    /// the stack of the poll only, never in the future. Safe to cancel.
    pub(crate) async fn fill(&mut self) -> io::Result<usize> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let (stream, buffer) = (&mut self.stream, &mut self.buffer);
        poll_fn(|cx| {
            let mut chunk = [const { MaybeUninit::uninit() }; CHUNK];
            let mut chunk = ReadBuf::uninit(&mut chunk);
            ready!(Pin::new(&mut *stream).poll_read(cx, &mut chunk))?;
            buffer.extend_from_slice(chunk.filled());
            Ok(chunk.filled().len()).into()
        })
        .await
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        self.stream.flush().await
    }

    pub(crate) async fn shutdown(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }

    /// The stream beneath, for a TLS handshake. Whatever was read and not
    /// consumed is dropped: plaintext must not live on inside TLS.
    pub(crate) fn into_stream(self) -> Box<dyn Stream> {
        self.stream
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_read_waits_until_it_is_consumed() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut wire = Wire::new(Box::new(near));
        far.write_all(b"abc").await.expect("room");
        assert_eq!(wire.fill().await.expect("a pipe"), 3);
        wire.consume(1);
        far.write_all(b"de").await.expect("room");
        wire.fill().await.expect("a pipe");
        assert_eq!(wire.buffered(), b"bcde");
        drop(far);
        assert_eq!(wire.fill().await.expect("a pipe"), 0);
    }

    #[tokio::test]
    async fn an_idle_wire_holds_no_buffer() {
        let (near, mut far) = tokio::io::duplex(64 << 10);
        let mut wire = Wire::new(Box::new(near));
        far.write_all(&[b'x'; 10_000]).await.expect("room");
        wire.fill().await.expect("a pipe");
        wire.consume(usize::MAX);
        assert_eq!((wire.buffer.capacity(), wire.buffered().len()), (0, 0));
    }
}
