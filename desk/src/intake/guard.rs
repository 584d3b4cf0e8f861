//! Whether a mail may come in at all, and whether anything may answer it by itself.

use super::route::Route;
use super::sender::Sender;
use super::{Letterbox, Refusal};
use crate::mail::{Kind, Mail};
use crate::sign::Signer;

/// RFC 5321 6.3 asks for a generous limit of at least 100 Received lines.
const MOST_HOPS: usize = 100;
/// A mail that has come this far is not answered automatically any more.
const MANY_HOPS: usize = 50;

/// The mails that are refused: for nobody here, or going in circles.
pub(super) fn refuse(signer: &Signer, mail: &Mail, route: &Route) -> Option<Refusal> {
    if route.mailboxes.is_empty() {
        return Some(Refusal::UnknownRecipient);
    }
    if mail.received > MOST_HOPS {
        return Some(Refusal::Loop {
            rule: format!("{} Received lines", mail.received),
        });
    }
    let id = mail.message_id.as_ref()?;
    let mark = mail.marks.maildesk.as_ref()?;
    signer
        .is_our_mark(id.as_str(), mark)
        .then(|| Refusal::Loop {
            rule: "our own letter came back".to_owned(),
        })
}

/// Why nothing may answer this mail by itself, if so (RFC 3834 2, FEATURES AR-09).
pub(super) fn automatic(at: &Letterbox<'_>, sender: &Sender) -> Option<String> {
    if at.mail.kind != Kind::Human {
        return Some(at.mail.reason.clone());
    }
    if at.arrival.reverse_path.is_none() {
        return Some("null reverse path".to_owned());
    }
    if sender.is_own {
        return Some("from one of our own addresses".to_owned());
    }
    if at.mail.received >= MANY_HOPS {
        return Some(format!("{} Received lines", at.mail.received));
    }
    let local = sender.address.as_ref().map(|address| address.local())?;
    is_robot(local).then(|| format!("{local}@ is no person"))
}

fn is_robot(local: &str) -> bool {
    let plain: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    [
        "mailerdaemon",
        "postmaster",
        "noreply",
        "donotreply",
        "nobody",
        "bounce",
        "bounces",
    ]
    .contains(&plain.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robots_are_known_by_their_names() {
        for robot in ["mailer-daemon", "no-reply", "do_not_reply", "noreply"] {
            assert!(is_robot(robot), "{robot}");
        }
        for person in ["ann", "noreply.ann", "post"] {
            assert!(!is_robot(person), "{person}");
        }
    }
}
