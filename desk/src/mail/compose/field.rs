//! Header fields that cannot be broken out of. What must hold: every value of every field goes through
//! here and comes out as ASCII on lines of at most 78 characters where it can be folded, never 998.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Mailbox;
use super::encoded::{parameter, words};
use crate::mail::{MessageId, clean};

/// What cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{0:?} cannot stand in a header as an address")]
    Address(String),
    #[error("{0:?} is not a media type")]
    MediaType(String),
    #[error("{0:?} cannot be the name of an added header field")]
    FieldName(String),
}

/// The name of a field that callers add: marks of automatic mail and the like, never the fields that
/// the composer writes itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HeaderName(String);

impl HeaderName {
    pub fn new(name: &str) -> Result<HeaderName, Refusal> {
        let token = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let ours = OURS.iter().any(|own| own.eq_ignore_ascii_case(name));
        let content = name
            .get(..8)
            .is_some_and(|start| start.eq_ignore_ascii_case("content-"));
        if name.is_empty() || name.len() > 60 || !name.bytes().all(token) || ours || content {
            return Err(Refusal::FieldName(name.to_owned()));
        }
        Ok(HeaderName(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for HeaderName {
    type Error = Refusal;

    fn try_from(name: String) -> Result<HeaderName, Refusal> {
        HeaderName::new(&name)
    }
}

impl From<HeaderName> for String {
    fn from(name: HeaderName) -> String {
        name.0
    }
}

/// A header block in the making.
#[derive(Default)]
pub struct Header(String);

impl Header {
    /// Unstructured text (RFC 5322 2.2.1).
    pub fn text(&mut self, name: &str, value: &str) {
        self.field(name, words(&clean::line(value, clean::SUBJECT)));
    }

    pub fn extra(&mut self, name: &HeaderName, value: &str) {
        self.text(name.as_str(), value);
    }

    /// RFC 5322 3.3, in UTC.
    pub fn date(&mut self, date: Timestamp) {
        let date = date.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
        self.field("Date", date.split(' ').map(str::to_owned).collect());
    }

    /// Identifiers of other people's mail may hold what a header must not: those are left out.
    pub fn ids(&mut self, name: &str, ids: &[MessageId]) {
        let ids = ids
            .iter()
            .filter(|id| id.as_str().is_ascii() && id.as_str().len() <= LONGEST_ID);
        self.field(name, ids.map(|id| format!("<{id}>")).collect());
    }

    pub fn mailboxes(&mut self, name: &str, mailboxes: &[Mailbox]) -> Result<(), Refusal> {
        let mut all = Vec::new();
        for (at, mailbox) in mailboxes.iter().enumerate() {
            let mut one = mailbox_words(mailbox)?;
            if at + 1 < mailboxes.len()
                && let Some(last) = one.last_mut()
            {
                last.push(',');
            }
            all.extend(one);
        }
        self.field(name, all);
        Ok(())
    }

    pub fn content_type(&mut self, kind: &str, name: &str) -> Result<(), Refusal> {
        let mut pieces = vec![media_type(kind)?.to_owned()];
        pieces.extend(parameter("name", &clean::line(name, clean::NAME)));
        self.parameters("Content-Type", pieces);
        Ok(())
    }

    /// RFC 2183 2.2.
    pub fn attachment(&mut self, name: &str) {
        let mut pieces = vec!["attachment".to_owned()];
        pieces.extend(parameter("filename", &clean::line(name, clean::NAME)));
        self.parameters("Content-Disposition", pieces);
    }

    pub fn done(self) -> Vec<u8> {
        self.0.into_bytes()
    }

    fn parameters(&mut self, name: &str, mut pieces: Vec<String>) {
        let last = pieces.len() - 1;
        for piece in &mut pieces[..last] {
            piece.push(';');
        }
        self.field(name, pieces);
    }

    /// Writes a field, folded between words (RFC 5322 2.2.3); one without words is left out.
    fn field(&mut self, name: &str, words: Vec<String>) {
        if words.is_empty() {
            return;
        }
        self.0.push_str(name);
        self.0.push(':');
        let mut column = name.len() + 1;
        for (at, word) in words.iter().enumerate() {
            // A line of white space alone, right behind the name, is obsolete (RFC 5322 4.2).
            if at > 0 && column + 1 + word.len() > LINE {
                self.0.push_str("\r\n");
                column = 0;
            }
            self.0.push(' ');
            self.0.push_str(word);
            column += 1 + word.len();
        }
        self.0.push_str("\r\n");
    }
}

/// RFC 5322 3.4: a display name and the address in angle brackets.
fn mailbox_words(mailbox: &Mailbox) -> Result<Vec<String>, Refusal> {
    let address = &mailbox.address;
    let whole = address
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    let forbidden = |c: char| c.is_control() || c.is_whitespace() || "<>,;:\\\"()".contains(c);
    // Without SMTPUTF8 (RFC 6531) only ASCII can be sent.
    if !whole || !address.is_ascii() || address.len() > ADDRESS || address.chars().any(forbidden) {
        return Err(Refusal::Address(address.clone()));
    }
    let name = clean::line(mailbox.name.as_deref().unwrap_or(""), clean::NAME);
    if name.is_empty() {
        return Ok(vec![address.clone()]);
    }
    let mut words = phrase(&name);
    words.push(format!("<{address}>"));
    Ok(words)
}

/// RFC 5322 3.2.5: atoms, or a quoted string, or encoded words.
fn phrase(name: &str) -> Vec<String> {
    let atom = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~ ".contains(&b);
    let encoded = words(name);
    if name.bytes().all(atom) || encoded.iter().any(|word| word.starts_with("=?")) {
        return encoded;
    }
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
    // Folding inside quotes is white space as it stands.
    format!("\"{quoted}\"")
        .split(' ')
        .map(str::to_owned)
        .collect()
}

/// RFC 2045 5.1: type and subtype are tokens.
fn media_type(kind: &str) -> Result<&str, Refusal> {
    let token = |part: &str| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b);
        (1..=127).contains(&part.len()) && part.bytes().all(allowed)
    };
    let (top, sub) = kind.split_once('/').unwrap_or((kind, ""));
    // RFC 2046 5.2.1: a message must not be base64, and a multipart is no file.
    let composite = top.eq_ignore_ascii_case("multipart") || top.eq_ignore_ascii_case("message");
    match token(top) && token(sub) {
        true if composite => Ok("application/octet-stream"),
        true => Ok(kind),
        false => Err(Refusal::MediaType(kind.to_owned())),
    }
}

/// RFC 5322 2.1.1: should be no longer.
const LINE: usize = 78;
/// A line of 998 holds it with its brackets (RFC 5322 2.1.1).
const LONGEST_ID: usize = 900;
/// RFC 5321 4.5.3.1.
const ADDRESS: usize = 320;
/// Fields that the composer writes, or that only the sending server may write.
const OURS: [&str; 20] = [
    "Date",
    "From",
    "To",
    "Cc",
    "Bcc",
    "Reply-To",
    "Sender",
    "Subject",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Received",
    "Return-Path",
    "DKIM-Signature",
    "Resent-From",
    "Resent-To",
    "Resent-Cc",
    "Resent-Bcc",
    "Resent-Sender",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn mailbox(name: &str, address: &str) -> Mailbox {
        Mailbox {
            name: Some(name.to_owned()),
            address: address.to_owned(),
        }
    }

    fn from(name: &str) -> String {
        let mut header = Header::default();
        header
            .mailboxes("From", &[mailbox(name, "a@b.example")])
            .unwrap();
        String::from_utf8(header.done()).unwrap()
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        assert_eq!(from("Ann Lee"), "From: Ann Lee <a@b.example>\r\n");
        assert_eq!(from("Lee, Ann"), "From: \"Lee, Ann\" <a@b.example>\r\n");
        assert_eq!(from("A \"B\""), "From: \"A \\\"B\\\"\" <a@b.example>\r\n");
        assert!(from("Änn").starts_with("From: =?utf-8?B?"));
        assert_eq!(from(""), "From: a@b.example\r\n");
    }

    #[test]
    fn no_value_starts_a_field() {
        let mut header = Header::default();
        header.text("Subject", "x\r\nBcc: v@w.example\0\n\nbody");
        header
            .mailboxes("To", &[mailbox("a\r\nBcc: z", "a@b.example")])
            .unwrap();
        let text = String::from_utf8(header.done()).unwrap();
        assert_eq!(text.lines().count(), 2, "{text}");
    }

    #[test]
    fn addresses_that_break_out_are_refused() {
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a@b\r\nX: y",
            "a b@c",
            "a@b>,<c@d",
            "a@b,c@d",
            "\"x\"@y",
            "ü@b.example",
            "a@bücher.example",
        ] {
            let tried = Header::default().mailboxes("To", &[mailbox("", bad)]);
            assert_eq!(tried, Err(Refusal::Address(bad.to_owned())));
        }
    }

    #[test]
    fn added_fields_cannot_replace_ours() {
        for bad in [
            "",
            "Subject",
            "bcc",
            "Content-Type",
            "X Y",
            "X:Y",
            "X\r\nY",
            "DKIM-signature",
        ] {
            assert!(HeaderName::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(
            HeaderName::new("Auto-Submitted").unwrap().as_str(),
            "Auto-Submitted"
        );
    }

    #[test]
    fn identifiers_that_no_header_can_hold_are_left_out() {
        let mut header = Header::default();
        let ids = ["a@b".to_owned(), "ü@b".to_owned(), "x".repeat(950)];
        header.ids("References", &ids.map(|id| id.parse().unwrap()));
        assert_eq!(header.done(), b"References: <a@b>\r\n");
    }

    #[test]
    fn media_types_are_tokens() {
        assert!(media_type("text/html\r\nX: y").is_err());
        assert!(media_type("image").is_err());
        assert_eq!(media_type("message/rfc822"), Ok("application/octet-stream"));
    }

    #[test]
    fn long_fields_are_folded() {
        let mut header = Header::default();
        header.text("Subject", &"word ".repeat(60));
        let text = String::from_utf8(header.done()).unwrap();
        assert!(text.lines().count() > 3);
        assert!(text.lines().all(|line| line.len() <= 78));
    }
}
