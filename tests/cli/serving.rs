//! A running server, asked through its control socket and stopped by signals.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::{Here, Server, finish};

#[test]
fn every_command_that_demo_prints_works_when_pasted() {
    let here = Here::new();
    let server = here.demo();
    let commands = server.out.iter().filter(|line| line.starts_with("    "));
    let commands: Vec<&str> = commands.map(|line| line.trim()).collect();
    assert!(commands.len() >= 7, "{:?}", server.out);
    let mut mails = 0;
    for line in commands {
        if line.starts_with("swaks") && !has("swaks") || line.contains("| curl") && !has("curl") {
            continue;
        }
        let mut shell = Command::new("sh");
        shell.args(["-c", line]);
        let said = finish(shell, b"");
        assert_eq!(said.code, 0, "{line}: {said:?}");
        mails += usize::from(line.contains("--to ") || line.contains("--mail-rcpt "));
    }
    let tickets = here.call(&["tickets", "--json", "--data", "d"]).json();
    assert_eq!(tickets.as_array().map(Vec::len), Some(mails));
    let outbox = here.call(&["outbox", "--json", "--data", "d"]).json();
    assert_eq!(
        outbox.as_array().map(Vec::len),
        Some(mails),
        "each is acknowledged"
    );
}

#[test]
fn a_demo_serves_within_a_second_and_cleans_up_behind_itself() {
    let here = Here::new();
    let begun = Instant::now();
    let mut command = here.command(&["demo", "--smtp", "127.0.0.1:0", "--web", "127.0.0.1:0"]);
    command.env("TMPDIR", here.path(""));
    let server = Server::start(command);
    // This build is not optimised and shares the machine with other tests.
    assert!(begun.elapsed() < Duration::from_secs(10));
    let own = || {
        let entries = std::fs::read_dir(here.path("")).expect("a directory");
        entries.count()
    };
    assert_eq!(own(), 1);
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    assert_eq!(own(), 0, "a desk without --data is thrown away");
}

#[test]
fn a_demo_opens_the_desk_it_left() {
    let here = Here::new();
    let server = here.demo();
    here.deliver("Kept").well();
    server.stop();
    let _server = here.demo();
    assert!(
        here.call(&["tickets", "--data", "d"])
            .well()
            .contains("Kept")
    );
}

#[test]
fn answers_are_the_same_with_a_server_and_without() {
    let here = Here::new();
    let server = here.demo();
    for subject in ["First", "Second", "Third"] {
        here.deliver(subject).well();
    }
    let tickets = here.call(&["tickets", "--json", "--data", "d"]).json();
    let number = tickets[0]["number"].as_str().expect("a number").to_owned();
    let ask = || {
        ["tickets", "outbox", "journal", "fsck"]
            .map(|command| here.call(&[command, "--json", "--data", "d"]).json())
            .into_iter()
            .chain([here
                .call(&["ticket", &number, "--json", "--data", "d"])
                .json()])
            .collect::<Vec<Value>>()
    };
    let running = ask();
    server.stop();
    assert_eq!(ask(), running);
}

#[test]
fn refusals_keep_their_exit_through_the_socket() {
    let here = Here::new();
    let _server = here.demo();
    here.call(&["ticket", "12345", "--data", "d"]).refused(65);
    let words = ["deliver", "--to", "nobody@desk.example", "--data", "d"];
    here.call_with(&words, b"Subject: x\n\nx\n").refused(67);
}

#[test]
fn a_large_mail_goes_through_the_socket_whole() {
    let here = Here::new();
    let _server = here.demo();
    let mut mail = b"From: cleo@c.example\nSubject: Large\n\n".to_vec();
    mail.extend((0..2_000_000u32).map(|at| if at % 70 == 0 { b'\n' } else { b'x' }));
    let words = ["deliver", "--to", "support@desk.example", "--data", "d"];
    here.call_with(&words, &mail).well();
    let journal = here.call(&["journal", "--json", "--data", "d"]).json();
    assert_eq!(journal[0]["size"], mail.len());
}

#[test]
fn a_second_server_on_the_same_desk_exits_75() {
    let here = Here::new();
    let mut server = here.demo();
    let words = [
        "demo",
        "--data",
        "d",
        "--smtp",
        "127.0.0.1:0",
        "--web",
        "127.0.0.1:0",
    ];
    let line = here.call(&words).refused(75);
    assert!(line.contains("in use by another process"), "{line}");
    assert!(!server.has_ended());
    here.call(&["tickets", "--data", "d"]).well();
}

