//! Any bytes are a mail: no panic, no error, no endless time, and nothing that breaks a page.

use std::fs;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::corpus::directories;
use super::read_bytes;
use crate::mail::{Mail, clean};

fn check(bytes: &[u8]) -> Mail {
    let started = Instant::now();
    let mail = read_bytes(bytes);
    assert!(started.elapsed() < Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 }));
    assert_eq!(mail.size, bytes.len() as u64);
    let one_line = |text: &str| !text.chars().any(|c| c.is_control() || clean::invisible(c));
    assert!(mail.subject.as_deref().is_none_or(one_line));
    for address in mail
        .from
        .iter()
        .chain(&mail.to)
        .chain(&mail.cc)
        .chain(&mail.reply_to)
    {
        assert!(address.name.as_deref().is_none_or(one_line));
        assert!(address.address.as_deref().is_none_or(one_line));
    }
    for file in &mail.attachments {
        assert!(file.start + file.length <= mail.size);
        assert!(
            file.name
                .as_deref()
                .is_none_or(|name| one_line(name) && !name.contains(['/', '\\']))
        );
        assert!(one_line(&file.kind));
    }
    assert!(
        mail.headers
            .iter()
            .all(|(name, value)| one_line(name) && one_line(value))
    );
    assert!(serde_json::to_string(&mail.inspect()).is_ok());
    mail
}

fn corpus() -> Vec<Vec<u8>> {
    let read =
        |directory: &std::path::PathBuf| fs::read(directory.join("mail.eml")).expect("a mail");
    directories().iter().map(read).collect()
}

/// A change to a mail: at a place, of a kind, with a byte.
fn changed(mail: &[u8], changes: &[(usize, u8, u8)], other: &[u8]) -> Vec<u8> {
    let mut mail = mail.to_vec();
    for (place, sort, byte) in changes {
        let at = place % (mail.len() + 1);
        match sort % 6 {
            0 if at < mail.len() => mail[at] = *byte,
            1 => mail.truncate(at),
            2 => mail.insert(at, *byte),
            3 => drop(mail.drain(at..(at + usize::from(*byte)).min(mail.len()))),
            4 => {
                let piece = mail[at..(at + 200).min(mail.len())].to_vec();
                mail.splice(at..at, piece);
            }
            _ => {
                let from = place % (other.len() + 1);
                let piece = &other[from..(from + 300).min(other.len())];
                mail.splice(at..at, piece.iter().copied());
            }
        }
    }
    mail
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_are_a_mail(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        check(&bytes);
    }

    #[test]
    fn pieces_of_mail_are_a_mail(text in "((Content-Type|From|Subject|Message-ID|References|Content-Disposition|Content-Transfer-Encoding|Date): |multipart/mixed; boundary=a|text/html|message/rfc822|base64|quoted-printable|--a--|--a|\r\n|\n|\r\n\r\n|<a@b>|=\\?utf-8\\?q\\?|\\?=|;|\"|filename\\*0\\*=|[ -~]|\u{202e}|ü){0,60}") {
        check(text.as_bytes());
    }

    #[test]
    fn changed_mails_are_mails(
        which: prop::sample::Index,
        other: prop::sample::Index,
        changes in proptest::collection::vec((0..20_000usize, any::<u8>(), any::<u8>()), 1..12),
    ) {
        let corpus = corpus();
        check(&changed(&corpus[which.index(corpus.len())], &changes, &corpus[other.index(corpus.len())]));
    }
}

#[test]
fn trace_fields_do_not_change_the_fingerprint() {
    let mail = b"From: a@b\r\nMessage-ID: <1@b>\r\nSubject: one\r\n two\r\n\r\nbody\r\n";
    let traced = b"Received: from x\r\nReturn-Path: <a@b>\r\nDKIM-Signature: v=1\r\nX-Spam: no\r\nFrom: a@b\r\nMessage-ID: <1@b>\r\nSubject: one two\r\n\r\nbody\r\n";
    let reused = b"From: a@b\r\nMessage-ID: <1@b>\r\nSubject: one\r\n two\r\n\r\nother\r\n";
    assert_eq!(check(mail).fingerprint, check(traced).fingerprint);
    assert_ne!(check(mail).fingerprint, check(reused).fingerprint);
}

#[test]
fn moving_words_between_fields_changes_the_fingerprint() {
    let one = check(b"From: a@b\r\nSubject: x\r\n\r\n").fingerprint;
    let other = check(b"From: a@b x\r\nSubject:\r\n\r\n").fingerprint;
    assert_ne!(one, other);
}

#[test]
fn a_body_without_an_empty_line_is_not_lost() {
    let mail = check(b"Subject: x\r\nthis is no field\r\nnor this\r\n");
    assert_eq!(mail.subject.as_deref(), Some("x"));
    assert!(mail.body_text.contains("this is no field\nnor this"));
}
