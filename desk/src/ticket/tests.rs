//! What agents do to tickets, and what they may not.

use crate::authz::{Action, Object};
use crate::outbox::Outcome;
use crate::problem::Problem;
use crate::queue::View;
use crate::testing::TestDesk;
use crate::ticket::{Answer, Attached, EntryBody, Note, Status};
use crate::{DepartmentForm, EmailAddress, Ticket};
use jiff::SignedDuration;
use std::io::Read;
use storage::Content;

const MAIL: &str = "From: Ann <ann@customer.example>\nTo: support@desk.example\n\
                    Subject: Broken lamp\nMessage-ID: <1@customer.example>\n\nIt is dark.\n";

fn answer(text: &str) -> Answer {
    Answer {
        text: text.into(),
        files: Vec::new(),
        seen: None,
        cc: None,
        close: false,
    }
}

async fn desk_with_ticket() -> (TestDesk, Ticket) {
    let desk = TestDesk::new().await;
    let ticket = desk.ticket(&["support@desk.example"], MAIL).await;
    (desk, ticket)
}

#[tokio::test]
async fn answer_claims_the_ticket_and_may_close_it() {
    let (desk, ticket) = desk_with_ticket().await;
    let closing = Answer {
        close: true,
        ..answer("Done.")
    };
    (desk.desk)
        .reply(&desk.moment(), &desk.ben, &ticket.number, closing)
        .await
        .unwrap();
    let ticket = desk.at(&ticket.number).await;
    assert_eq!(ticket.assignee, Some(desk.ben.id));
    assert!(matches!(ticket.status, Status::Closed { by: Some(by), .. } if by == desk.ben.id));
    assert!(ticket.answered);
    desk.clean().await;
}

#[tokio::test]
async fn answer_to_an_outdated_page_is_held_back() {
    let (desk, ticket) = desk_with_ticket().await;
    let more = MAIL.replace(
        "Message-ID: <1@",
        "In-Reply-To: <1@customer.example>\nMessage-ID: <2@",
    );
    desk.ticket(&["support@desk.example"], &more).await;
    let late = Answer {
        seen: Some(ticket.last_word),
        ..answer("Try the switch.")
    };
    let verdict = desk
        .desk
        .reply(&desk.moment(), &desk.ben, &ticket.number, late)
        .await;
    assert!(matches!(verdict, Err(Problem::Stale { .. })), "{verdict:?}");
    assert_eq!(desk.at(&ticket.number).await.entry_count, 2);
}

#[tokio::test]
async fn attached_file_leaves_with_the_letter() {
    let (desk, ticket) = desk_with_ticket().await;
    let file = Attached {
        name: "../plan.txt".into(),
        size: 5,
        content: Content::Memory(b"hello".to_vec()),
    };
    let with_file = Answer {
        files: vec![file],
        ..answer("See the plan.")
    };
    let replied = desk
        .desk
        .reply(&desk.moment(), &desk.ben, &ticket.number, with_file)
        .await;
    let letter = desk
        .desk
        .letter(replied.unwrap().letter)
        .await
        .unwrap()
        .unwrap();
    let mut source = String::new();
    desk.desk
        .letter_source(&letter)
        .await
        .unwrap()
        .read_to_string(&mut source)
        .unwrap();
    assert!(source.contains("aGVsbG8="), "{source}");
    assert!(
        source.contains("plan.txt") && !source.contains("../"),
        "{source}"
    );
    desk.clean().await;
}

#[tokio::test]
async fn answer_is_signed_by_the_agent_and_the_department() {
    let (desk, ticket) = desk_with_ticket().await;
    let (moment, ben) = (desk.moment(), desk.ben.id);
    (desk.desk)
        .save_profile(&moment, ben, "Ben", "Ben, at your service", true)
        .await
        .unwrap();
    let ben = desk.desk.agent(ben).await.unwrap().unwrap();
    let replied = desk
        .desk
        .reply(&moment, &ben, &ticket.number, answer("Hi."))
        .await;
    let letter = desk
        .desk
        .letter(replied.unwrap().letter)
        .await
        .unwrap()
        .unwrap();
    let mut source = String::new();
    desk.desk
        .letter_source(&letter)
        .await
        .unwrap()
        .read_to_string(&mut source)
        .unwrap();
    assert!(
        source.contains("Hi.\r\n\r\n--=20\r\nBen, at your service\r\nSupport at"),
        "{source}"
    );
    desk.clean().await;
}

#[tokio::test]
async fn empty_answers_and_endless_ones_are_refused() {
    let (desk, ticket) = desk_with_ticket().await;
    for text in [" \n ", &"x".repeat(200 * 1024)] {
        let verdict = desk
            .desk
            .reply(&desk.moment(), &desk.ben, &ticket.number, answer(text))
            .await;
        assert!(matches!(verdict, Err(Problem::Invalid(_))));
    }
}

