//! A desk without a server: made, filled, asked and checked from the command line.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::program::Here;

#[test]
fn a_mail_on_standard_input_is_a_ticket_with_its_hash_and_its_receipt() {
    let here = Here::new();
    here.desk("sled");
    let mail = b"From: Cleo <cleo@c.example>\nTo: support@desk.example\nSubject: Hello\n\nHi.\n";
    let words = ["deliver", "--to", "support@desk.example", "--data", "d"];
    let told = here.call_with(&words, mail).well();
    let number = told
        .trim()
        .strip_prefix("ticket ")
        .expect("a ticket number")
        .to_owned();

    let tickets = here.call(&["tickets", "--json", "--data", "d"]).json();
    assert_eq!(tickets[0]["number"], number.as_str());
    assert_eq!(tickets[0]["subject"], "Hello");
    assert_eq!(tickets[0]["status"], "open");
    assert_eq!(tickets[0]["department"], "Support");
    assert_eq!(tickets[0]["requester"], "cleo@c.example");
    assert_eq!(tickets[0]["assignee"], Value::Null);
    assert_eq!(tickets[0]["entry_count"], 1);

    let ticket = here
        .call(&["ticket", &number, "--json", "--data", "d"])
        .json();
    let hash: String = Sha256::digest(mail)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(ticket["entries"][0]["kind"], "message");
    assert_eq!(ticket["entries"][0]["sha256"], hash.as_str());
    assert_eq!(ticket["entries"][0]["text"], "Hi.");

    let outbox = here.call(&["outbox", "--json", "--data", "d"]).json();
    assert_eq!(outbox[0]["state"], "held");
    assert_eq!(outbox[0]["ticket"], number.as_str());
    assert_eq!(outbox[0]["recipients"][0]["address"], "cleo@c.example");
    assert_eq!(outbox[0]["recipients"][0]["tries"], 0);

    for words in [
        &["tickets"][..],
        &["ticket", &number],
        &["outbox"],
        &["journal"],
    ] {
        let shown = here.call(&[words, &["--data", "d"]].concat()).well();
        assert!(shown.contains(&number), "{words:?} shows {shown}");
    }
    let shown = here.call(&["fsck", "--data", "d"]).well();
    assert!(
        shown.contains("1 tickets") && shown.contains("0 problems"),
        "{shown}"
    );
}

#[test]
fn the_same_mail_twice_is_one_ticket() {
    let here = Here::new();
    here.desk("sled");
    let first = here.deliver("Once").well();
    let second = here.deliver("Once").well();
    assert_eq!(first, second);
    let tickets = here.call(&["tickets", "--json", "--data", "d"]).json();
    assert_eq!(tickets.as_array().map(Vec::len), Some(1));
}

#[test]
fn a_mail_for_nobody_exits_67_and_stands_in_the_journal() {
    let here = Here::new();
    here.desk("sled");
    let words = [
        "deliver",
        "--to",
        "nobody@desk.example",
        "--from",
        "x@c.example",
        "--data",
        "d",
    ];
    let line = here.call_with(&words, b"Subject: x\n\nx\n").refused(67);
    assert!(
        line.contains("nobody@desk.example is no address of this desk"),
        "{line}"
    );
    let journal = here.call(&["journal", "--json", "--data", "d"]).json();
    assert_eq!(journal[0]["accepted"], false);
    assert_eq!(journal[0]["peer"], "deliver");
    assert_eq!(journal[0]["from"], "x@c.example");
    assert_eq!(journal[0]["recipients"][0], "nobody@desk.example");
}

#[test]
fn a_mail_is_kept_by_its_server_when_the_desk_is_in_the_way() {
    let here = Here::new();
    let words = [
        "deliver",
        "--to",
        "support@desk.example",
        "--data",
        "absent",
    ];
    let line = here.call_with(&words, b"Subject: x\n\nx\n").refused(75);
    assert!(line.contains("send it again"), "{line}");
    std::fs::write(here.path("c.toml"), "data = 7\n").expect("a file");
    let words = [
        "deliver",
        "--to",
        "support@desk.example",
        "--config",
        "c.toml",
    ];
    here.call_with(&words, b"Subject: x\n\nx\n").refused(75);
}

