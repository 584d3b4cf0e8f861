//! What we compose, we read back: same people, subject, text, files.

use std::collections::HashMap;
use std::io::{self, Cursor, Read};

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::read_bytes;
use crate::mail::compose::{
    HeaderName, Mailbox, Outgoing, Part, Piece, Rendering, compose, rendered_size,
};
use crate::mail::{Kind, Mail, MessageId, clean};

fn outgoing() -> Outgoing {
    Outgoing {
        from: mailbox("Support", "support@desk.example"),
        to: vec![mailbox("Ann Lee", "ann@customer.example")],
        cc: Vec::new(),
        reply_to: None,
        subject: "Re: The printer".to_owned(),
        date: "2025-03-03T10:12:13Z".parse().unwrap(),
        message_id: "m1@desk.example".parse().unwrap(),
        in_reply_to: None,
        references: Vec::new(),
        extra: Vec::new(),
        text: "Hello\n".to_owned(),
        html: None,
        attachments: Vec::new(),
    }
}

fn mailbox(name: &str, address: &str) -> Mailbox {
    Mailbox {
        name: Some(name.to_owned()),
        address: address.to_owned(),
    }
}

fn part(name: &str, bytes: &[u8]) -> Part {
    let source = Sha256::digest(bytes).into();
    Part {
        name: name.to_owned(),
        kind: "application/pdf".to_owned(),
        size: bytes.len() as u64,
        source,
    }
}

/// The bytes of the message, checked for what must hold of all of them.
fn rendered(mail: &Outgoing, files: &[Vec<u8>]) -> Vec<u8> {
    let pieces: Vec<Piece> = compose(mail).expect("it can be sent");
    let files: HashMap<[u8; 32], Vec<u8>> = files
        .iter()
        .map(|file| (Sha256::digest(file).into(), file.clone()))
        .collect();
    let open = |hash| -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Cursor::new(files[&hash].clone())))
    };
    let mut bytes = Vec::new();
    Rendering::new(pieces.clone(), open)
        .read_to_end(&mut bytes)
        .unwrap();
    assert_eq!(bytes.len() as u64, rendered_size(&pieces));
    assert!(bytes.is_ascii());
    let text = String::from_utf8(bytes.clone()).unwrap();
    // RFC 5322 2.3: CR and LF occur only together.
    assert!(!text.replace("\r\n", "").contains(['\r', '\n', '\0']));
    assert!(text.split("\r\n").all(|line| line.len() <= 998));
    bytes
}

fn returned(mail: &Outgoing, files: &[Vec<u8>]) -> Mail {
    read_bytes(&rendered(mail, files))
}

#[test]
fn all_fields_come_back() {
    let file = b"%PDF".to_vec();
    let mut mail = outgoing();
    mail.cc = vec![
        mailbox("Müller, Jürgen", "j@customer.example"),
        mailbox("", "x@customer.example"),
    ];
    mail.reply_to = Some(mailbox("Support", "support+t.abc@desk.example"));
    mail.in_reply_to = Some("p1@customer.example".parse().unwrap());
    mail.references = vec![
        "p0@customer.example".parse().unwrap(),
        "p1@customer.example".parse().unwrap(),
    ];
    mail.extra = vec![(
        HeaderName::new("Auto-Submitted").unwrap(),
        "auto-replied".to_owned(),
    )];
    mail.html = Some("<p>Hello</p>".to_owned());
    mail.attachments = vec![part("Rechnung für März.pdf", &file)];
    let read = returned(&mail, &[file]);
    assert_eq!(read.unreadable, None);
    assert_eq!(read.message_id.as_ref(), Some(&mail.message_id));
    assert_eq!(read.in_reply_to, [mail.in_reply_to.clone().unwrap()]);
    assert_eq!(read.references, mail.references);
    assert_eq!(read.date, Some(mail.date));
    assert_eq!(
        read.reply_to[0].address.as_deref(),
        Some("support+t.abc@desk.example")
    );
    assert_eq!(read.cc[0].name.as_deref(), Some("Müller, Jürgen"));
    assert_eq!(read.cc[1].address.as_deref(), Some("x@customer.example"));
    assert_eq!(read.kind, Kind::AutoReply);
    assert_eq!(read.text.as_deref(), Some("Hello\n"));
    assert_eq!(read.html.as_deref(), Some("<p>Hello</p>\n"));
    assert_eq!(read.attachments.len(), 1);
    assert_eq!(
        read.attachments[0].name.as_deref(),
        Some("Rechnung für März.pdf")
    );
    assert_eq!(read.attachments[0].sha256, mail.attachments[0].source);
}

