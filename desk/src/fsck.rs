//! Checks that the store says one thing: what indexes point at exists, what exists is indexed,
//! sizes are what a count gives, raw mail is there and whole. Reads everything, changes nothing.

use crate::letter::Piece;
use crate::queue::{Size, places_of};
use crate::ticket::{EntryBody, Ticket};
use crate::{Desk, Problem, TicketId};
use std::collections::BTreeMap;
use storage::{BlobId, Cursor, Direction, Key, Record, Row, Table};

/// What was counted and what is wrong. No findings: the store is clean.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    pub tickets: u64,
    pub entries: u64,
    pub letters: u64,
    pub blobs: u64,
    pub problems: Vec<String>,
}

const PAGE: usize = 500;
/// Nobody reads more than this; the count still tells.
const MOST_PROBLEMS: usize = 1_000;
const LOOKS: usize = 3;

impl Desk {
    /// On a desk that is at work a scan sees one record before a change and another after it. So
    /// what looks wrong is looked at again, and counts only when it looks just as wrong each time.
    pub async fn fsck(&self) -> Result<Findings, Problem> {
        let mut findings = self.look_once().await?;
        for _ in 1..LOOKS {
            if findings.problems.is_empty() {
                break;
            }
            let suspected = findings.problems;
            findings = self.look_once().await?;
            (findings.problems).retain(|problem| suspected.contains(problem));
        }
        Ok(findings)
    }

    async fn look_once(&self) -> Result<Findings, Problem> {
        let mut findings = Findings::default();
        let mut sizes = BTreeMap::new();
        self.check_tickets(&mut findings, &mut sizes).await?;
        self.check_queue(&mut findings).await?;
        self.check_sizes(&mut findings, &sizes).await?;
        self.check_entries(&mut findings).await?;
        self.check_letters(&mut findings).await?;
        self.check_indexes(&mut findings).await?;
        self.check_blobs(&mut findings).await?;
        Ok(findings)
    }

    async fn check_tickets(
        &self,
        findings: &mut Findings,
        sizes: &mut BTreeMap<Size, i64>,
    ) -> Result<(), Problem> {
        let tables = self.tables;
        let mut walk = Walk::new(&tables.tickets);
        while let Some(rows) = walk.next(self, findings).await? {
            for (id, row) in rows {
                let ticket = &row.value;
                findings.tickets += 1;
                let number = (tables.ticket_by_number)
                    .get(self.store(), &ticket.number)
                    .await?;
                if number.map(|row| row.value) != Some(id) {
                    findings.add(format!(
                        "ticket {}: its number leads elsewhere",
                        ticket.number
                    ));
                }
                for place in places_of(ticket) {
                    *sizes.entry(place.list).or_default() += 1;
                    if tables.queue.get(self.store(), &place).await?.is_none() {
                        findings.add(format!("ticket {}: missing in a queue", ticket.number));
                    }
                }
                self.check_sequence(findings, ticket).await?;
            }
        }
        Ok(())
    }

    async fn check_sequence(
        &self,
        findings: &mut Findings,
        ticket: &Ticket,
    ) -> Result<(), Problem> {
        let (mut last, mut words) = (0, 0);
        loop {
            let page = self
                .entries(ticket.id, (last > 0).then_some(last), PAGE)
                .await?;
            for entry in &page {
                if entry.sequence != last + 1 {
                    findings.add(format!(
                        "ticket {}: entry {} is missing",
                        ticket.number,
                        last + 1
                    ));
                }
                last = entry.sequence;
                words += u32::from(!matches!(entry.body, EntryBody::Event(_)));
            }
            if page.len() < PAGE {
                break;
            }
        }
        if last != ticket.last_entry || words != ticket.entry_count {
            findings.add(format!(
                "ticket {}: says {} entries up to {}, has {words} up to {last}",
                ticket.number, ticket.entry_count, ticket.last_entry
            ));
        }
        Ok(())
    }

    async fn check_queue(&self, findings: &mut Findings) -> Result<(), Problem> {
        let mut walk = Walk::new(&self.tables.queue);
        while let Some(rows) = walk.next(self, findings).await? {
            for (place, _) in rows {
                let ticket = self.ticket(place.ticket).await?;
                if !ticket.is_some_and(|t| places_of(&t).contains(&place)) {
                    findings.add(format!("queue: a place that ticket {} left", place.ticket));
                }
            }
        }
        Ok(())
    }

    async fn check_sizes(
        &self,
        findings: &mut Findings,
        sizes: &BTreeMap<Size, i64>,
    ) -> Result<(), Problem> {
        for (list, &counted) in sizes {
            let kept = self.queue_size(list.scope, list.view).await?;
            if kept != counted {
                findings.add(format!(
                    "queue: size of {list:?} is {kept}, counted {counted}"
                ));
            }
        }
        Ok(())
    }

