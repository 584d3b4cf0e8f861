//! Transfer encodings undone while streaming (RFC 2045 6). What must hold: any bytes decode without
//! error, a buffer of fixed size is all that is held, and what is decoded twice is the same twice.

use std::io::{self, BufRead, BufReader, Read};

use serde::{Deserialize, Serialize};

/// Content-Transfer-Encoding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// 7bit, 8bit, binary, and whatever nobody knows.
    #[default]
    Identity,
    QuotedPrintable,
    Base64,
}

impl Encoding {
    /// RFC 2045 6.1: names are compared without regard to case.
    pub fn named(name: &str) -> Encoding {
        // Some programs write a comment or a semicolon behind it.
        let name = name.trim().split([' ', ';', '(']).next().unwrap_or("");
        if name.eq_ignore_ascii_case("base64") {
            Encoding::Base64
        } else if name.eq_ignore_ascii_case("quoted-printable") {
            Encoding::QuotedPrintable
        } else {
            Encoding::Identity
        }
    }
}

/// The decoded bytes of a part, given a reader over just its range.
pub fn decoder<R: Read>(range: R, encoding: Encoding) -> Decoder<R> {
    Decoder {
        range: BufReader::with_capacity(BUFFER, range),
        encoding,
        group: Group::default(),
        ready: Vec::new(),
        given: 0,
    }
}

pub struct Decoder<R> {
    range: BufReader<R>,
    encoding: Encoding,
    /// Of base64: what is left of the last piece.
    group: Group,
    /// Decoded, of which `given` bytes are given away.
    ready: Vec<u8>,
    given: usize,
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.encoding == Encoding::Identity {
            return self.range.read(out);
        }
        while self.given == self.ready.len() {
            self.ready.clear();
            self.given = 0;
            let more = match self.encoding {
                Encoding::Base64 => self.base64()?,
                _ => self.quoted_line()?,
            };
            if !more && self.ready.is_empty() {
                return Ok(0);
            }
        }
        let length = out.len().min(self.ready.len() - self.given);
        out[..length].copy_from_slice(&self.ready[self.given..self.given + length]);
        self.given += length;
        Ok(length)
    }
}

impl<R: Read> Decoder<R> {
    /// Decodes one piece of base64 (RFC 2045 6.8); false at the end of the range.
    fn base64(&mut self) -> io::Result<bool> {
        let input = self.range.fill_buf()?;
        let length = input.len();
        for byte in input {
            match ALPHABET[*byte as usize] {
                // Padding ends a run; some programs join several runs into one part.
                PADDING => self.group.end(&mut self.ready),
                // RFC 2045 6.8: characters outside the alphabet are ignored.
                JUNK => {}
                value => self.group.push(value, &mut self.ready),
            }
        }
        if length == 0 {
            self.group.end(&mut self.ready);
        }
        self.range.consume(length);
        Ok(length > 0)
    }

    /// Decodes one line of quoted-printable (RFC 2045 6.7); false at the end of the range.
    fn quoted_line(&mut self) -> io::Result<bool> {
        let mut line = Vec::new();
        // Lines should have 76 characters; a piece of an endless one is decoded as a line of its own.
        (&mut self.range)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)?;
        let more = !line.is_empty();
        if !line.ends_with(b"\n") {
            self.complete_escape(&mut line)?;
        }
        self.ready = unquoted(&line);
        Ok(more)
    }

    /// A piece must not end within an escape or a line end: three bytes more settle it.
    fn complete_escape(&mut self, line: &mut Vec<u8>) -> io::Result<()> {
        for _ in 0..3 {
            let tail = &line[line.len().saturating_sub(2)..];
            if !tail.contains(&b'=') && !tail.ends_with(b"\r") {
                break;
            }
            (&mut self.range).take(1).read_to_end(line)?;
        }
        Ok(())
    }
}

/// Up to three base64 characters that wait for the fourth.
#[derive(Default)]
struct Group {
    bits: u32,
    count: u8,
}

impl Group {
    fn push(&mut self, value: u8, out: &mut Vec<u8>) {
        self.bits = self.bits << 6 | u32::from(value);
        self.count += 1;
        if self.count == 4 {
            out.extend_from_slice(&self.bits.to_be_bytes()[1..]);
            *self = Group::default();
        }
    }

    /// The one or two bytes in an unfinished group.
    fn end(&mut self, out: &mut Vec<u8>) {
        match self.count {
            2 => out.push((self.bits >> 4) as u8),
            3 => out.extend_from_slice(&[(self.bits >> 10) as u8, (self.bits >> 2) as u8]),
            _ => {}
        }
        *self = Group::default();
    }
}

