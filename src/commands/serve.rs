//! `maildesk serve`: the server, until it is told to stop.

use std::sync::Arc;
use std::time::Duration;

use config::Config;

use crate::cli::Which;
use crate::fault::Fault;
use crate::outbound::{Outbound, Way};
use crate::server::{self, Running};
use crate::signals::Signals;
use crate::world::World;
use crate::{logging, print, settings};

pub async fn run(which: Which) -> Result<(), Fault> {
    logging::start(logging::SERVER);
    let signals = Signals::catch()?;
    let config = settings::for_server(&which)?;
    let world = World::real();
    let way = Way::new(&config.outgoing, &config.hostname)?;
    let desk = server::open(&config, &world).await?;
    let courier = way.map(|way| Arc::new(Outbound::new(desk.clone(), way)));
    let store = desk.store().clone();
    match server::start(&config, desk, world, courier).await {
        Ok(running) => {
            tell(&config, &running)?;
            until_stopped(running, signals).await
        }
        Err(fault) => {
            store.close().await;
            Err(fault)
        }
    }
}

/// Serves until a signal or a breakdown, then stops in order. Who asks once more is not made to
/// wait for it.
pub(super) async fn until_stopped(mut running: Running, mut signals: Signals) -> Result<(), Fault> {
    let ended = tokio::select! {
        signal = signals.next() => {
            tracing::info!(signal, "stopping");
            Ok(())
        }
        fault = running.broken() => Err(fault),
    };
    tokio::select! {
        () = running.stop() => tracing::info!("stopped"),
        signal = asked_again() => tracing::warn!(signal, "stopped in the middle of stopping"),
    }
    ended
}

/// Wrappers such as timeout(1) send a signal to the process and to its group, so it comes twice;
/// a person who has lost patience comes later.
async fn asked_again() -> &'static str {
    tokio::time::sleep(Duration::from_secs(1)).await;
    match Signals::catch() {
        Ok(mut signals) => signals.next().await,
        Err(_) => std::future::pending().await,
    }
}

fn tell(config: &Config, running: &Running) -> Result<(), Fault> {
    if let Some(setup) = &running.setup {
        let line = format!("Make the first admin at {}", setup.url);
        print::line(&format!("{line} (setup code {})", setup.code))?;
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
