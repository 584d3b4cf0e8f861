//! Every answer the server gives is written here and nowhere else.
//! A reply on the wire is always well formed: ASCII, no control characters,
//! lines of at most 512 bytes, whatever text it was made from.

use std::fmt;

/// An SMTP reply, as we give it or as a peer gave it to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub code: u16,
    /// RFC 3463: class, subject, detail.
    pub enhanced: Option<(u8, u16, u16)>,
    /// May hold several lines, separated by `\n`.
    pub text: String,
}

impl Reply {
    pub fn new(code: u16, enhanced: (u8, u16, u16), text: impl Into<String>) -> Self {
        let (enhanced, text) = (Some(enhanced), text.into());
        Self {
            code,
            enhanced,
            text,
        }
    }

    /// A reply without an enhanced code: greetings, EHLO and 354 carry none.
    pub fn bare(code: u16, text: impl Into<String>) -> Self {
        let (enhanced, text) = (None, text.into());
        Self {
            code,
            enhanced,
            text,
        }
    }

    /// RFC 5321 4.2.1: the first digit says whether it went well.
    pub fn is_positive(&self) -> bool {
        (200..400).contains(&self.code)
    }

    pub fn is_temporary(&self) -> bool {
        (400..500).contains(&self.code)
    }

    pub fn is_permanent(&self) -> bool {
        (500..600).contains(&self.code)
    }
}

impl fmt::Display for Reply {
    /// The lines as they go over the wire, each ending in CRLF.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code % 1000;
        let prefix = match self.enhanced {
            // RFC 2034 4: the enhanced code stands on every line.
            Some((class, subject, detail)) => format!("{class}.{subject}.{detail} "),
            None => String::new(),
        };
        let lines = wire_lines(&self.text);
        for (at, line) in lines.iter().enumerate() {
            // RFC 5321 4.2.1: a hyphen on all lines but the last.
            let mark = if at + 1 < lines.len() { '-' } else { ' ' };
            write!(f, "{code:03}{mark}{prefix}{line}\r\n")?;
        }
        Ok(())
    }
}

// RFC 5321 4.5.3.1.5: 512 bytes with code and CRLF; 20 are kept for both codes.
const LINE: usize = 490;
const LINES: usize = 50;

fn wire_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.split('\n').take(LINES).map(wire_line).collect();
    lines.truncate(LINES);
    lines
}

fn wire_line(line: &str) -> String {
    let clean = |c: char| {
        if c == ' ' || c.is_ascii_graphic() {
            c
        } else {
            '?'
        }
    };
    line.trim_end_matches('\r')
        .chars()
        .take(LINE)
        .map(clean)
        .collect()
}

// What went well.

pub fn greeting(hostname: &str) -> Reply {
    // RFC 5321 4.2: the greeting names the host first.
    Reply::bare(220, format!("{hostname} ESMTP maildesk"))
}

pub fn hello(hostname: &str) -> Reply {
    Reply::bare(250, hostname)
}

/// RFC 5321 4.1.1.1: one extension on each line after the host name.
pub fn ehlo(hostname: &str, extensions: &[String]) -> Reply {
    let mut text = hostname.to_owned();
    for extension in extensions {
        text.push('\n');
        text.push_str(extension);
    }
    Reply::bare(250, text)
}

pub fn ok() -> Reply {
    Reply::new(250, (2, 0, 0), "OK")
}

pub fn sender_ok() -> Reply {
    Reply::new(250, (2, 1, 0), "Sender OK")
}

pub fn recipient_ok() -> Reply {
    Reply::new(250, (2, 1, 5), "Recipient OK")
}

/// The mail is durable. `what` is told to the sender, such as a reference number.
pub fn accepted(what: impl Into<String>) -> Reply {
    Reply::new(250, (2, 6, 0), what)
}

pub fn start_mail_input() -> Reply {
    Reply::bare(354, "End data with <CR><LF>.<CR><LF>")
}

