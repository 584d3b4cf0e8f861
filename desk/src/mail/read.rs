//! A message understood, as a page of steps. What must hold: any bytes give a [`Mail`].

use std::io::{Read, Seek};

use sha2::{Digest, Sha256};

use super::fields::Fields;
use super::model::{Address, Mail, Marks};
use super::scan::{self, Outline};
use super::{MessageId, attachment, body, clean, kind, parser, report, split};

pub fn read(source: &mut (impl Read + Seek)) -> Mail {
    let mut outline = match source.rewind() {
        Ok(()) => scan::scan(&mut *source),
        Err(e) => scan::scan(Broken(Some(e))),
    };
    let body = body::read(&outline, source);
    let attachments = attachment::list(&outline, &body, source);
    let report = report::read(&outline, source);
    let mut mail = header(&mut outline);
    let forwards = mail.subject.as_deref().is_some_and(split::forwards);
    mail.reply = split::split(&body.readable, forwards);
    mail.text = body.text;
    mail.html = body.html;
    mail.body_text = body.readable;
    mail.attachments = attachments;
    mail.bounce = report.failed;
    mail.complaint = report.complaint;
    (mail.kind, mail.reason) = kind::judge(&mail, report.sort);
    if mail.kind == kind::Kind::Bounce && mail.bounce.is_empty() {
        mail.bounce = report::in_words(&mail.body_text);
    }
    mail
}

/// Everything that the header alone says.
fn header(outline: &mut Outline) -> Mail {
    let fields = match outline.parts.first_mut() {
        Some(root) => std::mem::take(&mut root.fields),
        None => Fields::default(),
    };
    let date = fields.value("Date").and_then(parser::date);
    let (date, date_written) = date.unzip();
    let mut references = ids(&fields, "References");
    references.drain(..references.len().saturating_sub(REFERENCES));
    Mail {
        size: outline.size,
        message_id: ids(&fields, "Message-ID").into_iter().next(),
        in_reply_to: ids(&fields, "In-Reply-To"),
        references,
        from: addresses(&fields, "From"),
        sender: addresses(&fields, "Sender"),
        reply_to: addresses(&fields, "Reply-To"),
        to: addresses(&fields, "To"),
        cc: addresses(&fields, "Cc"),
        subject: fields
            .text("Subject")
            .and_then(|text| clean::some_line(&text, clean::SUBJECT)),
        date,
        date_written,
        text: None,
        html: None,
        body_text: String::new(),
        reply: Default::default(),
        attachments: Vec::new(),
        kind: kind::Kind::Human,
        reason: String::new(),
        bounce: Vec::new(),
        complaint: None,
        received: fields.all("Received").count(),
        marks: marks(&fields),
        headers: listed(&fields),
        fingerprint: fingerprint(&fields, &outline.body),
        unreadable: outline.broken.take(),
    }
}

/// Of all fields of that name, for spoofers like to send two (RFC 5322 3.6 allows one).
fn addresses(fields: &Fields, name: &str) -> Vec<Address> {
    fields
        .all(name)
        .flat_map(parser::addresses)
        .take(ADDRESSES)
        .collect()
}

fn ids(fields: &Fields, name: &str) -> Vec<MessageId> {
    fields.all(name).flat_map(parser::ids).collect()
}

fn marks(fields: &Fields) -> Marks {
    let text = |name: &str| {
        fields
            .text(name)
            .and_then(|text| clean::some_line(&text, clean::NAME))
    };
    let is_null = |value: &[u8]| value.trim_ascii() == b"<>";
    Marks {
        auto_submitted: text("Auto-Submitted"),
        precedence: text("Precedence").or_else(|| text("X-Precedence")),
        list: LIST.iter().any(|name| fields.value(name).is_some()),
        null_return_path: fields.value("Return-Path").is_some_and(is_null),
        x_loop: fields
            .all("X-Loop")
            .filter_map(parser::unstructured)
            .filter_map(|text| clean::some_line(&text, clean::NAME))
            .take(LOOPS)
            .collect(),
        maildesk: text("X-Maildesk-Loop"),
    }
}

/// The header for people and for rules.
fn listed(fields: &Fields) -> Vec<(String, String)> {
    let mut room = LISTED_BYTES;
    let mut listed = Vec::new();
    for field in fields.iter().take(LISTED) {
        let text = parser::unstructured(&field.value).unwrap_or_default();
        let text = clean::line(clean::cut(&text, LISTED_VALUE), LISTED_VALUE);
        let size = field.name.len() + text.len();
        if size > room {
            break;
        }
        room -= size;
        listed.push((field.name.clone(), text));
    }
    listed
}

/// What makes two copies the same mail: who wrote what when under which name, and the body. Not the
/// fields that are added on the way (Received, Return-Path, DKIM-Signature, X-…), so copies that came by
/// different routes are equal; a Message-ID used again with other content is not.
fn fingerprint(fields: &Fields, body: &[u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for name in ["Message-ID", "Date", "From", "Subject"] {
        for value in fields.all(name) {
            // Servers on the way fold anew.
            for word in value
                .split(u8::is_ascii_whitespace)
                .filter(|word| !word.is_empty())
            {
                hash.update(word);
                hash.update(b" ");
            }
            hash.update(b"\n");
        }
        hash.update(b"\0");
    }
    hash.update(body);
    hash.finalize().into()
}

/// A source that cannot even be rewound.
struct Broken(Option<std::io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// RFC 2919 and RFC 2369; List-Unsubscribe alone is also what newsletters carry.
const LIST: [&str; 6] = [
    "List-Id",
    "List-Unsubscribe",
    "List-Post",
    "List-Subscribe",
    "List-Help",
    "List-Archive",
];
const REFERENCES: usize = 50;
const ADDRESSES: usize = 1000;
const LOOPS: usize = 20;
const LISTED: usize = 500;
const LISTED_VALUE: usize = 4096;
const LISTED_BYTES: usize = 128 * 1024;
