//! The `[web]` table: where the pages are served and under which address people reach them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::base_url::BaseUrl;
use crate::problem::ConfigError;
use crate::settings::Settings;

#[derive(Debug, Clone, PartialEq)]
pub struct Web {
    pub listen: SocketAddr,
    /// `None`: made from the bound address, for a desk that is used on this machine only.
    pub base_url: Option<BaseUrl>,
}

impl Web {
    /// The address people use, once the listener has told its real port.
    pub fn base_url(&self, bound: SocketAddr) -> BaseUrl {
        self.base_url.clone().unwrap_or_else(|| {
            let ip = match bound.ip().is_unspecified() {
                true => IpAddr::V4(Ipv4Addr::LOCALHOST),
                false => bound.ip(),
            };
            let url = format!("http://{}", SocketAddr::new(ip, bound.port()));
            url.parse()
                .expect("an IP address with a port is an authority")
        })
    }
}

pub(crate) fn read(settings: &Settings, hostname: &str) -> Result<Web, ConfigError> {
    Ok(Web {
        listen: listen(settings)?,
        base_url: base_url(settings, hostname)?,
    })
}

fn listen(settings: &Settings) -> Result<SocketAddr, ConfigError> {
    let Some(text) = settings.text("web.listen")? else {
        return Ok(SocketAddr::from(([127, 0, 0, 1], 8080)));
    };
    text.parse().map_err(|_| {
        let remedy = "write one address and port, such as \"127.0.0.1:8080\"";
        settings.refuse("web.listen", &format!("cannot be {text:?}"), remedy)
    })
}

fn base_url(settings: &Settings, hostname: &str) -> Result<Option<BaseUrl>, ConfigError> {
    let Some(text) = settings.text("web.base_url")? else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|why| {
        let remedy = format!("write the address people type, such as \"https://{hostname}\"");
        settings.refuse("web.base_url", why, &remedy)
    })
}
