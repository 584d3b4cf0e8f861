//! Mails made to exhaust a reader (nesting, parts, parameters, markup, sheer size): each is read within
//! a time and with memory that do not depend on how clever it is, and something of it can be read.

use std::io::{self, Read, Seek, SeekFrom};
use std::time::{Duration, Instant};

use super::read_bytes;
use crate::mail::{Mail, html, read};

/// Unoptimised builds are slower by more than an order of magnitude, so there only stalls are found.
const TIME: Duration = Duration::from_millis(if cfg!(debug_assertions) { 20_000 } else { 500 });

fn check(mail: &str) -> Mail {
    let started = Instant::now();
    let mail = read_bytes(mail.as_bytes());
    assert!(started.elapsed() < TIME, "{:?}", started.elapsed());
    assert_eq!(mail.subject.as_deref(), Some("bomb"));
    mail
}

#[test]
fn nested_messages_are_never_opened() {
    let level = "Content-Type: message/rfc822\r\n\r\n";
    let mail = check(&format!(
        "Subject: bomb\r\n{}hello\r\n",
        level.repeat(150_000)
    ));
    assert_eq!(mail.attachments.len(), 1);
}

#[test]
fn nested_multiparts_end_at_a_depth() {
    let mut text = "Subject: bomb\r\n".to_owned();
    for level in 0..5000 {
        text.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n"
        ));
    }
    let mail = check(&(text + "\r\nhello\r\n"));
    assert!(mail.unreadable.is_some_and(|why| why.contains("nested")));
}

#[test]
fn the_same_boundary_in_itself_is_no_trap() {
    let level = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n";
    check(&format!(
        "Subject: bomb\r\n{}hello\r\n",
        level.repeat(20_000)
    ));
}

#[test]
fn parts_are_counted() {
    let mail = check(&format!(
        "Subject: bomb\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfirst\r\n{}",
        "--b\r\n\r\n".repeat(100_000)
    ));
    assert!(mail.unreadable.is_some_and(|why| why.contains("parts")));
    assert!(mail.body_text.starts_with("first"));
}

#[test]
fn parameters_are_bounded() {
    let parameters: String = (0..300_000).map(|n| format!(";\r\n name*{n}=x")).collect();
    let mail = check(&format!(
        "Subject: bomb\r\nContent-Type: text/plain{parameters}\r\n\r\nhello\r\n"
    ));
    assert!(mail.unreadable.is_some_and(|why| why.contains("header")));
    assert_eq!(mail.body_text.trim(), "hello");
}

#[test]
fn header_fields_are_bounded() {
    for field in [
        "X: y\r\n",
        "To: a@b.example\r\n",
        "References: <a@b>\r\n",
        "a:\r\n",
    ] {
        check(&format!(
            "Subject: bomb\r\n{}\r\nhello\r\n",
            field.repeat(1_000_000 / field.len())
        ));
    }
    for value in [
        "<a@b> ",
        "=?utf-8?q?a?= ",
        "=?",
        "(",
        "\"",
        "a@b,",
        "=?utf-8?b?",
        "a:b;",
        "\\",
        ";x=y",
    ] {
        for name in [
            "To",
            "References",
            "X-Any",
            "Content-Type",
            "Content-Disposition",
            "Date",
        ] {
            let value =
                format!("{}\r\n ", value.repeat(100)).repeat(250_000 / (value.len() * 100 + 3));
            check(&format!(
                "Subject: bomb\r\n{name}: {value}\r\n\r\nhello\r\n"
            ));
        }
    }
}

#[test]
fn one_endless_line_is_read() {
    check(&format!("Subject: bomb\r\n\r\n{}", "x".repeat(10_000_000)));
    check(&format!(
        "Subject: bomb\r\nX: {}\r\n\r\nhello",
        "x".repeat(10_000_000)
    ));
}

#[test]
fn markup_bombs_give_text() {
    let attributes = format!("<a {}>", "x=1 ".repeat(100_000));
    for markup in [
        "<div>".repeat(100_000),
        attributes,
        "<table><tr><td>".repeat(60_000),
        "<b><p>".repeat(100_000),
    ] {
        let mail = check(&format!(
            "Subject: bomb\r\nContent-Type: text/html\r\n\r\n{markup}hello"
        ));
        assert!(mail.body_text.contains("hello"));
        assert_eq!(
            html::safe(mail.html.as_deref().unwrap_or(""), &|_| None),
            None
        );
    }
}

