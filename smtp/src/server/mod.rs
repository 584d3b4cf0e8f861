//! The server: a listener, one session per connection, and the `Mailroom`
//! that decides about recipients and takes the mails.

mod answer;
mod command;
mod data;
mod input;
mod limits;
mod listener;
mod mailroom;
mod network;
mod options;
mod receive;
mod session;
mod spool;
mod start_tls;
mod state;
mod trace;

pub use listener::Server;
pub use mailroom::{Content, Envelope, Mailroom, Message, Peer, TlsInfo};
pub use network::{Network, NetworkError};
pub use options::{ErrorLimits, Options, Timeouts};
pub use trace::received_line;

pub use tempfile::TempPath;

#[cfg(test)]
mod tests;
