//! Two thousand connections that say nothing: each costs little, and they slow nobody down.

use std::time::{Duration, Instant};

use storage::EngineKind;
use tokio::task::JoinSet;

use crate::harness::{Client, Mail, Memory, Program, in_runtime, limit_files};

const CONNECTIONS: usize = 2_000;
/// KiB, for each.
const ALLOWED: u64 = 64;

#[test]
fn two_thousand_idle_connections_cost_little_and_slow_nobody() {
    let files = CONNECTIONS + 1_000;
    limit_files(std::process::id(), files);
    in_runtime(async {
        let directory = tempfile::tempdir().expect("a directory");
        let data = directory.path().join("data");
        Program::make(&data, EngineKind::Sled).await;
        let program = Program::serve(&data, "mode = \"hold\"");
        limit_files(program.pid(), files);
        let alone = busy(&program, "alone").await;
        let before = Memory::of(program.pid()).resident;

        let idle = connect_all(&program).await;
        let after = Memory::of(program.pid()).resident;
        let each = after.saturating_sub(before) / CONNECTIONS as u64;
        let among = busy(&program, "among").await;
        println!(
            "{each} KiB for each idle connection; {MAILS} mails: {alone:?} alone, {among:?} among them"
        );
        assert!(each < ALLOWED, "{each} KiB for each");
        // A server that looks at every connection for every mail would be many times slower.
        let allowed = alone * 3 + Duration::from_millis(500);
        assert!(
            among < allowed,
            "{among:?} among idle connections, {alone:?} alone"
        );
        assert_eq!(idle.len(), CONNECTIONS);
        drop(idle);
        program.stop();
    });
}

const MAILS: usize = 100;

/// How long a hundred mails take on one connection.
async fn busy(program: &Program, name: &str) -> Duration {
    let mut client = Client::connect(program.smtp).await.greeted().await;
    let begun = Instant::now();
    for at in 0..MAILS {
        let mail = Mail::new(
            &format!("{name}.{at}"),
            &format!("ann{at}@customer.example"),
            "Lamp",
        );
        client.ticket(&mail).await;
    }
    begun.elapsed()
}

/// Each has said EHLO, as a mail server that keeps its connections does.
async fn connect_all(program: &Program) -> Vec<Client> {
    let (mut connecting, mut idle) = (JoinSet::new(), Vec::new());
    let smtp = program.smtp;
    for _ in 0..CONNECTIONS {
        connecting.spawn(async move { Client::connect(smtp).await.greeted().await });
        if connecting.len() >= 100 {
            idle.push(
                connecting
                    .join_next()
                    .await
                    .expect("one is")
                    .expect("it connects"),
            );
        }
    }
    idle.extend(connecting.join_all().await);
    idle
}
