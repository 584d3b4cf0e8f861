//! Intake as customers see it: which mail becomes, joins or does not become a ticket.

use super::Refusal;
use crate::letter::{Letter, LetterKind};
use crate::queue::View;
use crate::testing::TestDesk;
use crate::ticket::{Answer, Author, EntryBody, Event, Standing, Ticket};
use jiff::SignedDuration;
use std::io::Read;

mod bounce;
mod hostile;

const SUPPORT: &[&str] = &["support@desk.example"];

fn first(id: &str) -> String {
    format!(
        "From: Ann <ann@customer.example>\nTo: support@desk.example\nSubject: Broken lamp\n\
         Message-ID: <{id}@customer.example>\nDate: Mon, 23 Nov 2026 09:00:00 +0000\n\nIt is dark.\n"
    )
}

fn reply_from(from: &str, headers: &str) -> String {
    format!(
        "From: {from}\nTo: support@desk.example\nSubject: Re: Broken lamp\n{headers}\
         Date: Mon, 23 Nov 2026 10:00:00 +0000\n\nStill dark ({from}, {headers:?}).\n"
    )
}

fn answer(text: &str) -> Answer {
    Answer {
        text: text.into(),
        files: Vec::new(),
        seen: None,
        cc: None,
        close: false,
    }
}

async fn answered(desk: &TestDesk) -> (Ticket, Letter) {
    let ticket = desk.ticket(SUPPORT, &first("1")).await;
    let replied = desk
        .desk
        .reply(
            &desk.moment(),
            &desk.ben,
            &ticket.number,
            answer("Try the switch."),
        )
        .await
        .unwrap();
    let letter = desk.desk.letter(replied.letter).await.unwrap().unwrap();
    (desk.at(&ticket.number).await, letter)
}

async fn source(desk: &TestDesk, letter: &Letter) -> String {
    let mut text = String::new();
    let mut reader = desk.desk.letter_source(letter).await.unwrap();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text.len() as u64, letter.size);
    text.replace("\r\n ", " ")
}

fn header<'a>(source: &'a str, name: &str) -> &'a str {
    let prefix = format!("{name}: ");
    let found = source.lines().find_map(|line| line.strip_prefix(&prefix));
    found.unwrap_or_else(|| panic!("no {name} in:\n{source}"))
}

fn tagged_address(source: &str) -> String {
    let header = header(source, "Reply-To");
    let address = header.rsplit('<').next().unwrap().trim_end_matches('>');
    assert!(address.starts_with("support+t"), "{address}");
    address.to_owned()
}

#[tokio::test]
async fn first_mail_makes_a_ticket_and_its_receipt() {
    let desk = TestDesk::new().await;
    let ticket = desk.ticket(SUPPORT, &first("1")).await;
    assert_eq!(ticket.subject, "Broken lamp");
    assert_eq!(ticket.department, desk.support);
    assert_eq!(ticket.requester.label(), "Ann");
    assert_eq!(ticket.entry_count, 1);
    let letters = desk.desk.letters_of(ticket.id).await.unwrap();
    let [receipt] = &letters[..] else {
        panic!("one receipt, not {}", letters.len())
    };
    assert_eq!(receipt.kind, LetterKind::Acknowledgement);
    assert_eq!(receipt.reverse_path, None);
    let text = source(&desk, receipt).await;
    assert_eq!(header(&text, "In-Reply-To"), "<1@customer.example>");
    assert_eq!(header(&text, "Auto-Submitted"), "auto-replied");
    assert!(text.contains(ticket.number.as_str()));
    assert!(
        !text.contains("Broken lamp") && !text.contains("dark"),
        "{text}"
    );
    desk.clean().await;
}

#[tokio::test]
async fn the_same_mail_again_changes_nothing() {
    let desk = TestDesk::new().await;
    let ticket = desk.ticket(SUPPORT, &first("1")).await;
    let routed = format!("Received: from elsewhere\n{}", first("1"));
    let again = desk.ticket(SUPPORT, &routed).await;
    assert_eq!(again, ticket);
    let other = first("1").replace("It is dark.", "It is bright.");
    let reused = desk.ticket(SUPPORT, &other).await;
    assert_eq!(
        reused.entry_count, 2,
        "a reused Message-ID loses no content"
    );
    desk.clean().await;
}

#[tokio::test]
async fn the_same_words_without_a_message_id_are_a_new_mail_after_an_hour() {
    let desk = TestDesk::new().await;
    let alarm = "From: disk@customer.example\nSubject: The disk is full\n\nAgain.\n";
    let first = desk.ticket(SUPPORT, alarm).await;
    let resent = desk.ticket(SUPPORT, alarm).await;
    assert_eq!(resent.number, first.number);
    desk.pass(SignedDuration::from_hours(24));
    let next = desk.ticket(SUPPORT, alarm).await;
    assert_ne!(next.number, first.number);
    let resent = desk.ticket(SUPPORT, alarm).await;
    assert_eq!(resent.number, next.number);
    desk.clean().await;
}