#[test]
fn markup_within_the_limits_is_quick() {
    let deep = "<div>".repeat(400);
    for piece in [
        "<p>x",
        "<div></div>",
        "<b>x</b>",
        "<table><tr><td>x</td></tr></table>",
        "<a href=x>y</a>",
        "<li>x",
        "</p>",
    ] {
        let size = if cfg!(debug_assertions) {
            10_000
        } else {
            1_000_000
        };
        for outer in ["", &deep] {
            let markup = format!("{outer}{}", piece.repeat(size / piece.len()));
            let started = Instant::now();
            html::safe(&markup, &|_| None);
            html::plain::plain(&markup);
            let time = started.elapsed();
            assert!(time < TIME * 4, "{piece} in {}: {time:?}", outer.len());
        }
    }
}

const TEXT: usize = if cfg!(debug_assertions) {
    90_000
} else {
    900_000
};

#[test]
fn texts_made_to_confuse_the_reply_split_are_quick() {
    for line in [
        ">",
        "-- ",
        "On 3 Mar 2025 wrote 10:12\n",
        "From: a\n",
        "On 1",
        "--",
        "_____",
        "> > > ",
        "wrote:",
    ] {
        let body = format!("{line}\r\n").repeat(TEXT / (line.len() + 2));
        check(&format!("Subject: bomb\r\n\r\n{body}"));
    }
}

/// A source that is made while it is read, and knows the most that was ever asked of it at once.
struct Made {
    head: Vec<u8>,
    line: Vec<u8>,
    lines: u64,
    tail: Vec<u8>,
    at: u64,
    largest: usize,
}

impl Made {
    fn size(&self) -> u64 {
        self.head.len() as u64 + self.line.len() as u64 * self.lines + self.tail.len() as u64
    }

    fn byte(&self, at: u64) -> u8 {
        let head = self.head.len() as u64;
        let body = self.line.len() as u64 * self.lines;
        match at {
            at if at < head => self.head[at as usize],
            at if at < head + body => self.line[((at - head) % self.line.len() as u64) as usize],
            at => self.tail[(at - head - body) as usize],
        }
    }
}

impl Read for Made {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.largest = self.largest.max(out.len());
        let length = (self.size() - self.at).min(out.len() as u64) as usize;
        for (place, byte) in out[..length].iter_mut().enumerate() {
            *byte = self.byte(self.at + place as u64);
        }
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Made {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if let SeekFrom::Start(at) = to {
            self.at = at.min(self.size());
        }
        Ok(self.at)
    }
}

/// Optimised, 60 MB.
const SIZE: u64 = if cfg!(debug_assertions) {
    6_000_000
} else {
    60_000_000
};

#[test]
fn large_files_are_read_with_small_buffers() {
    let head = b"Subject: large\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee file\r\n--b\r\n\
                 Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    let line = format!("{}\r\n", "QUJD".repeat(19)).into_bytes();
    let lines = SIZE / line.len() as u64;
    let tail = b"--b--\r\n".to_vec();
    let mut source = Made {
        head: head.to_vec(),
        line,
        lines,
        tail,
        at: 0,
        largest: 0,
    };
    let mail = read(&mut source);
    assert_eq!(mail.body_text, "see file");
    let [file] = &mail.attachments[..] else {
        panic!("{:?}", mail.attachments)
    };
    assert_eq!(file.size, lines * 57);
    assert!(source.largest <= 128 * 1024, "{}", source.largest);
}

#[test]
fn a_text_of_many_megabytes_is_cut_and_kept_as_a_file() {
    let text = format!(
        "Subject: bomb\r\n\r\n{}",
        "line of text\r\n".repeat(400_000)
    );
    let mail = check(&text);
    assert!(mail.body_text.len() <= 1024 * 1024);
    assert_eq!(mail.attachments.len(), 1);
    assert_eq!(mail.attachments[0].size, 400_000 * 14);
}
