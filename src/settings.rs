//! Which configuration and which data directory a command means.

use std::path::PathBuf;

use config::{Config, Engine, Sources, locate};
use storage::EngineKind;

use crate::cli::Which;
use crate::fault::Fault;

/// The configuration of a server: a file must say where the data lies, or the caller does.
pub fn for_server(which: &Which) -> Result<Config, Fault> {
    load(which, true)
}

/// What a command on the store needs to know. With `--data` no file is read unless one is named,
/// so a broken one lying around is in nobody's way.
pub fn for_store(which: &Which) -> Result<Config, Fault> {
    load(which, which.data.is_none())
}

pub fn data_dir(which: &Which) -> Result<PathBuf, Fault> {
    match &which.data {
        Some(data) => Ok(data.clone()),
        None => Ok(for_store(which)?.data),
    }
}

pub fn engine(engine: Option<Engine>) -> Option<EngineKind> {
    engine.map(|engine| match engine {
        Engine::Sled => EngineKind::Sled,
        Engine::Redb => EngineKind::Redb,
    })
}

fn load(which: &Which, search: bool) -> Result<Config, Fault> {
    let environment = environment();
    let file = match search {
        true => locate(which.config.as_deref(), &environment),
        false => which.config.clone(),
    };
    let has_data = which.data.is_some()
        || environment
            .iter()
            .any(|(name, value)| name == "MAILDESK_DATA" && !value.is_empty());
    if file.is_none() && !has_data {
        return Err(Fault::configuration(
            "no configuration was found; run `maildesk init` to write one, name one with \
             --config FILE, or name the data directory with --data DIR",
        ));
    }
    Ok(Config::load(Sources {
        file,
        environment,
        data: which.data.clone(),
    })?)
}

/// Variables that are not text are none of ours.
fn environment() -> Vec<(String, String)> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}
