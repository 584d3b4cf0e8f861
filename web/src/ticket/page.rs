//! The ticket page as values: head, conversation, composer, facts.

use askama::Template;

use crate::field::Choice;
use crate::page::Chrome;

#[derive(Template)]
#[template(path = "ticket/page.html")]
pub struct TicketPage {
    pub chrome: Chrome,
    pub number: String,
    pub subject: String,
    pub open: bool,
    pub state: &'static str,
    pub state_tone: &'static str,
    /// The asking agent may answer and change it, not only read and note.
    pub may_work: bool,
    /// The asking agent is the assignee.
    pub mine: bool,
    pub back: String,
    pub back_label: String,
    /// What was just sent from this page, so that its draft may go.
    pub sent: Option<&'static str>,
    pub requester: Person,
    pub assignees: Vec<Choice>,
    pub departments: Vec<Choice>,
    pub referred: Option<String>,
    pub collaborators: Vec<Person>,
    pub collaborator_problem: Option<String>,
    pub collaborator_address: String,
    pub facts: Vec<(&'static str, String)>,
    pub earlier: Option<String>,
    pub later: Option<String>,
    pub entries: Vec<Entry>,
    pub composer: Composer,
}

pub struct Person {
    pub name: String,
    pub initials: String,
    pub address: String,
    pub active: bool,
}

pub struct Entry {
    pub sequence: u32,
    pub at: String,
    pub at_iso: String,
    /// Newer than what the agent had seen when writing.
    pub fresh: bool,
    pub body: Body,
}

pub enum Body {
    Event { text: String },
    Letter(Box<Letter>),
}

pub struct Letter {
    pub kind: Kind,
    pub author: String,
    pub initials: String,
    pub address: Option<String>,
    pub badges: Vec<Badge>,
    pub addressed: Vec<(&'static str, String)>,
    pub warning: Option<String>,
    /// Only when it differs from the ticket's.
    pub subject: Option<String>,
    pub frame: Option<Frame>,
    /// HTML that is safe to place: made from plain text with links.
    pub text: String,
    pub quoted: Option<String>,
    pub signature: Option<String>,
    pub attachments: Vec<File>,
    pub delivery: Vec<Delivery>,
    pub tools: Vec<(&'static str, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Message,
    Reply,
    Note,
}

impl Kind {
    pub fn class(self) -> &'static str {
        match self {
            Kind::Message => "message",
            Kind::Reply => "reply",
            Kind::Note => "note",
        }
    }

    /// Said in words, since colour alone tells nothing to many readers.
    pub fn label(self) -> Option<&'static str> {
        match self {
            Kind::Message => None,
            Kind::Reply => Some("Reply"),
            Kind::Note => Some("Internal note"),
        }
    }
}

pub struct Badge {
    pub text: &'static str,
    pub tone: &'static str,
    pub why: &'static str,
}

/// The formatted view of a mail, a document of its own in a sandboxed frame.
pub struct Frame {
    pub href: String,
    /// Shown before the plain text: the mail has none, or shows pictures.
    pub first: bool,
}

pub struct File {
    pub href: String,
    pub name: String,
    pub ext: String,
    pub size: String,
}

pub struct Delivery {
    pub tone: &'static str,
    pub text: String,
}

#[derive(Default)]
pub struct Composer {
    pub note_first: bool,
    /// The text comes from a form that was not accepted: a draft on the
    /// device must not replace it.
    pub kept: bool,
    pub collision: Option<String>,
    pub problem: Option<String>,
    pub last_entry: u32,
    pub to: String,
    pub to_short: String,
    pub copies: Vec<Copy>,
    pub reply_text: String,
    pub note_text: String,
    pub close: bool,
    pub send: String,
    pub limit: String,
}

pub struct Copy {
    pub value: String,
    pub label: String,
    pub short: String,
    pub chosen: bool,
}
