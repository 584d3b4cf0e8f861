//! What a mail does: it opens a ticket, or it joins one.

use super::claims::Seen;
use super::route::Route;
use super::sender::{Sender, parse};
use super::thread::{Evidence, Place};
use super::{Accepted, Incoming, Letterbox};
use crate::change::What;
use crate::mail::{self, Attachment, Mail};
use crate::ticket::{Author, Edit, EntryBody, Event, Mailed, Split, Standing, Status};
use crate::{Desk, EmailAddress, Moment, Party, Problem, Ticket, TicketNumber};
use storage::{Batch, Row};

/// A batch that takes the mail in, and what it amounts to.
pub(super) struct Applied {
    pub batch: Batch,
    pub accepted: Accepted,
}

impl Desk {
    pub(super) async fn apply(
        &self,
        mail: &Incoming<'_>,
        prelude: Batch,
        route: &Route,
        place: Place,
    ) -> Result<Applied, Problem> {
        match place {
            Place::Known { row, evidence } => self.join(mail, prelude, *row, evidence).await,
            Place::New => self.open_ticket(mail, prelude, route).await,
        }
    }

    async fn open_ticket(
        &self,
        mail: &Incoming<'_>,
        prelude: Batch,
        route: &Route,
    ) -> Result<Applied, Problem> {
        let moment = mail.moment;
        let mut batch = prelude;
        let requester = self.party(moment, &mut batch, mail.sender).await?;
        let ticket = self
            .blank_ticket(moment, mail.at.mail, route, requester)
            .await?;
        let mut edit = Edit::new(ticket, batch);
        let author = Author::Party {
            party: edit.ticket.requester.clone(),
            standing: Standing::Participant,
        };
        let sequence = self.take_message(mail, &mut edit, author);
        self.copy_in(moment, mail.at.mail, &mut edit, true).await?;
        edit.refer(self, moment, &route.departments).await?;
        let mut rule = "thread: nothing it belongs to, so a new ticket".to_owned();
        let automatic = mail.automatic.as_deref();
        match self
            .may_acknowledge(moment, &mut edit.batch, &edit.ticket, route, automatic)
            .await?
        {
            Ok(()) => match self.acknowledge(mail, &mut edit, sequence).await {
                Ok(()) => {}
                // An address that no letter can be written to costs its receipt, never the mail.
                Err(why @ Problem::Invalid(_)) => {
                    rule.push_str(&format!("; not acknowledged: {why}"));
                }
                Err(trouble) => return Err(trouble),
            },
            Err(why) => rule.push_str(&format!("; not acknowledged: {why}")),
        }
        let (batch, ticket) = edit.finish(self, moment, None, What::TicketCreated);
        let accepted = Accepted {
            ticket: Some(ticket.number),
            rule,
        };
        Ok(Applied { batch, accepted })
    }

    async fn join(
        &self,
        mail: &Incoming<'_>,
        prelude: Batch,
        row: Row<Ticket>,
        evidence: Evidence,
    ) -> Result<Applied, Problem> {
        let moment = mail.moment;
        let mut edit = Edit::of(row, prelude);
        let standing = standing(mail.sender, &edit.ticket);
        let party = match standing {
            Standing::Participant => self.party(moment, &mut edit.batch, mail.sender).await?,
            // No user is made for somebody whom nobody has verified.
            Standing::ThirdParty | Standing::ClaimsAgent => Party {
                user: None,
                name: mail.sender.name.clone(),
                address: mail.sender.address.clone(),
            },
        };
        // Who only knows a number or somebody's Message-ID may have forged the requester's From, and
        // must not bring in whoever shall read the answers (SECURITY §3b, hijack of a thread).
        let by_requester = evidence.is_signed() && edit.ticket.requester.address == party.address;
        self.take_message(mail, &mut edit, Author::Party { party, standing });
        if standing == Standing::Participant && mail.automatic.is_none() {
            self.copy_in(moment, mail.at.mail, &mut edit, by_requester)
                .await?;
            edit.ticket.answered = false;
            if !edit.ticket.is_open() {
                edit.reopen(moment, Author::Desk);
            }
        }
        let (batch, ticket) = edit.finish(self, moment, None, What::MessageReceived);
        let mut rule = evidence.to_string();
        if let Some(reason) = &mail.automatic {
            rule.push_str(&format!("; automatic: {reason}"));
        }
        let accepted = Accepted {
            ticket: Some(ticket.number),
            rule,
        };
        Ok(Applied { batch, accepted })
    }

