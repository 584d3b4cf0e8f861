//! The headers of every response. Nothing is loaded from elsewhere, nothing
//! inline runs, no other site may frame a page or read what it holds.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// Pages: our own stylesheet and module, one Trusted Types policy by name.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; \
    frame-src 'self'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types md; report-uri /csp-report";

/// Formatted mail in its frame: no script at all, no request elsewhere. The
/// sandbox stands here too, for somebody who opens the address by itself.
pub const FRAME_POLICY: &str = "sandbox allow-same-origin allow-popups \
    allow-popups-to-escape-sandbox; default-src 'none'; img-src 'self' data:; \
    style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

/// Downloads: opened by themselves they may do nothing whatever.
pub const FILE_POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    ),
];

pub async fn secure(secure: bool, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in &ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(PAGE_POLICY));
    // Pages hold customers' mail: no cache keeps them.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if secure {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_policy_lets_inline_script_run() {
        for policy in [PAGE_POLICY, FRAME_POLICY, FILE_POLICY] {
            assert!(policy.contains("default-src 'none'"));
            let scripts = policy
                .split(';')
                .find(|part| part.trim().starts_with("script-src"));
            assert!(scripts.is_none_or(|part| !part.contains("unsafe")));
            assert!(!policy.contains("allow-scripts"));
        }
    }
}
