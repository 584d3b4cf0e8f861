//! What is known of a mail once it is read. Plain data: every value is decoded, bounded and free of
//! control characters, but nothing in it is *true* only because the mail says so.

use serde::{Deserialize, Serialize};

use super::{Attachment, Kind, MessageId};

#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    /// Bytes as transmitted.
    pub size: u64,
    pub message_id: Option<MessageId>,
    pub in_reply_to: Vec<MessageId>,
    /// Oldest first; the last 50.
    pub references: Vec<MessageId>,
    /// Of all From fields: more than one address, or more than one field, is a warning sign.
    pub from: Vec<Address>,
    pub sender: Vec<Address>,
    pub reply_to: Vec<Address>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub subject: Option<String>,
    pub date: Option<jiff::Timestamp>,
    /// The same moment as RFC 3339 with the sender's own offset.
    pub date_written: Option<String>,
    /// The text/plain parts.
    pub text: Option<String>,
    /// The text/html parts as sent: never show them without [`html::safe`](super::html::safe).
    pub html: Option<String>,
    /// What a person reads: the text, or else the HTML as text.
    pub body_text: String,
    pub reply: Reply,
    pub attachments: Vec<Attachment>,
    pub kind: Kind,
    /// Which sign decided the kind.
    pub reason: String,
    /// One for each recipient that a delivery report says failed or was delayed.
    pub bounce: Vec<FailedRecipient>,
    pub complaint: Option<Complaint>,
    /// How many Received fields there are.
    pub received: usize,
    pub marks: Marks,
    /// All header fields, decoded, in order, bounded.
    pub headers: Vec<(String, String)>,
    /// Equal for copies of one mail that came by different routes; see `read::fingerprint`.
    pub fingerprint: [u8; 32],
    /// Why not all of it could be read.
    pub unreadable: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub name: Option<String>,
    pub address: Option<String>,
}

/// The readable text in three pieces; nothing is lost between them but blank lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub new: String,
    pub signature: String,
    pub quoted: String,
}

/// RFC 3464 2.3: what a delivery report says of one recipient.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedRecipient {
    pub recipient: String,
    /// Enhanced status code, `5.1.1`.
    pub status: Option<String>,
    /// `failed`, `delayed`, …
    pub action: String,
    /// SMTP reply code, 550.
    pub code: Option<u16>,
    pub diagnostic: String,
    pub permanent: Option<bool>,
}

/// RFC 5965: somebody pressed "this is spam".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complaint {
    /// Feedback-Type, `abuse`.
    pub kind: String,
}

/// Header marks of automatic senders and of loops, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    pub auto_submitted: Option<String>,
    pub precedence: Option<String>,
    /// A List-Id, List-Unsubscribe, … is there.
    pub list: bool,
    /// `Return-Path: <>`
    pub null_return_path: bool,
    /// All values of X-Loop.
    pub x_loop: Vec<String>,
    /// The value of X-Maildesk-Loop: means nothing until its signature is checked.
    pub maildesk: Option<String>,
}