/// One line of quoted-printable. What is no escape stays as it is (RFC 2045 6.7 (2), note).
pub fn unquoted(line: &[u8]) -> Vec<u8> {
    let body = line.strip_suffix(b"\n").unwrap_or(line);
    let body = body.strip_suffix(b"\r").unwrap_or(body);
    let end = &line[body.len()..];
    let whole = !end.is_empty();
    // RFC 2045 6.7 (3): white space at a line's end was added on the way.
    let body = if whole { body.trim_ascii_end() } else { body };
    let (body, end) = match body.strip_suffix(b"=") {
        // RFC 2045 6.7 (5): a soft line break.
        Some(soft) => (soft, &b""[..]),
        None => (body, end),
    };
    let mut out = Vec::with_capacity(line.len());
    let mut rest = body;
    while let Some((first, behind)) = rest.split_first() {
        match (first, escape(behind)) {
            (b'=', Some(byte)) => {
                out.push(byte);
                rest = &behind[2..];
            }
            _ => {
                out.push(*first);
                rest = behind;
            }
        }
    }
    out.extend_from_slice(end);
    out
}

fn escape(behind: &[u8]) -> Option<u8> {
    let high = char::from(*behind.first()?).to_digit(16)?;
    let low = char::from(*behind.get(1)?).to_digit(16)?;
    u8::try_from(high << 4 | low).ok()
}

const BUFFER: usize = 64 * 1024;
const LONGEST_LINE: u64 = 16 * 1024;

const JUNK: u8 = 255;
const PADDING: u8 = 254;

/// RFC 2045 table 1.
const ALPHABET: [u8; 256] = {
    let mut table = [JUNK; 256];
    table[b'=' as usize] = PADDING;
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut i = 0;
    while i < letters.len() {
        table[letters[i] as usize] = i as u8;
        i += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(encoded: &[u8], encoding: Encoding, expected: &[u8]) {
        // A small buffer of the caller must not change the result.
        let mut decoder = decoder(encoded, encoding);
        let mut out = Vec::new();
        let mut piece = [0; 2];
        loop {
            let n = decoder.read(&mut piece).unwrap();
            if n == 0 {
                break;
            }
            out.extend_from_slice(&piece[..n]);
        }
        assert_eq!(out, expected, "{:?}", String::from_utf8_lossy(encoded));
    }

    #[test]
    fn base64_passes_over_junk() {
        check(b"aGVs\r\nbG8=\r\n", Encoding::Base64, b"hello");
        check(b"aG!V s*bG8", Encoding::Base64, b"hello");
        check(b"aGVsbG8=aGk=", Encoding::Base64, b"hellohi");
        check(b"a", Encoding::Base64, b"");
        check(b"====", Encoding::Base64, b"");
    }

    #[test]
    fn quoted_printable_keeps_what_is_no_escape() {
        check(
            b"a=3Db=\r\nc  \r\nd=zz=4",
            Encoding::QuotedPrintable,
            b"a=bc\r\nd=zz=4",
        );
        check(b"100 =\n", Encoding::QuotedPrintable, b"100 ");
    }

    #[test]
    fn an_endless_quoted_line_is_decoded_in_pieces() {
        let long = "=41".repeat(20_000);
        check(
            long.as_bytes(),
            Encoding::QuotedPrintable,
            "A".repeat(20_000).as_bytes(),
        );
    }

    #[test]
    fn encodings_have_sloppy_names() {
        assert_eq!(Encoding::named(" BASE64 "), Encoding::Base64);
        assert_eq!(
            Encoding::named("quoted-printable; x"),
            Encoding::QuotedPrintable
        );
        assert_eq!(Encoding::named("x-uuencode"), Encoding::Identity);
    }

    proptest! {
        #[test]
        fn base64_gives_back_what_was_encoded(bytes: Vec<u8>) {
            let encoded = data_encoding::BASE64_MIME.encode(&bytes);
            check(encoded.as_bytes(), Encoding::Base64, &bytes);
        }

        #[test]
        fn any_bytes_decode(bytes: Vec<u8>) {
            for encoding in [Encoding::Identity, Encoding::Base64, Encoding::QuotedPrintable] {
                let mut out = Vec::new();
                decoder(&bytes[..], encoding).read_to_end(&mut out).unwrap();
                prop_assert!(out.len() <= bytes.len());
            }
        }
    }
}
