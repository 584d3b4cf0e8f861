//! The token that every form of ours carries. A form without files is read
//! here and handed on; of one with files only the beginning is looked at, so
//! that nothing large waits in memory.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header;
use futures_util::{StreamExt, stream};
use subtle::ConstantTimeEq;

use crate::form::{LARGEST_FORM, Pairs, TOKEN_WITHIN, leading_token};

#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    Foreign,
    TooLarge,
}

/// The request as it came, when its form carries `expected`.
pub async fn checked(request: Request, expected: &str) -> Result<Request, Refusal> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    if kind.starts_with("multipart/form-data") {
        with_files(request, expected).await
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        without_files(request, expected).await
    } else {
        Err(Refusal::Foreign)
    }
}

async fn without_files(request: Request, expected: &str) -> Result<Request, Refusal> {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, LARGEST_FORM)
        .await
        .map_err(|_| Refusal::TooLarge)?;
    let pairs = Pairs::parse(bytes.clone())
        .await
        .map_err(|_| Refusal::Foreign)?;
    same(pairs.get("csrf"), expected)?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

async fn with_files(request: Request, expected: &str) -> Result<Request, Refusal> {
    let (parts, body) = request.into_parts();
    let mut rest = body.into_data_stream();
    let mut start: Vec<u8> = Vec::new();
    while leading_token(&start).is_none() && start.len() < TOKEN_WITHIN {
        match rest.next().await {
            Some(Ok(piece)) => start.extend_from_slice(&piece),
            Some(Err(_)) | None => break,
        }
    }
    same(leading_token(&start).unwrap_or_default(), expected)?;
    let whole = stream::iter([Ok(Bytes::from(start))]).chain(rest);
    Ok(Request::from_parts(parts, Body::from_stream(whole)))
}

fn same(given: &str, expected: &str) -> Result<(), Refusal> {
    let same = !expected.is_empty() && bool::from(given.as_bytes().ct_eq(expected.as_bytes()));
    if same { Ok(()) } else { Err(Refusal::Foreign) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    const FORM: &str = "application/x-www-form-urlencoded";

    async fn check(kind: &str, body: &str, expected: &str) -> Result<String, Refusal> {
        let request = Request::post("/x").header(header::CONTENT_TYPE, kind);
        let request = request
            .body(Body::from(body.to_owned()))
            .expect("a request");
        let request = checked(request, expected).await?;
        let bytes = request
            .into_body()
            .collect()
            .await
            .expect("the body")
            .to_bytes();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    #[tokio::test]
    async fn right_token_hands_the_whole_form_on() {
        assert_eq!(
            check(FORM, "csrf=abc&x=1", "abc").await.as_deref(),
            Ok("csrf=abc&x=1")
        );
        let body = "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc\r\n--b--\r\n";
        assert_eq!(
            check("multipart/form-data; boundary=b", body, "abc")
                .await
                .as_deref(),
            Ok(body)
        );
    }

    #[tokio::test]
    async fn missing_wrong_and_empty_tokens_are_refused() {
        for (kind, body) in [
            (FORM, ""),
            (FORM, "csrf="),
            (FORM, "csrf=ab"),
            (FORM, "csrf=abcd"),
            ("text/plain", "csrf=abc"),
            ("application/json", "{\"csrf\":\"abc\"}"),
            ("multipart/form-data; boundary=b", "--b--\r\n"),
        ] {
            assert_eq!(
                check(kind, body, "abc").await,
                Err(Refusal::Foreign),
                "{kind} {body}"
            );
        }
        // Nothing to compare with is not the same as an empty field.
        assert_eq!(check(FORM, "csrf=", "").await, Err(Refusal::Foreign));
    }

    #[tokio::test]
    async fn endless_form_is_refused() {
        let body = format!("csrf=abc&x={}", "y".repeat(LARGEST_FORM));
        assert_eq!(check(FORM, &body, "abc").await, Err(Refusal::TooLarge));
    }
}