    /// Appends the mail as an entry, and claims what it is known by.
    fn take_message(&self, mail: &Incoming<'_>, edit: &mut Edit, author: Author) -> u32 {
        let mailed = mailed(mail.at);
        let participant = matches!(
            author,
            Author::Party {
                standing: Standing::Participant,
                ..
            }
        );
        let snippet = snippet(&mailed.text);
        let body = EntryBody::Message(Box::new(mailed));
        let sequence = edit.push(mail.moment, author, body);
        if participant {
            edit.ticket.snippet = snippet;
            edit.follow(mail.at.mail);
        }
        let seen = Seen {
            ticket: edit.ticket.id,
            sequence,
            at: mail.moment.now,
        };
        self.claim(&mut edit.batch, mail.at, mail.known, seen);
        sequence
    }

    async fn acknowledge(
        &self,
        mail: &Incoming<'_>,
        edit: &mut Edit,
        sequence: u32,
    ) -> Result<(), Problem> {
        let answers = mail.at.mail.message_id.as_ref();
        let letter = self
            .write_acknowledgement(
                mail.moment,
                &mut edit.batch,
                &edit.ticket,
                sequence,
                answers,
            )
            .await?;
        if let (Some(letter), Some(to)) = (letter, edit.ticket.requester.address.clone()) {
            let event = Event::Acknowledged { to, letter };
            edit.event(mail.moment, Author::Desk, event);
        }
        Ok(())
    }

    /// FEATURES IN-24, IN-25: who is in To and Cc becomes a collaborator; enabled only when the
    /// requester surely brought them in. Never our own addresses, never agents.
    async fn copy_in(
        &self,
        moment: &Moment,
        mail: &Mail,
        edit: &mut Edit,
        active: bool,
    ) -> Result<(), Problem> {
        for (name, address) in mail.to.iter().chain(&mail.cc).filter_map(parse) {
            let full = edit.ticket.collaborators.len() >= crate::ticket::MOST_COLLABORATORS;
            if full
                || edit.ticket.has_participant(&address)
                || self.is_own_address(&address).await?
                || self.agent_by_email(&address).await?.is_some()
            {
                continue;
            }
            let party = self
                .find_or_make_user(moment, &mut edit.batch, name.as_deref(), &address)
                .await?;
            edit.add_collaborator(moment, Author::Desk, party, active);
        }
        Ok(())
    }

    async fn party(
        &self,
        moment: &Moment,
        batch: &mut Batch,
        sender: &Sender,
    ) -> Result<Party, Problem> {
        match &sender.address {
            None => Ok(Party::NOBODY),
            Some(address) => {
                self.find_or_make_user(moment, batch, sender.name.as_deref(), address)
                    .await
            }
        }
    }

    async fn blank_ticket(
        &self,
        moment: &Moment,
        mail: &Mail,
        route: &Route,
        requester: Party,
    ) -> Result<Ticket, Problem> {
        let mailbox = route
            .mailboxes
            .first()
            .ok_or(Problem::NotFound("address"))?;
        let department = route.departments.first();
        Ok(Ticket {
            id: moment.id(),
            number: self.free_number(moment).await?,
            subject: subject_of(mail),
            status: Status::Open,
            department: *department.unwrap_or(&mailbox.address.department),
            referred: Vec::new(),
            requester,
            assignee: None,
            collaborators: Vec::new(),
            address: mailbox.address.id,
            created: moment.now,
            updated: moment.now,
            entry_count: 0,
            last_entry: 0,
            last_word: 0,
            answered: false,
            snippet: String::new(),
            thread: Vec::new(),
            answers: None,
        })
    }

    /// A random number that no ticket has; longer ones when the short ones run out.
    async fn free_number(&self, moment: &Moment) -> Result<TicketNumber, Problem> {
        const SHORTEST: u32 = 6;
        const LONGEST: u32 = 18;
        let mut number = TicketNumber::drawn(|bound| moment.below(bound), SHORTEST);
        for digits in SHORTEST..=LONGEST {
            number = TicketNumber::drawn(|bound| moment.below(bound), digits);
            let taken = (self.tables.ticket_by_number).get(self.store(), &number);
            if taken.await?.is_none() {
                break;
            }
        }
        Ok(number)
    }
}

