//! Writes the content of a message: dots are doubled, and a CR or LF on its
//! own becomes a line end, so that we never send what others could read as
//! the end of a mail.

use memchr::memchr2;

/// Turns any bytes into lines that end in CRLF.
#[derive(Debug, Default)]
pub(super) struct Stuffer {
    state: State,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    LineStart,
    Middle,
    /// A line start, too: its CRLF is written, an LF would be part of it.
    AfterCr,
}

pub(super) const END: &[u8] = b".\r\n";

impl Stuffer {
    pub(super) fn feed(&mut self, input: &[u8], out: &mut Vec<u8>) {
        let mut rest = input;
        while let Some(&byte) = rest.first() {
            if self.state == State::Middle {
                let end = memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                out.extend_from_slice(&rest[..end]);
                rest = &rest[end..];
                if let [end, after @ ..] = rest {
                    self.line_end(*end, out);
                    rest = after;
                }
                continue;
            }
            self.at_line_start(byte, out);
            rest = &rest[1..];
        }
    }

    /// RFC 5321 4.1.1.4: the final dot must stand at the start of a line.
    pub(super) fn finish(self, out: &mut Vec<u8>) {
        if self.state == State::Middle {
            out.extend_from_slice(b"\r\n");
        }
    }

    fn at_line_start(&mut self, byte: u8, out: &mut Vec<u8>) {
        match byte {
            b'\n' if self.state == State::AfterCr => self.state = State::LineStart,
            b'\r' | b'\n' => self.line_end(byte, out),
            _ => {
                // RFC 5321 4.5.2: a leading dot is doubled.
                if byte == b'.' {
                    out.push(b'.');
                }
                out.push(byte);
                self.state = State::Middle;
            }
        }
    }

    /// RFC 5321 2.3.8: CR and LF go out only together.
    fn line_end(&mut self, byte: u8, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\r\n");
        self.state = match byte {
            b'\r' => State::AfterCr,
            _ => State::LineStart,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stuff(pieces: &[&[u8]]) -> Vec<u8> {
        let (mut stuffer, mut out) = (Stuffer::default(), Vec::new());
        for piece in pieces {
            stuffer.feed(piece, &mut out);
        }
        stuffer.finish(&mut out);
        out
    }

    fn check(input: &str, expected: &str) {
        assert_eq!(
            String::from_utf8_lossy(&stuff(&[input.as_bytes()])),
            expected
        );
    }

    #[test]
    fn ordinary_lines_go_out_unchanged() {
        check("a\r\n\r\nb.\r\n", "a\r\n\r\nb.\r\n");
        check("", "");
    }

    #[test]
    fn leading_dots_are_doubled() {
        check(".\r\n..a\r\nb.c\r\n", "..\r\n...a\r\nb.c\r\n");
    }

    #[test]
    fn lone_line_ends_become_whole() {
        check("a\nb\rc\r\nd", "a\r\nb\r\nc\r\nd\r\n");
        check("a\n.\nb", "a\r\n..\r\nb\r\n");
        check("a\r.\rb", "a\r\n..\r\nb\r\n");
        check("a\r\r\n.\r\r\n", "a\r\n\r\n..\r\n\r\n");
    }

    #[test]
    fn a_last_line_without_an_end_gets_one() {
        check("a", "a\r\n");
        check("a\r", "a\r\n");
    }

    fn nasty() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(
            prop::sample::select(vec![b'\r', b'\n', b'.', b'a', 0]),
            0..40,
        )
    }

    proptest! {
        #[test]
        fn nothing_we_send_can_be_read_as_an_end(input in nasty()) {
            let out = [b"\r\n", stuff(&[&input]).as_slice()].concat();
            for at in 0..out.len() {
                prop_assert!(out[at] != b'\n' || out[at - 1] == b'\r');
                prop_assert!(out[at] != b'\r' || out.get(at + 1) == Some(&b'\n'));
            }
            prop_assert!(!out.windows(4).any(|w| w == b"\n.\r\n"));
            prop_assert!(out.ends_with(b"\r\n"));
        }

        #[test]
        fn pieces_make_no_difference(input in nasty(), cut in 0usize..40) {
            let (a, b) = input.split_at(cut.min(input.len()));
            prop_assert_eq!(stuff(&[a, b]), stuff(&[&input]));
        }
    }
}
