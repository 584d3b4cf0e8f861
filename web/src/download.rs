//! Files to the browser. The type comes from a fixed map and the first bytes,
//! never from the sender; only four kinds of pictures may show in a page, all
//! else is saved; a name can neither break the header nor lead out of the
//! folder it is saved in.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::headers::FILE_POLICY;

/// How many first bytes `kind_of` wants to see.
pub const SNIFF: usize = 16;

pub fn response(name: &str, start: &[u8], size: Option<u64>, body: Body) -> Response {
    let picture = picture(start);
    let kind = picture.unwrap_or_else(|| kind_by_name(name));
    let manner = if picture.is_some() {
        "inline"
    } else {
        "attachment"
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_DISPOSITION, disposition(manner, name));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(FILE_POLICY),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=3600"),
    );
    headers.insert(
        HeaderName::from_static("x-download-options"),
        HeaderValue::from_static("noopen"),
    );
    if let Some(size) = size {
        headers.insert(header::CONTENT_LENGTH, size.into());
    }
    response
}

/// RFC 6266 4.1: a plain name for old programs, the whole one in UTF-8.
pub fn disposition(manner: &str, name: &str) -> HeaderValue {
    let name = safe_name(name);
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || " .-_()+,@".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let mut line = format!("{manner}; filename=\"{plain}\"");
    if plain != name {
        line.push_str("; filename*=UTF-8''");
        line.push_str(&percent(&name));
    }
    HeaderValue::from_str(&line).expect("only printable ASCII is put in")
}

/// A name as part of an address of ours.
pub fn in_address(name: &str) -> String {
    percent(&safe_name(name))
}

/// A path as a value in a query.
pub fn in_query(path: &str) -> String {
    percent(path)
}

/// What is left of a name without paths, control and direction characters,
/// and dots at its ends.
pub fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .filter(|c| !c.is_control() && !is_direction(*c))
        .take(150)
        .collect();
    let clean = clean.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let stem = clean
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    if clean.is_empty() {
        "file".into()
    } else if DEVICES.contains(&stem.as_str()) {
        format!("_{clean}")
    } else {
        clean.into()
    }
}

/// The short kind that stands beside a name: "pdf".
pub fn extension(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((_, end))
            if (1..=5).contains(&end.len()) && end.chars().all(|c| c.is_ascii_alphanumeric()) =>
        {
            end.to_ascii_lowercase()
        }
        _ => "file".into(),
    }
}

fn picture(start: &[u8]) -> Option<&'static str> {
    match start {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some("image/webp"),
        _ => None,
    }
}

fn kind_by_name(name: &str) -> &'static str {
    match extension(name).as_str() {
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "eml" => "message/rfc822",
        "ics" => "text/calendar; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "txt" | "log" => "text/plain; charset=utf-8",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        // HTML, SVG, XML and all that could act are only bytes here.
        _ => "application/octet-stream",
    }
}

/// RFC 8187 3.2.1: everything but attr-char is percent-encoded.
fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Names that open a device on some systems, with any extension.
const DEVICES: [&str; 22] = [
    "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8",
    "COM9", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(name: &str, expected: &str) {
        assert_eq!(disposition("attachment", name), expected, "{name:?}");
    }

    #[test]
    fn hostile_names_stay_inside_the_header_and_the_folder() {
        check("invoice.pdf", "attachment; filename=\"invoice.pdf\"");
        check("../../etc/passwd", "attachment; filename=\"passwd\"");
        check("C:\\x\\run.exe", "attachment; filename=\"run.exe\"");
        check(
            "a\"\r\nSet-Cookie: x=1.txt",
            "attachment; filename=\"a_Set-Cookie_ x_1.txt\"; filename*=UTF-8''a%22Set-Cookie%3A%20x%3D1.txt",
        );
        check(
            "invoice\u{202e}fdp.exe",
            "attachment; filename=\"invoicefdp.exe\"",
        );
        check(
            "Zürich.png",
            "attachment; filename=\"Z_rich.png\"; filename*=UTF-8''Z%C3%BCrich.png",
        );
        check("NUL.txt", "attachment; filename=\"_NUL.txt\"");
        check(".htaccess", "attachment; filename=\"htaccess\"");
        check("..", "attachment; filename=\"file\"");
        check("", "attachment; filename=\"file\"");
        check("\0", "attachment; filename=\"file\"");
    }

    #[test]
    fn what_could_act_is_only_bytes_to_be_saved() {
        for (name, start) in [
            ("x.svg", "<svg"),
            ("x.html", "<html"),
            ("x.xml", "<?xml"),
            ("x.png", "<svg onload"),
            ("x.mht", "MIME"),
        ] {
            let answer = response(name, start.as_bytes(), None, Body::empty());
            assert!(
                answer.headers()[header::CONTENT_DISPOSITION]
                    .to_str()
                    .expect("text")
                    .starts_with("attachment")
            );
            assert_eq!(
                answer.headers()[header::CONTENT_TYPE],
                "application/octet-stream"
            );
            assert_eq!(
                answer.headers()[header::CONTENT_SECURITY_POLICY],
                FILE_POLICY
            );
        }
    }

    #[test]
    fn a_picture_is_known_by_its_bytes() {
        let answer = response("x.exe", b"\xff\xd8\xff\xe0....", Some(8), Body::empty());
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "image/jpeg");
        assert_eq!(
            answer.headers()[header::CONTENT_DISPOSITION],
            "inline; filename=\"x.exe\""
        );
    }

    proptest! {
        #[test]
        fn any_name_makes_a_header(name in any::<String>()) {
            let line = disposition("attachment", &name);
            let text = line.to_str().expect("ASCII");
            prop_assert_eq!(text.matches('"').count(), 2);
            prop_assert!(!safe_name(&name).is_empty() && !safe_name(&name).contains(['/', '\\', '\r', '\n']));
        }
    }
}
