//! Mailboxes and reverse paths as they stand in MAIL and RCPT. A `Mailbox` that
//! exists is syntactically right: ASCII, a local part of at most 64 bytes, a
//! domain of at most 255 that is a host name or an address literal.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// `local@domain`. The domain compares without regard to case (RFC 5321 2.4);
/// the local part is compared as it stands.
#[derive(Debug, Clone)]
pub struct Mailbox {
    local: String,
    domain: String,
}

/// Where a bounce goes: nowhere, or to a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ReversePath {
    /// `<>`, RFC 5321 4.5.5: the mail is itself a notification.
    Null,
    Mailbox(Mailbox),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    #[error("an address is local@domain")]
    Shape,
    #[error("the part before @ is not valid")]
    Local,
    #[error("the domain is not valid")]
    Domain,
    #[error("the address is too long")]
    TooLong,
    #[error("the address holds characters beyond ASCII")]
    NonAscii,
}

impl Mailbox {
    /// From parts; `local` without quotes, as `local()` gives it back.
    pub fn new(local: &str, domain: &str) -> Result<Self, PathError> {
        if !local.is_ascii() || !domain.is_ascii() {
            return Err(PathError::NonAscii);
        }
        // RFC 5321 4.5.3.1.1 and 4.5.3.1.2.
        if local.len() > 64 || domain.len() > 255 {
            return Err(PathError::TooLong);
        }
        if local.is_empty() || !local.bytes().all(is_printable) {
            return Err(PathError::Local);
        }
        if !is_host_name(domain) && !is_address_literal(domain) {
            return Err(PathError::Domain);
        }
        let (local, domain) = (local.to_owned(), domain.to_owned());
        Ok(Self { local, domain })
    }

    /// The part before `@`, without the quotes it may need on the wire.
    pub fn local(&self) -> &str {
        &self.local
    }

    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// `local@domain` in lower case, for looking up addresses of our own.
    pub fn to_lowercase(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }
}

impl FromStr for Mailbox {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        if !text.is_ascii() {
            return Err(PathError::NonAscii);
        }
        match text.strip_prefix('"') {
            Some(rest) => {
                let (local, rest) = unquote(rest)?;
                let domain = rest.strip_prefix('@').ok_or(PathError::Shape)?;
                Self::new(&local, domain)
            }
            None => {
                let (local, domain) = text.split_once('@').ok_or(PathError::Shape)?;
                if !is_dot_string(local) {
                    return Err(PathError::Local);
                }
                Self::new(local, domain)
            }
        }
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_dot_string(&self.local) {
            return write!(f, "{}@{}", self.local, self.domain);
        }
        f.write_str("\"")?;
        for c in self.local.chars() {
            if matches!(c, '"' | '\\') {
                f.write_str("\\")?;
            }
            write!(f, "{c}")?;
        }
        write!(f, "\"@{}", self.domain)
    }
}

impl PartialEq for Mailbox {
    fn eq(&self, other: &Self) -> bool {
        self.local == other.local && self.domain.eq_ignore_ascii_case(&other.domain)
    }
}

impl Eq for Mailbox {}

impl Hash for Mailbox {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.local.hash(state);
        self.domain.to_ascii_lowercase().hash(state);
    }
}

impl ReversePath {
    pub fn mailbox(&self) -> Option<&Mailbox> {
        match self {
            ReversePath::Null => None,
            ReversePath::Mailbox(mailbox) => Some(mailbox),
        }
    }
}

impl FromStr for ReversePath {
    type Err = PathError;

    /// What stands between `<` and `>`.
    fn from_str(text: &str) -> Result<Self, PathError> {
        match text {
            "" => Ok(ReversePath::Null),
            _ => without_source_route(text)?
                .parse()
                .map(ReversePath::Mailbox),
        }
    }
}

impl fmt::Display for ReversePath {
    /// With angle brackets, since the null path has no other form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReversePath::Null => f.write_str("<>"),
            ReversePath::Mailbox(mailbox) => write!(f, "<{mailbox}>"),
        }
    }
}

/// A forward path: what stands between the brackets of RCPT.
pub(crate) fn forward_path(text: &str, hostname: &str) -> Result<Mailbox, PathError> {
    // RFC 5321 4.1.1.3: <Postmaster> needs no domain.
    if text.eq_ignore_ascii_case("postmaster") {
        return Mailbox::new(text, hostname);
    }
    without_source_route(text)?.parse()
}

/// RFC 5321 4.1.1.3 and appendix C: `@a,@b:` is accepted and ignored.
fn without_source_route(text: &str) -> Result<&str, PathError> {
    if !text.starts_with('@') {
        return Ok(text);
    }
    let (route, mailbox) = text.split_once(':').ok_or(PathError::Shape)?;
    let is_hop = |hop: &str| hop.strip_prefix('@').is_some_and(is_host_name);
    match route.split(',').all(is_hop) {
        true => Ok(mailbox),
        false => Err(PathError::Shape),
    }
}

/// RFC 5321 4.1.2 Quoted-string, after its first quote.
fn unquote(text: &str) -> Result<(String, &str), PathError> {
    let mut local = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((local, &text[at + 1..])),
            '\\' => local.push(chars.next().ok_or(PathError::Local)?.1),
            _ => local.push(c),
        }
    }
    Err(PathError::Local)
}

fn is_dot_string(text: &str) -> bool {
    text.split('.')
        .all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

fn is_atext(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b)
}

fn is_printable(b: u8) -> bool {
    b == b' ' || b.is_ascii_graphic()
}

/// Letters, digits, hyphens; underscores too, since real host names hold them.
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.split('.').all(is_label)
}

/// RFC 5321 4.1.3.
fn is_address_literal(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) else {
        return false;
    };
    match inner
        .get(..5)
        .filter(|tag| tag.eq_ignore_ascii_case("IPv6:"))
    {
        Some(tag) => inner[tag.len()..].parse::<Ipv6Addr>().is_ok(),
        None => inner.parse::<Ipv4Addr>().is_ok(),
    }
}

#[cfg(test)]
mod tests;
