//! One entry of a conversation as it is shown: who, to whom, in which words,
//! with which files, and what became of it on its way.

use desk::letter::Letter as Sent;
use desk::mail::linkify::text_to_html;
use desk::mail::{Kind as MailKind, markup};
use desk::ticket::{Author, Event, Mailed, Standing, Written};
use desk::{EntryBody, Ticket};

use crate::download;
use crate::outbox;
use crate::page::initials;
use crate::raw;
use crate::state::WebState;
use crate::ticket::page::{Badge, Body, Entry, File, Frame, Kind, Letter};
use crate::when;

pub fn entry(web: &WebState, ticket: &Ticket, sent: &[Sent], entry: &desk::Entry) -> Entry {
    let author = author(&entry.author);
    let place = format!("/tickets/{}/entries/{}", ticket.number, entry.sequence);
    let body = match &entry.body {
        EntryBody::Event(event) => Body::Event {
            text: happened(&author, event),
        },
        EntryBody::Message(mailed) => {
            Body::Letter(Box::new(message(ticket, entry, mailed, author, &place)))
        }
        EntryBody::Reply(written) => {
            Body::Letter(Box::new(answer(web, sent, written, author, &place)))
        }
        EntryBody::Note(written) => Body::Letter(Box::new(Letter {
            kind: Kind::Note,
            ..by_agent(written, author, &place)
        })),
    };
    Entry {
        sequence: entry.sequence,
        at: when::minute(web.now(), entry.created, &web.zone),
        at_iso: when::iso(entry.created),
        fresh: false,
        body,
    }
}

fn author(author: &Author) -> String {
    match author {
        Author::Party { party, .. } => party.label(),
        Author::Agent { name, .. } => name.clone(),
        Author::Desk => "The desk".into(),
    }
}

fn message(
    ticket: &Ticket,
    entry: &desk::Entry,
    mailed: &Mailed,
    author: String,
    place: &str,
) -> Letter {
    let (address, standing) = match &entry.author {
        Author::Party { party, standing } => (
            party.address.as_ref().map(ToString::to_string),
            Some(*standing),
        ),
        Author::Agent { .. } | Author::Desk => (None, None),
    };
    let claims = standing == Some(Standing::ClaimsAgent);
    Letter {
        // Kept as a note, never sent on (DESIGN §4).
        kind: if claims { Kind::Note } else { Kind::Message },
        initials: initials(&author),
        address: address.filter(|address| *address != author),
        badges: badges(standing, mailed),
        addressed: addressed(mailed),
        warning: warning(standing, mailed),
        subject: mailed
            .subject
            .clone()
            .filter(|subject| bare(subject) != bare(&ticket.subject)),
        frame: mailed.has_html.then(|| Frame {
            href: format!("{place}/html"),
            first: formatted_first(mailed),
        }),
        text: words(&mailed.text.new, mailed.text.cut),
        quoted: some_html(&mailed.text.quoted),
        signature: some_html(&mailed.text.signature),
        attachments: attachments(mailed, place),
        delivery: Vec::new(),
        tools: vec![
            ("Source", format!("{place}/source")),
            ("Headers", format!("{place}/headers")),
        ],
        author,
    }
}

fn answer(web: &WebState, sent: &[Sent], written: &Written, author: String, place: &str) -> Letter {
    let mut letter = by_agent(written, author, place);
    if let Some(sent) = sent.iter().find(|sent| Some(sent.id) == written.letter) {
        letter.delivery = sent
            .recipients
            .iter()
            .map(|one| outbox::delivery(web, sent, one))
            .collect();
        letter
            .tools
            .push(("Letter", format!("/outbox/{}", sent.id)));
    }
    letter
}

fn by_agent(written: &Written, author: String, place: &str) -> Letter {
    let file = |(index, upload): (usize, &desk::ticket::Upload)| {
        file(place, index, &upload.name, upload.size)
    };
    Letter {
        kind: Kind::Reply,
        initials: initials(&author),
        author,
        address: None,
        badges: Vec::new(),
        addressed: Vec::new(),
        warning: None,
        subject: None,
        frame: None,
        text: markup::render(&written.text).html,
        quoted: None,
        signature: None,
        attachments: written.uploads.iter().enumerate().map(file).collect(),
        delivery: Vec::new(),
        tools: Vec::new(),
    }
}

fn badges(standing: Option<Standing>, mailed: &Mailed) -> Vec<Badge> {
    let mut badges = Vec::new();
    match standing {
        Some(Standing::ThirdParty) => badges.push(Badge {
            text: "unverified third party",
            tone: "warn",
            why: "Takes no part in this ticket, but knew how to answer it",
        }),
        Some(Standing::ClaimsAgent) => badges.push(Badge {
            text: "unverified",
            tone: "warn",
            why: "Writes under the address of an agent, without proof",
        }),
        Some(Standing::Participant) | None => {}
    }
    let kind = match mailed.kind {
        MailKind::Human => return badges,
        MailKind::AutoReply => "automatic reply",
        MailKind::AutoGenerated => "automatic",
        MailKind::Bounce => "delivery report",
        MailKind::Complaint => "complaint",
        MailKind::List => "mailing list",
    };
    badges.push(Badge {
        text: kind,
        tone: "",
        why: "Known by signs in the headers of the mail",
    });
    badges
}

