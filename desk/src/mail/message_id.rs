//! Message identifiers (RFC 5322 3.6.4), without their angle brackets. What must hold: a value is
//! safe to put into a header and to use as a key, whatever mail it came from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A Message-ID without `<` and `>`: printable, no spaces, at most 998 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MessageId(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a message identifier")]
pub struct BadMessageId;

impl MessageId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MessageId {
    type Err = BadMessageId;

    /// Takes it with or without angle brackets.
    fn from_str(text: &str) -> Result<Self, BadMessageId> {
        let text = text.trim();
        let bare = text.strip_prefix('<').unwrap_or(text);
        let bare = bare.strip_suffix('>').unwrap_or(bare);
        let allowed = |c: char| !c.is_whitespace() && !c.is_control() && c != '<' && c != '>';
        if bare.is_empty() || bare.len() > LONGEST || !bare.chars().all(allowed) {
            return Err(BadMessageId);
        }
        Ok(MessageId(bare.to_owned()))
    }
}

impl TryFrom<String> for MessageId {
    type Error = BadMessageId;

    fn try_from(text: String) -> Result<Self, BadMessageId> {
        text.parse()
    }
}

impl From<MessageId> for String {
    fn from(id: MessageId) -> String {
        id.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// RFC 5322 2.1.1: no line may be longer, so no identifier can be.
const LONGEST: usize = 998;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_dropped() {
        let id: MessageId = " <a.b@c.example> ".parse().unwrap();
        assert_eq!(id.to_string(), "a.b@c.example");
    }

    #[test]
    fn line_breaks_and_spaces_are_refused() {
        for bad in [
            "",
            "<>",
            "a b@c",
            "a\r\nBcc: x@y",
            "a\0b",
            "<a@b> <c@d>",
            "a\u{85}b",
        ] {
            assert_eq!(bad.parse::<MessageId>(), Err(BadMessageId), "{bad:?}");
        }
        assert!("x".repeat(999).parse::<MessageId>().is_err());
        assert!("x".repeat(998).parse::<MessageId>().is_ok());
    }

    #[test]
    fn a_stored_identifier_is_checked_again_when_read() {
        assert!(serde_json::from_str::<MessageId>("\"a b\"").is_err());
        assert_eq!(
            serde_json::from_str::<MessageId>("\"a@b\"")
                .unwrap()
                .as_str(),
            "a@b"
        );
    }
}
