//! The `[smtp]` table: where mail is taken in, and from whom without limits.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::network::Network;
use crate::problem::ConfigError;
use crate::settings::Settings;
use crate::size;

#[derive(Debug, Clone, PartialEq)]
pub struct Smtp {
    pub listen: Vec<SocketAddr>,
    pub max_size: u64,
    /// Mail servers of our own in front of us; limits per peer do not hold for them.
    pub trusted_networks: Vec<Network>,
    /// `None`: a self-signed certificate in the data directory.
    pub tls: Option<TlsFiles>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    pub cert: PathBuf,
    pub key: PathBuf,
}

pub(crate) fn read(settings: &Settings) -> Result<Smtp, ConfigError> {
    Ok(Smtp {
        listen: listen(settings)?,
        max_size: max_size(settings)?,
        trusted_networks: trusted_networks(settings)?,
        tls: tls(settings)?,
    })
}

fn listen(settings: &Settings) -> Result<Vec<SocketAddr>, ConfigError> {
    let remedy = "write address and port, such as \"0.0.0.0:25\" or \"[::]:25\"";
    let Some(texts) = settings.list("smtp.listen")? else {
        return Ok(vec![SocketAddr::from(([0, 0, 0, 0], 25))]);
    };
    if texts.is_empty() {
        return Err(settings.refuse("smtp.listen", "is empty", remedy));
    }
    let parse = |text: &String| {
        let problem = format!("has {text:?}, which is no address with a port");
        text.parse()
            .map_err(|_| settings.refuse("smtp.listen", &problem, remedy))
    };
    texts.iter().map(parse).collect()
}

fn max_size(settings: &Settings) -> Result<u64, ConfigError> {
    let size = size::read(settings, "smtp.max_size")?.unwrap_or(DEFAULT_SIZE);
    if !(SMALLEST_SIZE..=LARGEST_SIZE).contains(&size) {
        let remedy = "write a size from \"64 KiB\" to \"1 GiB\"";
        return Err(settings.refuse("smtp.max_size", "is out of bounds", remedy));
    }
    Ok(size)
}

fn trusted_networks(settings: &Settings) -> Result<Vec<Network>, ConfigError> {
    let texts = settings.list("smtp.trusted_networks")?.unwrap_or_default();
    let parse = |text: &String| {
        text.parse().map_err(|why| {
            let problem = format!("has {text:?}, which {why}");
            let remedy = "write networks such as \"10.0.0.0/8\" or \"::1\"";
            settings.refuse("smtp.trusted_networks", &problem, remedy)
        })
    };
    texts.iter().map(parse).collect()
}

fn tls(settings: &Settings) -> Result<Option<TlsFiles>, ConfigError> {
    let remedy = "give both smtp.tls_cert and smtp.tls_key, or neither";
    match (
        settings.path("smtp.tls_cert")?,
        settings.path("smtp.tls_key")?,
    ) {
        (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(settings.refuse("smtp.tls_cert", "stands without its key", remedy)),
        (None, Some(_)) => {
            Err(settings.refuse("smtp.tls_key", "stands without its certificate", remedy))
        }
    }
}

const DEFAULT_SIZE: u64 = 64 << 20;
/// RFC 5321 4.5.3.1.7: a server takes at least 64K octets.
const SMALLEST_SIZE: u64 = 64 << 10;
const LARGEST_SIZE: u64 = 1 << 30;
