//! Reads one command line. A line ends with CR LF, has at most 2,048 bytes and
//! holds no other CR or LF.

use std::io;

use memchr::memchr;

use crate::wire::Wire;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Without its CRLF.
    Command(Vec<u8>),
    TooLong,
    BareLineEnd,
    EndOfStream,
}

/// RFC 5321 4.5.3.1.4 asks for 512; extensions need more.
pub(super) const LONGEST_LINE: usize = 2048;

pub(super) async fn line(wire: &mut Wire) -> io::Result<Line> {
    loop {
        if let Some(line) = take_line(wire) {
            return Ok(line);
        }
        if wire.buffered().len() >= LONGEST_LINE {
            return skip_line(wire).await;
        }
        if wire.fill().await? == 0 {
            return Ok(Line::EndOfStream);
        }
    }
}

fn take_line(wire: &mut Wire) -> Option<Line> {
    let end = memchr(b'\n', wire.buffered())?;
    let line = classify(&wire.buffered()[..end]);
    wire.consume(end + 1);
    Some(line)
}

/// What stands before the LF.
fn classify(line: &[u8]) -> Line {
    if line.len() + 1 > LONGEST_LINE {
        return Line::TooLong;
    }
    match line.strip_suffix(b"\r") {
        // RFC 5321 2.3.8: neither CR nor LF is sent alone.
        Some(line) if memchr(b'\r', line).is_none() => Line::Command(line.to_vec()),
        _ => Line::BareLineEnd,
    }
}

async fn skip_line(wire: &mut Wire) -> io::Result<Line> {
    loop {
        let buffered = wire.buffered().len();
        if let Some(end) = memchr(b'\n', wire.buffered()) {
            wire.consume(end + 1);
            return Ok(Line::TooLong);
        }
        wire.consume(buffered);
        if wire.fill().await? == 0 {
            return Ok(Line::EndOfStream);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    async fn lines(input: &[u8]) -> Vec<Line> {
        let (near, mut far) = tokio::io::duplex(1 << 20);
        far.write_all(input).await.expect("room");
        drop(far);
        let (mut wire, mut lines) = (Wire::new(Box::new(near)), Vec::new());
        loop {
            match line(&mut wire).await.expect("a pipe does not fail") {
                Line::EndOfStream => return lines,
                line => lines.push(line),
            }
        }
    }

    fn command(text: &str) -> Line {
        Line::Command(text.into())
    }

    #[tokio::test]
    async fn lines_come_one_by_one() {
        assert_eq!(
            lines(b"NOOP\r\n\r\nQUIT\r\nrest").await,
            [command("NOOP"), command(""), command("QUIT")]
        );
    }

    #[tokio::test]
    async fn a_bare_line_end_is_told() {
        assert_eq!(lines(b"NOOP\n").await, [Line::BareLineEnd]);
        assert_eq!(lines(b"NO\rOP\r\n").await, [Line::BareLineEnd]);
        assert_eq!(lines(b"NOOP\r\r\n").await, [Line::BareLineEnd]);
    }

    #[tokio::test]
    async fn a_line_of_2048_bytes_passes_and_a_longer_one_is_skipped() {
        let most = "x".repeat(LONGEST_LINE - 2);
        assert_eq!(
            lines(format!("{most}\r\n").as_bytes()).await,
            [command(&most)]
        );
        for length in [LONGEST_LINE - 1, LONGEST_LINE, 100_000] {
            let input = format!("{}\r\nNOOP\r\n", "x".repeat(length));
            assert_eq!(
                lines(input.as_bytes()).await,
                [Line::TooLong, command("NOOP")],
                "{length}"
            );
        }
    }
}
