//! Command lines as values. The only file that knows `smtp-proto`: it reads
//! verbs and parameters; paths are read by `crate::path`, which keeps quotes.

use std::borrow::Cow;

use smtp_proto::{Error, MAIL_BODY_7BIT, MAIL_BODY_8BITMIME, MailFrom, RcptTo, Request};

use crate::path::{self, PathError};
use crate::{Mailbox, Reply, ReversePath, reply};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    Ehlo(String),
    Helo(String),
    Mail(Mail),
    Rcpt(Mailbox),
    Data,
    Rset,
    Noop,
    Quit,
    Vrfy,
    Help,
    StartTls,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mail {
    pub(super) from: ReversePath,
    /// RFC 1870: as declared, 0 when it was not.
    pub(super) size: u64,
    pub(super) body_8bit: bool,
}

/// A line without its CRLF; the error is what to answer.
pub(super) fn parse(line: &[u8], hostname: &str) -> Result<Command, Reply> {
    let text = text(line)?;
    let (verb, arguments) = text.split_once(' ').unwrap_or((text, ""));
    match verb.to_ascii_uppercase().as_str() {
        "MAIL" => mail(text),
        "RCPT" => rcpt(text, hostname),
        // RFC 5321 4.3.2 and RFC 3207 4: these take no parameters.
        verb @ ("DATA" | "RSET" | "QUIT" | "STARTTLS") if !arguments.trim().is_empty() => {
            Err(reply::syntax(verb))
        }
        // RFC 4954 is not for this listener: nobody submits here.
        "AUTH" => Err(reply::not_implemented()),
        _ => other(text),
    }
}

/// A browser or something that tricks one, rather than a mail client.
pub(super) fn is_http(line: &[u8]) -> bool {
    const METHODS: [&[u8]; 6] = [
        b"GET ",
        b"POST ",
        b"PUT ",
        b"HEAD ",
        b"CONNECT ",
        b"OPTIONS ",
    ];
    METHODS.iter().any(|method| line.starts_with(method))
}

fn text(line: &[u8]) -> Result<&str, Reply> {
    let printable = |b: &u8| *b == b' ' || b.is_ascii_graphic();
    if line.iter().all(printable) {
        return std::str::from_utf8(line).map_err(|_| reply::bad_characters());
    }
    let has_path = |verb: &[u8]| {
        line.get(..5)
            .is_some_and(|start| start.eq_ignore_ascii_case(verb))
    };
    let beyond_ascii = line.iter().all(|b| printable(b) || !b.is_ascii());
    match beyond_ascii && (has_path(b"MAIL ") || has_path(b"RCPT ")) {
        true => Err(reply::non_ascii_address()),
        false => Err(reply::bad_characters()),
    }
}

fn mail(text: &str) -> Result<Command, Reply> {
    let Some((path, rest)) = split_path(text) else {
        return Err(reply::syntax("MAIL FROM:<address> [parameters]"));
    };
    let line = format!("MAIL FROM:<a@a>{rest}\r\n");
    let given = match request(&line)? {
        Request::Mail { from } if is_prefix(text, "FROM") => from,
        _ => return Err(reply::syntax("MAIL FROM:<address> [parameters]")),
    };
    let known = MailFrom {
        address: given.address.clone(),
        size: given.size,
        flags: given.flags & (MAIL_BODY_7BIT | MAIL_BODY_8BITMIME),
        ..MailFrom::default()
    };
    if given != known {
        return Err(reply::unsupported_parameter());
    }
    let from = path
        .parse()
        .map_err(|e| bad_path(e, reply::bad_sender_address()))?;
    let body_8bit = given.flags & MAIL_BODY_8BITMIME != 0;
    Ok(Command::Mail(Mail {
        from,
        size: given.size as u64,
        body_8bit,
    }))
}

fn rcpt(text: &str, hostname: &str) -> Result<Command, Reply> {
    let Some((path, rest)) = split_path(text) else {
        return Err(reply::syntax("RCPT TO:<address>"));
    };
    let line = format!("RCPT TO:<a@a>{rest}\r\n");
    let given = match request(&line)? {
        Request::Rcpt { to } if is_prefix(text, "TO") => to,
        _ => return Err(reply::syntax("RCPT TO:<address>")),
    };
    let known = RcptTo {
        address: given.address.clone(),
        ..RcptTo::default()
    };
    if given != known {
        return Err(reply::unsupported_parameter());
    }
    let to = path::forward_path(path, hostname);
    to.map(Command::Rcpt)
        .map_err(|e| bad_path(e, reply::bad_recipient_address()))
}

fn other(text: &str) -> Result<Command, Reply> {
    let line = format!("{text}\r\n");
    match request(&line)? {
        Request::Ehlo { host } => Ok(Command::Ehlo(host.into_owned())),
        Request::Helo { host } => Ok(Command::Helo(host.into_owned())),
        Request::Data => Ok(Command::Data),
        Request::Rset => Ok(Command::Rset),
        Request::Noop { .. } => Ok(Command::Noop),
        Request::Quit => Ok(Command::Quit),
        Request::Vrfy { .. } => Ok(Command::Vrfy),
        Request::Help { .. } => Ok(Command::Help),
        Request::StartTls => Ok(Command::StartTls),
        _ => Err(reply::not_implemented()),
    }
}

fn request(line: &str) -> Result<Request<Cow<'_, str>>, Reply> {
    Request::parse(&mut line.as_bytes().iter()).map_err(|error| match error {
        Error::UnknownCommand => reply::unknown_command(),
        Error::UnsupportedParameter { .. } => reply::unsupported_parameter(),
        Error::InvalidParameter { param } => reply::syntax(param),
        Error::SyntaxError { syntax } => reply::syntax(syntax),
        _ => reply::bad_characters(),
    })
}

/// What stands between the brackets, and what follows them. A `>` within
/// quotes does not close them.
fn split_path(text: &str) -> Option<(&str, &str)> {
    let (_, path) = text.split_once(':')?;
    // Many clients put a space here, against RFC 5321 3.3; none means harm.
    let path = path.trim_start_matches(' ').strip_prefix('<')?;
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in path.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => {
                let rest = &path[at + 1..];
                return (rest.is_empty() || rest.starts_with(' ')).then_some((&path[..at], rest));
            }
            _ => {}
        }
    }
    None
}

/// Does `FROM` or `TO` stand between the verb and the colon?
fn is_prefix(text: &str, word: &str) -> bool {
    let before = text.split(':').next().and_then(|t| t.split_once(' '));
    before.is_some_and(|(_, between)| between.trim().eq_ignore_ascii_case(word))
}

fn bad_path(error: PathError, otherwise: Reply) -> Reply {
    match error {
        PathError::NonAscii => reply::non_ascii_address(),
        _ => otherwise,
    }
}

#[cfg(test)]
mod tests;
