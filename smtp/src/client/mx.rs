//! Which hosts take mail for a domain.

use std::net::{IpAddr, SocketAddr};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanger {
    pub host: String,
    pub addresses: Vec<IpAddr>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MxError {
    /// RFC 7505: the domain says that it takes no mail.
    #[error("the domain accepts no mail")]
    NullMx,
    #[error("the domain does not exist or has no mail server")]
    NoSuchDomain,
    #[error("the domain cannot be looked up right now: {0}")]
    Temporary(String),
}

impl MxError {
    pub fn is_permanent(&self) -> bool {
        !matches!(self, MxError::Temporary(_))
    }
}

#[derive(Clone)]
pub struct Resolver {}

impl Resolver {
    pub fn system() -> Result<Self, MxError> {
        Ok(Self {})
    }
    pub fn with_server(_server: SocketAddr) -> Result<Self, MxError> {
        Ok(Self {})
    }
    pub async fn exchangers(&self, _domain: &str) -> Result<Vec<Exchanger>, MxError> {
        Ok(Vec::new())
    }
}
