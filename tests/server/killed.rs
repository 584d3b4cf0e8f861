//! kill -9 in the middle of the work: whatever was answered with 250 is there exactly once, byte for
//! byte, when the desk opens again, and everything in the store fits together.
//!
//! Each round starts the built program on the data of the rounds before, loads it over several
//! connections, kills it at a random moment and opens the store. What was told nothing is sent
//! again in the next round, as a mail server would, and then must be there once as well.
//!
//! By hand, the long form, for each engine fifty rounds:
//!     ROUNDS=50 cargo test --release --test server killed -- --nocapture

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use desk::Desk;
use storage::EngineKind;

use crate::harness::{Mail, Program, Shuffle, contents, in_runtime, load};

const ROUNDS: usize = 5;
const CONNECTIONS: usize = 8;
/// More than a round gets done before the kill.
const MAILS: usize = 3_000;
/// A fresh directory every so many rounds, for reading everything takes longer in each.
const ROUNDS_OF_A_DESK: usize = 10;

#[test]
fn every_250_survives_a_kill_on_sled() {
    rounds(EngineKind::Sled);
}

#[test]
fn every_250_survives_a_kill_on_redb() {
    rounds(EngineKind::Redb);
}

fn rounds(engine: EngineKind) {
    let rounds = std::env::var("ROUNDS").map_or(ROUNDS, |text| text.parse().expect("a number"));
    let mut chance = Shuffle::new();
    in_runtime(async {
        let mut totals = Totals::default();
        let mut left = rounds;
        while left > 0 {
            let of_desk = left.min(ROUNDS_OF_A_DESK);
            one_desk(engine, of_desk, &mut chance, &mut totals).await;
            left -= of_desk;
        }
        assert!(
            totals.sent_again > 0,
            "no kill came in the middle of a mail"
        );
        println!("{engine:?}: {rounds} rounds, {totals:?}");
    });
}

#[derive(Debug, Default)]
struct Totals {
    taken: usize,
    /// Without an answer when the kill came.
    sent_again: usize,
    /// Of those, durable already: their 250 was lost.
    there_already: usize,
    slowest_open: Duration,
}

async fn one_desk(engine: EngineKind, rounds: usize, chance: &mut Shuffle, totals: &mut Totals) {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    Program::make(&data, engine).await;
    let mut taken = Vec::new();
    let mut unanswered = Vec::new();
    for round in 0..rounds {
        let program = Program::serve(&data, "mode = \"hold\"");
        let mails = mails(round, std::mem::take(&mut unanswered));
        let moment = Duration::from_millis(300 + chance.below(2_700) as u64);
        let smtp = program.smtp;
        let loading = tokio::spawn(load(smtp, CONNECTIONS, mails));
        tokio::time::sleep(moment).await;
        tokio::task::block_in_place(|| program.kill());
        for (mail, told) in loading.await.expect("the load ends") {
            match told {
                Some(reply) if reply.starts_with("250 ") => taken.push(mail.sha256()),
                Some(reply) => panic!("round {round}: {reply}"),
                None => unanswered.push(mail),
            }
        }
        let found = reopened(&data, engine, round, totals).await;
        check(round, &taken, &unanswered, &found, totals);
        totals.sent_again += unanswered.len();
    }
    totals.taken += taken.len();
}

async fn reopened(
    data: &Path,
    engine: EngineKind,
    round: usize,
    totals: &mut Totals,
) -> BTreeMap<String, usize> {
    let begun = Instant::now();
    let desk: Desk = Program::open(data, engine).await;
    totals.slowest_open = totals.slowest_open.max(begun.elapsed());
    let findings = desk.fsck().await.expect("fsck runs");
    assert_eq!(findings.problems, Vec::<String>::new(), "round {round}");
    let found = contents(&desk).await;
    desk.store().clone().close().await;
    found
}

fn check(
    round: usize,
    taken: &[String],
    unanswered: &[Mail],
    found: &BTreeMap<String, usize>,
    totals: &mut Totals,
) {
    for hash in taken {
        assert_eq!(
            found.get(hash),
            Some(&1),
            "round {round}: a mail answered with 250"
        );
    }
    let already = unanswered
        .iter()
        .filter(|mail| found.contains_key(&mail.sha256()))
        .count();
    totals.there_already += already;
    assert_eq!(
        found.len(),
        taken.len() + already,
        "round {round}: mails that nobody sent"
    );
    assert!(
        found.values().all(|count| *count == 1),
        "round {round}: a mail stands twice"
    );
}

/// First mails and replies to them, small ones and some that go through a file.
fn mails(round: usize, again: Vec<Mail>) -> Vec<Mail> {
    let fresh = (0..MAILS).map(|at| {
        let from = format!("ann{}@customer.example", at % 500);
        let mail = Mail::new(&format!("r{round}.{at}"), &from, "Lamp");
        let mail = match at % 3 {
            0 => mail,
            _ => mail.header(
                "In-Reply-To",
                &format!("<r{round}.{}@customer.example>", at - at % 3),
            ),
        };
        match at % 20 {
            0 => mail.padded(100_000),
            7 => mail.padded(20_000),
            _ => mail,
        }
    });
    again.into_iter().chain(fresh).collect()
}
