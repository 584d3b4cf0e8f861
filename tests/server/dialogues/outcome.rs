//! What a desk holds, in lines a person can agree with. Ticket numbers are random, so tickets are
//! called #1, #2 and so on in the order they were made.

use std::fmt::Write;

use desk::journal::JournalRow;
use desk::letter::{Letter, LetterKind};
use desk::ticket::{Author, Entry, EntryBody, Event, Mailed, Standing};
use desk::{Ticket, TicketNumber};
use regex::Regex;

use crate::harness::Server;

pub async fn of(server: &Server) -> String {
    let tickets = server.tickets().await;
    let names = server.desk.names().await.expect("names");
    let mut out = String::new();
    for ticket in &tickets {
        let shown = desk::present::ticket(ticket, &names);
        let word = |field: &str| shown[field].as_str().unwrap_or("nobody").to_owned();
        line(
            &mut out,
            0,
            &format!(
                "#{} {} in {}, from {}: {}",
                ticket.number,
                word("status"),
                word("department"),
                word("requester"),
                ticket.subject
            ),
        );
        if let Some(others) = others(&shown) {
            line(&mut out, 2, &others);
        }
        let entries = server
            .desk
            .entries(ticket.id, None, 1_000)
            .await
            .expect("entries");
        for entry in &entries {
            line(&mut out, 2, &told(entry));
        }
    }
    for letter in server.letters().await {
        line(&mut out, 0, &sent(&letter));
    }
    let mut journal = server
        .desk
        .journal(None, 1_000)
        .await
        .expect("a journal")
        .rows;
    journal.reverse();
    for row in &journal {
        line(&mut out, 0, &logged(row));
    }
    renumber(out, &tickets)
}

fn line(out: &mut String, indent: usize, text: &str) {
    writeln!(out, "{:indent$}{text}", "").expect("a string takes text");
}

/// Who else sees the ticket.
fn others(shown: &serde_json::Value) -> Option<String> {
    let mut parts = Vec::new();
    for department in shown["referred"].as_array().into_iter().flatten() {
        parts.push(format!(
            "also in {}",
            department.as_str().unwrap_or_default()
        ));
    }
    for party in shown["collaborators"].as_array().into_iter().flatten() {
        let active = if party["active"] == true {
            ""
        } else {
            " (disabled)"
        };
        parts.push(format!(
            "with {}{active}",
            party["address"].as_str().unwrap_or_default()
        ));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn told(entry: &Entry) -> String {
    let (who, standing) = match &entry.author {
        Author::Party { party, standing } => (
            party.to_string(),
            match standing {
                Standing::Participant => "",
                Standing::ThirdParty => " (third party)",
                Standing::ClaimsAgent => " (claims to be an agent)",
            },
        ),
        Author::Agent { name, .. } => (name.clone(), ""),
        Author::Desk => ("the desk".to_owned(), ""),
    };
    match &entry.body {
        EntryBody::Message(mailed) => format!("message from {who}{standing}: {}", message(mailed)),
        EntryBody::Reply(written) => format!("reply from {who}: {}", short(&written.text)),
        EntryBody::Note(written) => format!("note from {who}: {}", short(&written.text)),
        EntryBody::Event(event) => happened(event),
    }
}

fn message(mailed: &Mailed) -> String {
    let mut text = short(&mailed.text.new);
    for attachment in &mailed.attachments {
        let name = attachment.name.as_deref().unwrap_or("unnamed");
        write!(text, " [{name}, {}, {}]", attachment.kind, attachment.size).expect("text");
    }
    if let Some(why) = &mailed.unreadable {
        write!(text, " (unreadable: {why})").expect("text");
    }
    text
}

fn happened(event: &Event) -> String {
    match event {
        Event::Acknowledged { to, .. } => format!("acknowledged to {to}"),
        Event::NotDelivered { recipient, reason } => {
            format!("not delivered to {recipient}: {}", short(reason))
        }
        Event::CollaboratorAdded { who, active: true } => format!("{who} takes part"),
        Event::CollaboratorAdded { who, active: false } => format!("{who} could take part"),
        Event::Referred { to } => format!("referred to {to}"),
        Event::Closed => "closed".to_owned(),
        Event::Reopened => "reopened".to_owned(),
        other => format!("{other:?}"),
    }
}

fn sent(letter: &Letter) -> String {
    let kind = match letter.kind {
        LetterKind::Answer => "answer",
        LetterKind::Acknowledgement => "receipt",
    };
    let to: Vec<&str> = letter
        .recipients
        .iter()
        .map(|to| to.address.as_str())
        .collect();
    format!(
        "{kind} from {} to {}: {}",
        letter.from,
        to.join(", "),
        letter.subject
    )
}

fn logged(row: &JournalRow) -> String {
    let from = if row.from.is_empty() {
        "nobody"
    } else {
        &row.from
    };
    let verdict = match (&row.ticket, row.accepted) {
        (Some(number), _) => format!("#{number}"),
        (None, true) => "taken".to_owned(),
        (None, false) => format!("refused with {:?}", row.reply),
    };
    format!("mail from {from}: {verdict}, {}", row.rule)
}

/// The first line of a text, if it is long not all of it.
fn short(text: &str) -> String {
    const MOST: usize = 70;
    let first = text.lines().next().unwrap_or_default();
    let mut shown: String = first.chars().take(MOST).collect();
    if text.trim_end().len() > shown.len() {
        shown.push_str(" …");
    }
    format!("{shown:?}")
}

fn renumber(text: String, tickets: &[Ticket]) -> String {
    let numbers = tickets
        .iter()
        .map(|ticket: &Ticket| -> &TicketNumber { &ticket.number });
    let renumbered = numbers.enumerate().fold(text, |text, (at, number)| {
        text.replace(number.as_str(), &(at + 1).to_string())
    });
    // What we sign is different each time.
    let signed = Regex::new(r"\+[tb][0-9a-zA-Z-]{10,}@").expect("a pattern");
    signed.replace_all(&renumbered, "+SIGNED@").into_owned()
}
