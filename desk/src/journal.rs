//! The mail journal: one row for every SMTP transaction, taken or refused, with the rule that
//! decided. "Why did this mail not become a ticket?" is answered here.

use crate::{Desk, JournalId, Moment, Problem, TicketNumber};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use storage::{Batch, Record};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalRow {
    pub id: JournalId,
    pub at: Timestamp,
    /// The address of the client, or "deliver" for standard input.
    pub peer: String,
    pub helo: String,
    /// The reverse path; empty for the null sender.
    pub from: String,
    pub recipients: Vec<String>,
    pub accepted: bool,
    /// What the client was told.
    pub reply: String,
    /// Which step decided, and why.
    pub rule: String,
    pub ticket: Option<TicketNumber>,
    pub message_id: Option<String>,
    pub size: u64,
}

impl Record for JournalRow {
    const SCHEMA: u16 = 1;
}

/// A transaction that was refused in the dialogue, before intake saw a message.
#[derive(Debug, Clone, Default)]
pub struct Refused {
    pub peer: String,
    pub helo: String,
    pub from: String,
    pub recipients: Vec<String>,
    pub reply: String,
    pub rule: String,
    pub size: u64,
}

#[derive(Debug, Clone)]
pub struct JournalPage {
    pub rows: Vec<JournalRow>,
    pub next: Option<String>,
}

/// Text from a client is kept to this many characters.
const LONGEST: usize = 320;
const MOST_RECIPIENTS: usize = 100;

impl Desk {
    /// A page of the journal, newest first.
    pub async fn journal(&self, after: Option<&str>, limit: usize) -> Result<JournalPage, Problem> {
        let (rows, next) = self.newest(&self.tables.journal, after, limit).await?;
        Ok(JournalPage { rows, next })
    }

    /// Writes the row of a transaction that ended without a message.
    pub async fn journal_refused(&self, moment: &Moment, refused: Refused) -> Result<(), Problem> {
        let row = JournalRow {
            id: moment.id(),
            at: moment.now,
            peer: refused.peer,
            helo: refused.helo,
            from: refused.from,
            recipients: refused.recipients,
            accepted: false,
            reply: refused.reply,
            rule: refused.rule,
            ticket: None,
            message_id: None,
            size: refused.size,
        };
        let mut batch = Batch::new();
        self.write_journal(&mut batch, row);
        self.store().commit(batch).await?;
        Ok(())
    }

    pub(crate) fn write_journal(&self, batch: &mut Batch, mut row: JournalRow) {
        for text in [&mut row.helo, &mut row.from, &mut row.reply, &mut row.rule] {
            shorten(text);
        }
        row.recipients.truncate(MOST_RECIPIENTS);
        row.recipients.iter_mut().for_each(shorten);
        self.tables.journal.insert(batch, &row.id, &row);
    }
}

fn shorten(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
    }
}
