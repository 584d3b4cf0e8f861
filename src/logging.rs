//! One line on standard error for each event, with the ids as fields.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// `usual` is what is logged when `MAILDESK_LOG` does not say otherwise.
pub fn start(usual: &str) {
    let asked = std::env::var("MAILDESK_LOG").ok();
    let filter = asked
        .and_then(|asked| EnvFilter::try_new(asked).ok())
        .unwrap_or_else(|| EnvFilter::new(usual));
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
    // A test that starts several servers in one process has a subscriber already.
    drop(started);
}

/// A server tells what happens; the libraries beneath only what goes wrong.
pub const SERVER: &str = "warn,maildesk=info,smtp=info,desk=info,storage=info,web=info";
/// A command that answers on standard output speaks up only when something is wrong.
pub const COMMAND: &str = "warn";
