//! Letters: mails that leave. A letter is a record in the batch of the change that caused it, so
//! one exists exactly if its cause does.

mod acknowledge;
mod answer;
mod identity;
mod source;

pub(crate) use answer::AnswerParts;
pub use source::LetterSource;

use crate::mail::MessageId;
use crate::mail::compose::{self, HeaderName, Outgoing, compose};
use crate::{Desk, EmailAddress, LetterId, Moment, Problem, TicketId, TicketNumber};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use storage::{Batch, BlobId, Content, Direction, Record};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    pub id: LetterId,
    pub kind: LetterKind,
    pub ticket: TicketId,
    pub number: TicketNumber,
    /// The entry it carries or acknowledges.
    pub sequence: u32,
    pub message_id: String,
    /// The envelope sender, to which bounces come; None is the null path.
    pub reverse_path: Option<EmailAddress>,
    /// The From header as people see it.
    pub from: String,
    pub subject: String,
    pub recipients: Vec<Recipient>,
    /// The message, in order.
    pub pieces: Vec<Piece>,
    /// Bytes of the whole message.
    pub size: u64,
    pub created: Timestamp,
    /// When it is to be tried next; None when nothing is left to do.
    pub due: Option<Timestamp>,
    pub tries: u32,
    pub lease: Option<Lease>,
}

impl Record for Letter {
    const SCHEMA: u16 = 1;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LetterKind {
    /// What an agent wrote.
    Answer,
    /// The automatic receipt for a new ticket (AR-01).
    Acknowledgement,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    pub address: EmailAddress,
    pub state: RecipientState,
    pub tries: u32,
    /// What the other side said last, or why it could not be reached.
    pub last_reply: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecipientState {
    Queued,
    Sent { at: Timestamp },
    Failed { at: Timestamp },
}

/// Who is sending a letter, and until when nobody else may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub owner: u64,
    pub until: Timestamp,
}

/// A stretch of the message: stored bytes as they are, or a blob to be base64-encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    Stored { blob: BlobId, size: u64 },
    Base64 { blob: BlobId, size: u64 },
}

/// A letter about to be written.
pub(crate) struct Draft {
    pub kind: LetterKind,
    pub ticket: TicketId,
    pub number: TicketNumber,
    pub sequence: u32,
    pub reverse_path: Option<EmailAddress>,
    pub recipients: Vec<EmailAddress>,
    /// Who should get it and cannot; they stand in the letter as failed.
    pub unreachable: Vec<EmailAddress>,
    pub outgoing: Outgoing,
}

#[derive(Debug, Clone)]
pub struct LetterPage {
    pub rows: Vec<Letter>,
    pub next: Option<String>,
}

impl Letter {
    /// One word for the whole letter. `hold` says that nothing is being sent at present.
    pub fn state(&self, hold: bool) -> &'static str {
        let any =
            |wanted: fn(&RecipientState) -> bool| self.recipients.iter().any(|r| wanted(&r.state));
        if any(|state| matches!(state, RecipientState::Queued)) {
            if hold { "held" } else { "queued" }
        } else if any(|state| matches!(state, RecipientState::Failed { .. })) {
            "failed"
        } else {
            "sent"
        }
    }

    /// Whether the outbox still has something to do with it.
    pub fn is_waiting(&self) -> bool {
        self.due.is_some()
    }
}

impl Recipient {
    pub fn new(address: EmailAddress) -> Self {
        Self {
            address,
            state: RecipientState::Queued,
            tries: 0,
            last_reply: None,
        }
    }

    fn unreachable(address: EmailAddress, moment: &Moment) -> Self {
        Self {
            state: RecipientState::Failed { at: moment.now },
            last_reply: Some("the address needs SMTPUTF8, which is not spoken yet".to_owned()),
            ..Self::new(address)
        }
    }

    pub fn state(&self, hold: bool) -> &'static str {
        match self.state {
            RecipientState::Queued if hold => "held",
            RecipientState::Queued => "queued",
            RecipientState::Sent { .. } => "sent",
            RecipientState::Failed { .. } => "failed",
        }
    }
}

