use crate::testing::*;
use std::time::Duration;

use super::super::{Envelope, Message, Options, Peer, Server, Timeouts};
use crate::{Mailbox, Reply, ReversePath};

#[tokio::test]
async fn a_mail_arrives_as_it_was_sent() {
    let server = start(options()).await;
    let mut raw = server.in_data().await;
    let reply = raw
        .exchange("Subject: x\r\n\r\n..dot\r\n.\r\n", "250 2.6.0 ")
        .await;
    assert!(reply.ends_with("Mail 1 is kept"), "{reply}");
    raw.exchange("QUIT\r\n", "221 ").await;
    raw.ends().await;
    let mails = server.room.mails.lock().expect("not poisoned");
    assert_eq!(mails[0].bytes, b"Subject: x\r\n\r\n.dot\r\n");
    let envelope = &mails[0].envelope;
    assert_eq!(envelope.reverse_path.to_string(), "<bob@client.example>");
    assert_eq!(envelope.recipients[0].to_string(), "ann@desk.example");
    assert_eq!(
        (envelope.peer.helo.as_str(), envelope.peer.esmtp),
        ("client.example", true)
    );
    assert!(envelope.peer.tls.is_none() && !envelope.peer.trusted && !envelope.body_8bit);
}

#[tokio::test]
async fn ehlo_announces_what_there_is() {
    let server = start(options()).await;
    let mut raw = server.connect().await;
    raw.says("EHLO client.example\r\n").await;
    let mut lines = Vec::new();
    loop {
        lines.push(raw.line().await);
        if lines.last().is_some_and(|line| line.starts_with("250 ")) {
            break;
        }
    }
    let expected = [
        "250-mx.example",
        "250-PIPELINING",
        "250-SIZE 67108864",
        "250-8BITMIME",
        "250-ENHANCEDSTATUSCODES",
        "250 HELP",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn helo_gets_one_line_and_serves() {
    let server = start(options()).await;
    let mut raw = server.connect().await;
    raw.says("HELO client.example\r\n").await;
    assert_eq!(raw.line().await, "250 mx.example");
    raw.exchange("MAIL FROM:<>\r\n", "250 2.1.0").await;
    raw.exchange("RCPT TO:<postmaster>\r\n", "550 5.7.1").await;
    raw.exchange("RCPT TO:<ann@desk.example>\r\n", "250 2.1.5")
        .await;
    raw.exchange("DATA\r\n", "354 ").await;
    raw.exchange(".\r\n", "250 ").await;
    assert_eq!(server.room.bodies(), [b""]);
    assert!(
        !server.room.mails.lock().expect("not poisoned")[0]
            .envelope
            .peer
            .esmtp
    );
}

#[tokio::test]
async fn commands_out_of_order_are_503() {
    let server = start(options()).await;
    let mut raw = server.connect().await;
    raw.exchange("MAIL FROM:<a@b>\r\n", "503 5.5.1").await;
    raw.exchange("EHLO x\r\n", "250 ").await;
    raw.exchange("RCPT TO:<ann@desk.example>\r\n", "503 5.5.1")
        .await;
    raw.exchange("DATA\r\n", "503 5.5.1").await;
    raw.exchange("MAIL FROM:<a@b>\r\n", "250 ").await;
    raw.exchange("MAIL FROM:<a@b>\r\n", "503 5.5.1").await;
    raw.exchange("DATA\r\n", "503 5.5.1").await;
    raw.exchange("RCPT TO:<nobody@desk.example>\r\n", "550 5.1.1")
        .await;
    raw.exchange("DATA\r\n", "503 5.5.1").await;
    assert_eq!(server.room.count(), 0);
}

#[tokio::test]
async fn rset_and_ehlo_end_a_transaction() {
    let server = start(options()).await;
    let mut raw = server.greeted().await;
    for ending in ["RSET\r\n", "EHLO again.example\r\n"] {
        raw.exchange("MAIL FROM:<a@b>\r\n", "250 ").await;
        raw.exchange("RCPT TO:<ann@desk.example>\r\n", "250 ").await;
        raw.exchange(ending, "250 ").await;
        raw.exchange("DATA\r\n", "503 ").await;
    }
}

#[tokio::test]
async fn small_commands_answer() {
    let server = start(options()).await;
    let mut raw = server.connect().await;
    raw.exchange("NOOP\r\n", "250 2.0.0").await;
    raw.exchange("HELP\r\n", "214 2.0.0").await;
    raw.exchange("AUTH PLAIN AGEAYg==\r\n", "502 5.5.1").await;
    raw.exchange("STARTTLS\r\n", "502 5.5.1").await;
    raw.exchange("FOO\r\n", "500 5.5.1").await;
    raw.exchange("QUIT\r\n", "221 ").await;
    raw.ends().await;
}

#[tokio::test]
async fn vrfy_tells_nothing() {
    let server = start(options()).await;
    let mut raw = server.greeted().await;
    let known = raw.exchange("VRFY ann@desk.example\r\n", "252 ").await;
    let unknown = raw.exchange("VRFY nobody@desk.example\r\n", "252 ").await;
    assert_eq!(known, unknown);
    raw.exchange("EXPN staff\r\n", "502 ").await;
}

#[tokio::test]
async fn a_group_of_commands_is_answered_in_order() {
    let server = start(options()).await;
    let mut raw = server.connect().await;
    raw.says("EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<ann@desk.example>\r\nRCPT TO:<nobody@desk.example>\r\nRCPT TO:<busy@desk.example>\r\nDATA\r\n").await;
    for start in [
        "250 ",
        "250 2.1.0",
        "250 2.1.5",
        "550 5.1.1",
        "450 4.2.1",
        "354 ",
    ] {
        raw.hears(start).await;
    }
    raw.says("hello\r\n.\r\nMAIL FROM:<a@b>\r\nRSET\r\nQUIT\r\n")
        .await;
    for start in ["250 2.6.0", "250 2.1.0", "250 2.0.0", "221 "] {
        raw.hears(start).await;
    }
    raw.ends().await;
    assert_eq!(server.room.bodies(), [b"hello\r\n"]);
    let recipients: Vec<_> = server.room.mails.lock().expect("not poisoned")[0]
        .envelope
        .recipients
        .iter()
        .map(|r| r.to_string())
        .collect();
    assert_eq!(recipients, ["ann@desk.example"]);
    assert_eq!(server.room.refused_codes(), [550, 450]);
}

#[tokio::test]
async fn a_group_may_be_cut_anywhere() {
    let server = start(trusting(options())).await;
    let group = "MAIL FROM:<a@b> BODY=8BITMIME\r\nRCPT TO:<ann@desk.example>\r\nDATA\r\n";
    for cut in 0..group.len() {
        let mut raw = server.greeted().await;
        raw.says(&group[..cut]).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        raw.says(&group[cut..]).await;
        for start in ["250 2.1.0", "250 2.1.5", "354 "] {
            raw.hears(start).await;
        }
    }
}

#[tokio::test]
async fn any_bytes_are_carried() {
    let server = start(options()).await;
    let mut raw = server.in_data().await;
    let mut bytes: Vec<u8> = (0..=255u8).filter(|b| !b"\r\n".contains(b)).collect();
    bytes.extend_from_slice(b"\r\n\0\xff\xfe\xe9\r\n");
    raw.says(&bytes).await;
    raw.exchange(".\r\n", "250 ").await;
    assert_eq!(server.room.bodies(), [bytes]);
}

#[tokio::test]
async fn content_may_be_cut_anywhere() {
    let server = start(trusting(options())).await;
    let content = "a\r\n..\r\n\r\n.b\r\n.\r\n";
    for cut in 0..=content.len() {
        let mut raw = server.in_data().await;
        raw.says(&content[..cut]).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        raw.says(&content[cut..]).await;
        raw.hears("250 2.6.0").await;
    }
    assert!(
        server
            .room
            .bodies()
            .iter()
            .all(|body| body == b"a\r\n.\r\n\r\nb\r\n")
    );
}

#[tokio::test]
async fn a_large_mail_goes_through_a_file() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = start(Options {
        spool_dir: dir.path().join("spool"),
        ..options()
    })
    .await;
    let mut raw = server.in_data().await;
    let content =
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n".repeat(20_000);
    raw.says(&content).await;
    raw.exchange(".\r\n", "250 ").await;
    let mails = server.room.mails.lock().expect("not poisoned");
    assert!(!mails[0].in_memory && mails[0].bytes == content.as_bytes());
    use sha2::{Digest, Sha256};
    let expected: [u8; 32] = Sha256::digest(&content).into();
    assert_eq!(mails[0].sha256, expected);
    assert_eq!(
        std::fs::read_dir(dir.path().join("spool"))
            .expect("made")
            .count(),
        0
    );
}

#[tokio::test]
async fn a_spool_that_cannot_be_written_is_a_temporary_refusal() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let server = start(Options {
        spool_dir: file.path().into(),
        ..options()
    })
    .await;
    let mut raw = server.in_data().await;
    raw.says("x\r\n".repeat(40_000)).await;
    raw.exchange(".\r\n", "452 4.3.1").await;
    raw.exchange("NOOP\r\n", "250 ").await;
    assert_eq!(
        (server.room.count(), server.room.refused_codes()),
        (0, vec![452])
    );
}