#[tokio::test]
async fn foreign_ticket_does_not_exist() {
    let desk = TestDesk::new().await;
    let ticket = desk.ticket(&["sales@desk.example"], MAIL).await;
    let (moment, number) = (desk.moment(), &ticket.number);
    let missing = Err(Problem::NotFound("ticket"));
    assert_eq!(
        desk.desk.ticket_for(&desk.ben, number).await.map(|_| ()),
        missing
    );
    assert_eq!(desk.desk.close(&moment, &desk.ben, number).await, missing);
    assert_eq!(
        desk.desk.assign(&moment, &desk.ben, number, None).await,
        missing
    );
    let verdict = desk
        .desk
        .reply(&moment, &desk.ben, number, answer("Hi."))
        .await;
    assert_eq!(verdict.map(|_| ()), missing);
}

#[tokio::test]
async fn referral_gives_view_and_note_but_no_work() {
    let desk = TestDesk::new().await;
    let both = &["sales@desk.example", "support@desk.example"];
    let ticket = desk.ticket(both, MAIL).await;
    assert!(desk.ben.must(Action::View, Object::Ticket(&ticket)).is_ok());
    let note = Note {
        text: "Seen.".into(),
        files: Vec::new(),
    };
    desk.desk
        .note(&desk.moment(), &desk.ben, &ticket.number, note)
        .await
        .unwrap();
    let verdict = desk
        .desk
        .close(&desk.moment(), &desk.ben, &ticket.number)
        .await;
    assert_eq!(verdict, Err(Problem::Forbidden));
    assert_eq!(
        desk.desk.letters_of(ticket.id).await.unwrap().len(),
        1,
        "a note sends nothing"
    );
}

#[tokio::test]
async fn transfer_takes_the_ticket_from_who_cannot_follow() {
    let (desk, ticket) = desk_with_ticket().await;
    let number = &ticket.number;
    desk.desk
        .assign(&desk.moment(), &desk.ada, number, Some(desk.ben.id))
        .await
        .unwrap();
    desk.desk
        .transfer(&desk.moment(), &desk.ada, number, desk.sales)
        .await
        .unwrap();
    let moved = desk.at(number).await;
    assert_eq!((moved.department, moved.assignee), (desk.sales, None));
    let counts = desk.desk.counts(&desk.ben).await.unwrap();
    assert_eq!((counts.open, counts.mine), (0, 0));
    let to_ben = desk
        .desk
        .assign(&desk.moment(), &desk.ada, number, Some(desk.ben.id))
        .await;
    assert!(matches!(to_ben, Err(Problem::Invalid(_))));
    desk.clean().await;
}

#[tokio::test]
async fn queues_and_sizes_follow_every_change() {
    let (desk, ticket) = desk_with_ticket().await;
    let number = &ticket.number;
    let counts = desk.desk.counts(&desk.ada).await.unwrap();
    assert_eq!((counts.open, counts.unassigned, counts.closed), (1, 1, 0));
    desk.desk
        .assign(&desk.moment(), &desk.ben, number, Some(desk.ben.id))
        .await
        .unwrap();
    let counts = desk.desk.counts(&desk.ben).await.unwrap();
    assert_eq!((counts.open, counts.mine, counts.unassigned), (1, 1, 0));
    desk.desk
        .close(&desk.moment(), &desk.ben, number)
        .await
        .unwrap();
    let counts = desk.desk.counts(&desk.ben).await.unwrap();
    assert_eq!((counts.open, counts.mine, counts.closed), (0, 0, 1));
    let closed = desk
        .desk
        .queue(&desk.ben, View::Closed, None, None, 10)
        .await
        .unwrap();
    assert_eq!(closed.rows.len(), 1);
    desk.desk
        .reopen(&desk.moment(), &desk.ben, number)
        .await
        .unwrap();
    let counts = desk.desk.counts(&desk.ben).await.unwrap();
    assert_eq!((counts.open, counts.mine, counts.closed), (1, 1, 0));
    desk.clean().await;
}

#[tokio::test]
async fn collaborators_come_and_go() {
    let (desk, ticket) = desk_with_ticket().await;
    let number = &ticket.number;
    let moment = desk.moment();
    let add = |address: &'static str| {
        (desk.desk).add_collaborator(&moment, &desk.ben, number, address, None)
    };
    add("bob@customer.example").await.unwrap();
    for refused in [
        "bob@customer.example",
        "ann@customer.example",
        "sales@desk.example",
        "nobody",
    ] {
        assert!(
            matches!(add(refused).await, Err(Problem::Invalid(_))),
            "{refused}"
        );
    }
    let bob: EmailAddress = "bob@customer.example".parse().unwrap();
    desk.desk
        .set_collaborator(&desk.moment(), &desk.ben, number, &bob, false)
        .await
        .unwrap();
    let replied = desk
        .desk
        .reply(&desk.moment(), &desk.ben, number, answer("Hi."))
        .await
        .unwrap();
    let letter = desk.desk.letter(replied.letter).await.unwrap().unwrap();
    assert_eq!(letter.recipients.len(), 1);
    desk.clean().await;
}