#[tokio::test]
async fn two_addresses_make_one_ticket_seen_by_both_departments() {
    let desk = TestDesk::new().await;
    let both = &["support@desk.example", "sales@desk.example"];
    let ticket = desk.ticket(both, &first("1")).await;
    assert_eq!(ticket.department, desk.support);
    assert_eq!(ticket.referred, [desk.sales]);
    let separately = desk.ticket(SUPPORT, &first("2")).await;
    let same = desk.ticket(&["sales@desk.example"], &first("2")).await;
    assert_eq!(same.number, separately.number);
    assert_eq!(same.referred, [desk.sales]);
    assert_eq!(same.entry_count, 1);
    desk.clean().await;
}

#[tokio::test]
async fn replies_thread_by_in_reply_to_references_or_address() {
    let desk = TestDesk::new().await;
    let (ticket, letter) = answered(&desk).await;
    let text = source(&desk, &letter).await;
    assert_eq!(header(&text, "Subject"), "Re: Broken lamp");
    assert_eq!(header(&text, "In-Reply-To"), "<1@customer.example>");
    assert_eq!(header(&text, "From"), "Support <support@desk.example>");
    let id = &letter.message_id;
    let ann = "Ann <ann@customer.example>";
    let by_answer = reply_from(ann, &format!("In-Reply-To: <{id}>\n"));
    let by_references = reply_from(ann, &format!("References: <1@customer.example> <{id}>\n"));
    let bare = reply_from(ann, "").replace("Broken lamp", "Something else");
    let tagged = tagged_address(&text);
    for (to, mail) in [
        ("support@desk.example", &by_answer),
        ("support@desk.example", &by_references),
        (tagged.as_str(), &bare),
        (
            &tagged.to_uppercase(),
            &bare.replace("Still", "Really still"),
        ),
    ] {
        let joined = desk.ticket(&[to], mail).await;
        assert_eq!(joined.number, ticket.number, "{to}\n{mail}");
        assert!(!joined.answered);
    }
    assert_eq!(desk.at(&ticket.number).await.entry_count, 6);
    desk.clean().await;
}

#[tokio::test]
async fn reply_to_the_receipt_joins_the_ticket() {
    let desk = TestDesk::new().await;
    let ticket = desk.ticket(SUPPORT, &first("1")).await;
    let letters = desk.desk.letters_of(ticket.id).await.unwrap();
    let text = source(&desk, &letters[0]).await;
    let mail = reply_from(
        "ann@customer.example",
        &format!("In-Reply-To: <{}>\n", letters[0].message_id),
    );
    assert_eq!(desk.ticket(SUPPORT, &mail).await.number, ticket.number);
    let bare = reply_from("ann@customer.example", "X-Client: none\n");
    let to = tagged_address(&text);
    assert_eq!(desk.ticket(&[&to], &bare).await.number, ticket.number);
}

#[tokio::test]
async fn a_stranger_needs_more_than_a_number() {
    let desk = TestDesk::new().await;
    let (ticket, letter) = answered(&desk).await;
    let number = &ticket.number;
    let numbered =
        reply_from("eve@evil.example", "").replace("Broken lamp", &format!("[#{number}]"));
    let other = desk.ticket(SUPPORT, &numbered).await;
    assert_ne!(other.number, *number);
    let foreign = reply_from("eve@evil.example", "In-Reply-To: <1@customer.example>\n");
    assert_ne!(desk.ticket(SUPPORT, &foreign).await.number, *number);
    let forged_id = letter.message_id.replacen("md.a", "md.b", 1);
    let forged_id = if forged_id == letter.message_id {
        letter.message_id.replacen("md.", "md.a", 1)
    } else {
        forged_id
    };
    let forged = reply_from("eve@evil.example", &format!("References: <{forged_id}>\n"));
    assert_ne!(desk.ticket(SUPPORT, &forged).await.number, *number);
    let tag = format!("support+t{number}-20780-aaaaaaaaaaaaaaaa@desk.example");
    let forged = reply_from("eve@evil.example", "X-Try: tag\n");
    assert_ne!(desk.ticket(&[&tag], &forged).await.number, *number);
    let participant =
        reply_from("ann@customer.example", "").replace("Broken lamp", &format!("[#{number}]"));
    assert_eq!(desk.ticket(SUPPORT, &participant).await.number, *number);
    desk.clean().await;
}