fn warning(standing: Option<Standing>, mailed: &Mailed) -> Option<String> {
    if let Some(why) = &mailed.unreadable {
        return Some(format!(
            "Not all of this mail could be read ({why}). Its source is complete."
        ));
    }
    match standing? {
        Standing::Participant => None,
        Standing::ThirdParty => Some("The sender takes no part in this ticket. Add them as a collaborator if they should get your answers.".into()),
        Standing::ClaimsAgent => Some("This mail claims to come from an agent, without proof. It was kept as a note and not sent on.".into()),
    }
}

fn addressed(mailed: &Mailed) -> Vec<(&'static str, String)> {
    let line = |name, list: &Vec<String>| (!list.is_empty()).then(|| (name, list.join(", ")));
    [line("To", &mailed.to), line("Cc", &mailed.cc)]
        .into_iter()
        .flatten()
        .collect()
}

/// The plain text is shown first, since its quotations fold; unless there is
/// none, or the mail shows pictures in its text.
fn formatted_first(mailed: &Mailed) -> bool {
    mailed.text.new.trim().is_empty()
        || mailed
            .attachments
            .iter()
            .any(|file| file.inline && file.cid.is_some())
}

/// Files to download. Pictures within the text are in the formatted view.
fn attachments(mailed: &Mailed, place: &str) -> Vec<File> {
    let beside = |file: &&(usize, &desk::mail::Attachment)| {
        !(mailed.has_html && file.1.inline && file.1.cid.is_some())
    };
    let all: Vec<_> = mailed.attachments.iter().enumerate().collect();
    all.iter()
        .filter(beside)
        .map(|(index, one)| file(place, *index, &raw::name_of(one), one.size))
        .collect()
}

fn file(place: &str, index: usize, name: &str, size: u64) -> File {
    File {
        href: format!("{place}/attachments/{index}/{}", download::in_address(name)),
        name: download::safe_name(name),
        ext: download::extension(name),
        size: when::size(size),
    }
}

fn words(text: &str, cut: bool) -> String {
    let mut html = match text.trim() {
        "" => "<p class=\"soft\">This mail has no text.</p>".into(),
        text => text_to_html(text),
    };
    if cut {
        html.push_str("<p class=\"soft\">The text goes on in the source.</p>");
    }
    html
}

fn some_html(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text_to_html(text))
}

/// A subject without its marks of answering and forwarding, in the languages
/// of common programs.
fn bare(subject: &str) -> String {
    let mut rest = subject.trim();
    while let Some((mark, behind)) = rest.split_once(':') {
        let mark = mark.trim().to_lowercase();
        if ![
            "re", "aw", "fwd", "fw", "wg", "sv", "antw", "rv", "tr", "vs", "odp", "r",
        ]
        .contains(&mark.as_str())
        {
            break;
        }
        rest = behind.trim();
    }
    rest.to_lowercase()
}

fn happened(author: &str, event: &Event) -> String {
    match event {
        Event::Assigned { to } if to == author => format!("{author} took the ticket"),
        Event::Assigned { to } => format!("{author} assigned the ticket to {to}"),
        Event::Released => format!("{author} released the ticket"),
        Event::Transferred { from, to } => format!("{author} moved the ticket from {from} to {to}"),
        Event::Referred { to } => format!("{to} sees the ticket too"),
        Event::Closed => format!("{author} closed the ticket"),
        Event::Reopened => format!("{author} reopened the ticket"),
        Event::CollaboratorAdded { who, active: true } => format!("{author} added {who}"),
        Event::CollaboratorAdded { who, active: false } => {
            format!("{author} brought in {who}, who gets nothing until included")
        }
        Event::CollaboratorEnabled { who } => format!("{author} included {who}"),
        Event::CollaboratorDisabled { who } => format!("{author} muted {who}"),
        Event::Acknowledged { to, .. } => {
            format!("A receipt went to {to}")
        }
        Event::NotDelivered { recipient, reason } => {
            format!("Mail to {recipient} was not delivered: {reason}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_counts_as_changed_only_by_its_words() {
        assert_eq!(bare("Re: AW: Fwd: Invoice 2291"), bare("invoice 2291"));
        assert_ne!(bare("Re: Invoice 2292"), bare("Invoice 2291"));
        assert_eq!(bare("Urgent: broken"), "urgent: broken");
    }

    #[test]
    fn taking_a_ticket_reads_differently_from_assigning_it() {
        let event = Event::Assigned { to: "Ben".into() };
        assert_eq!(happened("Ben", &event), "Ben took the ticket");
        assert_eq!(happened("Ada", &event), "Ada assigned the ticket to Ben");
    }

    #[test]
    fn text_of_a_stranger_is_never_markup() {
        assert!(!words("<img src=x onerror=alert(1)>", false).contains("<img"));
    }
}
