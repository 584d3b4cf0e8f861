use super::super::*;
use super::script::Step::*;
use super::script::*;
use crate::testing::{self, Running};
use crate::{Mailbox, Reply, ReversePath};

pub(super) fn to(list: &[&str]) -> Vec<Mailbox> {
    list.iter()
        .map(|text| text.parse().expect("a mailbox"))
        .collect()
}

pub(super) fn from(text: &str) -> ReversePath {
    text.parse().expect("a path")
}

pub(super) fn route(server: &Running) -> Route {
    Route {
        security: Security::Plain,
        ..Route::new("127.0.0.1", server.addr.port(), "client.example")
    }
}

pub(super) async fn send(
    route: &Route,
    recipients: &[&str],
    message: &[u8],
) -> Result<Vec<Outcome>, Failure> {
    let mut connection = Connection::open(route).await?;
    let outcomes = connection
        .send(
            &from("bob@client.example"),
            &to(recipients),
            message,
            message.len() as u64,
        )
        .await;
    connection.quit().await;
    outcomes
}

fn codes(outcomes: &[Outcome]) -> Vec<u16> {
    outcomes
        .iter()
        .map(|outcome| outcome.result.reply().code)
        .collect()
}

#[tokio::test]
async fn a_message_reaches_our_own_server_unchanged() {
    let server = testing::start(testing::trusting(testing::options())).await;
    let message = "Subject: x\r\n\r\n.leading\r\n..two\r\n.\r\nlast\r\n";
    let outcomes = send(&route(&server), &["ann@desk.example"], message.as_bytes())
        .await
        .expect("sent");
    assert!(
        matches!(&outcomes[0].result, Delivery::Delivered(reply) if reply.text == "Mail 1 is kept")
    );
    let mails = server.room.mails.lock().expect("not poisoned");
    assert_eq!(mails[0].bytes, message.as_bytes());
    assert!(mails[0].envelope.body_8bit && mails[0].envelope.peer.esmtp);
}

#[tokio::test]
async fn a_large_message_of_any_bytes_arrives_whole() {
    let server = testing::start(testing::trusting(testing::options())).await;
    let line = [&[b'.', 0, 0xe9, 0xff][..], &[b'x'; 500], b"\r\n"].concat();
    let message = line.repeat(10_000);
    send(&route(&server), &["ann@desk.example"], &message)
        .await
        .expect("sent");
    assert!(server.room.bodies() == [message]);
}

#[tokio::test]
async fn lone_line_ends_arrive_as_line_ends() {
    let server = testing::start(testing::trusting(testing::options())).await;
    send(&route(&server), &["ann@desk.example"], b"a\nb\rc\n.\nd")
        .await
        .expect("sent");
    assert_eq!(server.room.bodies(), [b"a\r\nb\r\nc\r\n.\r\nd\r\n"]);
}

#[tokio::test]
async fn a_refused_recipient_does_not_stop_the_others() {
    let server = testing::start(testing::trusting(testing::options())).await;
    let recipients = [
        "nobody@desk.example",
        "ann@desk.example",
        "busy@desk.example",
        "x@elsewhere.example",
        "eve@desk.example",
    ];
    let outcomes = send(&route(&server), &recipients, b"x\r\n")
        .await
        .expect("sent");
    assert_eq!(codes(&outcomes), [550, 250, 450, 550, 250]);
    assert!(matches!(outcomes[0].result, Delivery::Permanent(_)));
    assert!(matches!(outcomes[2].result, Delivery::Temporary(_)));
    assert_eq!(outcomes[4].recipient.to_string(), "eve@desk.example");
    let mails = server.room.mails.lock().expect("not poisoned");
    assert_eq!(
        mails[0].envelope.recipients,
        to(&["ann@desk.example", "eve@desk.example"])
    );
}