impl Desk {
    /// A page of the outbox, newest first.
    pub async fn letters(&self, after: Option<&str>, limit: usize) -> Result<LetterPage, Problem> {
        let (rows, next) = self.newest(&self.tables.letters, after, limit).await?;
        Ok(LetterPage { rows, next })
    }

    pub async fn letter(&self, id: LetterId) -> Result<Option<Letter>, Problem> {
        let row = self.tables.letters.get(self.store(), &id).await?;
        Ok(row.map(|row| row.value))
    }

    /// The letters of one ticket, oldest first.
    pub async fn letters_of(&self, ticket: TicketId) -> Result<Vec<Letter>, Problem> {
        const MOST: usize = 1_000;
        let page = self
            .tables
            .letters_of_ticket
            .page(self.store(), &ticket, None, Direction::Forward, MOST)
            .await?;
        let ids: Vec<LetterId> = page.rows.into_iter().map(|((_, id), _)| id).collect();
        let rows = self.tables.letters.get_many(self.store(), &ids).await?;
        Ok(rows.into_iter().flatten().map(|row| row.value).collect())
    }

    /// Writes a letter into the batch of its cause, due at once.
    pub(crate) async fn write_letter(
        &self,
        moment: &Moment,
        batch: &mut Batch,
        id: LetterId,
        draft: Draft,
    ) -> Result<(), Problem> {
        let composed = compose(&draft.outgoing)
            .map_err(|refusal| Problem::invalid("text", refusal.to_string()))?;
        let size = compose::rendered_size(&composed);
        let mut pieces = Vec::new();
        for piece in composed {
            pieces.push(match piece {
                compose::Piece::Bytes(bytes) => Piece::Stored {
                    size: bytes.len() as u64,
                    blob: (self.store().blobs())
                        .put(batch, Content::Memory(bytes))
                        .await?,
                },
                compose::Piece::Base64 { source, size } => Piece::Base64 {
                    blob: BlobId(source),
                    size,
                },
            });
        }
        let letter = Letter {
            id,
            kind: draft.kind,
            ticket: draft.ticket,
            number: draft.number,
            sequence: draft.sequence,
            message_id: draft.outgoing.message_id.to_string(),
            reverse_path: draft.reverse_path,
            from: shown(&draft.outgoing.from),
            subject: draft.outgoing.subject.clone(),
            recipients: (draft.recipients.into_iter().map(Recipient::new))
                .chain(
                    draft
                        .unreachable
                        .into_iter()
                        .map(|a| Recipient::unreachable(a, moment)),
                )
                .collect(),
            pieces,
            size,
            created: moment.now,
            due: Some(moment.now),
            tries: 0,
            lease: None,
        };
        self.tables.letters.insert(batch, &id, &letter);
        (self.tables.letters_due).put(batch, &(moment.now.as_millisecond(), id), &());
        (self.tables.letters_of_ticket).put(batch, &(letter.ticket, id), &());
        Ok(())
    }
}

/// The subject of a letter about a ticket: the same through the whole thread, so that mail
/// programs which sort by it keep the thread together.
pub(crate) fn reply_subject(subject: &str) -> String {
    let plain = subject.trim();
    let has_prefix = plain
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("re:"));
    if has_prefix {
        plain.to_owned()
    } else {
        format!("Re: {plain}")
    }
}

/// A Message-ID that we have just made is well formed.
pub(crate) fn own_id(text: &str) -> MessageId {
    text.parse()
        .expect("base32, dots and a domain of ours make a Message-ID")
}

/// A header of ours: its name is a constant, so it is well formed.
pub(crate) fn header(name: &str, value: impl Into<String>) -> (HeaderName, String) {
    let name = HeaderName::new(name).expect("our own header names are tokens");
    (name, value.into())
}

fn shown(mailbox: &compose::Mailbox) -> String {
    match &mailbox.name {
        Some(name) => format!("{name} <{}>", mailbox.address),
        None => mailbox.address.clone(),
    }
}