#[test]
fn the_envelope_sender_comes_from_the_flag_the_variable_or_the_message() {
    let here = Here::new();
    here.desk("sled");
    let words = ["deliver", "--to", "support@desk.example", "--data", "d"];
    let mail = b"From a@mbox.example Mon Nov 23 10:00:00 2026\nFrom: b@head.example\n\nx\n";
    here.call_with(&words, mail).well();
    let mut command = here.command(&words);
    command.env("SENDER", "c@variable.example");
    crate::program::finish(command, b"From: b@head.example\n\ny\n").well();
    let flag = ["--from", "d@flag.example"];
    here.call_with(
        &[&words[..], &flag[..]].concat(),
        b"From: b@head.example\n\nz\n",
    )
    .well();
    let journal = here.call(&["journal", "--json", "--data", "d"]).json();
    let senders: Vec<&str> = (0..3)
        .filter_map(|at| journal[at]["from"].as_str())
        .collect();
    assert_eq!(
        senders,
        ["d@flag.example", "c@variable.example", "a@mbox.example"]
    );
    // The mbox line is no part of the message.
    assert_eq!(journal[2]["size"], 24);
}

#[test]
fn a_large_mail_goes_through_a_file() {
    let here = Here::new();
    here.desk("sled");
    let mut mail = b"From: cleo@c.example\nSubject: Large\n\n".to_vec();
    mail.resize(3_000_000, b'x');
    for end in mail.iter_mut().skip(100).step_by(70) {
        *end = b'\n';
    }
    let words = ["deliver", "--to", "support@desk.example", "--data", "d"];
    here.call_with(&words, &mail).well();
    let shown = here.call(&["fsck", "--json", "--data", "d"]).json();
    assert_eq!(shown["problems"], Value::Array(Vec::new()));
    let left = std::fs::read_dir(here.path("d/spool"))
        .expect("the spool")
        .count();
    assert_eq!(left, 0);
}

#[test]
fn mails_handed_in_at_once_wait_for_each_other() {
    let here = Here::new();
    here.desk("sled");
    std::thread::scope(|scope| {
        for subject in ["One", "Two", "Three", "Four"] {
            let here = &here;
            scope.spawn(move || here.deliver(subject).well());
        }
    });
    let tickets = here.call(&["tickets", "--json", "--data", "d"]).json();
    assert_eq!(tickets.as_array().map(Vec::len), Some(4));
}

#[test]
fn a_new_data_directory_is_private() {
    let here = Here::new();
    here.desk("sled");
    let found = std::fs::metadata(here.path("d")).expect("a directory");
    assert_eq!(found.permissions().mode() & 0o777, 0o700);
}

#[test]
fn an_unknown_ticket_exits_65() {
    let here = Here::new();
    here.desk("sled");
    let line = here.call(&["ticket", "12345", "--data", "d"]).refused(65);
    assert!(line.contains("there is no ticket 12345"), "{line}");
    let line = here.call(&["ticket", "seven", "--data", "d"]).refused(65);
    assert!(line.contains("is no ticket number"), "{line}");
}

#[test]
fn an_empty_desk_lists_nothing() {
    let here = Here::new();
    here.desk("redb");
    for command in ["tickets", "outbox", "journal"] {
        let found = here.call(&[command, "--json", "--data", "d"]).json();
        assert_eq!(found, Value::Array(Vec::new()), "{command}");
    }
}

#[test]
fn the_data_directory_is_found_by_flag_variable_and_configuration() {
    let here = Here::new();
    here.desk("sled");
    here.deliver("Found").well();
    // init has written maildesk.toml here.
    assert!(here.call(&["tickets"]).well().contains("Found"));
    let mut command = here.command(&["tickets"]);
    command.env("MAILDESK_DATA", here.path("absent"));
    crate::program::finish(command, b"").refused(65);
    let mut command = here.command(&["tickets", "--data", "d"]);
    command.env("MAILDESK_DATA", here.path("absent"));
    assert!(
        crate::program::finish(command, b"")
            .well()
            .contains("Found")
    );
}

#[test]
fn any_bytes_are_inspected() {
    let here = Here::new();
    let nul = vec![0u8; 5_000];
    for bytes in [
        &b""[..],
        b"\xff\xfe",
        b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nx",
        &nul,
    ] {
        let seen = here.call_with(&["inspect", "-", "--json"], bytes).json();
        assert_eq!(seen["v"], 1);
        assert_eq!(seen["size"], bytes.len());
        here.call_with(&["inspect", "-"], bytes).well();
    }
}