#[tokio::test]
async fn one_connection_carries_several_messages() {
    let server = testing::start(testing::trusting(testing::options())).await;
    let mut connection = Connection::open(&route(&server)).await.expect("open");
    for (recipient, code) in [
        ("ann@desk.example", 250),
        ("nobody@desk.example", 550),
        ("ann@desk.example", 250),
    ] {
        let outcomes = connection
            .send(&ReversePath::Null, &to(&[recipient]), &b"x\r\n"[..], 3)
            .await
            .expect("sent");
        assert_eq!(codes(&outcomes), [code]);
    }
    assert_eq!(server.room.count(), 2);
}

#[tokio::test]
async fn two_hundred_recipients_go_in_groups() {
    let options = crate::server::Options {
        max_recipients: 120,
        ..testing::trusting(testing::options())
    };
    let server = testing::start(options).await;
    let recipients: Vec<String> = (0..200)
        .map(|at| format!("ann+{at}@desk.example"))
        .collect();
    let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
    let outcomes = send(&route(&server), &recipients, b"x\r\n")
        .await
        .expect("sent");
    let delivered = outcomes
        .iter()
        .filter(|o| matches!(o.result, Delivery::Delivered(_)))
        .count();
    let later = outcomes
        .iter()
        .filter(|o| matches!(&o.result, Delivery::Temporary(r) if r.code == 452))
        .count();
    assert_eq!((delivered, later), (120, 80));
}

#[tokio::test]
async fn no_recipient_is_no_transaction() {
    let server = testing::start(testing::trusting(testing::options())).await;
    assert_eq!(send(&route(&server), &[], b"x\r\n").await, Ok(Vec::new()));
    assert_eq!(server.room.count(), 0);
}

#[tokio::test]
async fn a_message_above_the_size_of_the_server_is_not_sent() {
    let options = crate::server::Options {
        max_size: 10,
        ..testing::trusting(testing::options())
    };
    let server = testing::start(options).await;
    let failure = send(
        &route(&server),
        &["ann@desk.example"],
        b"more than that\r\n",
    )
    .await
    .expect_err("too big");
    assert!(failure.is_permanent(), "{failure}");
    assert_eq!(failure.reply().map(|reply| reply.code), Some(552));
}

#[tokio::test]
async fn a_message_that_is_not_as_long_as_it_was_said_is_not_delivered() {
    let server = testing::start(testing::trusting(testing::options())).await;
    let mut connection = Connection::open(&route(&server)).await.expect("open");
    let failure = connection
        .send(&from("a@b"), &to(&["ann@desk.example"]), &b"half"[..], 8)
        .await;
    assert!(matches!(failure, Err(Failure::Message(_))), "{failure:?}");
    let again = connection
        .send(&from("a@b"), &to(&["ann@desk.example"]), &b"x\r\n"[..], 3)
        .await;
    assert!(matches!(again, Err(Failure::Protocol { .. })), "{again:?}");
    connection.quit().await;
    assert_eq!(server.room.count(), 0);
}

#[tokio::test]
async fn a_server_without_extensions_gets_helo_and_one_command_at_a_time() {
    let script = Script::start(vec![vec![
        Say("220 old\r\n"),
        Hear("EHLO"),
        Say("502 what\r\n"),
        Hear("HELO client.example"),
        Say("250 old\r\n"),
        Hear("MAIL FROM:<bob@client.example>\r\n"),
        Say("250 ok\r\n"),
        Hear("RCPT"),
        Say("250 ok\r\n"),
        Hear("RCPT"),
        Say("551 no\r\n"),
        Hear("DATA"),
        Say("354 go\r\n"),
        HearMail,
        Say("250 taken\r\n"),
        Hear("QUIT"),
        Say("221 bye\r\n"),
    ]])
    .await;
    let outcomes = send(&script.route(), &["a@x.example", "b@x.example"], b"hi\r\n")
        .await
        .expect("sent");
    assert_eq!(codes(&outcomes), [250, 551]);
    let heard = script.heard().await;
    assert!(heard.contains("DATA\r\nhi\r\n.\r\nQUIT\r\n"), "{heard}");
}

