//! Letters from one desk to another, and to servers that are not there.

use std::net::SocketAddr;

use desk::letter::RecipientState;
use smtp::client::Stage;
use smtp::reply;

use super::*;
use crate::testing::House;

fn relay(to: SocketAddr, security: config::Security) -> Outgoing {
    Outgoing::Relay(Relay {
        host: to.ip().to_string(),
        port: to.port(),
        security,
        login: None,
        ca_file: None,
        // The house at the other end has made its certificate itself.
        verify: false,
    })
}

fn addresses(texts: &[&str]) -> Vec<EmailAddress> {
    texts
        .iter()
        .map(|text| text.parse().expect("an address"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_goes_through_a_relay_under_tls_and_keeps_what_was_said() {
    let there = House::start("there.example", Outgoing::Hold).await;
    let route = relay(there.smtp(), config::Security::StartTls);
    let here = House::start("here.example", route).await;
    here.mail(
        "support@there.example",
        "support@here.example",
        "To and fro",
    )
    .await
    .expect("taken");
    let letter = here.letter(|letter| !letter.is_waiting()).await;
    let recipient = &letter.recipients[0];
    assert!(
        matches!(recipient.state, RecipientState::Sent { .. }),
        "{recipient:?}"
    );
    let told = recipient.last_reply.as_deref().unwrap_or_default();
    assert!(told.contains("250 2.0.0 ticket "), "{told}");
    let tickets = there.desk().ticket_listing(None).await.expect("tickets").0;
    assert_eq!(tickets.len(), 1);
    // The receipt of a machine is not answered with another one.
    assert!(
        there
            .desk()
            .letters(None, 10)
            .await
            .expect("letters")
            .rows
            .is_empty()
    );
    here.running.stop().await;
    there.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_tried_again_when_its_time_comes() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = nobody.local_addr().expect("an address");
    drop(nobody);
    let here = House::start("here.example", relay(closed, config::Security::Plain)).await;
    here.mail("cleo@c.example", "support@here.example", "Later")
        .await
        .expect("taken");
    let letter = here.letter(|letter| letter.tries == 1).await;
    assert!(letter.is_waiting());
    let told = letter.recipients[0].last_reply.clone().unwrap_or_default();
    assert!(told.starts_with("127.0.0.1: cannot connect"), "{told}");
    here.pass(3600);
    here.letter(|letter| letter.tries == 2).await;
    here.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_recipient_is_final() {
    let there = House::start("there.example", Outgoing::Hold).await;
    let route = relay(there.smtp(), config::Security::Opportunistic);
    let here = House::start("here.example", route).await;
    here.mail("cleo@there.example", "support@here.example", "No")
        .await
        .expect("taken");
    let letter = here.letter(|letter| !letter.is_waiting()).await;
    assert!(
        matches!(letter.recipients[0].state, RecipientState::Failed { .. }),
        "{letter:?}"
    );
    let told = letter.recipients[0].last_reply.clone().unwrap_or_default();
    assert!(told.contains("550 5.1.1"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_server_is_asked_when_the_first_is_away() {
    let there = House::start("there.example", Outgoing::Hold).await;
    let here = House::start("here.example", Outgoing::Hold).await;
    here.mail("support@there.example", "support@here.example", "Two")
        .await
        .expect("taken");
    let letter = here.letter(|_| true).await;
    let parcel = Parcel {
        desk: here.desk(),
        message: Mutex::new(Some(
            here.desk().letter_source(&letter).await.expect("a letter"),
        )),
        letter: &letter,
    };
    let route = |port| Route {
        security: Security::Plain,
        ..Route::new("127.0.0.1", port, "here.example")
    };
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address").port()
    };
    let routes = [route(closed), route(there.smtp().port())];
    let outcomes = parcel.by_routes(&letter.queued(), routes).await;
    assert!(
        matches!(&outcomes[..], [(_, Outcome::Sent(_))]),
        "{outcomes:?}"
    );
    // Sent again, as after an answer that was lost: the message is opened anew, and is whole.
    let outcomes = parcel
        .by_routes(&letter.queued(), [route(there.smtp().port())])
        .await;
    assert!(
        matches!(&outcomes[..], [(_, Outcome::Sent(_))]),
        "{outcomes:?}"
    );
    assert_eq!(
        there
            .desk()
            .ticket_listing(None)
            .await
            .expect("tickets")
            .0
            .len(),
        1
    );
}

#[test]
fn recipients_are_gathered_by_domain() {
    let to = addresses(&["a@x.example", "b@y.example", "c@X.EXAMPLE"]);
    let domains = by_domain(&to);
    assert_eq!(domains["x.example"].len(), 2);
    assert_eq!(domains["y.example"].len(), 1);
}

#[test]
fn an_address_beyond_ascii_fails_alone() {
    let (known, refused) = mailboxes(&addresses(&["jürgen@x.example", "ann@x.example"]));
    assert_eq!(known.len(), 1);
    assert!(
        matches!(&refused[..], [(_, Outcome::Permanent(_))]),
        "{refused:?}"
    );
}

#[test]
fn a_server_that_may_have_taken_the_letter_is_the_last_one_asked() {
    assert!(is_settled(&Failure::AfterData("reset".into())));
    let refused = |stage, reply| is_settled(&Failure::Refused { stage, reply });
    assert!(refused(Stage::EndOfData, reply::too_big()));
    assert!(!refused(Stage::Greeting, reply::too_many_connections()));
    assert!(!is_settled(&Failure::Connect("refused".into())));
}

#[test]
fn a_recipient_nothing_was_said_about_is_tried_again() {
    let to = addresses(&["ann@x.example"]);
    let (known, _) = mailboxes(&to);
    let outcomes = match_up(&known, Vec::new(), "mx.example");
    assert!(
        matches!(&outcomes[..], [(_, Outcome::Temporary(_))]),
        "{outcomes:?}"
    );
}
