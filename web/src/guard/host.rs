//! Whether a request was meant for this desk, and made by one of its pages.
//! A name that an attacker points at our address (DNS rebinding) is refused
//! before anything is looked at.

use axum::extract::Request;
use axum::http::header;

use crate::state::Web;

pub fn is_ours(web: &Web, request: &Request) -> bool {
    authority(request).is_some_and(|given| same_host(host_of(web.origin()), host_of(given)))
}

/// RFC 6454 7: browsers say where a form came from. One that says nothing is
/// held by its token alone.
pub fn is_own_origin(web: &Web, request: &Request) -> bool {
    let text = |name: &str| {
        request
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap_or("?"))
    };
    if text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    match text(header::ORIGIN.as_str()) {
        None => true,
        Some(origin) if origin == web.origin() => true,
        Some(origin) => {
            let place = origin.split_once("://").map(|(_, place)| place);
            place.is_some() && place == authority(request)
        }
    }
}

fn authority(request: &Request) -> Option<&str> {
    let header = request.headers().get(header::HOST);
    match header {
        Some(value) => value.to_str().ok(),
        // HTTP/2 carries it in the address.
        None => request
            .uri()
            .authority()
            .map(|authority| authority.as_str()),
    }
}

/// The name without scheme, port and brackets.
fn host_of(place: &str) -> &str {
    let place = place.split_once("://").map_or(place, |(_, rest)| rest);
    match place.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => place.split(':').next().unwrap_or_default(),
    }
}

fn same_host(ours: &str, given: &str) -> bool {
    ours.eq_ignore_ascii_case(given) || (is_loopback(ours) && is_loopback(given))
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_name_is_ours() {
        let check = |ours, given| same_host(host_of(ours), host_of(given));
        assert!(check("https://desk.example", "desk.example"));
        assert!(check("https://desk.example:8443", "DESK.example:8443"));
        assert!(check("http://127.0.0.1:8080", "localhost:8080"));
        assert!(check("http://127.0.0.1:8080", "[::1]:8080"));
        assert!(!check("https://desk.example", "evil.example"));
        assert!(!check("https://desk.example", "desk.example.evil.example"));
        assert!(!check("https://desk.example", "localhost"));
        assert!(!check("http://127.0.0.1:8080", "rebind.example:8080"));
        assert!(!check("https://desk.example", ""));
    }
}
