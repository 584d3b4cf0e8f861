//! `maildesk deliver`: one message on standard input, for alias lines and transports of other
//! mail servers. They keep the mail when they are told 75 and send it back to its author on
//! nearly everything else, so all trouble that is not the mail's own is 75.

use std::io::{Read, Seek, SeekFrom};

use desk::EmailAddress;

use crate::ask::{Answer, ask_with};
use crate::cli::Deliver;
use crate::control::{Delivery, Request};
use crate::fault::{Exit, Fault};
use crate::{handed_in, print};

pub async fn run(deliver: Deliver) -> Result<(), Fault> {
    refuse_bad_flags(&deliver)?;
    let mut answer = hand_over(deliver).await.map_err(later)?;
    match answer.each(|_| Ok(())).await {
        Ok(end) => print::line(&print::field(&end, "told")),
        Err(fault) => Err(later_if_ours(fault)),
    }
}

async fn hand_over(deliver: Deliver) -> Result<Answer, Fault> {
    let mut message = tempfile::tempfile().map_err(unread)?;
    std::io::copy(&mut std::io::stdin().lock(), &mut message).map_err(unread)?;
    let beginning = beginning(&mut message).map_err(unread)?;
    let skipped = handed_in::mbox_line(&beginning) as u64;
    let size = message.seek(SeekFrom::End(0)).map_err(unread)? - skipped;
    message.seek(SeekFrom::Start(skipped)).map_err(unread)?;
    let variable = std::env::var("SENDER").ok();
    let request = Request::Deliver(Delivery {
        from: handed_in::reverse_path(deliver.from.as_deref(), variable.as_deref(), &beginning),
        to: deliver.to,
        size,
    });
    let message = tokio::fs::File::from_std(message);
    ask_with(&deliver.which, request, message).await
}

fn refuse_bad_flags(deliver: &Deliver) -> Result<(), Fault> {
    let null = |from: &&str| !matches!(*from, "" | "<>");
    let from = deliver.from.as_deref().filter(null);
    let flags = deliver.to.iter().map(|to| ("--to", to.as_str()));
    for (flag, text) in flags.chain(from.map(|from| ("--from", from))) {
        text.parse::<EmailAddress>()
            .map_err(|why| Fault::usage(format!("{flag} {text:?}: {why}")))?;
    }
    Ok(())
}

/// Where the headers stand that say who sent it.
fn beginning(message: &mut std::fs::File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    message.seek(SeekFrom::Start(0))?;
    message.take(64 * 1024).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unread(error: std::io::Error) -> Fault {
    Fault::temporary(format!("the message cannot be read: {error}; try again"))
}

/// What the desk says about the mail is the mail's own; anything else is ours.
fn later_if_ours(fault: Fault) -> Fault {
    match fault.exit {
        Exit::Input | Exit::NoUser => fault,
        _ => later(fault),
    }
}

fn later(fault: Fault) -> Fault {
    let line = format!("{}; the mail was not taken, send it again", fault.line);
    Fault::temporary(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_never_bounced_for_trouble_of_ours() {
        for fault in [
            Fault::configuration("x"),
            Fault::new(Exit::NoPermission, "x"),
            Fault::unavailable("x"),
            Fault::new(Exit::Internal, "x"),
        ] {
            assert_eq!(later_if_ours(fault).exit, Exit::Temporary);
        }
        assert_eq!(
            later_if_ours(Fault::new(Exit::NoUser, "x")).exit,
            Exit::NoUser
        );
    }
}
