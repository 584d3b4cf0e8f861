//! An open connection: connected, greeted, protected and authenticated as its
//! route asks, or not there at all.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::extensions::Extensions;
use super::replies::{self, NoReply};
use super::{Failure, Route, Security, Stage, Timeouts};
use crate::Reply;
use crate::tls::{Verify, client_tls};
use crate::wire::{Stream, Wire};

/// Ready to send messages, one after the other.
pub struct Connection {
    pub(super) wire: Wire,
    pub(super) offers: Extensions,
    pub(super) timeouts: Timeouts,
    /// A transaction was begun and not brought to its end.
    pub(super) unfinished: bool,
    peer: IpAddr,
    secured: bool,
}

/// RFC 5321 5.1: not every address of a host need be tried.
const MOST_ADDRESSES: usize = 10;

impl Connection {
    pub async fn open(route: &Route) -> Result<Self, Failure> {
        match route.security {
            Security::Plain => Self::attempt(route, false).await,
            // RFC 7435 3: what cannot be protected is sent all the same.
            Security::Opportunistic => match Self::attempt(route, true).await {
                Err(Failure::Tls(why)) => {
                    tracing::info!(host = route.host, why, "TLS failed, sending in the clear");
                    Self::attempt(route, false).await
                }
                opened => opened,
            },
            Security::StartTls | Security::Implicit => Self::attempt(route, true).await,
        }
    }

    /// Says goodbye; whatever the server makes of it, every mail has its result.
    pub async fn quit(mut self) {
        self.timeouts.command = self.timeouts.quit;
        let _ = self.command("QUIT\r\n", Stage::Reset).await;
        let _ = timeout(self.timeouts.quit, self.wire.shutdown()).await;
    }

    /// Whether what is sent is under TLS.
    pub fn is_secured(&self) -> bool {
        self.secured
    }

    async fn attempt(route: &Route, with_tls: bool) -> Result<Self, Failure> {
        let (stream, peer) = connect(route).await?;
        let mut connection = Self {
            wire: Wire::new(Box::new(stream)),
            offers: Extensions::default(),
            timeouts: route.timeouts.clone(),
            unfinished: false,
            peer,
            secured: false,
        };
        if route.security == Security::Implicit {
            connection.handshake(route).await?;
        }
        connection.greeting().await?;
        connection.hello(&route.helo).await?;
        if with_tls && route.security != Security::Implicit {
            connection.start_tls(route).await?;
        }
        if let Some(credentials) = &route.credentials {
            connection.authenticate(credentials).await?;
        }
        Ok(connection)
    }

    async fn greeting(&mut self) -> Result<(), Failure> {
        let reply = self.reply(Stage::Greeting, self.timeouts.greeting).await?;
        expect(220, reply, Stage::Greeting)
    }

    async fn hello(&mut self, helo: &str) -> Result<(), Failure> {
        // A name from a configuration must not become a second command.
        let helo: String = helo.chars().filter(char::is_ascii_graphic).collect();
        let reply = self
            .command(&format!("EHLO {helo}\r\n"), Stage::Hello)
            .await?;
        if reply.is_permanent() {
            // RFC 5321 3.2: a server without extensions knows HELO.
            self.offers = Extensions::default();
            let reply = self
                .command(&format!("HELO {helo}\r\n"), Stage::Hello)
                .await?;
            return expect(250, reply, Stage::Hello);
        }
        self.offers = Extensions::of(&reply);
        expect(250, reply, Stage::Hello)
    }

    async fn start_tls(&mut self, route: &Route) -> Result<(), Failure> {
        let required = route.security == Security::StartTls;
        match self.offers.start_tls {
            false if required => {
                return Err(Failure::Tls("the server does not offer STARTTLS".into()));
            }
            false => return Ok(()),
            true => {}
        }
        let reply = self.command("STARTTLS\r\n", Stage::StartTls).await?;
        match reply.code {
            220 => {}
            _ if required => {
                return Err(Failure::Tls(format!(
                    "STARTTLS: {} {}",
                    reply.code, reply.text
                )));
            }
            // RFC 3207 4: after 454 the client may go on without.
            _ => return Ok(()),
        }
        // RFC 3207 6: bytes behind the 220 came in the clear and would be
        // taken for the server's words inside TLS.
        if !self.wire.buffered().is_empty() {
            let detail = "bytes were sent together with the reply to STARTTLS".into();
            return Err(Failure::Protocol {
                stage: Stage::StartTls,
                detail,
            });
        }
        self.handshake(route).await?;
        // RFC 3207 4.2: what was offered in the clear is forgotten.
        self.hello(&route.helo).await
    }