impl Edit {
    /// Takes the mail into the chain of Message-IDs that our next letter refers to.
    fn follow(&mut self, mail: &Mail) {
        let Some(id) = &mail.message_id else {
            return;
        };
        for reference in &mail.references {
            if !self.ticket.thread.contains(reference) {
                self.ticket.continue_thread(reference);
            }
        }
        self.ticket.continue_thread(id);
        self.ticket.answers = Some(id.clone());
    }
}

fn standing(sender: &Sender, ticket: &Ticket) -> Standing {
    let takes_part = |address: &EmailAddress| ticket.has_participant(address);
    if sender.address.as_ref().is_some_and(takes_part) {
        Standing::Participant
    } else if sender.claims_agent {
        Standing::ClaimsAgent
    } else {
        Standing::ThirdParty
    }
}

fn subject_of(mail: &Mail) -> String {
    let subject = mail.subject.as_deref().map(str::trim);
    (subject.filter(|s| !s.is_empty()))
        .unwrap_or("(no subject)")
        .to_owned()
}

/// The entry's record of a mail. Every list and text in it is bounded, so that the record stays
/// below what the store takes (`storage::batch::MAX_VALUE`) whatever the mail holds.
pub(super) fn mailed(at: &Letterbox<'_>) -> Mailed {
    let mail = at.mail;
    Mailed {
        via: at.arrival.via,
        raw: at.raw,
        size: at.arrival.size,
        trace: at.arrival.trace.clone(),
        message_id: mail.message_id.as_ref().map(|id| id.to_string()),
        subject: mail.subject.clone(),
        from: shown(&mail.from),
        to: shown(&mail.to),
        cc: shown(&mail.cc),
        text: split(mail),
        has_html: mail.html.is_some(),
        attachments: kept(&mail.attachments),
        kind: mail.kind,
        reason: mail.reason.clone(),
        unreadable: mail.unreadable.clone(),
    }
}

fn shown(addresses: &[mail::Address]) -> Vec<String> {
    const MOST: usize = 200;
    const MOST_BYTES: usize = 48 * 1024;
    within(
        addresses.iter().take(MOST).map(show),
        MOST_BYTES,
        String::len,
    )
}

/// The files that the page offers; the raw message has them all.
fn kept(attachments: &[Attachment]) -> Vec<Attachment> {
    const MOST: usize = 500;
    const MOST_BYTES: usize = 320 * 1024;
    /// Of the numbers and the hash of one.
    const FIXED: usize = 96;
    within(attachments.iter().take(MOST).cloned(), MOST_BYTES, |one| {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        FIXED + one.kind.len() + text(&one.name) + text(&one.cid)
    })
}

/// The first ones, as many as fit.
fn within<T>(all: impl Iterator<Item = T>, room: usize, size: impl Fn(&T) -> usize) -> Vec<T> {
    let mut used = 0;
    all.take_while(|one| {
        used += size(one);
        used <= room
    })
    .collect()
}

fn show(address: &mail::Address) -> String {
    match (&address.name, &address.address) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (None, Some(one)) | (Some(one), None) => one.clone(),
        (None, None) => String::new(),
    }
}

/// The text, bounded so that a record stays a record; the raw message has the rest.
fn split(mail: &Mail) -> Split {
    const LONGEST: usize = 160 * 1024;
    let mut split = Split {
        new: mail.reply.new.clone(),
        signature: mail.reply.signature.clone(),
        quoted: mail.reply.quoted.clone(),
        cut: false,
    };
    for part in [&mut split.new, &mut split.signature, &mut split.quoted] {
        if part.len() > LONGEST {
            let end = part.floor_char_boundary(LONGEST);
            part.truncate(end);
            split.cut = true;
        }
    }
    split
}

/// The first words on one line.
fn snippet(text: &Split) -> String {
    const LENGTH: usize = 160;
    let mut line = String::new();
    for word in text.new.split_whitespace() {
        if line.chars().count() >= LENGTH {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(LENGTH));
    }
    line
}
