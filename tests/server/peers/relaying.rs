//! Postfix in front and behind: a thousand mails come in through one and every letter leaves
//! through the other, none lost, none doubled, with TLS on both sides.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use desk::ticket::{Attached, Mailed};
use desk::{EntryBody, Ticket};
use serde_json::Value;
use storage::{Content, EngineKind};

use super::postfix::{Postfix, is_out_of_reach};
use super::python;
use crate::harness::{Mail, Server, answer, in_runtime, load, sha256};

const MAILS: usize = 1_000;
const ANSWERS: usize = 200;
const REPLIES: usize = 100;

#[test]
fn a_thousand_mails_through_postfix_are_a_thousand_tickets_with_their_letters() {
    if is_out_of_reach() {
        return;
    }
    in_runtime(async {
        let behind = Postfix::smarthost();
        let server = Server::with_relay(EngineKind::Sled, behind.as_relay()).await;
        let front = Postfix::in_front_of(server.smtp);

        let begun = Instant::now();
        hand_over(&front, (0..MAILS).map(first).collect()).await;
        until("a thousand tickets", &front, async || {
            server.tickets().await.len() >= MAILS
        })
        .await;
        let tickets = server.tickets().await;
        println!("{MAILS} mails in through Postfix: {:?}", begun.elapsed());
        check_tickets(&server, &tickets).await;

        let begun = Instant::now();
        for ticket in tickets.iter().take(ANSWERS) {
            answer_with_file(&server, ticket).await;
        }
        let letters = MAILS + ANSWERS;
        until("every letter", &behind, async || {
            behind.delivered() >= letters
        })
        .await;
        println!(
            "{letters} letters out through Postfix: {:?}",
            begun.elapsed()
        );
        let maildir = behind.maildir();
        let maildir = maildir.to_str().expect("a path in text");
        let delivered = tokio::task::block_in_place(|| python("read.py", &[maildir]));
        let delivered = delivered.as_array().expect("a list");
        assert_eq!(delivered.len(), letters, "none doubled");
        let answers = check_letters(delivered, &tickets);

        hand_over(
            &front,
            answers
                .iter()
                .take(REPLIES)
                .enumerate()
                .map(reply)
                .collect(),
        )
        .await;
        let words = MAILS + ANSWERS + REPLIES;
        until("every reply", &front, async || {
            count_words(&server).await >= words
        })
        .await;
        assert_eq!(
            server.tickets().await.len(),
            MAILS,
            "replies make no tickets"
        );
        drop(front);
        let sent = server.letters().await;
        assert_eq!(sent.len(), letters, "a reply is not acknowledged");
        assert!(sent.iter().all(|letter| letter.state(false) == "sent"));
        assert_eq!(behind.delivered(), letters);
        server.finish().await;
    });
}

fn first(at: usize) -> Mail {
    let from = format!("Ann {at} <ann{at}@customer.example>");
    Mail::new(&format!("first.{at}"), &from, &format!("Lamp {at}"))
}

/// A customer's answer to an answer: of every three one keeps what a good mail program keeps, one
/// only References, and one nothing but the plus address.
fn reply((at, answer): (usize, &Answer)) -> Mail {
    let mail = Mail::new(&format!("reply.{at}"), &answer.customer, "Something else");
    let both = format!("{} {}", answer.references, answer.message_id);
    match at % 3 {
        0 => mail
            .header("In-Reply-To", &answer.message_id)
            .header("References", &both),
        1 => mail.header("References", &both),
        _ => mail.to(&[&answer.reply_to]),
    }
}

/// Postfix takes each, so that all of them are its to deliver.
async fn hand_over(front: &Postfix, mails: Vec<Mail>) {
    let count = mails.len();
    let answered = load(front.address, 16, mails).await;
    assert_eq!(answered.len(), count, "Postfix takes every mail");
    for (_, reply) in answered {
        let reply = reply.expect("Postfix answers");
        assert!(reply.starts_with("250 2.0.0 Ok: queued"), "{reply}");
    }
}