pub fn ready_for_tls() -> Reply {
    Reply::new(220, (2, 0, 0), "Ready to start TLS")
}

pub fn help() -> Reply {
    let verbs = "EHLO HELO MAIL RCPT DATA RSET NOOP QUIT VRFY STARTTLS HELP";
    Reply::new(214, (2, 0, 0), verbs)
}

/// RFC 5321 3.5.3: 252 tells nothing about whether the mailbox exists.
pub fn cannot_verify() -> Reply {
    Reply::new(
        252,
        (2, 1, 5),
        "Cannot VRFY user, but will take a message and attempt delivery",
    )
}

pub fn bye() -> Reply {
    Reply::new(221, (2, 0, 0), "Bye")
}

// Not now.

pub fn closing() -> Reply {
    Reply::new(421, (4, 3, 2), "Service closing transmission channel")
}

pub fn too_many_connections() -> Reply {
    Reply::new(421, (4, 7, 0), "Too many connections")
}

pub fn too_many_errors() -> Reply {
    Reply::new(421, (4, 7, 0), "Too many errors")
}

pub fn too_many_commands() -> Reply {
    Reply::new(421, (4, 7, 0), "Too many commands without a mail")
}

pub fn too_many_messages() -> Reply {
    Reply::new(
        421,
        (4, 7, 0),
        "Too many mails on one connection, open another",
    )
}

pub fn timeout() -> Reply {
    Reply::new(421, (4, 4, 2), "Timeout")
}

pub fn session_too_long() -> Reply {
    Reply::new(421, (4, 4, 2), "Session has lasted too long")
}

pub fn connection_lost() -> Reply {
    Reply::new(
        451,
        (4, 4, 2),
        "Connection lost before the end of the message",
    )
}

/// RFC 5321 4.5.3.1.10: 452, so that the client sends the rest in another transaction.
pub fn too_many_recipients() -> Reply {
    Reply::new(452, (4, 5, 3), "Too many recipients")
}

pub fn storage_full() -> Reply {
    Reply::new(
        452,
        (4, 3, 1),
        "Insufficient system storage, try again later",
    )
}

pub fn local_error() -> Reply {
    Reply::new(451, (4, 3, 0), "Local error in processing, try again later")
}

pub fn try_again_later() -> Reply {
    Reply::new(
        450,
        (4, 2, 1),
        "Mailbox temporarily unavailable, try again later",
    )
}

pub fn tls_unavailable() -> Reply {
    // RFC 3207 4.
    Reply::new(454, (4, 7, 0), "TLS not available due to temporary reason")
}

// Never.

pub fn unknown_command() -> Reply {
    Reply::new(500, (5, 5, 1), "Command not recognised")
}

pub fn line_too_long() -> Reply {
    Reply::new(500, (5, 5, 2), "Line too long")
}

pub fn bare_line_end() -> Reply {
    Reply::new(
        500,
        (5, 5, 2),
        "Lines end with CR LF and hold neither alone",
    )
}

pub fn bad_characters() -> Reply {
    Reply::new(500, (5, 5, 2), "Commands are printable ASCII")
}

pub fn syntax(expected: &str) -> Reply {
    Reply::new(501, (5, 5, 4), format!("Syntax: {expected}"))
}

pub fn bad_sender_address() -> Reply {
    Reply::new(501, (5, 1, 7), "Sender address is not valid")
}

pub fn bad_recipient_address() -> Reply {
    Reply::new(501, (5, 1, 3), "Recipient address is not valid")
}

pub fn non_ascii_address() -> Reply {
    // RFC 6531 3.5: an address beyond ASCII needs SMTPUTF8, which is not offered.
    Reply::new(553, (5, 6, 7), "Non-ASCII addresses are not supported")
}

pub fn not_implemented() -> Reply {
    Reply::new(502, (5, 5, 1), "Command not implemented")
}

pub fn bad_sequence(expected: &str) -> Reply {
    Reply::new(
        503,
        (5, 5, 1),
        format!("Bad sequence of commands: {expected}"),
    )
}

