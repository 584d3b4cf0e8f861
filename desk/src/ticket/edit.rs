//! One change of one ticket, written as a whole: the record, its entries, its places in the queues
//! and their sizes, and the line in the change log.

use crate::change::What;
use crate::queue;
use crate::ticket::{Author, Entry, EntryBody, Event, Ticket};
use crate::{AgentId, Desk, Moment};
use storage::{Batch, Row};

/// A ticket being changed. Nothing is written before [`Edit::finish`]'s batch is committed.
pub(crate) struct Edit {
    before: Option<Row<Ticket>>,
    pub ticket: Ticket,
    pub batch: Batch,
    entries: Vec<Entry>,
}

impl Edit {
    /// Changes a ticket that exists.
    pub fn of(row: Row<Ticket>, batch: Batch) -> Self {
        Self {
            ticket: row.value.clone(),
            before: Some(row),
            batch,
            entries: Vec::new(),
        }
    }

    /// Makes a ticket.
    pub fn new(ticket: Ticket, batch: Batch) -> Self {
        Self {
            before: None,
            ticket,
            batch,
            entries: Vec::new(),
        }
    }

    /// Appends an entry and returns its sequence number.
    pub fn push(&mut self, moment: &Moment, author: Author, body: EntryBody) -> u32 {
        self.ticket.last_entry += 1;
        if !matches!(body, EntryBody::Event(_)) {
            self.ticket.entry_count += 1;
            self.ticket.last_word = self.ticket.last_entry;
        }
        self.entries.push(Entry {
            sequence: self.ticket.last_entry,
            created: moment.now,
            author,
            body,
        });
        self.ticket.last_entry
    }

    pub fn event(&mut self, moment: &Moment, author: Author, event: Event) {
        self.push(moment, author, EntryBody::Event(event));
    }

    /// The sequence number that the next [`Edit::push`] will give.
    pub fn next_sequence(&self) -> u32 {
        self.ticket.last_entry + 1
    }

    /// Everything as one batch, with the check that nobody changed the ticket meanwhile.
    pub fn finish(
        mut self,
        desk: &Desk,
        moment: &Moment,
        by: Option<AgentId>,
        what: What,
    ) -> (Batch, Ticket) {
        let tables = desk.tables;
        self.ticket.updated = moment.now;
        match &self.before {
            None => {
                (tables.tickets).insert(&mut self.batch, &self.ticket.id, &self.ticket);
                (tables.ticket_by_number).insert(
                    &mut self.batch,
                    &self.ticket.number,
                    &self.ticket.id,
                );
            }
            Some(row) => {
                (tables.tickets).replace(
                    &mut self.batch,
                    &self.ticket.id,
                    row.version,
                    &self.ticket,
                );
            }
        }
        for entry in &self.entries {
            let key = (self.ticket.id, entry.sequence);
            tables.entries.insert(&mut self.batch, &key, entry);
        }
        let before = self.before.as_ref().map(|row| &row.value);
        queue::move_ticket(tables, &mut self.batch, before, &self.ticket);
        desk.log_ticket(&mut self.batch, moment, by, &self.ticket, what);
        (self.batch, self.ticket)
    }
}