#[tokio::test]
async fn extensions_are_used_when_offered() {
    let script = Script::start(vec![vec![
        Say("220 x\r\n"),
        Hear("EHLO"),
        Say("250-x\r\n250-SIZE 1000\r\n250-PIPELINING\r\n250 8BITMIME\r\n"),
        // Both must come before a single reply.
        Hear("MAIL FROM:<bob@client.example> SIZE=4 BODY=8BITMIME\r\n"),
        Hear("RCPT TO:<a@x.example>\r\n"),
        Say("250 ok\r\n250 ok\r\n"),
        Hear("DATA"),
        Say("354 go\r\n"),
        HearMail,
        Say("250 taken\r\n"),
    ]])
    .await;
    let outcomes = send(&script.route(), &["a@x.example"], b"hi\r\n")
        .await
        .expect("sent");
    assert_eq!(codes(&outcomes), [250]);
}

#[tokio::test]
async fn a_refused_sender_refuses_the_message_and_the_connection_lives() {
    let script = Script::start(vec![vec![
        Say("220 x\r\n"),
        Hear("EHLO"),
        Say("250-x\r\n250 PIPELINING\r\n"),
        Hear("MAIL"),
        Hear("RCPT"),
        Say("550 5.7.1 not you\r\n503 5.5.1 no\r\n"),
        Hear("RSET"),
        Say("250 ok\r\n"),
        Hear("MAIL"),
        Hear("RCPT"),
        Say("250 ok\r\n250 ok\r\n"),
        Hear("DATA"),
        Say("354 go\r\n"),
        HearMail,
        Say("250 taken\r\n"),
    ]])
    .await;
    let mut connection = Connection::open(&script.route()).await.expect("open");
    let first = connection
        .send(&from("a@b"), &to(&["a@x.example"]), &b"x\r\n"[..], 3)
        .await;
    let reply = Reply::new(550, (5, 7, 1), "not you");
    assert_eq!(
        first,
        Err(Failure::Refused {
            stage: Stage::Mail,
            reply
        })
    );
    let second = connection
        .send(&from("a@b"), &to(&["a@x.example"]), &b"x\r\n"[..], 3)
        .await
        .expect("sent");
    assert_eq!(codes(&second), [250]);
}

async fn verdict(data: &'static str, end: &'static str) -> Vec<Outcome> {
    let script = Script::start(vec![vec![
        Say("220 x\r\n"),
        Hear("EHLO"),
        Say("250 x\r\n"),
        Hear("MAIL"),
        Say("250 ok\r\n"),
        Hear("RCPT"),
        Say("250 ok\r\n"),
        Hear("DATA"),
        Say(data),
        HearMail,
        Say(end),
    ]])
    .await;
    send(&script.route(), &["a@x.example"], b"hi\r\n")
        .await
        .expect("an outcome")
}

#[tokio::test]
async fn the_verdict_on_the_message_is_the_verdict_on_each_recipient() {
    assert!(matches!(
        verdict("354 go\r\n", "554 5.6.0 spam\r\n").await[0].result,
        Delivery::Permanent(_)
    ));
    assert!(matches!(
        verdict("354 go\r\n", "451 later\r\n").await[0].result,
        Delivery::Temporary(_)
    ));
}

#[tokio::test]
async fn too_many_recipients_is_never_permanent() {
    let script = Script::start(vec![vec![
        Say("220 x\r\n"),
        Hear("EHLO"),
        Say("250 x\r\n"),
        Hear("MAIL"),
        Say("250 ok\r\n"),
        Hear("RCPT"),
        Say("552 too many\r\n"),
    ]])
    .await;
    let outcomes = send(&script.route(), &["a@x.example"], b"hi\r\n")
        .await
        .expect("an outcome");
    assert!(matches!(outcomes[0].result, Delivery::Temporary(_)));
}
