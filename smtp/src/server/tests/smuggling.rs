use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio::sync::watch;

use super::super::session::Session;
use super::super::{Options, Peer};
use crate::testing::*;
use crate::wire::Wire;

/// What scanners try, and what they say has worked on one server or another.
const SEQUENCES: [&str; 12] = [
    "\n.\n",
    "\n.\r",
    "\r.\n",
    "\r.\r",
    "\n.\r\n",
    "\r.\r\n",
    "\r\n.\r\r\n",
    "\r\r\n.\r\r\n",
    "\r\n\0.\r\n",
    "\r\n.\n",
    "\r\n.\r",
    "\r\n.\0\r\n",
];

const SECOND: &str = "MAIL FROM:<evil@client.example>\r\nRCPT TO:<ann@desk.example>\r\nDATA\r\nsmuggled\r\n.\r\nQUIT\r\n";

/// A session over a pipe, with its far end ready to send content.
async fn in_data(
    room: &Arc<Room>,
    options: &Arc<Options>,
    keep: &watch::Sender<bool>,
) -> Raw<DuplexStream> {
    let (near, far) = tokio::io::duplex(64 << 10);
    let addr: SocketAddr = "192.0.2.1:25".parse().expect("an address");
    let peer = Peer {
        addr,
        helo: String::new(),
        esmtp: false,
        tls: None,
        trusted: true,
    };
    let session = Session::new(
        Wire::new(Box::new(near)),
        peer,
        options.clone(),
        room.clone(),
        keep.subscribe(),
    );
    tokio::spawn(session.run());
    let mut raw = Raw::new(far);
    raw.hears("220 ").await;
    raw.exchange("EHLO x\r\n", "250 ").await;
    raw.exchange("MAIL FROM:<a@b>\r\n", "250 ").await;
    raw.exchange("RCPT TO:<ann@desk.example>\r\n", "250 ").await;
    raw.exchange("DATA\r\n", "354 ").await;
    raw
}

#[tokio::test]
async fn no_sequence_in_any_two_pieces_smuggles_a_second_mail() {
    let (options, keep) = (Arc::new(options()), watch::Sender::new(false));
    for sequence in SEQUENCES {
        let stream = format!("first{sequence}{SECOND}");
        for cut in 0..stream.len() {
            let room = Arc::new(Room::default());
            let mut raw = in_data(&room, &options, &keep).await;
            raw.says(&stream[..cut]).await;
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
            // The server may have hung up already, as it should.
            let _ = raw.stream.write_all(&stream.as_bytes()[cut..]).await;
            let _ = raw.stream.shutdown().await;
            let said = raw.rest().await;
            check(sequence, cut, &room, &said);
        }
    }
}

/// Either the mail is refused and nothing else happens, or all of it is one mail.
fn check(sequence: &str, cut: usize, room: &Room, said: &str) {
    let bodies = room.bodies();
    if sequence.contains('\0') {
        assert_eq!(bodies.len(), 1, "{sequence:?} cut at {cut}: {said}");
        assert!(bodies[0].starts_with(b"first") && bodies[0].ends_with(b"smuggled\r\n"));
        return;
    }
    assert_eq!(bodies.len(), 0, "{sequence:?} cut at {cut}: {said}");
    assert!(
        said.starts_with("554 5.6.0"),
        "{sequence:?} cut at {cut}: {said}"
    );
    assert_eq!(
        said.lines().filter(|line| !line.starts_with("421")).count(),
        1,
        "{said}"
    );
    assert_eq!(room.refused_codes(), [554]);
}

#[tokio::test]
async fn a_bare_line_end_in_a_command_closes() {
    let server = start(options()).await;
    for line in [
        "NOOP\n",
        "NO\rOP\r\n",
        "MAIL FROM:<a@b>\nRCPT TO:<ann@desk.example>\r\n",
    ] {
        let mut raw = server.greeted().await;
        raw.exchange(line, "500 5.5.2").await;
        raw.ends().await;
    }
}

#[tokio::test]
async fn bytes_sent_with_data_are_neither_content_nor_commands() {
    let server = start(options()).await;
    for (recipient, tail) in [
        ("ann", "hello\r\n.\r\n"),
        ("ann", "."),
        ("nobody", "RSET\r\n"),
    ] {
        let mut raw = server.greeted().await;
        raw.says(format!(
            "MAIL FROM:<a@b>\r\nRCPT TO:<{recipient}@desk.example>\r\nDATA\r\n{tail}"
        ))
        .await;
        raw.hears("250 ").await;
        raw.line().await;
        raw.hears("554 5.5.0").await;
        raw.ends().await;
    }
    assert_eq!(server.room.count(), 0);
    assert_eq!(server.room.refused_codes(), [554, 554, 550, 554]);
}

#[tokio::test]
async fn who_talks_before_the_greeting_is_sent_away() {
    let mut options = options();
    options.timeouts.greeting_pause = std::time::Duration::from_millis(300);
    let server = start(options).await;
    let stream = tokio::net::TcpStream::connect(server.addr)
        .await
        .expect("a listener");
    let mut raw = Raw::new(stream);
    raw.says("EHLO x\r\nMAIL FROM:<a@b>\r\n").await;
    raw.hears("554 5.5.0").await;
    raw.ends().await;
}

#[tokio::test]
async fn a_browser_is_sent_away() {
    let server = start(options()).await;
    let mut raw = server.connect().await;
    raw.exchange(
        "POST / HTTP/1.1\r\nHost: x\r\n\r\nMAIL FROM:<a@b>\r\n",
        "554 5.5.0",
    )
    .await;
    raw.ends().await;
}
