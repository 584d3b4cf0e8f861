//! `maildesk serve`: the server, until it is told to stop.

use std::future::Future;
use std::sync::Arc;

use config::Config;

use crate::cli::Which;
use crate::fault::Fault;
use crate::outbound::{Outbound, Way};
use crate::server::{self, Running};
use crate::world::World;
use crate::{logging, print, settings, signals};

pub async fn run(which: Which) -> Result<(), Fault> {
    logging::start(logging::SERVER);
    let stop = signals::stop_asked()?;
    let config = settings::for_server(&which)?;
    let world = World::real();
    let way = Way::new(&config.outgoing, &config.hostname)?;
    let desk = server::open(&config, &world).await?;
    let courier = way.map(|way| Arc::new(Outbound::new(desk.clone(), way)));
    let store = desk.store().clone();
    match server::start(&config, desk, world, courier).await {
        Ok(running) => {
            tell(&config, &running)?;
            until_stopped(running, stop).await
        }
        Err(fault) => {
            store.close().await;
            Err(fault)
        }
    }
}

/// Serves until a signal or a breakdown, then stops in order.
pub(super) async fn until_stopped(
    mut running: Running,
    stop: impl Future<Output = &'static str>,
) -> Result<(), Fault> {
    let ended = tokio::select! {
        signal = stop => {
            tracing::info!(signal, "stopping");
            Ok(())
        }
        fault = running.broken() => Err(fault),
    };
    running.stop().await;
    tracing::info!("stopped");
    ended
}

fn tell(config: &Config, running: &Running) -> Result<(), Fault> {
    if let Some(url) = &running.setup_url {
        print::line(&format!("Make the first admin at {url}"))?;
    }
    log(config, running);
    Ok(())
}

/// The last line says that everything is bound.
pub(super) fn log(config: &Config, running: &Running) {
    for address in &running.smtp {
        tracing::info!(%address, hostname = config.hostname, "taking mail");
    }
    let outgoing = match &config.outgoing {
        config::Outgoing::Hold => "held",
        config::Outgoing::Relay(_) => "through the relay",
        config::Outgoing::Direct => "straight to the recipients' servers",
    };
    tracing::info!(address = %running.web, url = %running.base_url, outgoing, "serving pages");
}
