//! The files in a mail: name, size and hash of the decoded bytes, and where they are in the message.
//! What must hold: hashing streams, so a file of any size costs one buffer; names are safe to show
//! and to save under.

use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::body::{self, Body};
use super::decode::{Encoding, decoder};
use super::fields::Fields;
use super::parser::Parameterised;
use super::scan::{Outline, Part};
use super::{clean, parser};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub name: Option<String>,
    /// type/subtype, lower case.
    pub kind: String,
    /// Decoded bytes.
    pub size: u64,
    /// Of the decoded bytes.
    pub sha256: [u8; 32],
    /// Content-ID without `<` and `>`.
    pub cid: Option<String>,
    /// Shown within the text, not beside it.
    pub inline: bool,
    /// Where the encoded bytes start in the message,
    pub start: u64,
    /// how many they are,
    pub length: u64,
    /// and how to read them: `decoder(source.seek(start).take(length), encoding)`.
    pub encoding: Encoding,
}

/// Every leaf that is not read as text, in order.
pub fn list(outline: &Outline, body: &Body, source: &mut (impl Read + Seek)) -> Vec<Attachment> {
    let leaves = outline
        .parts
        .iter()
        .enumerate()
        .filter(|(_, part)| !part.multipart);
    let files = leaves.filter(|(at, part)| !body.shown.contains(at) && !is_nothing(part));
    files
        .map(|(_, part)| describe(outline, part, body, source))
        .collect()
}

/// An empty part without a name says nothing: a message of no text, the rest of a broken boundary.
fn is_nothing(part: &Part) -> bool {
    part.body.is_empty() && name(part).is_none() && part.kind.value.starts_with("text/")
}

fn describe(
    outline: &Outline,
    part: &Part,
    body: &Body,
    source: &mut (impl Read + Seek),
) -> Attachment {
    let encoding = body::encoding(part);
    // A source that fails within a part gives the hash of what could be read.
    let (size, sha256) = measure(part, encoding, source).unwrap_or_default();
    let cid = part
        .fields
        .text("Content-ID")
        .and_then(|id| content_id(&id));
    Attachment {
        name: name(part).or_else(|| subject_as_name(part, source)),
        kind: clean::line(&part.kind.value, clean::NAME),
        size,
        sha256,
        inline: is_inline(outline, part, cid.as_deref(), body),
        cid,
        start: part.body.start,
        length: part.body.end - part.body.start,
        encoding,
    }
}

fn measure(
    part: &Part,
    encoding: Encoding,
    source: &mut (impl Read + Seek),
) -> io::Result<(u64, [u8; 32])> {
    source.seek(SeekFrom::Start(part.body.start))?;
    let mut decoded = decoder(source.take(part.body.end - part.body.start), encoding);
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    let mut size = 0;
    loop {
        let length = decoded.read(&mut buffer)?;
        if length == 0 {
            return Ok((size, hash.finalize().into()));
        }
        hash.update(&buffer[..length]);
        size += length as u64;
    }
}

/// RFC 2183 2.3, and "name" of Content-Type for programs older than that.
fn name(part: &Part) -> Option<String> {
    let disposition = part
        .fields
        .parameterised("Content-Disposition")
        .unwrap_or_default();
    let given = |value: &Parameterised, key: &str| value.parameter(key).and_then(file_name);
    given(&disposition, "filename").or_else(|| given(&part.kind, "name"))
}

/// A name to save under: no path, no control and direction characters, no leading dots.
pub fn file_name(given: &str) -> Option<String> {
    let given = match given.contains("=?") {
        // RFC 2047 5 (3) forbids encoded words here, and everybody sends them.
        true => parser::unstructured(given.as_bytes()).unwrap_or_else(|| given.to_owned()),
        false => given.to_owned(),
    };
    let last = given
        .rsplit(['/', '\\'])
        .find(|piece| !piece.trim().is_empty())?;
    let name: String = last
        .chars()
        .map(|c| if FORBIDDEN.contains(c) { '_' } else { c })
        .collect();
    let name = clean::line(&name, usize::MAX / 4);
    shortened(
        name.trim_start_matches(['.', ' '])
            .trim_end_matches(['.', ' ']),
    )
}

