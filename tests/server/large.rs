//! A mail of 50 MB with attachments, in and out: the program's memory hardly grows, since content
//! streams through files.

use std::time::{Duration, Instant};

use desk::letter::Letter;
use desk::ticket::{Answer, Attached};
use desk::{Desk, EntryBody, Moment, TicketNumber};
use maildesk::world::World;
use sha2::{Digest, Sha256};
use storage::{Content, EngineKind};

use crate::harness::{Client, Mail, Memory, Program, Sink, answer, contents, in_runtime};

/// KiB.
const ALLOWED: u64 = 32 * 1024;
const MIB: usize = 1 << 20;

#[test]
fn fifty_megabytes_go_in_and_out_in_little_memory_on_sled() {
    in_and_out(EngineKind::Sled);
}

#[test]
fn fifty_megabytes_go_in_and_out_in_little_memory_on_redb() {
    in_and_out(EngineKind::Redb);
}

fn in_and_out(engine: EngineKind) {
    in_runtime(async {
        let sink = Sink::start().await;
        let directory = tempfile::tempdir().expect("a directory");
        let data = directory.path().join("data");
        Program::make(&data, engine).await;
        let relay = format!(
            "mode = \"relay\"\n[outgoing.relay]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"plain\"",
            sink.address.port()
        );
        // The program warms up with a small mail both ways, then rests.
        let program = Program::serve(&data, &relay);
        let number = Client::connect(program.smtp)
            .await
            .greeted()
            .await
            .ticket(&small())
            .await;
        until("the receipt", || !sink.take().is_empty()).await;
        let rest = rest(program.pid()).await;

        let mail = large();
        let mut client = Client::connect(program.smtp).await.greeted().await;
        client.ticket(&mail).await;
        let taken = grown(&program, rest);
        until("its receipt", || !sink.take().is_empty()).await;
        program.stop();
        let desk = Program::open(&data, engine).await;
        assert_eq!(
            contents(&desk).await.get(&mail.sha256()),
            Some(&1),
            "it is there, whole"
        );
        let letter = answer_with_files(&desk, &number, directory.path()).await;
        desk.store().clone().close().await;

        let program = Program::serve(&data, &relay);
        let rest = Memory::of(program.pid()).resident;
        until("the answer", || sink_has(&sink, &letter)).await;
        let sent = grown(&program, rest);
        program.stop();
        println!("{engine:?}: {taken} KiB more for 50 MB in, {sent} KiB more for 50 MB out");
        assert!(taken <= ALLOWED, "{taken} KiB more to take it");
        assert!(sent <= ALLOWED, "{sent} KiB more to send it");
        let findings = Program::open(&data, engine)
            .await
            .fsck()
            .await
            .expect("fsck runs");
        assert_eq!(findings.problems, Vec::<String>::new());
    });
}

fn small() -> Mail {
    Mail::new("small", "bob@customer.example", "A small one")
}

/// Three attachments of 12.5 MB, which base64 makes 50 MB together.
fn large() -> Mail {
    let mut mail = Mail::new("large", "ann@customer.example", "Three photos");
    mail = mail
        .header("Content-Type", "multipart/mixed; boundary=\"b\"")
        .header("MIME-Version", "1.0");
    mail.bytes.extend_from_slice(b"--b\r\n\r\nSee below.\r\n");
    for photo in 1..=3 {
        let head = format!(
            "--b\r\nContent-Type: image/jpeg; name=\"{photo}.jpg\"\r\n\
             Content-Disposition: attachment; filename=\"{photo}.jpg\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n"
        );
        mail.bytes.extend_from_slice(head.as_bytes());
        let end = mail.bytes.len() + 50 * MIB / 3;
        while mail.bytes.len() < end {
            mail.bytes.extend_from_slice(LINE);
        }
    }
    mail.bytes.extend_from_slice(b"--b--\r\n");
    mail
}

/// 57 bytes in base64.
const LINE: &[u8] = b"SGVsbG8sIHRoaXMgaXMgYSBwaG90byBvZiBhIGxhbXAgd2l0aG91dCBsaWdodC4gSGVsbG8h\r\n";

/// An answer of 50 MB on the wire.
async fn answer_with_files(desk: &Desk, number: &str, directory: &std::path::Path) -> Letter {
    let ben = desk
        .agent_by_login("ben")
        .await
        .expect("readable")
        .expect("ben");
    let moment: Moment = World::real().moment();
    let number: TicketNumber = number.parse().expect("a number");
    let files = (1..=3).map(|file| attached(directory, file)).collect();
    let answer = Answer {
        files,
        ..answer("Three films.")
    };
    let replied = desk
        .reply(&moment, &ben, &number, answer)
        .await
        .expect("an answer");
    let ticket = desk
        .ticket_by_number(&number)
        .await
        .expect("readable")
        .expect("a ticket");
    let entry = desk
        .entry(ticket.id, replied.sequence)
        .await
        .expect("readable");
    assert!(matches!(entry.expect("an entry").body, EntryBody::Reply(_)));
    desk.letter(replied.letter)
        .await
        .expect("readable")
        .expect("a letter")
}

fn attached(directory: &std::path::Path, file: u8) -> Attached {
    let path = directory.join(format!("{file}.upload"));
    let bytes: Vec<u8> = (0..12 * MIB).map(|at| (at % 251) as u8 ^ file).collect();
    std::fs::write(&path, &bytes).expect("a file");
    let (size, sha256) = (bytes.len() as u64, Sha256::digest(&bytes).into());
    Attached {
        name: format!("{file}.mp4"),
        size,
        content: Content::File { path, size, sha256 },
    }
}

/// Whether the sink got the letter; its size must be as announced.
fn sink_has(sink: &Sink, letter: &Letter) -> bool {
    let id = format!("<{}>", letter.message_id).into_bytes();
    sink.take().into_iter().any(|mail| {
        let head = &mail[..mail.len().min(4096)];
        let found = head.windows(id.len()).any(|window| window == id);
        assert!(
            !found || mail.len() as u64 == letter.size,
            "{} bytes",
            mail.len()
        );
        found
    })
}

async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "{what} has not come"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What the program has when nothing is going on; from here on its peak is counted.
async fn rest(pid: u32) -> u64 {
    tokio::time::sleep(Duration::from_millis(500)).await;
    Memory::forget_peak(pid);
    Memory::of(pid).resident
}

fn grown(program: &Program, rest: u64) -> u64 {
    Memory::of(program.pid()).peak.saturating_sub(rest)
}
