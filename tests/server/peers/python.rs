//! Python's smtplib in front of us.

use std::collections::BTreeMap;

use storage::EngineKind;

use super::python;
use crate::harness::{Server, contents, in_runtime, is_missing};

#[test]
fn smtplib_delivers_plainly_and_with_starttls() {
    if is_missing("python3") {
        return;
    }
    in_runtime(async {
        for modes in [&[][..], &["starttls"][..]] {
            let server = Server::start(EngineKind::Redb).await;
            let port = server.smtp.port().to_string();
            let arguments: Vec<&str> = std::iter::once(port.as_str())
                .chain(modes.iter().copied())
                .collect();
            let answers = tokio::task::block_in_place(|| python("send.py", &arguments));
            let mut sent = BTreeMap::new();
            for answer in answers.as_array().expect("a list") {
                assert_eq!(answer["code"], 250, "{answer}");
                let number = answer["text"]
                    .as_str()
                    .expect("text")
                    .strip_prefix("2.0.0 ticket ");
                let ticket = server.ticket(number.expect("a number")).await;
                assert!(
                    ticket.subject.starts_with("Größe ") && ticket.subject.ends_with(" — 価格")
                );
                assert_eq!(ticket.requester.name.as_deref(), Some("Zoë Müller"));
                sent.insert(answer["sha256"].as_str().expect("a hash").to_owned(), 1);
            }
            assert_eq!(sent.len(), 5);
            assert_eq!(
                contents(&server.desk).await,
                sent,
                "each mail is here once, byte for byte"
            );
            server.finish().await;
        }
    });
}
