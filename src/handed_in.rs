//! Who a mail on standard input is from. Mail servers say it in different ways, and some not at
//! all: the flag, `SENDER` in the environment (Postfix, qmail), a `Return-Path` on top, the
//! `From ` line of mbox, and last the author.

use desk::EmailAddress;

/// The reverse path of a message; `None` is the null one, by which bounces are told. What is no
/// address counts as none: a mail is not refused for how its server tells the sender.
pub fn reverse_path(flag: Option<&str>, variable: Option<&str>, message: &[u8]) -> Option<String> {
    let told = flag.or(variable).map(str::to_owned);
    let told = told.or_else(|| header(message, "return-path"));
    let told = told.or_else(|| mbox_sender(message));
    match told {
        // Postfix writes MAILER-DAEMON where the reverse path is null.
        Some(path) if path.trim().eq_ignore_ascii_case("mailer-daemon") => None,
        Some(path) => address_of(&path),
        None => header(message, "from").as_deref().and_then(address_of),
    }
}

/// How many bytes of an mbox `From ` line stand before the message. They are no part of it.
pub fn mbox_line(message: &[u8]) -> usize {
    if !message.starts_with(b"From ") {
        return 0;
    }
    let end = message.iter().position(|byte| *byte == b'\n');
    end.map_or(0, |end| end + 1)
}

fn mbox_sender(message: &[u8]) -> Option<String> {
    let line = String::from_utf8_lossy(&message[..mbox_line(message)]).into_owned();
    let sender = line.strip_prefix("From ")?.split(' ').next()?;
    Some(sender.to_owned())
}

/// The value of the first such header, unfolded.
fn header(message: &[u8], name: &str) -> Option<String> {
    let message = &message[mbox_line(message)..];
    let text = String::from_utf8_lossy(message);
    let mut lines = text.lines().take_while(|line| !line.is_empty()).peekable();
    while let Some(line) = lines.next() {
        let Some((found, value)) = line.split_once(':') else {
            continue;
        };
        if !found.trim().eq_ignore_ascii_case(name) {
            continue;
        }
        let mut value = value.to_owned();
        // RFC 5322 2.2.3: a line that begins with white space continues the one before.
        while let Some(more) = lines.next_if(|line| line.starts_with([' ', '\t'])) {
            value.push_str(more);
        }
        return Some(value);
    }
    None
}

/// What stands between the last brackets, or the first word with an @.
fn address_of(text: &str) -> Option<String> {
    let inside = text
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    let address = match inside {
        Some((address, _)) => address,
        None => text
            .split([' ', '\t', ','])
            .find(|word| word.contains('@'))?,
    };
    let address: EmailAddress = address.parse().ok()?;
    Some(address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MAIL: &[u8] = b"Return-Path: <path@a.example>\nFrom: Ann <ann@a.example>\n\nFrom: x@y\n";

    fn found(flag: Option<&str>, variable: Option<&str>, message: &[u8]) -> Option<String> {
        reverse_path(flag, variable, message)
    }

    #[test]
    fn the_flag_wins_then_the_variable_then_the_message() {
        let flag = Some("flag@a.example");
        let variable = Some("variable@a.example");
        assert_eq!(found(flag, variable, MAIL).as_deref(), flag);
        assert_eq!(found(None, variable, MAIL).as_deref(), variable);
        assert_eq!(found(None, None, MAIL).as_deref(), Some("path@a.example"));
        let mbox = b"From box@a.example Mon Nov 23 10:00:00 2026\nFrom: ann@a.example\n\n";
        assert_eq!(found(None, None, mbox).as_deref(), Some("box@a.example"));
        let bare = b"From: Ann\r\n <ann@a.example>\r\n\r\nhello";
        assert_eq!(found(None, None, bare).as_deref(), Some("ann@a.example"));
    }

    #[test]
    fn a_null_path_is_null_however_it_is_written() {
        assert_eq!(found(Some("<>"), None, MAIL), None);
        assert_eq!(found(Some(""), None, MAIL), None);
        assert_eq!(found(None, Some("MAILER-DAEMON"), MAIL), None);
        assert_eq!(
            found(None, None, b"Return-Path: <>\nFrom: a@b.example\n\n"),
            None
        );
    }

    #[test]
    fn only_a_real_mbox_line_is_cut_off() {
        assert_eq!(mbox_line(b"From a@b Mon\nSubject: x\n"), 13);
        assert_eq!(mbox_line(b"From: a@b\n"), 0);
        assert_eq!(mbox_line(b"From a@b without an end"), 0);
    }

    proptest! {
        #[test]
        fn no_message_breaks_it(message in proptest::collection::vec(any::<u8>(), 0..300)) {
            reverse_path(None, None, &message);
            prop_assert!(mbox_line(&message) <= message.len());
        }
    }
}
