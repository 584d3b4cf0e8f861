//! When to stop: SIGTERM from a service manager, SIGINT from a terminal.

use std::future::Future;
use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Signals are caught from the moment this returns; the future ends at the first of them.
pub fn stop_asked() -> io::Result<impl Future<Output = &'static str>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    })
}
