//! Servers that break off, hang, or talk nonsense at each point of a dialogue.

use std::time::Duration;

use super::super::*;
use super::delivery::{from, send, to};
use super::script::Step::*;
use super::script::*;

/// The dialogue of a whole delivery, step by step.
fn dialogue() -> Vec<Step> {
    vec![
        Say("220 x\r\n"),
        Hear("EHLO"),
        Say("250-x\r\n250 SIZE\r\n"),
        Hear("MAIL"),
        Say("250 ok\r\n"),
        Hear("RCPT"),
        Say("250 ok\r\n"),
        Hear("DATA"),
        Say("354 go\r\n"),
        HearMail,
        Say("250 taken\r\n"),
    ]
}

fn cut(at: usize, last: Step) -> Vec<Step> {
    let mut steps = dialogue();
    steps.truncate(at);
    steps.push(last);
    steps
}

fn impatient(script: &Script) -> Route {
    let soon = Duration::from_millis(150);
    let timeouts = Timeouts {
        connect: soon,
        handshake: soon,
        greeting: soon,
        command: soon,
        data_start: soon,
        data_block: soon,
        data_end: soon,
        quit: soon,
    };
    Route {
        timeouts,
        ..script.route()
    }
}

/// Before the mail is out the failure is plain; after it nobody knows.
fn check(at: usize, result: Result<Vec<Outcome>, Failure>) {
    let failure = result.expect_err("a broken dialogue");
    assert_eq!(
        matches!(failure, Failure::AfterData(_)),
        at == 10,
        "cut at {at}: {failure:?}"
    );
    assert!(!failure.is_permanent(), "cut at {at}: {failure:?}");
}

#[tokio::test]
async fn a_server_that_breaks_off_at_any_point() {
    for at in 0..11 {
        let script = Script::start(vec![cut(at, Close)]).await;
        let result = send(&impatient(&script), &["a@x.example"], b"hi\r\n").await;
        // A close right after 354 may be noticed only after the final dot.
        match at {
            9 => assert!(result.is_err()),
            _ => check(at, result),
        }
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_at_any_point() {
    for at in [0, 2, 4, 6, 8, 10] {
        let script = Script::start(vec![cut(at, Hang)]).await;
        let result = send(&impatient(&script), &["a@x.example"], b"hi\r\n").await;
        if at < 10 {
            assert!(
                matches!(result, Err(Failure::Timeout(_))),
                "cut at {at}: {result:?}"
            );
        }
        check(at, result);
    }
}

#[tokio::test]
async fn a_server_that_talks_nonsense_at_any_point() {
    for at in [0, 2, 4, 6, 8, 10] {
        let script = Script::start(vec![cut(at, Say("hello there\r\n"))]).await;
        check(
            at,
            send(&impatient(&script), &["a@x.example"], b"hi\r\n").await,
        );
    }
}

#[tokio::test]
async fn a_server_that_never_ends_a_line() {
    let flood: &'static str = Box::leak("2".repeat(1 << 20).into_boxed_str());
    let script = Script::start(vec![vec![Say(flood), Hang]]).await;
    let failure = Connection::open(&impatient(&script)).await.err();
    assert!(
        matches!(
            failure,
            Some(Failure::Protocol {
                stage: Stage::Greeting,
                ..
            })
        ),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_server_that_refuses_to_talk_says_nothing_about_the_message() {
    for greeting in ["421 later\r\n", "554 go away\r\n"] {
        let script = Script::start(vec![vec![Say(greeting)]]).await;
        let failure = Connection::open(&script.route())
            .await
            .err()
            .expect("a refusal");
        assert!(
            matches!(
                failure,
                Failure::Refused {
                    stage: Stage::Greeting,
                    ..
                }
            ),
            "{failure:?}"
        );
        assert!(!failure.is_permanent());
    }
}

#[tokio::test]
async fn a_refusal_in_the_middle_of_the_message_is_heard() {
    let script = Script::start(vec![cut(9, Say("552 5.3.4 too big\r\n"))]).await;
    let message = vec![b'x'; 3];
    let outcomes = send(&impatient(&script), &["a@x.example"], &message)
        .await
        .expect("an outcome");
    assert!(matches!(&outcomes[0].result, Delivery::Permanent(reply) if reply.code == 552));
}

#[tokio::test]
async fn nobody_listening_is_a_failure_to_connect() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let route = Route {
        security: Security::Plain,
        ..Route::new("127.0.0.1", port, "client.example")
    };
    assert!(matches!(
        Connection::open(&route).await.err(),
        Some(Failure::Connect(_))
    ));
}

#[tokio::test]
async fn addresses_are_tried_in_order() {
    let script = Script::start(vec![dialogue()]).await;
    let addresses = vec![
        "127.0.0.9".parse().expect("an address"),
        "127.0.0.1".parse().expect("an address"),
    ];
    let route = Route {
        addresses,
        host: "mx.example".into(),
        ..script.route()
    };
    let mut connection = Connection::open(&route).await.expect("open");
    connection
        .send(&from("a@b"), &to(&["a@x.example"]), &b"x\r\n"[..], 3)
        .await
        .expect("sent");
}

#[tokio::test]
async fn a_name_with_line_ends_does_not_become_a_command() {
    let script = Script::start(vec![dialogue()]).await;
    let route = Route {
        helo: "evil\r\nMAIL FROM:<x@y>".into(),
        ..script.route()
    };
    drop(Connection::open(&route).await.expect("open"));
    assert_eq!(script.heard().await, "EHLO evilMAILFROM:<x@y>\r\n");
}