#[tokio::test]
async fn a_stranger_with_our_message_id_is_marked_and_gets_nothing() {
    let desk = TestDesk::new().await;
    let (ticket, letter) = answered(&desk).await;
    let mail = reply_from(
        "eve@evil.example",
        &format!(
            "In-Reply-To: <{}>\nCc: mal@evil.example\n",
            letter.message_id
        ),
    );
    let joined = desk.ticket(SUPPORT, &mail).await;
    assert_eq!(joined.number, ticket.number);
    assert_eq!(joined.collaborators, []);
    let entry = desk
        .desk
        .entry(joined.id, joined.last_entry)
        .await
        .unwrap()
        .unwrap();
    assert!(
        matches!(
            entry.author,
            Author::Party {
                standing: Standing::ThirdParty,
                ..
            }
        ),
        "{entry:?}"
    );
    let claimed = reply_from(
        "ben@staff.example",
        &format!("In-Reply-To: <{}>\n", letter.message_id),
    );
    let joined = desk.ticket(SUPPORT, &claimed).await;
    let entry = desk
        .desk
        .entry(joined.id, joined.last_entry)
        .await
        .unwrap()
        .unwrap();
    assert!(
        matches!(
            entry.author,
            Author::Party {
                standing: Standing::ClaimsAgent,
                ..
            }
        ),
        "{entry:?}"
    );
}

#[tokio::test]
async fn reply_that_arrives_before_its_parent_keeps_one_ticket() {
    let desk = TestDesk::new().await;
    let reply = "From: Bob <bob@customer.example>\nTo: ann@customer.example\nCc: support@desk.example\n\
                 Subject: Re: Broken lamp\nMessage-ID: <2@customer.example>\n\
                 In-Reply-To: <1@customer.example>\n\nMe too.\n";
    let ticket = desk.ticket(SUPPORT, reply).await;
    let parent = desk.ticket(SUPPORT, &first("1")).await;
    assert_eq!(parent.number, ticket.number);
    desk.clean().await;
}

#[tokio::test]
async fn copied_people_become_collaborators_enabled_by_the_requester_only() {
    let desk = TestDesk::new().await;
    let mail = first("1").replace(
        "To: support@desk.example",
        "To: support@desk.example, Bob <bob@customer.example>\nCc: ben@staff.example, sales@desk.example",
    );
    let ticket = desk.ticket(SUPPORT, &mail).await;
    let people = |t: &Ticket| -> Vec<(String, bool)> {
        t.collaborators
            .iter()
            .map(|c| (c.party.label(), c.active))
            .collect()
    };
    assert_eq!(people(&ticket), [("Bob".to_owned(), true)]);
    let from_bob = "From: bob@customer.example\nTo: support@desk.example, cat@customer.example\n\
                    Subject: x\nIn-Reply-To: <1@customer.example>\n\nAdd cat.\n";
    let ticket = desk.ticket(SUPPORT, from_bob).await;
    assert_eq!(
        people(&ticket),
        [
            ("Bob".to_owned(), true),
            ("cat@customer.example".to_owned(), false)
        ]
    );
    let replied = desk
        .desk
        .reply(&desk.moment(), &desk.ben, &ticket.number, answer("Hi."))
        .await;
    let letter = desk
        .desk
        .letter(replied.unwrap().letter)
        .await
        .unwrap()
        .unwrap();
    let to: Vec<_> = letter
        .recipients
        .iter()
        .map(|r| r.address.to_string())
        .collect();
    assert_eq!(to, ["ann@customer.example", "bob@customer.example"]);
    desk.clean().await;
}

#[tokio::test]
async fn automatic_mail_is_kept_but_never_answered() {
    let desk = TestDesk::new().await;
    for mark in [
        "Auto-Submitted: auto-generated\n",
        "Precedence: bulk\n",
        "List-Id: <news.example>\n",
        "X-Loop: x\nAuto-Submitted: auto-replied\n",
    ] {
        let mail = format!("{mark}{}", first("1").replace("dark", mark.trim()));
        let ticket = desk.ticket(SUPPORT, &mail).await;
        assert_eq!(desk.desk.letters_of(ticket.id).await.unwrap(), [], "{mark}");
    }
    let null = desk.mail_from(None, SUPPORT, &first("null")).await.unwrap();
    let ticket = desk.at(&null.ticket.unwrap()).await;
    assert_eq!(desk.desk.letters_of(ticket.id).await.unwrap(), []);
}

#[tokio::test]
async fn automatic_reply_does_not_reopen() {
    let desk = TestDesk::new().await;
    let (ticket, letter) = answered(&desk).await;
    desk.desk
        .close(&desk.moment(), &desk.ben, &ticket.number)
        .await
        .unwrap();
    let away = reply_from(
        "ann@customer.example",
        &format!(
            "In-Reply-To: <{}>\nAuto-Submitted: auto-replied\n",
            letter.message_id
        ),
    );
    assert!(!desk.ticket(SUPPORT, &away).await.is_open());
    let human = reply_from(
        "ann@customer.example",
        &format!("In-Reply-To: <{}>\n", letter.message_id),
    );
    assert!(desk.ticket(SUPPORT, &human).await.is_open());
    desk.clean().await;
}

