//! The wrap around mail-parser: single header values and character sets, nothing else. What must
//! hold: it never sees a part tree (its recursion and part bookkeeping have crashed on hostile mail),
//! every input is bounded, and a panic inside it costs that one value, not the mail.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::parsers::MessageStream;
use mail_parser::{DateTime, HeaderValue};

use super::model::Address;
use super::{MessageId, clean, encoded_words};

/// The words of an unstructured field, encoded words decoded (RFC 2047).
pub fn unstructured(value: &[u8]) -> Option<String> {
    let value = encoded_words::joined(&value[..value.len().min(TEXT)]);
    match parse(&value, TEXT, |stream| stream.parse_unstructured()) {
        HeaderValue::Text(text) => Some(text.into_owned()),
        _ => None,
    }
}

/// The addresses of an address list, groups opened (RFC 5322 3.4).
pub fn addresses(value: &[u8]) -> Vec<Address> {
    let value = encoded_words::joined(&value[..value.len().min(LIST)]);
    match parse(&value, LIST, |stream| stream.parse_address()) {
        HeaderValue::Address(list) => list
            .iter()
            .map(|one| Address {
                name: one
                    .name()
                    .and_then(|name| clean::some_line(name, clean::NAME)),
                address: one.address().and_then(address),
            })
            .filter(|one| one.name.is_some() || one.address.is_some())
            .take(ADDRESSES)
            .collect(),
        _ => Vec::new(),
    }
}

/// The message identifiers of In-Reply-To or References; what does not look like one is passed over.
pub fn ids(value: &[u8]) -> Vec<MessageId> {
    // Keep the end: the parent of a mail is the last of its References.
    let value = &value[value.len().saturating_sub(LIST)..];
    let found = match parse(value, LIST, |stream| stream.parse_id()) {
        HeaderValue::Text(id) => vec![id],
        HeaderValue::TextList(ids) => ids,
        _ => Vec::new(),
    };
    found.iter().filter_map(|id| id.parse().ok()).collect()
}

/// A moment, and how it was written: RFC 3339 with the sender's offset.
pub fn date(value: &[u8]) -> Option<(jiff::Timestamp, String)> {
    match parse(value, TEXT, |stream| stream.parse_date()) {
        HeaderValue::DateTime(date) if date.is_valid() => written(&date),
        _ => old_date(value),
    }
}

/// A value with parameters: Content-Type and Content-Disposition, RFC 2231 undone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameterised {
    /// Lower case.
    pub value: String,
    pub parameters: Vec<(String, String)>,
}

impl Parameterised {
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut all = self.parameters.iter();
        all.find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

pub fn parameterised(value: &[u8]) -> Option<Parameterised> {
    let HeaderValue::ContentType(found) = parse(value, LIST, |stream| stream.parse_content_type())
    else {
        return None;
    };
    let mut kind = found.c_type.to_ascii_lowercase();
    if let Some(sub) = &found.c_subtype {
        kind = format!("{kind}/{}", sub.to_ascii_lowercase());
    }
    let parameters = found.attributes.unwrap_or_default();
    Some(Parameterised {
        value: kind,
        parameters: parameters
            .into_iter()
            .map(|one| (one.name.to_ascii_lowercase(), one.value.into_owned()))
            .collect(),
    })
}

/// Bytes in a character set, by any of its names. Unknown names and plain mislabelling fall back
/// to UTF-8 when the bytes are that, else to windows-1252, which gives a character to every byte.
pub fn text(bytes: &[u8], charset: Option<&str>) -> String {
    let charset = charset.unwrap_or("").trim().trim_matches(['"', '\'']);
    let ascii = [
        "",
        "us-ascii",
        "ascii",
        "utf-8",
        "utf8",
        "unknown-8bit",
        "default",
    ];
    if ascii.iter().any(|name| charset.eq_ignore_ascii_case(name)) {
        return guessed(bytes);
    }
    match charset_decoder(charset.as_bytes()) {
        Some(decoder) => catch_unwind(|| decoder(bytes)).unwrap_or_else(|_| guessed(bytes)),
        None => guessed(bytes),
    }
}

fn guessed(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) if mostly_utf8(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => match charset_decoder(b"windows-1252") {
            Some(decoder) => decoder(bytes),
            None => String::from_utf8_lossy(bytes).into_owned(),
        },
    }
}

