//! The entries of a ticket's thread: messages, replies, notes, and the events between them (TH-01).

use crate::mail::{Attachment, Kind};
use crate::{AgentId, EmailAddress, LetterId, Party};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use storage::{BlobId, Record};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the ticket, from 1 without gaps.
    pub sequence: u32,
    pub created: Timestamp,
    pub author: Author,
    pub body: EntryBody,
}

impl Record for Entry {
    const SCHEMA: u16 = 1;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Author {
    Party { party: Party, standing: Standing },
    Agent { id: AgentId, name: String },
    Desk,
}

/// What the sender of a mail is to the ticket (DESIGN §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// The requester or a collaborator.
    Participant,
    /// Somebody else who knew a Message-ID or the reply address: "unverified third party".
    ThirdParty,
    /// Writes under an agent's address without proof: kept as an internal note, never sent on.
    ClaimsAgent,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum EntryBody {
    /// From outside, by mail.
    Message(Box<Mailed>),
    /// From an agent to the requester and collaborators.
    Reply(Written),
    /// From an agent to agents.
    Note(Written),
    Event(Event),
}

/// A mail as it arrived. The raw message is the record; this is what was understood of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mailed {
    pub via: Via,
    /// The bytes exactly as transmitted.
    pub raw: BlobId,
    pub size: u64,
    /// Our Return-Path and Received lines, CRLF at each end.
    pub trace: String,
    pub message_id: Option<String>,
    pub subject: Option<String>,
    pub from: Vec<String>,
    pub to: Vec<String>,
    pub cc: Vec<String>,
    pub text: Split,
    pub has_html: bool,
    pub attachments: Vec<Attachment>,
    pub kind: Kind,
    /// Why it is of this kind.
    pub reason: String,
    /// Why it could not be read, if so; then the text is what could be saved.
    pub unreadable: Option<String>,
}

/// The text of a mail: what is new, the signature, and what is quoted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    pub new: String,
    pub signature: String,
    pub quoted: String,
    /// Whether more stands in the raw message than is kept here.
    pub cut: bool,
}

impl Split {
    /// All of the text that is kept, in reading order.
    pub fn whole(&self) -> String {
        [&self.new, &self.signature, &self.quoted]
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// What an agent wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Written {
    pub via: Via,
    pub text: String,
    pub uploads: Vec<Upload>,
    /// The letter it left by.
    pub letter: Option<LetterId>,
    pub message_id: Option<String>,
}

/// A file that an agent attached; its bytes are a blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    pub name: String,
    /// The media type, from the file's name.
    pub kind: String,
    pub size: u64,
    pub blob: BlobId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Via {
    Smtp,
    /// `maildesk deliver`, from an alias line of an older MTA.
    Deliver,
    Web,
}

impl Via {
    pub fn name(self) -> &'static str {
        match self {
            Via::Smtp => "smtp",
            Via::Deliver => "deliver",
            Via::Web => "web",
        }
    }
}

/// What happened to the ticket between its messages (TH-02). Names are kept as they were then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    Assigned {
        to: String,
    },
    Released,
    Transferred {
        from: String,
        to: String,
    },
    Referred {
        to: String,
    },
    Closed,
    Reopened,
    CollaboratorAdded {
        who: String,
        active: bool,
    },
    CollaboratorEnabled {
        who: String,
    },
    CollaboratorDisabled {
        who: String,
    },
    Acknowledged {
        to: EmailAddress,
        letter: LetterId,
    },
    NotDelivered {
        recipient: EmailAddress,
        reason: String,
    },
}
