//! The `maildesk` program, serving a furnished desk in a process of its own.

use crate::desk_of::{self, Furnished};
use crate::process::Process;
use anyhow::{Context, Result, bail};
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub struct Server {
    pub smtp: SocketAddr,
    pub web: SocketAddr,
    /// The page of one ticket.
    pub ticket_path: String,
    process: Process,
    _desk: Furnished,
}

impl Server {
    /// Starts it and waits until it greets.
    pub async fn start(desk: Furnished) -> Result<Self> {
        let (smtp, web) = (free_port()?, free_port()?);
        let file = desk_of::configuration(&desk, smtp.port(), web.port())?;
        let program = desk_of::root()?.join("maildesk");
        let child = Command::new(&program)
            .args(["serve", "--config"])
            .arg(&file)
            .env("MAILDESK_LOG", "error")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} is not built; run cargo build", program.display()))?;
        let process = Process(child);
        greeted(smtp).await?;
        Ok(Self {
            smtp,
            web,
            ticket_path: format!("/tickets/{}", desk.ticket.clone().unwrap_or_default()),
            process,
            _desk: desk,
        })
    }

    pub fn resident(&self) -> Result<u64> {
        self.process.resident()
    }

    pub fn peak(&self) -> Result<u64> {
        self.process.peak()
    }
}

/// Waits until somebody listens there.
pub async fn greeted(address: SocketAddr) -> Result<()> {
    let begin = Instant::now();
    while tokio::net::TcpStream::connect(address).await.is_err() {
        if begin.elapsed() > Duration::from_secs(60) {
            bail!("nothing listens on {address}");
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

pub fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
