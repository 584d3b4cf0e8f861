//! Letters go out: through the configured relay, or straight to the mail servers of each
//! recipient's domain. Every recipient gets a result; what the other side said goes with it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use config::{Outgoing, Relay};
use desk::letter::{Letter, LetterSource};
use desk::outbox::{Courier, Outcome};
use desk::{Desk, EmailAddress};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use smtp::client::mx::{Exchanger, Resolver};
use smtp::client::{Connection, Credentials, Delivery, Failure, Route, Security, Verify};
use smtp::{Mailbox, Reply, ReversePath};

use crate::fault::Fault;
use crate::stream::Stream;

/// What came of each recipient.
type Outcomes = Vec<(EmailAddress, Outcome)>;

/// The courier of a server that sends.
pub struct Outbound {
    desk: Desk,
    way: Way,
}

pub enum Way {
    Relay(Box<Route>),
    Direct(Box<Direct>),
}

pub struct Direct {
    pub resolver: Resolver,
    pub helo: String,
    /// 25 in the world, another in tests.
    pub port: u16,
}

impl Outbound {
    pub fn new(desk: Desk, way: Way) -> Outbound {
        Outbound { desk, way }
    }
}

impl Way {
    /// `None` when letters are held.
    pub fn new(outgoing: &Outgoing, helo: &str) -> Result<Option<Way>, Fault> {
        match outgoing {
            Outgoing::Hold => Ok(None),
            Outgoing::Relay(relay) => Ok(Some(Way::Relay(Box::new(relay_route(relay, helo)?)))),
            Outgoing::Direct => {
                let resolver = Resolver::system().map_err(|error| {
                    Fault::unavailable(format!("{error}; check /etc/resolv.conf"))
                })?;
                let helo = helo.to_owned();
                Ok(Some(Way::Direct(Box::new(Direct {
                    resolver,
                    helo,
                    port: SMTP,
                }))))
            }
        }
    }
}

impl Courier for Outbound {
    async fn carry(&self, letter: &Letter, to: &[EmailAddress], message: LetterSource) -> Outcomes {
        let parcel = Parcel {
            desk: &self.desk,
            letter,
            message: Mutex::new(Some(message)),
        };
        match &self.way {
            Way::Relay(route) => parcel.by_routes(to, [route.as_ref().clone()]).await,
            Way::Direct(direct) => direct.carry(&parcel, to).await,
        }
    }
}

impl Direct {
    async fn carry(&self, parcel: &Parcel<'_>, to: &[EmailAddress]) -> Outcomes {
        let mut outcomes = Vec::new();
        for (domain, recipients) in by_domain(to) {
            outcomes.extend(match self.resolver.exchangers(&domain).await {
                Ok(exchangers) => {
                    let routes = exchangers
                        .into_iter()
                        .map(|exchanger| self.route(exchanger));
                    parcel.by_routes(&recipients, routes).await
                }
                Err(error) if error.is_permanent() => all(
                    &recipients,
                    Outcome::Permanent(format!("{domain}: {error}")),
                ),
                Err(error) => all(
                    &recipients,
                    Outcome::Temporary(format!("{domain}: {error}")),
                ),
            });
        }
        outcomes
    }

    /// RFC 7435: TLS when the server offers it, whoever vouches for it, since a mail server's
    /// name comes out of the DNS unproven anyway.
    fn route(&self, exchanger: Exchanger) -> Route {
        Route {
            addresses: exchanger.addresses,
            verify: Verify::None,
            ..Route::new(exchanger.host, self.port, self.helo.clone())
        }
    }
}

/// A letter on its way.
struct Parcel<'a> {
    desk: &'a Desk,
    letter: &'a Letter,
    /// Opened for the first server that asks; further ones have it opened again.
    message: Mutex<Option<LetterSource>>,
}

impl Parcel<'_> {
    /// The routes in order, until one takes the letter or refuses it for good.
    async fn by_routes(
        &self,
        to: &[EmailAddress],
        routes: impl IntoIterator<Item = Route>,
    ) -> Outcomes {
        let (known, mut outcomes) = mailboxes(to);
        if known.is_empty() {
            return outcomes;
        }
        let addresses: Vec<EmailAddress> = known.iter().map(|(a, _)| a.clone()).collect();
        let mut last = Outcome::Temporary("no mail server takes mail for this domain".to_owned());
        for route in routes {
            match self.by_route(&known, &route).await {
                Ok(results) => {
                    outcomes.extend(results);
                    return outcomes;
                }
                Err(failure) => {
                    let settled = is_settled(&failure);
                    last = outcome_of(&route.host, &failure);
                    if settled {
                        break;
                    }
                }
            }
        }
        outcomes.extend(all(&addresses, last));
        outcomes
    }

    async fn by_route(
        &self,
        to: &[(EmailAddress, Mailbox)],
        route: &Route,
    ) -> Result<Outcomes, Failure> {
        let from =
            match &self.letter.reverse_path {
                None => ReversePath::Null,
                Some(address) => ReversePath::Mailbox(mailbox(address).ok_or_else(|| {
                    Failure::Message(format!("{address} cannot be a reverse path"))
                })?),
            };
        let mailboxes: Vec<Mailbox> = to.iter().map(|(_, mailbox)| mailbox.clone()).collect();
        let mut connection = Connection::open(route).await?;
        let message = Stream::new(self.open().await?);
        let sent = connection
            .send(&from, &mailboxes, message, self.letter.size)
            .await;
        if sent.is_ok() {
            connection.quit().await;
        }
        Ok(match_up(to, sent?, &route.host))
    }
}