    async fn check_entries(&self, findings: &mut Findings) -> Result<(), Problem> {
        let mut walk = Walk::new(&self.tables.entries);
        while let Some(rows) = walk.next(self, findings).await? {
            for ((ticket, sequence), row) in rows {
                findings.entries += 1;
                let place = format!("entry {sequence} of {ticket}");
                if self.ticket(ticket).await?.is_none() {
                    findings.add(format!("{place}: its ticket is gone"));
                }
                match row.value.body {
                    EntryBody::Message(mailed) => {
                        self.need_blob(findings, &mailed.raw, &place).await?;
                    }
                    EntryBody::Reply(written) | EntryBody::Note(written) => {
                        for upload in written.uploads {
                            self.need_blob(findings, &upload.blob, &place).await?;
                        }
                        if let Some(letter) = written.letter
                            && self.letter(letter).await?.is_none()
                        {
                            findings.add(format!("{place}: its letter is gone"));
                        }
                    }
                    EntryBody::Event(_) => {}
                }
            }
        }
        Ok(())
    }

    async fn check_letters(&self, findings: &mut Findings) -> Result<(), Problem> {
        let tables = self.tables;
        let mut walk = Walk::new(&tables.letters);
        while let Some(rows) = walk.next(self, findings).await? {
            for (id, row) in rows {
                findings.letters += 1;
                let letter = row.value;
                let place = format!("letter {id}");
                if self.entry(letter.ticket, letter.sequence).await?.is_none() {
                    findings.add(format!("{place}: its cause is gone"));
                }
                for piece in &letter.pieces {
                    let (Piece::Stored { blob, .. } | Piece::Base64 { blob, .. }) = piece;
                    self.need_blob(findings, blob, &place).await?;
                }
                if let Some(due) = letter.due {
                    let key = (due.as_millisecond(), id);
                    if tables.letters_due.get(self.store(), &key).await?.is_none() {
                        findings.add(format!("{place}: waits, but stands in no queue"));
                    }
                }
            }
        }
        let mut walk = Walk::new(&tables.letters_due);
        while let Some(rows) = walk.next(self, findings).await? {
            for ((at, id), _) in rows {
                let due = self.letter(id).await?.and_then(|letter| letter.due);
                if due.map(|due| due.as_millisecond()) != Some(at) {
                    findings.add(format!("outbox: letter {id} is not due then"));
                }
            }
        }
        Ok(())
    }

    /// Indexes by number, fingerprint and address point at what exists.
    async fn check_indexes(&self, findings: &mut Findings) -> Result<(), Problem> {
        let tables = self.tables;
        let mut walk = Walk::new(&tables.ticket_by_number);
        while let Some(rows) = walk.next(self, findings).await? {
            for (number, row) in rows {
                if self.ticket(row.value).await?.is_none() {
                    findings.add(format!("number {number}: its ticket is gone"));
                }
            }
        }
        let mut walk = Walk::new(&tables.fingerprints);
        while let Some(rows) = walk.next(self, findings).await? {
            for (_, row) in rows {
                let (ticket, sequence): (TicketId, u32) = (row.value.ticket, row.value.sequence);
                if self.entry(ticket, sequence).await?.is_none() {
                    findings.add(format!("fingerprint of entry {sequence} of {ticket}: gone"));
                }
            }
        }
        let mut walk = Walk::new(&tables.user_by_email);
        while let Some(rows) = walk.next(self, findings).await? {
            for (email, row) in rows {
                if self.user(row.value).await?.is_none() {
                    findings.add(format!("user {email}: gone"));
                }
            }
        }
        Ok(())
    }

    async fn check_blobs(&self, findings: &mut Findings) -> Result<(), Problem> {
        let verification = self.store().verify().await?;
        findings.blobs = verification.blobs_inside + verification.blobs_outside;
        for problem in verification.damaged {
            findings.add(problem);
        }
        Ok(())
    }

    async fn need_blob(
        &self,
        findings: &mut Findings,
        blob: &BlobId,
        place: &str,
    ) -> Result<(), Problem> {
        if self.store().blobs().size(blob).await?.is_none() {
            findings.add(format!("{place}: blob {blob} is missing"));
        }
        Ok(())
    }
}

impl Findings {
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    fn add(&mut self, problem: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }
}

/// A walk through a whole table, page by page.
struct Walk<K: 'static, V: 'static> {
    table: &'static Table<K, V>,
    cursor: Option<Cursor>,
    done: bool,
}

impl<K: Key, V: Record> Walk<K, V> {
    fn new(table: &'static Table<K, V>) -> Self {
        Self {
            table,
            cursor: None,
            done: false,
        }
    }

    async fn next(
        &mut self,
        desk: &Desk,
        findings: &mut Findings,
    ) -> Result<Option<Vec<(K, Row<V>)>>, Problem> {
        if self.done {
            return Ok(None);
        }
        let page = self
            .table
            .page(
                desk.store(),
                &(),
                self.cursor.as_ref(),
                Direction::Forward,
                PAGE,
            )
            .await?;
        if page.damaged > 0 {
            findings.add(format!("{} damaged records in a table", page.damaged));
        }
        self.cursor = page.next;
        self.done = self.cursor.is_none();
        Ok(Some(page.rows))
    }
}
