//! The document inside the frame of a formatted mail: sanitised HTML on white
//! paper, under a policy that lets nothing run and nothing be fetched.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use desk::mail::html;

use crate::headers::FRAME_POLICY;

const STYLE: &str = "html{color-scheme:light}body{margin:0;padding:12px 14px;background:#fff;color:#1c2426;font:15px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}pre{white-space:pre-wrap}blockquote{margin:.8em 0;padding-left:.8em;border-left:2px solid #dfdbd0;color:#596266}a{color:#0d5c66}.blocked{margin:0 0 12px;padding:6px 10px;border-radius:6px;background:#fcf5dd;color:#66500c;font-size:13px}";

/// `cid` gives the address of a picture that came with the mail.
pub fn document(raw: Option<&str>, cid: impl Fn(&str) -> Option<String>) -> Response {
    let safe = raw.and_then(|raw| html::safe(raw, &cid));
    let body = match safe {
        Some(safe) => format!("{}{}", blocked(safe.blocked_images), safe.html),
        None => "<p class=\"blocked\">The formatted view of this mail is too large or too strange to be shown safely. Read its plain text, or its source.</p>".into(),
    };
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Formatted mail</title><style>{STYLE}</style></head><body>{body}</body></html>"
    );
    let mut response = page.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FRAME_POLICY));
    response
}

fn blocked(images: usize) -> String {
    match images {
        0 => String::new(),
        1 => "<p class=\"blocked\">One picture from elsewhere is not shown: loading it would tell its sender that the mail was read.</p>".into(),
        many => format!("<p class=\"blocked\">{many} pictures from elsewhere are not shown: loading them would tell their sender that the mail was read.</p>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    async fn shown(raw: &str) -> String {
        let response = document(Some(raw), |cid| (cid == "logo").then(|| "/logo".into()));
        assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], FRAME_POLICY);
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        String::from_utf8(body.to_vec()).expect("UTF-8")
    }

    #[tokio::test]
    async fn hostile_mail_loses_its_teeth() {
        let html = shown("<script>alert(1)</script><img src=https://t.example/p.gif><form action=/logout></form><p onclick=x>hello</p><base href=//evil><img src=cid:logo>").await;
        assert!(html.contains("hello"));
        assert!(html.contains("One picture from elsewhere"));
        assert!(html.contains("src=\"/logo\""));
        for gone in ["<script", "t.example", "<form", "onclick", "<base"] {
            assert!(!html.contains(gone), "{gone} in {html}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_shown_safely_is_said() {
        let html = shown(&"<div>".repeat(100_000)).await;
        assert!(html.contains("too large or too strange"), "{}", &html[..200]);
    }
}
