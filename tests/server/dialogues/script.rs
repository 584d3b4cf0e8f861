//! How a dialogue is written, one step on a line:
//!
//! ```text
//! # a note; blank lines are skipped as well
//! C: MAIL FROM:<ann@customer.example>
//! S: 250 2\.1\.0
//! S*: 250
//! C: DATA
//! S: 354
//! C| no line end is sent after this
//! C: a zero byte \x00, a bare line end \n, ten times {ab*10}, what was kept ${ticket}
//! C: .
//! S: 250 2.0.0 ticket (?<ticket>\d+)
//! = connect
//! = closed
//! ```
//! Lines of the client that follow each other go out in one packet. `S:` is a pattern for the
//! beginning of one line, `S*:` for the last line of a whole reply; what a named group matches is
//! kept. Lines with `=` are done by the test; `play.rs` lists them.

use std::collections::BTreeMap;

use regex::Regex;

pub enum Step {
    Client(Vec<u8>),
    Server { pattern: Regex, whole: bool },
    Act(Vec<String>),
}

pub type Kept = BTreeMap<String, String>;

/// Reads one line, with the values that the steps before it have kept.
pub fn step(line: &str, kept: &Kept) -> Option<Step> {
    if line.trim().is_empty() || line.starts_with('#') {
        return None;
    }
    if let Some(text) = said(line, "C:") {
        let mut bytes = unescape(&repeat(&fill(text, kept)));
        bytes.extend_from_slice(b"\r\n");
        return Some(Step::Client(bytes));
    }
    if let Some(text) = said(line, "C|") {
        return Some(Step::Client(unescape(&repeat(&fill(text, kept)))));
    }
    for (mark, whole) in [("S:", false), ("S*:", true)] {
        if let Some(text) = said(line, mark) {
            let pattern = format!("^(?:{})", fill(text, kept));
            let pattern = Regex::new(&pattern).unwrap_or_else(|error| panic!("{line}: {error}"));
            return Some(Step::Server { pattern, whole });
        }
    }
    let words = line
        .strip_prefix("= ")
        .unwrap_or_else(|| panic!("no step: {line}"));
    Some(Step::Act(
        words.split(' ').map(|word| fill(word, kept)).collect(),
    ))
}

/// What follows the mark and one space, which is missing from an empty line.
fn said<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    let text = line.strip_prefix(mark)?;
    Some(text.strip_prefix(' ').unwrap_or(text))
}

fn fill(text: &str, kept: &Kept) -> String {
    let name = Regex::new(r"\$\{([a-z0-9.]+)\}").expect("a pattern");
    let value = |found: &regex::Captures<'_>| {
        let value = kept.get(&found[1]);
        value
            .unwrap_or_else(|| panic!("{} is not known: {text}", &found[0]))
            .clone()
    };
    name.replace_all(text, value).into_owned()
}

fn repeat(text: &str) -> String {
    let many = Regex::new(r"\{([^{}*]+)\*([0-9]+)\}").expect("a pattern");
    let value = |found: &regex::Captures<'_>| {
        let count = found[2].parse().expect("digits");
        found[1].repeat(count)
    };
    many.replace_all(text, value).into_owned()
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let (byte, length) = match behind.as_bytes() {
            [b'n', ..] => (b'\n', 1),
            [b'r', ..] => (b'\r', 1),
            [b't', ..] => (b'\t', 1),
            [b'\\', ..] => (b'\\', 1),
            [b'x', _, _, ..] => (
                u8::from_str_radix(&behind[1..3], 16).expect("two digits"),
                3,
            ),
            _ => panic!("no escape: \\{behind}"),
        };
        bytes.push(byte);
        rest = &behind[length..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_client_is_filled_repeated_and_unescaped() {
        let kept = Kept::from([("t".to_owned(), "42".to_owned())]);
        let Some(Step::Client(bytes)) = step(r"C: ${t} {ab*2} \x00\n", &kept) else {
            panic!("a line of the client");
        };
        assert_eq!(bytes, b"42 abab \0\n\r\n");
    }

    #[test]
    fn a_line_of_the_server_is_a_pattern_for_the_beginning() {
        let Some(Step::Server { pattern, .. }) = step("S: 250", &Kept::new()) else {
            panic!("a line of the server");
        };
        assert!(pattern.is_match("250 OK") && !pattern.is_match("550 250"));
    }
}
