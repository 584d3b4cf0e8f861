//! Reads the content of a mail out of the stream after 354. Only
//! <CRLF>.<CRLF> ends it; a CR or LF on its own is noticed and never counts
//! as a line end, so no two servers can disagree about where a mail stops.

use memchr::memchr2;

/// What is wrong with a mail. It is still read to its true end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    BareLineEnd,
    LineTooLong,
    TooBig,
}

/// A text line with its CRLF. RFC 5321 4.5.3.1.6 asks for 1,000; up to this is carried.
pub(super) const LONGEST_LINE: u64 = 64 << 10;

#[derive(Debug)]
pub(super) struct Reader {
    state: State,
    line: u64,
    size: u64,
    max_size: u64,
    fault: Option<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// After CRLF, and at the very start.
    LineStart,
    /// After a dot at the start of a line; the dot is not part of the content yet.
    Dot,
    /// After that dot and a CR.
    DotCr,
    Middle,
    /// After a CR within a line; it is part of the content already.
    Cr,
}

impl Reader {
    pub(super) fn new(max_size: u64) -> Self {
        // RFC 5321 4.1.1.4: the CRLF of the DATA line counts as the first of
        // CRLF.CRLF, so an empty mail is a dot alone.
        Self {
            state: State::LineStart,
            line: 0,
            size: 0,
            max_size,
            fault: None,
        }
    }

    /// Appends content to `out` and says how much of `input` was consumed when
    /// the end was in it; `None` means all of it, and more is to come. Content
    /// after a fault is not kept.
    pub(super) fn feed(&mut self, input: &[u8], out: &mut Vec<u8>) -> Option<usize> {
        let mut at = 0;
        while let Some(&byte) = input.get(at) {
            if self.state == State::Middle {
                at += self.run(&input[at..], out);
                continue;
            }
            at += 1;
            if self.step(byte, out) {
                return Some(at);
            }
        }
        None
    }

    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// In the middle of a line: everything up to and including the next CR or LF.
    fn run(&mut self, input: &[u8], out: &mut Vec<u8>) -> usize {
        let Some(end) = memchr2(b'\r', b'\n', input) else {
            self.push(input, out);
            return input.len();
        };
        self.push(&input[..end], out);
        self.byte(input[end], out);
        end + 1
    }

    /// One byte outside the middle of a line; true at the end of the mail.
    fn step(&mut self, byte: u8, out: &mut Vec<u8>) -> bool {
        match (self.state, byte) {
            (State::LineStart, b'.') => self.state = State::Dot,
            (State::Dot, b'\r') => self.state = State::DotCr,
            (State::DotCr, b'\n') => return true,
            (State::DotCr, _) => {
                self.push(b"\r", out);
                self.state = State::Cr;
                self.byte(byte, out);
            }
            // RFC 5321 4.5.2: a leading dot before anything else was added by the sender.
            _ => self.byte(byte, out),
        }
        false
    }

    /// One byte of content.
    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        let after_cr = self.state == State::Cr;
        if after_cr != (byte == b'\n') {
            // RFC 5321 2.3.8: CR and LF only ever stand together.
            self.fault = Some(Fault::BareLineEnd);
        }
        self.push(&[byte], out);
        self.state = match byte {
            b'\r' => State::Cr,
            b'\n' if after_cr => State::LineStart,
            _ => State::Middle,
        };
        if self.state == State::LineStart {
            self.line = 0;
        }
    }

    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.line = self.line.saturating_add(bytes.len() as u64);
        self.size = self.size.saturating_add(bytes.len() as u64);
        if self.size > self.max_size {
            self.fault.get_or_insert(Fault::TooBig);
        }
        if self.line > LONGEST_LINE {
            self.fault.get_or_insert(Fault::LineTooLong);
        }
        if self.fault.is_none() {
            out.extend_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests;
