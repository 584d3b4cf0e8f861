use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio::sync::watch;

use super::super::session::Session;
use super::super::{ErrorLimits, Options, Peer, Timeouts};
use crate::testing::*;
use crate::wire::Wire;

fn quick_errors() -> Options {
    let errors = ErrorLimits {
        delay: Duration::from_millis(50),
        ..ErrorLimits::default()
    };
    Options {
        errors,
        ..options()
    }
}

#[tokio::test]
async fn a_declared_size_above_the_limit_is_refused_at_mail() {
    let server = start(Options {
        max_size: 1000,
        ..options()
    })
    .await;
    let mut raw = server.greeted().await;
    raw.exchange("MAIL FROM:<a@b> SIZE=1001\r\n", "552 5.3.4")
        .await;
    raw.exchange("MAIL FROM:<a@b> SIZE=1000\r\n", "250 ").await;
    assert_eq!(server.room.refused_codes(), [552]);
}

#[tokio::test]
async fn a_mail_above_the_limit_is_read_to_its_end_and_refused() {
    let server = start(Options {
        max_size: 1000,
        ..options()
    })
    .await;
    let mut raw = server.in_data().await;
    raw.says("0123456789\r\n".repeat(100_000)).await;
    raw.exchange(".\r\n", "552 5.3.4").await;
    raw.exchange("NOOP\r\n", "250 ").await;
    assert_eq!(
        (server.room.count(), server.room.refused_codes()),
        (0, vec![552])
    );
}

#[tokio::test]
async fn a_text_line_above_64_kib_is_refused_and_a_long_one_is_not() {
    let server = start(options()).await;
    let mut raw = server.in_data().await;
    raw.exchange(&format!("{}\r\n.\r\n", "x".repeat(65_534)), "250 ")
        .await;
    let mut raw = server.in_data().await;
    raw.exchange(&format!("{}\r\n.\r\n", "x".repeat(65_535)), "554 5.6.0")
        .await;
    raw.exchange("NOOP\r\n", "250 ").await;
    assert_eq!(server.room.count(), 1);
}

#[tokio::test]
async fn a_command_line_above_2048_is_skipped_whole() {
    let server = start(options()).await;
    let mut raw = server.greeted().await;
    let long = format!("NOOP {}", "x".repeat(50_000));
    raw.exchange(&format!("{long}\r\n"), "500 5.5.2").await;
    raw.exchange("NOOP\r\n", "250 ").await;
}

#[tokio::test]
async fn recipients_are_bounded_per_mail() {
    let server = start(Options {
        max_recipients: 3,
        ..options()
    })
    .await;
    let mut raw = server.greeted().await;
    raw.exchange("MAIL FROM:<a@b>\r\n", "250 ").await;
    for at in 0..3 {
        raw.exchange(&format!("RCPT TO:<ann+{at}@desk.example>\r\n"), "250 ")
            .await;
    }
    raw.exchange("RCPT TO:<ann+3@desk.example>\r\n", "452 4.5.3")
        .await;
    raw.exchange("RCPT TO:<ann+0@desk.example>\r\n", "250 ")
        .await;
    raw.exchange("DATA\r\n", "354 ").await;
    raw.exchange(".\r\n", "250 ").await;
    assert_eq!(
        server.room.mails.lock().expect("not poisoned")[0]
            .envelope
            .recipients
            .len(),
        3
    );
}

#[tokio::test]
async fn a_hundred_recipients_fit() {
    let server = start(options()).await;
    let mut raw = server.greeted().await;
    raw.exchange("MAIL FROM:<a@b>\r\n", "250 ").await;
    for at in 0..100 {
        raw.exchange(&format!("RCPT TO:<ann+{at}@desk.example>\r\n"), "250 ")
            .await;
    }
}

#[tokio::test]
async fn twenty_errors_close_the_connection_of_a_stranger() {
    let server = start(quick_errors()).await;
    let mut raw = server.greeted().await;
    let before = std::time::Instant::now();
    for _ in 0..20 {
        raw.exchange("FOO\r\n", "500 ").await;
    }
    raw.hears("421 4.7.0").await;
    raw.ends().await;
    assert!(before.elapsed() >= Duration::from_millis(9 * 50));
}

#[tokio::test]
async fn trusted_peers_may_err() {
    let server = start(trusting(options())).await;
    let mut raw = server.greeted().await;
    for _ in 0..150 {
        raw.exchange("FOO\r\n", "500 ").await;
    }
    raw.exchange("NOOP\r\n", "250 ").await;
}

