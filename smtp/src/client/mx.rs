//! Which hosts take mail for a domain, best first (RFC 5321 5.1).

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};

use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;
use hickory_resolver::{ResolverBuilder, TokioResolver};

/// A host that takes mail for a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanger {
    pub host: String,
    /// At least one.
    pub addresses: Vec<IpAddr>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MxError {
    /// RFC 7505: the domain says that it takes no mail.
    #[error("the domain accepts no mail")]
    NullMx,
    #[error("the domain does not exist or has no mail server")]
    NoSuchDomain,
    /// RFC 5321 5.1: we are the best exchanger ourselves.
    #[error("mail for the domain comes back to this server")]
    OwnName,
    #[error("the domain cannot be looked up right now: {0}")]
    Temporary(String),
}

impl MxError {
    pub fn is_permanent(&self) -> bool {
        !matches!(self, MxError::Temporary(_))
    }
}

/// Looks exchangers up; cheap to clone, with a cache that clones share.
#[derive(Clone)]
pub struct Resolver {
    dns: TokioResolver,
    own_names: Vec<String>,
}

/// Enough for any domain, and a bound on what one may cost us.
const MOST_HOSTS: usize = 10;

impl Resolver {
    /// As the operating system is set up.
    pub fn system() -> Result<Self, MxError> {
        build(TokioResolver::builder_tokio().map_err(temporary)?)
    }

    /// One name server of our choice.
    pub fn with_server(server: SocketAddr) -> Result<Self, MxError> {
        let with_port = |mut connection: ConnectionConfig| {
            connection.port = server.port();
            connection
        };
        let mut name_server = NameServerConfig::udp_and_tcp(server.ip());
        name_server.connections = name_server.connections.into_iter().map(with_port).collect();
        let config = ResolverConfig::from_name_servers(vec![name_server]);
        build(TokioResolver::builder_with_config(
            config,
            TokioRuntimeProvider::default(),
        ))
    }

    /// Names of this server: an exchanger of that name, and any that is no
    /// better, is never used.
    pub fn with_own_names(self, own_names: Vec<String>) -> Self {
        Self { own_names, ..self }
    }

    /// At least one, at most ten, each with at least one address.
    pub async fn exchangers(&self, domain: &str) -> Result<Vec<Exchanger>, MxError> {
        // RFC 5321 2.3.5: a literal is its own exchanger.
        if let Some(address) = literal(domain) {
            return Ok(vec![Exchanger {
                host: domain.to_owned(),
                addresses: vec![address],
            }]);
        }
        let hosts = self.hosts(domain).await?;
        let (mut found, mut trouble) = (Vec::new(), None);
        for host in hosts {
            match self.addresses(&host).await {
                Ok(addresses) => found.push(Exchanger { host, addresses }),
                Err(error) => trouble = Some(error).filter(|e| !e.is_permanent()).or(trouble),
            }
        }
        match found.is_empty() {
            true => Err(trouble.unwrap_or(MxError::NoSuchDomain)),
            false => Ok(found),
        }
    }

    async fn hosts(&self, domain: &str) -> Result<Vec<String>, MxError> {
        let records = match self.dns.mx_lookup(absolute(domain)).await {
            Ok(answer) => answer
                .answers()
                .iter()
                .filter_map(|record| mx(&record.data))
                .collect(),
            Err(error) if error.is_nx_domain() => return Err(MxError::NoSuchDomain),
            Err(error) if error.is_no_records_found() => Vec::new(),
            Err(error) => return Err(temporary(error)),
        };
        // RFC 5321 5.1: without MX the domain itself is the exchanger.
        if records.is_empty() {
            return Ok(vec![domain.trim_end_matches('.').to_owned()]);
        }
        preferred(records, &self.own_names)
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, MxError> {
        match self.dns.lookup_ip(absolute(host)).await {
            Ok(answer) => match answer.iter().collect::<Vec<_>>() {
                none if none.is_empty() => Err(MxError::NoSuchDomain),
                addresses => Ok(addresses),
            },
            Err(error) if error.is_no_records_found() => Err(MxError::NoSuchDomain),
            Err(error) => Err(temporary(error)),
        }
    }
}

fn build(mut builder: ResolverBuilder<TokioRuntimeProvider>) -> Result<Resolver, MxError> {
    // Many hosts have IPv6 addresses and no way to use them.
    builder.options_mut().ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    let dns = builder.build().map_err(temporary)?;
    Ok(Resolver {
        dns,
        own_names: Vec::new(),
    })
}

/// Preference and host, without its final dot; the root becomes empty.
fn mx(data: &RData) -> Option<(u16, String)> {
    match data {
        RData::MX(mx) => {
            let host = mx.exchange.to_ascii();
            Some((mx.preference, host.trim_end_matches('.').to_owned()))
        }
        _ => None,
    }
}

/// RFC 5321 5.1: lowest preference first, equals in random order, and nothing
/// that is no better than ourselves.
fn preferred(
    mut records: Vec<(u16, String)>,
    own_names: &[String],
) -> Result<Vec<String>, MxError> {
    // RFC 7505 3: a single record whose host is the root.
    if records.iter().all(|(_, host)| host.is_empty()) {
        return Err(MxError::NullMx);
    }
    records.retain(|(_, host)| !host.is_empty());
    let is_own = |host: &str| own_names.iter().any(|own| own.eq_ignore_ascii_case(host));
    let ours = records
        .iter()
        .filter(|(_, host)| is_own(host))
        .map(|(preference, _)| *preference)
        .min();
    if let Some(ours) = ours {
        records.retain(|(preference, _)| *preference < ours);
    }
    if records.is_empty() {
        return Err(MxError::OwnName);
    }
    let dice = RandomState::new();
    records.sort_by_cached_key(|(preference, host)| (*preference, dice.hash_one(host)));
    records.dedup();
    Ok(records
        .into_iter()
        .take(MOST_HOSTS)
        .map(|(_, host)| host)
        .collect())
}

/// RFC 5321 4.1.3.
fn literal(domain: &str) -> Option<IpAddr> {
    let inner = domain.strip_prefix('[')?.strip_suffix(']')?;
    match inner
        .get(..5)
        .filter(|tag| tag.eq_ignore_ascii_case("IPv6:"))
    {
        Some(tag) => inner[tag.len()..].parse().ok().map(IpAddr::V6),
        None => inner.parse().ok().map(IpAddr::V4),
    }
}

/// With a final dot, so that no search list of this machine is tried.
fn absolute(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

fn temporary(error: NetError) -> MxError {
    MxError::Temporary(error.to_string())
}

#[cfg(test)]
mod tests;
