//! What a server offers in its reply to EHLO.

use crate::Reply;

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Extensions {
    pub(super) pipelining: bool,
    pub(super) eight_bit: bool,
    pub(super) start_tls: bool,
    /// `Some(0)`: SIZE is understood, without a limit.
    pub(super) size: Option<u64>,
    auth: Vec<String>,
}

impl Extensions {
    pub(super) fn of(reply: &Reply) -> Self {
        let mut found = Self::default();
        // RFC 5321 4.1.1.1: the first line holds the name of the server.
        for line in reply.text.lines().skip(1) {
            found.note(&line.to_ascii_uppercase());
        }
        found
    }

    pub(super) fn auth(&self, mechanism: &str) -> bool {
        self.auth.iter().any(|offered| offered == mechanism)
    }

    fn note(&mut self, line: &str) {
        // Old servers write AUTH=.
        let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
        match words.next() {
            Some("PIPELINING") => self.pipelining = true,
            Some("8BITMIME") => self.eight_bit = true,
            Some("STARTTLS") => self.start_tls = true,
            Some("SIZE") => {
                self.size = Some(words.next().and_then(|n| n.parse().ok()).unwrap_or(0))
            }
            Some("AUTH") => self.auth.extend(words.map(str::to_owned)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_found_in_any_case() {
        let text = "mx.example greets you\nPIPELINING\nsize 1000\n8BITMIME\nStartTLS\nAUTH PLAIN LOGIN\nAUTH=XOAUTH2";
        let found = Extensions::of(&Reply::bare(250, text));
        assert!(found.pipelining && found.eight_bit && found.start_tls);
        assert_eq!(found.size, Some(1000));
        assert!(
            found.auth("PLAIN")
                && found.auth("LOGIN")
                && found.auth("XOAUTH2")
                && !found.auth("CRAM-MD5")
        );
    }

    #[test]
    fn the_name_of_the_server_is_no_extension() {
        assert_eq!(
            Extensions::of(&Reply::bare(250, "PIPELINING")),
            Extensions::default()
        );
    }

    #[test]
    fn size_without_a_number_is_no_limit() {
        assert_eq!(Extensions::of(&Reply::bare(250, "x\nSIZE")).size, Some(0));
        assert_eq!(
            Extensions::of(&Reply::bare(250, "x\nSIZE many")).size,
            Some(0)
        );
    }
}
