//! Forms as they are sent: names and values in order. Also how the token is
//! found in the beginning of a form with files, before the files are read.

use axum::Form;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};

/// More than any form of ours without files holds.
pub const LARGEST_FORM: usize = 512 * 1024;
/// The token of a form with files must stand within its first bytes.
pub const TOKEN_WITHIN: usize = 4 * 1024;

/// The fields of a form without files.
#[derive(Debug, Default)]
pub struct Pairs(Vec<(String, String)>);

impl Pairs {
    pub fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a checkbox was checked: browsers leave out the others.
    pub fn checked(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    pub async fn parse(body: Bytes) -> Result<Pairs, StatusCode> {
        let request = Request::post("/")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.into())
            .map_err(|_| StatusCode::BAD_REQUEST)?;
        match Form::from_request(request, &()).await {
            Ok(Form(pairs)) => Ok(Pairs(pairs)),
            Err(_) => Err(StatusCode::BAD_REQUEST),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Pairs {
    type Rejection = StatusCode;

    async fn from_request(request: Request, _: &S) -> Result<Pairs, StatusCode> {
        let body = axum::body::to_bytes(request.into_body(), LARGEST_FORM).await;
        Pairs::parse(body.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?).await
    }
}

/// The token in the first part of a multipart body (RFC 7578), of which
/// `start` is the beginning; `None` when it is not there.
pub fn leading_token(start: &[u8]) -> Option<&str> {
    let head_end = find(start, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&start[..head_end]).ok()?;
    let is_token = head.lines().any(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("content-disposition:") && line.contains("name=\"csrf\"")
    });
    let rest = &start[head_end + 4..];
    let value = &rest[..find(rest, b"\r\n")?];
    if is_token {
        std::str::from_utf8(value).ok()
    } else {
        None
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[tokio::test]
    async fn values_are_decoded_and_kept_in_order() {
        let pairs = Pairs::parse(Bytes::from_static(b"a=1%202&b=%C3%A9&a=3&c"))
            .await
            .expect("pairs");
        assert_eq!(pairs.get("a"), "1 2");
        assert_eq!(pairs.get("b"), "é");
        assert_eq!(pairs.all("a").collect::<Vec<_>>(), ["1 2", "3"]);
        assert!(pairs.checked("c") && !pairs.checked("d"));
    }

    #[test]
    fn token_is_read_from_the_first_part_only() {
        let body = b"--X\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nsecret\r\n--X\r\n";
        assert_eq!(leading_token(body), Some("secret"));
        let body = b"--X\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\ncsrf\r\n--X\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nsecret\r\n";
        assert_eq!(leading_token(body), None);
        assert_eq!(
            leading_token(b"--X\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nsec"),
            None
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_trouble(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = leading_token(&bytes);
        }
    }
}
