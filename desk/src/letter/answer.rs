//! The letter that carries an agent's answer to the requester and the enabled collaborators.

use super::identity::Identity;
use super::{Draft, LetterKind, header, own_id, reply_subject};
use crate::mail::MessageId;
use crate::mail::compose::{Mailbox, Outgoing, Part};
use crate::mail::markup;
use crate::sign::OwnMessageId;
use crate::ticket::Upload;
use crate::{Agent, Desk, EmailAddress, LetterId, Moment, Party, Problem, Ticket};
use storage::Batch;

/// What an answer is made of.
pub(crate) struct AnswerParts<'a> {
    pub by: &'a Agent,
    pub ticket: &'a Ticket,
    pub sequence: u32,
    pub text: &'a str,
    pub uploads: &'a [Upload],
    /// Who gets a copy beside the requester.
    pub cc: Vec<Party>,
}

/// A letter as written: its id, and the Message-ID it goes by.
pub(crate) struct Written {
    pub letter: LetterId,
    pub message_id: MessageId,
}

impl Desk {
    pub(crate) async fn write_answer(
        &self,
        moment: &Moment,
        batch: &mut Batch,
        parts: AnswerParts<'_>,
    ) -> Result<Written, Problem> {
        let ticket = parts.ticket;
        let audience = Audience::of(&ticket.requester, &parts.cc)?;
        let identity = self.identity(ticket).await?;
        let id: LetterId = moment.id();
        let message_id = self.own_message_id(ticket, parts.sequence, 'r', &identity);
        let reply_to =
            self.signer()
                .reply_address(&identity.address, ticket.id, &ticket.number, moment.now);
        let markup = markup::render(&signed(parts.text, parts.by, &identity.signature));
        let outgoing = Outgoing {
            from: Mailbox {
                name: identity.name.clone(),
                address: identity.address.to_string(),
            },
            to: audience.to,
            cc: audience.cc,
            reply_to: Some(Mailbox {
                name: identity.name.clone(),
                address: reply_to.to_string(),
            }),
            subject: reply_subject(&ticket.subject),
            date: moment.now,
            message_id: message_id.clone(),
            in_reply_to: ticket.answers.clone(),
            references: ticket.thread.clone(),
            extra: vec![
                header("X-Maildesk-Ticket", ticket.number.as_str()),
                header(
                    "X-Maildesk-Loop",
                    self.signer().loop_mark(message_id.as_str()),
                ),
            ],
            html: Some(markup.html),
            text: markup.text,
            attachments: parts.uploads.iter().map(Part::from).collect(),
        };
        let draft = Draft {
            kind: LetterKind::Answer,
            ticket: ticket.id,
            number: ticket.number.clone(),
            sequence: parts.sequence,
            reverse_path: Some(self.signer().bounce_address(&identity.address, id)),
            recipients: audience.reached,
            unreachable: audience.unreachable,
            outgoing,
        };
        self.write_letter(moment, batch, id, draft).await?;
        Ok(Written {
            letter: id,
            message_id,
        })
    }

    pub(super) fn own_message_id(
        &self,
        ticket: &Ticket,
        sequence: u32,
        kind: char,
        identity: &Identity,
    ) -> MessageId {
        let id = OwnMessageId {
            ticket: ticket.id,
            sequence,
        };
        own_id(
            &self
                .signer()
                .message_id(id, kind, identity.address.domain()),
        )
    }
}

/// Whom a letter goes to, and whom it cannot.
struct Audience {
    to: Vec<Mailbox>,
    cc: Vec<Mailbox>,
    reached: Vec<EmailAddress>,
    unreachable: Vec<EmailAddress>,
}

impl Audience {
    fn of(requester: &Party, copied: &[Party]) -> Result<Self, Problem> {
        let addresses = std::iter::once(requester).chain(copied);
        let (reached, unreachable): (Vec<_>, Vec<_>) = addresses
            .filter_map(|party| party.address.clone())
            .partition(can_be_written_to);
        if reached.is_empty() {
            return Err(Problem::invalid(
                "to",
                "no letter can be written to the requester's address; add a collaborator",
            ));
        }
        let writable = |party: &&Party| party.address.as_ref().is_some_and(can_be_written_to);
        Ok(Self {
            to: Some(requester)
                .filter(writable)
                .and_then(addressee)
                .into_iter()
                .collect(),
            cc: copied
                .iter()
                .filter(writable)
                .filter_map(addressee)
                .collect(),
            reached,
            unreachable,
        })
    }
}

/// RFC 6531 3.1: an address beyond ASCII needs SMTPUTF8, which we do not speak.
fn can_be_written_to(address: &EmailAddress) -> bool {
    address.as_str().is_ascii()
}

pub(super) fn addressee(party: &Party) -> Option<Mailbox> {
    party.address.as_ref().map(|address| Mailbox {
        name: party.name.clone(),
        address: address.to_string(),
    })
}

/// The text with the agent's own signature and the department's (FEATURES OUT-16).
/// RFC 3676 4.3: they follow a line of two dashes and a space.
fn signed(text: &str, by: &Agent, department: &str) -> String {
    let lines = [by.signature.trim(), department];
    let signature: Vec<&str> = lines.into_iter().filter(|part| !part.is_empty()).collect();
    if signature.is_empty() {
        text.to_owned()
    } else {
        format!("{text}\n\n-- \n{}", signature.join("\n"))
    }
}

impl From<&Upload> for Part {
    fn from(upload: &Upload) -> Self {
        Part {
            name: upload.name.clone(),
            kind: upload.kind.clone(),
            size: upload.size,
            source: upload.blob.0,
        }
    }
}
