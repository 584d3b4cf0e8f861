use crate::testing::*;

/// Ways to write a recipient that have turned one server or another into an
/// open relay. Only addresses of ours may come through, and to the mailroom.
const TRICKS: [&str; 46] = [
    "bob@them.example",
    "bob%them.example",
    "bob@them.example.",
    "@desk.example:bob@them.example",
    "@desk.example,@x.example:bob@them.example",
    "\"bob@them.example\"",
    "them.example!bob",
    "bob@[192.0.2.9]",
    "bob@[127.0.0.1]",
    "bob@[IPv6:::1]",
    "bob@192.0.2.9",
    "bob@",
    "@desk.example",
    "",
    " ",
    "ann@desk.example@them.example",
    "bob@them.example@desk.example",
    "ann@desk.example.",
    "ann@.desk.example",
    "ann@desk..example",
    "ann@desk.example\0",
    "ann\0@desk.example",
    "\u{430}nn@desk.example",
    "ann@desk.ex\u{430}mple",
    "ann@desk\u{ff0e}example",
    "ann@d\u{e9}sk.example",
    "ann(comment)@desk.example",
    "ann@desk.example (comment)",
    "ann@(c)desk.example",
    "ann @desk.example",
    "ann@ desk.example",
    "<ann@desk.example>",
    "ann@desk.example>,<bob@them.example",
    "ann,bob@desk.example",
    "ann@desk.example,bob@them.example",
    "ann;bob@desk.example",
    "ann:bob@desk.example",
    "\"ann@desk.example",
    "ann\"@desk.example",
    "a\"b\"@desk.example",
    "ann+tag@them.example",
    "ann@desk.example/x",
    "ann@desk.example:25",
    "ann@desk.example#x",
    "ann\\@desk.example",
    "ann@desk_example.them.example",
];

#[tokio::test]
async fn no_way_of_writing_a_recipient_relays() {
    let server = start(trusting(options())).await;
    let mut raw = server.greeted().await;
    raw.exchange("MAIL FROM:<a@b>\r\n", "250 ").await;
    for trick in TRICKS {
        raw.says(format!("RCPT TO:<{trick}>\r\n")).await;
        let line = raw.line().await;
        assert!(line.starts_with('5'), "{trick:?} got {line:?}");
    }
    raw.exchange("DATA\r\n", "503 ").await;
    assert_eq!(server.room.count(), 0);
}

#[tokio::test]
async fn addresses_too_long_are_refused() {
    let server = start(trusting(options())).await;
    let mut raw = server.greeted().await;
    raw.exchange("MAIL FROM:<a@b>\r\n", "250 ").await;
    for to in [
        format!("{}@desk.example", "a".repeat(65)),
        format!("a@{}.desk.example", ["d"; 130].join(".")),
    ] {
        raw.exchange(&format!("RCPT TO:<{to}>\r\n"), "501 5.1.3")
            .await;
    }
    raw.exchange(
        &format!("RCPT TO:<{}@desk.example>\r\n", "a".repeat(64)),
        "250 ",
    )
    .await;
}

#[tokio::test]
async fn odd_but_ours_reaches_the_mailroom_as_one_address() {
    let server = start(trusting(options())).await;
    let mut raw = server.greeted().await;
    raw.exchange("MAIL FROM:<a@b>\r\n", "250 ").await;
    for to in [
        "bob%them.example@desk.example",
        "them.example!bob@desk.example",
        "\"bob@them.example\"@desk.example",
        "@them.example:ann@desk.example",
    ] {
        raw.exchange(&format!("RCPT TO:<{to}>\r\n"), "250 ").await;
    }
    raw.exchange("DATA\r\n", "354 ").await;
    raw.exchange(".\r\n", "250 ").await;
    let mails = server.room.mails.lock().expect("not poisoned");
    assert!(
        mails[0]
            .envelope
            .recipients
            .iter()
            .all(|to| to.domain() == "desk.example")
    );
}
