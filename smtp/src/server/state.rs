//! Where a session is. Each state carries what exists in it and nothing else:
//! DATA cannot be reached without a sender and a recipient.

use crate::{Mailbox, ReversePath};

#[derive(Debug, Default)]
pub(super) enum State {
    /// Before EHLO or HELO, and again after STARTTLS.
    #[default]
    Connected,
    Greeted,
    /// A sender, no recipient yet.
    Mail(Sender),
    /// At least one recipient.
    Rcpt(Sender, Vec<Mailbox>),
}

#[derive(Debug, Clone)]
pub(super) struct Sender {
    pub(super) path: ReversePath,
    pub(super) body_8bit: bool,
}

impl State {
    /// RFC 5321 4.1.1.5: the transaction ends, the greeting stays.
    pub(super) fn reset(&mut self) {
        if !matches!(self, State::Connected) {
            *self = State::Greeted;
        }
    }

    pub(super) fn sender(&self) -> Option<&Sender> {
        match self {
            State::Mail(sender) | State::Rcpt(sender, _) => Some(sender),
            State::Connected | State::Greeted => None,
        }
    }

    pub(super) fn recipients(&self) -> &[Mailbox] {
        match self {
            State::Rcpt(_, recipients) => recipients,
            _ => &[],
        }
    }

    /// Does nothing without a sender; a recipient named twice is one.
    pub(super) fn add(&mut self, to: Mailbox) {
        *self = match std::mem::take(self) {
            State::Mail(sender) => State::Rcpt(sender, vec![to]),
            State::Rcpt(sender, mut recipients) => {
                if !recipients.contains(&to) {
                    recipients.push(to);
                }
                State::Rcpt(sender, recipients)
            }
            state => state,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> State {
        State::Mail(Sender {
            path: ReversePath::Null,
            body_8bit: false,
        })
    }

    fn mailbox(text: &str) -> Mailbox {
        text.parse().expect("a mailbox")
    }

    #[test]
    fn recipients_gather_once_each() {
        let mut state = mail();
        for to in ["a@x.example", "b@x.example", "a@X.example"] {
            state.add(mailbox(to));
        }
        assert_eq!(
            state.recipients(),
            [mailbox("a@x.example"), mailbox("b@x.example")]
        );
    }

    #[test]
    fn a_recipient_without_a_sender_changes_nothing() {
        let mut state = State::Greeted;
        state.add(mailbox("a@x.example"));
        assert!(matches!(state, State::Greeted));
    }

    #[test]
    fn reset_keeps_the_greeting_and_makes_none() {
        let (mut state, mut fresh) = (mail(), State::Connected);
        state.reset();
        fresh.reset();
        assert!(matches!((state, fresh), (State::Greeted, State::Connected)));
    }
}