async fn until(what: &str, postfix: &Postfix, done: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !done().await {
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "{what}: {}",
            postfix.log()
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn check_tickets(server: &Server, tickets: &[Ticket]) {
    let senders: BTreeSet<_> = tickets
        .iter()
        .map(|ticket| ticket.requester.label())
        .collect();
    assert_eq!(
        (tickets.len(), senders.len()),
        (MAILS, MAILS),
        "none lost, none doubled"
    );
    for ticket in tickets {
        assert_eq!(ticket.entry_count, 1);
        let mailed = first_message(server, ticket).await;
        assert!(
            mailed.trace.contains("with ESMTPS "),
            "without TLS: {}",
            mailed.trace
        );
    }
}

async fn first_message(server: &Server, ticket: &Ticket) -> Mailed {
    let entry = server.desk.entry(ticket.id, 1).await.expect("readable");
    match entry.expect("the first entry").body {
        EntryBody::Message(mailed) => *mailed,
        other => panic!("a message, not {other:?}"),
    }
}

/// Messages and replies of all tickets.
async fn count_words(server: &Server) -> usize {
    let (mut words, mut after) = (0, None);
    loop {
        let (rows, next) = server.desk.ticket_listing(after).await.expect("a listing");
        let counts = rows.iter().filter_map(|row| row["entry_count"].as_u64());
        words += counts.sum::<u64>() as usize;
        if next.is_none() {
            return words;
        }
        after = next;
    }
}

async fn answer_with_file(server: &Server, ticket: &Ticket) {
    let moment = server.clock.world().moment();
    let manual = manual(ticket);
    let written = desk::ticket::Answer {
        files: vec![Attached {
            name: "Handbuch für Lampen.pdf".to_owned(),
            size: manual.len() as u64,
            content: Content::Memory(manual),
        }],
        ..answer(TEXT)
    };
    let replied = server
        .desk
        .reply(&moment, &server.people.ben, &ticket.number, written)
        .await;
    replied.expect("the answer is written");
}

const TEXT: &str = "Try **this** switch:\n\n- the one behind\n- not the red one\n\nGrüße, Ben";

fn manual(ticket: &Ticket) -> Vec<u8> {
    format!("Manual for {}.\n", ticket.number)
        .into_bytes()
        .repeat(100)
}

/// What a mail program needs to answer an answer.
struct Answer {
    customer: String,
    message_id: String,
    reply_to: String,
    references: String,
}

/// Every letter is right for a mail program; returns the answers.
fn check_letters(delivered: &[Value], tickets: &[Ticket]) -> Vec<Answer> {
    let by_customer: BTreeMap<String, &Ticket> = tickets
        .iter()
        .map(|ticket| {
            (
                ticket
                    .requester
                    .address
                    .as_ref()
                    .expect("an address")
                    .to_string(),
                ticket,
            )
        })
        .collect();
    let mut answers = Vec::new();
    let mut acknowledged = BTreeSet::new();
    for letter in delivered {
        let field = |name: &str| {
            letter["headers"][name]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        assert_eq!(letter["defects"], Value::Array(Vec::new()), "{letter}");
        assert!(
            letter["lines"].as_u64().expect("a number") <= 998,
            "RFC 5322 2.1.1: {letter}"
        );
        assert_eq!(field("from"), "Support <support@desk.example>");
        assert!(
            field("date").contains("2026") && !field("message-id").is_empty(),
            "{letter}"
        );
        let received = field("received");
        assert!(
            received.contains("using TLSv1.3") && received.contains("Authenticated sender"),
            "{received}"
        );
        let customer = field("to")
            .rsplit('<')
            .next()
            .unwrap_or_default()
            .trim_end_matches('>')
            .to_owned();
        let ticket = by_customer
            .get(&customer)
            .unwrap_or_else(|| panic!("to {customer}: {letter}"));
        let theirs = format!(
            "<first.{}@customer.example>",
            customer
                .trim_start_matches("ann")
                .split('@')
                .next()
                .expect("a number")
        );
        assert_eq!(field("in-reply-to"), theirs);
        assert!(field("references").starts_with(&theirs), "{letter}");
        let reply_to = field("reply-to");
        let tag = format!("support+t{}-", ticket.number);
        assert!(reply_to.contains(&tag), "{reply_to}");
        if field("auto-submitted") == "auto-replied" {
            assert_eq!(field("return-path"), "<>", "RFC 3834 3.3");
            assert!(acknowledged.insert(customer), "acknowledged twice");
            continue;
        }
        assert!(field("return-path").starts_with("<support+b"), "{letter}");
        check_answer(letter, ticket);
        answers.push(Answer {
            customer,
            message_id: field("message-id"),
            reply_to: reply_to
                .rsplit('<')
                .next()
                .unwrap_or_default()
                .trim_end_matches('>')
                .to_owned(),
            references: field("references"),
        });
    }
    assert_eq!((acknowledged.len(), answers.len()), (MAILS, ANSWERS));
    answers
}

fn check_answer(letter: &Value, ticket: &Ticket) {
    assert_eq!(
        letter["headers"]["subject"],
        format!("Re: {}", ticket.subject)
    );
    let structure = [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ];
    assert_eq!(letter["structure"], Value::from(structure.to_vec()));
    let [text, html, file] = &letter["parts"].as_array().expect("parts")[..] else {
        panic!("three parts: {letter}");
    };
    let written = text["text"].as_str().expect("text");
    assert!(
        written.contains("behind") && written.contains("Grüße, Ben"),
        "{written}"
    );
    assert!(
        written.contains("\n-- \nSupport at desk.example"),
        "RFC 3676 4.3: {written}"
    );
    let shown = html["text"].as_str().expect("text");
    assert!(
        shown.contains("<strong>this</strong>") && shown.contains("<li>"),
        "{shown}"
    );
    assert_eq!(file["name"], "Handbuch für Lampen.pdf");
    assert_eq!(file["disposition"], "attachment");
    assert_eq!(file["sha256"], sha256(&manual(ticket)), "the file is whole");
}