#[tokio::test]
async fn a_connection_lost_in_data_delivers_nothing() {
    let server = start(options()).await;
    let mut raw = server.in_data().await;
    raw.says("half a mail\r\n.\r").await;
    drop(raw);
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        if !server.room.refused_codes().is_empty() {
            break;
        }
    }
    assert_eq!(
        (server.room.count(), server.room.refused_codes()),
        (0, vec![451])
    );
}

#[tokio::test]
async fn a_refused_recipient_is_noted_with_sender_and_recipient() {
    let server = start(options()).await;
    let mut raw = server.greeted().await;
    raw.exchange("MAIL FROM:<a@b>\r\n", "250 ").await;
    raw.exchange("RCPT TO:<nobody@desk.example>\r\n", "550 ")
        .await;
    let refusals = server.room.refusals.lock().expect("not poisoned").clone();
    assert_eq!(
        refusals,
        [("<a@b>".into(), Some("nobody@desk.example".into()), 550)]
    );
}

#[tokio::test]
async fn stopping_says_421_to_the_idle_and_finishes_mails_in_hand() {
    let room = Room {
        slowness: Duration::from_millis(200),
        ..Room::default()
    };
    let server = start_with(options(), room).await;
    let (mut idle, mut busy) = (server.greeted().await, server.in_data().await);
    busy.says("half ").await;
    server.stop.send(true).expect("the server listens");
    idle.hears("421 4.3.2").await;
    idle.ends().await;
    busy.exchange("done\r\n.\r\n", "250 2.6.0").await;
    busy.hears("421 4.3.2").await;
    server.task.await.expect("no panic");
    assert_eq!(server.room.bodies(), [b"half done\r\n"]);
    assert!(tokio::net::TcpStream::connect(server.addr).await.is_err());
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let timeouts = Timeouts {
        shutdown: Duration::from_millis(100),
        ..options().timeouts
    };
    let server = start(Options {
        timeouts,
        ..options()
    })
    .await;
    let mut stuck = server.in_data().await;
    server.stop.send(true).expect("the server listens");
    tokio::time::timeout(Duration::from_secs(5), server.task)
        .await
        .expect("an end")
        .expect("no panic");
    stuck.ends().await;
}

