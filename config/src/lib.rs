//! What the process needs before the store opens: where the data lies, where it listens, how
//! letters leave. Everything else is set on the admin pages and lives in the store.
//!
//! A value comes from the first of: the command line, a `MAILDESK_*` variable, the file, the
//! default. Every refusal names the file and line (or the variable) and what to write instead.
#![forbid(unsafe_code)]

mod base_url;
mod document;
mod example;
mod hostname;
mod key;
mod locate;
mod network;
mod outgoing;
mod place;
mod problem;
mod secret;
mod settings;
mod size;
mod smtp;
mod value;
mod web;

use std::fmt;
use std::path::{Path, PathBuf};

pub use base_url::BaseUrl;
pub use example::{EXAMPLE, annotated};
pub use hostname::system_hostname;
pub use locate::{SYSTEM_FILE, locate};
pub use network::Network;
pub use outgoing::{Outgoing, Relay, Security};
pub use place::Place;
pub use problem::ConfigError;
pub use secret::Secret;
pub use smtp::{Smtp, TlsFiles};
pub use value::Value;
pub use web::Web;

use settings::Settings;

/// The whole configuration, every part parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub data: PathBuf,
    /// `None`: whatever the data directory holds, and sled for an empty one.
    pub engine: Option<Engine>,
    /// The name we greet with and put into trace headers (RFC 5321 4.1.1.1).
    pub hostname: String,
    pub smtp: Smtp,
    pub web: Web,
    pub outgoing: Outgoing,
}

/// Where a configuration is put together from.
#[derive(Debug, Default)]
pub struct Sources {
    pub file: Option<PathBuf>,
    /// The process environment, or what a test puts in its place.
    pub environment: Vec<(String, String)>,
    /// `--data`, which wins over everything.
    pub data: Option<PathBuf>,
}

/// The store's engine, by the name that stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sled,
    Redb,
}

impl Config {
    pub fn load(sources: Sources) -> Result<Config, ConfigError> {
        let mut settings = match &sources.file {
            Some(path) => Settings::from_file(path)?,
            None => Settings::default(),
        };
        settings.overlay(&sources.environment);
        if let Some(data) = sources.data {
            settings.set_data(data);
        }
        Config::read(&settings)
    }

    /// The configuration that `text` would be if it stood in `file`.
    pub fn parse(text: &str, file: &Path) -> Result<Config, ConfigError> {
        Config::read(&Settings::parse(text, file)?)
    }

    fn read(settings: &Settings) -> Result<Config, ConfigError> {
        let hostname = hostname::read(settings)?;
        Ok(Config {
            data: settings
                .path("data")?
                .ok_or_else(|| settings.missing("data", DATA_REMEDY))?,
            engine: settings.choice("engine", ENGINES)?,
            smtp: smtp::read(settings)?,
            web: web::read(settings, &hostname)?,
            outgoing: outgoing::read(settings)?,
            hostname,
        })
    }
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Engine::Sled => "sled",
            Engine::Redb => "redb",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const ENGINES: &[(&str, Engine)] = &[("sled", Engine::Sled), ("redb", Engine::Redb)];
const DATA_REMEDY: &str =
    "write data = \"/var/lib/maildesk\" at the top of the file, or give --data DIR";

#[cfg(test)]
mod tests;
