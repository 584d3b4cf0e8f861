//! A ticket: what it is, and where each thing that can be done to it lives.

mod assign;
mod close;
mod collaborators;
mod content;
mod edit;
mod entry;
mod note;
mod number;
mod read;
mod reply;
mod transfer;
mod upload;

pub(crate) use collaborators::MOST_COLLABORATORS;
pub use content::SafeHtml;
pub(crate) use edit::Edit;
pub use entry::{Author, Entry, EntryBody, Event, Mailed, Split, Standing, Upload, Via, Written};
pub use note::Note;
pub use number::{NotANumber, TicketNumber};
pub use reply::{Answer, Replied};
pub use upload::Attached;

use crate::mail::MessageId;
use crate::{AddressId, AgentId, Collaborator, DepartmentId, EmailAddress, Party, TicketId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use storage::Record;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    pub id: TicketId,
    pub number: TicketNumber,
    pub subject: String,
    pub status: Status,
    pub department: DepartmentId,
    /// Departments that see the ticket without being responsible (TK-20).
    pub referred: Vec<DepartmentId>,
    pub requester: Party,
    pub assignee: Option<AgentId>,
    pub collaborators: Vec<Collaborator>,
    /// The address of ours that the first mail came to.
    pub address: AddressId,
    pub created: Timestamp,
    pub updated: Timestamp,
    /// Messages, replies and notes.
    pub entry_count: u32,
    /// The sequence number of the newest entry, events included; the first is 1.
    pub last_entry: u32,
    /// The newest entry that is not an event: what an agent must have seen before answering.
    pub last_word: u32,
    /// Whether the last word is ours (TK-14).
    pub answered: bool,
    /// The beginning of the newest message, for lists.
    pub snippet: String,
    /// Message-IDs of the thread in order: the first ones and the newest (RFC 5322 3.6.4).
    pub thread: Vec<MessageId>,
    /// The newest mail from outside: what our next letter answers.
    pub answers: Option<MessageId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Open,
    Closed { at: Timestamp, by: Option<AgentId> },
}

impl Record for Ticket {
    const SCHEMA: u16 = 1;
}

impl Ticket {
    /// The responsible department and those it was referred to.
    pub fn departments(&self) -> impl Iterator<Item = DepartmentId> + '_ {
        std::iter::once(self.department).chain(self.referred.iter().copied())
    }

    pub fn is_open(&self) -> bool {
        self.status == Status::Open
    }

    /// The requester and every collaborator, enabled or not.
    pub fn participants(&self) -> impl Iterator<Item = &Party> {
        std::iter::once(&self.requester).chain(self.collaborators.iter().map(|c| &c.party))
    }

    pub fn has_participant(&self, address: &EmailAddress) -> bool {
        self.participants().any(|party| party.is(address))
    }

    /// Keeps the head of the thread, which clients sort by, and its newest part.
    pub(crate) fn continue_thread(&mut self, id: &MessageId) {
        const HEAD: usize = 2;
        const MOST: usize = 30;
        self.thread.retain(|known| known != id);
        self.thread.push(id.clone());
        if self.thread.len() > MOST {
            self.thread.remove(HEAD);
        }
    }
}

#[cfg(test)]
mod tests;
