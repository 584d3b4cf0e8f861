//! Making of mail: an [`Outgoing`] becomes pieces, which one after the other are the message. What must
//! hold: only CRLF ends lines, none is longer than 998 bytes (RFC 5322 2.1.1), no value can start a
//! header field of its own, files are named by their hash and never held in memory.

mod encoded;
mod field;
mod rendering;

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::MessageId;
use field::Header;
pub use field::{HeaderName, Refusal};
pub use rendering::{Rendering, rendered_size};

/// A mail to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    pub from: Mailbox,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    pub reply_to: Option<Mailbox>,
    pub subject: String,
    pub date: jiff::Timestamp,
    pub message_id: MessageId,
    pub in_reply_to: Option<MessageId>,
    /// Oldest first.
    pub references: Vec<MessageId>,
    pub extra: Vec<(HeaderName, String)>,
    pub text: String,
    pub html: Option<String>,
    pub attachments: Vec<Part>,
}

/// A name and an address as they stand in From, To, Cc.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mailbox {
    pub name: Option<String>,
    pub address: String,
}

/// A file in a mail to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    /// type/subtype.
    pub kind: String,
    pub size: u64,
    /// SHA-256 of the file.
    pub source: BlobRef,
}

pub type BlobRef = [u8; 32];

/// A piece of a message, as it is stored until the message is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    Bytes(Vec<u8>),
    /// The file of that hash, in base64.
    Base64 {
        source: BlobRef,
        size: u64,
    },
}

pub fn compose(mail: &Outgoing) -> Result<Vec<Piece>, Refusal> {
    let mut out = Pieces::new(&mail.message_id);
    header(mail, &mut out)?;
    if mail.attachments.is_empty() {
        readable(mail, &mut out);
        return Ok(out.done());
    }
    // RFC 2046 5.1.3: the text first, then the files.
    let boundary = out.multipart("mixed");
    out.open(&boundary);
    readable(mail, &mut out);
    for part in &mail.attachments {
        out.open(&boundary);
        attachment(part, &mut out)?;
    }
    out.close(&boundary);
    Ok(out.done())
}

/// RFC 5322 3.6, in the order that people expect.
fn header(mail: &Outgoing, out: &mut Pieces) -> Result<(), Refusal> {
    let mut header = Header::default();
    header.date(mail.date);
    header.mailboxes("From", std::slice::from_ref(&mail.from))?;
    header.mailboxes("To", &mail.to)?;
    header.mailboxes("Cc", &mail.cc)?;
    if let Some(reply_to) = &mail.reply_to {
        header.mailboxes("Reply-To", std::slice::from_ref(reply_to))?;
    }
    header.text("Subject", &mail.subject);
    header.ids("Message-ID", std::slice::from_ref(&mail.message_id));
    header.ids("In-Reply-To", mail.in_reply_to.as_slice());
    header.ids("References", &shortened(&mail.references));
    for (name, value) in &mail.extra {
        header.extra(name, value);
    }
    header.text("MIME-Version", "1.0");
    out.bytes(&header.done());
    Ok(())
}

/// RFC 5322 3.6.4 lets a long chain lose its middle: the first names the thread, the last the parents.
fn shortened(references: &[MessageId]) -> Vec<MessageId> {
    if references.len() <= LAST + 1 {
        return references.to_vec();
    }
    let mut kept = vec![references[0].clone()];
    kept.extend_from_slice(&references[references.len() - LAST..]);
    kept
}

fn readable(mail: &Outgoing, out: &mut Pieces) {
    let Some(html) = &mail.html else {
        return text_part("plain", &mail.text, out);
    };
    // RFC 2046 5.1.4: the richest form last.
    let boundary = out.multipart("alternative");
    out.open(&boundary);
    text_part("plain", &mail.text, out);
    out.open(&boundary);
    text_part("html", html, out);
    out.close(&boundary);
}

fn text_part(sort: &str, text: &str, out: &mut Pieces) {
    let head = format!(
        "Content-Type: text/{sort}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    );
    out.bytes(head.as_bytes());
    out.bytes(&encoded::quoted_printable(text));
}

fn attachment(part: &Part, out: &mut Pieces) -> Result<(), Refusal> {
    let mut header = Header::default();
    header.content_type(&part.kind, &part.name)?;
    header.text("Content-Transfer-Encoding", "base64");
    header.attachment(&part.name);
    out.bytes(&header.done());
    out.bytes(b"\r\n");
    out.0.push(Piece::Base64 {
        source: part.source,
        size: part.size,
    });
    Ok(())
}

/// The pieces so far, and the name that boundaries are made of.
struct Pieces(Vec<Piece>, String);

impl Pieces {
    /// A boundary must not occur in the parts (RFC 2046 5.1.1): those are quoted-printable or base64,
    /// where "=_" cannot stand.
    fn new(id: &MessageId) -> Pieces {
        let hash = Sha256::digest(id.as_str());
        let mut name = "=_".to_owned();
        for byte in &hash[..12] {
            let _ = write!(name, "{byte:02x}");
        }
        Pieces(Vec::new(), name)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        match self.0.last_mut() {
            Some(Piece::Bytes(last)) => last.extend_from_slice(bytes),
            _ => self.0.push(Piece::Bytes(bytes.to_vec())),
        }
    }

    fn multipart(&mut self, sort: &str) -> String {
        let boundary = format!("{}.{sort}", self.1);
        self.bytes(
            format!("Content-Type: multipart/{sort};\r\n boundary=\"{boundary}\"\r\n").as_bytes(),
        );
        boundary
    }

    fn open(&mut self, boundary: &str) {
        self.bytes(format!("\r\n--{boundary}\r\n").as_bytes());
    }

    fn close(&mut self, boundary: &str) {
        self.bytes(format!("\r\n--{boundary}--\r\n").as_bytes());
    }

    fn done(self) -> Vec<Piece> {
        self.0
    }
}

/// How many of the References are kept beside the first.
const LAST: usize = 20;