#[tokio::test]
async fn a_stranger_opens_so_many_connections_and_a_trusted_peer_more() {
    let few = Options {
        per_peer: 2,
        ..options()
    };
    let server = start(few.clone()).await;
    let (_first, second) = (server.connect().await, server.connect().await);
    let mut third = Raw::new(
        tokio::net::TcpStream::connect(server.addr)
            .await
            .expect("a listener"),
    );
    third.hears("421 4.7.0").await;
    third.ends().await;
    drop(second);
    for _ in 0..100 {
        let mut again = Raw::new(
            tokio::net::TcpStream::connect(server.addr)
                .await
                .expect("a listener"),
        );
        if again.line().await.starts_with("220 ") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let server = start(trusting(few)).await;
    let mut many = Vec::new();
    for _ in 0..30 {
        many.push(server.connect().await);
    }
}

#[tokio::test]
async fn mails_on_one_connection_are_bounded_for_strangers() {
    let server = start(Options {
        per_connection: 2,
        ..options()
    })
    .await;
    let mut raw = server.greeted().await;
    for _ in 0..2 {
        raw.exchange("MAIL FROM:<a@b>\r\n", "250 ").await;
        raw.exchange("RCPT TO:<ann@desk.example>\r\n", "250 ").await;
        raw.exchange("DATA\r\n", "354 ").await;
        raw.exchange("x\r\n.\r\n", "250 ").await;
    }
    raw.exchange("MAIL FROM:<a@b>\r\n", "421 4.7.0").await;
    raw.ends().await;
}

fn with(timeouts: impl FnOnce(&mut Timeouts)) -> Options {
    let mut options = options();
    timeouts(&mut options.timeouts);
    options
}

#[tokio::test]
async fn silence_ends_a_session() {
    let server = start(with(|t| t.first_command = Duration::from_millis(50))).await;
    let mut raw = server.connect().await;
    raw.hears("421 4.4.2").await;
    raw.ends().await;

    let server = start(with(|t| t.command = Duration::from_millis(50))).await;
    let mut raw = server.greeted().await;
    raw.says("NOO").await;
    raw.hears("421 4.4.2").await;
    raw.ends().await;

    let server = start(with(|t| t.data_block = Duration::from_millis(50))).await;
    let mut raw = server.in_data().await;
    raw.says("x\r\n").await;
    raw.hears("421 4.4.2").await;
    assert_eq!(server.room.refused_codes(), [421]);
}

#[tokio::test]
async fn a_session_of_a_stranger_ends_however_busy_it_is() {
    let server = start(with(|t| t.session = Duration::from_millis(200))).await;
    let mut raw = server.greeted().await;
    loop {
        raw.says("RSET\r\n").await;
        let line = raw.line().await;
        if line.starts_with("421 4.4.2") {
            break;
        }
        assert!(line.starts_with("250 "), "{line}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn stranger_over_a_pipe(
    room: &Arc<Room>,
    stop: &watch::Sender<bool>,
) -> (Session<Room>, DuplexStream) {
    let (near, far) = tokio::io::duplex(1024);
    let addr = "192.0.2.1:25".parse().expect("an address");
    let peer = Peer {
        addr,
        helo: String::new(),
        esmtp: false,
        tls: None,
        trusted: false,
    };
    let wire = Wire::new(Box::new(near));
    let session = Session::new(
        wire,
        peer,
        Arc::new(options()),
        room.clone(),
        stop.subscribe(),
    );
    (session, far)
}

#[tokio::test]
async fn an_idle_session_is_small() {
    let (room, stop) = (Arc::default(), watch::Sender::new(false));
    let (session, _far) = stranger_over_a_pipe(&room, &stop);
    let size = std::mem::size_of_val(&session.run());
    assert!(size < 4096, "{size}");
}

#[tokio::test]
async fn a_stranger_who_drips_content_is_cut_off() {
    let server = start(with(|t| t.data_grace = Duration::from_millis(200))).await;
    let mut raw = server.in_data().await;
    // Often enough for every block, far too slow for the whole.
    for _ in 0..10 {
        let _ = raw.stream.write_all(b"x").await;
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    raw.hears("421 4.4.2").await;
    assert_eq!(server.room.refused_codes(), [421]);
}
