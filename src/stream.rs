//! A blocking reader as an async one: the store is read on a thread for such work, a few pieces
//! ahead of the network, so memory stays flat however large the letter is.

use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::mpsc;

pub struct Stream {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    current: Bytes,
}

impl Stream {
    pub fn new(mut from: impl Read + Send + 'static) -> Stream {
        let (pieces, receiver) = mpsc::channel(PIECES_AHEAD);
        tokio::task::spawn_blocking(move || {
            loop {
                let piece = read_piece(&mut from);
                let last = !matches!(&piece, Ok(bytes) if !bytes.is_empty());
                // An empty piece at the end reads as the end; a closed channel has no reader.
                if pieces.blocking_send(piece).is_err() || last {
                    return;
                }
            }
        });
        Stream {
            pieces: receiver,
            current: Bytes::new(),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.current.is_empty() {
            match ready!(self.pieces.poll_recv(context)) {
                None => return Poll::Ready(Ok(())),
                Some(Err(error)) => return Poll::Ready(Err(error)),
                Some(Ok(piece)) => self.current = piece,
            }
        }
        let length = self.current.len().min(to.remaining());
        to.put_slice(&self.current.split_to(length));
        Poll::Ready(Ok(()))
    }
}

fn read_piece(from: &mut impl Read) -> io::Result<Bytes> {
    let mut piece = vec![0; PIECE];
    loop {
        match from.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(read) => {
                piece.truncate(read);
                return Ok(piece.into());
            }
        }
    }
}

const PIECE: usize = 64 * 1024;
const PIECES_AHEAD: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    #[tokio::test]
    async fn every_byte_comes_through_in_order() {
        let bytes: Vec<u8> = (0..1_000_000u32).map(|at| (at % 253) as u8).collect();
        let mut read = Vec::new();
        let mut stream = Stream::new(io::Cursor::new(bytes.clone()));
        stream.read_to_end(&mut read).await.expect("no error");
        assert!(read == bytes);
    }

    #[tokio::test]
    async fn an_error_in_the_middle_is_an_error_not_an_end() {
        struct Broken(bool);
        impl Read for Broken {
            fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
                match std::mem::replace(&mut self.0, true) {
                    true => Err(io::Error::other("the disk")),
                    false => {
                        to[0] = b'x';
                        Ok(1)
                    }
                }
            }
        }
        let mut read = Vec::new();
        let ended = Stream::new(Broken(false)).read_to_end(&mut read).await;
        assert!(ended.is_err());
        assert_eq!(read, b"x");
    }
}
