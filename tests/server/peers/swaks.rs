//! swaks in front of us, plainly and with STARTTLS, with an attachment.

use std::process::Command;

use storage::EngineKind;

use crate::harness::{SUPPORT, Server, in_runtime, is_missing, run, sha256};
use desk::{EntryBody, ticket::Mailed};

#[test]
fn swaks_is_told_the_number_and_its_attachment_arrives() {
    if is_missing("swaks") {
        return;
    }
    in_runtime(async {
        let server = Server::start(EngineKind::Sled).await;
        for (tls, protocol) in [(None, "ESMTP"), (Some("--tls"), "ESMTPS")] {
            let sent: Vec<u8> = (0..100_000u32).map(|at| (at % 251) as u8).collect();
            let directory = tempfile::tempdir().expect("a directory");
            let file = directory.path().join("photo.png");
            std::fs::write(&file, &sent).expect("a file");
            let mut swaks = Command::new("swaks");
            swaks.args([
                "--server",
                "127.0.0.1",
                "--port",
                &server.smtp.port().to_string(),
            ]);
            swaks.args(["--from", "ann@customer.example", "--to", SUPPORT]);
            swaks.args([
                "--header",
                "Subject: The printer is on fire",
                "--body",
                "Please help.",
            ]);
            swaks
                .arg("--attach-type")
                .arg("image/png")
                .arg("--attach")
                .arg(format!("@{}", file.display()));
            let talk = tokio::task::spawn_blocking(move || run(swaks.args(tls))).await;
            let talk = talk.expect("swaks runs");
            let number = talk
                .split("250 2.0.0 ticket ")
                .nth(1)
                .expect("a number is told");
            let number = number.lines().next().expect("a number").trim();
            let mailed = first_message(&server, number).await;
            assert_eq!(mailed.text.new, "Please help.");
            let [photo] = &mailed.attachments[..] else {
                panic!("one attachment, not {:?}", mailed.attachments);
            };
            assert_eq!(photo.name.as_deref(), Some("photo.png"));
            let found: String = photo
                .sha256
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(found, sha256(&sent), "the attachment is whole");
            assert!(
                mailed.trace.contains(&format!("with {protocol} ")),
                "{}",
                mailed.trace
            );
        }
        server.finish().await;
    });
}

async fn first_message(server: &Server, number: &str) -> Mailed {
    let ticket = server.ticket(number).await;
    let entry = server.desk.entry(ticket.id, 1).await.expect("readable");
    match entry.expect("the first entry").body {
        EntryBody::Message(mailed) => *mailed,
        other => panic!("a message, not {other:?}"),
    }
}
