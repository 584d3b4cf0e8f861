//! What an operator can set about the server, with defaults that suit a
//! listener on the open internet.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;

use super::Network;

#[derive(Debug, Clone)]
pub struct Options {
    /// Our name in the greeting, in EHLO and for `<Postmaster>`.
    pub hostname: String,
    /// Largest mail in bytes, announced as SIZE.
    pub max_size: u64,
    /// STARTTLS is offered when this is set.
    pub tls: Option<Arc<ServerConfig>>,
    /// Networks that relay mail to us: no per-peer limits for them.
    pub trusted: Vec<Network>,
    /// Where mails above `in_memory` bytes are written while they arrive; on
    /// the file system of the blobs, so that adopting one is a rename.
    pub spool_dir: PathBuf,
    pub in_memory: usize,
    /// Of all peers together; a share stays free for trusted ones.
    pub max_connections: usize,
    /// Connections of one untrusted IPv4 address or IPv6 /64.
    pub per_peer: usize,
    /// Mails on one connection of an untrusted peer.
    pub per_connection: usize,
    pub max_recipients: usize,
    pub errors: ErrorLimits,
    pub timeouts: Timeouts,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hostname: "localhost".into(),
            max_size: 64 << 20,
            tls: None,
            trusted: Vec::new(),
            spool_dir: std::env::temp_dir(),
            in_memory: 64 << 10,
            max_connections: 2_500,
            per_peer: 10,
            per_connection: 50,
            // RFC 5321 4.5.3.1.8: at least 100.
            max_recipients: 100,
            errors: ErrorLimits::default(),
            timeouts: Timeouts::default(),
        }
    }
}

/// What an untrusted peer may get wrong before it is slowed down and cut off.
#[derive(Debug, Clone)]
pub struct ErrorLimits {
    /// After so many errors each further one costs `delay`.
    pub slow_after: u32,
    pub delay: Duration,
    /// After so many errors the connection is closed with 421.
    pub close_after: u32,
    /// Refused recipients slow the dialogue down earlier, since they are how
    /// addresses are guessed.
    pub refused_recipients: u32,
    /// Commands without a mail delivered in between.
    pub idle_commands: u32,
}

impl Default for ErrorLimits {
    fn default() -> Self {
        Self {
            slow_after: 10,
            delay: Duration::from_secs(1),
            close_after: 20,
            refused_recipients: 5,
            idle_commands: 100,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Timeouts {
    /// How long an untrusted peer waits for the greeting; who talks earlier is
    /// not a mail server.
    pub greeting_pause: Duration,
    /// The first command must come within this.
    pub first_command: Duration,
    /// RFC 5321 4.5.3.2.7: at least five minutes between commands.
    pub command: Duration,
    /// RFC 5321 4.5.3.2.5: at least three minutes between blocks of DATA.
    pub data_block: Duration,
    /// Bytes per second an untrusted peer must reach over a whole DATA, once
    /// `data_grace` of it has passed.
    pub data_rate: u64,
    pub data_grace: Duration,
    pub handshake: Duration,
    /// A reply must be taken within this.
    pub write: Duration,
    /// The longest session of an untrusted peer.
    pub session: Duration,
    /// How long mails in hand may take to finish once the server stops.
    pub shutdown: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            greeting_pause: Duration::from_millis(100),
            first_command: Duration::from_secs(30),
            command: Duration::from_secs(300),
            data_block: Duration::from_secs(180),
            data_rate: 500,
            data_grace: Duration::from_secs(60),
            handshake: Duration::from_secs(30),
            write: Duration::from_secs(60),
            session: Duration::from_secs(30 * 60),
            shutdown: Duration::from_secs(30),
        }
    }
}
