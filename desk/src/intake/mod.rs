//! A mail arrives. This page is the table of contents; each step is a file.
//!
//! parse → route → guard → sender → thread → apply → commit
//!
//! What is decided here is written in one batch with the journal row that says why. The caller may
//! say 250 when [`Desk::accept`] returns [`Accepted`], for then the batch is durable.

mod acknowledge;
mod apply;
mod bounce;
mod claims;
mod guard;
mod parse;
mod refer;
mod route;
mod sender;
mod thread;

#[cfg(test)]
mod tests;

pub use acknowledge::Acknowledged;
pub use claims::{Claims, Seen};

use self::route::Route;
use crate::journal::JournalRow;
use crate::mail::Mail;
use crate::ticket::Via;
use crate::{Desk, EmailAddress, Moment, Problem, TicketNumber};
use storage::{Batch, BlobId, Content};

/// A mail at the door: its envelope, and its bytes exactly as transmitted.
pub struct Arrival {
    pub via: Via,
    /// The client's network address, or "deliver".
    pub peer: String,
    pub helo: String,
    /// None is the null reverse path, `<>`.
    pub reverse_path: Option<EmailAddress>,
    pub recipients: Vec<EmailAddress>,
    pub content: Content,
    pub size: u64,
    /// The trace header lines that we add, CRLF at each end (RFC 5321 4.4).
    pub trace: String,
}

/// The mail is durable and stands in a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// None when it rightly became nothing, such as a bounce of a letter without a ticket.
    pub ticket: Option<TicketNumber>,
    /// The step that decided, and why.
    pub rule: String,
}

/// The mail is refused, in the dialogue, with a reason for its sender.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("no such mailbox here")]
    UnknownRecipient,
    #[error("this message is going in circles")]
    Loop { rule: String },
    /// Trouble on our side: the sender keeps the mail and tries again.
    #[error("temporary trouble, try again later")]
    Temporary(String),
}

/// Whether a recipient is ours, asked while the client waits for the answer to RCPT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    Known,
    Unknown,
}

/// What the steps look at: the mail, its envelope and where its bytes lie.
struct Letterbox<'a> {
    arrival: &'a Envelope,
    mail: &'a Mail,
    raw: BlobId,
}

/// What the first steps found out about a mail, for the step that applies it.
struct Incoming<'a> {
    moment: &'a Moment,
    at: &'a Letterbox<'a>,
    known: &'a claims::KnownIds,
    sender: &'a sender::Sender,
    /// Why nothing may answer it by itself, if so.
    automatic: Option<String>,
}

/// An [`Arrival`] without its content.
#[derive(Debug, Clone)]
struct Envelope {
    via: Via,
    peer: String,
    helo: String,
    reverse_path: Option<EmailAddress>,
    recipients: Vec<EmailAddress>,
    size: u64,
    trace: String,
}

impl Desk {
    pub async fn recipient(&self, address: &EmailAddress) -> Result<Recipient, Problem> {
        Ok(match self.mailbox(address).await? {
            Some(_) => Recipient::Known,
            None => Recipient::Unknown,
        })
    }

    /// Takes a mail in. When this returns `Ok`, the mail is durable.
    pub async fn accept(&self, moment: &Moment, arrival: Arrival) -> Result<Accepted, Refusal> {
        let mail = parse::read(&arrival.content).await.map_err(temporary)?;
        let (envelope, content) = arrival.opened();
        let letterbox = Letterbox {
            arrival: &envelope,
            mail: &mail,
            raw: id_of(&content),
        };
        // Before anything is stored: what is refused, and what is here already, must not fill the disk.
        let route = (self.admit(moment, &letterbox).await).map_err(temporary)??;
        let prelude = (self.stored(moment, &letterbox, content).await).map_err(temporary)?;
        let accepted = self
            .retrying(|| self.take_in(moment, &letterbox, &route, prelude.clone()))
            .await
            .map_err(temporary)?;
        self.outbox_wake.notify_one();
        Ok(accepted)
    }

    /// Where the mail leads, if it may come in at all; a refusal is in the journal when this returns.
    async fn admit(
        &self,
        moment: &Moment,
        at: &Letterbox<'_>,
    ) -> Result<Result<Route, Refusal>, Problem> {
        let route = self.route(at.arrival).await?;
        let Some(refusal) = guard::refuse(self.signer(), at.mail, &route) else {
            return Ok(Ok(route));
        };
        let mut batch = Batch::new();
        self.journal_verdict(moment, at, &mut batch, Err(&refusal));
        self.store().commit(batch).await?;
        Ok(Err(refusal))
    }

