//! The document inside the frame of a formatted mail: sanitised HTML on white
//! paper, under a policy that lets nothing run and nothing be fetched.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::headers::FRAME_POLICY;

const STYLE: &str = "html{color-scheme:light}body{margin:0;padding:12px 14px;background:#fff;color:#1c2426;font:15px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;overflow-wrap:anywhere}img{max-width:100%;height:auto}img:not([src]){display:none}table{max-width:100%}pre{white-space:pre-wrap}blockquote{margin:.8em 0;padding-left:.8em;border-left:2px solid #dfdbd0;color:#596266}a{color:#0d5c66}.blocked{margin:0 0 12px;padding:6px 10px;border-radius:6px;background:#fcf5dd;color:#66500c;font-size:13px}";

/// Sanitised HTML and how many pictures were taken out of it; `None` when it
/// could not be made safe.
pub fn document(safe: Option<(String, usize)>) -> Response {
    let body = match safe {
        Some((html, images)) => format!("{}{html}", blocked(images)),
        None => "<p class=\"blocked\">The formatted view of this mail is too large or too strange to be shown safely. Read its plain text, or its source.</p>".into(),
    };
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Formatted mail</title><style>{STYLE}</style></head><body>{body}</body></html>"
    );
    let mut response = page.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(FRAME_POLICY),
    );
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

    async fn shown(safe: Option<(String, usize)>) -> String {
        let response = document(safe);
        assert_eq!(
            response.headers()[header::CONTENT_SECURITY_POLICY],
            FRAME_POLICY
        );
        let body = response
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes();
        String::from_utf8(body.to_vec()).expect("UTF-8")
    }

    #[tokio::test]
    async fn pictures_taken_out_are_counted_for_the_reader() {
        let html = shown(Some(("<p>hello</p>".into(), 1))).await;
        assert!(html.contains("<p>hello</p>") && html.contains("One picture from elsewhere"));
        assert!(
            shown(Some((String::new(), 3)))
                .await
                .contains("3 pictures from elsewhere")
        );
        assert!(
            !shown(Some((String::new(), 0)))
                .await
                .contains("from elsewhere")
        );
    }

    #[tokio::test]
    async fn what_cannot_be_shown_safely_is_said() {
        assert!(shown(None).await.contains("too large or too strange"));
    }
}