/// A broken or cut character in text that is UTF-8 elsewhere does not make it Latin-1.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let lossy = String::from_utf8_lossy(bytes);
    let bad = lossy
        .chars()
        .filter(|c| *c == char::REPLACEMENT_CHARACTER)
        .count();
    let good = lossy.chars().filter(|c| !c.is_ascii()).count() - bad;
    good > bad * 4
}

fn parse(
    value: &[u8],
    longest: usize,
    with: impl for<'x> FnOnce(&mut MessageStream<'x>) -> HeaderValue<'x>,
) -> HeaderValue<'static> {
    // The parsers below give a value only once they meet its line end.
    let mut line = value[..value.len().min(longest)].to_vec();
    line.push(b'\n');
    catch_unwind(AssertUnwindSafe(|| {
        with(&mut MessageStream::new(&line)).into_owned()
    }))
    .unwrap_or_default()
}

fn address(text: &str) -> Option<String> {
    let text: String = text
        .chars()
        .filter(|c| !c.is_control() && !clean::invisible(*c))
        .collect();
    let text = text.trim();
    (!text.is_empty() && text.len() <= ADDRESS).then(|| text.to_owned())
}

fn written(date: &DateTime) -> Option<(jiff::Timestamp, String)> {
    let text = date.to_rfc3339();
    let at = text.parse().ok()?;
    Some((at, text))
}

/// RFC 5322 4.3: two-digit years and named zones.
fn old_date(value: &[u8]) -> Option<(jiff::Timestamp, String)> {
    let text = std::str::from_utf8(value.get(..LONGEST_DATE.min(value.len()))?).ok()?;
    let parser = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
    let date = parser.parse_zoned(text.trim()).ok()?;
    Some((
        date.timestamp(),
        date.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    ))
}

const LONGEST_DATE: usize = 200;
const TEXT: usize = 16 * 1024;
const LIST: usize = 128 * 1024;
const ADDRESSES: usize = 1000;
/// RFC 5321 4.5.3.1: 64 + 1 + 255, with room for what is not quite an address.
const ADDRESS: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn mislabelled_text_is_read_anyway() {
        assert_eq!(text("Größe".as_bytes(), Some("us-ascii")), "Größe");
        assert_eq!(text(b"Gr\xf6\xdfe", Some("utf-8")), "Größe");
        assert_eq!(text(b"Gr\xf6\xdfe", Some("no-such-charset")), "Größe");
        assert_eq!(text(b"\x80 5", Some("ISO-8859-1")), "€ 5");
        assert_eq!(
            text("ääääää\u{e4}".as_bytes().split_last().unwrap().1, None),
            "ääääää\u{fffd}"
        );
    }

    #[test]
    fn identifiers_that_cannot_be_are_passed_over() {
        let found = ids(b" <a@b> junk <c@d>\t<>");
        assert_eq!(
            found.iter().map(MessageId::as_str).collect::<Vec<_>>(),
            ["a@b", "c@d"]
        );
    }

    #[test]
    fn dates_keep_their_offset() {
        let written = |value: &str| date(value.as_bytes()).map(|(_, written)| written);
        assert_eq!(
            written("Mon, 3 Mar 2025 10:12:13 +0530").as_deref(),
            Some("2025-03-03T10:12:13+05:30")
        );
        assert_eq!(
            written("3 Mar 25 10:12 EST").as_deref(),
            Some("2025-03-03T10:12:00-05:00")
        );
        assert_eq!(
            written("Mon, 3 Mar 2025 10:12:13 GMT").as_deref(),
            Some("2025-03-03T10:12:13Z")
        );
        assert_eq!(written("yesterday"), None);
        assert_eq!(written("Mon, 99 Mar 2025 10:12:13 +0000"), None);
    }

    #[test]
    fn parameters_are_put_together() {
        let found = parameterised(b" Application/PDF; NAME*1=b; name*0=a; x=\"y;z\"").unwrap();
        assert_eq!(found.value, "application/pdf");
        assert_eq!(found.parameter("name"), Some("ab"));
        assert_eq!(found.parameter("x"), Some("y;z"));
    }

    proptest! {
        #[test]
        fn any_value_is_read(value in proptest::collection::vec(any::<u8>(), 0..300), charset in "[a-z0-9-]{0,12}") {
            unstructured(&value);
            addresses(&value);
            ids(&value);
            date(&value);
            parameterised(&value);
            text(&value, Some(&charset));
        }
    }
}