    /// The beginning of the batch, with the message in it when the store takes it that way.
    async fn stored(
        &self,
        moment: &Moment,
        at: &Letterbox<'_>,
        content: Content,
    ) -> Result<Batch, Problem> {
        let mut prelude = Batch::new();
        // A small message travels in the batch, which a copy leaves behind; a large one is a file.
        let is_file = at.arrival.size > storage::INSIDE as u64;
        if !is_file || self.seen_before(moment, at).await?.is_none() {
            self.store().blobs().put(&mut prelude, content).await?;
        }
        Ok(prelude)
    }

    /// The steps, in order. Runs again from the start when another change came first.
    async fn take_in(
        &self,
        moment: &Moment,
        at: &Letterbox<'_>,
        route: &Route,
        prelude: Batch,
    ) -> Result<(Batch, Accepted), Problem> {
        if let Some(seen) = self.seen_before(moment, at).await? {
            let (batch, accepted) = self.refer_duplicate(moment, seen, route).await?;
            return Ok(self.journalled(moment, at, batch, accepted));
        }
        let known = self.known_ids(at.mail).await?;
        if let Some(letter) = self.bounced_letter(route).await? {
            let (batch, accepted) = self
                .note_bounce(moment, at, &known, letter, prelude)
                .await?;
            return Ok(self.journalled(moment, at, batch, accepted));
        }
        let sender = self.sender(at).await?;
        let automatic = guard::automatic(at, &sender);
        let place = self.thread(moment, at.mail, &known, &sender, route).await?;
        let incoming = Incoming {
            moment,
            at,
            known: &known,
            sender: &sender,
            automatic,
        };
        let applied = self.apply(&incoming, prelude, route, place).await?;
        Ok(self.journalled(moment, at, applied.batch, applied.accepted))
    }

    /// The same batch with the journal row that tells of it.
    fn journalled(
        &self,
        moment: &Moment,
        at: &Letterbox<'_>,
        mut batch: Batch,
        accepted: Accepted,
    ) -> (Batch, Accepted) {
        self.journal_verdict(moment, at, &mut batch, Ok(&accepted));
        (batch, accepted)
    }

    fn journal_verdict(
        &self,
        moment: &Moment,
        at: &Letterbox<'_>,
        batch: &mut Batch,
        verdict: Result<&Accepted, &Refusal>,
    ) {
        let (reply, rule, ticket) = match verdict {
            Ok(accepted) => (
                "250 accepted".to_owned(),
                accepted.rule.clone(),
                accepted.ticket.clone(),
            ),
            Err(refusal) => (format!("refused: {refusal}"), refusal.rule(), None),
        };
        let row = JournalRow {
            id: moment.id(),
            at: moment.now,
            peer: at.arrival.peer.clone(),
            helo: at.arrival.helo.clone(),
            from: (at.arrival.reverse_path.as_ref()).map_or_else(String::new, |a| a.to_string()),
            recipients: at
                .arrival
                .recipients
                .iter()
                .map(|r| r.to_string())
                .collect(),
            accepted: verdict.is_ok(),
            reply,
            rule,
            ticket,
            message_id: at.mail.message_id.as_ref().map(|id| id.to_string()),
            size: at.arrival.size,
        };
        self.write_journal(batch, row);
    }
}

impl Arrival {
    fn opened(self) -> (Envelope, Content) {
        let envelope = Envelope {
            via: self.via,
            peer: self.peer,
            helo: self.helo,
            reverse_path: self.reverse_path,
            recipients: self.recipients,
            size: self.size,
            trace: self.trace,
        };
        (envelope, self.content)
    }
}

fn id_of(content: &Content) -> BlobId {
    match content {
        Content::Memory(bytes) => BlobId::of(bytes),
        Content::File { sha256, .. } => BlobId(*sha256),
    }
}

impl Refusal {
    pub fn rule(&self) -> String {
        match self {
            Refusal::UnknownRecipient => "route: no recipient is an address of ours".to_owned(),
            Refusal::Loop { rule } => format!("guard: {rule}"),
            Refusal::Temporary(why) => format!("store: {why}"),
        }
    }
}

fn temporary(problem: Problem) -> Refusal {
    Refusal::Temporary(match problem {
        Problem::Store(why) => why,
        other => other.to_string(),
    })
}
