//! What a mail does: it opens a ticket, or it joins one.

use super::claims::Seen;
use super::route::Route;
use super::sender::{Sender, parse};
use super::thread::{Evidence, Place};
use super::{Accepted, Letterbox};
use crate::change::What;
use crate::mail::{self, Mail};
use crate::ticket::{Author, Edit, EntryBody, Event, Mailed, Split, Standing, Status};
use crate::{Desk, EmailAddress, Moment, Party, Problem, Ticket, TicketNumber};
use storage::{Batch, Row};

/// A batch that takes the mail in, and what it amounts to.
pub(super) struct Applied {
    pub batch: Batch,
    pub accepted: Accepted,
}

impl Desk {
    #[expect(clippy::too_many_arguments, reason = "each is the result of one step")]
    pub(super) async fn apply(
        &self,
        moment: &Moment,
        at: &Letterbox<'_>,
        prelude: Batch,
        sender: &Sender,
        route: &Route,
        place: Place,
        automatic: Option<String>,
    ) -> Result<Applied, Problem> {
        match place {
            Place::Known { row, evidence } => {
                self.join(moment, at, prelude, sender, *row, evidence, automatic)
                    .await
            }
            Place::New => {
                self.open_ticket(moment, at, prelude, sender, route, automatic)
                    .await
            }
        }
    }

    async fn open_ticket(
        &self,
        moment: &Moment,
        at: &Letterbox<'_>,
        prelude: Batch,
        sender: &Sender,
        route: &Route,
        automatic: Option<String>,
    ) -> Result<Applied, Problem> {
        let mut batch = prelude;
        let requester = self.party(moment, &mut batch, sender).await?;
        let ticket = self.blank_ticket(moment, at.mail, route, requester).await?;
        let mut edit = Edit::new(ticket, batch);
        let author = Author::Party {
            party: edit.ticket.requester.clone(),
            standing: Standing::Participant,
        };
        let sequence = self.take_message(moment, at, &mut edit, author).await?;
        self.copy_in(moment, at.mail, &mut edit, true).await?;
        edit.refer(self, moment, &route.departments).await?;
        let mut rule = "thread: nothing it belongs to, so a new ticket".to_owned();
        let may = self
            .may_acknowledge(
                moment,
                &mut edit.batch,
                &edit.ticket,
                route,
                automatic.as_deref(),
            )
            .await?;
        match may {
            Ok(()) => self.acknowledge(moment, at, &mut edit, sequence).await?,
            Err(why) => rule.push_str(&format!("; not acknowledged: {why}")),
        }
        let (batch, ticket) = edit.finish(self, moment, None, What::TicketCreated);
        let accepted = Accepted {
            ticket: Some(ticket.number),
            rule,
        };
        Ok(Applied { batch, accepted })
    }

    #[expect(clippy::too_many_arguments, reason = "each is the result of one step")]
    async fn join(
        &self,
        moment: &Moment,
        at: &Letterbox<'_>,
        prelude: Batch,
        sender: &Sender,
        row: Row<Ticket>,
        evidence: Evidence,
        automatic: Option<String>,
    ) -> Result<Applied, Problem> {
        let mut edit = Edit::of(row, prelude);
        let standing = standing(sender, &edit.ticket);
        let party = match standing {
            Standing::Participant => self.party(moment, &mut edit.batch, sender).await?,
            // No user is made for somebody whom nobody has verified.
            Standing::ThirdParty | Standing::ClaimsAgent => Party {
                user: None,
                name: sender.name.clone(),
                address: sender.address.clone(),
            },
        };
        let by_requester = edit.ticket.requester.address == party.address;
        let author = Author::Party { party, standing };
        self.take_message(moment, at, &mut edit, author).await?;
        if standing == Standing::Participant && automatic.is_none() {
            self.copy_in(moment, at.mail, &mut edit, by_requester)
                .await?;
            edit.ticket.answered = false;
            if !edit.ticket.is_open() {
                edit.reopen(moment, Author::Desk);
            }
        }
        let (batch, ticket) = edit.finish(self, moment, None, What::MessageReceived);
        let mut rule = evidence.to_string();
        if let Some(reason) = automatic {
            rule.push_str(&format!("; automatic: {reason}"));
        }
        let accepted = Accepted {
            ticket: Some(ticket.number),
            rule,
        };
        Ok(Applied { batch, accepted })
    }

    /// Appends the mail as an entry, and claims what it is known by.
    async fn take_message(
        &self,
        moment: &Moment,
        at: &Letterbox<'_>,
        edit: &mut Edit,
        author: Author,
    ) -> Result<u32, Problem> {
        let mailed = mailed(at);
        edit.ticket.snippet = snippet(&mailed.text);
        let trusted = matches!(
            author,
            Author::Party {
                standing: Standing::Participant,
                ..
            }
        );
        let sequence = edit.push(moment, author, EntryBody::Message(Box::new(mailed)));
        if let (true, Some(id)) = (trusted, &at.mail.message_id) {
            for reference in &at.mail.references {
                edit.ticket.continue_thread(reference);
            }
            edit.ticket.continue_thread(id);
            edit.ticket.answers = Some(id.clone());
        }
        let seen = Seen {
            ticket: edit.ticket.id,
            sequence,
            at: moment.now,
        };
        self.claim(&mut edit.batch, at.mail, seen).await?;
        Ok(sequence)
    }

    async fn acknowledge(
        &self,
        moment: &Moment,
        at: &Letterbox<'_>,
        edit: &mut Edit,
        sequence: u32,
    ) -> Result<(), Problem> {
        let answers = at.mail.message_id.as_ref();
        let letter = self
            .write_acknowledgement(moment, &mut edit.batch, &edit.ticket, sequence, answers)
            .await?;
        if let (Some(letter), Some(to)) = (letter, edit.ticket.requester.address.clone()) {
            edit.event(moment, Author::Desk, Event::Acknowledged { to, letter });
        }
        Ok(())
    }

    /// FEATURES IN-24, IN-25: who is in To and Cc becomes a collaborator; enabled only when the
    /// requester brought them in. Never our own addresses, never agents.
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

/// The entry's record of a mail.
pub(super) fn mailed(at: &Letterbox<'_>) -> Mailed {
    const MOST_ATTACHMENTS: usize = 500;
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
        attachments: mail
            .attachments
            .iter()
            .take(MOST_ATTACHMENTS)
            .cloned()
            .collect(),
        kind: mail.kind,
        reason: mail.reason.clone(),
        unreadable: mail.unreadable.clone(),
    }
}

fn shown(addresses: &[mail::Address]) -> Vec<String> {
    const MOST: usize = 200;
    addresses.iter().take(MOST).map(show).collect()
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
