//! Which ticket a mail belongs to. Strongest evidence first (DESIGN §3, FEATURES IN-39):
//!
//! 1. the signed reply token in the recipient address,
//! 2. our own signed Message-ID in In-Reply-To, then in References from right to left,
//! 3. a Message-ID of somebody else's that a ticket knows, when the sender takes part in it,
//! 4. a ticket number in the subject, when the sender takes part in it.
//!
//! A number alone never opens, shows or extends a ticket.

use super::claims::KnownIds;
use super::route::Route;
use super::sender::Sender;
use crate::mail::{Mail, MessageId};
use crate::sign::Signer;
use crate::{Desk, Moment, Problem, Ticket, TicketNumber};
use regex::Regex;
use std::fmt;
use std::sync::LazyLock;
use storage::Row;

/// Where the mail goes, and what said so.
#[derive(Debug)]
pub(super) enum Place {
    Known {
        row: Box<Row<Ticket>>,
        evidence: Evidence,
    },
    New,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    ReplyToken,
    OwnMessageId,
    ForeignMessageId,
    SubjectNumber,
}

impl Evidence {
    /// Whether the sender must have had a letter of ours in hand, or a copy of one.
    pub fn is_signed(self) -> bool {
        matches!(self, Evidence::ReplyToken | Evidence::OwnMessageId)
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Evidence::ReplyToken => "thread: signed reply address",
            Evidence::OwnMessageId => "thread: our signed Message-ID in its references",
            Evidence::ForeignMessageId => "thread: a known Message-ID, and the sender takes part",
            Evidence::SubjectNumber => "thread: number in the subject, and the sender takes part",
        })
    }
}

impl Desk {
    pub(super) async fn thread(
        &self,
        moment: &Moment,
        mail: &Mail,
        known: &KnownIds,
        sender: &Sender,
        route: &Route,
    ) -> Result<Place, Problem> {
        let found = match self.by_token(moment, route).await? {
            Some(row) => Some((row, Evidence::ReplyToken)),
            None => match self.by_own_id(mail).await? {
                Some(row) => Some((row, Evidence::OwnMessageId)),
                None => match self.by_foreign_id(known, sender).await? {
                    Some(row) => Some((row, Evidence::ForeignMessageId)),
                    None => (self.by_subject(mail, sender).await?)
                        .map(|row| (row, Evidence::SubjectNumber)),
                },
            },
        };
        Ok(match found {
            Some((row, evidence)) => Place::Known {
                row: Box::new(row),
                evidence,
            },
            None => Place::New,
        })
    }

    async fn by_token(
        &self,
        moment: &Moment,
        route: &Route,
    ) -> Result<Option<Row<Ticket>>, Problem> {
        for mailbox in &route.mailboxes {
            let Some(claim) = mailbox.detail.as_deref().and_then(Signer::claimed_reply) else {
                continue;
            };
            if let Some(row) = self.ticket_row(&claim.number).await?
                && self.signer().honours(&claim, row.value.id, moment.now)
            {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    async fn by_own_id(&self, mail: &Mail) -> Result<Option<Row<Ticket>>, Problem> {
        for id in answered(mail) {
            let Some(own) = self.signer().own_message_id(id.as_str()) else {
                continue;
            };
            if let Some(row) = (self.tables.tickets).get(self.store(), &own.ticket).await? {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// The mail's own Message-ID counts as well: a reply to it may have come first.
    async fn by_foreign_id(
        &self,
        known: &KnownIds,
        sender: &Sender,
    ) -> Result<Option<Row<Ticket>>, Problem> {
        for ticket in known.tickets() {
            if let Some(row) = self.tables.tickets.get(self.store(), &ticket).await?
                && takes_part(sender, &row.value)
            {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    async fn by_subject(
        &self,
        mail: &Mail,
        sender: &Sender,
    ) -> Result<Option<Row<Ticket>>, Problem> {
        let Some(number) = mail.subject.as_deref().and_then(number_in) else {
            return Ok(None);
        };
        let row = self.ticket_row(&number).await?;
        Ok(row.filter(|row| takes_part(sender, &row.value)))
    }
}

fn takes_part(sender: &Sender, ticket: &Ticket) -> bool {
    (sender.address.as_ref()).is_some_and(|address| ticket.has_participant(address))
}

/// What the mail says it answers, the likeliest first. Each one that looks like ours costs a
/// signature, and a header has room for thousands.
fn answered(mail: &Mail) -> impl Iterator<Item = &MessageId> {
    const MOST: usize = 100;
    let all = mail.in_reply_to.iter().chain(mail.references.iter().rev());
    all.take(MOST)
}

/// The first `#123456` of a subject.
fn number_in(subject: &str) -> Option<TicketNumber> {
    static NUMBER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"#([0-9]{1,18})\b").expect("the pattern is well formed"));
    NUMBER.captures(subject)?.get(1)?.as_str().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_found_in_the_subject() {
        for (subject, number) in [
            ("Re: lamp [#482913]", Some("482913")),
            ("#1: x", Some("1")),
            ("order 482913", None),
            ("#", None),
            ("#12345678901234567890", None),
        ] {
            let found = number_in(subject).map(|n| n.to_string());
            assert_eq!(found.as_deref(), number, "{subject}");
        }
    }
}
