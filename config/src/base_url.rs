//! The address people type to reach the pages: scheme, host and port, nothing behind.
//! Links in letters and the cookie's name are made from it, never from a request.

use std::fmt;
use std::str::FromStr;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    https: bool,
    /// Host and port, lower case.
    authority: String,
}

impl BaseUrl {
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Host with the port when one is written, as a browser sends it in `Host`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The full address of a path that begins with `/`.
    pub fn join(&self, path: &str) -> String {
        format!("{self}{path}")
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority)
    }
}

impl FromStr for BaseUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<BaseUrl, Self::Err> {
        let (https, rest) = match text.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            _ => return Err("does not begin with http:// or https://"),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#']) {
            return Err("has a path, and the pages stand at the root of their host");
        }
        let (host, port) = split_port(authority)?;
        let written = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        if host.is_empty() || !host.chars().all(written) {
            return Err("has no proper host name");
        }
        if port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return Err("has no proper port");
        }
        Ok(BaseUrl {
            https,
            authority: authority.to_ascii_lowercase(),
        })
    }
}

/// The port stands behind the last colon that is not inside the brackets of an IPv6 address.
fn split_port(authority: &str) -> Result<(&str, Option<&str>), &'static str> {
    let after_host = match (authority.starts_with('['), authority.find(']')) {
        (true, Some(end)) => end + 1,
        (true, None) => return Err("has an open bracket"),
        (false, _) => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, rest) = authority.split_at(after_host);
    match rest.strip_prefix(':') {
        Some(port) => Ok((host, Some(port))),
        None if rest.is_empty() => Ok((host, None)),
        None => Err("has no proper host name"),
    }
}

#[cfg(test)]
mod tests {
    use super::BaseUrl;

    #[test]
    fn an_address_is_read_and_joined() {
        let url: BaseUrl = "https://Desk.Example.com/".parse().expect("an address");
        assert!(url.is_https());
        assert_eq!(url.join("/login"), "https://desk.example.com/login");
        let url: BaseUrl = "http://[::1]:8080".parse().expect("an address");
        assert_eq!(url.authority(), "[::1]:8080");
    }

    #[test]
    fn anything_but_scheme_host_and_port_is_refused() {
        for text in [
            "",
            "desk.example",
            "ftp://desk.example",
            "http://",
            "http://desk.example/help",
            "http://user@desk.example",
            "http://desk.example:http",
            "http://desk.example:99999",
            "http://desk example",
            "http://[::1",
        ] {
            assert!(text.parse::<BaseUrl>().is_err(), "{text:?}");
        }
    }
}
