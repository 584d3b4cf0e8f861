//! Mail over SMTP, as many as will go: the same client against every server.

use crate::desk_of::mail;
use anyhow::{Result, bail};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

pub struct Load {
    pub per_second: f64,
    /// From MAIL to the 250 behind the final dot.
    pub p99: Duration,
}

/// Sends one mail after the other over each of `connections` for `time`.
pub async fn run(to: SocketAddr, connections: usize, time: Duration) -> Result<Load> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let begin = Instant::now();
    let clients: Vec<_> = (0..connections)
        .map(|_| {
            tokio::spawn(async move {
                let mut client = Client::connect(to).await?;
                let mut times = Vec::new();
                while begin.elapsed() < time {
                    let n = NEXT.fetch_add(1, Ordering::Relaxed);
                    let sent = Instant::now();
                    client.send(n, mail(n).as_bytes()).await?;
                    times.push(sent.elapsed());
                }
                anyhow::Ok(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await??);
    }
    let elapsed = begin.elapsed().as_secs_f64();
    times.sort();
    let Some(&p99) = times.get(times.len() * 99 / 100) else {
        bail!("no mail was accepted");
    };
    Ok(Load {
        per_second: times.len() as f64 / elapsed,
        p99,
    })
}

/// One mail with an attachment of `size` bytes as base64.
pub async fn one_large(to: SocketAddr, size: usize) -> Result<()> {
    let line = Arc::new("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5\r\n");
    let mut body = String::with_capacity(size + 1024);
    body.push_str(
        "From: Large <large@customer.example>\r\nTo: support@desk.example\r\nSubject: Plans\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nThe plans.\r\n\
         --b\r\nContent-Type: application/octet-stream; name=plan.bin\r\n\
         Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n",
    );
    while body.len() < size {
        body.push_str(&line);
    }
    body.push_str("--b--\r\n");
    Client::connect(to).await?.send(0, body.as_bytes()).await
}

struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(to: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        let mut client = Self(BufReader::new(stream));
        client.expect("220").await?;
        client.say(b"EHLO bench.example\r\n").await?;
        client.expect("250").await?;
        Ok(client)
    }

    /// RFC 2920: envelope and DATA in one packet, as a relaying MTA sends them.
    async fn send(&mut self, n: usize, message: &[u8]) -> Result<()> {
        let envelope = format!(
            "MAIL FROM:<c{n}@customer.example>\r\nRCPT TO:<support@desk.example>\r\nDATA\r\n"
        );
        self.say(envelope.as_bytes()).await?;
        for code in ["250", "250", "354"] {
            self.expect(code).await?;
        }
        self.say(message).await?;
        self.say(b".\r\n").await?;
        self.expect("250").await
    }

    async fn say(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.0.get_mut().write_all(bytes).await?)
    }

    async fn expect(&mut self, code: &str) -> Result<()> {
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await?;
            if !line.starts_with(code) {
                bail!("expected {code}, got {line:?}");
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(());
            }
        }
    }
}
