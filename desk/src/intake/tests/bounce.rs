//! Reports about our own letters.

use super::*;
use crate::letter::RecipientState;
use crate::outbox::Outcome;

const BOUNCE: &str = "From: MAILER-DAEMON@mx.example\nTo: x\nSubject: Undelivered Mail\n\
    MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
    --b\nContent-Type: text/plain\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\n\
    Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ann@customer.example\n\
    Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 No such user\n\n--b--\n";

#[tokio::test]
async fn bounce_marks_the_recipient_and_makes_no_ticket() {
    let desk = TestDesk::new().await;
    let (ticket, letter) = answered(&desk).await;
    let to = letter.reverse_path.clone().unwrap().to_string();
    let sent = [(
        "ann@customer.example".parse().unwrap(),
        Outcome::Sent("250 thanks".into()),
    )];
    (desk.desk.lease_letter(&desk.moment(), 1, letter.id).await).unwrap();
    (desk
        .desk
        .record_try(&desk.moment(), 1, letter.id, &sent)
        .await)
        .unwrap();
    let accepted = desk.mail_from(None, &[&to], BOUNCE).await.unwrap();
    assert_eq!(accepted.ticket.as_ref(), Some(&ticket.number));
    let letter = desk.desk.letter(letter.id).await.unwrap().unwrap();
    assert!(matches!(
        letter.recipients[0].state,
        RecipientState::Failed { .. }
    ));
    let entries = desk.desk.entries(ticket.id, None, 100).await.unwrap();
    let told = entries.iter().any(|entry| {
        matches!(&entry.body, EntryBody::Event(Event::NotDelivered { reason, .. }) if reason.contains("No such user"))
    });
    assert!(told, "{entries:#?}");
    let counts = desk.desk.counts(&desk.ada).await.unwrap();
    assert_eq!(counts.open, 1);
    desk.clean().await;
}

#[tokio::test]
async fn a_letter_that_has_not_left_cannot_have_bounced() {
    let desk = TestDesk::new().await;
    let (_, letter) = answered(&desk).await;
    let to = letter.reverse_path.clone().unwrap().to_string();
    desk.mail_from(None, &[&to], BOUNCE).await.unwrap();
    let letter = desk.desk.letter(letter.id).await.unwrap().unwrap();
    assert_eq!(letter.queued().len(), 1, "it is still to be sent");
    desk.clean().await;
}
