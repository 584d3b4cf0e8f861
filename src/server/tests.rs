//! The whole server in the test's own process.

use smtp::client::Delivery;

use super::*;
use crate::testing::House;
use config::Outgoing;

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_answered_with_its_ticket_number_and_stands_in_the_journal() {
    let house = House::start("desk.example", Outgoing::Hold).await;
    let sent = house
        .mail("cleo@c.example", "support@desk.example", "Hello")
        .await
        .expect("sent");
    let tickets = house.desk().ticket_listing(None).await.expect("tickets").0;
    let number = tickets[0]["number"].as_str().expect("a number");
    let Delivery::Delivered(reply) = &sent else {
        panic!("the mail was not taken: {sent:?}");
    };
    assert_eq!(
        (reply.code, reply.text.as_str()),
        (250, format!("ticket {number}").as_str())
    );
    let journal = house
        .desk()
        .journal(None, 10)
        .await
        .expect("the journal")
        .rows;
    assert_eq!(journal.len(), 1);
    assert!(journal[0].accepted);
    assert_eq!(journal[0].peer, "127.0.0.1");
    assert_eq!(journal[0].helo, "client.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_recipient_is_refused_in_the_dialogue_and_journalled() {
    let house = House::start("desk.example", Outgoing::Hold).await;
    let sent = house
        .mail("cleo@c.example", "nobody@desk.example", "Hello")
        .await;
    let sent = sent.expect("a dialogue");
    assert!(
        matches!(&sent, Delivery::Permanent(reply) if reply.code == 550),
        "{sent:?}"
    );
    let journal = house
        .desk()
        .journal(None, 10)
        .await
        .expect("the journal")
        .rows;
    assert_eq!(journal.len(), 1);
    assert!(!journal[0].accepted);
    assert_eq!(journal[0].recipients, ["nobody@desk.example"]);
    assert!(
        journal[0].reply.starts_with("550 5.1.1"),
        "{}",
        journal[0].reply
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_names_the_sender_the_client_and_the_only_recipient() {
    let house = House::start("desk.example", Outgoing::Hold).await;
    house
        .mail("cleo@c.example", "support@desk.example", "Hello")
        .await
        .expect("sent");
    let number = house.desk().ticket_listing(None).await.expect("tickets").0[0]["number"].clone();
    let number = number
        .as_str()
        .expect("a number")
        .parse()
        .expect("a number");
    let ticket = house
        .desk()
        .ticket_by_number(&number)
        .await
        .expect("read")
        .expect("a ticket");
    let entries = house
        .desk()
        .entries(ticket.id, None, 10)
        .await
        .expect("entries");
    let trace = entries.iter().find_map(|entry| match &entry.body {
        desk::EntryBody::Message(mailed) => Some(mailed.trace.clone()),
        _ => None,
    });
    let trace = trace.expect("a message");
    assert!(
        trace.starts_with("Return-Path: <cleo@c.example>\r\nReceived: from client.example"),
        "{trace}"
    );
    assert!(trace.contains("by desk.example with ESMTP"), "{trace}");
    assert!(trace.contains("for <support@desk.example>"), "{trace}");
    assert!(
        trace.ends_with("+0000\r\n") || trace.ends_with("GMT\r\n"),
        "{trace}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_has_let_go_of_everything() {
    let house = House::start("desk.example", Outgoing::Hold).await;
    let (smtp, web, data) = (house.smtp(), house.running.web, house.data());
    let _kept = house.stop().await;
    assert!(TcpListener::bind(smtp).await.is_ok());
    assert!(TcpListener::bind(web).await.is_ok());
    assert!(!data.join("control.sock").exists());
    let options = storage::Options {
        create: false,
        ..storage::Options::default()
    };
    assert!(Store::open(&data, &options).is_ok(), "the lock is free");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_served_on_the_bound_address() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let house = House::start("desk.example", Outgoing::Hold).await;
    let mut stream = tokio::net::TcpStream::connect(house.running.web)
        .await
        .expect("a listener");
    let request = format!(
        "GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        house.running.web
    );
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
