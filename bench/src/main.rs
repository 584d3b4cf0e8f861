//! `cargo run --release -p bench`: how fast maildesk is, beside what this machine's disk and a
//! Postfix on it do in the same run. Figures of different runs do not compare; ratios do.
//!
//! Prints the table that `docs/performance.md` keeps. Needs the `maildesk` program built in the
//! same profile (`cargo build --release`). `BENCH_TICKETS` sets the size of the large desk.
#![forbid(unsafe_code)]

mod desk_of;
mod disk;
mod http;
mod load;
mod postfix;
mod process;
mod server;
mod table;

use anyhow::Result;
use server::Server;
use std::time::{Duration, Instant};
use storage::EngineKind;
use table::Table;

const CONNECTIONS: [usize; 3] = [1, 16, 64];
/// Each load runs this long; the first tenth of a second counts like the rest.
const LOAD: Duration = Duration::from_secs(6);
const PAGES: usize = 200;
const LARGE_MAIL: usize = 50 * 1024 * 1024;

#[tokio::main]
async fn main() -> Result<()> {
    let tickets = std::env::var("BENCH_TICKETS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(100_000);
    let mut table = Table::new();
    table.machine();
    let syncs = disk::syncs_per_second()?;
    table.figure("append 4 KiB + fdatasync", format!("{syncs:.0} per second"));
    throughput(&mut table, syncs).await?;
    for engine in [EngineKind::Sled, EngineKind::Redb] {
        sizes(&mut table, engine, tickets).await?;
    }
    println!("{table}");
    Ok(())
}

/// Mails accepted per second: ours become tickets with their receipts queued, Postfix's are queued.
async fn throughput(table: &mut Table, syncs: f64) -> Result<()> {
    for connections in CONNECTIONS {
        let postfix = match postfix::Postfix::start()? {
            None => None,
            Some(postfix) => Some(load::run(postfix.address(), connections, LOAD).await?),
        };
        let mut row = vec![format!("{connections}")];
        for engine in [EngineKind::Sled, EngineKind::Redb] {
            let server = Server::start(desk_of::empty(engine).await?).await?;
            let ours = load::run(server.smtp, connections, LOAD).await?;
            row.push(format!("{:.0}", ours.per_second));
            row.push(format!("{:.1} ms", ours.p99.as_secs_f64() * 1000.0));
            row.push(format!("{:.2}", ours.per_second / syncs));
            row.push(match &postfix {
                Some(theirs) => format!("{:.2}", ours.per_second / theirs.per_second),
                None => "-".to_owned(),
            });
        }
        row.push(postfix.map_or("-".to_owned(), |p| format!("{:.0}", p.per_second)));
        table.throughput(row);
    }
    Ok(())
}

/// Pages, start and memory at a thousand tickets and at many.
async fn sizes(table: &mut Table, engine: EngineKind, tickets: usize) -> Result<()> {
    let mut pages = Vec::new();
    for tickets in [1_000, tickets] {
        let filled = desk_of::filled(engine, tickets).await?;
        let disk = filled.disk_bytes()?;
        let begin = Instant::now();
        let server = Server::start(filled).await?;
        let start = begin.elapsed();
        let rest = server.resident()?;
        let session = http::login(server.web).await?;
        let queue = http::median(server.web, &session, "/queue/open", PAGES).await?;
        let ticket = http::median(server.web, &session, &server.ticket_path, PAGES).await?;
        let before = server.resident()?;
        load::one_large(server.smtp, LARGE_MAIL).await?;
        let growth = server.peak()?.saturating_sub(before);
        table.size(vec![
            engine.to_string(),
            tickets.to_string(),
            ms(queue),
            ms(ticket),
            ms(start),
            mib(rest),
            mib(growth),
            mib(disk),
        ]);
        pages.push((queue, ticket));
    }
    let ratio = |a: Duration, b: Duration| format!("{:.2}", a.as_secs_f64() / b.as_secs_f64());
    let [small, large] = pages[..] else {
        return Ok(());
    };
    table.figure(
        &format!("{engine}: queue page, many tickets over 1,000"),
        ratio(large.0, small.0),
    );
    table.figure(
        &format!("{engine}: ticket page, many tickets over 1,000"),
        ratio(large.1, small.1),
    );
    Ok(())
}

fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

fn mib(bytes: u64) -> String {
    format!("{:.0} MiB", bytes as f64 / (1 << 20) as f64)
}