#[tokio::test]
async fn our_own_letter_coming_back_is_refused() {
    let desk = TestDesk::new().await;
    let ticket = desk.ticket(SUPPORT, &first("1")).await;
    let letters = desk.desk.letters_of(ticket.id).await.unwrap();
    let text = source(&desk, &letters[0]).await.replace("\r\n", "\n");
    let verdict = desk.mail(SUPPORT, &text).await;
    assert!(matches!(verdict, Err(Refusal::Loop { .. })), "{verdict:?}");
    let many = format!("{}{}", "Received: by x\n".repeat(101), first("hops"));
    let verdict = desk.mail(SUPPORT, &many).await;
    assert!(matches!(verdict, Err(Refusal::Loop { .. })), "{verdict:?}");
    let journal = desk.desk.journal(None, 10).await.unwrap();
    assert!(!journal.rows[0].accepted && journal.rows[0].rule.contains("Received"));
}

#[tokio::test]
async fn receipts_to_one_address_are_limited() {
    let desk = TestDesk::new().await;
    let mut receipts = 0;
    for n in 0..8 {
        let ticket = desk.ticket(SUPPORT, &first(&format!("n{n}"))).await;
        receipts += desk.desk.letters_of(ticket.id).await.unwrap().len();
    }
    assert_eq!(receipts, 3);
    let tagged = first("tagged").replace("ann@", "ann+other@");
    let ticket = desk.ticket(SUPPORT, &tagged).await;
    assert_eq!(desk.desk.letters_of(ticket.id).await.unwrap(), []);
    desk.pass(SignedDuration::from_hours(2));
    let ticket = desk.ticket(SUPPORT, &first("later")).await;
    assert_eq!(desk.desk.letters_of(ticket.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn mail_for_nobody_is_refused_and_journalled() {
    let desk = TestDesk::new().await;
    let verdict = desk.mail(&["nobody@desk.example"], &first("1")).await;
    assert_eq!(verdict, Err(Refusal::UnknownRecipient));
    let page = desk.desk.journal(None, 10).await.unwrap();
    assert_eq!(page.rows.len(), 1);
    assert!(!page.rows[0].accepted);
}

#[tokio::test]
async fn mail_without_sender_or_subject_is_a_ticket() {
    let desk = TestDesk::new().await;
    let accepted = desk
        .mail_from(None, SUPPORT, "\nonly a body\n")
        .await
        .unwrap();
    let ticket = desk.at(&accepted.ticket.unwrap()).await;
    assert_eq!(ticket.subject, "(no subject)");
    assert_eq!(ticket.requester.label(), "unknown sender");
    desk.clean().await;
}

#[tokio::test]
async fn mail_for_the_postmaster_is_always_taken() {
    let desk = TestDesk::new().await;
    let ticket = desk.ticket(&["postmaster@desk.example"], &first("p")).await;
    assert!(ticket.is_open());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn copies_parents_and_replies_at_once_keep_their_tickets() {
    let desk = std::sync::Arc::new(TestDesk::new().await);
    let mut mails = Vec::new();
    for n in 0..50 {
        let parent = first(&format!("p{n}")).replace("ann@", &format!("ann{n}@"));
        let reply = reply_from(
            &format!("ann{n}@customer.example"),
            &format!("Message-ID: <r{n}@customer.example>\nIn-Reply-To: <p{n}@customer.example>\n"),
        );
        mails.extend([parent.clone(), reply.clone(), parent, reply]);
    }
    mails.sort_by_key(|mail| crc(mail));
    let mut tasks = tokio::task::JoinSet::new();
    for mail in mails {
        let desk = desk.clone();
        tasks.spawn(async move { desk.mail(SUPPORT, &mail).await.unwrap().ticket.unwrap() });
    }
    let numbers: std::collections::BTreeSet<_> = tasks.join_all().await.into_iter().collect();
    assert_eq!(numbers.len(), 50);
    let mut after = None;
    let mut found = 0;
    loop {
        let page = desk
            .desk
            .queue(&desk.ada, View::Open, None, after.as_deref(), 7)
            .await
            .unwrap();
        assert!(page.rows.iter().all(|t| t.entry_count == 2));
        found += page.rows.len();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, 50);
    desk.clean().await;
}

/// A scrambled order that is the same in every run.
fn crc(text: &str) -> u64 {
    text.bytes().fold(7, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