#[tokio::test]
async fn unwritable_address_keeps_no_letter_from_the_others() {
    let (desk, ticket) = desk_with_ticket().await;
    let (moment, number) = (desk.moment(), &ticket.number);
    (desk.desk)
        .add_collaborator(&moment, &desk.ben, number, "jörg@customer.example", None)
        .await
        .unwrap();
    let replied = desk
        .desk
        .reply(&moment, &desk.ben, number, answer("Hi."))
        .await
        .unwrap();
    let letter = desk.desk.letter(replied.letter).await.unwrap().unwrap();
    let states: Vec<_> = letter.recipients.iter().map(|r| r.state(false)).collect();
    assert_eq!(states, ["queued", "failed"]);
    desk.clean().await;
}

#[tokio::test]
async fn each_try_of_a_letter_is_written_and_the_last_one_is_final() {
    let (desk, ticket) = desk_with_ticket().await;
    let replied = desk
        .desk
        .reply(&desk.moment(), &desk.ben, &ticket.number, answer("Hi."))
        .await
        .unwrap();
    let due = desk.desk.due_letters(&desk.moment(), 10).await.unwrap();
    assert_eq!(due.len(), 2, "the receipt and the answer");
    let leased = desk
        .desk
        .lease_letter(&desk.moment(), 1, replied.letter)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        desk.desk
            .lease_letter(&desk.moment(), 2, leased.id)
            .await
            .unwrap(),
        None
    );
    let ann = leased.recipients[0].address.clone();
    let later = [(ann.clone(), Outcome::Temporary("450 later".into()))];
    desk.desk
        .record_try(&desk.moment(), 2, leased.id, &later)
        .await
        .unwrap();
    assert_eq!(
        desk.desk.letter(leased.id).await.unwrap().unwrap().tries,
        0,
        "not the owner"
    );
    desk.desk
        .record_try(&desk.moment(), 1, leased.id, &later)
        .await
        .unwrap();
    let waiting = desk.desk.letter(leased.id).await.unwrap().unwrap();
    assert_eq!((waiting.state(false), waiting.tries), ("queued", 1));
    assert_eq!(
        waiting.recipients[0].last_reply.as_deref(),
        Some("450 later")
    );
    desk.pass(SignedDuration::from_mins(6));
    desk.desk
        .lease_letter(&desk.moment(), 1, leased.id)
        .await
        .unwrap()
        .unwrap();
    let never = [(ann, Outcome::Permanent("550 no".into()))];
    desk.desk
        .record_try(&desk.moment(), 1, leased.id, &never)
        .await
        .unwrap();
    let failed = desk.desk.letter(leased.id).await.unwrap().unwrap();
    assert_eq!((failed.state(false), failed.due), ("failed", None));
    desk.clean().await;
}

#[tokio::test]
async fn a_lease_whose_courier_died_runs_out() {
    let (desk, _) = desk_with_ticket().await;
    let id = desk.desk.due_letters(&desk.moment(), 1).await.unwrap()[0];
    desk.desk
        .lease_letter(&desk.moment(), 1, id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(desk.desk.due_letters(&desk.moment(), 10).await.unwrap(), []);
    desk.pass(SignedDuration::from_mins(21));
    assert!(
        desk.desk
            .lease_letter(&desk.moment(), 2, id)
            .await
            .unwrap()
            .is_some()
    );
    desk.clean().await;
}

#[tokio::test]
async fn settings_are_for_admins_and_refuse_what_is_in_use() {
    let (desk, ticket) = desk_with_ticket().await;
    let form = DepartmentForm {
        name: "New".into(),
        active: true,
        ..DepartmentForm::default()
    };
    let by_ben = desk
        .desk
        .save_department(&desk.moment(), &desk.ben, &form)
        .await;
    assert_eq!(by_ben, Err(Problem::Forbidden));
    let twin = DepartmentForm {
        name: "support".into(),
        ..form.clone()
    };
    assert!(matches!(
        desk.desk
            .save_department(&desk.moment(), &desk.ada, &twin)
            .await,
        Err(Problem::Invalid(_))
    ));
    let deleted = desk
        .desk
        .delete_department(&desk.moment(), &desk.ada, ticket.department)
        .await;
    assert!(matches!(deleted, Err(Problem::Invalid(_))), "{deleted:?}");
    let fresh = desk
        .desk
        .save_department(&desk.moment(), &desk.ada, &form)
        .await
        .unwrap();
    desk.desk
        .delete_department(&desk.moment(), &desk.ada, fresh)
        .await
        .unwrap();
    assert_eq!(desk.desk.department(fresh).await.unwrap(), None);
}

#[tokio::test]
async fn events_stand_between_the_entries() {
    let (desk, ticket) = desk_with_ticket().await;
    desk.desk
        .close(&desk.moment(), &desk.ben, &ticket.number)
        .await
        .unwrap();
    let entries = desk.desk.entries(ticket.id, None, 100).await.unwrap();
    let sequences: Vec<u32> = entries.iter().map(|e| e.sequence).collect();
    assert_eq!(sequences, (1..=entries.len() as u32).collect::<Vec<_>>());
    assert!(matches!(entries.last().unwrap().body, EntryBody::Event(_)));
    let changes = desk.desk.changes(0, 100).await.unwrap();
    assert!(changes.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(
        changes.last().unwrap().0,
        desk.desk.last_change().await.unwrap()
    );
}