#[tokio::test]
async fn a_mailroom_that_panics_loses_one_connection_and_no_more() {
    struct Broken;
    impl crate::server::Mailroom for Broken {
        async fn recipient(&self, _: &Peer, _: &ReversePath, _: &Mailbox) -> Result<(), Reply> {
            Ok(())
        }
        async fn deliver(&self, _: Envelope, _: Message) -> Reply {
            panic!("this test is about what follows a panic")
        }
        async fn refused(&self, _: &Peer, _: &ReversePath, _: Option<&Mailbox>, _: &Reply) {}
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let addr = listener.local_addr().expect("an address");
    let stop = tokio::sync::watch::Sender::new(false);
    let (server, stopped) = (
        Server::new(options(), std::sync::Arc::new(Broken)),
        stop.subscribe(),
    );
    tokio::spawn(async move { server.run(listener, stopped).await });
    for _ in 0..2 {
        let mut raw = Raw::new(
            tokio::net::TcpStream::connect(addr)
                .await
                .expect("a listener"),
        );
        raw.hears("220 ").await;
        raw.exchange("HELO x\r\n", "250 ").await;
        raw.exchange("MAIL FROM:<a@b>\r\n", "250 ").await;
        raw.exchange("RCPT TO:<c@d>\r\n", "250 ").await;
        raw.exchange("DATA\r\n", "354 ").await;
        raw.says("x\r\n.\r\n").await;
        raw.ends().await;
    }
}
