//! Reads the replies of a server that may say anything: lines and their
//! number are bounded, and text that will be shown later is made harmless.

use memchr::memchr;

use crate::Reply;
use crate::wire::Wire;

/// Why no reply could be had.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoReply {
    /// The connection ended.
    Lost(String),
    /// What came is not SMTP.
    Malformed(&'static str),
}

/// A reply line; RFC 5321 4.5.3.1.5 allows 512, real servers exceed it.
const LONGEST_LINE: usize = 2048;
const MOST_LINES: usize = 100;
/// More text than this is of no use to anybody.
const MOST_TEXT: usize = 4096;

pub(super) async fn read(wire: &mut Wire) -> Result<Reply, NoReply> {
    let mut parser = Parser::default();
    loop {
        if let Some(end) = memchr(b'\n', wire.buffered()) {
            let parsed = parser.line(&wire.buffered()[..end]);
            wire.consume(end + 1);
            match parsed.map_err(NoReply::Malformed)? {
                Some(reply) => return Ok(reply),
                None => continue,
            }
        }
        if wire.buffered().len() > LONGEST_LINE {
            return Err(NoReply::Malformed("a reply line is too long"));
        }
        match wire.fill().await {
            Ok(0) => return Err(NoReply::Lost("the server closed the connection".into())),
            Ok(_) => {}
            Err(error) => return Err(NoReply::Lost(error.to_string())),
        }
    }
}

#[derive(Debug, Default)]
struct Parser {
    /// What the lines so far amount to.
    reply: Option<Reply>,
    lines: usize,
}

impl Parser {
    /// One line without its LF; a reply once it is complete.
    fn line(&mut self, line: &[u8]) -> Result<Option<Reply>, &'static str> {
        self.lines += 1;
        if line.len() > LONGEST_LINE || self.lines > MOST_LINES {
            return Err("a reply is too long");
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (code, is_last, text) = split(line)?;
        match &mut self.reply {
            None => self.reply = Some(first(code, &text)),
            // RFC 5321 4.2.1: the code is the same on all lines.
            Some(reply) if reply.code != code => return Err("a reply changes its code"),
            Some(reply) => append(reply, &text),
        }
        Ok(self.reply.take_if(|_| is_last))
    }
}

/// RFC 5321 4.2: three digits, a hyphen when more follows, text.
fn split(line: &[u8]) -> Result<(u16, bool, String), &'static str> {
    let (digits, rest) = line
        .split_at_checked(3)
        .ok_or("a reply line is too short")?;
    let code = match digits {
        [a @ b'2'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
            u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0')
        }
        _ => return Err("a reply has no code"),
    };
    let (is_last, text) = match rest {
        [] => (true, rest),
        [b' ', text @ ..] => (true, text),
        [b'-', text @ ..] => (false, text),
        _ => return Err("a reply has no code"),
    };
    Ok((code, is_last, harmless(text)))
}

fn first(code: u16, text: &str) -> Reply {
    match enhanced(text).filter(|(class, _, _)| u16::from(*class) == code / 100) {
        Some(enhanced) => Reply::new(code, enhanced, rest_of(text)),
        None => Reply::bare(code, text),
    }
}

fn append(reply: &mut Reply, text: &str) {
    let repeated = reply.enhanced.is_some() && enhanced(text) == reply.enhanced;
    let text = if repeated { rest_of(text) } else { text };
    if reply.text.len() + text.len() < MOST_TEXT {
        reply.text.push('\n');
        reply.text.push_str(text);
    }
}

/// RFC 3463 2: class.subject.detail at the start of the text.
fn enhanced(text: &str) -> Option<(u8, u16, u16)> {
    let word = text.split(' ').next()?;
    let mut parts = word.split('.');
    let class = number(parts.next()?, 1)?;
    let (subject, detail) = (number(parts.next()?, 3)?, number(parts.next()?, 3)?);
    parts
        .next()
        .is_none()
        .then_some((class.try_into().ok()?, subject, detail))
}

fn number(text: &str, most: usize) -> Option<u16> {
    let digits = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn rest_of(text: &str) -> &str {
    text.split_once(' ').map_or("", |(_, rest)| rest)
}

fn harmless(text: &[u8]) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    String::from_utf8_lossy(text).chars().map(clean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(input: &str) -> Result<Option<Reply>, &'static str> {
        let mut parser = Parser::default();
        for line in input.split_terminator('\n') {
            if let Some(reply) = parser.line(line.as_bytes())? {
                return Ok(Some(reply));
            }
        }
        Ok(None)
    }

    fn check(input: &str, expected: Reply) {
        assert_eq!(parse(input), Ok(Some(expected)), "{input:?}");
    }

    #[test]
    fn replies_have_code_enhanced_code_and_text() {
        check("250 OK\r\n", Reply::bare(250, "OK"));
        check("250\r\n", Reply::bare(250, ""));
        check("250 \n", Reply::bare(250, ""));
        check(
            "550 5.1.1 No such user\r\n",
            Reply::new(550, (5, 1, 1), "No such user"),
        );
        check("550 5.1.1\r\n", Reply::new(550, (5, 1, 1), ""));
    }

    #[test]
    fn lines_are_joined_and_a_repeated_enhanced_code_is_dropped() {
        let text = "550-5.7.1 first\r\n550-5.7.1 second\r\n550 third\r\n";
        check(text, Reply::new(550, (5, 7, 1), "first\nsecond\nthird"));
    }

    #[test]
    fn an_enhanced_code_of_another_class_is_text() {
        check("250 5.1.1 odd\r\n", Reply::bare(250, "5.1.1 odd"));
        check("220 1.2.3.4 ready\r\n", Reply::bare(220, "1.2.3.4 ready"));
    }

    #[test]
    fn nonsense_is_refused() {
        for input in [
            "hello\r\n",
            "25 OK\r\n",
            "650 x\r\n",
            "250_x\r\n",
            "\r\n",
            "250-a\r\n251 b\r\n",
        ] {
            assert!(parse(input).is_err(), "{input:?}");
        }
        assert!(parse(&format!("250 {}\r\n", "x".repeat(3000))).is_err());
        assert!(parse(&"250-x\r\n".repeat(101)).is_err());
        assert_eq!(parse(&"250-x\r\n".repeat(100)), Ok(None));
    }

    #[test]
    fn control_characters_do_not_reach_the_text() {
        check("250 a\0b\x1b[31m\r\n", Reply::bare(250, "a b [31m"));
    }

    proptest! {
        #[test]
        fn any_lines_are_parsed_or_refused(lines in prop::collection::vec("[2-5][0-9]{2}[- ].{0,60}|.{0,30}", 0..8)) {
            if let Ok(Some(reply)) = parse(&lines.join("\n")) {
                prop_assert!((200..600).contains(&reply.code));
                prop_assert!(reply.text.len() <= MOST_TEXT + LONGEST_LINE);
                prop_assert!(reply.text.chars().all(|c| c == '\n' || !c.is_control()));
            }
        }

        #[test]
        fn what_we_say_reads_back(code in 200u16..600, subject in 0u16..10, detail in 0u16..100, text in "[a-z]{1,20}(\n[a-z]{1,20}){0,3}") {
            let reply = Reply::new(code, ((code / 100) as u8, subject, detail), text);
            prop_assert_eq!(parse(&reply.to_string()), Ok(Some(reply)));
        }
    }
}
