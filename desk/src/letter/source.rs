//! The bytes of a letter, read from the store as a stream: memory stays flat however large its
//! attachments are.

use super::{Letter, Piece};
use crate::mail::compose::{self, Rendering};
use crate::{Desk, Problem};
use std::collections::VecDeque;
use std::io::{self, Read};
use storage::BlobId;

/// The whole message as it goes over the wire, before dot-stuffing.
pub struct LetterSource {
    parts: VecDeque<Box<dyn Read + Send>>,
    size: u64,
}

impl LetterSource {
    /// Bytes in all.
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Read for LetterSource {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(part) = self.parts.front_mut() {
            let read = part.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            self.parts.pop_front();
        }
        Ok(0)
    }
}

impl Desk {
    pub async fn letter_source(&self, letter: &Letter) -> Result<LetterSource, Problem> {
        let mut parts: VecDeque<Box<dyn Read + Send>> = VecDeque::new();
        for piece in &letter.pieces {
            parts.push_back(match *piece {
                Piece::Stored { blob, .. } => self.blob_reader(&blob).await?,
                Piece::Base64 { blob, size } => encoded(blob, size, self.blob_reader(&blob).await?),
            });
        }
        Ok(LetterSource {
            parts,
            size: letter.size,
        })
    }

    async fn blob_reader(&self, blob: &BlobId) -> Result<Box<dyn Read + Send>, Problem> {
        let reader = self.store().blobs().open(blob).await?;
        let reader = reader.ok_or_else(|| Problem::Store(format!("blob {blob} is missing")))?;
        Ok(Box::new(reader))
    }
}

fn encoded(blob: BlobId, size: u64, reader: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    let piece = compose::Piece::Base64 {
        source: blob.0,
        size,
    };
    let mut reader = Some(reader);
    Box::new(Rendering::new(vec![piece], move |_| {
        reader
            .take()
            .ok_or_else(|| io::Error::other("a piece is read once"))
    }))
}
