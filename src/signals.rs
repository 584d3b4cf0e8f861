//! When to stop: SIGTERM from a service manager, SIGINT from a terminal.

use std::future::Future;

use tokio::signal::unix::{SignalKind, signal};

use crate::fault::{Exit, Fault};

/// Signals are caught from the moment this returns, so that one which comes during the start
/// still ends in an orderly stop. The future ends at the first of them.
pub fn stop_asked() -> Result<impl Future<Output = &'static str>, Fault> {
    let caught = |kind| {
        signal(kind).map_err(|error| Fault::new(Exit::Internal, format!("signals: {error}")))
    };
    let mut terminate = caught(SignalKind::terminate())?;
    let mut interrupt = caught(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    })
}