#[test]
fn long_chains_keep_their_first_and_their_last() {
    let ids: Vec<MessageId> = (0..60)
        .map(|n| format!("{n}@x.example").parse().unwrap())
        .collect();
    let mail = Outgoing {
        references: ids.clone(),
        ..outgoing()
    };
    let read = returned(&mail, &[]);
    assert_eq!(read.references.len(), 21);
    assert_eq!(read.references[0], ids[0]);
    assert_eq!(read.references[20], ids[59]);
}

#[test]
fn the_same_letter_is_composed_the_same() {
    let mail = Outgoing {
        html: Some("x".to_owned()),
        ..outgoing()
    };
    assert_eq!(compose(&mail), compose(&mail));
}

#[test]
fn a_text_that_quotes_our_boundary_stays_whole() {
    let first = rendered(
        &Outgoing {
            html: Some("x".to_owned()),
            ..outgoing()
        },
        &[],
    );
    let text = String::from_utf8(first).unwrap();
    let mail = Outgoing {
        text: text.replace("\r\n", "\n"),
        html: Some("x".to_owned()),
        ..outgoing()
    };
    let read = returned(&mail, &[]);
    assert_eq!(read.text.as_deref(), Some(mail.text.as_str()));
    assert!(read.attachments.is_empty());
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,90}",
        "[a-zäöü€漢字🦀 ,\"<>()@;:\r\n\u{202e}\0]{0,60}",
        "(=\\?utf-8\\?q\\?x\\?=| |a){0,20}",
        any::<String>()
    ]
}

/// What a reader can get back: one line, white space as single spaces.
fn one_line(text: &str, longest: usize) -> String {
    clean::line(text, longest)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn everything_comes_back(
        subject in words(),
        name in words(),
        text in any::<String>(),
        html in proptest::option::of(any::<String>()),
        file_names in proptest::collection::vec("[a-zäöü漢][a-zäöü漢 ;=%'*.-]{0,120}\\.pdf", 0..3),
        file in proptest::collection::vec(any::<u8>(), 0..500),
    ) {
        let mail = Outgoing {
            subject: subject.clone(),
            from: mailbox(&name, "support@desk.example"),
            text: text.clone(),
            html: html.clone(),
            attachments: file_names.iter().map(|name| part(name, &file)).collect(),
            ..outgoing()
        };
        let read = returned(&mail, std::slice::from_ref(&file));
        let spaced = |text: Option<&str>| one_line(text.unwrap_or(""), usize::MAX / 4);
        prop_assert_eq!(spaced(read.subject.as_deref()), one_line(&subject, clean::SUBJECT));
        prop_assert_eq!(read.from.len(), 1);
        prop_assert_eq!(spaced(read.from[0].name.as_deref()), one_line(&name, clean::NAME));
        prop_assert_eq!(read.from[0].address.as_deref(), Some("support@desk.example"));
        prop_assert_eq!(read.to.len(), 1);
        let lines = |text: &str| clean::block(text).trim_end_matches('\n').to_owned();
        prop_assert_eq!(lines(read.text.as_deref().unwrap_or("")), lines(&text));
        prop_assert_eq!(read.html.as_deref().map(lines), html.as_deref().map(lines));
        prop_assert_eq!(read.attachments.len(), file_names.len());
        for found in &read.attachments {
            prop_assert_eq!(found.sha256, <[u8; 32]>::from(Sha256::digest(&file)));
            prop_assert!(found.name.as_deref().is_some_and(|name| name.ends_with(".pdf")));
        }
    }
}
