//! Sixteen connections at once: what belongs together ends together, and nothing is made twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use desk::EntryBody;
use storage::EngineKind;

use crate::harness::{Mail, SALES, SUPPORT, Server, Shuffle, header, in_runtime, load};

const CONNECTIONS: usize = 16;

#[test]
fn four_copies_of_a_mail_are_one_ticket() {
    on_both(async |engine| {
        let server = Server::start(engine).await;
        let mut mails = Vec::new();
        for at in 0..50 {
            let mail = lone(at, "Broken lamp");
            // As four servers on the way would hand it over.
            for hop in 0..4 {
                let received = format!("from mx{hop}.example by mx.example; hop {hop}");
                mails.push(mail.clone().header("Received", &received));
            }
        }
        let told = all_taken(&server, mails).await;
        for (at, numbers) in told.chunks(4).map(BTreeSet::from_iter).enumerate() {
            assert_eq!(
                numbers.len(),
                1,
                "the copies of mail {at} were told {numbers:?}"
            );
        }
        let tickets = server.tickets().await;
        assert_eq!(tickets.len(), 50);
        assert!(tickets.iter().all(|ticket| ticket.entry_count == 1));
        assert_eq!(server.letters().await.len(), 50, "one receipt each");
        every_receipt_leaves_once(&server, 50).await;
        assert_eq!(server.finish().await.tickets, 50);
    });
}

#[test]
fn a_parent_and_its_reply_at_the_same_moment_are_one_ticket() {
    on_both(async |engine| {
        let server = Server::start(engine).await;
        let mut mails: Vec<Mail> = (0..200).flat_map(pair).collect();
        Shuffle::new().shuffle(&mut mails);
        let ids: Vec<usize> = mails.iter().map(number_of_pair).collect();
        let told = all_taken(&server, mails).await;
        let mut tickets_of: BTreeMap<usize, BTreeSet<&String>> = BTreeMap::new();
        for (id, number) in ids.iter().zip(&told) {
            tickets_of.entry(*id).or_default().insert(number);
        }
        for (id, numbers) in &tickets_of {
            assert_eq!(numbers.len(), 1, "pair {id} stands in {numbers:?}");
        }
        let tickets = server.tickets().await;
        assert_eq!(tickets.len(), 200);
        assert!(tickets.iter().all(|ticket| ticket.entry_count == 2));
        server.finish().await;
    });
}

#[test]
fn two_first_mails_of_a_new_sender_make_one_user() {
    on_both(async |engine| {
        let server = Server::start(engine).await;
        let mut mails = Vec::new();
        for sender in 0..50 {
            for which in ["lamp", "desk"] {
                let (id, from) = (
                    format!("{which}.{sender}"),
                    format!("new{sender}@customer.example"),
                );
                mails.push(Mail::new(&id, &from, which));
            }
        }
        all_taken(&server, mails).await;
        let mut users = BTreeMap::new();
        for ticket in server.tickets().await {
            let address = ticket.requester.address.expect("an address");
            let user = ticket.requester.user.expect("a user");
            let known = server.desk.user_by_email(&address).await.expect("readable");
            assert_eq!(known, Some(user), "{address} leads to the ticket's user");
            users.entry(user).or_insert_with(Vec::new).push(address);
        }
        assert_eq!(users.len(), 50);
        assert!(users.values().all(|tickets| tickets.len() == 2));
        server.finish().await;
    });
}

#[test]
fn a_mail_to_two_addresses_is_one_ticket_of_both_departments() {
    on_both(async |engine| {
        let server = Server::start(engine).await;
        let both = [SUPPORT, SALES];
        // In one transaction, and as two copies on their way through different servers.
        let together = (0..25).map(|at| lone(at, "together").to(&both));
        let apart = (25..50).flat_map(|at| both.map(|to| lone(at, "apart").to(&[to])));
        all_taken(&server, together.chain(apart).collect()).await;
        let tickets = server.tickets().await;
        assert_eq!(tickets.len(), 50);
        let people = &server.people;
        for ticket in &tickets {
            let departments: BTreeSet<_> = ticket.departments().collect();
            assert_eq!(departments, BTreeSet::from([people.support, people.sales]));
            assert_eq!(ticket.entry_count, 1);
        }
        for department in [people.support, people.sales] {
            let view = desk::queue::View::Open;
            let page = server
                .desk
                .queue(&people.ben, view, Some(department), None, 100)
                .await;
            assert_eq!(page.expect("a page").rows.len(), 50);
        }
        server.finish().await;
    });
}

