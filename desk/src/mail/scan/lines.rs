//! The lines of a stream, each with its place. What must hold: of a line only its head is kept, so an
//! endless line costs no more memory than a short one.

use std::io::{BufRead, BufReader, Read};

use memchr::{memchr, memchr_iter};
use sha2::{Digest, Sha256};

#[derive(Default)]
pub struct Line {
    /// The first bytes, with the line end if it fits.
    pub head: Vec<u8>,
    pub start: u64,
    pub length: u64,
    /// How many bytes the line end before this line has.
    pub ending_before: u64,
}

impl Line {
    pub fn end(&self) -> u64 {
        self.start + self.length
    }

    pub fn is_empty(&self) -> bool {
        self.head == b"\r\n" || self.head == b"\n"
    }

    pub fn is_cut(&self) -> bool {
        self.length > self.head.len() as u64
    }
}

pub struct Lines<R> {
    source: BufReader<R>,
    position: u64,
    /// The last two bytes read.
    last: [u8; 2],
    failure: Option<String>,
    hash: Option<Sha256>,
}

impl<R: Read> Lines<R> {
    pub fn new(source: R) -> Lines<R> {
        Lines {
            source: BufReader::with_capacity(BUFFER, source),
            position: 0,
            last: [0; 2],
            failure: None,
            hash: None,
        }
    }

    /// The next line, of which at most `keep` bytes are kept; false at the end.
    pub fn next(&mut self, line: &mut Line, keep: usize) -> bool {
        line.head.clear();
        line.start = self.position;
        line.ending_before = self.ending();
        self.last = [0; 2];
        while self.piece(&mut line.head, keep) {}
        line.length = self.position - line.start;
        line.length > 0
    }

    /// From here on all bytes are hashed, beginning with these.
    pub fn hash_from(&mut self, first: &[u8]) {
        let mut hash = Sha256::new();
        hash_text(&mut hash, first);
        self.hash = Some(hash);
    }

    pub fn hash(&mut self) -> [u8; 32] {
        self.hash.take().unwrap_or_default().finalize().into()
    }

    pub fn position(&self) -> u64 {
        self.position
    }

    /// Why reading ended before its end.
    pub fn failure(&mut self) -> Option<String> {
        self.failure.take()
    }

    /// Reads to the line end, or as far as the buffer goes; false when the line is complete.
    fn piece(&mut self, head: &mut Vec<u8>, keep: usize) -> bool {
        let buffer = match self.source.fill_buf() {
            Ok(buffer) => buffer,
            Err(e) => {
                self.failure = Some(format!("it could not be read to its end: {e}"));
                return false;
            }
        };
        let newline = memchr(b'\n', buffer);
        let piece = &buffer[..newline.map_or(buffer.len(), |at| at + 1)];
        if let Some(hash) = &mut self.hash {
            hash_text(hash, piece);
        }
        head.extend_from_slice(&piece[..piece.len().min(keep.saturating_sub(head.len()))]);
        for byte in &piece[piece.len().saturating_sub(2)..] {
            self.last = [self.last[1], *byte];
        }
        let length = piece.len();
        self.position += length as u64;
        self.source.consume(length);
        newline.is_none() && length > 0
    }

    fn ending(&self) -> u64 {
        match self.last {
            [b'\r', b'\n'] => 2,
            [_, b'\n'] => 1,
            _ => 0,
        }
    }
}

/// Line ends differ between the ways that a copy may have come.
fn hash_text(hash: &mut Sha256, bytes: &[u8]) {
    let mut start = 0;
    for at in memchr_iter(b'\r', bytes) {
        hash.update(&bytes[start..at]);
        start = at + 1;
    }
    hash.update(&bytes[start..]);
}

const BUFFER: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8], keep: usize) -> Vec<(Vec<u8>, u64, u64, u64)> {
        let mut lines = Lines::new(bytes);
        let mut line = Line::default();
        let mut all = Vec::new();
        while lines.next(&mut line, keep) {
            all.push((
                line.head.clone(),
                line.start,
                line.length,
                line.ending_before,
            ));
        }
        all
    }

    #[test]
    fn lines_know_their_place_and_the_line_end_before() {
        let all = lines(b"ab\r\n\nc", 99);
        let expected = [
            (b"ab\r\n".to_vec(), 0, 4, 0),
            (b"\n".to_vec(), 4, 1, 2),
            (b"c".to_vec(), 5, 1, 1),
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn of_an_endless_line_only_the_head_is_kept() {
        let long = vec![b'x'; 300_000];
        let all = lines(&long, 10);
        assert_eq!(all, [(vec![b'x'; 10], 0, 300_000, 0)]);
    }

    #[test]
    fn line_ends_do_not_change_the_hash() {
        let hash = |bytes: &[u8]| {
            let mut lines = Lines::new(bytes);
            lines.hash_from(b"");
            while lines.next(&mut Line::default(), 9) {}
            lines.hash()
        };
        assert_eq!(hash(b"a\r\nb"), hash(b"a\nb"));
        assert_ne!(hash(b"a\nb"), hash(b"ab"));
    }
}
