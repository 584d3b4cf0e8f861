//! From something that is read blockingly to a response body, with two
//! pieces in memory at most however large it is.

use std::io::Read;

use axum::body::{Body, Bytes};
use futures_util::stream;
use tokio::sync::mpsc;

const PIECE: usize = 64 * 1024;

pub fn body(reader: impl Read + Send + 'static) -> Body {
    let (sender, receiver) = mpsc::channel(1);
    tokio::task::spawn_blocking(move || send(reader, &sender));
    Body::from_stream(stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|piece| (piece, receiver))
    }))
}

fn send(mut reader: impl Read, to: &mpsc::Sender<std::io::Result<Bytes>>) {
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        let read = (&mut reader).take(PIECE as u64).read_to_end(&mut piece);
        let (piece, over) = match read {
            Ok(0) => return,
            Ok(_) => (Ok(piece.into()), false),
            // The client sees a body that breaks off, never a shorter one
            // that looks complete.
            Err(error) => (Err(error), true),
        };
        // A client that went away ends the reading.
        if to.blocking_send(piece).is_err() || over {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn everything_arrives_in_order() {
        let bytes: Vec<u8> = (0..200_000u32).map(|n| n as u8).collect();
        let body = body(std::io::Cursor::new(bytes.clone()));
        let arrived = body.collect().await.expect("the whole").to_bytes();
        assert!(arrived == bytes);
    }

    #[tokio::test]
    async fn an_error_breaks_the_body_off() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("gone"))
            }
        }
        assert!(body(b"abc".chain(Broken)).collect().await.is_err());
    }
}