#[test]
fn many_replies_to_one_ticket_all_arrive() {
    on_both(async |engine| {
        let server = Server::start(engine).await;
        let number = server
            .client()
            .await
            .ticket(&Mail::new("lamp", "ann@customer.example", "Lamp"))
            .await;
        let letter = server.answer(&number, "Try the switch.").await;
        let reply = |at| {
            let mail = Mail::new(&format!("reply{at}"), "ann@customer.example", "Re: Lamp");
            mail.header("In-Reply-To", &format!("<{}>", letter.message_id))
        };
        let told = all_taken(&server, (0..100).map(reply).collect()).await;
        assert!(told.iter().all(|told| *told == number));
        let ticket = server.ticket(&number).await;
        assert_eq!(ticket.entry_count, 102);
        let entries = server
            .desk
            .entries(ticket.id, None, 1_000)
            .await
            .expect("entries");
        let mails = entries
            .iter()
            .filter(|entry| matches!(entry.body, EntryBody::Message(_)));
        assert_eq!(mails.count(), 101);
        server.finish().await;
    });
}

fn on_both(test: impl AsyncFn(EngineKind)) {
    in_runtime(async {
        for engine in [EngineKind::Sled, EngineKind::Redb] {
            println!("{engine:?}");
            test(engine).await;
        }
    });
}

async fn every_receipt_leaves_once(server: &Server, count: usize) {
    let begun = Instant::now();
    while server.kept.letters().len() < count && begun.elapsed() < Duration::from_secs(30) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let left = server.kept.letters();
    let to: BTreeSet<_> = left.iter().map(|letter| &letter.to).collect();
    assert_eq!((left.len(), to.len()), (count, count));
    for letter in &left {
        assert_eq!(letter.reverse_path, None, "RFC 3834 3.3");
        let mark = header(&letter.text, "Auto-Submitted");
        assert_eq!(mark.as_deref(), Some("auto-replied"));
    }
}

/// A first mail of a sender of its own.
fn lone(at: usize, subject: &str) -> Mail {
    Mail::new(
        &format!("m{at}"),
        &format!("Ann {at} <ann{at}@customer.example>"),
        subject,
    )
}

/// A first mail and a reply to it; of every other pair by somebody who was copied on it.
fn pair(at: usize) -> [Mail; 2] {
    let (ann, bob) = (
        format!("ann{at}@customer.example"),
        format!("bob{at}@customer.example"),
    );
    let parent = Mail::new(&format!("parent.{at}"), &ann, "Lamp").header("Cc", &bob);
    let (by, to) = if at.is_multiple_of(2) {
        (&ann, &bob)
    } else {
        (&bob, &ann)
    };
    let reply = Mail::new(&format!("reply.{at}"), by, "Re: Lamp").header("Cc", to);
    [
        parent,
        reply.header("In-Reply-To", &format!("<parent.{at}@customer.example>")),
    ]
}

fn number_of_pair(mail: &Mail) -> usize {
    let digits = mail.from.trim_start_matches(|c: char| !c.is_ascii_digit());
    let digits = digits.split('@').next().unwrap_or_default();
    digits
        .parse()
        .expect("the sender has the number of the pair")
}

/// Sends all mails at once; the ticket numbers they were told, in the order of the mails.
async fn all_taken(server: &Server, mails: Vec<Mail>) -> Vec<String> {
    let hashes: Vec<(String, Vec<String>)> = mails
        .iter()
        .map(|mail| (mail.sha256(), mail.to.clone()))
        .collect();
    let mut told = BTreeMap::new();
    for (mail, reply) in load(server.smtp, CONNECTIONS, mails).await {
        let reply = reply.expect("no connection breaks");
        let number = reply.strip_prefix("250 2.0.0 ticket ");
        let number = number.unwrap_or_else(|| panic!("{reply}")).to_owned();
        told.insert((mail.sha256(), mail.to), number);
    }
    hashes.iter().map(|key| told[key].clone()).collect()
}