impl Parcel<'_> {
    async fn open(&self) -> Result<LetterSource, Failure> {
        let first = self
            .message
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match first {
            Some(message) => Ok(message),
            None => {
                let opened = self.desk.letter_source(self.letter).await;
                opened.map_err(|problem| Failure::Message(problem.to_string()))
            }
        }
    }
}

/// Each recipient with what was said about it, in our own words for addresses.
fn match_up(
    to: &[(EmailAddress, Mailbox)],
    results: Vec<smtp::client::Outcome>,
    host: &str,
) -> Outcomes {
    let result_of = |mailbox: &Mailbox| {
        let found = results.iter().find(|result| result.recipient == *mailbox);
        match found.map(|result| &result.result) {
            Some(Delivery::Delivered(reply)) => Outcome::Sent(told(host, reply)),
            Some(Delivery::Temporary(reply)) => Outcome::Temporary(told(host, reply)),
            Some(Delivery::Permanent(reply)) => Outcome::Permanent(told(host, reply)),
            None => Outcome::Temporary(format!("{host} said nothing about this recipient")),
        }
    };
    to.iter()
        .map(|(address, mailbox)| (address.clone(), result_of(mailbox)))
        .collect()
}

/// Another server of the domain must not be tried when the letter was refused for good, nor when
/// it may have been taken: the next try comes later, with the same Message-ID.
fn is_settled(failure: &Failure) -> bool {
    failure.is_permanent() || matches!(failure, Failure::AfterData(_) | Failure::Message(_))
}

fn outcome_of(host: &str, failure: &Failure) -> Outcome {
    let text = match failure.reply() {
        Some(reply) => told(host, reply),
        None => format!("{host}: {failure}"),
    };
    match failure.is_permanent() {
        true => Outcome::Permanent(text),
        false => Outcome::Temporary(text),
    }
}

fn told(host: &str, reply: &Reply) -> String {
    format!(
        "{host}: {}",
        reply.to_string().trim_end().replace("\r\n", " ")
    )
}

/// The recipients that can be written in an SMTP command, and a result for those that cannot.
fn mailboxes(to: &[EmailAddress]) -> (Vec<(EmailAddress, Mailbox)>, Outcomes) {
    let mut known = Vec::new();
    let mut refused = Vec::new();
    for address in to {
        match mailbox(address) {
            Some(mailbox) => known.push((address.clone(), mailbox)),
            None => {
                // RFC 6531: such an address needs SMTPUTF8, which this client does not speak.
                let why = "the address has letters beyond ASCII and cannot be reached".to_owned();
                refused.push((address.clone(), Outcome::Permanent(why)));
            }
        }
    }
    (known, refused)
}

fn mailbox(address: &EmailAddress) -> Option<Mailbox> {
    address.as_str().parse().ok()
}

fn by_domain(to: &[EmailAddress]) -> BTreeMap<String, Vec<EmailAddress>> {
    let mut domains: BTreeMap<String, Vec<EmailAddress>> = BTreeMap::new();
    for address in to {
        let domain = address.domain().to_ascii_lowercase();
        domains.entry(domain).or_default().push(address.clone());
    }
    domains
}

fn all(to: &[EmailAddress], outcome: Outcome) -> Outcomes {
    to.iter()
        .map(|address| (address.clone(), outcome.clone()))
        .collect()
}

fn relay_route(relay: &Relay, helo: &str) -> Result<Route, Fault> {
    let security = match relay.security {
        config::Security::Plain => Security::Plain,
        config::Security::Opportunistic => Security::Opportunistic,
        config::Security::StartTls => Security::StartTls,
        config::Security::Implicit => Security::Implicit,
    };
    let login = relay.login.as_ref();
    Ok(Route {
        security,
        verify: verify(relay)?,
        credentials: login.map(|(user, password)| Credentials::Password {
            user: user.clone(),
            password: password.reveal().to_owned(),
        }),
        ..Route::new(relay.host.clone(), relay.port, helo)
    })
}

fn verify(relay: &Relay) -> Result<Verify, Fault> {
    let path = match &relay.ca_file {
        _ if !relay.verify => return Ok(Verify::None),
        None => return Ok(Verify::System),
        Some(path) => path,
    };
    let unusable = |why: String| {
        let remedy = "write certificates in PEM into it, or remove outgoing.relay.ca_file";
        Fault::configuration(format!("{}: {why}; {remedy}", path.display()))
    };
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(|found| found.collect::<Result<Vec<_>, _>>())
        .map_err(|error| unusable(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots
            .add(certificate)
            .map_err(|error| unusable(error.to_string()))?;
    }
    match roots.is_empty() {
        true => Err(unusable("holds no certificate".to_owned())),
        false => Ok(Verify::Roots(Arc::new(roots))),
    }
}

const SMTP: u16 = 25;

#[cfg(test)]
mod tests;
