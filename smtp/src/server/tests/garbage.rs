//! Sessions fed with anything: they always end, never panic, and whatever they
//! deliver was asked for with all the commands in order.

use std::sync::Arc;

use proptest::prelude::*;
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;

use super::super::session::Session;
use super::super::{ErrorLimits, Options, Peer};
use crate::testing::*;
use crate::wire::Wire;

const PIECES: [&[u8]; 22] = [
    b"EHLO x\r\n",
    b"HELO x\r\n",
    b"MAIL FROM:<a@b>\r\n",
    b"MAIL FROM:<> SIZE=9\r\n",
    b"RCPT TO:<ann@desk.example>\r\n",
    b"RCPT TO:<nobody@desk.example>\r\n",
    b"DATA\r\n",
    b"RSET\r\n",
    b"NOOP\r\n",
    b"VRFY a\r\n",
    b"STARTTLS\r\n",
    b"AUTH PLAIN\r\n",
    b"QUIT\r\n",
    b"FOO\r\n",
    b".\r\n",
    b"text\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b".",
    b"\0\xff",
    b"BDAT 5 LAST\r\n",
];

/// Says everything, piece by piece, and waits for the session to end.
async fn feed(pieces: &[usize]) -> (Arc<Room>, String) {
    let (near, far) = tokio::io::duplex(64 << 10);
    let addr = "192.0.2.1:25".parse().expect("an address");
    let peer = Peer {
        addr,
        helo: String::new(),
        esmtp: false,
        tls: None,
        trusted: true,
    };
    let errors = ErrorLimits {
        delay: std::time::Duration::ZERO,
        ..ErrorLimits::default()
    };
    let (options, room) = (
        Options {
            errors,
            ..options()
        },
        Arc::new(Room::default()),
    );
    let stop = watch::Sender::new(false);
    let wire = Wire::new(Box::new(near));
    let session = Session::new(
        wire,
        peer,
        Arc::new(options),
        room.clone(),
        stop.subscribe(),
    );
    let session = tokio::spawn(session.run());
    let mut raw = Raw::new(far);
    raw.hears("220 ").await;
    for piece in pieces {
        let _ = raw.stream.write_all(PIECES[*piece]).await;
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
    }
    let _ = raw.stream.shutdown().await;
    let said = raw.rest().await;
    session.await.expect("no panic");
    (room, said)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_dialogue_ends_and_delivers_only_what_was_asked_for(
        pieces in prop::collection::vec(0..PIECES.len(), 0..30),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (room, said) = runtime.block_on(feed(&pieces));
        for line in said.lines() {
            prop_assert!(line.len() >= 4 && line.as_bytes()[..3].iter().all(u8::is_ascii_digit), "{}", line);
        }
        prop_assert!(room.count() <= said.matches("354 ").count());
        for body in room.bodies() {
            let bare = |at: usize| (body[at] == b'\n') != (at > 0 && body[at - 1] == b'\r');
            prop_assert!(!(0..body.len()).any(bare), "{}", body.escape_ascii());
        }
    }
}