#[test]
fn a_killed_server_leaves_nothing_in_the_way() {
    let here = Here::new();
    let server = here.demo();
    here.deliver("Safe").well();
    server.kill();
    assert!(
        here.path("d/control.sock").exists(),
        "the socket is left over"
    );
    assert!(
        here.call(&["tickets", "--data", "d"])
            .well()
            .contains("Safe")
    );
    let _server = here.demo();
    assert!(
        here.call(&["tickets", "--data", "d"])
            .well()
            .contains("Safe")
    );
}

#[test]
fn the_control_socket_is_private_and_bounded() {
    let here = Here::new();
    let _server = here.demo();
    let socket = here.path("d/control.sock");
    let mode = std::fs::metadata(&socket)
        .expect("a socket")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    for (request, part) in [
        (b"hello\n".to_vec(), "not a request"),
        (b"{\"do\":\"tickets\",\"and\":1}\n".to_vec(), "not a request"),
        (vec![b'x'; 70_000], "one line of at most 64 KiB"),
        (b"{\"do\":\"deliver\",\"from\":null,\"to\":[\"support@desk.example\"],\"size\":99999999999}\n".to_vec(), "the most taken is"),
    ] {
        let mut stream = UnixStream::connect(&socket).expect("a server");
        // The server may stop reading what it has refused.
        drop(stream.write_all(&request));
        drop(stream.shutdown(std::net::Shutdown::Write));
        let mut answer = String::new();
        drop(stream.read_to_string(&mut answer));
        assert!(answer.contains("\"fault\"") && answer.contains(part), "{answer}");
    }
    here.call(&["tickets", "--data", "d"]).well();
}

#[test]
fn a_message_that_breaks_off_becomes_no_ticket() {
    let here = Here::new();
    let _server = here.demo();
    let mut stream = UnixStream::connect(here.path("d/control.sock")).expect("a server");
    let request =
        "{\"do\":\"deliver\",\"from\":null,\"to\":[\"support@desk.example\"],\"size\":100}\n";
    stream.write_all(request.as_bytes()).expect("written");
    stream.write_all(b"Subject: Half").expect("written");
    stream.shutdown(std::net::Shutdown::Write).expect("shut");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(
        answer.contains("broke off after 13 of 100 bytes"),
        "{answer}"
    );
    let tickets = here.call(&["tickets", "--json", "--data", "d"]).json();
    assert_eq!(tickets, Value::Array(Vec::new()));
}

#[test]
fn a_desk_deep_in_the_tree_has_a_control_socket_too() {
    let here = Here::new();
    let deep = here.path(&format!("{}/{}", "a".repeat(60), "b".repeat(60)));
    std::fs::create_dir_all(&deep).expect("directories");
    let data = deep.join("d");
    let data = data.to_str().expect("text");
    let words = [
        "demo",
        "--data",
        data,
        "--smtp",
        "127.0.0.1:0",
        "--web",
        "127.0.0.1:0",
    ];
    let _server = Server::start(here.command(&words));
    here.call(&["tickets", "--data", data]).well();
}

#[test]
fn serve_prints_where_the_first_admin_is_made_and_stops_on_a_signal() {
    let here = Here::new();
    let mut command = here.command(&["serve", "--data", "d"]);
    command.env("MAILDESK_SMTP_LISTEN", "127.0.0.1:0,127.0.0.1:0");
    command.env("MAILDESK_WEB_LISTEN", "127.0.0.1:0");
    let server = Server::start(command);
    let setup = server.out.iter().find(|line| line.contains("/setup"));
    assert!(
        setup.is_some_and(|line| line.contains("http://127.0.0.1:")),
        "{:?}",
        server.out
    );
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    assert_eq!(log.matches("taking mail").count(), 2, "{log}");
    assert!(log.contains("stopped"), "{log}");
}

#[test]
fn a_signal_that_comes_twice_still_stops_in_order() {
    let here = Here::new();
    let server = here.demo();
    server.signal();
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    assert!(!log.contains("in the middle"), "{log}");
    assert!(!here.path("d/control.sock").exists());
}

#[test]
fn serve_on_a_desk_with_an_admin_offers_no_setup() {
    let here = Here::new();
    here.desk("sled");
    let mut command = here.command(&["serve"]);
    command.env("MAILDESK_SMTP_LISTEN", "127.0.0.1:0");
    command.env("MAILDESK_WEB_LISTEN", "127.0.0.1:0");
    let server = Server::start(command);
    assert!(
        !server.out.iter().any(|line| line.contains("/setup")),
        "{:?}",
        server.out
    );
}

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}
