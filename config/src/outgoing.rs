//! The `[outgoing]` table: held back, through a relay, or straight to the recipients' servers.

use std::path::PathBuf;

use crate::problem::ConfigError;
use crate::secret::Secret;
use crate::settings::Settings;

#[derive(Debug, Clone, PartialEq)]
pub enum Outgoing {
    /// Nothing is sent; every letter can be read in the outbox.
    Hold,
    Relay(Relay),
    Direct,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Relay {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// User and password; a password never stands without its user.
    pub login: Option<(String, Secret)>,
    /// Certificates to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether the relay's certificate must fit its name.
    pub verify: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    Plain,
    Opportunistic,
    StartTls,
    Implicit,
}

pub(crate) fn read(settings: &Settings) -> Result<Outgoing, ConfigError> {
    match settings
        .choice("outgoing.mode", MODES)?
        .unwrap_or(Mode::Hold)
    {
        Mode::Hold => Ok(Outgoing::Hold),
        Mode::Direct => Ok(Outgoing::Direct),
        Mode::Relay => Ok(Outgoing::Relay(relay(settings)?)),
    }
}

fn relay(settings: &Settings) -> Result<Relay, ConfigError> {
    let security = settings
        .choice("outgoing.relay.security", SECURITIES)?
        .unwrap_or(Security::StartTls);
    let host = host(settings)?;
    let login = login(settings)?;
    if login.is_some() && security == Security::Plain && !is_loopback(&host) {
        let remedy = "write security = \"starttls\" or \"implicit\" under [outgoing.relay]";
        let problem = "would carry the password unprotected";
        return Err(settings.refuse("outgoing.relay.security", problem, remedy));
    }
    Ok(Relay {
        port: port(settings, security)?,
        ca_file: settings.path("outgoing.relay.ca_file")?,
        verify: settings.flag("outgoing.relay.verify")?.unwrap_or(true),
        host,
        security,
        login,
    })
}

fn host(settings: &Settings) -> Result<String, ConfigError> {
    let key = "outgoing.relay.host";
    let remedy = "write host = \"smtp.example.com\" under [outgoing.relay]";
    match settings.text(key)? {
        Some(host) if !host.is_empty() && !host.contains(|c: char| c.is_whitespace()) => {
            Ok(host.to_owned())
        }
        Some(_) => Err(settings.refuse(key, "is no host name", remedy)),
        None => Err(settings.missing(key, remedy)),
    }
}

/// RFC 8314 3.3: submission with implicit TLS is 465; RFC 6409: submission is 587.
fn port(settings: &Settings, security: Security) -> Result<u16, ConfigError> {
    let usual = match security {
        Security::Implicit => 465,
        Security::StartTls => 587,
        Security::Opportunistic | Security::Plain => 25,
    };
    let key = "outgoing.relay.port";
    let number = settings.number(key)?.unwrap_or(usual);
    match u16::try_from(number) {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(settings.refuse(key, "is no port", "write a number from 1 to 65535")),
    }
}

fn login(settings: &Settings) -> Result<Option<(String, Secret)>, ConfigError> {
    let user = settings.text("outgoing.relay.user")?;
    match (user, password(settings)?) {
        (Some(user), Some(password)) => Ok(Some((user.to_owned(), password))),
        (None, None) => Ok(None),
        (Some(_), None) => {
            let remedy = "add password or password_file under [outgoing.relay]";
            Err(settings.refuse("outgoing.relay.user", "stands without a password", remedy))
        }
        (None, Some(_)) => {
            let remedy = "add user under [outgoing.relay]";
            Err(settings.missing("outgoing.relay.user", remedy))
        }
    }
}

fn password(settings: &Settings) -> Result<Option<Secret>, ConfigError> {
    let written = settings.text("outgoing.relay.password")?;
    let key = "outgoing.relay.password_file";
    match (written, settings.path(key)?) {
        (Some(text), None) => Ok(Some(Secret::new(text))),
        (None, None) => Ok(None),
        (Some(_), Some(_)) => {
            let remedy = "keep one of password and password_file";
            Err(settings.refuse(key, "stands beside a password", remedy))
        }
        (None, Some(path)) => {
            let text = std::fs::read_to_string(&path).map_err(|error| {
                let problem = format!("names {}, which cannot be read: {error}", path.display());
                let remedy = "write the password into it, readable by the user maildesk runs as";
                settings.refuse(key, &problem, remedy)
            })?;
            // Editors end a file with a line end that is no part of the password.
            Ok(Some(Secret::new(text.trim_end_matches(['\r', '\n']))))
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[derive(Clone, Copy)]
enum Mode {
    Hold,
    Relay,
    Direct,
}

const MODES: &[(&str, Mode)] = &[
    ("hold", Mode::Hold),
    ("relay", Mode::Relay),
    ("direct", Mode::Direct),
];

const SECURITIES: &[(&str, Security)] = &[
    ("starttls", Security::StartTls),
    ("implicit", Security::Implicit),
    ("opportunistic", Security::Opportunistic),
    ("plain", Security::Plain),
];