    async fn handshake(&mut self, route: &Route) -> Result<(), Failure> {
        let tls = |error: &dyn std::fmt::Display| Failure::Tls(error.to_string());
        let verify = match route.security {
            Security::Opportunistic => &Verify::None,
            _ => &route.verify,
        };
        let config = client_tls(verify).map_err(|e| tls(&e))?;
        let host = route.host.trim_end_matches('.').trim_matches(['[', ']']);
        let name = ServerName::try_from(host.to_owned()).map_err(|e| tls(&e))?;
        let plain = std::mem::replace(&mut self.wire, Wire::new(Box::new(tokio::io::empty())));
        let handshake = TlsConnector::from(config).connect(name, plain.into_stream());
        match timeout(self.timeouts.handshake, handshake).await {
            Ok(Ok(stream)) => self.wire = Wire::new(Box::new(stream) as Box<dyn Stream>),
            Ok(Err(error)) => return Err(tls(&error)),
            Err(_) => return Err(tls(&"no handshake in time")),
        }
        self.secured = true;
        Ok(())
    }

    /// Nobody between us and the server can listen.
    pub(super) fn is_private(&self) -> bool {
        self.secured || self.peer.is_loopback()
    }

    /// Hangs up: whatever the server has of a message stays unfinished.
    pub(super) fn abandon(&mut self) {
        self.wire = Wire::new(Box::new(tokio::io::empty()));
    }

    pub(super) async fn command(&mut self, line: &str, stage: Stage) -> Result<Reply, Failure> {
        self.write(line.as_bytes(), stage, self.timeouts.command)
            .await?;
        self.reply(stage, self.timeouts.command).await
    }

    pub(super) async fn write(
        &mut self,
        bytes: &[u8],
        stage: Stage,
        within: Duration,
    ) -> Result<(), Failure> {
        let write = async {
            self.wire.write(bytes).await?;
            self.wire.flush().await
        };
        match timeout(within, write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Failure::Protocol {
                stage,
                detail: error.to_string(),
            }),
            Err(_) => Err(Failure::Timeout(stage)),
        }
    }

    pub(super) async fn reply(&mut self, stage: Stage, within: Duration) -> Result<Reply, Failure> {
        let detail = match timeout(within, replies::read(&mut self.wire)).await {
            Ok(Ok(reply)) => return Ok(reply),
            Ok(Err(NoReply::Lost(detail))) => detail,
            Ok(Err(NoReply::Malformed(detail))) => detail.into(),
            Err(_) => return Err(Failure::Timeout(stage)),
        };
        Err(Failure::Protocol { stage, detail })
    }
}

fn expect(code: u16, reply: Reply, stage: Stage) -> Result<(), Failure> {
    match reply.code {
        got if got == code => Ok(()),
        _ if reply.is_positive() => {
            let detail = format!("unexpected reply {} {}", reply.code, reply.text);
            Err(Failure::Protocol { stage, detail })
        }
        _ => Err(Failure::Refused { stage, reply }),
    }
}

async fn connect(route: &Route) -> Result<(TcpStream, IpAddr), Failure> {
    let mut last = String::from("the host has no address");
    for addr in addresses(route).await? {
        match timeout(route.timeouts.connect, TcpStream::connect(addr)).await {
            Ok(Ok(stream)) => {
                let _ = stream.set_nodelay(true);
                return Ok((stream, addr.ip()));
            }
            Ok(Err(error)) => last = format!("{addr}: {error}"),
            Err(_) => last = format!("{addr}: no answer in time"),
        }
    }
    Err(Failure::Connect(last))
}

async fn addresses(route: &Route) -> Result<Vec<SocketAddr>, Failure> {
    let with_port = |ip: &IpAddr| SocketAddr::new(*ip, route.port);
    if !route.addresses.is_empty() {
        return Ok(route
            .addresses
            .iter()
            .take(MOST_ADDRESSES)
            .map(with_port)
            .collect());
    }
    let host = route.host.trim_matches(['[', ']']);
    let no_address = |error: io::Error| Failure::Connect(format!("{host}: {error}"));
    match timeout(route.timeouts.connect, lookup_host((host, route.port))).await {
        Ok(found) => Ok(found.map_err(no_address)?.take(MOST_ADDRESSES).collect()),
        Err(_) => Err(Failure::Connect(format!(
            "{host}: the name cannot be resolved in time"
        ))),
    }
}