/// Long names lose their middle, never their extension.
fn shortened(name: &str) -> Option<String> {
    if name.is_empty() {
        return None;
    }
    let length = name.chars().count();
    if length <= clean::NAME {
        return Some(name.to_owned());
    }
    let extension = name
        .rsplit_once('.')
        .map_or("", |(_, e)| if e.chars().count() <= 16 { e } else { "" });
    let room = clean::NAME - extension.chars().count() - 1;
    let start: String = name.chars().take(room).collect();
    Some(
        format!("{start}.{extension}")
            .trim_end_matches('.')
            .to_owned(),
    )
}

/// A forwarded message without a name has its subject.
fn subject_as_name(part: &Part, source: &mut (impl Read + Seek)) -> Option<String> {
    if !matches!(
        part.kind.value.as_str(),
        "message/rfc822" | "message/global"
    ) {
        return None;
    }
    let start = body::bytes(part, source, NESTED_HEADER);
    let subject = Fields::parse(&header_block(&start)).text("Subject")?;
    // A subject is no path: "1/2" is two numbers.
    let subject = clean::line(&subject.replace(['/', '\\'], "_"), clean::NAME - 4);
    file_name(&format!("{subject}.eml")).filter(|name| name != "eml")
}

fn header_block(bytes: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        if line == b"\r\n" || line == b"\n" {
            break;
        }
        block.extend_from_slice(line);
    }
    block
}

/// RFC 2392: the identifier as a cid: link names it.
fn content_id(text: &str) -> Option<String> {
    clean::some_line(
        text.trim().trim_start_matches('<').trim_end_matches('>'),
        clean::NAME,
    )
}

/// Shown in the text: the part says so, the HTML shows it, or it is related to the HTML.
fn is_inline(outline: &Outline, part: &Part, cid: Option<&str>, body: &Body) -> bool {
    let disposition = part
        .fields
        .parameterised("Content-Disposition")
        .unwrap_or_default();
    let html = body.html.as_deref().unwrap_or("");
    if cid.is_some_and(|cid| html.contains(&format!("cid:{cid}"))) {
        return true;
    }
    match disposition.value.as_str() {
        "inline" => true,
        "attachment" => false,
        _ => {
            let parent = part.parent.map(|at| outline.parts[at].kind.value.as_str());
            cid.is_some() && parent == Some("multipart/related")
        }
    }
}

const BUFFER: usize = 64 * 1024;
const NESTED_HEADER: u64 = 64 * 1024;
/// Windows forbids them; the others come with them.
const FORBIDDEN: &str = ":*?\"<>|";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(given: &str, expected: Option<&str>) {
        assert_eq!(file_name(given).as_deref(), expected, "{given:?}");
    }

    #[test]
    fn names_cannot_leave_their_directory() {
        check("../../etc/passwd", Some("passwd"));
        check("C:\\temp\\a.txt", Some("a.txt"));
        check("/", None);
        check("..", None);
        check(".htaccess", Some("htaccess"));
        check("a:b|c?.txt", Some("a_b_c_.txt"));
        check("a.txt. ", Some("a.txt"));
    }

    #[test]
    fn names_show_what_they_are() {
        check("invoice\u{202e}fdp.exe", Some("invoicefdp.exe"));
        check("a\r\nb\0.txt", Some("a  b.txt"));
        check("=?utf-8?Q?=C3=BC.txt?=", Some("ü.txt"));
        check("  ", None);
    }

    #[test]
    fn long_names_keep_their_extension() {
        let name = file_name(&format!("{}.pdf", "ä".repeat(500))).unwrap();
        assert_eq!(name.chars().count(), clean::NAME);
        assert!(name.ends_with(".pdf"));
    }

    proptest! {
        #[test]
        fn any_name_is_safe(given: String) {
            if let Some(name) = file_name(&given) {
                prop_assert!(!name.is_empty() && name.chars().count() <= clean::NAME);
                prop_assert!(!name.starts_with('.') && !name.contains(['/', '\\', '\0', '"']));
                prop_assert!(!name.chars().any(|c| c.is_control() || clean::invisible(c)));
            }
        }
    }
}
