//! Pieces as the bytes of the message. What must hold: streaming, with one small buffer; the size is
//! known before the first byte.

use std::io::{self, Read};

use super::{BlobRef, Piece};

/// How many bytes the message will have.
pub fn rendered_size(pieces: &[Piece]) -> u64 {
    let size = |piece: &Piece| match piece {
        Piece::Bytes(bytes) => bytes.len() as u64,
        Piece::Base64 { size, .. } => {
            let characters = size.div_ceil(3) * 4;
            characters + 2 * characters.div_ceil(LINE as u64)
        }
    };
    pieces.iter().map(size).sum()
}

/// Reads the message; `open` gives the file of a hash.
pub struct Rendering<O> {
    pieces: std::vec::IntoIter<Piece>,
    open: O,
    file: Option<File>,
    ready: Vec<u8>,
    given: usize,
}

struct File {
    bytes: Box<dyn Read + Send>,
    /// How much of it is still to come.
    left: u64,
}

impl<O: FnMut(BlobRef) -> io::Result<Box<dyn Read + Send>>> Rendering<O> {
    pub fn new(pieces: Vec<Piece>, open: O) -> Rendering<O> {
        Rendering {
            pieces: pieces.into_iter(),
            open,
            file: None,
            ready: Vec::new(),
            given: 0,
        }
    }

    /// Fills `ready`; false at the end of the message.
    fn refill(&mut self) -> io::Result<bool> {
        self.given = 0;
        self.ready.clear();
        if let Some(file) = &mut self.file {
            if file.left > 0 {
                self.ready = file.lines()?;
                return Ok(true);
            }
            self.file = None;
        }
        match self.pieces.next() {
            None => return Ok(false),
            Some(Piece::Bytes(bytes)) => self.ready = bytes,
            Some(Piece::Base64 { source, size }) => {
                self.file = Some(File {
                    bytes: (self.open)(source)?,
                    left: size,
                });
            }
        }
        Ok(true)
    }
}

impl<O: FnMut(BlobRef) -> io::Result<Box<dyn Read + Send>>> Read for Rendering<O> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() {
            if !self.refill()? {
                return Ok(0);
            }
        }
        let length = out.len().min(self.ready.len() - self.given);
        out[..length].copy_from_slice(&self.ready[self.given..self.given + length]);
        self.given += length;
        Ok(length)
    }
}

impl File {
    /// Some lines of base64. A file that is shorter than it was is an error: the message would have
    /// another size than was announced.
    fn lines(&mut self) -> io::Result<Vec<u8>> {
        let length = self.left.min(CHUNK as u64);
        let mut bytes = vec![0; length as usize];
        self.bytes.read_exact(&mut bytes)?;
        self.left -= length;
        let mut lines = Vec::with_capacity(CHUNK * 3 / 2);
        for line in bytes.chunks(LINE / 4 * 3) {
            lines.extend_from_slice(data_encoding::BASE64.encode(line).as_bytes());
            lines.extend_from_slice(b"\r\n");
        }
        Ok(lines)
    }
}

/// RFC 2045 6.8.
const LINE: usize = 76;
/// A whole number of lines.
const CHUNK: usize = LINE / 4 * 3 * 512;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn render(pieces: &[Piece], file: &[u8]) -> io::Result<Vec<u8>> {
        let file = file.to_vec();
        let open = move |_| Ok(Box::new(io::Cursor::new(file.clone())) as Box<dyn Read + Send>);
        let mut out = Vec::new();
        Rendering::new(pieces.to_vec(), open).read_to_end(&mut out)?;
        Ok(out)
    }

    fn base64(size: u64) -> Piece {
        Piece::Base64 {
            source: [0; 32],
            size,
        }
    }

    #[test]
    fn the_size_is_known_before() {
        for size in [0, 1, 2, 3, 56, 57, 58, 29_183, 29_184, 29_185, 100_000] {
            let pieces = [
                Piece::Bytes(b"a".to_vec()),
                base64(size),
                Piece::Bytes(b"b".to_vec()),
            ];
            let rendered = render(&pieces, &vec![7; size as usize]).unwrap();
            assert_eq!(rendered.len() as u64, rendered_size(&pieces), "{size}");
        }
    }

    #[test]
    fn a_file_that_shrank_is_an_error() {
        assert!(render(&[base64(100)], b"short").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]

        #[test]
        fn files_come_back(file in proptest::collection::vec(any::<u8>(), 0..70_000)) {
            let rendered = render(&[base64(file.len() as u64)], &file).unwrap();
            prop_assert!(rendered.split(|b| *b == b'\n').all(|line| line.len() <= 77));
            prop_assert_eq!(data_encoding::BASE64_MIME.decode(&rendered).unwrap(), file);
        }
    }
}
