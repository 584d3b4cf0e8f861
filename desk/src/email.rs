//! Mail addresses as we keep and compare them.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use storage::Key;

/// RFC 5321 4.5.3.1: 64 octets of local part, 255 of domain, 254 in all (erratum 1690).
const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;

/// A mail address, its ASCII letters in lower case.
///
/// RFC 5321 2.4 lets the receiving host decide whether local parts differ by case. People do not
/// expect `Ann@` and `ann@` to be two customers, so neither do we.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EmailAddress(String);

/// Why a text is no mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAddress {
    #[error("a mail address looks like name@example.com")]
    Form,
    #[error("a mail address has at most 254 characters, 64 of them before the @")]
    Length,
}

impl EmailAddress {
    pub fn local(&self) -> &str {
        self.split().0
    }

    pub fn domain(&self) -> &str {
        self.split().1
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address without its plus tag, and the tag: `support+x@a.example` gives
    /// `support@a.example` and `x`. RFC 5233 calls the tag "detail".
    pub fn without_detail(&self) -> (EmailAddress, Option<&str>) {
        match self.local().split_once('+') {
            Some((user, detail)) if !user.is_empty() => (
                EmailAddress(format!("{user}@{}", self.domain())),
                Some(detail),
            ),
            _ => (self.clone(), None),
        }
    }

    /// The same mailbox with a plus tag, when the local part stays within its 64 octets.
    pub fn with_detail(&self, detail: &str) -> Option<EmailAddress> {
        let local = format!("{}+{detail}", self.local());
        (local.len() <= LONGEST_LOCAL).then(|| EmailAddress(format!("{local}@{}", self.domain())))
    }

    fn split(&self) -> (&str, &str) {
        self.0
            .rsplit_once('@')
            .expect("an address is only made with an @ in it")
    }
}

impl FromStr for EmailAddress {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(NotAnAddress::Form)?;
        if text.len() > LONGEST || local.len() > LONGEST_LOCAL {
            return Err(NotAnAddress::Length);
        }
        if !is_local(local) || !is_domain(domain) {
            return Err(NotAnAddress::Form);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

impl Key for EmailAddress {
    fn write(&self, to: &mut Vec<u8>) {
        self.0.write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        String::read(from)?.parse().ok()
    }
}

/// A dot-atom or a quoted string without the characters that would break a header or a command.
fn is_local(local: &str) -> bool {
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let forbidden =
        |c: char| c.is_control() || matches!(c, '<' | '>' | '\\') || (!quoted && c.is_whitespace());
    let inner = if quoted {
        &local[1..local.len() - 1]
    } else {
        local
    };
    let specials: &[char] = if quoted {
        &['"']
    } else {
        &['"', '@', ',', ';', ':', '(', ')', '[', ']']
    };
    !inner.is_empty() && !inner.contains(forbidden) && !inner.contains(specials)
}

/// A host name, an international one, or an address literal in brackets.
fn is_domain(domain: &str) -> bool {
    if let Some(literal) = domain.strip_prefix('[').and_then(|d| d.strip_suffix(']')) {
        return !literal.is_empty()
            && literal
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ':'));
    }
    domain.split('.').all(|label| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && label
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_an_address_and_what_is_not() {
        for good in [
            "ann@example.com",
            " Ann.O'Neil+x@Sub.Example ",
            "\"a b\"@example.com",
            "a@[192.0.2.1]",
            "jürgen@bücher.example",
            "a@localhost",
        ] {
            assert!(good.parse::<EmailAddress>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "a b@example.com",
            "a@b@example.com",
            "a@exa mple",
            "a@example..com",
            "a\r\nBcc: x@example.com",
            "<a@example.com>",
        ] {
            assert!(bad.parse::<EmailAddress>().is_err(), "{bad}");
        }
    }

    #[test]
    fn detail_is_taken_off_and_put_on() {
        let plain: EmailAddress = "support@a.example".parse().unwrap();
        let tagged = plain.with_detail("t1-x").unwrap();
        assert_eq!(tagged.as_str(), "support+t1-x@a.example");
        assert_eq!(tagged.without_detail(), (plain.clone(), Some("t1-x")));
        assert_eq!(plain.without_detail(), (plain.clone(), None));
        assert_eq!(plain.with_detail(&"x".repeat(60)), None);
    }

    proptest! {
        #[test]
        fn any_text_parses_or_is_refused(text in ".{0,300}") {
            if let Ok(address) = text.parse::<EmailAddress>() {
                prop_assert_eq!(address.to_string().parse(), Ok(address.clone()));
                prop_assert!(!address.as_str().contains(['\r', '\n', '\0']));
            }
        }
    }
}
