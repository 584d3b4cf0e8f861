//! Desks to measure: an empty one, and one with many tickets, made through the desk's own intake.

use anyhow::{Context, Result};
use config::Config;
use desk::intake::Arrival;
use desk::ticket::Via;
use desk::{AddressForm, AgentForm, DepartmentForm, Desk, Moment};
use maildesk::world::World;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use storage::{Content, EngineKind, Options, Store};
use tempfile::TempDir;

pub const PASSWORD: &str = "benchmark password";

/// A data directory with a desk in it, closed.
pub struct Furnished {
    pub dir: TempDir,
    pub engine: EngineKind,
    /// The number of one ticket, when there are any.
    pub ticket: Option<String>,
}

impl Furnished {
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub fn disk_bytes(&self) -> Result<u64> {
        bytes_below(&self.data())
    }
}

/// Where the measured directories lie: on the disk of the build, not on a memory file system.
pub fn root() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(program.parent().context("a directory")?.to_owned())
}

pub async fn empty(engine: EngineKind) -> Result<Furnished> {
    let dir = tempfile::tempdir_in(root()?)?;
    let furnished = Furnished {
        dir,
        engine,
        ticket: None,
    };
    let desk = open(&furnished.data(), engine).await?;
    desk.store().clone().close().await;
    Ok(furnished)
}

pub async fn filled(engine: EngineKind, tickets: usize) -> Result<Furnished> {
    let dir = tempfile::tempdir_in(root()?)?;
    let mut furnished = Furnished {
        dir,
        engine,
        ticket: None,
    };
    let desk = open(&furnished.data(), engine).await?;
    let next = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..64)
        .map(|_| tokio::spawn(write(desk.clone(), next.clone(), tickets)))
        .collect();
    for writer in writers {
        furnished.ticket = writer.await??.or(furnished.ticket);
    }
    desk.store().clone().close().await;
    Ok(furnished)
}

pub fn configuration(furnished: &Furnished, smtp: u16, web: u16) -> Result<PathBuf> {
    let file = furnished.dir.path().join("maildesk.toml");
    let text = format!(
        "data = {:?}\nengine = \"{}\"\nhostname = \"desk.example\"\n\
         [smtp]\nlisten = [\"127.0.0.1:{smtp}\"]\ntrusted_networks = [\"127.0.0.0/8\"]\n\
         [web]\nlisten = \"127.0.0.1:{web}\"\n[outgoing]\nmode = \"hold\"\n",
        furnished.data(),
        furnished.engine
    );
    std::fs::write(&file, text)?;
    // A mistake here should be seen here, not as a server that does not start.
    Config::load(config::Sources {
        file: Some(file.clone()),
        environment: Vec::new(),
        data: None,
    })
    .map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(file)
}

/// One mail of about 2 KB, from a sender of its own.
pub fn mail(n: usize) -> String {
    let line =
        "Since yesterday the third lamp on the left stays dark, and I did change the bulb.\r\n";
    format!(
        "From: Customer {n} <c{n}@customer.example>\r\nTo: support@desk.example\r\n\
         Subject: Lamp {n} stays dark\r\nMessage-ID: <{n}.{}@customer.example>\r\n\
         Date: Mon, 23 Nov 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{}",
        std::process::id(),
        line.repeat(20)
    )
}

async fn open(data: &Path, engine: EngineKind) -> Result<Desk> {
    let options = Options {
        engine: Some(engine),
        ..Options::default()
    };
    let moment = World::real().moment();
    let desk = Desk::open(Store::open(data, &options)?, &moment).await?;
    furnish(&desk, &moment).await?;
    Ok(desk)
}

async fn furnish(desk: &Desk, moment: &Moment) -> Result<()> {
    let admin = AgentForm {
        login: "ada".into(),
        name: "Ada".into(),
        email: "ada@staff.example".into(),
        password: Some(PASSWORD.into()),
        ..AgentForm::default()
    };
    let ada = desk.make_first_admin(moment, &admin).await?;
    let ada = desk.agent(ada).await?.context("the admin just made")?;
    let department = DepartmentForm {
        name: "Support".into(),
        acknowledge: true,
        active: true,
        ..DepartmentForm::default()
    };
    let department = desk.save_department(moment, &ada, &department).await?;
    let address = AddressForm {
        id: None,
        email: "support@desk.example".into(),
        name: "Support".into(),
        department,
        active: true,
    };
    desk.save_address(moment, &ada, &address).await?;
    Ok(())
}

async fn write(desk: Desk, next: Arc<AtomicUsize>, tickets: usize) -> Result<Option<String>> {
    let world = World::real();
    let mut number = None;
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n >= tickets {
            return Ok(number);
        }
        let bytes = mail(n).into_bytes();
        let arrival = Arrival {
            via: Via::Smtp,
            peer: "127.0.0.1".into(),
            helo: "bench.example".into(),
            reverse_path: Some(format!("c{n}@customer.example").parse()?),
            recipients: vec!["support@desk.example".parse()?],
            size: bytes.len() as u64,
            content: Content::Memory(bytes),
            trace: "Received: from bench.example\r\n".into(),
        };
        let accepted = desk.accept(&world.moment(), arrival).await?;
        number = accepted.ticket.map(|ticket| ticket.to_string());
    }
}

fn bytes_below(path: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        sum += if meta.is_dir() {
            bytes_below(&entry.path())?
        } else {
            meta.len()
        };
    }
    Ok(sum)
}