pub fn early_talker() -> Reply {
    Reply::new(554, (5, 5, 0), "Wait for the greeting before you talk")
}

/// RFC 2920 3.1: the reply to DATA is awaited before anything else is sent.
pub fn early_data() -> Reply {
    Reply::new(
        554,
        (5, 5, 0),
        "Wait for the reply to DATA before you send more",
    )
}

/// RFC 3207 4: nothing is sent between STARTTLS and the handshake.
pub fn early_handshake() -> Reply {
    Reply::new(
        554,
        (5, 5, 0),
        "Wait for the reply to STARTTLS before you send more",
    )
}

pub fn not_smtp() -> Reply {
    Reply::new(554, (5, 5, 0), "This is an SMTP server")
}

pub fn unsupported_parameter() -> Reply {
    // RFC 5321 4.1.1.11.
    Reply::new(
        555,
        (5, 5, 4),
        "MAIL or RCPT parameter not recognised or not implemented",
    )
}

pub fn mailbox_unknown() -> Reply {
    Reply::new(550, (5, 1, 1), "No such mailbox here")
}

pub fn relaying_denied() -> Reply {
    Reply::new(550, (5, 7, 1), "Relaying denied")
}

pub fn mailbox_disabled() -> Reply {
    Reply::new(550, (5, 2, 1), "Mailbox is disabled")
}

/// A refusal by policy: banned senders, loops, filters.
pub fn refused(why: impl Into<String>) -> Reply {
    Reply::new(550, (5, 7, 1), why)
}

pub fn mail_loop() -> Reply {
    Reply::new(554, (5, 4, 6), "Mail loop")
}

pub fn too_big() -> Reply {
    // RFC 1870 6.2 and 6.3.
    Reply::new(552, (5, 3, 4), "Message exceeds the size limit")
}

/// End-of-line tricks in the content of a mail: "SMTP smuggling".
pub fn bare_line_end_in_data() -> Reply {
    Reply::new(
        554,
        (5, 6, 0),
        "Message holds a CR or LF of its own; lines end with CR LF",
    )
}

pub fn text_line_too_long() -> Reply {
    Reply::new(554, (5, 6, 0), "Message holds a line above 65536 bytes")
}

pub fn content_refused(why: impl Into<String>) -> Reply {
    Reply::new(554, (5, 6, 0), why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn several_lines_carry_hyphens_and_the_enhanced_code_on_each() {
        let reply = Reply::new(550, (5, 7, 1), "first\nsecond");
        assert_eq!(reply.to_string(), "550-5.7.1 first\r\n550 5.7.1 second\r\n");
    }

    #[test]
    fn ehlo_names_the_host_on_the_first_line() {
        let reply = ehlo("mx.example", &["SIZE 10".into(), "HELP".into()]);
        assert_eq!(
            reply.to_string(),
            "250-mx.example\r\n250-SIZE 10\r\n250 HELP\r\n"
        );
    }

    #[test]
    fn an_empty_text_is_still_a_line() {
        assert_eq!(Reply::bare(250, "").to_string(), "250 \r\n");
    }

    #[test]
    fn classes_do_not_overlap() {
        assert!(ok().is_positive() && !ok().is_temporary() && !ok().is_permanent());
        assert!(closing().is_temporary() && !closing().is_permanent());
        assert!(too_big().is_permanent() && !too_big().is_positive());
    }

    proptest! {
        #[test]
        fn any_text_makes_well_formed_lines(code in 0u16.., text in ".*") {
            let wire = Reply::new(code, (5, 0, 0), text).to_string();
            prop_assert!(wire.ends_with("\r\n"));
            for line in wire.trim_end_matches("\r\n").split("\r\n") {
                prop_assert!(line.len() <= 510);
                prop_assert!(line.bytes().all(|b| b == b' ' || b.is_ascii_graphic()));
                prop_assert!(line.bytes().take(3).all(|b| b.is_ascii_digit()));
            }
        }
    }
}
