//! How to reach a host: where, under what protection, as whom.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use crate::tls::Verify;

#[derive(Debug, Clone)]
pub struct Route {
    /// Its name: what TLS must prove, and what is resolved when `addresses` is empty.
    pub host: String,
    /// Where to connect, tried in order.
    pub addresses: Vec<IpAddr>,
    pub port: u16,
    pub security: Security,
    /// Whom to believe for `StartTls` and `Implicit`.
    pub verify: Verify,
    pub credentials: Option<Credentials>,
    /// What we call ourselves.
    pub helo: String,
    pub timeouts: Timeouts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Never TLS.
    Plain,
    /// STARTTLS when offered, with anyone; in the clear when that fails (RFC 7435).
    Opportunistic,
    /// STARTTLS or nothing, verified.
    StartTls,
    /// TLS from the first byte, verified (RFC 8314).
    Implicit,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// PLAIN or LOGIN, whichever is offered.
    Password { user: String, password: String },
    /// XOAUTH2 with an access token.
    OAuth { user: String, token: String },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, user) = match self {
            Credentials::Password { user, .. } => ("Password", user),
            Credentials::OAuth { user, .. } => ("OAuth", user),
        };
        // Secrets do not reach a log.
        f.debug_struct(kind)
            .field("user", user)
            .finish_non_exhaustive()
    }
}

impl Route {
    /// In the clear unless changed: TLS when offered, no credentials.
    pub fn new(host: impl Into<String>, port: u16, helo: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            addresses: Vec::new(),
            port,
            security: Security::Opportunistic,
            verify: Verify::System,
            credentials: None,
            helo: helo.into(),
            timeouts: Timeouts::default(),
        }
    }
}

/// RFC 5321 4.5.3.2, per command.
#[derive(Debug, Clone)]
pub struct Timeouts {
    /// One address.
    pub connect: Duration,
    pub handshake: Duration,
    pub greeting: Duration,
    /// EHLO, STARTTLS, AUTH, MAIL and RCPT.
    pub command: Duration,
    pub data_start: Duration,
    pub data_block: Duration,
    pub data_end: Duration,
    pub quit: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(60 * count);
        Self {
            connect: Duration::from_secs(30),
            handshake: minutes(1),
            greeting: minutes(5),
            command: minutes(5),
            data_start: minutes(2),
            data_block: minutes(3),
            data_end: minutes(10),
            quit: Duration::from_secs(5),
        }
    }
}
