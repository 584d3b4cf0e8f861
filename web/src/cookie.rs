//! Cookies: reading what the browser sends and writing ours with every flag
//! that they can carry.

use axum::http::{HeaderMap, HeaderValue, header};

/// The names under which this desk keeps its cookies. Behind https they have
/// the prefix that browsers enforce: this host only, Secure, the whole path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cookie {
    /// The session of an agent.
    Session,
    /// A random mark of a browser without a session: the login form's token
    /// is made of it.
    Visit,
    /// The colours this browser shall show.
    Theme,
}

impl Cookie {
    pub fn read(self, headers: &HeaderMap, secure: bool) -> Option<&str> {
        let name = self.name(secure);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, value)| *key == name && is_plain(value))
            .map(|(_, value)| value)
    }

    /// `None` takes the cookie away.
    pub fn write(self, value: Option<&str>, secure: bool) -> HeaderValue {
        let value_text = value.filter(|value| is_plain(value)).unwrap_or_default();
        let age = match (value, self) {
            (None, _) => "; Max-Age=0",
            (Some(_), Cookie::Theme) => "; Max-Age=31536000",
            // Ends with the browser; the desk ends it earlier when idle.
            (Some(_), Cookie::Session | Cookie::Visit) => "",
        };
        let flag = if secure { "; Secure" } else { "" };
        let name = self.name(secure);
        let line = format!("{name}={value_text}; Path=/; HttpOnly; SameSite=Lax{age}{flag}");
        HeaderValue::from_str(&line).expect("only plain characters are put in")
    }

    fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Cookie::Session, true) => "__Host-maildesk",
            (Cookie::Session, false) => "maildesk",
            (Cookie::Visit, true) => "__Host-maildesk-visit",
            (Cookie::Visit, false) => "maildesk-visit",
            (Cookie::Theme, true) => "__Host-maildesk-theme",
            (Cookie::Theme, false) => "maildesk-theme",
        }
    }
}

/// Base64url and words: nothing that a header could be broken with.
fn is_plain(value: &str) -> bool {
    value.len() <= 256
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str, secure: bool) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            HeaderValue::from_str(line).expect("a header"),
        );
        Cookie::Session.read(&headers, secure).map(str::to_owned)
    }

    #[test]
    fn session_cookie_has_every_flag() {
        let line = Cookie::Session.write(Some("abc"), true);
        assert_eq!(
            line,
            "__Host-maildesk=abc; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        let line = Cookie::Session.write(Some("abc"), false);
        assert_eq!(line, "maildesk=abc; Path=/; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn a_cookie_taken_away_is_empty_and_over() {
        let line = Cookie::Session.write(None, true);
        assert_eq!(
            line,
            "__Host-maildesk=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure"
        );
    }

    #[test]
    fn only_the_cookie_of_this_scheme_counts() {
        assert_eq!(read("a=b; maildesk=xyz", false).as_deref(), Some("xyz"));
        assert_eq!(read("maildesk=xyz", true), None);
        assert_eq!(
            read("__Host-maildesk=xyz; maildesk=other", true).as_deref(),
            Some("xyz")
        );
        assert_eq!(read("maildesk=x\"y", false), None);
        assert_eq!(read("maildesk", false), None);
    }

    #[test]
    fn a_value_cannot_break_the_header() {
        let line = Cookie::Theme.write(Some("a; Domain=evil\r\nX: y"), false);
        assert_eq!(
            line,
            "maildesk-theme=; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000"
        );
    }
}
